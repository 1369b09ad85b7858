# SPDX-License-Identifier: BSD-2-Clause
"""Cases in guests: their results, one per line, and who runs them. A kind of machine has a run.py that calls main."""
import argparse
import fcntl
import importlib.util
import pathlib
import queue
import re
import shutil
import sys
import tempfile
import threading
import time
import traceback

import guest

RESULT = re.compile(r"(PASS|SKIP|FAIL) ([^:]+)(?:: (.*))?$")
COUNT = re.compile(r"COUNT (\S+) (\d+) (\d+) (\d+)$")
SCRIPT_TIME = 600


class Failed(Exception):
    """A result that ends the case; it is written already."""


class Results:
    """What is counted; lines of two guests never mix."""

    def __init__(self, path, stage):
        self.path, self.stage, self.lock, self.failed = path, stage, threading.Lock(), 0

    def add(self, kind, name, reason="", count=1):
        with self.lock:
            self.failed += kind == "fail"
            print(f"{kind}: {name}{f' ({count})' if count > 1 else ''}{': ' if reason else ''}{reason}", flush=True)
            if self.path:
                with open(self.path, "a") as f:
                    reason = " ".join(reason.split())[:200]
                    f.write(f"{kind}\t{count}\t{self.stage}/{name}\t{reason}\n")


class Test:
    """What a case is given."""

    def __init__(self, name, results, directory, work):
        self.name, self.results, self.dir, self.work = name, results, directory, work
        self.machines = self.count = 0

    def machine(self, **options):
        """A new machine of its own, in a directory below self.work."""
        raise NotImplementedError

    def add(self, kind, name, reason="", count=1):
        if count:
            self.count += count
            self.results.add(kind, f"{self.name}/{name}", reason, count)

    def check(self, name, good, reason=""):
        self.add("pass" if good else "fail", name, "" if good else str(reason) or "it is not so")

    def say(self, text):
        print(f"{self.name}: {text}", flush=True)

    def script(self, machine, script, user=None, timeout=SCRIPT_TIME):
        """Runs a script of guest/ with its arguments; every result that it prints counts. Raises if it
        failed. Returns its output."""
        failed = counted = 0
        command = machine.start(f"cd /opt/test/guest && exec bash ./{script}", user)
        while (line := command.line(timeout)) is not None:
            self.say(line)
            if m := RESULT.match(line):
                self.add(m[1].lower(), m[2], m[3] or "")
                failed, counted = failed + (m[1] == "FAIL"), counted + 1
            elif m := COUNT.match(line):
                for kind, n in zip(("pass", "fail", "skip"), map(int, m.groups()[1:])):
                    self.add(kind, m[1], "" if kind == "pass" else "see the log", n)
                failed, counted = failed + int(m[3]), counted + 1
        if command.status != 0 and not failed:
            last = command.said[-1] if command.said else "it said nothing"
            self.add("fail", script.split()[0], f"it ended with status {command.status}: {last}")
        elif not counted:
            self.add("fail", script.split()[0], "it ran no test")
        if command.status != 0 or failed or not counted:
            raise Failed(script)
        return command.said


CASES = {}


def case(function):
    """A case that drives machines itself. Its guest script of the same name is not run by itself."""
    CASES[function.__name__.replace("_", "-")] = function
    return function


def load_cases(here):
    for path in sorted(here.glob("cases_*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


def alone(name):
    def run(t):
        with t.machine().boot() as g:
            t.script(g, f"{name}.sh")
    return run


def plan(here):
    """Every case by name: those of cases_*.py, and each script of guest/ that none of them is for."""
    load_cases(here)
    for path in sorted((here / "guest").glob("*.sh")):
        if path.stem != "lib" and path.stem not in CASES and "# part of a case" not in path.read_text():
            CASES[path.stem] = alone(path.stem)
    return CASES


def run_case(name, function, kind, results, directory, work):
    t, start = kind(name, results, directory, work), time.monotonic()
    try:
        function(t)
    except Failed as e:
        t.say(f"ended early: {e}")
    except guest.Trouble as e:
        t.add("fail", "guest", str(e))
    except Exception as e:  # a mistake in the case: the others still run
        traceback.print_exc()
        t.add("fail", "case", f"{type(e).__name__}: {e}")
    if not t.count:
        t.add("fail", "case", "it had no result")
    t.say(f"{time.monotonic() - start:.0f} s")
    for path in work.glob(f"{name}-*/*.img"):
        path.unlink()


def run_cases(cases, jobs, *args):
    waiting = queue.SimpleQueue()
    for item in cases.items():
        waiting.put(item)

    def worker():
        while True:
            try:
                name, function = waiting.get_nowait()
            except queue.Empty:
                return
            run_case(name, function, *args)

    workers = [threading.Thread(target=worker) for _ in range(jobs)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()


def shell(t):
    t.count = 1
    with t.machine().boot(86400) as g:
        print(f"booted in {g.uptime} s of its own clock; end with ctrl-D")
        for line in sys.stdin:
            status, out = g.sh(line, timeout=3600)
            print(f"{out}\n[{status}]", flush=True)


def main(here, kind, cache, description):
    """kind: of the test, a class of Test; cache: of the machine, locked against `machine setup`, which would replace it."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--results")
    parser.add_argument("--stage", default=here.name)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--shell", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("case", nargs="*")
    a = parser.parse_intermixed_args()
    if a.list:
        print("\n".join(plan(here)))
        return 0
    in_use = open(cache / "lock")
    fcntl.flock(in_use, fcntl.LOCK_SH)
    work = pathlib.Path(tempfile.mkdtemp(prefix=f"{here.name}."))
    results = Results(a.results, a.stage)
    try:
        if a.shell:
            run_case("shell", shell, kind, results, a.dir, work)
            return results.failed
        cases = plan(here)
        for name in a.case:
            if name not in cases:
                results.add("fail", name, "there is no such case")
        if a.case:
            cases = {name: cases[name] for name in a.case if name in cases}
        run_cases(cases, a.jobs, kind, results, a.dir, work)
        if results.failed:
            print(f"logs of the guests: {work}")
        return 1 if results.failed else 0
    finally:
        if not results.failed:
            shutil.rmtree(work)
