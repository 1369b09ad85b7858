#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: network
# OpenVPN: docs/howto/openvpn.md as it stands, and a client and a server with keys in a token, over TCP on loopback
# and without a tunnel: that nobody may make without root, and TLS knows nothing of it. The server's log says who came.
. "$CHECK_TOP/test/client/lib.sh"
tried "OpenVPN" "-"
beside own openvpn libcap-ng0 liblz4-1 liblzo2-2 libnl-3-200 libnl-genl-3-200 || { skip "$CASE/OpenVPN" "$(cat beside.err)"; exit 0; }
tried "OpenVPN" "$(beside_version openvpn), pkcs11-helper $(version libpkcs11-helper1)"
beside_programs usr/sbin/openvpn
swtpm_start "$DIR/tpm" && printf 'tcti = %s\n' "$(swtpm_tcti "$DIR/tpm")" >"$XDG_CONFIG_HOME/bulla/bulla.conf"
swtpm_tool "$DIR/tpm" tpm2_dictionarylockout -s -n 32 -t 600 -l 600 >/dev/null
p11_kit
export TOKEN=me
authority
client_usage=("keyUsage=digitalSignature" "extendedKeyUsage=clientAuth")
server_usage=("keyUsage=digitalSignature" "extendedKeyUsage=serverAuth")

# what both sides have, and what is the same for all servers and clients of this test; keys come behind
conf() { # server|client
	printf '%s\n' "dev null" "ca ca.pem" "verb 3" "writepid $1.pid" "connect-retry 1 1"
	case $1 in
	server) printf '%s\n' "proto tcp-server" "local 127.0.0.1" "port $PORT" tls-server "dh none" "remote-cert-tls client" ;;
	client) printf '%s\n' "proto tcp-client" "remote 127.0.0.1 $PORT" nobind tls-client "remote-cert-tls server" ;;
	esac
}
file_key() { # NAME USAGE...: NAME.key and NAME.pem, in files
	local name=$1
	shift
	openssl req -new -newkey rsa:2048 -nodes -keyout "$name.key" -subj "/CN=$name" -out "$name.req" 2>/dev/null && issue "$name.req" "$name.pem" "$@"
}
# token_key TYPE ID NAME USAGE...: a key of the token, with a certificate
LOGIN="--login --pin env:PIN" # a token without a PIN needs none
export LOGIN
# shellcheck disable=SC2086 # words
token_key() {
	local type=$1 id=$2 name=$3
	shift 3
	tool $LOGIN --keypairgen --key-type "$type" --label "$name" --id "$id" &&
		openssl req -new -engine pkcs11 -keyform engine -key "pkcs11:token=$TOKEN;id=%$id;type=private${LOGIN:+;pin-value=$PIN}" -subj "/CN=$name" -out "$name.req" &&
		issue "$name.req" "$name.pem" "$@" && openssl x509 -in "$name.pem" -outform DER -out "$name.der" &&
		tool $LOGIN --write-object "$name.der" --type cert --id "$id" --label "$name"
}
of_token() { # ID: the lines for a key of TOKEN
	printf 'pkcs11-providers %s\n' "$MODULE"
	openvpn --show-pkcs11-ids "$MODULE" | sed -n "s|^ *Serialized id: *\\(.*/$TOKEN/$1\\)\$|pkcs11-id '\\1'|p"
}
of_file() { printf 'cert %s.pem\nkey %s.key\n' "$1" "$1"; }
export -f token_key issue

