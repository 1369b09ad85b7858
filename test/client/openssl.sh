#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# OpenSSL with keys of the token, through libp11's engine and the pkcs11 provider: requests, certificates, an authority,
# CMS, signatures, decryption, key agreement, TLS on both sides, forks, and exits without a clean-up.
. "$CHECK_TOP/test/client/lib.sh"
client_token me
export TOKEN=me
keys_with_certificates
tool --login --pin env:PIN --keypairgen --key-type rsa:2048 --label tls --id 03 --usage-sign --usage-decrypt >keys.log 2>&1
tool --login --pin env:PIN --keypairgen --key-type EC:prime256v1 --label agree --id 04 --usage-derive >>keys.log 2>&1
p11_kit
keyhost=$BUILD/test/client/client-keyhost
export BASE="pkcs11:token=me;type=private"
printf 'the text\n' >file
openssl req -x509 -newkey rsa:2048 -nodes -keyout plain.key -out plain.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 2>/dev/null
plain() { env OPENSSL_CONF=/dev/null openssl "$@"; }
export -f plain
for id in 01 02 03 04; do public_key $id pub$id.pem; done
printf '[ca]\ndefault_ca = a\n[a]\ndatabase = index\nnew_certs_dir = .\nrand_serial = yes\ndefault_md = sha256\ndefault_days = 2\npolicy = p\n[p]\ncommonName = supplied\n' >ca.part

# ---- what is done; ENGINE is the words that an engine needs, KEYFORM those before a key
keyed() { # COMMAND KEY-OPTION ID ARGUMENT...
	local command=$1 option=$2 id=$3
	shift 3
	# shellcheck disable=SC2086 # words
	openssl "$command" ${ENGINE:-} ${ENGINE:+-keyform engine} "$option" "$BASE;id=%$id" "$@"
}
req() { keyed req -key "$1" -new -subj "/CN=$1" -out req.pem && plain req -in req.pem -verify -noout; }
self() {
	keyed req -key "$1" -new -x509 -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
		-addext basicConstraints=critical,CA:true -out "cert$1.pem" &&
		plain verify -CAfile "cert$1.pem" "cert$1.pem"
}
x509() {
	plain req -new -key plain.key -subj /CN=issued -out issued.req &&
		openssl x509 ${ENGINE:-} -req -in issued.req -CA "cert$1.pem" ${ENGINE:+-CAkeyform engine} -CAkey "$BASE;id=%$1" -days 2 -out issued.pem &&
		plain verify -CAfile "cert$1.pem" issued.pem
}
ca() {
	: >index
	plain req -new -key plain.key -subj /CN=listed -out listed.req &&
		keyed ca -keyfile "$1" -batch -config ca.part -notext -cert "cert$1.pem" -in listed.req -out listed.pem &&
		plain verify -CAfile "cert$1.pem" listed.pem && grep -q listed index
}
cms_sign() {
	keyed cms -inkey "$1" -sign -in file -signer "cert$1.pem" -outform DER -out file.cms -binary -nodetach &&
		plain cms -verify -purpose any -inform DER -in file.cms -CAfile "cert$1.pem" -out file.out && cmp file file.out
}
cms_decrypt() { # ID WORDS...
	local id=$1
	shift
	plain cms -encrypt -aes256 -in file -binary -outform DER -out file.enc -recip "cert$id.pem" "$@" &&
		keyed cms -inkey "$id" -decrypt -inform DER -in file.enc -recip "cert$id.pem" -out file.out && cmp file file.out
}
dgst() {
	keyed dgst -sign "$1" -sha384 -out file.sig file && plain dgst -sha384 -verify "pub$1.pem" -signature file.sig file
}
pkeyutl_pss() {
	keyed pkeyutl -inkey "$1" -sign -rawin -digest sha256 -in file -out file.sig -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest &&
		plain dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -verify "pub$1.pem" -signature file.sig file
}
pkeyutl_decrypt() { # ID PADDING...
	local id=$1
	shift
	plain pkeyutl -encrypt -pubin -inkey "pub$id.pem" -in file -out file.enc "$@" &&
		keyed pkeyutl -inkey "$id" -decrypt -in file.enc -out file.out "$@" && cmp file file.out
}
derive() {
	plain ecparam -name prime256v1 -genkey -noout -out peer.key && plain pkey -in peer.key -pubout -out peer.pub &&
		plain pkeyutl -derive -inkey peer.key -peerkey "pub$1.pem" -out one &&
		keyed pkeyutl -inkey "$1" -derive -peerkey peer.pub -out two && cmp one two
}
# a server with the token's key, and the plain client; then the other way round, where the server demands it
tls() { # ID VERSION
	local id=$1 version=$2 port pid rc=1
	rm -f server.log
	port=$(free_port)
	keyed s_server -key "$id" -cert "cert$id.pem" -accept "127.0.0.1:$port" "-$version" -naccept 2 -www >server.log 2>&1 </dev/null &
	pid=$!
	if await grep -q ACCEPT server.log; then
		for _ in 1 2; do
			printf 'GET / HTTP/1.0\r\n\r\n' | plain s_client -connect "127.0.0.1:$port" -servername localhost -CAfile "cert$id.pem" \
				-verify_return_error -ign_eof >client.log 2>&1
			rc=$?
			grep -q 'HTTP/1.0 200' client.log || rc=1
		done
	fi
	kill $pid 2>/dev/null
	wait $pid 2>/dev/null
	cat server.log client.log
	return $rc
}
tls_client() { # ID VERSION
	local id=$1 version=$2 port pid rc=1
	rm -f server.log
	port=$(free_port)
	plain s_server -key plain.key -cert plain.pem -accept "127.0.0.1:$port" "-$version" -naccept 1 -CAfile "cert$id.pem" -Verify 1 \
		-verify_return_error -www >server.log 2>&1 </dev/null &
	pid=$!
	if await grep -q ACCEPT server.log; then
		(printf 'GET / HTTP/1.0\r\n\r\n') | keyed s_client -key "$id" -cert "cert$id.pem" -connect "127.0.0.1:$port" -servername localhost \
			-CAfile plain.pem -verify_return_error -ign_eof >client.log 2>&1
		rc=$?
		grep -q 'HTTP/1.0 200' client.log || rc=1
	fi
	kill $pid 2>/dev/null
	wait $pid 2>/dev/null
	cat server.log client.log
	return $rc
}
export -f keyed req self x509 ca cms_sign cms_decrypt dgst pkeyutl_pss pkeyutl_decrypt derive tls tls_client free_port await

