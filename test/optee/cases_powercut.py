# SPDX-License-Identifier: BSD-2-Clause
"""QEMU is killed in the middle of the TEE's work, fifty times. Afterwards nothing that had been
acknowledged is undone: a seal opens, with the PIN that was acknowledged or the one under way, and
each wrong PIN that was answered is counted."""
import os
import random
import time

from cases import case
from tokens import Owner, write_secrets
from guest import Trouble

PROGRAM, FILE = "/opt/test/powercut", "/var/lib/bulla/powercut/known"
ROUNDS = int(os.environ.get("POWERCUT_ROUNDS", 50))
ROUNDS_TOKEN = ROUNDS // 4
ROUNDS_TA = ROUNDS - ROUNDS_TOKEN
SEED = int(os.environ.get("POWERCUT_SEED", time.time()))


class Model:
    """What may be found, from the lines that were heard. failed: the counts that are possible."""

    def __init__(self):
        self.failed, self.before, self.extra, self.broken = {0}, None, None, None

    def hear(self, line):
        word, *rest = line.split()
        if word == "broken":
            self.broken = line
        elif word == "begin":
            self.failed = {int(rest[0])}
        elif word == "wrong":
            n = max(self.failed)
            self.failed = {n, n + 1}
        elif word == "counted":
            self.failed = {int(rest[0])}
        elif word == "open":
            n = max(self.failed)  # counted first, then compared
            self.failed = {n, n + 1, 0}
        elif word in ("opened", "settled"):
            self.failed = {0}
            if word == "settled":
                self.before = "revoked"
        elif word == "commit":  # the blob in the file is the old one, or the new one
            self.failed |= {0}
            self.before = None
        elif word == "committed":
            self.failed = {0}
        elif word == "destroy":
            self.extra = None
        elif word == "destroyed":
            self.extra = "gone"
        elif word == "added":
            self.extra = "opens"
        elif word == "removed":
            self.extra = None

    def disagrees(self, look):
        """What `powercut look` found that cannot be; None if all can."""
        if self.broken or look == ["nothing"]:
            return self.broken
        found = dict(line.split(" ", 1) for line in look)
        if int(found["failed"]) not in self.failed:
            return f"failed is {found['failed']}, not one of {sorted(self.failed)}"
        if found["now"] != "opens":
            return f"the seal that was stored: {found['now']}"
        if self.before and found.get("before", self.before) != self.before:
            return f"the seal before: {found['before']}"
        if found.get("before", "revoked") not in ("revoked", "gone"):  # the new one has opened
            return f"the seal before: {found['before']}"
        if self.extra and found.get("extra", self.extra) != self.extra:
            return f"the other seal: {found['extra']}"
        return None


def listen(command, count, seconds):
    """Hears so many lines, and what is said in so many seconds more; then the power is cut. However
    slow the machine is, something was done, and the cut comes at no line's beginning."""
    for _ in range(count):
        if command.line(timeout=120) is None:
            break  # it ended by itself; the journal tells why
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and command.status is None:
        try:
            command.line(timeout=left)
        except Trouble:
            if time.monotonic() < end:
                raise
    command.guest.cut()
    command.rest()
    return command.said


def judge(model, journal, first, heard):
    """What had been said must stand in the journal, which was synced before. Returns what cannot be."""
    if heard and journal[:1] != [first]:
        return f"what was synced is lost: {heard[:2]}, but {journal[:1]}"
    if heard != journal[:len(heard)]:
        return f"what was synced is lost: {heard[-1:]}"
    for line in journal if journal[:1] == [first] else []:
        model.hear(line)
    return None


def look_at(g):
    """(journal, what there is)"""
    journal = g.sh(f"cat {FILE}.journal 2>/dev/null")[1].splitlines()
    return journal, g.sh(f"if [ -e {FILE} ]; then {PROGRAM} look {FILE}; else echo nothing; fi")[1].splitlines()


def start_work(g, seed):
    return g.start(f"mkdir -p $(dirname {FILE}); exec {PROGRAM} work {FILE} {seed}")


def lost_writes_are_found(t, m):
    """The control: the TEE's disk as it was before the work, as if what was acknowledged had not been
    written."""
    with m.boot() as g:
        look_at(g)  # the right PIN: the count is 0
    m.save("control")
    with m.boot() as g:
        heard = listen(start_work(g, 0), 8, 0)
    m.load("control", "tee")
    with m.boot() as g:
        journal, look = look_at(g)
        model = Model()
        t.check("control-lost-writes-are-found", judge(model, journal, "round 0", heard) is None and model.disagrees(look),
                f"{journal} {look}")


