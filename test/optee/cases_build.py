# SPDX-License-Identifier: BSD-2-Clause
"""What was built for arm64, without a TEE: the tests of the other suites, in the guest."""
import json
import shlex
import time

from run import case
from tally import results


# neither the processor nor libcrypto makes a difference to these, which take the longest
ELSEWHERE = {"p11_attacks", "p11_storm", "p11_threads", "p11_nopin", "p11_find", "p11_token"}


def suites(t, *wanted):
    """Meson's tests of these suites, as an ordinary user; one result per case."""
    tests = json.loads((t.dir / "meson-info/intro-tests.json").read_text())
    with t.machine().boot() as g:
        for test in tests:
            if test["name"] in ELSEWHERE or not {s.split(":")[-1] for s in test["suite"]} & set(wanted):
                continue
            env = " ".join(f"{k}={shlex.quote(v)}" for k, v in test["env"].items())
            command = " ".join(map(shlex.quote, test["cmd"]))
            start = time.monotonic()
            status, out = g.sh(f"cd /build && {env} {command} 2>&1", user="alice", timeout=300)
            t.say(f"{test['name']}: {time.monotonic() - start:.1f} s")
            outcome = {0: "OK", 77: "SKIP"}.get(status, f"status {status}")
            for kind, count, name, reason in results({"name": test["name"], "result": outcome, "stdout": out}):
                t.add(kind, name, reason, count)
                if kind == "fail":
                    t.say(out[-3000:])


@case
def unit(t):
    suites(t, "unit")


@case
def p11(t):
    suites(t, "p11")
