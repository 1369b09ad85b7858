# SPDX-License-Identifier: BSD-2-Clause
"""Secure storage in the hands of somebody else: another machine's, removed, rolled back; and seals
that were exchanged between tokens."""
from cases import case
from tokens import STORE, Owner, write_secrets

TEE = "/var/lib/optee-client"
SECRETS = {"pin": "1234", "so": "56785678", "wrong": "9999"}
# The supplicant keeps files open: it is started anew around an exchange, as whoever owns the normal
# world can do at any time.
EXCHANGE = ("kill $(pidof tee-supplicant); while pidof tee-supplicant >/dev/null; do sleep 0.1; done; {}; tee-supplicant -d")


def wrong_pins(alice, n):
    return [alice.bulla("check --pin-file ~/wrong")[0] for _ in range(n)]


def snapshot(g, name):
    assert g.sh(f"mkdir -p /var/lib/bulla/{name} && sync && cp -a {TEE}/. /var/lib/bulla/{name}/")[0] == 0


def put_back(g, name):
    status, out = g.sh(EXCHANGE.format(f"rm -rf {TEE}/*; cp -a /var/lib/bulla/{name}/. {TEE}/; sync"))
    assert status == 0, out


@case
def rolled_back(t):
    """In the same boot the trusted application's memory counts. After a reboot storage that is old is
    taken for new in a TEE without anti-rollback: `assess` says so."""
    m = t.machine()
    with m.boot() as g:
        alice = Owner(g)
        write_secrets(g, "alice", **SECRETS)
        status, out = alice.init("old", more="--so=none")
        t.check("init", status == 0, out)
        snapshot(g, "fresh")
        t.check("three-wrong", wrong_pins(alice, 3) == [4, 4, 4] and alice.failed("old") == 3, alice.seal("old"))
        put_back(g, "fresh")
        t.check("same-boot-still-three", alice.failed("old") == 3, alice.seal("old"))
        t.check("same-boot-goes-on", wrong_pins(alice, 1) == [4] and alice.failed("old") == 4, alice.seal("old"))
        put_back(g, "fresh")
        t.check("same-boot-still-four", alice.failed("old") == 4, alice.seal("old"))
    with m.boot() as g:
        alice = Owner(g)
        t.check("next-boot-accepted", alice.failed("old") == 0, alice.seal("old"))
        alice.config("source = tee\\npolicy = pin+login=user\\n")
        tree = alice.json("assess")[1]
        says = [a["holds"] for a in tree.get("assumptions", []) if "roll" in (a["assumption"] + a["seen"]).lower()]
        t.check("assess-says-so", says == ["no"], tree.get("assumptions"))
        t.check("opens", alice.opens())


@case
def storage_failing(t):
    """Storage fails in a way that OP-TEE's library does not expect: the trusted application refuses,
    and is not ended by it, so that it remembers what it has counted when old storage comes."""
    with t.machine().boot() as g:
        alice = Owner(g)
        write_secrets(g, "alice", **SECRETS)
        t.check("init", alice.init("old", more="--so=none")[0] == 0)
        snapshot(g, "fresh")
        t.check("three-wrong", wrong_pins(alice, 3) == [4, 4, 4] and alice.failed("old") == 3, alice.seal("old"))
        assert g.sh(f"mv {TEE}/data {TEE}/away && touch {TEE}/data")[0] == 0
        for pin in ("wrong", "pin"):
            status, out = alice.bulla(f"check --pin-file ~/{pin}")
            t.check(f"refused-{pin}", status != 0 and "panicked" not in out, f"{status} {out}")
        assert g.sh(f"rm {TEE}/data && mv {TEE}/away {TEE}/data")[0] == 0
        put_back(g, "fresh")
        t.check("still-three", alice.failed("old") == 3, alice.seal("old"))
        t.check("opens", alice.opens())


@case
def revoked_and_rolled_back(t):
    """A PIN was changed, and storage from before it comes back in the same boot: the old PIN stays
    revoked."""
    with t.machine().boot() as g:
        alice = Owner(g)
        write_secrets(g, "alice", **SECRETS, new="abcdefgh")
        t.check("init", alice.init("old", more="--so=none")[0] == 0)
        snapshot(g, "fresh")
        alice.sh(f"cp -a ~/{STORE} ~/before")
        status, out = alice.bulla("pin --pin-file ~/pin --new-pin-file ~/new")
        t.check("pin-changed", status == 0, out)
        put_back(g, "fresh")
        status, out = alice.sh("BULLA_STORE=~/before bulla check --pin-file ~/pin </dev/null")
        t.check("old-store-and-storage-refused", status != 0, out)
        t.check("new-pin-opens", alice.opens("new"))


