#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The TPM's own counter of wrong PINs: T5."""
import harness as h


class LockoutTest(h.TpmCase):
    INTERVAL = 3

    def test_t5_wrong_pins_lock_and_time_heals(self):
        self.tpm.tool("tpm2_dictionarylockout", "-s", "-n", 3, "-t", self.INTERVAL, "-l", self.INTERVAL)
        s = self.seal("pin", h.AUTH)
        for n in (1, 2, 3):
            r = self.fails(self.open("pin", h.WRONG), "E_AUTH")
            self.assertEqual((r.count["failed"], r.count["max"], r.count["locked"]), (n, 3, int(n == 3)))
        ip = self.interpose()
        r = self.fails(self.open("pin", h.AUTH, ip.tcti), "E_LOCKED")
        self.assertEqual((r.count["locked"], r.count["interval"]), (1, self.INTERVAL))
        self.assertEqual(ip.wire.count("Unseal"), 0, "a TPM in lockout was asked all the same")
        d = self.ok(h.drive(self.tpm.tcti, "describe", "pin", self.blob())).fields
        self.assertEqual(d["state"], "locked")
        self.fails(h.drive(self.tpm.tcti, "seal", "pin", h.AUTH, self.blob("new")), "E_LOCKED")
        h.await_true(lambda: self.open("pin", h.AUTH).out == s, 10 * self.INTERVAL)

    def test_seal_without_pin_is_outside_of_it(self):
        tpm = h.Tpm()
        self.addCleanup(tpm.done)
        tpm.tool("tpm2_dictionarylockout", "-s", "-n", 1, "-t", 1000, "-l", 1000)
        s = self.seal("none", h.NONE, tpm.tcti)
        pin = self.blob("pin")
        self.ok(h.drive(tpm.tcti, "seal", "pin", h.AUTH, pin))
        self.fails(h.drive(tpm.tcti, "open", "pin", h.WRONG, pin), "E_AUTH")
        self.fails(h.drive(tpm.tcti, "open", "pin", h.AUTH, pin), "E_LOCKED")
        self.assertEqual(self.ok(self.open("none", h.NONE, tpm.tcti)).out, s)


if __name__ == "__main__":
    h.main()
