#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""table.py CLIENTS.TSV - the table of docs/clients.md, from what the tests with real programs noted
(`./check --keep clients servers` says where: clients.tsv). One line of input per case: result, client, version."""
import sys


def rows(lines):
    clients = {}
    for line in lines:
        word, name, version = line.rstrip("\n").split("\t")
        row = clients.setdefault(name, {"version": "-", "pass": 0, "fail": 0, "skip": 0})
        row[word] += 1
        if version != "-":
            row["version"] = version
    for name, row in sorted(clients.items(), key=lambda item: item[0].lower()):
        tried = row["pass"] + row["fail"]
        good = "works" if row["fail"] == 0 else f"**{row['fail']} of {tried} cases fail**"
        yield name, row["version"], f"{good} ({tried} cases)" if tried else "not to be had where this was made"


def main(path):
    print("| client | version | result |\n|---|---|---|")
    with open(path, encoding="utf-8") as lines:
        for row in rows(lines):
            print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main(*sys.argv[1:])
