# SPDX-License-Identifier: BSD-2-Clause
"""Machines with OP-TEE: disks that outlive a boot, guests that run commands, and power cuts. A guest
never outlives this process: it is killed at the end of its `with`, with its parent, and when the
time that it was given is over."""
import base64
import ctypes
import os
import pathlib
import select
import shlex
import shutil
import signal
import socket
import subprocess
import time

CACHE = pathlib.Path(os.environ.get("BULLA_CHECK_CACHE", "/var/cache/bulla-check")) / "optee"
DISK_SIZE = 32 << 20
PR_SET_PDEATHSIG = 1


class Trouble(Exception):
    """The guest did not do what it was told, or not in time."""


def tool(name, *args):
    """A program of the root of tools, run from outside of it."""
    root = CACHE / "tools"
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
    """One boot of a machine."""

    def __init__(self, machine, timeout):
        self.machine, self.gone, self.buffer = machine, False, b""
        self.end = time.monotonic() + timeout
        self.sock, theirs = socket.socketpair()
        self.log = machine.dir / f"boot-{machine.boots}"
        libc = ctypes.CDLL(None)
        parent = os.getpid()

        def in_child():
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

        self.process = subprocess.Popen(self.arguments(theirs.fileno()), pass_fds=[theirs.fileno()], preexec_fn=in_child,
                                        stdin=subprocess.DEVNULL, stdout=open(f"{self.log}.qemu", "wb"), stderr=subprocess.STDOUT)
        theirs.close()
        try:
            self.uptime = float(self.read(120).removeprefix("+ "))
        except BaseException:
            self.cut()
            raise

    def arguments(self, fd):
        out = CACHE / "out"
        kernel_at, initrd_at = (out / "addresses").read_text().split()
        disks = [(out / "system.img", "on"), (self.machine.product, "on"),
                 (self.machine.dir / "tee.img", "off"), (self.machine.dir / "store.img", "off")]
        args = tool("qemu-system-aarch64", "-L", str(CACHE / "tools/usr/share/qemu"),
                    "-M", f"virt,secure=on,gic-version={(out / 'gic').read_text().strip()}", "-cpu", "cortex-a57",
                    "-smp", "2", "-m", "640", "-accel", "tcg,thread=multi", "-display", "none", "-nodefaults", "-no-reboot",
                    "-dtb", str(out / "vm.dtb"), "-serial", f"file:{self.log}.linux", "-serial", f"file:{self.log}.optee",
                    "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={self.machine.flash}",
                    "-device", f"loader,file={out / 'Image'},addr={kernel_at},force-raw=on",
                    "-device", f"loader,file={out / 'initrd'},addr={initrd_at},force-raw=on",
                    "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
                    "-chardev", f"socket,id=host,fd={fd}", "-device", "virtserialport,chardev=host,name=host")
        for n, (path, readonly) in enumerate(disks):
            args += ["-drive", f"if=none,id=d{n},format=raw,readonly={readonly},file={path}",
                     "-device", f"virtio-blk-pci,drive=d{n},addr={0x10 + n:#x}"]
        if self.machine.tpm:  # commands as they are, which is what tpm2-tss's TCTI "device" writes
            args += ["-chardev", f"socket,id=tpm,path={self.machine.tpm}", "-device", "virtserialport,chardev=tpm,name=tpm"]
        return args

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
        try:
            self.process.wait(30)
            self.gone = True
        except subprocess.TimeoutExpired:
            raise Trouble(f"the guest did not power off (logs: {self.log}.*)") from None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None and not self.gone:
                self.off()
        finally:
            self.cut()
            self.sock.close()


class Machine:
    """A board: its hardware unique key (the same for all, or "other"), its secure storage (disk "tee")
    and its file system (disk "store"). tpm: the socket of a software TPM, /dev/vport*p2 in the guest."""

    def __init__(self, directory, product, huk="flash", tpm=None):
        self.dir, self.product, self.boots = pathlib.Path(directory), pathlib.Path(product), 0
        self.flash, self.tpm = CACHE / f"out/{huk}.bin", tpm
        self.dir.mkdir(parents=True)
        for disk in ("tee", "store"):
            path = self.dir / f"{disk}.img"
            with open(path, "wb") as f:
                f.truncate(DISK_SIZE)
            subprocess.run(["/usr/sbin/mkfs.ext4", "-q", "-F", "-m", "0", str(path)], check=True)

    def boot(self, timeout=600):
        self.boots += 1
        return Guest(self, timeout)

    def save(self, name):
        """Remembers both disks under a name, at power off."""
        for disk in ("tee", "store"):
            shutil.copyfile(self.dir / f"{disk}.img", self.dir / f"{disk}-{name}.img")

    def load(self, name, *disks):
        """Puts back the disks of that name: both, or those that are named."""
        for disk in disks or ("tee", "store"):
            shutil.copyfile(self.dir / f"{disk}-{name}.img", self.dir / f"{disk}.img")

    def take(self, other, *disks):
        """Gets copies of another machine's disks."""
        for disk in disks or ("tee", "store"):
            shutil.copyfile(other.dir / f"{disk}.img", self.dir / f"{disk}.img")
