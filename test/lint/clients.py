#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""clients.py ROOT - the README's table has the clients that the tests try, and no others, as test/client/table.py
writes it; of a page in docs/howto/ that says that it is run by a test, each block of commands is, or says why not."""
import pathlib
import re
import sys


def main(root):
    root = pathlib.Path(root)
    sys.path.insert(0, str(root / "test/client"))
    import howto
    import table

    scripts = "".join(p.read_text() for d in ("client", "system/guest") for p in sorted((root / "test" / d).glob("*.sh")))
    bad = []
    tried = set(re.findall(r'\btried "([^"$]+)"', scripts))
    readme = (root / "README.md").read_text()
    before, rows, after = table.split(readme)
    bad += [f"README.md has no row for {name}, which a test tries" for name in sorted(tried - set(rows))]
    bad += [f"README.md has a row for {name}, which no test tries" for name in sorted(set(rows) - tried)]
    if before + table.merged(rows, []) + after != readme:
        bad.append("README.md's table is not as test/client/table.py writes it")
    count = 0
    for page in sorted((root / "docs/howto").glob("*.md")):
        by = re.search(r"run by `test/(client/|system`)", " ".join(page.read_text().split()))
        if not by:
            continue
        called = rf"\bhowto(?:_start)? .*\b{page.stem} %s\b" if by[1] == "client/" else r"\bhowto %s$"
        for line, kind, name, _ in howto.blocks(page):
            count += 1
            if kind is None:
                bad.append(f"{page}:{line}: a block without <!-- run: NAME --> or <!-- shown: WHY -->")
            elif kind == "run" and not re.search(called % re.escape(name), scripts, re.MULTILINE):
                bad.append(f"{page}:{line}: no test runs the block {name}")
    if not tried or not count:
        bad.append("no client or no block found: is the pattern right?")
    print("\n".join(bad) or f"{len(tried)} clients, {count} blocks")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
