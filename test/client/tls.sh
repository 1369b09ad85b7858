#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A TLS server whose key is in the token, through libp11's engine: openssl s_server, and curl against it.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
tried "curl" "curl $(version curl), through libp11's engine $(version libengine-pkcs11-openssl)"
keys_with_certificates

serve() { # ID LABEL CIPHER-OPTIONS...
	local id=$1 label=$2 port pid
	shift 2
	try "$label: a certificate signed by the token's key" engine_cert "$id" "$label" "$label.pem" || return
	port=$(free_port)
	OPENSSL_CONF=engine.cnf openssl s_server -engine pkcs11 -keyform engine -accept "127.0.0.1:$port" -www \
		-key "pkcs11:token=$TOKEN;id=%$id;type=private;pin-value=$PIN" -cert "$label.pem" "$@" >"$label.log" 2>&1 </dev/null &
	pid=$!
	started $pid
	await grep -q ACCEPT "$label.log" || { tail "$label.log"; fail "$CASE/$label" "the server does not start: $(tail -n 1 "$label.log")"; return; }
	try "$label: curl, TLS 1.3" curl -sS --tlsv1.3 --cacert "$label.pem" "https://localhost:$port/" --resolve "localhost:$port:127.0.0.1"
	said "$label: curl got the page" "TLSv1.3"
	try "$label: curl, TLS 1.2" curl -sS --tls-max 1.2 --cacert "$label.pem" "https://localhost:$port/" --resolve "localhost:$port:127.0.0.1"
	for _ in 1 2 3 4 5 6 7 8; do
		curl -sS --cacert "$label.pem" "https://localhost:$port/" --resolve "localhost:$port:127.0.0.1" >/dev/null 2>>curl.err || break
	done
	if kill -0 $pid 2>/dev/null && [ ! -s curl.err ]; then pass "$CASE/$label: eight more"; else fail "$CASE/$label: eight more" "$(tail -n 1 curl.err)"; fi
}
serve 01 rsa
serve 02 ec

# the client's key in the token
openssl req -x509 -newkey rsa:2048 -nodes -keyout plain.key -out plain.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 2>/dev/null
port=$(free_port)
openssl s_server -accept "127.0.0.1:$port" -www -key plain.key -cert plain.pem -CAfile ec.pem -Verify 1 -verify_return_error >client.log 2>&1 </dev/null &
started $!
await grep -q ACCEPT client.log
try "curl with a client key of the token" env OPENSSL_CONF=engine.cnf curl -sS --cacert plain.pem --engine pkcs11 --key-type ENG \
	--key "pkcs11:token=$TOKEN;id=%02;type=private;pin-value=$PIN" --cert ec.pem "https://localhost:$port/" --resolve "localhost:$port:127.0.0.1"
refuse "curl without one" "" curl -sS --cacert plain.pem "https://localhost:$port/" --resolve "localhost:$port:127.0.0.1"
