#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""pe.py FILE - writes the smallest program that firmware would load: a PE32+ for x86-64, subsystem EFI, that returns."""
import struct
import sys

CODE = b"\x31\xc0\xc3".ljust(512, b"\x90")  # xor eax, eax; ret
HEADERS, BASE = 512, 0x1000


def main(path):
    dos = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x22)
    optional = struct.pack("<HBBIIIII", 0x20B, 1, 0, len(CODE), 0, 0, BASE, BASE)
    optional += struct.pack("<QIIHHHHHHIIIIHH", 0x400000, BASE, 512, 0, 0, 0, 0, 1, 0, 0, 2 * BASE, HEADERS, 0, 10, 0)
    optional += struct.pack("<QQQQII", 0, 0, 0, 0, 0, 16) + bytes(16 * 8)
    section = b".text".ljust(8, b"\0") + struct.pack("<IIIIIIHHI", len(CODE), BASE, len(CODE), HEADERS, 0, 0, 0, 0, 0x60000020)
    with open(path, "wb") as out:
        out.write((dos + coff + optional + section).ljust(HEADERS, b"\0") + CODE)


if __name__ == "__main__":
    main(sys.argv[1])
