# SPDX-License-Identifier: BSD-2-Clause
"""What was built for arm64, without a TEE: the tests of the other suites, in the guest."""
import json
import shlex
import time

from cases import case
from tally import results


# of the black-box tests, where the processor or libcrypto may make a difference; all would take an hour
P11 = {"p11_args", "p11_crypt", "p11_digest", "p11_general"}


# of the unit tests, what stretches PINs all the time: eight minutes of emulated scrypt
SLOW_UNIT = {"pin", "token", "login"}


def suite(t, wanted, names=None, leave_out=()):
    """Meson's tests of a suite, as an ordinary user; one result per case."""
    tests = json.loads((t.dir / "meson-info/intro-tests.json").read_text())
    with t.machine().boot(timeout=1800) as g:
        for test in tests:
            if wanted not in {s.split(":")[-1] for s in test["suite"]} or names and test["name"] not in names:
                continue
            if test["name"] in leave_out:
                continue
            env = " ".join(f"{k}={shlex.quote(v)}" for k, v in test["env"].items())
            command = " ".join(map(shlex.quote, test["cmd"]))
            start = time.monotonic()
            status, out = g.sh(f"cd /build && {env} {command} 2>&1", user="alice", timeout=900)
            t.say(f"{test['name']}: {time.monotonic() - start:.1f} s")
            outcome = {0: "OK", 77: "SKIP"}.get(status, f"status {status}")
            for kind, count, name, reason in results({"name": test["name"], "result": outcome, "stdout": out}):
                t.add(kind, name, reason, count)
                if kind == "fail":
                    t.say(out[-3000:])


@case
def unit(t):
    suite(t, "unit", leave_out=SLOW_UNIT)


@case
def p11(t):
    suite(t, "p11", P11)
