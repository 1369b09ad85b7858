# SPDX-License-Identifier: BSD-2-Clause
"""Guests of QEMU that run commands, and power cuts; what all our virtual machines share. A guest never outlives this process:
it is killed at the end of its `with`, with its parent, and when the time that it was given is over."""
import base64
import ctypes
import os
import select
import shlex
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1


class Trouble(Exception):
    """The guest did not do what it was told, or not in time."""


def dies_with_us():
    """Before exec: the process dies with this one."""
    parent = os.getpid()
    libc = ctypes.CDLL(None)

    def before():
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return before


def tool(root, name, *args):
    """A program of a root of tools, run from outside of it."""
    loader = next(p for p in root.glob("usr/lib*/**/ld-linux-*.so.*") if "cross" not in str(p))
    libraries = sorted({str(p.parent) for p in root.glob("usr/lib/*/libc.so.6")})
    return [str(loader), "--library-path", ":".join(libraries), str(root / "usr/bin" / name), *args]


class Command:
    """Something that runs in a guest: lines of output, then a status."""

    def __init__(self, guest):
        self.guest, self.status, self.said = guest, None, []

    def line(self, timeout=60):
        """The next line of output; None at the end."""
        while self.status is None:
            text = self.guest.read(timeout)
            if text.startswith("|"):
                self.said.append(text[1:])
                return text[1:]
            if text.startswith("="):
                self.status = int(text[1:])
        return None

    def rest(self, timeout=60):
        """What is left of the output; of a guest that was cut, what it had still said."""
        lines = []
        try:
            while (one := self.line(timeout)) is not None:
                lines.append(one)
        except Trouble:
            if not self.guest.gone:
                raise
        return lines


class Guest:
    """One boot of a machine; a kind of machine says by `arguments` what QEMU is told."""

    def __init__(self, machine, timeout):
        self.machine, self.gone, self.buffer = machine, False, b""
        self.end = time.monotonic() + timeout
        self.sock, theirs = socket.socketpair()
        self.log = machine.dir / f"boot-{machine.boots}"
        self.process = subprocess.Popen(self.arguments(theirs.fileno()), pass_fds=[theirs.fileno()], preexec_fn=dies_with_us(),
                                        stdin=subprocess.DEVNULL, stdout=open(f"{self.log}.qemu", "wb"), stderr=subprocess.STDOUT)
        theirs.close()
        try:
            self.uptime = float(self.read(120).removeprefix("+ "))
        except BaseException:
            self.cut()
            raise

    def arguments(self, fd):
        """QEMU and its arguments; fd is the socket behind the agent's port."""
        raise NotImplementedError

    def read(self, timeout):
        """The next line that the guest's agent sends."""
        until = min(self.end, time.monotonic() + timeout)
        while b"\n" not in self.buffer:
            if not select.select([self.sock], [], [], max(0, until - time.monotonic()))[0]:
                raise Trouble(f"the guest said nothing for {timeout} s (logs: {self.log}.*)")
            try:
                data = self.sock.recv(65536)
            except ConnectionError:
                data = b""
            if not data:
                raise Trouble("the guest is gone" if self.gone else f"the guest ended by itself (logs: {self.log}.*)")
            self.buffer += data
        text, self.buffer = self.buffer.split(b"\n", 1)
        return text.decode(errors="replace")

    def start(self, script, user=None):
        """Runs a script with bash, as root or as a user of the guest, and does not wait."""
        if user:
            script = f". /opt/test/guest/lib.sh; as {user} bash -c {shlex.quote(script)}"
        self.sock.sendall(base64.b64encode(script.encode()) + b"\n")
        return Command(self)

    def sh(self, script, user=None, timeout=60):
        """Runs a script and returns (status, output)."""
        command = self.start(script, user)
        lines = command.rest(timeout)
        return command.status, "\n".join(lines)

    def cut(self):
        """Power off now. What the guest had not written to its disks is lost."""
        if not self.gone:
            self.gone = True
            self.process.kill()
            self.process.wait()

    def off(self):
        """Power off as one should."""
        self.sock.sendall(base64.b64encode(b"sync; umount -a -r 2>/dev/null; sync; poweroff -f") + b"\n")
        self.await_end("did not power off", 30)

    def await_end(self, otherwise, timeout=120):
        """QEMU ends by itself; what the guest still says is not read."""
        try:
            self.process.wait(timeout)
            self.gone = True
        except subprocess.TimeoutExpired:
            raise Trouble(f"the guest {otherwise} (logs: {self.log}.*)") from None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None and not self.gone:
                self.off()
        finally:
            self.cut()
            self.sock.close()