@case
def powercut_ta(t):
    """The trusted application and its records."""
    m, dice, wrong = t.machine(), random.Random(SEED), []
    heard, first, lines, n = [], "", 0, 0
    t.say(f"POWERCUT_SEED={SEED}")
    for n in range(ROUNDS_TA + 1):
        with m.boot() as g:
            journal, look = look_at(g)
            model = Model()
            found = judge(model, journal, first, heard) or model.disagrees(look)
            lines += len(heard)
            if found:
                wrong.append(f"round {n}: {found}")
                t.say(f"{wrong[-1]}; journal: {journal[-6:]}; look: {look}")
            if n < ROUNDS_TA:
                seed = dice.randrange(1, 1 << 30)
                heard, first = listen(start_work(g, seed), dice.randrange(1, 16), dice.uniform(0, 0.5)), f"round {seed}"
    t.say(f"{lines} lines were heard")
    t.check("nothing-is-undone", not wrong and n == ROUNDS_TA, "; ".join(wrong))
    lost_writes_are_found(t, m)


WORK = r"""
n=$1 dice=$2 wrong=0
group() { bulla seal list --quick | sed -n 's/.*login=group.* id //p' | head -n 1; }
RANDOM=$dice
pin() { (umask 077; printf 'pin-%s\n' "$1" >~/pin.new && mv ~/pin.new ~/"$2"); }
say() { echo "$1" >>~/journal; sync; echo "$1"; }
: >~/journal
say "round $dice"
pin "$n" now; pin wrong wrong
added=$(group)
while :; do
	case $((RANDOM % 5)) in
	0 | 1)
		[ $wrong -lt 8 ] || continue
		say wrong
		bulla check --pin-file ~/wrong >/dev/null 2>&1; rc=$?
		[ $rc = 4 ] || { say "broken wrong $rc"; exit 1; }
		wrong=$((wrong + 1)); say counted ;;
	2)
		pin $((n + 1)) next
		say "change $((n + 1))"
		bulla pin --pin-file ~/now --new-pin-file ~/next >/dev/null 2>~/err || { say "broken change $(tail -n 1 ~/err)"; exit 1; }
		n=$((n + 1)); pin $n now
		say "changed $n"; wrong=0 ;;
	*)
		if [ -z "$added" ]; then
			say add
			bulla seal add --source tee --policy pin+login=group:shared --yes --pin-file ~/now >/dev/null 2>~/err || { say "broken add $(tail -n 1 ~/err)"; exit 1; }
			added=yes wrong=0; say added
		else
			say remove
			bulla seal remove "$(group)" --yes --pin-file ~/now >/dev/null 2>~/err || { say "broken remove $(tail -n 1 ~/err)"; exit 1; }
			added= wrong=0; say removed
		fi ;;
	esac
done
"""


class TokenModel:
    """failed: the least that must be counted; pins: which may open."""

    def __init__(self, n):
        self.pins, self.failed, self.broken = {n}, 0, None

    def hear(self, line):
        word, *rest = line.split()
        if word == "counted":
            self.failed += 1
        elif word == "change":
            self.pins.add(int(rest[0]))
        elif word == "changed":
            self.pins = {int(rest[0])}
        elif word == "broken":
            self.broken = line
        # these begin with the right PIN, which ends the count
        if word in ("change", "add", "remove"):
            self.failed = 0


def token_look(alice, model):
    """(the PIN that opens, what cannot be)"""
    write_secrets(alice.g, "alice", **{f"pin{n}": f"pin-{n}" for n in model.pins})
    failed = [(s.get("source_count") or {}).get("failed") for s in alice.seals("cut")]
    if not failed or None in failed or max(failed) < model.failed:
        return None, f"counted {failed}, at least {model.failed} were answered"
    for n in sorted(model.pins, reverse=True):
        if alice.opens(f"pin{n}"):
            return n, None
    return None, f"no PIN of {sorted(model.pins)} opens"


@case
def powercut_token(t):
    """The command, the store and the trusted application together: PIN changes, seals that come and
    go, wrong PINs."""
    m, dice, wrong = t.machine(), random.Random(SEED + 1), []
    heard, first, lines, pin, n = [], "", 0, 0, 0
    with m.boot() as g:
        alice = Owner(g)
        write_secrets(g, "alice", pin="pin-0", work=WORK)
        t.check("init", alice.init("cut", "pin+login=user", "--so=none")[0] == 0)
    for n in range(ROUNDS_TOKEN + 1):
        with m.boot() as g:
            alice, model = Owner(g), TokenModel(pin)
            journal = alice.sh("cat ~/journal 2>/dev/null")[1].splitlines()
            found = judge(model, journal, first, heard) or model.broken
            lines += len(heard)
            if not found:
                pin, found = token_look(alice, model)
            if found:
                wrong.append(f"round {n}: {found}")
                t.say(f"{wrong[-1]}; journal: {journal[-6:]}")
                break
            if n < ROUNDS_TOKEN:
                seed = dice.randrange(32768)
                command = g.start(f"bash ~/work {pin} {seed}", user="alice")
                heard, first = listen(command, dice.randrange(1, 6), dice.uniform(0, 5)), f"round {seed}"
    t.say(f"{lines} lines were heard")
    t.check("nothing-is-undone", not wrong and n == ROUNDS_TOKEN,
            "; ".join(wrong))
