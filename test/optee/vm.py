# SPDX-License-Identifier: BSD-2-Clause
"""Machines with OP-TEE: disks that outlive a boot, and guests (test/vm/guest.py)."""
import os
import pathlib
import shutil
import subprocess

import guest

CACHE = pathlib.Path(os.environ.get("BULLA_CHECK_CACHE", "/var/cache/bulla-check")) / "optee"
DISK_SIZE = 32 << 20


class Guest(guest.Guest):
    """One boot of a machine."""

    def arguments(self, fd):
        out = CACHE / "out"
        kernel_at, initrd_at = (out / "addresses").read_text().split()
        disks = [(out / "system.img", "on"), (self.machine.product, "on"),
                 (self.machine.dir / "tee.img", "off"), (self.machine.dir / "store.img", "off")]
        args = guest.tool(CACHE / "tools", "qemu-system-aarch64", "-L", str(CACHE / "tools/usr/share/qemu"),
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
