# SPDX-License-Identifier: BSD-2-Clause
"""What a user is told when there is no TEE, no trusted application, one of another signer, no
permission; that nobody waits for ever for it; and what waits for tee-supplicant."""
import time

from cases import case
from tokens import MODULE, Owner, write_secrets

TA = "/usr/lib/optee_armtz/6f154fb0-aab4-4b22-b454-82e6ecdd8c86.ta"
TOO_LONG = 45  # seconds, of an emulated machine
NO_SUPPLICANT = "kill $(pidof tee-supplicant); while pidof tee-supplicant >/dev/null; do sleep 0.1; done"


def told(t, name, who, *words):
    """A clear refusal, by the command and by the module, in time."""
    start = time.monotonic()
    status, out = who.sh("timeout 60 bulla check --token life --pin-file ~/pin </dev/null")
    took = time.monotonic() - start
    t.check(f"{name}-says-why", status == 3 and all(w in out for w in words), f"{status} {out}")
    t.check(f"{name}-in-time", took < TOO_LONG, f"{took:.0f} s")
    status, out = who.sh(f"BULLA_LOG=error timeout 60 pkcs11-tool --module {MODULE} --login --pin 1234 --list-objects </dev/null")
    t.check(f"{name}-module", "CKR_DEVICE_REMOVED" in out or "CKR_TOKEN_NOT_PRESENT" in out or "CKR_DEVICE_ERROR" in out,
            f"{status} {out}")
    t.check(f"{name}-log", all(w in out for w in words), out)


def waits(t, name, g, alice):
    """Linux keeps who asks the TEE waiting while there is no tee-supplicant: until there is one, or
    until a signal."""
    g.sh(NO_SUPPLICANT)
    start = time.monotonic()
    status, _ = alice.sh("timeout 6 bulla check --token life --pin-file ~/pin </dev/null")
    took = time.monotonic() - start
    t.check(f"{name}-a-signal-ends-it", status == 124 and took < TOO_LONG, f"status {status} after {took:.0f} s")
    g.sh("(sleep 5; tee-supplicant -d) >/dev/null 2>&1 &")
    status, out = alice.bulla("check --token life --pin-file ~/pin")
    t.check(f"{name}-it-comes-and-all-goes-on", status == 0, f"{status} {out}")
    t.check(f"{name}-nothing-counted", alice.failed("life") == 0, alice.seal("life"))


@case
def refusals(t):
    m = t.machine()
    with m.boot() as g:
        alice, dave = Owner(g), Owner(g, "dave")
        for who in (alice, dave):
            write_secrets(g, who.user, pin="1234")
        t.check("init", alice.init("life", "pin", "--so=none")[0] == 0)
        g.sh("cp -a /home/alice/.local /home/dave/ && chown -R dave:dave /home/dave")
        told(t, "permission", dave, "no permission for /dev/tee0", "teeclnt")
        waits(t, "storage", g, alice)
    with m.boot() as g:  # the trusted application is not loaded yet
        alice = Owner(g)
        waits(t, "loading", g, alice)
    with m.boot() as g:
        alice = Owner(g)
        g.sh(f"mv {TA} /tmp/ta")
        told(t, "missing", alice, "trusted application is not installed")
        g.sh(f"cp /opt/test/hostile/other-signer.ta {TA}")
        told(t, "other-signer", alice, "signed by a key")
        g.sh(f"head -c 1000 /tmp/ta >{TA}")
        told(t, "half-a-file", alice, "tee:")
        g.sh(f"cp /tmp/ta {TA}")
        t.check("opens-again", alice.opens())
        g.sh("mv /dev/tee0 /dev/away")
        told(t, "no-tee", alice, "has no TEE")
        g.sh("mv /dev/away /dev/tee0")
        t.check("no-tee-and-back", alice.opens())
