#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the tests with browsers share: an authority, a server that demands certificates issued by it, and what its
# log says. Sourced after lib.sh.
printf '\n' >empty

# authority: ca.pem, and server.pem for localhost and the names below it that are used
authority() {
	printf 'subjectAltName = DNS:localhost%s\n' "$(printf ',DNS:%s.localhost' ec rsa none cancel)" >server.ext
	{
		openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2
		openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.req -subj /CN=localhost
		openssl x509 -req -in server.req -CA ca.pem -CAkey ca.key -days 2 -extfile server.ext -out server.pem
	} 2>openssl.log || { cat openssl.log; fail "$CASE" "no authority could be made"; exit 0; }
}
# issue NAME: NAME.pem for NAME.req
issue() {
	openssl x509 -req -in "$1.req" -CA ca.pem -CAkey ca.key -days 2 -out "$1.pem" 2>openssl.log ||
		{ cat openssl.log; fail "$CASE" "no certificate for $1.req"; exit 0; }
}
# askcert: the server, on TLS13 and TLS12
askcert() {
	: >server.log
	python3 "$CHECK_TOP/test/client/askcert.py" server.pem server.key ca.pem server.log 1.3 1.2 >ports 2>askcert.err &
	started $!
	# shellcheck disable=SC2317 # await calls it
	served() { [ "$(wc -l <ports)" -eq 2 ]; }
	await served || { cat askcert.err; fail "$CASE" "the server does not start"; exit 0; }
	# shellcheck disable=SC2034 # for the tests
	{ read -r TLS13 && read -r TLS12; } <ports
}
# showed PAGE NAME...: the page was fetched with the certificate NAME.pem (or another of them), by the version of TLS that
# the page's name ends with, if it does
showed() {
	local page=$1 version=TLSv1.3 name
	shift
	[[ $page != *-12 ]] || version=TLSv1.2
	for name; do
		! grep -q "^[0-9]* $page $version $(openssl x509 -in "$name.pem" -outform DER | sha256sum | cut -d' ' -f1) " server.log ||
			{ pass "$CASE/the server saw $name's certificate: $page, $version"; return; }
	done
	fail "$CASE/the server saw $name's certificate: $page, $version" "its log: $(grep " $page " server.log || echo "no such page")"
}
# refusals N NAME: N handshakes failed, each because there was no certificate
refusals() {
	local all none
	all=$(grep -c '^[0-9]* refused ' server.log) none=$(grep -c ' refused PEER_DID_NOT_RETURN_A_CERTIFICATE' server.log)
	if [ "$all" -eq "$1" ] && [ "$none" -eq "$1" ]; then
		pass "$CASE/$2"
	else
		cat server.log
		fail "$CASE/$2" "$all refused, $none without a certificate"
	fi
}