# serve: server.conf, in the background
serve() {
	rm -f server.log
	openvpn --config server.conf >server.log 2>&1 </dev/null &
	SERVER=$!
	started $SERVER
	await grep -q "Listening for incoming" server.log || fail "$CASE/the server" "it does not start: $(tail -n 1 server.log)"
}
new_server() { # LINE...: with a key in files
	PORT=$(free_port)
	{ conf server; of_file vpn.example; printf '%s\n' "$@"; } >server.conf
	serve
}
# arrived NAME SUBJECT [TIMES]: so often the server saw this certificate, and the handshake came to its end
times() { [ "$(grep -c -- "$1" "$2")" -ge "$3" ]; }
arrived() {
	if await times "VERIFY OK: depth=0, CN=$2\$" server.log "${3:-1}" && await times "\\[$2\\] Peer Connection Initiated" server.log 1 &&
		await times "Control Channel: TLS" server.log "${3:-1}"; then
		pass "$CASE/$1"
	else
		tail -n 8 server.log
		fail "$CASE/$1" "the server's last words: $(tail -n 1 server.log)"
	fi
}
# once NAME FILE: the PIN was asked for one time
once() {
	local count
	count=$(grep -c 'Enter me token Password' "$2")
	if [ "$count" -eq 1 ]; then pass "$CASE/$1"; else fail "$CASE/$1" "$count times"; fi
}
ended() { # PIDFILE PID: OpenVPN ends by its own process id, and so what waits for it
	kill "$(cat "$1")"
	wait "$2"
}
file_key vpn.example "${server_usage[@]}"

howto "how-to: a key" openvpn keys
issue notebook.req notebook.pem "${client_usage[@]}"
howto "how-to: its certificate, and its name" openvpn certificate
new_server "reneg-sec 3" "tls-version-max 1.2"
conf client >client.conf
howto "how-to: the configuration" openvpn configure
howto_start openvpn client
arrived "how-to: the client, with the PIN typed" notebook
arrived "a key negotiated anew, TLS 1.2" notebook 2
kill -USR1 "$(cat client.pid)"
await grep -q "connection-reset" server.log
arrived "a connection made anew" notebook 3
once "the PIN was asked for once" howto.client.log
ended client.pid "$TYPIST"
server_end $SERVER

# ---- both kinds of keys, both versions of TLS, the PIN by the management interface
try "an RSA key with a certificate" token_key rsa:2048 02 notebook-rsa "${client_usage[@]}"
try "a P-384 key with a certificate" token_key EC:secp384r1 03 notebook-ec "${client_usage[@]}"
conf client >client.conf
howto "how-to: an answer to the management interface" openvpn management
# client NAME ID VERSION: until the server has seen it, or the question comes back
client() {
	local answer
	{ conf client; of_token "$2"; printf '%s\n' "management openvpn.sock unix" management-query-passwords "tls-version-min $3" "tls-version-max $3"; } >client.conf
	rm -f openvpn.sock client.log
	openvpn --config client.conf >client.log 2>&1 </dev/null &
	CLIENT_PID=$!
	started $CLIENT_PID
	await test -S openvpn.sock
	timeout 60 python3 answer >answer.log 2>&1 </dev/null &
	answer=$!
	arrived "$1" "$(openssl x509 -in "$4" -noout -subject -nameopt sep_multiline | sed -n 's/ *CN=//p')"
	server_end $CLIENT_PID
	wait $answer
}
for version in 1.2 1.3; do
	new_server
	client "an RSA key, TLS $version" 02 $version notebook-rsa.pem
	cp server.log last.log
	said "the server: TLS $version and an RSA certificate" "TLSv$version, .*peer certificate: 2048 bits RSA"
	server_end $SERVER
	new_server
	client "a P-384 key, TLS $version" 03 $version notebook-ec.pem
	cp server.log last.log
	said "the server: TLS $version and a P-384 certificate" "TLSv$version, .*peer certificate: 384 bits ECsecp384r1"
	server_end $SERVER
done

# ---- as a service: it has loaded the module when it goes to the background, and keeps the PIN for two seconds only
new_server "reneg-sec 3" "tls-version-max 1.2"
{ conf client; of_token 02; printf '%s\n' "daemon vpn" "log client.log" "management openvpn.sock unix" management-query-passwords "pkcs11-pin-cache 2"; } >client.conf
rm -f openvpn.sock client.log client.pid
try "it goes to the background" openvpn --config client.conf
await test -S openvpn.sock
started "$(cat client.pid)"
sed '/break/d' answer >answers # and to each question that comes later
timeout 60 python3 answers >answer.log 2>&1 </dev/null &
answer=$!
arrived "a service in the background" notebook-rsa
arrived "its PIN is forgotten, and asked for anew" notebook-rsa 3
kill "$(cat client.pid)"
wait $answer
questions=$(grep -c "MANAGEMENT: CMD 'password" client.log)
if [ "$questions" -ge 2 ]; then pass "$CASE/the PIN was asked for again"; else fail "$CASE/the PIN was asked for again" "$questions times"; fi
server_end $SERVER

