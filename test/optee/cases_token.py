# SPDX-License-Identifier: BSD-2-Clause
"""A token that the TEE seals, in the life of an ordinary user."""
import contextlib
import pathlib
import subprocess
import tempfile
import time

from cases import case
from tokens import TRIES, Owner, steal, write_secrets

SECRETS = {"pin": "1234", "so": "56785678", "new": "abcdefgh", "wrong": "9999"}


def statement(assess, word):
    """What `assess` says of the assumption whose observation has this word in it."""
    return [a["holds"] for a in assess.get("assumptions", []) if word in (a["assumption"] + a["seen"]).lower()]


def made(t, alice):
    write_secrets(alice.g, alice.user, **SECRETS)
    alice.config("source = tee\\npolicy = pin+login=user\\n")
    status, out = alice.init("life")
    t.check("init", status == 0, out)
    status, out = alice.tool("--login --pin 1234 --keypairgen --key-type EC:prime256v1 --id 01 --label k --usage-sign")
    t.check("generate", status == 0, out)
    status, out = alice.sign("01")
    t.check("sign-and-verify", status == 0 and "Verified OK" in out, out)


def reported(t, alice):
    status, tree = alice.json("status")
    seals = (tree.get("tokens") or [{}])[0].get("seals", [])
    t.check("status-seals", status == 0 and sorted((s["role"], s["source"], s["policy"], s["state"]) for s in seals) ==
            [("so", "tee", "pin+login=user:1000", "opens"), ("user", "tee", "pin+login=user:1000", "opens")], seals)
    t.check("status-count", all(s.get("source_count", {}).get("max") == TRIES and s["source_count"]["interval_s"] == 0
                                and s["source_count"]["failed"] == 0 for s in seals), seals)
    t.check("status-development-key", all(s.get("development_huk") for s in seals), seals)
    status, out = alice.bulla("status")
    t.check("status-text", "development key" in out and "PIN tries left: 10 of 10" in out, out)
    status, tree = alice.json("assess")
    t.check("assess-development-key", "no" in statement(tree, "development") + statement(tree, "huk"), tree)
    t.check("assess-no-anti-rollback", "no" in statement(tree, "roll"), tree)
    t.check("assess-strict", alice.bulla("assess --strict")[0] == 3)
    status, tree = alice.json("check --pin-file ~/pin")
    t.check("check", status == 0 and tree.get("well") is True, tree)


def pin_changed(t, alice):
    status, out = alice.tool("--login --pin 1234 --change-pin --new-pin abcdefgh")
    t.check("change-pin", status == 0, out)
    status, out = alice.tool("--login --pin 1234 --list-objects")
    t.check("old-pin-refused", "CKR_PIN_INCORRECT" in out, out)
    t.check("one-counted", alice.failed("life") == 1, alice.seal("life"))
    t.check("new-pin-opens", alice.opens("new"))
    t.check("right-pin-ends-the-count", alice.failed("life") == 0, alice.seal("life"))
    t.check("changed-back", alice.bulla("pin --pin-file ~/new --new-pin-file ~/pin")[0] == 0)
    t.check("opens-again", alice.opens("pin"))


def counted_across_a_boot(t, alice):
    t.check("after-boot-count", alice.failed("life") == 3, alice.seal("life"))
    codes = [alice.bulla("check --pin-file ~/wrong")[0] for _ in range(TRIES - 3)]
    t.check("each-is-refused", codes == [4] * (TRIES - 3), codes)
    seal = alice.seal("life")
    t.check("exactly-n-lock", seal.get("state") == "locked" and seal["source_count"]["failed"] == TRIES, seal)
    status, out = alice.tool("--login --pin 1234 --list-objects")
    t.check("right-pin-locked", "CKR_PIN_LOCKED" in out, out)
    t.check("flag", "locked" in alice.tool("--list-slots")[1], alice.tool("--list-slots")[1])
    t.check("so-is-not", alice.failed("life", "so") == 0, alice.seal("life", "so"))
    status, out = alice.bulla("pin --reset --so-pin-file ~/so --new-pin-file ~/new")
    t.check("so-unblocks", status == 0, out)
    t.check("unblocked", alice.opens("new") and alice.failed("life") == 0, alice.seal("life"))
    t.check("the-pin-of-before-is-not", alice.bulla("check --pin-file ~/pin")[0] == 4)
    status, out = alice.sign("01", "abcdefgh")
    t.check("same-key-signs", status == 0 and "Verified OK" in out, out)


