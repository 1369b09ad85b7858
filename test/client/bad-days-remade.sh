#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: baddays
# A token that is made anew, with the same label, while programs hold the old one: an agent, a GnuTLS server, an NSS server,
# p11-kit's server. Once by deleting its file and `bulla init`, once by C_InitToken.
. "$CHECK_TOP/test/client/bad-days-lib.sh"
export TOKEN=clients
client_token clients
keys() {
	keys_with_certificates
	rm -f ec.pem.der
	engine_cert 02 ec ec.pem >cert.log 2>&1 || { cat cert.log; fail "$CASE" "no certificate"; }
	chmod 644 ec.pem
	ssh-keygen -D "$(realpath "$MODULE")" 2>/dev/null | grep '^ecdsa' >"ec.pub"
	chmod 600 ec.pub
}
keys
clients_start
neighbour
nc_open() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
request() { printf "GET / HTTP/1.0\r\n\r\n" | openssl s_client -connect "127.0.0.1:$1" -CAfile "$2" -verify_return_error -ign_eof 2>&1 | tee reply && grep -q 'HTTP/1.0 200' reply; }
export -f nc_open request await

servers_start() {
	rm -f serv.log self.log
	tls_port=$(free_port)
	GNUTLS_PIN=$PIN gnutls-serv --port "$tls_port" --http --x509keyfile "pkcs11:token=$TOKEN;object=ec;type=private" --x509certfile ec.pem >>serv.log 2>&1 </dev/null &
	gnutls=$!
	started $gnutls
	await grep -q "listening on IPv4" serv.log
	nss_port=$(free_port)
	selfserv -d sql:db -p "$nss_port" -e clients:ec -f pin -V tls1.2:tls1.3 -v >>self.log 2>&1 </dev/null &
	nss=$!
	started $nss
	await nc_open "$nss_port"
	ssh-add -s "$REAL" >/dev/null 2>&1
}
servers_end() {
	server_end $gnutls
	server_end $nss
	ssh-add -e "$REAL" >/dev/null 2>&1
}
# hold DAY: they serve
hold() {
	try "$1: gnutls-serv" request "$tls_port" ec.pem
	try "$1: selfserv" request "$nss_port" ec.pem
	try "$1: ssh-agent" ssh-add -T ec.pub
	try "$1: through p11-kit server" c_server
}
# let_go DAY WORDS-OF-GNUTLS WORDS-OF-NSS: what was held is no more, each says so, and all of them live
let_go() {
	: >serv.log
	: >self.log
	refuse "$1: gnutls-serv" "" request "$tls_port" old.pem
	cp serv.log last.log
	said "$1: gnutls-serv says why" "$2"
	refuse "$1: selfserv" "" request "$nss_port" old.pem
	cp self.log last.log
	said "$1: selfserv says why" "$3"
	refuse "$1: ssh-agent" "agent refused operation" ssh-add -T old.pub
	if kill -0 $gnutls && kill -0 $nss && kill -0 "$AGENT"; then pass "$CASE/$1: none of them ended"; else fail "$CASE/$1: none of them ended" "$(tail -n 1 serv.log self.log "$AGENT_LOG")"; fi
	neighbour_well "$1"
}
# recover DAY: who looks for the token anew finds the new one, in the same process where it can be told to; others are
# started anew
recover() {
	try "$1: through the same p11-kit server" c_server
	ssh-add -e "$REAL" >/dev/null 2>&1
	try "$1: the same agent takes it" ssh-add -s "$REAL"
	try "$1: and signs" ssh-add -T ec.pub
	servers_end
	servers_start
	hold "$1, servers started anew"
}
keep_old() {
	cp ec.pem old.pem
	cp ec.pub old.pub
	chmod 600 old.pub
}

servers_start
hold "a good day"

# ---- deleted, and made by the command
keep_old
rm "$STORE"/token-*
let_go "deleted" "PKCS #11 error in device" "has been removed"
refuse "deleted: through p11-kit server" "No slots" c_server
status_says "deleted" "the token deleted"
client_token clients
keys
let_go "made anew by bulla init" "PKCS #11 error in device" "has been removed"
recover "made anew by bulla init"

# ---- made anew in its place
keep_old
slot=$(tool --list-token-slots 2>/dev/null | sed -n 's/.*(\(0x[0-9a-f]*\)):.*/\1/p')
try "C_InitToken by pkcs11-tool" pkcs11-tool --module "$MODULE" --slot "$slot" --init-token --label clients --so-pin "env:SO_PIN"
try "C_InitPIN by pkcs11-tool" pkcs11-tool --module "$MODULE" --slot "$slot" --login --login-type so --so-pin "env:SO_PIN" --init-pin --new-pin "env:PIN"
let_go "made anew by C_InitToken" "PKCS #11 error in key" "key does not support the requested operation"
keys
recover "made anew by C_InitToken"
servers_end
