#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally.py TESTLOG.json STAGE RESULTS - turns meson's log into results of ./check. A program that
ends with "N passed, N failed, N skipped" counts for that many cases, any other one for one."""
import json
import os
import re
import sys

SUM = re.compile(r"^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", re.M)
SKIPPED = re.compile(r"^SKIPPED ([^:\n]+): (.*)$", re.M)


def results(test):
    name, out = test["name"].split(" / ")[-1].strip(), test.get("stdout", "")
    sums = SUM.findall(out)
    passed, failed, skipped = (int(n or 0) for n in sums[-1]) if sums else (0, 0, 0)
    reasons = SKIPPED.findall(out)
    if test["result"] == "SKIP":
        last = (out.strip().splitlines() or ["no reason was given"])[-1]
        yield from ([("skip", 1, f"{name}/{n}", r) for n, r in reasons] or [("skip", 1, name, last)])
        return
    if test["result"] not in ("OK", "EXPECTEDFAIL"):
        first = next((line for line in out.splitlines() if "fail" in line.lower()), "")
        yield "fail", max(failed, 1), name, f"{test['result'].lower()} {first}".strip()
    elif failed:
        yield "fail", failed, name, "failed cases, but exit status 0"
    elif not sums:
        passed = 1
    if passed:
        yield "pass", passed, name, ""
    for case, reason in reasons:
        yield "skip", 1, f"{name}/{case}", reason
    if skipped > len(reasons):
        yield "skip", skipped - len(reasons), name, "no reason was given"


def main(log, stage, path):
    try:
        with open(log) as f:
            tests = [json.loads(line) for line in f if line.strip()]
    except FileNotFoundError:
        tests = []
    with open(path, "a") as out:
        if not tests and not os.environ.get("CHECK_ONLY"):
            out.write(f"fail\t1\t{stage}/{os.path.basename(log)}\tno test ran\n")
        for test in tests:
            for kind, count, name, reason in results(test):
                out.write(f"{kind}\t{count}\t{stage}/{name}\t{reason[:200]}\n")
                if kind == "fail":
                    print(f"---- {name}\n{test.get('stdout', '')[-3000:]}{test.get('stderr', '')[-3000:]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
