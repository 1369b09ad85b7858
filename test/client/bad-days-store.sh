#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: baddays
# Stores that may only be read, or belong to somebody else; a helper program that is missing, not executable, no program, another
# program, or killed; a token that is made anew while programs hold it.
. "$CHECK_TOP/test/client/bad-days-lib.sh"
# a copy of what is installed, to be damaged
mkdir -p "$DIR/copy/module" "$DIR/copy/tpm" "$DIR/copy/tool"
cp "$MODULE" "$DIR/copy/module" && cp "$BUILD/tpm/bulla-tpm" "$DIR/copy/tpm" && cp "$BULLA" "$DIR/copy/tool" || exit 1
MODULE=$DIR/copy/module/${MODULE##*/} BULLA=$DIR/copy/tool/bulla helper=$DIR/copy/tpm/bulla-tpm
export TOKEN=clients
client_token clients
keys_with_certificates
engine_cert 02 ec ec.pem >cert.log 2>&1 || { cat cert.log; fail "$CASE" "no certificate"; }
clients_start
neighbour
all_well "a good day"

# ---- a store that may only be read: what is there is used, and nothing is made
chmod -R a-w "$STORE"
[ ! -w "$STORE" ] || { skip "$CASE" "this user writes in spite of modes"; exit 0; }
all_well "read-only store"
refuse "read-only store: pkcs11-tool makes a key" "CKR_TOKEN_WRITE_PROTECTED\|CKR_SESSION_READ_ONLY" \
	tool --login --pin env:PIN --keypairgen --key-type EC:prime256v1 --id 09
GNUTLS_PIN=$PIN refuse "read-only store: p11tool makes a key" "PKCS #11" p11tool --login --generate-ecc --curve secp256r1 --label new "pkcs11:token=$TOKEN"
head -c 64 /dev/urandom >noise
refuse "read-only store: certutil makes a key" "SEC_ERROR" certutil -S -x -d sql:db -h clients -n new -s CN=new -t ,, -k ec -q nistp256 -z noise -f pin
status_says "read-only store" "a store that may only be read"
neighbour_well "read-only store"
chmod -R u+w "$STORE"
try "writable again: pkcs11-tool makes a key" tool --login --pin env:PIN --keypairgen --key-type EC:prime256v1 --id 09

# ---- a store of another user
# (The provider is not among these: it loads the module so that it sees the C library before ours.)
mv "$XDG_CONFIG_HOME/bulla/bulla.conf" bulla.conf # somebody else's file would be refused before
BULLA_TCTI=$(swtpm_tcti "$DIR/tpm")
export BULLA_TCTI
SOMEBODY=$BUILD/test/client/client-somebody.so
export SOMEBODY
s_pkcs11_tool() { LD_PRELOAD=$SOMEBODY c_pkcs11_tool; }
s_p11tool() { LD_PRELOAD=$SOMEBODY c_p11tool; }
s_engine() { LD_PRELOAD=$SOMEBODY c_engine; }
s_certutil() { LD_PRELOAD=$SOMEBODY c_certutil; }
s_ssh_keygen() { LD_PRELOAD=$SOMEBODY ssh-keygen -D "$REAL"; }
# bash itself would not take functions from somebody else
s_neighbour() { export LD_PRELOAD=$SOMEBODY; c_neighbour; }
export -f s_neighbour s_pkcs11_tool s_p11tool s_engine s_certutil s_ssh_keygen
refuse "a store of another user: pkcs11-tool" 'No slot with token named "clients" found' s_pkcs11_tool
refuse "a store of another user: p11tool" "The requested PKCS #11 object is not available" s_p11tool
refuse "a store of another user: openssl by the engine" "The private key was not found" s_engine
refuse "a store of another user: certutil" "no keys found" s_certutil
refuse "a store of another user: ssh-keygen -D" "cannot read public key from pkcs11" s_ssh_keygen
LD_PRELOAD=$SOMEBODY status_says "a store of another user" "a store of another user"
try "a store of another user: p11-kit's other modules" s_neighbour
mv bulla.conf "$XDG_CONFIG_HOME/bulla/bulla.conf"
LD_PRELOAD=$SOMEBODY refuse "a configuration of another user: bulla status" "wrong kind, owner or mode" "$BULLA" status
unset BULLA_TCTI

# ---- the helper
good=$DIR/copy/good
cp "$helper" "$good"
ill() { # DAY ROW
	all_ill "$1" away
	try "$1: ssh-keygen -D lists keys" ssh-keygen -D "$REAL"
	status_says "$1" "$2"
}
rm "$helper"
ill "no helper" "a helper that is missing or not executable"
neighbour_well "no helper"
cp "$good" "$helper" && chmod a-x "$helper"
ill "helper not executable" "a helper that is missing or not executable"
echo "no program" >"$helper" && chmod 755 "$helper"
ill "helper no program" "a helper that is no program for this machine"
rm "$helper" && cp /bin/true "$helper"
ill "helper another program" "a helper that dies"
rm "$helper" && cp /bin/cat "$helper"
ill "helper yet another program" "a helper that dies"
rm "$helper" && cp "$BUILD/test/tpm/tpm_probe" "$helper" && echo crash >"$DIR/copy/tpm/mode"
ill "helper killed" "a helper that dies"
rm "$helper" && cp "$good" "$helper"
all_well "the helper is back"
