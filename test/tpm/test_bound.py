#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a seal is bound to: T2, T3, T4, T9, banks, and what describe says of it."""
import harness as h

BOTH = "pin+pcr=sha256:7,11"


class BoundTest(h.TpmCase):
    @classmethod
    def setUpClass(cls):
        """One TPM per test: PCRs do not go back, and a reset without notice counts as a wrong PIN."""

    def setUp(self):
        self.tpm = h.Tpm()
        self.addCleanup(self.tpm.done)

    def describe(self, policy):
        return self.ok(h.drive(self.tpm.tcti, "describe", policy, self.blob())).fields

    def test_every_policy_seals_and_opens(self):
        for policy, auth in (("none", h.NONE), ("pin", h.AUTH), ("pcr=sha256:7", h.NONE), (BOTH, h.AUTH),
                             ("pcr=sha384:0,1,2,3,4,5,6,7,8,9,10,11", h.NONE), ("pin+pcr=sha256:0", h.AUTH)):
            with self.subTest(policy=policy):
                s = self.seal(policy, auth)
                self.assertEqual(len(s), 64)
                self.assertEqual(self.ok(self.open(policy, auth)).out, s)
                self.assertEqual(self.describe(policy)["state"], "opens")
                self.assertNotEqual(self.seal(policy, auth), s, "S must be new each time")
        self.assertEqual(self.tpm.handles(), [])

    def test_t2_another_tpm_does_not_open(self):
        self.seal(BOTH, h.AUTH)
        other = h.Tpm()
        self.addCleanup(other.done)
        r = self.fails(self.open(BOTH, h.AUTH, other.tcti), "E_FOREIGN")
        self.assertEqual((r.count["failed"], other.failed()), (0, 0))
        self.assertEqual(self.ok(h.drive(other.tcti, "describe", BOTH, self.blob())).fields["state"], "foreign")
        self.ok(self.open(BOTH, h.AUTH))

    def test_t2_another_tpm_with_a_persistent_parent_does_not_open(self):
        self.seal("none")
        other = h.Tpm()
        self.addCleanup(other.done)
        other.shell(f"swtpm_srk {other.dir}")
        self.fails(self.open("none", h.NONE, other.tcti), "E_FOREIGN")

    def test_cleared_tpm_does_not_open(self):
        cleared = h.Tpm()
        self.addCleanup(cleared.done)
        self.seal("pin", h.AUTH, cleared.tcti)
        self.ok(self.open("pin", h.AUTH, cleared.tcti))
        cleared.tool("tpm2_clear")
        self.fails(self.open("pin", h.AUTH, cleared.tcti), "E_FOREIGN")
        self.assertEqual(self.ok(h.drive(cleared.tcti, "describe", "pin", self.blob())).fields["state"], "foreign")

    def test_t3_changed_pcr_is_refused_and_costs_no_try(self):
        self.seal(BOTH, h.AUTH)
        before = self.tpm.failed()
        self.tpm.extend(11)
        ip = self.interpose()
        for auth in (h.AUTH, h.WRONG):
            r = self.fails(self.open(BOTH, auth, ip.tcti), "E_POLICY")
            self.assertIn("PCR 11 of the sha256 bank", r.err)
            self.assertEqual(r.count["failed"], before)
        self.assertEqual(ip.wire.count("Unseal"), 0, "the secret was asked for although a PCR had changed")
        self.assertEqual(self.tpm.failed(), before)
        d = self.describe(BOTH)
        self.assertEqual((d["state"], int(d["changed_pcrs"], 16)), ("pcr-changed", 1 << 11))

    def test_unselected_pcr_does_not_matter(self):
        s = self.seal(BOTH, h.AUTH)
        self.tpm.extend(12)
        self.assertEqual(self.ok(self.open(BOTH, h.AUTH)).out, s)

    def test_t4_pcr_moves_under_the_session(self):
        s = self.seal(BOTH, h.AUTH)
        ip = self.interpose("extend@Unseal#1=15", "extend@Unseal#2=15")
        before = self.tpm.failed()
        self.assertEqual(self.ok(self.open(BOTH, h.AUTH, ip.tcti)).out, s)
        self.assertEqual((ip.wire.count("Unseal"), self.tpm.failed()), (3, before))

    def test_t4_selected_pcr_moves_under_the_session(self):
        self.seal(BOTH, h.AUTH)
        before = self.tpm.failed()
        ip = self.interpose("extend@Unseal#1=11")
        self.fails(self.open(BOTH, h.AUTH, ip.tcti), "E_POLICY")
        self.assertEqual(self.tpm.failed(), before)

    def test_t4_pcrs_that_never_rest_are_busy(self):
        self.seal(BOTH, h.AUTH)
        before = self.tpm.failed()
        ip = self.interpose("extend@Unseal#*=15")
        self.fails(self.open(BOTH, h.AUTH, ip.tcti), "E_BUSY")
        self.assertEqual((ip.wire.count("Unseal"), self.tpm.failed()), (30, before))

    def test_t9_reset_and_replay(self):
        """Documented as no claim: who can reset the TPM alone and replay the measurements opens a seal
        that has PCRs and no PIN. With a PIN it does not open without."""
        pcrs = "pcr=sha256:0,1,2,3,4,5,6,7"
        s = self.seal(pcrs)
        self.tpm.reset(bare=True)
        self.fails(self.open(pcrs), "E_POLICY")
        self.tpm.shell(f"swtpm_measure {self.tpm.dir}")
        self.assertEqual(self.ok(self.open(pcrs)).out, s)
        self.seal("pin+" + pcrs, h.AUTH)
        self.tpm.reset(bare=True)
        self.fails(self.open("pin+" + pcrs, h.AUTH), "E_POLICY")
        self.tpm.shell(f"swtpm_measure {self.tpm.dir}")
        self.fails(self.open("pin+" + pcrs, h.WRONG), "E_AUTH")
        self.ok(self.open("pin+" + pcrs, h.AUTH))

    def test_blob_of_another_policy_is_corrupt(self):
        self.seal(BOTH, h.AUTH)
        for policy, auth in (("pin", h.AUTH), ("pcr=sha256:7,11", h.NONE), ("pin+pcr=sha256:7,12", h.AUTH),
                             ("pin+pcr=sha384:7,11", h.AUTH), ("none", h.NONE)):
            self.fails(self.open(policy, auth), "E_CORRUPT")

    def test_damaged_blob_never_costs_a_try(self):
        self.seal("pin", h.AUTH)
        good = self.blob().read_bytes()
        before = self.tpm.failed()
        for at in range(0, len(good), 7):
            self.blob().write_bytes(good[:at] + bytes([good[at] ^ 0x41]) + good[at + 1:])
            r = self.open("pin", h.AUTH)
            self.assertIn(r.code, ("E_CORRUPT", "E_FOREIGN", "E_UNAVAILABLE"), f"byte {at}: {r}")
        for size in (0, 1, 5, len(good) // 2, len(good) - 1):
            self.blob().write_bytes(good[:size])
            self.fails(self.open("pin", h.AUTH), "E_CORRUPT")
        self.blob().write_bytes(good + b"x")
        self.fails(self.open("pin", h.AUTH), "E_CORRUPT")
        self.assertEqual(self.tpm.failed(), before)


class BankTest(h.TpmCase):
    def test_empty_bank_is_refused(self):
        tpm = h.Tpm(bare=True)
        self.addCleanup(tpm.done)
        r = self.fails(h.drive(tpm.tcti, "seal", "pcr=sha256:7", "-", self.blob()), "E_UNSUPPORTED")
        self.assertIn("all zero", r.err)
        self.ok(h.drive(tpm.tcti, "seal", "pin", h.AUTH, self.blob()))

    def test_unallocated_bank_is_refused(self):
        tpm = h.Tpm()
        self.addCleanup(tpm.done)
        tpm.tool("tpm2_pcrallocate", "-Q", "sha256:all+sha1:all+sha384:none+sha512:none")
        tpm.shell(f"swtpm_reset {tpm.dir} bare")
        r = self.fails(h.drive(tpm.tcti, "seal", "pcr=sha384:7", "-", self.blob()), "E_UNSUPPORTED")
        self.assertIn("not allocated", r.err)
        fields = self.ok(h.drive(tpm.tcti, "describe")).fields
        self.assertEqual(int(fields["banks"], 16), 1 << 1 | 1 << 2)

    def test_describe_says_what_it_is(self):
        f = self.ok(h.drive(self.tpm.tcti, "describe")).fields
        self.assertEqual((f["state"], f["maker"], f["software"]), ("opens", "IBM", "1"))
        self.assertRegex(f["vendor"], "SW")
        self.assertRegex(f["firmware"], r"^\d+\.\d+\.\d+\.\d+$")
        self.assertRegex(f["spec"], r"^2\.0 rev 1\.\d\d$")
        self.assertEqual((f["owner_auth_set"], f["lockout_auth_set"], f["endorsement_auth_set"]), ("0", "0", "0"))
        self.assertEqual((f["srk_persistent"], int(f["banks"], 16) & 4), ("0", 4))
        self.assertEqual(int(f["zero_banks"], 16), 1 << 1 | 1 << 4, "sha256 and sha384 were measured into")
        before = int(f["reset_count"])
        self.tpm.reset()
        self.tpm.shell(f"swtpm_srk {self.tpm.dir}")
        self.tpm.tool("tpm2_changeauth", "-c", "o", "ownerpass")
        self.tpm.tool("tpm2_changeauth", "-c", "l", "lockpass")
        f = self.ok(h.drive(self.tpm.tcti, "describe")).fields
        self.assertEqual((f["owner_auth_set"], f["lockout_auth_set"], f["srk_persistent"]), ("1", "1", "1"))
        self.assertEqual(int(f["reset_count"]), before + 1)
        # the owner's password is not needed while there is a persistent parent
        self.seal("pin", h.AUTH)
        self.ok(self.open("pin", h.AUTH))

    def test_owner_password_without_parent_says_so(self):
        tpm = h.Tpm()
        self.addCleanup(tpm.done)
        tpm.tool("tpm2_changeauth", "-c", "o", "ownerpass")
        r = self.fails(h.drive(tpm.tcti, "seal", "pin", h.AUTH, self.blob()), "E_UNSUPPORTED")
        self.assertIn("password", r.err)


if __name__ == "__main__":
    h.main()
