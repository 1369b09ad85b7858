#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""claims.py [--write FILE] ROOT [RESULTS...] - every claim of docs/threat-model names tests that exist,
and negative controls that exist. A claim's table has the columns claim, what is claimed, test, negative
control. Tests are paths, `path` or `path#case`, the case a word in that file. RESULTS: what ./check
wrote; then each named test must have passed. Its name there is the file's, without folder, ending and
leading test_, or the folder's and that one with a _ in between; of what is under test/optee, where
results are cases of the stage optee, also the case's, with - for _. A claim of which a test's whole stage was skipped
(no QEMU to be had) is not shown in this run: that is no failure, and never a pass. --write: the outcome
as results of ./check."""
import argparse
import pathlib
import re
import sys

HEADER = ["claim", "what is claimed", "test", "negative control"]
BREAK = re.compile(r"BREAK=([a-z0-9-]+)")


def cells(line):
    return [c.strip() for c in line.strip().strip("|").split("|")]


def rows(page):
    """(line number, cells) of each row of each table of claims."""
    inside = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if not line.lstrip().startswith("|"):
            inside = False
        elif [c.lower() for c in cells(line)] == HEADER:
            # an example is indented
            inside = line.startswith("|")
        elif inside and not set(line) <= set("|-: "):
            yield number, cells(line)


def names(path, case):
    path = pathlib.PurePath(path)
    name = re.sub(r"^test_", "", path.stem)
    found = {name, f"{path.parent.name}_{name}"}
    return found | {case.replace("_", "-")} if case and path.parts[:2] == ("test", "optee") else found


class Run:
    """What passed and did not fail, and stages of which nothing ran, with the reason."""

    def __init__(self, files):
        seen, stages, skipped = {}, {}, {}
        for name in files:
            for line in pathlib.Path(name).read_text().splitlines():
                word, _, what, why = (line.split("\t") + [""] * 3)[:4]
                stage, _, test = what.partition("/")
                seen.setdefault(word, set()).add(re.split("[/: ]", test)[0])
                stages.setdefault(stage, set()).add(word)
                if word == "skip":
                    skipped[stage] = why
        self.passed = seen.get("pass", set()) - seen.get("fail", set())
        self.skipped = {stage: why for stage, why in skipped.items() if stages[stage] == {"skip"}}


def controls(root):
    found = set()
    for folder in ("base", "store", "token", "module", "tpm", "ta", "include", "tool"):
        for p in (root / folder).rglob("*.[ch]"):
            found.update(re.findall(r'BROKEN\("([^"]+)"\)', p.read_text()))
    tried = (root / "test/negative.txt").read_text().splitlines()
    lines = [line.split() for line in tried if line and not line.startswith("#")]
    return found & {name for words in lines for name in words[1].split(",")}


def test_problem(root, name, run):
    """(problem, reason for which it was not run)"""
    path, _, case = name.partition("#")
    if not path.startswith("test/") or not (root / path).is_file():
        return f"{name} is no test", None
    if case and not re.search(rf"\b{re.escape(case)}\b", (root / path).read_text()):
        return f"{path} has no case {case}", None
    if run is None or names(path, case) & run.passed:
        return None, None
    stage = path.split("/")[1]
    if stage in run.skipped:
        return None, f"{stage}: {run.skipped[stage]}"
    return f"{name} did not run, or did not pass", None


def row_look(root, cell, run, known):
    """(problems, reasons for which it is not shown)"""
    if len(cell) != len(HEADER):
        return ["a claim has four columns"], []
    tests = re.findall(r"`([^`]+)`", cell[2])
    bad = [] if tests else [f"{cell[0]} names no test"]
    looked = [test_problem(root, name, run) for name in tests]
    bad += [f"{cell[0]}: {problem}" for problem, _ in looked if problem]
    if not cell[3]:
        bad.append(f"{cell[0]} says nothing of a negative control")
    for name in BREAK.findall(cell[3]):
        if name not in known:
            bad.append(f"{cell[0]}: {name} is no mechanism, or not in test/negative.txt")
    return bad, [reason for _, reason in looked if reason]


def write(path, shown, unseen, bad):
    lines = [f"pass\t{shown}\tclaims/shown\t"] if shown else []
    lines += [f"skip\t1\tclaims/{claim}\tnot shown in this run: {why}" for claim, why in unseen]
    lines += [f"fail\t1\tclaims/of the threat model\t{problem}" for problem in bad]
    pathlib.Path(path).write_text("\n".join(lines) + "\n")


def main(words):
    parser = argparse.ArgumentParser()
    parser.add_argument("--write")
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("results", nargs="*")
    args = parser.parse_args(words)
    root, run = args.root, Run(args.results) if args.results else None
    known, bad, unseen, count, shown, seen = controls(root), [], [], 0, 0, set()
    for page in sorted((root / "docs/threat-model").glob("*.md")):
        for number, cell in rows(page):
            count += 1
            where = f"{page.relative_to(root)}:{number}"
            problems, reasons = row_look(root, cell, run, known)
            if cell[0] in seen:
                problems.append(f"{cell[0]} is there twice")
            seen.add(cell[0])
            bad += [f"{where}: {p}" for p in problems]
            if reasons and not problems:
                unseen.append((cell[0], reasons[0]))
            shown += not problems and not reasons
    if count == 0:
        bad.append("no claims found")
    for claim, why in unseen:
        print(f"{claim} is not shown in this run: {why}")
    print("\n".join(bad) or f"{shown} claims, each with its test")
    if args.write:
        write(args.write, shown, unseen, bad)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