@case
def token_life(t):
    m = t.machine()
    with m.boot() as g:
        alice = Owner(g)
        made(t, alice)
        reported(t, alice)
        pin_changed(t, alice)
        codes = [alice.bulla("check --pin-file ~/wrong")[0] for _ in range(3)]
        t.check("three-wrong", codes == [4, 4, 4] and alice.failed("life") == 3, alice.seal("life"))
    with m.boot() as g:
        alice = Owner(g)
        counted_across_a_boot(t, alice)


def refused(t, name, who):
    """With the right PIN; says why, and nothing is counted."""
    status, out = who.bulla("check --pin-file ~/pin")
    t.check(f"{name}-refused", status == 3 and "error:" in out, f"{status} {out}")
    t.check(f"{name}-told-why", "another user or group" in who.bulla("status")[1], who.bulla("status")[1])
    status, out = who.tool("--login --pin 1234 --list-objects")
    t.check(f"{name}-return-code", "CKR_FUNCTION_FAILED" in out, out)


@case
def token_identity(t):
    """Copies of a token's store, in the hands of others on the same machine."""
    with t.machine().boot() as g:
        alice, bob, carol, root = (Owner(g, u) for u in ("alice", "bob", "carol", "root"))
        g.sh("mkdir -p /home/root")
        for who in (alice, bob, carol, root):
            write_secrets(g, who.user, **SECRETS)
        t.check("init-user", alice.init("mine", more="--so=none")[0] == 0)
        for who in (bob, root):
            steal(g, who.user)
            refused(t, f"user-{who.user}", who)
        t.check("user-nothing-counted", alice.failed("mine") == 0)
        t.check("user-alice-opens", alice.opens())
        alice.sh("rm -rf ~/.local/share/bulla")
        status, out = alice.init("ours", "pin+login=group:shared", "--so=none")
        t.check("init-group", status == 0, out)
        for who in (bob, carol):
            steal(g, who.user)
        t.check("group-alice-opens", alice.opens())
        t.check("group-bob-opens", bob.opens())
        refused(t, "group-carol", carol)
        t.check("group-nothing-counted", alice.failed("ours") == 0)
        status, out = carol.init("theirs", "pin+login=group:shared", "--so=none")
        t.check("no-seal-for-others", status != 0 and "member of that group" in out, out)


@case
def token_two_seals(t):
    """Two lines of seals: each opens the token, and one that was removed opens nowhere any more."""
    with t.machine().boot() as g:
        alice, bob = Owner(g), Owner(g, "bob")
        for who in (alice, bob):
            write_secrets(g, who.user, **SECRETS)
        t.check("init", alice.init("two")[0] == 0)
        status, out = alice.bulla("seal add --source tee --policy pin+login=group:shared --yes --pin-file ~/pin")
        t.check("add", status == 0, out)
        users = [s for s in alice.seals("two") if s["role"] == "user"]
        t.check("listed", sorted(s["policy"] for s in users) == ["pin+login=group:2000", "pin+login=user:1000"], users)
        steal(g, "bob")
        t.check("bob-opens-by-the-group", bob.opens())
        t.check("alice-opens", alice.opens())
        status, out = alice.bulla("pin --pin-file ~/pin --new-pin-file ~/new")
        t.check("pin-of-both", status == 0, out)
        t.check("bobs-copy-is-revoked", not bob.opens("pin") and not bob.opens("new"))
        steal(g, "bob")
        t.check("bob-opens-with-the-new", bob.opens("new"))
        group = next((s for s in alice.seals("two") if s["policy"].endswith("2000")), {"short_id": "none"})
        status, out = alice.bulla(f"seal remove {group['short_id']} --yes --pin-file ~/new")
        t.check("remove", status == 0, out)
        t.check("bobs-copy-opens-no-more", not bob.opens("new"))
        t.check("alice-still-opens", alice.opens("new"))
        users = [s["policy"] for s in alice.seals("two") if s["role"] == "user"]
        t.check("one-is-left", users == ["pin+login=user:1000"], users)


