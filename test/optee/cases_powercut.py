# SPDX-License-Identifier: BSD-2-Clause
"""QEMU is killed in the middle of the TEE's work, fifty times. Afterwards nothing that had been
acknowledged is undone: a seal opens, with the PIN that was acknowledged or the one under way, and
each wrong PIN that was answered is counted."""
import os
import random
import time

from run import case
from tokens import Owner, write_secrets

PROGRAM, FILE = "/opt/test/powercut", "/var/lib/bulla/powercut/known"
ROUNDS_TA, ROUNDS_TOKEN = 32, 18
SEED = int(os.environ.get("POWERCUT_SEED", time.time()))


class Model:
    """What may be found, from the lines that were heard. failed: the counts that are possible."""

    def __init__(self):
        self.failed, self.before, self.extra, self.changing = {0}, None, None, False

    def hear(self, line):
        word, *rest = line.split()
        if word == "begin":
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
        if look == ["nothing"]:
            return None
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


def work_until_cut(g, seconds, seed, hear):
    command = g.start(f"mkdir -p $(dirname {FILE}); exec {PROGRAM} work {FILE} {seed}")
    end, lines = time.monotonic() + seconds, 0
    while (left := end - time.monotonic()) > 0 or lines == 0:
        line = command.line(timeout=max(left, 30))
        if line is None:
            return f"the work ended by itself: {command.said[-1:]}"
        hear(line)
        lines += 1
    g.cut()
    for line in command.rest():  # what had been said when it happened
        hear(line)
    return None


@case
def powercut_ta(t):
    """The trusted application and its records."""
    m, dice, model, wrong = t.machine(), random.Random(SEED), Model(), []
    t.say(f"POWERCUT_SEED={SEED}")
    for n in range(ROUNDS_TA + 1):
        with m.boot() as g:
            _, out = g.sh(f"[ -e {FILE} ] && {PROGRAM} look {FILE} || echo nothing")
            if found := model.disagrees(out.splitlines()):
                wrong.append(f"round {n}: {found}")
                t.say(wrong[-1])
            if n == ROUNDS_TA:
                break
            model = Model()
            if trouble := work_until_cut(g, dice.uniform(0.2, 2.5), dice.randrange(1 << 30), model.hear):
                wrong.append(f"round {n}: {trouble}")
                break
    t.check(f"{ROUNDS_TA}-rounds", not wrong and n == ROUNDS_TA, "; ".join(wrong))


WORK = r"""
n=$1 dice=$2 wrong=0 added=
RANDOM=$dice
pin() { (umask 077; printf 'pin-%s\n' "$1" >~/pin.new && mv ~/pin.new ~/"$2"); }
pin "$n" now; pin wrong wrong
while :; do
	case $((RANDOM % 5)) in
	0 | 1)
		[ $wrong -lt 8 ] || continue
		echo wrong
		bulla check --pin-file ~/wrong >/dev/null 2>&1; rc=$?
		[ $rc = 4 ] || { echo "broken wrong $rc"; exit 1; }
		wrong=$((wrong + 1)); echo counted ;;
	2)
		pin $((n + 1)) next
		echo "change $((n + 1))"
		bulla pin --pin-file ~/now --new-pin-file ~/next >/dev/null 2>~/err || { echo "broken change $(cat ~/err)"; exit 1; }
		n=$((n + 1)); pin $n now
		echo "changed $n"; wrong=0 ;;
	*)
		if [ -z "$added" ]; then
			echo add
			bulla seal add --source tee --policy pin+login=group:shared --pin-file ~/now >/dev/null 2>~/err || { echo "broken add $(cat ~/err)"; exit 1; }
			added=yes wrong=0; echo added
		else
			id=$(bulla seal list --quick | sed -n 's/.*login=group.* id //p')
			echo remove
			bulla seal remove "$id" --pin-file ~/now >/dev/null 2>~/err || { echo "broken remove $(cat ~/err)"; exit 1; }
			added= wrong=0; echo removed
		fi ;;
	esac
done
"""


class TokenModel:
    """failed: the least that must be counted; pins: which may open."""

    def __init__(self, n, failed):
        self.pins, self.failed, self.resets, self.broken = {n}, failed, False, None

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
            self.failed, self.resets = 0, True


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
    m, dice, wrong, heard = t.machine(), random.Random(SEED + 1), [], []
    with m.boot() as g:
        alice = Owner(g)
        write_secrets(g, "alice", pin="pin-0", work=WORK)
        t.check("init", alice.init("cut", "pin+login=user", "--so=none")[0] == 0)
    model = TokenModel(0, 0)
    for n in range(ROUNDS_TOKEN + 1):
        with m.boot() as g:
            pin, found = token_look(Owner(g), model)
            if found or model.broken:
                wrong.append(f"round {n}: {found or model.broken}")
            if pin is None or n == ROUNDS_TOKEN:
                break
            model = TokenModel(pin, 0)
            command = g.start(f"bash ~/work {pin} {dice.randrange(32768)}", user="alice")
            end = time.monotonic() + dice.uniform(1, 15)
            while (left := end - time.monotonic()) > 0 and model.broken is None:
                try:
                    line = command.line(timeout=left)
                except Exception:  # its time is over
                    break
                heard.append(line)
                model.hear(line or "broken ended")
            g.cut()
            for line in command.rest():
                model.hear(line)
    t.say(f"{len(heard)} lines were heard")
    t.check(f"{ROUNDS_TOKEN}-rounds", not wrong and n == ROUNDS_TOKEN, "; ".join(wrong))
