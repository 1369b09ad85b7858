# SPDX-License-Identifier: BSD-2-Clause
"""Machines with Debian, systemd and a TPM: a disk and a TPM that outlive a boot; guests (test/vm/guest.py)."""
import os
import pathlib
import subprocess
import time

import guest

CACHE = pathlib.Path(os.environ.get("BULLA_CHECK_CACHE", "/var/cache/bulla-check")) / "system"


class Guest(guest.Guest):
    """One boot of a machine. The TPM is reset with it, as with a real one."""

    def arguments(self, fd):
        out, share = CACHE / "out", CACHE / "tools/usr/share"
        socket = self.machine.dir / "tpm.sock"
        socket.unlink(missing_ok=True)
        self.tpm = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.machine.dir / 'tpm'}", "--ctrl",
                                     f"type=unixio,path={socket}", "--terminate"], preexec_fn=guest.dies_with_us(),
                                    stdin=subprocess.DEVNULL, stdout=open(f"{self.log}.swtpm", "wb"), stderr=subprocess.STDOUT)
        end = time.monotonic() + 20
        while not socket.exists():
            if time.monotonic() > end or self.tpm.poll() is not None:
                raise guest.Trouble(f"swtpm does not start (log: {self.log}.swtpm)")
            time.sleep(0.05)
        modules = next((CACHE / "tools/usr/lib").glob("*-linux-gnu/qemu"))
        # no_timer_check: the kernel counts the timer's ticks during a short loop, and panics where the host was busy meanwhile
        return ["env", f"QEMU_MODULE_DIR={modules}"] + guest.tool(
                          CACHE / "tools", "qemu-system-x86_64", "-L", str(share / "qemu"), "-L", str(share / "seabios"),
                          "-M", "q35", "-cpu", "max", "-smp", "2", "-m", "1024", "-accel", "tcg,thread=multi", "-display", "none",
                          "-nodefaults", "-no-user-config", "-no-reboot", "-serial", f"file:{self.log}.linux",
                          "-kernel", str(out / "vmlinuz"), "-initrd", str(out / "initrd"),
                          "-append", "console=ttyS0 panic=-1 no_timer_check tsc=reliable random.trust_cpu=on lsm=landlock,yama,apparmor,bpf systemd.journald.forward_to_console=0",
                          "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
                          "-chardev", f"socket,id=host,fd={fd}", "-device", "virtserialport,chardev=host,name=host",
                          "-drive", f"if=none,id=root,format=raw,cache=unsafe,file={self.machine.disk}", "-device", "virtio-blk-pci,drive=root",
                          "-drive", f"if=none,id=product,format=raw,readonly=on,file={self.machine.product}", "-device", "virtio-blk-pci,drive=product",
                          "-chardev", f"socket,id=tpm,path={socket}", "-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm")

    def cut(self):
        super().cut()
        if self.tpm.poll() is None:
            self.tpm.terminate()
        self.tpm.wait()

    def off(self):
        self.start("systemctl poweroff")
        self.await_end("did not power off")

    def reboot(self):
        """Restarts the machine as its administrator does; a new Guest boots it."""
        self.start("systemctl reboot")
        self.await_end("did not go down for its reboot")


class Machine:
    """A machine of its own: a copy of the disk as it was made, an empty TPM; and a tar file with what is to be tested, as a second disk."""

    def __init__(self, directory, product):
        self.dir, self.product, self.boots = pathlib.Path(directory), pathlib.Path(product), 0
        self.disk = self.dir / "root.img"
        (self.dir / "tpm").mkdir(parents=True)
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", str(CACHE / "out/system.img"), str(self.disk)], check=True)

    def boot(self, timeout=900):
        self.boots += 1
        return Guest(self, timeout)