everything() { # PREFIX
	local id
	for id in 01 02; do
		try "$1: req $id" req $id
		try "$1: req -x509 $id" self $id
		try "$1: x509 $id" x509 $id
		try "$1: ca $id" ca $id
		try "$1: cms -sign $id" cms_sign $id
		try "$1: dgst $id" dgst $id
		for v in tls1_2 tls1_3; do
			try "$1: s_server $id $v" tls $id $v
			try "$1: s_client $id $v" tls_client $id $v
		done
	done
	try "$1: a certificate for decryption" self 03
	try "$1: cms -decrypt" cms_decrypt 03
	try "$1: cms -decrypt, OAEP" cms_decrypt 03 -keyopt rsa_padding_mode:oaep
	try "$1: pkeyutl, PSS" pkeyutl_pss 01
	try "$1: pkeyutl -decrypt" pkeyutl_decrypt 03
	# pkcs11-provider 1.0 leaves CK_RSA_PKCS_OAEP_PARAMS.mgf empty unless it is told
	try "$1: pkeyutl -decrypt, OAEP" pkeyutl_decrypt 03 -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256
	try "$1: pkeyutl -derive" derive 04
}
hosts() { # PREFIX [engine pkcs11]
	local prefix=$1 id
	shift
	for id in 01 02; do
		try "$prefix: a key across a fork, $id" "$keyhost" "$BASE;id=%$id" "$@" sign both both sign
		try "$prefix: a child of a child, $id" "$keyhost" "$BASE;id=%$id" "$@" sign fork sign fork sign
	done
	try "$prefix: exit with the key in use" "$keyhost" "$BASE;id=%02" "$@" sign
	try "$prefix: exit without a clean-up" "$keyhost" "$BASE;id=%02" "$@" sign exit
	try "$prefix: exit after the key was freed" "$keyhost" "$BASE;id=%02" "$@" sign free
}

