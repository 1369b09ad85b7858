# SPDX-License-Identifier: BSD-2-Clause
"""What the TPM tests share: private TPMs, somebody in between, and the trust source through drive.c.
Run some by hand, chosen by a part of their names, with
    BULLA_DRIVE=build/test/tpm/tpm_drive python3 test/tpm/test_wire.py t1_nothing"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DRIVE = os.environ.get("BULLA_DRIVE", "")
NOBODY = 65534
CODES = re.findall(r"\b(E_[A-Z_]+)\b", (ROOT / "include/base/err.h").read_text().split("enum err_code")[1].split("};")[0])
COMMANDS = {"Create": 0x153, "Load": 0x157, "Unseal": 0x15E, "StartAuthSession": 0x176, "GetRandom": 0x17B,
            "ReadPublic": 0x173, "CreatePrimary": 0x131, "PolicyPCR": 0x17F, "PolicyAuthValue": 0x16B,
            "PolicyGetDigest": 0x189, "GetCapability": 0x17A, "FlushContext": 0x165, "PCR_Read": 0x17E}
AUTH = "a1" * 32
WRONG = "b2" * 32
NONE = "-"


def drop_root():
    """Root ignores modes and limits: the tests are a plain user's."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        os.environ.update(HOME="/nonexistent", USER="nobody")


def quiet_env(**more):
    env = {k: v for k, v in os.environ.items() if k != "BREAK" and not k.startswith("DBUS_")}
    env.update({k: str(v) for k, v in more.items()})
    return env


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out.strip(), err
        self.code = CODES[status] if 0 <= status < len(CODES) else f"died({status})"
        m = re.search(r"count (.*)", self.err)
        self.count = {k: int(v) for k, v in (w.split("=") for w in m[1].split())} if m else {}
        self.fields = dict(line.split("=", 1) for line in self.out.splitlines() if "=" in line)

    def __repr__(self):
        return f"{self.code} out={self.out!r} err={self.err!r}"


def driving(tcti, *args, **env):
    """The running driver; BREAK from outside is passed on, since that is what it is for."""
    if "BREAK" in os.environ:
        env.setdefault("BREAK", os.environ["BREAK"])
    return subprocess.Popen([DRIVE, tcti, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, env=quiet_env(LOG="error", **env))


def finish(process, limit=30):
    out, err = process.communicate(timeout=limit)
    return Result(process.returncode, out, err)


def drive(tcti, *args, limit=30, **env):
    return finish(driving(tcti, *args, **env), limit)


class Wire:
    """What went over the bus."""

    def __init__(self, path):
        self.text = path.read_text() if path.exists() else ""

    def commands(self):
        return [int(line[14:22], 16) for line in self.text.splitlines() if line.startswith("> ")]

    def count(self, command):
        return self.commands().count(COMMANDS[command])

    def has(self, hex_bytes):
        raw = bytes.fromhex(hex_bytes)
        return raw.hex() in self.text or raw[::-1].hex() in self.text or raw.hex().encode().hex() in self.text


class Interposer:
    def __init__(self, tpm, rules):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ip.", dir=tpm.dir))
        self.log = self.dir / "wire"
        self.tcti = f"swtpm:path={self.dir}/i"
        cmd = ["/usr/bin/python3", HERE.parent / "lib/interposer.py", f"{self.dir}/i", tpm.dir / "s", "--log", self.log]
        for r in rules:
            cmd += ["--do", r.replace("DIR", str(self.dir))]
        self.process = subprocess.Popen(cmd, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError("the interposer does not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    @property
    def wire(self):
        return Wire(self.log)


class Tpm:
    def __init__(self, kind="", bare=False):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tpm.", dir="/tmp"))
        self.shell(f"swtpm_start {self.dir} '{kind}' {'bare' if bare else ''}")

    def shell(self, line, check=True):
        done = subprocess.run(["sh", "-c", f". {HERE.parent}/lib/swtpm.sh; {line}"], text=True,
                              capture_output=True, timeout=60, env=quiet_env())
        if check and done.returncode != 0:
            raise RuntimeError(f"{line}: {done.stderr}")
        return done.stdout

    @property
    def tcti(self):
        return (self.dir / "tcti").read_text()

    def tool(self, *args, check=True):
        return self.shell(f"swtpm_tool {self.dir} " + " ".join(map(str, args)), check)

    def extend(self, pcr, value="c3" * 32):
        self.tool("tpm2_pcrextend", f"{pcr}:sha256={value}")

    def reset(self, bare=False):
        self.shell(f"swtpm_reset {self.dir} {'bare' if bare else ''}")

    def failed(self):
        out = self.tool("tpm2_getcap", "properties-variable")
        return int(re.search(r"TPM2_PT_LOCKOUT_COUNTER: (0x[0-9A-Fa-f]+)", out)[1], 16)

    def handles(self):
        """What is left in the TPM: loaded objects and sessions."""
        return [h for kind in ("transient", "loaded-session")
                for h in self.tool("tpm2_getcap", f"handles-{kind}").split() if h != "-"]

    def flush(self):
        for kind in ("-t", "-l", "-s"):
            self.tool("tpm2_flushcontext", kind, check=False)

    def stop(self):
        self.shell(f"swtpm_stop {self.dir}", check=False)

    def done(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


def await_true(what, seconds=20.0):
    """Waits for something that will happen; the limit is for when it does not."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise AssertionError("it did not happen in time")
        time.sleep(0.01)


class TpmCase(unittest.TestCase):
    """One TPM per class."""
    kind = ""

    @classmethod
    def setUpClass(cls):
        cls.tpm = Tpm(cls.kind)
        cls.addClassCleanup(cls.tpm.done)

    def blob(self, name="blob"):
        return self.tpm.dir / f"{self._testMethodName}.{name}"

    def interpose(self, *rules):
        ip = Interposer(self.tpm, rules)
        self.addCleanup(ip.__exit__)
        return ip

    def ok(self, r):
        self.assertEqual(r.code, "E_OK", r)
        return r

    def fails(self, r, code):
        self.assertEqual(r.code, code, r)
        return r

    def seal(self, policy, auth=NONE, tcti=None, **env):
        return self.ok(drive(tcti or self.tpm.tcti, "seal", policy, auth, self.blob(), **env)).out

    def open(self, policy, auth=NONE, tcti=None, **env):
        return drive(tcti or self.tpm.tcti, "open", policy, auth, self.blob(), **env)


def main():
    if not os.access(DRIVE, os.X_OK):
        sys.exit("BULLA_DRIVE must name the built tpm_drive")
    drop_root()
    args = [a for arg in sys.argv[1:] for a in ([arg] if arg.startswith("-") else ["-k", arg])]
    r = unittest.main(argv=sys.argv[:1] + args, verbosity=2, exit=False).result
    failed, skipped = len({id(t) for t, _ in r.failures + r.errors}), len(r.skipped)
    print(f"{max(r.testsRun - failed - skipped, 0)} passed, {failed} failed, {skipped} skipped")
    sys.exit(0 if r.wasSuccessful() and r.testsRun > 0 else 1)