# ---- a certificate of nobody: the server does look
openssl req -x509 -newkey rsa:2048 -nodes -keyout stranger.key -out stranger.pem -subj /CN=stranger -days 2 2>/dev/null
new_server
{ conf client; of_file stranger; echo "connect-retry-max 1"; } >client.conf
refuse "the server refuses a stranger" "unsuccessful, exiting" openvpn --config client.conf
cp server.log last.log
said "and says why" "VERIFY ERROR: depth=0, error=self-signed certificate: CN=stranger"
server_end $SERVER

# ---- a wrong PIN: OpenVPN asks three times for each connection, and makes another; the budget ends it before the TPM's
new_server
{ conf client; of_token 01; } >client.conf
good=$PIN PIN=wrong-one
howto_start openvpn client
wrong_enough() { times "Enter me token Password" howto.client.log 7; }
if await wrong_enough; then pass "$CASE/a wrong PIN: OpenVPN asks again and again"; else tail -n 5 howto.client.log; fail "$CASE/a wrong PIN" "it did not ask"; fi
ended client.pid "$TYPIST"
PIN=$good
if grep -q "Peer Connection Initiated" server.log; then fail "$CASE/a wrong PIN opens nothing" "$(tail -n 1 server.log)"; else pass "$CASE/a wrong PIN opens nothing"; fi
count=$(($(swtpm_tool "$DIR/tpm" tpm2_getcap properties-variable | sed -n 's/.*LOCKOUT_COUNTER: *//p')))
if [ $count -ge 1 ] && [ $count -le 5 ]; then pass "$CASE/the TPM counts no more than the budget"; else fail "$CASE/the TPM counts no more than the budget" "$count"; fi
refuse "bulla status says why" "too many wrong PINs" bulla status --token me
said "it says how many tries are left" "PIN tries left: 0 of 5"
server_end $SERVER

# ---- a token without a PIN, and servers with keys in one
client_token vpn pcr=sha256:7
TOKEN=vpn LOGIN=''
try "a key of a server without a PIN" token_key EC:prime256v1 01 server-ec "${server_usage[@]}"
try "another, RSA" token_key rsa:2048 02 server-rsa "${server_usage[@]}"
try "a key of a service" token_key EC:prime256v1 03 service "${client_usage[@]}"
file_key plain "${client_usage[@]}"
for name in ec:01 rsa:02; do
	PORT=$(free_port)
	openvpn --show-pkcs11-ids "$MODULE" | sed -n "s|^ *Serialized id: *\\(.*/$TOKEN/${name#*:}\\)\$|\\1|p" >ids
	conf server >server.conf
	howto "how-to: a server, ${name%:*}" openvpn server
	serve
	{ conf client; of_file plain; } >client.conf
	openvpn --config client.conf >client.log 2>&1 </dev/null &
	pid=$!
	started $pid
	arrived "a server with its key in a token, ${name%:*}: a client arrives" plain
	await grep -q "VERIFY OK: depth=0, CN=server-${name%:*}" client.log
	cp client.log last.log
	said "the client saw the token's certificate, ${name%:*}" "VERIFY OK: depth=0, CN=server-${name%:*}\$"
	server_end $pid
	await grep -q "connection-reset" server.log
	openvpn --config client.conf >client.log 2>&1 </dev/null &
	pid=$!
	started $pid
	arrived "again, ${name%:*}" plain 2
	server_end $pid
	server_end $SERVER
done
rm -f server.log server.pid
printf '%s\n' "daemon vpn" "log server.log" >>server.conf
try "a server goes to the background" openvpn --config server.conf
await grep -q "Listening for incoming" server.log
started "$(cat server.pid)"
openvpn --config client.conf >client.log 2>&1 </dev/null &
pid=$!
started $pid
arrived "a server in the background: a client arrives" plain
server_end $pid
kill "$(cat server.pid)"
new_server
{ conf client; of_token 03; } >client.conf
openvpn --config client.conf >client.log 2>&1 </dev/null &
pid=$!
started $pid
arrived "a service without a PIN" service
server_end $pid
