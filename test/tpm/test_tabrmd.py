#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Through a resource manager: tpm2-abrmd on a bus of our own."""
import subprocess

import harness as h

NAME = "com.intel.tss2.Tabrmd"
POLICY = "pin+pcr=sha256:7"


class TabrmdTest(h.TpmCase):
    TCTI = f"tabrmd:bus_name={NAME},bus_type=session"

    @classmethod
    def start(cls, command, **env):
        p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                             env=h.quiet_env(**env))
        cls.addClassCleanup(p.stdout.close)
        cls.addClassCleanup(p.wait)
        cls.addClassCleanup(p.terminate)
        return p

    @classmethod
    def owned(cls):
        done = subprocess.run(["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/",
                               "org.freedesktop.DBus.NameHasOwner", f"string:{NAME}"],
                              capture_output=True, text=True, env=h.quiet_env(DBUS_SESSION_BUS_ADDRESS=cls.bus))
        return "boolean true" in done.stdout

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        daemon = cls.start(["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address",
                            f"--address=unix:path={cls.tpm.dir}/bus"])
        cls.bus = daemon.stdout.readline().strip()
        cls.start(["tpm2-abrmd", "--session", f"--tcti={cls.tpm.tcti}"], DBUS_SESSION_BUS_ADDRESS=cls.bus)
        h.await_true(cls.owned)

    def test_seals_and_opens(self):
        env = {"DBUS_SESSION_BUS_ADDRESS": self.bus}
        s = self.seal(POLICY, h.AUTH, self.TCTI, **env)
        self.assertEqual(self.ok(self.open(POLICY, h.AUTH, self.TCTI, **env)).out, s)
        r = self.fails(self.open(POLICY, h.WRONG, self.TCTI, **env), "E_AUTH")
        self.assertEqual(r.count["failed"], 1)
        f = self.ok(h.drive(self.TCTI, "describe", POLICY, self.blob(), **env)).fields
        self.assertEqual((f["state"], f["maker"]), ("opens", "IBM"))

    def test_many_at_once(self):
        env = {"DBUS_SESSION_BUS_ADDRESS": self.bus}
        s = self.seal("none", h.NONE, self.TCTI, **env)
        crowd = [h.driving(self.TCTI, "open", "none", h.NONE, self.blob(), **env) for _ in range(8)]
        for p in crowd:  # without a queue: the manager sorts them
            self.assertEqual(self.ok(h.finish(p, 60)).out, s)

    def test_no_bus(self):
        self.fails(h.drive(self.TCTI, "seal", "pin", h.AUTH, self.blob()), "E_UNAVAILABLE")


if __name__ == "__main__":
    h.main()
