#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The helper process: what its host sees of it (nothing), what it gives up (T10), and what happens when
it is killed, stopped, absent, or many want it at once."""
import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import harness as h

HOST = os.environ.get("BULLA_HOST", "")
PROBE = os.environ.get("BULLA_PROBE", "")
SANITIZED = os.path.exists(h.DRIVE) and b"__asan_init" in pathlib.Path(h.DRIVE).read_bytes()


def status_of(pid):
    return dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)


def helpers_of(host):
    """Pids of bulla-tpm whose parent's parent is the host."""
    found = []
    for p in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            s = status_of(p.name)
            if s["Name"].strip() == "bulla-tpm" and int(status_of(s["PPid"].strip())["PPid"]) == host:
                found.append(int(p.name))
        except (OSError, KeyError):
            pass
    return found


class Paused:
    """A host whose helper waits in the middle of its work, at TPM2_Load."""

    def __init__(self, case, **env):
        self.ip = case.interpose("run@Load#1=DIR/pause")
        self.pause = self.ip.dir / "pause"
        self.host = h.driving(self.ip.tcti, "open", "pin", h.AUTH, case.blob(), **env)
        h.await_true(self.pause.exists)
        self.helper = helpers_of(self.host.pid)[0]

    def finish(self):
        if self.pause.exists():
            self.pause.unlink()
        return h.finish(self.host)


class HostTest(h.TpmCase):
    def host(self, habit, *before, **env):
        done = subprocess.run([*before, HOST, self.tpm.tcti, habit], capture_output=True, text=True, timeout=60,
                              env=h.quiet_env(LOG="error", LOCK=self.lock(), TSAN_OPTIONS="die_after_fork=0", **env))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def lock(self):
        path = self.blob("lock")
        path.touch()
        return path

    def test_plain_host(self):
        self.host("plain")

    def test_host_that_ignores_sigchld(self):
        self.host("ignored")

    def test_host_with_a_handler_that_waits_for_any_child(self):
        self.host("handler")

    def test_host_with_a_thread_that_waits_for_any_child(self):
        self.host("waiter")

    def test_host_with_many_threads(self):
        self.host("threads")

    def test_host_that_is_a_subreaper(self):
        self.host("subreaper")

    def test_host_that_is_process_one(self):
        self.host("first", "unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc")

    def test_host_without_standard_descriptors(self):
        self.host("closed")

    def test_inherited_descriptors_are_closed(self):
        ip = self.interpose("run@GetCapability#1=DIR/pause")
        pause = ip.dir / "pause"
        p = subprocess.Popen([HOST, ip.tcti, "open"], stdout=subprocess.PIPE, text=True, env=h.quiet_env())
        h.await_true(pause.exists)
        pause.unlink()
        self.assertEqual((p.communicate(timeout=30)[0], p.returncode), ("", 0))


class LifeTest(h.TpmCase):
    def setUp(self):
        self.s = self.seal("pin", h.AUTH)

    def test_t10_helper_is_confined_and_locked(self):
        paused = Paused(self)
        s = status_of(paused.helper)
        self.assertEqual((s["Seccomp"].strip(), s["NoNewPrivs"].strip()), ("2", "1"))
        if not SANITIZED:  # a sanitizer's heap is its own, and huge
            self.assertGreater(int(s["VmLck"].split()[0]), 1200, "kB locked")
        # what is not dumpable belongs to root, and its memory to nobody
        self.assertEqual(os.stat(f"/proc/{paused.helper}/mem").st_uid, 0)
        for name in ("mem", "environ", "maps"):
            with self.assertRaises(PermissionError):
                open(f"/proc/{paused.helper}/{name}", "rb").read(1)
        self.assertEqual(status_of(paused.host.pid)["Seccomp"].strip(), "0", "the host is left as it is")
        self.assertEqual(self.ok(paused.finish()).out, self.s)
        self.assertFalse(os.path.exists(f"/proc/{paused.helper}"), "the helper outlives its answer")

    def test_the_middle_holds_no_descriptor(self):
        paused = Paused(self)
        middle = status_of(paused.helper)["PPid"].strip()
        self.assertNotEqual(int(middle), paused.host.pid)
        self.assertEqual(os.listdir(f"/proc/{middle}/fd"), [])
        self.assertEqual(self.ok(paused.finish()).out, self.s)

    def test_killed(self):
        paused = Paused(self)
        os.kill(paused.helper, signal.SIGKILL)
        r = self.fails(h.finish(paused.host), "E_UNAVAILABLE")
        self.assertIn("ended without an answer", r.err)
        paused.pause.unlink()
        self.ok(self.open("pin", h.AUTH))

    def test_stopped(self):
        paused = Paused(self, TPM_MS=4000)
        os.kill(paused.helper, signal.SIGSTOP)
        began = time.monotonic()
        r = self.fails(h.finish(paused.host), "E_UNAVAILABLE")
        self.assertLess(time.monotonic() - began, 10)
        self.assertIn("in time", r.err)
        self.assertFalse(os.path.exists(f"/proc/{paused.helper}"))
        paused.pause.unlink()
        self.ok(self.open("pin", h.AUTH))

    def test_host_killed_takes_its_helper_along(self):
        paused = Paused(self)
        paused.host.kill()
        h.finish(paused.host)
        h.await_true(lambda: not os.path.exists(f"/proc/{paused.helper}"))
        paused.pause.unlink()
        self.ok(self.open("pin", h.AUTH))

    def test_fifty_at_once(self):
        lock = self.blob("lock")
        lock.touch()
        crowd = [h.driving(self.tpm.tcti, "open", "pin", h.AUTH, self.blob(), LOCK=lock) for _ in range(50)]
        for p in crowd:
            self.assertEqual(self.ok(h.finish(p, 120)).out, self.s)
        self.assertEqual(self.tpm.failed(), 0)
        self.assertEqual(self.tpm.handles(), [])

    def test_queue_has_a_limit(self):
        lock = self.blob("lock")
        lock.touch()
        lock.chmod(0o444)  # a store that may only be read
        with open(lock, "rb") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            began = time.monotonic()
            self.fails(self.open("pin", h.AUTH, LOCK=lock, QUEUE_MS=300), "E_BUSY")
            self.assertGreaterEqual(time.monotonic() - began, 0.3)
        self.ok(self.open("pin", h.AUTH, LOCK=lock, QUEUE_MS=300))
        self.ok(self.open("pin", h.AUTH, LOCK="/nonexistent/lock"))


