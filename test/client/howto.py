#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""howto.py PAGE BLOCK - prints a block of commands of a page in docs/howto, which a test then runs as it is there.
howto.py PAGE --all DIR - writes each block that is to be run to DIR/NAME.
A block is indented by four spaces, and the line before it says what it is: `<!-- run: NAME -->`, or
`<!-- shown: WHY -->` for one that no test can run. test/lint/clients.py sees to it that each has such a line."""
import pathlib
import re
import sys

MARK = re.compile(r"<!-- (run|shown): (.+) -->$")


def blocks(path):
    """Yields (line number, kind, name, text); the kind is None for a block without a mark."""
    mark, start, lines = (None, None), 0, []
    with open(path, encoding="utf-8") as page:
        for number, line in enumerate([*page, "end"], 1):
            if line.startswith("    ") or (lines and not line.strip()):
                start = start or number
                lines.append(line[4:] if line.strip() else "\n")
                continue
            if lines:
                yield start, *mark, "".join(lines).rstrip() + "\n"
                mark, start, lines = (None, None), 0, []
            found = MARK.match(line.strip())
            mark = found.groups() if found else mark if not line.strip() else (None, None)


def main(path, name, directory=None):
    if name == "--all":
        pathlib.Path(directory).mkdir()
        for _, kind, block, text in blocks(path):
            if kind == "run":
                (pathlib.Path(directory) / block).write_text(text, encoding="utf-8")
        return
    found = [text for _, kind, n, text in blocks(path) if kind == "run" and n == name]
    if len(found) != 1:
        sys.exit(f"{path} has {len(found)} blocks {name}")
    sys.stdout.write(found[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
