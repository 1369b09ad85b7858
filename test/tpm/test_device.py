#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Through a character device, as /dev/tpmrm0 is one: a terminal in raw mode stands in, with a software TPM
behind it. It shows that the device's way in works under the helper's strictest filter."""
import os
import pty
import socket
import struct
import threading
import tty

import harness as h

POLICY = "pin+pcr=sha256:7"


class Device:
    def __init__(self, tpm):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)
        self.tpm = tpm
        threading.Thread(target=self.serve, daemon=True).start()

    def read(self, n):
        data = b""
        while len(data) < n:
            data += os.read(self.master, n - len(data))
        return data

    def serve(self):
        """One command, one answer, each whole."""
        try:
            while True:
                head = self.read(10)
                command = head + self.read(struct.unpack(">I", head[2:6])[0] - 10)
                with socket.socket(socket.AF_UNIX) as s:
                    s.connect(str(self.tpm.dir / "s"))
                    s.sendall(command)
                    answer = s.recv(10, socket.MSG_WAITALL)
                    answer += s.recv(struct.unpack(">I", answer[2:6])[0] - 10, socket.MSG_WAITALL)
                os.write(self.master, answer)
        except OSError:
            pass


class DeviceTest(h.TpmCase):
    def test_seals_and_opens(self):
        tcti = "device:" + Device(self.tpm).path
        s = self.seal(POLICY, h.AUTH, tcti)
        self.assertEqual(self.ok(self.open(POLICY, h.AUTH, tcti)).out, s)
        self.fails(self.open(POLICY, h.WRONG, tcti), "E_AUTH")
        self.assertEqual(self.ok(h.drive(tcti, "describe", POLICY, self.blob())).fields["state"], "opens")

    def test_device_that_may_not_be_opened(self):
        path = self.tpm.dir / "device"
        path.touch(mode=0)
        r = self.fails(h.drive(f"device:{path}", "seal", "pin", h.AUTH, self.blob()), "E_UNAVAILABLE")
        self.assertIn("you may not open it", r.err)
        r = self.fails(h.drive("device:/nonexistent/tpm", "seal", "pin", h.AUTH, self.blob()), "E_UNAVAILABLE")
        self.assertIn("No such file", r.err)


if __name__ == "__main__":
    h.main()
