# SPDX-License-Identifier: BSD-2-Clause
"""What a user is told when there is no TEE, no trusted application, one of another signer, no
supplicant, no permission; and that nobody waits for ever for it."""
import time

from run import case
from tokens import Owner, write_secrets

TA = "/usr/lib/optee_armtz/6f154fb0-aab4-4b22-b454-82e6ecdd8c86.ta"
TOO_LONG = 45  # seconds, of an emulated machine


def told(t, name, who, words, module_too=True):
    start = time.monotonic()
    status, out = who.sh("timeout 60 bulla check --token life --pin-file ~/pin </dev/null")
    took = time.monotonic() - start
    t.check(f"{name}-says-why", status == 3 and any(w in out for w in words), f"{status} {out}")
    t.check(f"{name}-in-time", took < TOO_LONG, f"{took:.0f} s")
    if module_too:
        status, out = who.sh("timeout 60 pkcs11-tool --module /usr/lib/aarch64-linux-gnu/pkcs11/bulla-pkcs11.so --login --pin 1234"
                             " --list-objects </dev/null")
        t.check(f"{name}-module", "CKR_" in out and "CKR_PIN" not in out and status not in (124, 139), f"{status} {out}")


@case
def refusals(t):
    m = t.machine()
    with m.boot() as g:
        alice, dave = Owner(g), Owner(g, "dave")
        for who in (alice, dave):
            write_secrets(g, who.user, pin="1234")
        t.check("init", alice.init("life", "pin", "--so=none")[0] == 0)
        g.sh("cp -a /home/alice/.local /home/dave/ && chown -R dave:dave /home/dave")
        told(t, "permission", dave, ["permission"])
        g.sh("kill $(pidof tee-supplicant); while pidof tee-supplicant >/dev/null; do sleep 0.1; done")
        told(t, "storage-without-supplicant", alice, ["supplicant"])
        g.sh("tee-supplicant -d")
        t.check("supplicant-is-back", alice.opens())
        # a program may be in the middle of it when the supplicant comes back
        t.check("nothing-counted", alice.failed("life") == 0, alice.seal("life"))
    with m.boot() as g:  # the trusted application is not loaded yet
        alice = Owner(g)
        g.sh("kill $(pidof tee-supplicant); while pidof tee-supplicant >/dev/null; do sleep 0.1; done")
        told(t, "supplicant", alice, ["supplicant"])
        g.sh("tee-supplicant -d")
        g.sh(f"mv {TA} /tmp/ta")
        told(t, "missing", alice, ["not installed"])
        g.sh(f"cp /opt/test/hostile/other-signer.ta {TA}")
        told(t, "other-signer", alice, ["signed"])
        g.sh(f"head -c 1000 /tmp/ta >{TA}")
        told(t, "half-a-file", alice, ["error"])
        g.sh(f"mv /tmp/ta {TA}")
        t.check("opens-again", alice.opens())
        g.sh("mv /dev/tee0 /dev/away")
        told(t, "no-tee", alice, ["no TEE"])
        g.sh("mv /dev/away /dev/tee0")
        t.check("no-tee-and-back", alice.opens())