@case
def storage_gone(t):
    """A missing record is a locked seal, never a fresh one; another machine's storage has none."""
    m = t.machine()
    with m.boot() as g:
        alice = Owner(g)
        write_secrets(g, "alice", **SECRETS)
        t.check("init", alice.init("lost", more="--so=none")[0] == 0)
        t.check("opens", alice.opens())
    m.save("whole")
    other = t.machine()
    other.take(m, "store")
    with other.boot() as g:
        alice = Owner(g)
        status, out = alice.bulla("check --pin-file ~/pin")
        t.check("other-storage-refused", status in (3, 4), f"{status} {out}")
        t.check("other-storage-state", alice.seal("lost").get("would_open") is False, alice.seal("lost"))
        # the TEE itself is well
        t.check("other-machine-works", alice.init("here", more="--so=none")[0] == 0 and alice.opens(token="--token here"))
    with m.boot() as g:
        alice = Owner(g)
        g.sh(EXCHANGE.format(f"rm -rf {TEE}/*; sync"))
        status, out = alice.bulla("check --pin-file ~/pin")
        t.check("removed-is-locked", status == 4 and "no record of this seal" in out, f"{status} {out}")
        status, out = alice.tool("--login --pin 1234 --list-objects")
        t.check("removed-return-code", "CKR_PIN_LOCKED" in out, out)
        t.check("removed-state", alice.seal("lost").get("would_open") is False, alice.seal("lost"))
    m.load("whole")
    with m.boot() as g:
        t.check("put-back-opens", Owner(g).opens())


@case
def another_board(t):
    """Another hardware key: nothing opens, with or without this machine's secure storage."""
    m, other = t.machine(), t.machine(huk="other")
    with m.boot() as g:
        alice = Owner(g)
        write_secrets(g, "alice", **SECRETS)
        t.check("init", alice.init("home", more="--so=none")[0] == 0)
    for name, disks, state, words in (("store", ["store"], "foreign", "another"), ("both", [], "unavailable", "another machine's")):
        other.take(m, *disks)
        with other.boot() as g:
            alice = Owner(g)
            status, out = alice.bulla("check --pin-file ~/pin")
            t.check(f"{name}-refused", status == 3, f"{status} {out}")
            seal = alice.seal("home")
            t.check(f"{name}-says-why", seal.get("state") == state and words in (seal.get("detail") or ""), seal)


@case
def seals_exchanged(t):
    """A seal of one token in the store of another, and a seal with one bit changed."""
    with t.machine().boot() as g:
        alice = Owner(g)
        write_secrets(g, "alice", **SECRETS)
        for label in ("one", "two"):
            t.check(f"init-{label}", alice.init(label, more="--so=none")[0] == 0)
        alice.sh(f"cp -a ~/{STORE} ~/whole")
        status, out = alice.sh(
            f"cd ~/{STORE} && set -- $(ls token-*.db) && [ $# = 2 ] &&"
            " hex=$(sqlite3 $1 'select hex(seal) from seal') && [ -n \"$hex\" ] &&"
            " sqlite3 $2 \"update seal set seal = x'$hex'\"")
        t.check("exchange", status == 0, out)
        opened = [alice.opens(token=f"--token {label}") for label in ("one", "two")]
        t.check("only-its-own-opens", sorted(opened) == [False, True], opened)
        alice.sh(f"rm -rf ~/{STORE} && cp -a ~/whole ~/{STORE}")
        for place in (40, 300, 420):
            alice.sh(f"cp ~/whole/token-*.db ~/{STORE}/ && for f in ~/{STORE}/token-*.db; do"
                     f" hex=$(sqlite3 $f 'select hex(seal) from seal'); c=${{hex:{place}:1}};"
                     f" sqlite3 $f \"update seal set seal = x'${{hex:0:{place}}}$(printf %X $((0x$c ^ 1)))${{hex:{place + 1}}}'\"; done")
            t.check(f"one-bit-at-{place // 2}", not alice.opens(token="--token one") and not alice.opens(token="--token two"))
        alice.sh(f"cp ~/whole/token-*.db ~/{STORE}/")
        t.check("unharmed", alice.opens(token="--token one") and alice.opens(token="--token two"))
        t.check("nothing-counted", alice.failed("one") == 0 and alice.failed("two") == 0)
