#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A process whose own libcrypto is configured to come to this very module, through libp11's engine or
# the pkcs11 provider, for everything or for what is asked: the module does its own cryptography
# elsewhere, so nothing recurses and nothing hangs. Also after a fork.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
keys_with_certificates
host=$BUILD/test/client/client-host
echo "the text" >text
LIMIT=20

# ---- what the configurations are: engine, provider first, provider last
engine_conf engine.cnf "$MODULE"
sed 's/^init = 0/init = 1\ndefault_algorithms = ALL/' engine.cnf >engine-all.cnf
configurations=(engine engine-all engine-pin)

if provider; then
	provider_conf provider-last "" default pkcs11
	provider_conf provider-first "" pkcs11 default
	provider_conf provider-preferred "?provider=pkcs11" default pkcs11
	configurations+=(provider-last provider-first provider-preferred)
else
	skip "$CASE/openssl's pkcs11 provider" "$(cat beside.err)"
fi

# ---- the module loaded directly in such a process
for conf in "${configurations[@]}"; do
	export OPENSSL_CONF=$PWD/$conf.cnf
	try "$conf: sign and generate" "$host" "$MODULE" clients init open login sign:01 sign:02 generate sign:7f destroy logout finalize
	try "$conf: after the host's own use of libcrypto" "$host" "$MODULE" clients evp init open evp login evp sign:01 sign:02 evp logout evp finalize
	try "$conf: a child" "$host" "$MODULE" clients evp init open login sign:01 fork finalize init open login sign:02 evp finalize
	try "$conf: a child that finalises nothing" "$host" "$MODULE" clients init open login sign:01 evp fork init open login sign:01 sign:02
	unset OPENSSL_CONF
done

# ---- openssl itself through them
export OPENSSL_CONF=$PWD/engine.cnf
for id in 01 02; do
	public_key $id pub.pem
	rm -f sig
	try "engine: openssl pkeyutl with key $id" openssl pkeyutl -engine pkcs11 -keyform engine -sign -rawin -digest sha256 \
		-inkey "pkcs11:token=clients;id=%$id;type=private;pin-value=$PIN" -in text -out sig
	try "engine: plain openssl verifies it" env OPENSSL_CONF=/dev/null openssl dgst -sha256 -verify pub.pem -signature sig text
done
if [ -n "${PROVIDER:-}" ]; then
	for conf in provider-last provider-first provider-preferred; do
		export OPENSSL_CONF=$PWD/$conf.cnf
		try "$conf: openssl storeutl" openssl storeutl -text "pkcs11:token=clients;type=public"
		for id in 01 02; do
			public_key $id pub.pem
			rm -f sig
			try "$conf: openssl pkeyutl with key $id" openssl pkeyutl -sign -rawin -digest sha256 -inkey "pkcs11:token=clients;id=%$id;type=private" -in text -out sig
			try "$conf: plain openssl verifies it" env OPENSSL_CONF=/dev/null openssl dgst -sha256 -verify pub.pem -signature sig text
		done
		try "$conf: openssl req" openssl req -new -x509 -key "pkcs11:token=clients;id=%02;type=private" -subj /CN=p -days 2 -out p.pem
	done
fi
