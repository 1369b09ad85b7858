#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A TPM that answers anything to any command, or goes away at any moment: a clear error within the time,
no crash, nothing left behind, no PIN try spent, and it works again afterwards."""
import time

import harness as h

POLICY = "pin+pcr=sha256:7"
# one of each kind, with and without the position of what it is about, and a resource manager's
CODES = [0x100, 0x101, 0x12D, 0x130, 0x120, 0x126, 0x12F, 0x143, 0x084, 0x18B, 0x1C4, 0x1D5, 0x1DF, 0x98E, 0x9A2,
         0x99D, 0x921, 0x910, 0x918, 0xB0101, 0xFFFFFFFF]
PASSING = [0x128, 0x902, 0x903, 0x904, 0x905, 0x906, 0x908, 0x909, 0x90A, 0x920, 0x922, 0x923, 0xB0902, 0xC0902]
GARBLED = ["", "80", "8001000000", "80010000000a00000000", "80020000000a00000000", "80010000ffff00000000",
           "8001000000060000", "80010000001400000000ffffffffffffffffffff"]
GRACE = 2.0  # s, beyond the limit
SHORT = 400  # ms, for what is never answered
LONG = 20000  # ms, for what is answered: a busy machine is no TPM that hangs
REPEATS = 2000  # ms, of which the helper repeats itself for three quarters
EXPECTED = {"E_UNAVAILABLE", "E_BUSY", "E_FOREIGN", "E_POLICY", "E_LOCKED", "E_UNSUPPORTED", "E_CORRUPT", "E_AUTH"}


class AnswersTest(h.TpmCase):
    def setUp(self):
        self.s = self.seal(POLICY, h.AUTH)
        self.before = self.tpm.failed()

    def commands(self, *what):
        """The commands of one run, each once, in order."""
        ip = self.interpose()
        self.run_one(what, ip.tcti)
        return list(dict.fromkeys(ip.wire.commands()))

    def run_one(self, what, tcti, limit=LONG):
        args = (what[0], POLICY, h.AUTH, self.blob("new" if what[0] == "seal" else "blob"))
        return h.drive(tcti, *(args if what[0] != "describe" else (args[0], args[1], args[3])), TPM_MS=limit)

    def check(self, what, rule, may_succeed, limit=LONG):
        with self.subTest(what=what[0], rule=rule):
            with h.Interposer(self.tpm, [rule]) as ip:
                began = time.monotonic()
                r = self.run_one(what, ip.tcti, limit)
                self.assertLess(time.monotonic() - began, limit / 1000 + GRACE)
            if r.code != "E_OK":
                self.assertIn(r.code, EXPECTED, r)
                self.assertIn("tpm: ", r.err, "no word of what happened")
            elif what[0] != "describe":
                self.assertTrue(may_succeed, f"success although {rule}")
                self.assertEqual(len(r.out), 64)
            if r.code == "E_AUTH":
                self.assertIn("@15e#", rule, "a wrong PIN that no TPM2_Unseal spoke of")

    def settle(self):
        """Afterwards: nothing spent, and it works."""
        self.assertEqual(self.tpm.failed(), self.before, "a PIN try was spent")
        self.assertEqual(self.ok(self.open(POLICY, h.AUTH)).out, self.s)

    def loop(self, *what, codes=CODES):
        number = 0
        for cc in self.commands(*what):
            optional = cc in (0x17A, 0x165, 0x144)  # its failing may go unnoticed: counts, flushes
            for rc in codes:
                self.check(what, f"rc@{cc:x}#1={rc:#x}", optional or rc in (0x910, 0x918, 0x18B, 0x100))
                number += 1
            self.settle()
        self.assertGreater(number, 5 * len(codes))

    def test_any_code_at_any_command_of_open(self):
        self.loop("open")

    def test_any_code_at_any_command_of_seal(self):
        self.loop("seal", codes=CODES[::2])

    def test_any_code_at_any_command_of_describe(self):
        self.loop("describe", codes=CODES[::3])

    def test_passing_codes_pass(self):
        for cc in self.commands("open"):
            for rc in PASSING:
                if rc == 0x128 and cc not in (0x17F, 0x16B, 0x15E):
                    continue
                with self.subTest(rule=f"{rc:#x} once at {cc:#x}"), h.Interposer(self.tpm, [f"rc@{cc:x}#1={rc:#x}"]) as ip:
                    self.assertEqual(self.ok(self.open(POLICY, h.AUTH, ip.tcti)).out, self.s)
            self.settle()

    def test_passing_codes_that_stay(self):
        """Each code, and each command with a third of them."""
        for n, rc in enumerate(PASSING):
            self.check(("open",), f"rc@{(0x157, 0x15E, 0x176)[n % 3]:x}#*={rc:#x}", False, REPEATS)
        self.settle()

    def test_lost_handles_are_made_again(self):
        for cc in (0x157, 0x17F, 0x15E):
            for rc in (0x910, 0x918):
                ip = self.interpose(f"rc@{cc:x}#1={rc:#x}")
                self.assertEqual(self.ok(self.open(POLICY, h.AUTH, ip.tcti)).out, self.s)

    def test_garbled_answers(self):
        for cc in self.commands("open"):
            for n, answer in enumerate(GARBLED):
                if len(answer) < 20:  # not even a head: then the connection must end, or all wait
                    continue
                self.check(("open",), f"garble@{cc:x}#1={answer}", cc in (0x17A, 0x165))
            self.settle()

    def test_connection_lost_at_any_command(self):
        for cc in self.commands("open"):
            for do in ("drop", "cut"):
                with h.Interposer(self.tpm, [f"{do}@{cc:x}#1"]) as ip:
                    r = self.open(POLICY, h.AUTH, ip.tcti, TPM_MS=LONG)
                    # the last commands only look after the count and the slots
                    self.assertIn(r.code, ("E_UNAVAILABLE", "E_OK"), f"{do} at {cc:#x}: {r}")
                    if cc in (0x157, 0x15E, 0x176, 0x17F, 0x189):
                        self.fails(r, "E_UNAVAILABLE")
            self.settle()

    def test_tpm_that_hangs(self):
        """Always with the same words: nobody else ends the helper but who started it."""
        for cc in (0x17A, 0x157, 0x15E):
            began = time.monotonic()
            with h.Interposer(self.tpm, [f"hang@{cc:x}#1"]) as ip:
                r = self.fails(self.open(POLICY, h.AUTH, ip.tcti, TPM_MS=SHORT), "E_UNAVAILABLE")
            self.assertLess(time.monotonic() - began, SHORT / 1000 + GRACE)
            self.assertIn(f"did not answer in time ({SHORT} ms)", r.err)
        self.settle()


class SilenceTest(h.TpmCase):
    """Who waits behind somebody whom the TPM does not answer, who asks again, and a queue that moves."""
    LIMIT = 2000  # ms

    def setUp(self):
        self.s = self.seal("pin", h.AUTH)
        self.lock = self.blob("lock")
        self.lock.touch()
        self.lock.chmod(0o444)  # nobody needs to write there

    def crowd(self, number, rule, **env):
        """Results, and how long the slowest took."""
        with h.Interposer(self.tpm, [rule]) as ip:
            began = time.monotonic()
            crowd = [h.driving(ip.tcti, "open", "pin", h.AUTH, self.blob(), LOCK=self.lock, TPM_MS=self.LIMIT, **env)
                     for _ in range(number)]
            return [h.finish(p, 60) for p in crowd], time.monotonic() - began

    def test_all_who_wait_give_up_with_the_first(self):
        results, took = self.crowd(6, "hang@Load#*")
        for r in results:
            self.fails(r, "E_UNAVAILABLE")
        self.assertEqual(sum("did not answer another program" in r.err for r in results), 5)
        self.assertLess(took, self.LIMIT / 1000 + GRACE)
        self.ok(self.open("pin", h.AUTH, LOCK=self.lock))

    def test_who_comes_late_gives_up_with_the_first(self):
        with h.Interposer(self.tpm, ["hang@Load#*"]) as ip:
            first = h.driving(ip.tcti, "open", "pin", h.AUTH, self.blob(), LOCK=self.lock, TPM_MS=self.LIMIT)
            h.await_true(lambda: ip.wire.count("Load") == 1)
            began = time.monotonic()
            time.sleep(self.LIMIT / 2000)
            self.fails(self.open("pin", h.AUTH, ip.tcti, LOCK=self.lock, TPM_MS=self.LIMIT), "E_UNAVAILABLE")
            self.assertLess(time.monotonic() - began, self.LIMIT / 1000 + GRACE / 2)
            self.fails(h.finish(first), "E_UNAVAILABLE")

    def test_queue_that_moves_has_time(self):
        results, took = self.crowd(12, "delay@Load#*=400")
        for r in results:
            self.assertEqual(self.ok(r).out, self.s)
        self.assertGreater(took, 12 * 0.4, "they were not served one by one")

    def test_queue_that_moves_has_a_limit_of_its_own(self):
        results, took = self.crowd(12, "delay@Load#*=400", QUEUE_MS=1000)
        codes = {r.code for r in results}
        self.assertEqual(codes, {"E_OK", "E_BUSY"})

    def test_process_that_asks_again_waits_once(self):
        with h.Interposer(self.tpm, ["hang@Load#*"]) as ip:
            began = time.monotonic()
            r = self.fails(self.open("pin", h.AUTH, ip.tcti, TPM_MS=self.LIMIT, TIMES=5), "E_UNAVAILABLE")
            self.assertLess(time.monotonic() - began, self.LIMIT / 1000 + GRACE)
            self.assertEqual(r.err.count("a moment ago"), 4)
            self.assertEqual(ip.wire.count("Load"), 1)

    def test_process_that_asks_later_is_served(self):
        with h.Interposer(self.tpm, ["hang@Load#1"]) as ip:
            r = self.open("pin", h.AUTH, ip.tcti, TPM_MS=self.LIMIT, TIMES=2, PAUSE_MS=self.LIMIT + 100)
            self.assertEqual(self.ok(r).out, self.s)


class AwayTest(h.TpmCase):
    def test_no_tpm(self):
        for tcti in ("swtpm:path=/nonexistent/s", "device:/nonexistent/tpm", "swtpm:host=127.0.0.1,port=1"):
            for args in (("seal", "pin", h.AUTH, self.blob()), ("describe",)):
                r = h.drive(tcti, *args)
                if args[0] == "describe":
                    self.assertEqual((r.code, r.fields["state"]), ("E_OK", "unavailable"))
                    self.assertNotEqual(r.fields["detail"], "")
                else:
                    self.fails(r, "E_UNAVAILABLE")

    def test_strange_tcti(self):
        for tcti in ("", "cmd:touch /tmp/owned", "/tmp/evil.so", "libtss2-tcti-device.so.0", "swtpmx", "x" * 600):
            self.fails(h.drive(tcti, "seal", "pin", h.AUTH, self.blob()), "E_INVALID")

    def test_killed_in_the_middle(self):
        tpm = h.Tpm()
        self.addCleanup(tpm.done)
        self.seal("pin", h.AUTH, tpm.tcti)
        with h.Interposer(tpm, ["run@Load#1=DIR/pause"]) as ip:
            p = h.driving(ip.tcti, "open", "pin", h.AUTH, self.blob())
            pause = ip.dir / "pause"
            h.await_true(pause.exists)
            tpm.stop()
            pause.unlink()
            self.fails(h.finish(p), "E_UNAVAILABLE")
        tpm.shell(f"swtpm_start {tpm.dir}")
        self.ok(self.open("pin", h.AUTH, tpm.tcti))


class TcpTest(h.TpmCase):
    kind = "tcp"

    def test_over_tcp(self):
        self.assertIn("host=127.0.0.1", self.tpm.tcti)
        s = self.seal(POLICY, h.AUTH)
        self.assertEqual(self.ok(self.open(POLICY, h.AUTH)).out, s)


if __name__ == "__main__":
    h.main()
