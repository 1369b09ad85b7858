#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""layers.py LIB.a... - lowest floor first. An object may use symbols of the libraries before its own
and of the objects before it in its own library, so the list of sources in each meson.build is the
dependency order and a hand-written extern cannot sneak past it. For plain builds (no LTO)."""
import re
import subprocess
import sys

LINE = re.compile(r"(?P<file>[^:]+):(?:(?P<member>[^:]+):)?\s*(?:[0-9a-f]+)?\s+(?P<kind>\w)\s(?P<name>\S+)$")
# common, data, bss, read-only, text, weak: all of them can be linked against
DEFINED = set("BCDGRSTVW")


def objects(library):
    """{object: (symbols it defines, symbols it needs)}, in the archive's order."""
    text = subprocess.run(["nm", "-A", "-g", library], capture_output=True, text=True, check=True).stdout
    found = {}
    for line in text.splitlines():
        m = LINE.match(line)
        if not m:
            continue
        defines, needs = found.setdefault(m["member"].rsplit("/", 1)[-1], (set(), set()))
        (needs if m["kind"] in "Uw" else defines).add(m["name"])
    return found


def main(libraries):
    floors = [(lib.rsplit("/", 1)[-1], objects(lib)) for lib in libraries]
    home = {}
    for floor, (lib, members) in enumerate(floors):
        for place, (member, (defines, _)) in enumerate(members.items()):
            for name in defines:
                home.setdefault(name, (floor, place, f"{lib}:{member}"))
    bad = []
    for floor, (lib, members) in enumerate(floors):
        for place, (member, (_, needs)) in enumerate(members.items()):
            for name in sorted(needs):
                if name in home and home[name][:2] > (floor, place):
                    bad.append(f"{lib}:{member} uses {name} of {home[name][2]}, which comes after it")
    count = sum(len(members) for _, members in floors)
    if not home:
        bad.append("no symbols were read: is this a plain build?")
    print("\n".join(bad) or f"{count} objects on {len(floors)} floors, no upward use")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
