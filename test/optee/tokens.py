# SPDX-License-Identifier: BSD-2-Clause
"""What cases about tokens share: users' files, the command, pkcs11-tool, and what they report."""
import json
import shlex

MODULE = "/usr/lib/aarch64-linux-gnu/pkcs11/bulla-pkcs11.so"
STORE = ".local/share/bulla"
TRIES = 10  # wrong PINs that lock a seal of the TEE
SLOW = 120  # seconds; scrypt and the TEE are emulated


def write_secrets(g, user, **secrets):
    """Files with one secret each, in the user's home."""
    lines = [f"printf '%s\\n' {shlex.quote(v)} >~/{k}" for k, v in secrets.items()]
    status, out = g.sh("umask 077; " + "; ".join(lines), user=user)
    assert status == 0, out


class Owner:
    """One user of the guest, and what is done as that user."""

    def __init__(self, g, user="alice"):
        self.g, self.user = g, user

    def sh(self, script, timeout=SLOW):
        if self.user == "root":  # its own store is the system's
            script = f"export BULLA_STORE=~/{STORE}; {script}"
        return self.g.sh(script, user=self.user, timeout=timeout)

    def bulla(self, args, timeout=SLOW):
        return self.sh(f"bulla {args} </dev/null", timeout)

    def json(self, args):
        """(status, what was printed); {} if it is no JSON."""
        status, out = self.sh(f"bulla {args} --json </dev/null 2>/dev/null")
        try:
            return status, json.loads(out)
        except ValueError:
            return status, {}

    def tool(self, args, timeout=SLOW):
        """pkcs11-tool with the module, as it is installed."""
        return self.sh(f"BULLA_LOG=error pkcs11-tool --module {MODULE} {args} </dev/null", timeout)

    def init(self, label, policy="pin+login=user", more=""):
        return self.bulla(f"init --label {label} --source tee --policy {policy} --pin-file ~/pin {more or '--so-pin-file ~/so'}")

    def opens(self, pin="pin", token=""):
        """Does this PIN open the token? Reads and checks all of its objects."""
        return self.bulla(f"check {token} --pin-file ~/{pin}")[0] == 0

    def seals(self, label):
        tokens = self.json("seal list")[1].get("tokens", [])
        return next((one.get("seals", []) for one in tokens if one["label"] == label), [])

    def seal(self, label, role="user"):
        return next((s for s in self.seals(label) if s["role"] == role), {})

    def failed(self, label, role="user"):
        """Wrong PINs that the TEE counts now for this role's first seal; None if it does not tell."""
        return (self.seal(label, role).get("source_count") or {}).get("failed")

    def sign(self, key_id, pin="1234"):
        """Signs, and verifies with openssl against the public key that the token shows."""
        return self.sh(
            f"cd /tmp && echo text >~/text && rm -f ~/sig ~/pub &&"
            f" pkcs11-tool --module {MODULE} --login --pin {pin} --sign --id {key_id} --mechanism ECDSA-SHA256"
            f" --signature-format openssl --input-file ~/text --output-file ~/sig </dev/null &&"
            f" pkcs11-tool --module {MODULE} --read-object --type pubkey --id {key_id} --output-file ~/pub </dev/null &&"
            f" openssl dgst -sha256 -verify ~/pub -keyform DER -signature ~/sig ~/text")

    def config(self, text):
        return self.sh(f"mkdir -p ~/.config/bulla && printf {shlex.quote(text)} >~/.config/bulla/bulla.conf")


def steal(g, thief, victim="alice"):
    """Another user gets a copy of a user's store, and is its owner."""
    home = f"/home/{thief}"
    status, out = g.sh(f"rm -rf {home}/{STORE} && mkdir -p {home}/{STORE} && cp -r /home/{victim}/{STORE}/. {home}/{STORE}/ &&"
                       f" chmod 700 {home}/{STORE} && chown -R {thief}:{thief} {home}")
    assert status == 0, out