@contextlib.contextmanager
def software_tpm():
    """The socket of one that lives as long as the block."""
    with tempfile.TemporaryDirectory(prefix="bt.") as path:
        where = pathlib.Path(path)
        process = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={where}", "--server", f"type=unixio,path={where}/s",
                                    "--ctrl", f"type=unixio,path={where}/c", "--flags", "not-need-init,startup-clear"])
        try:
            while not (where / "s").exists():
                if process.poll() is not None:
                    raise RuntimeError("swtpm does not start")
                time.sleep(0.05)
            yield where / "s"
        finally:
            process.kill()
            process.wait()


@case
def token_tpm_and_tee(t):
    """One token with a seal of the TPM and one of the TEE: each opens it alone."""
    tee, tpm = "chmod {} /dev/tee0", "chmod {} /dev/vport*p2"
    with software_tpm() as socket, t.machine(tpm=socket).boot() as g:
        alice = Owner(g)
        write_secrets(g, "alice", **SECRETS)
        g.sh(f"{tpm.format(666)}; ln -s $(echo /dev/vport*p2) /dev/tpm")
        alice.config("tcti = device:/dev/tpm\\n")
        t.check("init", alice.init("both", more="--so=none")[0] == 0)
        status, out = alice.bulla("seal add --source tpm --policy pin --yes --pin-file ~/pin")
        t.check("add", status == 0, out)
        seals = sorted((s["source"], s["state"]) for s in alice.seals("both"))
        t.check("both-would-open", seals == [("tee", "opens"), ("tpm", "opens")], seals)
        t.check("opens", alice.opens())
        g.sh(tee.format("000"))
        t.check("opens-without-the-tee", alice.opens())
        status, out = alice.bulla("pin --pin-file ~/pin --new-pin-file ~/new")
        t.check("no-pin-change-without-the-tee", status != 0 and "tee" in out, f"{status} {out}")
        t.check("which-changed-nothing", alice.opens() and not alice.opens("new"))
        g.sh(tpm.format("000"))
        status, out = alice.bulla("check --pin-file ~/pin")
        t.check("nothing-opens-without-both", status == 3, f"{status} {out}")
        g.sh(tee.format(660))
        t.check("opens-without-the-tpm", alice.opens())
        g.sh(tpm.format(666))
        status, out = alice.bulla("pin --pin-file ~/pin --new-pin-file ~/new")
        t.check("pin-change-of-both", status == 0, out)
        for there, away in ((tee, tpm), (tpm, tee)):
            g.sh(away.format("000"))
            t.check(f"new-pin-by-the-{'tee' if there is tee else 'tpm'}", alice.opens("new"))
            g.sh(away.format(666))
        ids = {s["source"]: s["short_id"] for s in alice.seals("both")}
        status, out = alice.bulla(f"seal remove {ids.get('tee')} --yes --pin-file ~/new")
        t.check("remove", status == 0 and alice.opens("new"), out)
        t.check("one-is-left", [s["source"] for s in alice.seals("both")] == ["tpm"])


@case
def token_modules(t):
    """The black-box tests of the module, with the TEE as their source, as an ordinary user."""
    with t.machine().boot(timeout=900) as g:
        t.script(g, "modules.sh", timeout=800)
