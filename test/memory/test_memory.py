#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Looks for keys, PINs and trusted keys in the memory of a process that uses the module, and in a core
file of it: before and after C_Logout, with operations active in other sessions, and in forked children.
Everything is known here because it was made here, or opened with the library's own code
(memory-reveal). Arguments: parts of the names of cases to run. Environment: BULLA_MODULE, BULLA_TOOL,
MEMORY_VICTIM, MEMORY_REVEAL; BULLA_TCTI if the trust source is a TPM."""
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

CHUNK = 16  # bytes: a piece of a secret this long is a find
TCTI = os.environ.get("BULLA_TCTI", "")
NOBODY = 65534


class Skip(Exception):
    pass


def pieces(value):
    """Both byte orders (libcrypto's big numbers are little endian), cut up: freed memory is often
    overwritten in part."""
    found = set()
    for form in (value, value[::-1]):
        found |= {form[i:i + CHUNK] for i in range(0, max(len(form) - CHUNK, 0) + 1, CHUNK)}
    return found


class World:
    """A store with a token whose keys are known, and a victim."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="m."))
        self.pin = secrets.token_hex(12)
        source = "tpm" if TCTI else "fake"
        (self.dir / "conf").write_text(f"source = {source}\n" + (f"tcti = {TCTI}\n" if TCTI else ""))
        self.env = dict(os.environ, BULLA_CONF=str(self.dir / "conf"), BULLA_STORE=str(self.dir / "store"))
        for name, text in (("pin", self.pin), ("so", secrets.token_hex(8))):
            path = self.dir / name
            path.touch(0o600)
            path.write_text(text + "\n")
        self.run(os.environ["BULLA_TOOL"], "init", "--label", "memory", "--policy", "pin", "--pin-file", self.dir / "pin",
                 "--so-pin-file", self.dir / "so")
        self.keys = self.import_keys()
        self.never = {"PIN": {self.pin.encode()}}
        for line in self.reveal():
            name, value = line.split()
            self.never.setdefault(name, set()).update(pieces(bytes.fromhex(value)))

    def run(self, *command, **more):
        done = subprocess.run(list(map(str, command)), env=self.env | more.pop("env", {}), capture_output=True, text=True,
                              timeout=60, **more)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stderr or done.stdout}")
        return done.stdout

    def import_keys(self):
        r, e = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
        for key, ident in ((r, "01"), (e, "02")):
            path = self.dir / f"{ident}.der"
            path.write_bytes(key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL,
                                               serialization.NoEncryption()))
            self.run("pkcs11-tool", "--module", os.environ["BULLA_MODULE"], "--token-label", "memory", "--login", "--pin",
                     "env:MEMORY_PIN", "--write-object", path, "--type", "privkey", "--id", ident, "--usage-sign",
                     env={"MEMORY_PIN": self.pin})
        n, d = r.private_numbers(), e.private_numbers().private_value
        keys = {"RSA d": n.d, "RSA p": n.p, "RSA q": n.q, "RSA dp": n.dmp1, "RSA dq": n.dmq1, "RSA qinv": n.iqmp, "EC d": d}
        keys = {name: pieces(v.to_bytes((v.bit_length() + 7) // 8, "big")) for name, v in keys.items()}
        with Victim(self) as v:
            v.say("open")
            v.say("login " + self.pin)
            for ident, name in (("10", "AES"), ("11", "generic")):
                value = secrets.token_bytes(32)
                keys[name] = pieces(value)
                v.say(f"import {ident} {value.hex()}")
        return keys

    def reveal(self):
        store = self.dir / "store"
        file = next(store.glob("token-*.db")).name
        lines = self.run(os.environ["MEMORY_REVEAL"], store, file, TCTI or "none", input=self.pin).splitlines()
        assert any(line.startswith("TK ") for line in lines), lines
        return lines

    def close(self):
        shutil.rmtree(self.dir)


class Victim:
    def __init__(self, world):
        self.p = subprocess.Popen([os.environ["MEMORY_VICTIM"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                  env=world.env)
        self.children = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)
        self.p.stdin.close()
        self.p.wait(30)
        self.p.stdout.close()

    def say(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()
        words = self.p.stdout.readline().split()
        if not words or words[-1] != "0x0":
            raise RuntimeError(f"{line.split()[0]}: {words or 'the victim died'}")
        if len(words) > 1:
            self.children.append(int(words[0]))
            return int(words[0])
        return None


def regions(pid):
    """(where, bytes) of all that can be read; the name of mapped files, [heap], [stack] or 'anonymous'."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)", line)
            start, end = int(m[1], 16), int(m[2], 16)
            if m[3][0] != "r" or m[4] in ("[vvar]", "[vsyscall]", "[vdso]"):
                continue
            try:
                mem.seek(start)
                yield m[4] or "anonymous", mem.read(end - start)
            except OSError:
                continue  # secret memory: not readable, which is the point


def hits(where_and_bytes, wanted):
    """{name: set of places} of the wanted secrets that were found."""
    found = {}
    for where, data in where_and_bytes:
        for name, parts in wanted.items():
            if any(part in data for part in parts):
                found.setdefault(name, set()).add(where)
    return found


def core_of(world, pid):
    if shutil.which("gcore") is None:
        raise Skip("gcore is not installed")
    prefix = world.dir / "core"
    subprocess.run(["gcore", "-o", str(prefix), str(pid)], capture_output=True, timeout=120, check=False)
    path = pathlib.Path(f"{prefix}.{pid}")
    if not path.exists():
        raise Skip("gcore may not look into a process here")
    data = path.read_bytes()
    path.unlink()
    return [("core", data)]


# ---- cases ----

def the_search_finds_what_is_there(w, v):
    """Without this, nothing below means anything: public things are found where they are."""
    v.say("open")
    label = hits(regions(v.p.pid), {"label": {b"memory" + b" " * 10}, "path": {str(w.dir / "store").encode()}})
    assert "path" in label, "the store's own path is not found in memory"
    assert hits(core_of(w, v.p.pid), {"path": {str(w.dir / "store").encode()}}), "nor in a core file"


def logged_in_only_keys_and_only_in_the_heap(w, v):
    v.say("open")
    v.say("login " + w.pin)
    v.say("use")
    never = hits(regions(v.p.pid), w.never)
    assert not never, f"logged in: {never}"
    keys = hits(regions(v.p.pid), w.keys)
    assert keys, "a key in use must be in libcrypto's heap: is the search broken?"
    outside = {n: p for n, p in keys.items() if p - {"[heap]", "anonymous"}}
    assert not outside, f"keys outside the heap: {outside}"


def logged_in_core_has_no_pin_and_no_trusted_key(w, v):
    v.say("open")
    v.say("login " + w.pin)
    v.say("use")
    never = hits(core_of(w, v.p.pid), w.never)
    assert not never, f"in a core file: {never}"


def logged_out_nothing(w, v):
    v.say("open")
    v.say("login " + w.pin)
    v.say("use")
    v.say("logout")
    found = hits(regions(v.p.pid), w.never | w.keys)
    assert not found, f"after C_Logout: {found}"
    found = hits(core_of(w, v.p.pid), w.never | w.keys)
    assert not found, f"in a core file after C_Logout: {found}"


def logged_out_with_operations_active_nothing(w, v):
    v.say("open")
    v.say("login " + w.pin)
    v.say("begin")
    v.say("logout")
    found = hits(regions(v.p.pid), w.never | w.keys)
    assert not found, f"after C_Logout: {found}"


def logged_out_child_nothing(w, v):
    v.say("open")
    v.say("login " + w.pin)
    v.say("use")
    v.say("logout")
    found = hits(regions(v.say("fork")), w.never | w.keys)
    assert not found, f"in a child: {found}"


def logged_in_child_nothing_without_operations(w, v):
    v.say("open")
    v.say("login " + w.pin)
    v.say("use")
    found = hits(regions(v.say("fork")), w.never | w.keys)
    assert not found, f"in a child of a process that is logged in: {found}"


def logged_in_child_with_operations_no_pin_no_trusted_key(w, v):
    v.say("open")
    v.say("login " + w.pin)
    v.say("begin")
    found = hits(regions(v.say("fork")), w.never)
    assert not found, f"in a child of a process that is logged in: {found}"


def finalised_nothing(w, v):
    v.say("open")
    v.say("login " + w.pin)
    v.say("begin")
    v.say("finalize")
    found = hits(regions(v.p.pid), w.never | w.keys)
    assert not found, f"after C_Finalize: {found}"


def logged_in_again_and_out_nothing(w, v):
    v.say("open")
    for _ in range(3):
        v.say("login " + w.pin)
        v.say("use")
        v.say("logout")
    found = hits(regions(v.p.pid), w.never | w.keys)
    assert not found, f"after the third C_Logout: {found}"


CASES = [the_search_finds_what_is_there, logged_in_only_keys_and_only_in_the_heap,
         logged_in_core_has_no_pin_and_no_trusted_key, logged_out_nothing, logged_out_with_operations_active_nothing,
         logged_out_child_nothing, logged_in_child_nothing_without_operations,
         logged_in_child_with_operations_no_pin_no_trusted_key, finalised_nothing, logged_in_again_and_out_nothing]


def main(wanted):
    if os.getuid() == 0:  # a process of root reads what others may not
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        os.environ["HOME"] = "/nonexistent"
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    world = World()
    try:
        for case in CASES:
            if wanted and not any(w in case.__name__ for w in wanted):
                continue
            try:
                with Victim(world) as victim:
                    case(world, victim)
                counts["passed"] += 1
            except Skip as why:
                counts["skipped"] += 1
                print(f"SKIPPED {case.__name__}: {why}")
            except (AssertionError, RuntimeError) as why:
                counts["failed"] += 1
                print(f"FAILED {case.__name__}: {why}")
    finally:
        world.close()
    print(", ".join(f"{n} {what}" for what, n in counts.items()))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
