#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Python through PyKCS11: docs/howto/python.md as it stands, and python_client.py. What comes of it is verified by
# plain openssl.
. "$CHECK_TOP/test/client/lib.sh"
export TOKEN=me
client_token me
tried "Python (PyKCS11)" "PyKCS11 $(version python3-pykcs11), Python $(version python3)"
echo "the text" >file
openssl ecparam -name secp384r1 -genkey -noout -out peer.key

howto "how-to: the token" python token
howto "how-to: a signature" python sign
public_key 10 report.pub
python3 "$CHECK_TOP/test/client/python_client.py" der file.sig file.der
try "openssl verifies it" openssl dgst -sha256 -verify report.pub -signature file.der file
refuse "and no other text" "" openssl dgst -sha256 -verify report.pub -signature file.der pin
howto "how-to: encryption" python encrypt
try "what was decrypted is what was encrypted" cmp file file.out
howto "how-to: processes" python pool
said "each of them signed" "40 good signatures"

client() { python3 "$CHECK_TOP/test/client/python_client.py" "$@"; }
export -f client
try "the token and its mechanisms are listed" client describe
try "an RSA key" client rsa file
openssl pkey -pubin -inform DER -in rsa.der -out rsa.pub
try "openssl verifies its signature" openssl dgst -sha256 -verify rsa.pub -signature rsa.sig file
try "openssl verifies its signature, PSS" openssl dgst -sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48 -verify rsa.pub -signature pss.sig file
openssl pkeyutl -encrypt -pubin -inkey rsa.pub -in file -out pkcs1.enc
openssl pkeyutl -encrypt -pubin -inkey rsa.pub -in file -out oaep.enc -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256
try "it decrypts what openssl encrypted" client decrypt file pkcs1.enc oaep.enc
openssl pkey -in peer.key -pubout -outform DER -out peer.der
try "ECDH" client ecdh peer.der secret
openssl pkey -pubin -inform DER -in ecdh.der -out ecdh.pub
openssl pkeyutl -derive -inkey peer.key -peerkey ecdh.pub -out secret.openssl
try "with the secret that openssl finds" cmp secret secret.openssl
try "keys that may not be wrapped are not" client wrap
try "objects: found, changed, destroyed" client objects
try "after the logout nothing private is there" client logout
try "eight threads" client threads
try "children: an old session is dead, a new one works, the parent's lives on" client fork
try "the same with the default way of this Python" client pool
try "the module is loaded again and again" client reload

# ---- wrong PINs, and then too many of them
try "a wrong PIN" client wrong not-the-pin CKR_PIN_INCORRECT
lock_out
try "a locked PIN" client wrong "$PIN" CKR_PIN_LOCKED
