#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""sizes.py ROOT - no file over 600 lines, no function over 60 lines or with more than 6 parameters
(functions of PKCS #11 have as many as it gives them). Needs universal-ctags."""
import json
import pathlib
import subprocess
import sys

FILE_LINES, FUNCTION_LINES, PARAMETERS = 600, 60, 6
FOLDERS = ("include", "base", "store", "token", "module", "tpm", "ta", "tool")


def parameters(signature):
    """How many there are; a function pointer's own do not count."""
    inner, depth, commas = signature.strip()[1:-1], 0, 0
    for c in inner:
        depth += (c == "(") - (c == ")")
        commas += c == "," and depth == 0
    return 0 if inner.strip() in ("", "void") else commas + 1


def main(root):
    files = sorted(p for d in FOLDERS for p in (pathlib.Path(root) / d).rglob("*.[ch]"))
    bad = []
    for p in files:
        lines = len(p.read_text().splitlines())
        if lines > FILE_LINES:
            bad.append(f"{p}: {lines} lines (at most {FILE_LINES})")
    out = subprocess.run(
        ["ctags", "--options=NONE", "--fields=+neS", "--output-format=json", "--kinds-C=f",
         "--language-force=C", "-I", "_public_,NODISCARD", "-L", "-", "-f", "-"],
        input="\n".join(map(str, files)), capture_output=True, text=True, check=True).stdout
    tags = [json.loads(line) for line in out.splitlines()]
    for t in tags:
        where = f"{t['path']}:{t['line']}: {t['name']}"
        lines = t.get("end", t["line"]) - t["line"] + 1
        if lines > FUNCTION_LINES:
            bad.append(f"{where} has {lines} lines (at most {FUNCTION_LINES})")
        count = parameters(t.get("signature", "()"))
        if count > PARAMETERS and not t["name"].startswith("C_"):
            bad.append(f"{where} takes {count} parameters (at most {PARAMETERS})")
    if not tags:
        bad.append("ctags found no function: is it universal-ctags?")
    print("\n".join(bad) or f"{len(files)} files, {len(tags)} functions, all small")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
