#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What somebody on the TPM's bus can see and do: T1, T1b, T8."""
import harness as h

PCRS = "pin+pcr=sha256:7,11"


class WireTest(h.TpmCase):
    def test_t1_nothing_secret_on_the_wire(self):
        ip = self.interpose()
        s = self.seal(PCRS, h.AUTH, ip.tcti)
        self.assertEqual(self.ok(self.open(PCRS, h.AUTH, ip.tcti)).out, s)
        self.fails(self.open(PCRS, h.WRONG, ip.tcti), "E_AUTH")
        self.assertGreaterEqual(ip.wire.count("Unseal"), 3)
        for what in (s, h.AUTH, h.WRONG):
            self.assertFalse(ip.wire.has(what), "a secret went over the wire in the clear")

    def test_t1_without_pin(self):
        ip = self.interpose()
        s = self.seal("pcr=sha256:7", h.NONE, ip.tcti)
        self.assertEqual(self.ok(self.open("pcr=sha256:7", h.NONE, ip.tcti)).out, s)
        self.assertFalse(ip.wire.has(s), "S went over the wire in the clear")

    def test_t1b_nothing_secret_after_a_failed_command(self):
        # a command without an encryptable parameter fails: ESYS drops that flag of the session
        ip = self.interpose("rc@GetRandom#1=0x920")
        s = self.seal(PCRS, h.AUTH, ip.tcti)
        self.assertEqual(ip.wire.count("GetRandom"), 2)
        self.assertFalse(ip.wire.has(s), "S went over the wire in the clear")
        self.assertFalse(ip.wire.has(h.AUTH), "the authorisation went over the wire in the clear")

    def test_t1b_wrong_pin_then_seal(self):
        ip = self.interpose()
        self.seal("pin", h.AUTH, ip.tcti)
        self.fails(self.open("pin", h.WRONG, ip.tcti), "E_AUTH")
        s = self.seal("pin", h.AUTH, ip.tcti)
        self.assertFalse(ip.wire.has(s))


class SubstituteTest(h.TpmCase):
    """A persistent parent, so that TPM2_ReadPublic is asked, and one of an owner's own making, so that it
    cannot be had in another way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.tpm.dir / "unique").write_bytes(2 * (b"\x20\0" + bytes(range(1, 33))))
        cls.tpm.shell(f"swtpm_srk {cls.tpm.dir} -u {cls.tpm.dir}/unique")

    def check_swap(self, what):
        self.seal("pin", h.AUTH)
        ip = self.interpose(f"swap@ReadPublic#*={what}")
        r = self.fails(self.open("pin", h.AUTH, ip.tcti), "E_FOREIGN")
        self.assertGreater(ip.wire.count("ReadPublic"), 0)
        self.assertEqual(ip.wire.count("StartAuthSession"), 0, "a session was salted to a key of the interposer's")
        self.assertEqual(r.count["failed"], self.tpm.failed())
        self.ok(self.open("pin", h.AUTH))

    def test_t8_substituted_parent_is_refused(self):
        self.check_swap("name")

    def test_t8_substituted_parent_under_the_real_name_is_refused(self):
        self.check_swap("key")

    def test_t8_forged_answer_is_refused(self):
        self.seal("pin", h.AUTH)
        ip = self.interpose("flip@Unseal#1")
        self.fails(self.open("pin", h.AUTH, ip.tcti), "E_UNAVAILABLE")

    def test_persistent_parent_is_used(self):
        ip = self.interpose()
        self.seal("pin", h.AUTH, ip.tcti)
        self.assertEqual(ip.wire.count("CreatePrimary"), 0)


class StandardParentTest(h.TpmCase):
    """The standard parent, persistent: what TPM2_ReadPublic hides can be derived again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tpm.shell(f"swtpm_srk {cls.tpm.dir}")

    def test_t8_substituted_parent_is_not_used(self):
        s = self.seal("pin", h.AUTH)
        ip = self.interpose("swap@ReadPublic#*=key")
        self.assertEqual(self.ok(self.open("pin", h.AUTH, ip.tcti)).out, s)
        self.assertEqual(ip.wire.count("CreatePrimary"), 1)

    def test_parent_evicted_but_derivable_still_opens(self):
        s = self.seal("pin", h.AUTH)
        self.tpm.tool("tpm2_evictcontrol", "-Q", "-C", "o", "-c", "0x81000001")
        try:
            self.assertEqual(self.ok(self.open("pin", h.AUTH)).out, s)
        finally:
            self.tpm.shell(f"swtpm_srk {self.tpm.dir}")


if __name__ == "__main__":
    h.main()
