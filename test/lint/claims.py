#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""claims.py ROOT [RESULTS...] - every claim of docs/threat-model names tests that exist, and
negative controls that exist. A claim's table has the columns claim, what is claimed, test, negative
control. Tests are paths, `path` or `path#case`, the case a word in that file. RESULTS: what ./check
wrote; then each named test must have passed. Its name there is the file's, without folder, ending and
leading test_, or the folder's and that one with a _ in between."""
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


def names(path):
    path = pathlib.PurePath(path)
    name = re.sub(r"^test_", "", path.stem)
    return {name, f"{path.parent.name}_{name}"}


def results_read(files):
    """Names that passed and did not fail: lines "pass|fail|skip <tab> count <tab> stage/name[/case]"."""
    seen = {"pass": set(), "fail": set(), "skip": set()}
    for name in files:
        for line in pathlib.Path(name).read_text().splitlines():
            word, _, what = (line.split("\t") + ["", ""])[:3]
            seen.setdefault(word, set()).add(re.split("[/: ]", what.partition("/")[2])[0])
    return seen["pass"] - seen["fail"]


def controls(root):
    found = set()
    for folder in ("base", "store", "token", "module", "tpm", "include", "tool"):
        for p in (root / folder).rglob("*.[ch]"):
            found.update(re.findall(r'BROKEN\("([^"]+)"\)', p.read_text()))
    tried = (root / "test/negative.txt").read_text().splitlines()
    lines = [line.split() for line in tried if line and not line.startswith("#")]
    return found & {name for words in lines for name in words[1].split(",")}


def test_problem(root, name, passed):
    path, _, case = name.partition("#")
    if not path.startswith("test/") or not (root / path).is_file():
        return f"{name} is no test"
    if case and not re.search(rf"\b{re.escape(case)}\b", (root / path).read_text()):
        return f"{path} has no case {case}"
    if passed is not None and not names(path) & passed:
        return f"{name} did not run, or did not pass"
    return None


def row_problems(root, cell, passed, known):
    if len(cell) != len(HEADER):
        yield "a claim has four columns"
        return
    tests = re.findall(r"`([^`]+)`", cell[2])
    if not tests:
        yield f"{cell[0]} names no test"
    for name in tests:
        problem = test_problem(root, name, passed)
        if problem:
            yield f"{cell[0]}: {problem}"
    if not cell[3]:
        yield f"{cell[0]} says nothing of a negative control"
    for name in BREAK.findall(cell[3]):
        if name not in known:
            yield f"{cell[0]}: {name} is no mechanism, or not in test/negative.txt"


def main(root, files):
    root = pathlib.Path(root)
    passed = results_read(files) if files else None
    known, bad, count, seen = controls(root), [], 0, set()
    for page in sorted((root / "docs/threat-model").glob("*.md")):
        for number, cell in rows(page):
            count += 1
            where = f"{page.relative_to(root)}:{number}"
            if cell[0] in seen:
                bad.append(f"{where}: {cell[0]} is there twice")
            seen.add(cell[0])
            bad += [f"{where}: {p}" for p in row_problems(root, cell, passed, known)]
    if count == 0:
        bad.append("no claims found")
    print("\n".join(bad) or f"{count} claims, each with its test")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