class ProbeTest(h.TpmCase):
    """With a stand-in for the helper, found as the real one is: by its place."""

    @classmethod
    def setUpClass(cls):
        pass  # no TPM

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="probe.", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.dir)
        for name in ("test", "tpm"):
            (self.dir / name).mkdir()
        self.drive = shutil.copy(h.DRIVE, self.dir / "test/drive")
        self.helper = shutil.copy(PROBE, self.dir / "tpm/bulla-tpm")

    def mode(self, mode):
        (self.dir / "tpm/mode").write_text(mode)

    def start(self, tcti="swtpm:path=/x", **env):
        if "BREAK" in os.environ:
            env.setdefault("BREAK", os.environ["BREAK"])
        return subprocess.Popen([self.drive, tcti, "seal", "pin", h.AUTH, self.dir / "blob"], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=h.quiet_env(LOG="error", **env))

    def run_one(self, *args, **env):
        return h.finish(self.start(*args, **env))

    def test_how_it_is_started(self):
        self.mode("silent")
        fds = [os.open("/dev/null", os.O_RDONLY) for _ in range(5)]
        for fd in fds:
            os.set_inheritable(fd, True)
        self.run_one(SECRET="x", LD_LIBRARY_PATH="/x", DBUS_SESSION_BUS_ADDRESS="unix:path=/x", TSS2_TCTI="evil")
        for fd in fds:
            os.close(fd)
        report = (self.dir / "tpm/report").read_text().splitlines()
        self.assertEqual([line for line in report if line.startswith("fd")],
                         ["fd 0 device", "fd 1 device", "fd 2 device", "fd 3 socket"])
        self.assertEqual([line for line in report if line.startswith("env") and "BREAK" not in line], [])
        for line in report:
            if line.startswith(("SigBlk", "SigIgn", "SigCgt")):
                self.assertEqual(int(line.split()[1], 16), 0, line)
        self.assertIn("session 1", report)
        self.assertIn("death 9", report)

    def test_only_the_bus_address_goes_to_a_broker(self):
        self.mode("silent")
        self.run_one("tabrmd:bus_type=session", SECRET="x", DBUS_SESSION_BUS_ADDRESS="unix:path=/x")
        report = (self.dir / "tpm/report").read_text().splitlines()
        self.assertEqual([line for line in report if line.startswith("env") and "BREAK" not in line],
                         ["env DBUS_SESSION_BUS_ADDRESS=unix:path=/x"])

    def test_answers_that_are_none(self):
        for mode, code in (("silent", "E_UNAVAILABLE"), ("crash", "E_UNAVAILABLE"), ("short", "E_UNAVAILABLE"),
                           ("zeros", "E_CORRUPT"), ("flood", "E_CORRUPT")):
            with self.subTest(mode=mode):
                self.mode(mode)
                self.fails(self.run_one(), code)

    def test_absent(self):
        os.unlink(self.helper)
        r = self.fails(self.run_one(), "E_UNAVAILABLE")
        self.assertIn("bulla-tpm is not where it belongs", r.err)

    def test_not_executable(self):
        pathlib.Path(self.helper).write_text("no program")
        os.chmod(self.helper, 0o755)
        r = self.fails(self.run_one(), "E_UNAVAILABLE")
        self.assertIn("cannot start", r.err)

    def test_sleeping_or_stopped_helper_is_ended(self):
        for mode in ("sleep", "stop"):
            with self.subTest(mode=mode):
                self.mode(mode)
                r = self.fails(self.run_one(TPM_MS=200), "E_UNAVAILABLE")
                self.assertIn("in time", r.err)

    def test_one_at_a_time(self):
        self.mode("stay")
        lock = self.dir / "lock"
        lock.touch()
        crowd = [self.start(LOCK=lock) for _ in range(20)]
        for p in crowd:
            self.fails(h.finish(p, 60), "E_UNAVAILABLE")
        self.assertEqual((self.dir / "tpm/marks").read_text(), "be" * 20)


if __name__ == "__main__":
    h.main()
