#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# systemd-cryptenroll and cryptsetup: a LUKS2 volume in a file that opens with an RSA key of the token; docs/howto/luks.md as
# it stands. No device mapper is needed to see whether a volume would open.
. "$CHECK_TOP/test/client/lib.sh"
export TOKEN=me
tried "systemd-cryptenroll, cryptsetup" "-"
[ -n "$(command -v systemd-cryptenroll)" ] || { skip "$CASE" "this machine has no systemd-cryptenroll"; exit 0; }
beside own cryptsetup-bin libcryptsetup12 libpopt0 || { skip "$CASE" "$(cat beside.err)"; exit 0; }
tried "$CLIENT" "systemd $(version systemd), cryptsetup $(beside_version cryptsetup-bin)"
client_token me
p11_kit
mkdir bin
printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s/sbin/cryptsetup "$@"\n' "$LIB" "$BESIDE" >bin/cryptsetup
chmod 755 bin/cryptsetup
PATH=$PWD/bin:$PATH
export PASSWORD="the old one"
(umask 077 && printf %s "$PASSWORD" >old)
truncate -s 20M disk.img
# how slow the passphrase is made is not what is tried here
try "a volume" cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 disk.img old

opens() { "$CHECK_TOP/test/client/typist.py" cryptsetup open --test-passphrase --token-only disk.img || { echo "stays closed"; return 1; }; }
export -f opens
refuse "it does not open by a token yet" "stays closed" opens
howto "how-to: a key" luks key
howto "how-to: enroll" luks enroll
said "the header knows the key" "pkcs11:token=me;object=disk"
howto "how-to: would it open" luks test
said "it was the key that opened it" "Successfully decrypted key with security token"
try "the passphrase still does" cryptsetup open --test-passphrase --key-file old disk.img
tool --login --pin env:PIN --keypairgen --key-type rsa:2048 --label other --id 0e >/dev/null 2>&1
sign_only() { systemd-cryptenroll --pkcs11-token-uri="pkcs11:token=me;object=other" disk.img; }
export -f sign_only
refuse "a key without a certificate is not taken" "certificate" sign_only
try "the key is taken away again" systemd-cryptenroll --wipe-slot=pkcs11 disk.img
refuse "and the volume does not open by it" "stays closed" opens
try "a second time" systemd-cryptenroll --pkcs11-token-uri="pkcs11:token=me;object=disk" disk.img
try "it opens" opens

# ---- a wrong PIN, and too many of them
wrong() { PIN=wrong-pin opens; }
export -f wrong
refuse "a wrong PIN" "PIN" wrong
lock_out
refuse "a locked PIN" "locked" opens
