#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""table.py --write README.md CLIENTS.TSV... - makes the table of clients in the README from what the tests with real
programs noted (`./check --keep clients servers browsers` says where: clients.tsv); rows of clients that were not tried, or not to
be had, stay as they are. Without --write, prints the rows. A line of input is a case: result, client, version."""
import re
import sys

BEGIN, END = "<!-- clients: made by test/client/table.py -->\n", "<!-- clients: end -->\n"
HEAD = "| client | version | result |\n|---|---|---|\n"
ROW = re.compile(r"^\| ([^|]+?) \| ([^|]+?) \| ([^|]+?) \|$", re.M)
ABSENT = "not to be had where this was made"


def noted(lines):
    """Yields client, version and result from the notes of the tests."""
    clients = {}
    for line in lines:
        word, name, version = line.rstrip("\n").split("\t")
        row = clients.setdefault(name, {"version": "-", "pass": 0, "fail": 0, "skip": 0})
        row[word] += 1
        if version != "-":
            row["version"] = version
    for name, row in clients.items():
        tried = row["pass"] + row["fail"]
        good = "works" if row["fail"] == 0 else f"**{row['fail']} of {tried} cases fail**"
        yield name, row["version"], f"{good} ({tried} case{'s'[: tried != 1]})" if tried else ABSENT


def split(text):
    """What is before the rows of a page, its rows by client, and what is after them."""
    before, found, rest = text.partition(BEGIN + HEAD)
    rows, found_end, after = rest.partition(END)
    if not found or not found_end:
        sys.exit("the page has no table between the two comments")
    return before + found, {row[0]: row for row in ROW.findall(rows)}, found_end + after


def merged(rows, new):
    """The rows, with those that were tried anew in their place."""
    rows = dict(rows)
    for row in new:
        if row[0] not in rows or row[2] != ABSENT:
            rows[row[0]] = row
    return "".join("| " + " | ".join(rows[name]) + " |\n" for name in sorted(rows, key=str.lower))


def main(argv):
    page = argv[1] if argv[:1] == ["--write"] else None
    lines = []
    for path in argv[2:] if page else argv:
        with open(path, encoding="utf-8") as notes:
            lines += notes
    if not lines:
        sys.exit(__doc__)
    if not page:
        print(HEAD + merged({}, noted(lines)), end="")
        return
    with open(page, encoding="utf-8") as old:
        before, rows, after = split(old.read())
    with open(page, "w", encoding="utf-8") as new:
        new.write(before + merged(rows, noted(lines)) + after)


if __name__ == "__main__":
    main(sys.argv[1:])
