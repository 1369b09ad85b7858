#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# p11-kit: the module file that is installed, the proxy with other modules beside, the line that gives each program a process
# with the keys, and PINs by pin-source.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
tried "p11-kit (proxy, remote, pin-source)" "$(version p11-kit)"
keys_with_certificates
printf %s "$PIN" >pin-only
printf %s not-the-pin >pin-wrong
proxy=$(find_module p11-kit-proxy.so)
host=$BUILD/test/client/client-host
url='pkcs11:token=clients'
unset GNUTLS_PIN
echo "the text" >text

# ---- the file as it is installed, but for the module's place
file=$XDG_CONFIG_HOME/pkcs11/modules/bulla.module
installed() { # SED-EXPRESSION...: of what the build made
	sed -e "s,^module: .*,module: $MODULE," "$@" "$(find "$BUILD" "${INSTALLED_CONFIG:-/nonexistent}" -name bulla.module -print -quit 2>/dev/null)" >"$file"
}
p11_kit_neighbours
installed
try "p11-kit lists modules" p11-kit list-modules
for t in clients neighbour bulla softhsm2 p11-kit-trust; do said "p11-kit shows $t" "$t"; done
try "the proxy lists slots" pkcs11-tool --module "$proxy" --list-token-slots
said "with the neighbour's" neighbour
if grep -m 1 'token label' last.log | grep -q clients; then pass "$CASE/priority: Bulla's tokens come first"; else fail "$CASE/priority: Bulla's tokens come first" "$(grep -m 1 'token label' last.log)"; fi
slots=$(pkcs11-tool --module "$proxy" --list-slots 2>/dev/null | grep -c '^Slot .*Bulla')
if [ "$slots" -eq 1 ]; then pass "$CASE/no slot without a token"; else fail "$CASE/no slot without a token" "$slots slots of Bulla"; fi

# ---- through the proxy, in turn with the neighbour
signed() { # TOKEN ID PIN
	pkcs11-tool --module "$PROXY" --token-label "$1" --login --pin "$3" --sign --id "$2" --mechanism ECDSA --signature-format openssl \
		--input-file digest --output-file sig &&
		p11tool --export "pkcs11:token=$1;id=%$2;type=public" --outfile pub.pem &&
		openssl pkeyutl -verify -pubin -inkey pub.pem -in digest -sigfile sig
}
openssl dgst -sha256 -binary text >digest
export -f signed
export PROXY=$proxy
try "the proxy: a signature" signed clients 02 "$PIN"
try "the proxy: the neighbour's" signed neighbour 77 1234
refuse "the proxy: a wrong PIN" CKR_PIN_INCORRECT signed clients 02 wrong-one
try "the proxy: the neighbour's, after that" signed neighbour 77 1234
try "the proxy: all of a host's calls" "$host" "$proxy" clients init open find login sign:01 sign:02 generate destroy logout finalize
try "the proxy: a child" "$host" "$proxy" clients init open login sign:01 fork init open login sign:02 finalize
try "the proxy: unloaded and loaded again" "$host" "$proxy" clients init open login sign:02 finalize reload init open login sign:02 finalize

# ---- trust-policy: no. Who looks for trust anchors does not even come by
anchors() { strace -f -qq -e trace=openat -o trust.trace trust dump --filter=ca-anchors && grep "openat(.*/bulla/bulla.conf" trust.trace; }
export -f anchors
refuse "who looks for trust anchors does not look here" "" anchors
installed -e 's/^trust-policy: no/trust-policy: yes/'
try "negative control: with trust-policy: yes he does" anchors

# ---- remote: each program has a process with the keys, and nothing of Bulla in its own
installed -e 's/^module:/#&/' -e "s,^#remote: .*,remote: |p11-kit remote $MODULE,"
try "remote: the token is there" p11tool --list-tokens
said "remote: by its name" "token=clients"
try "remote: test-sign" env GNUTLS_PIN="$PIN" p11tool --login --test-sign "$url;object=rsa;type=private"
strace -f -qq -y -e trace=openat,execve -o remote.trace env GNUTLS_PIN="$PIN" p11tool --login --test-sign "$url;object=rsa;type=private" >/dev/null 2>&1
program=$(head -n 1 remote.trace | cut -d' ' -f1)
if grep "^$program .*openat(.*bulla-pkcs11.so\|^$program .*openat(.*token-" remote.trace || ! grep -q 'openat(.*bulla-pkcs11.so' remote.trace; then
	fail "$CASE/remote: the keys' process is another" "see the trace"
else
	pass "$CASE/remote: the keys' process is another"
fi

# ---- pin-source: programs that nobody types a PIN for
installed
try "pin-source: p11tool" p11tool --login --test-sign "$url;object=ec;type=private?pin-source=$PWD/pin-only"
refuse "pin-source: a file with a wrong PIN" "PIN" p11tool --login --batch --test-sign "$url;object=ec;type=private?pin-source=$PWD/pin-wrong"
printf 'cn = pin-source\nexpiration_days = 2\nsigning_key\n' >cert.tmpl
p11tool --export "$url;object=ec;type=public" --outfile ec.pem >/dev/null 2>&1
try "pin-source: certtool" certtool --generate-self-signed --load-privkey "$url;object=ec;type=private?pin-source=$PWD/pin-only" \
	--load-pubkey ec.pem --template cert.tmpl --outfile cert.pem
try "openssl verifies what it made" openssl verify -CAfile cert.pem cert.pem
engine_conf engine.cnf "$proxy"
try "pin-source: openssl, the engine with p11-kit's proxy" env OPENSSL_CONF="$PWD/engine.cnf" openssl req -new -engine pkcs11 -keyform engine \
	-subj /CN=engine -key "$url;object=ec;type=private;pin-source=file:$PWD/pin-only" -out engine.csr
try "openssl verifies the request" openssl req -in engine.csr -verify -noout

# ---- a bad day of one module is not the others'
swtpm_stop "$DIR/tpm"
refuse "without a TPM: a signature" "CKR_" signed clients 02 "$PIN"
try "without a TPM: the neighbour's" signed neighbour 77 1234
chmod 000 "$STORE"
try "with a store that may not be read: the neighbour's" signed neighbour 77 1234
chmod 700 "$STORE"
