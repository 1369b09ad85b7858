#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""negative.py BUILD TABLE STAGE RESULTS - for each row "test switch [case]" of the table: the test of
a build with -Dbroken=true passes, and with BREAK=switch it fails (by an exit status, not by a
time-out). "one,two": where two hides behind one, the test passes with one off and fails with both.
Each switch that the sources name must have a row."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def script_outcome(build, script, case, env):
    """The same for test/client/*.sh and test/memory/*.sh: their cases are lines of a results file. A case is one
    that the script asks lib.sh's `wanted` for."""
    with tempfile.NamedTemporaryFile("r") as results:
        env = env | {"BUILD": build, "CHECK_RESULTS": results.name, "CHECK_ONLY": case}
        try:
            done = subprocess.run(["bash", script], env=env, capture_output=True, text=True, timeout=300)
        except subprocess.TimeoutExpired:
            return "TIMEOUT", ""
        kinds = {line.split("\t")[0] for line in results.read().splitlines()}
    said = done.stdout + done.stderr
    if done.returncode != 0 or not kinds:
        return "ERROR", said
    return "FAIL" if "fail" in kinds else "OK" if "pass" in kinds else "SKIP", said


def outcome(build, test, case, switch):
    """What meson said of one test: OK, FAIL, TIMEOUT, ..., and the test's output."""
    env = {k: v for k, v in os.environ.items() if k != "BREAK"}
    if switch:
        env["BREAK"] = switch
    if test.endswith(".sh"):
        return script_outcome(build, f"test/{test}", case, env)
    log = pathlib.Path(build) / "meson-logs" / "negative.json"
    log.unlink(missing_ok=True)
    command = ["meson", "test", "-C", build, "--no-rebuild", "--logbase", "negative", test]
    if case:
        command.append(f"--test-args={case}")
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if not log.exists():
        return "ABSENT", done.stdout + done.stderr
    tests = [json.loads(line) for line in log.read_text().splitlines() if line.strip()]
    if len(tests) != 1:
        return "ABSENT", f"{len(tests)} tests are called {test}"
    return tests[0]["result"], tests[0].get("stdout", "") + tests[0].get("stderr", "")


def switches(root):
    found = set()
    for folder in ("base", "store", "token", "module", "tpm", "ta", "tool"):
        for p in pathlib.Path(root, folder).rglob("*.[ch]"):
            found |= set(re.findall(r'\bBROKEN\("([^"]+)"\)', p.read_text()))
    return found


def main(build, table, stage, results):
    rows = [line.split() for line in open(table) if line.strip() and not line.startswith("#")]
    sound, out = {}, open(results, "a")

    def report(kind, name, reason=""):
        print(f"{kind}: {name} {reason}", flush=True)
        out.write(f"{kind}\t1\t{stage}/{name}\t{reason}\n")
        out.flush()

    for row in rows:
        test, switch, case = row[0], row[1], row[2] if len(row) > 2 else ""
        name = f"{test}{':' + case if case else ''} without {switch}"
        before = switch.rpartition(",")[0]
        if (test, case, before) not in sound:
            sound[test, case, before] = outcome(build, test, case, before)
        result, said = sound[test, case, before]
        if result == "SKIP":
            report("skip", name, (said.strip().splitlines() or ["?"])[-1])
            continue
        if result != "OK":
            report("fail", name, f"the test itself is {result.lower()} with the mechanism in place")
            print(said[-3000:])
            continue
        result, said = outcome(build, test, case, switch)
        if result == "FAIL":
            report("pass", name)
        else:
            report("fail", name, f"the test is {result.lower()} although the mechanism is off")
            print(said[-3000:])
    for switch in sorted(switches(".") - {row[1].rpartition(",")[2] for row in rows}):
        report("fail", f"switch {switch}", f"the sources have it, {table} has no test for it")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