# ---- libp11's engine: Debian 12's, and the next Debian's
export ENGINE="-engine pkcs11"
engines() { # PREFIX DIRECTORY
	engine_conf "$1.cnf" "$MODULE" "$2"
	export OPENSSL_CONF=$PWD/$1.cnf
	BASE="$BASE;pin-value=$PIN" everything "$1"
	BASE="$BASE;pin-value=$PIN" hosts "$1" engine pkcs11
	unset OPENSSL_CONF
}
tried "OpenSSL with libp11's engine" "OpenSSL $(version openssl), libp11 $(version libengine-pkcs11-openssl)"
howto "how-to: a request" openssl request
try "how-to: the request is good" plain req -in tls.csr -verify -noout
howto "how-to: a certificate" openssl certificate
howto "how-to: a signature" openssl sign
try "how-to: the signature is good" plain dgst -sha256 -verify pub03.pem -signature file.sig file
engines engine ""
tried "OpenSSL with libp11's engine of the next Debian" "-"
if beside next libengine-pkcs11-openssl libp11-3t64; then
	tried "$CLIENT" "OpenSSL $(version openssl), libp11 $(beside_version libp11-3t64)"
	export LD_LIBRARY_PATH=$LIB
	engines engine-next "$LIB/engines-3"
	unset LD_LIBRARY_PATH
else
	skip "$CASE/libp11's next engine" "$(cat beside.err)"
fi

# ---- the provider
unset ENGINE
tried "OpenSSL with pkcs11-provider" "-"
if provider; then
	tried "$CLIENT" "OpenSSL $(version openssl), pkcs11-provider $PROVIDER_VERSION"
	provider_conf last "" default pkcs11
	# TLS copies digests that are under way; no token of PKCS #11 can (C_GetOperationState), so leave digests to others
	PROVIDER_MORE=$'pkcs11-module-block-operations = digest\n'
	provider_conf first "" pkcs11 default
	provider_conf preferred "?provider=pkcs11" default pkcs11
	# the module loaded with the provider, and not at the first key
	PROVIDER_MORE=$'pkcs11-module-load-behavior = early\n' provider_conf early "" default pkcs11
	export PROVIDER MODULE
	howto "how-to: openssl.cnf" openssl provider-conf
	howto "how-to: a key" openssl provider-key
	howto "how-to: a certificate" openssl provider-certificate
	try "how-to: the certificate is good" plain verify -CAfile made.pem made.pem
	for order in last first preferred; do
		export OPENSSL_CONF=$PWD/$order.cnf
		everything "provider $order"
		hosts "provider $order"
		try "provider $order: genpkey EC" openssl genpkey -propquery "provider=pkcs11" -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
			-pkeyopt "pkcs11_uri:pkcs11:token=me;object=new-$order;id=%5${#order}" -out new.pem
		try "provider $order: genpkey RSA" openssl genpkey -propquery "provider=pkcs11" -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
			-pkeyopt "pkcs11_uri:pkcs11:token=me;object=newer-$order;id=%6${#order}" -out newer.pem
		try "provider $order: storeutl" openssl storeutl -noout -text "pkcs11:token=me;type=public"
		said "provider $order: the keys are listed" "prime256v1"
		unset OPENSSL_CONF
	done
	export OPENSSL_CONF=$PWD/early.cnf
	try "provider early: a digest, with the module that nobody asked for" strace -f -qq -e trace=openat -o early.trace openssl dgst -sha256 file
	if grep -q 'bulla-pkcs11.so.* = [0-9]' early.trace; then pass "$CASE/provider early: it is loaded"; else fail "$CASE/provider early: it is loaded" "it is not"; fi
	for id in 01 02; do
		try "provider early: req $id" req $id
		try "provider early: s_server $id" tls $id tls1_3
	done
	hosts "provider early"
	unset OPENSSL_CONF
	try "provider late: a digest" env OPENSSL_CONF="$PWD/last.cnf" strace -f -qq -e trace=openat -o late.trace openssl dgst -sha256 file
	if grep -q 'bulla-pkcs11.so.* = [0-9]' late.trace; then fail "$CASE/provider late: no module without a key" "it is loaded"; else pass "$CASE/provider late: no module without a key"; fi
else
	skip "$CASE/the provider" "$(cat beside.err)"
fi

# ---- the next Debian's openssl and provider, and with them its libcrypto under the module
tried "OpenSSL 3.5 with pkcs11-provider" "-"
if next_debian; then
	tried "$CLIENT" "OpenSSL $(beside_version openssl), pkcs11-provider $(beside_version pkcs11-provider)"
	PATH=$NEXT:$PATH
	PROVIDER=$LIB/ossl-modules/pkcs11.so
	PROVIDER_MORE=''
	provider_conf newer "" default pkcs11
	export OPENSSL_CONF=$PWD/newer.cnf
	everything "provider newer"
	try "provider newer: storeutl" openssl storeutl -noout -text "pkcs11:token=me;type=public"
else
	skip "$CASE/the next Debian's openssl" "$(cat beside.err)"
fi
