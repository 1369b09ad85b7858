#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: baddays
# A TPM that is away: not there; there, but silent; gone in the middle of a session; and each time it comes back, for
# programs that run on as for new ones. What was opened before works on, what needs no TPM does not ask it, and who asks in
# vain ends within ten seconds, alone, in a row of tries, or in a crowd.
. "$CHECK_TOP/test/client/bad-days-lib.sh"
export TOKEN=clients
client_token clients
keys_with_certificates
engine_cert 02 ec ec.pem >cert.log 2>&1 || { cat cert.log; fail "$CASE" "no certificate"; }
clients_start
neighbour
host=$BUILD/test/client/client-host
export host
export -f await
tpm=$(cat "$DIR/tpm/pid")

away() { swtpm_stop "$DIR/tpm"; }
back() { swtpm_start "$DIR/tpm" && tpm=$(cat "$DIR/tpm/pid"); }
silent() { kill -STOP "$tpm"; }
speaks() { kill -CONT "$tpm"; }

# public DAY: what needs no TPM does not notice, and does not wait for it
public() {
	LIMIT=3 try "$1: ssh-keygen -D lists keys" ssh-keygen -D "$REAL"
	LIMIT=3 try "$1: p11tool lists tokens" p11tool --list-tokens
	said "$1: the token among them" "token=clients"
	LIMIT=3 try "$1: pkcs11-tool lists public objects" tool --list-objects
	LIMIT=3 try "$1: initialise, slots, token, session, search" "$host" "$MODULE" clients init open find finalize
}

# a client of NSS that is asked for its certificate
openssl req -x509 -newkey rsa:2048 -nodes -keyout plain.key -out plain.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 2>/dev/null
certutil -A -d sql:db -n plain -t CP,, -i plain.pem -f empty
asks=$(free_port)
openssl s_server -accept "127.0.0.1:$asks" -key plain.key -cert plain.pem -CAfile ec.pem -Verify 1 -verify_return_error -www >asks.log 2>&1 </dev/null &
started $!
await grep -q ACCEPT asks.log
printf 'GET / HTTP/1.0\r\n\r\n' >request.txt
c_tstclnt() { tstclnt -4 -h localhost -p "$asks" -d sql:db -w "$PIN" -V tls1.2:tls1.3 -n clients:ec <request.txt; }
# it does not end by itself when the server has said all
tstclnt_well() {
	c_tstclnt >got 2>&1 &
	local pid=$!
	await grep -q '^Client certificate' got
	kill $pid 2>/dev/null
	grep '^Client certificate' got
}
export -f c_tstclnt tstclnt_well
export asks

all_well "a good day"
try "a good day: tstclnt" tstclnt_well

# ---- not there
away
all_ill "no TPM" away
refuse "no TPM: tstclnt" "Failed to load a suitable client certificate" c_tstclnt
public "no TPM"
neighbour_well "no TPM"
status_says "no TPM" "no TPM"
install -m 000 /dev/null closed
BULLA_TCTI=device:$PWD/closed status_says "a TPM of another group" "a TPM that you may not open"
rm -f closed
back
all_well "the TPM is back"

# ---- there, and says nothing
silent
refuse "silent TPM, one alone: pkcs11-tool" "CKR_DEVICE_ERROR" c_pkcs11_tool
at_once "silent TPM, all at once" away
refuse "silent TPM: tstclnt" "Failed to load a suitable client certificate" c_tstclnt
public "silent TPM"
neighbour_well "silent TPM"
status_says "silent TPM" "a TPM that does not answer"
crowd=()
for n in $(seq 12); do
	timeout -k 5 "$LIMIT" "$host" "$MODULE" clients init open login finalize >"crowd.$n" 2>&1 </dev/null &
	crowd+=($!)
done
for pid in "${crowd[@]}"; do wait "$pid"; done
if [ "$(grep -lx 'login: 0x30' crowd.* | wc -l)" -eq 12 ]; then pass "$CASE/silent TPM: twelve who wait for it"; else fail "$CASE/silent TPM: twelve who wait for it" "$(sort crowd.* | uniq -c)"; fi
speaks
try "the TPM speaks again: a program that runs on" await c_server
all_well "the TPM speaks again"
try "the TPM speaks again: tstclnt" tstclnt_well
at_once "all at once from cold" well

# ---- gone after the login: what is open stays open
mkfifo go
timeout -k 5 60 "$host" "$MODULE" clients init open login hold sign:01 sign:02 logout login finalize <go >held 2>&1 &
held=$!
exec 7>go
await grep -q holding held
try "ssh-add -s while the TPM is there" ssh-add -s "$REAL"
ssh-keygen -D "$REAL" 2>/dev/null | grep ^ecdsa >ec.pub
chmod 600 ec.pub
key="pkcs11:token=$TOKEN;object=ec;type=private"
port=$(free_port)
GNUTLS_PIN=$PIN gnutls-serv --port "$port" --http --x509keyfile "$key" --x509certfile ec.pem >serv.log 2>&1 </dev/null 7>&- &
server=$!
started $server
await grep -q "listening on IPv4" serv.log
request() { openssl s_client -connect "127.0.0.1:$port" -CAfile ec.pem -verify_return_error </dev/null; }
export -f request
export port
try "gnutls-serv while the TPM is there" request
away
exec 7>&-
wait $held
cp held last.log
said "TPM gone: an open session signs, and a new login fails" "^login: 0x30"
try "TPM gone: the agent signs" ssh-add -T ec.pub
try "TPM gone: gnutls-serv serves" request
refuse "TPM gone: another program" "$(words pkcs11_tool away)" c_pkcs11_tool
back
try "TPM back: the agent signs" ssh-add -T ec.pub
again() { ssh-add -e "$REAL" && ssh-add -s "$REAL" && ssh-add -T ec.pub; }
export -f again
try "TPM back: the agent takes the token anew" again
try "TPM back: gnutls-serv serves" request
server_end $server

# ---- gone in the middle of a login: dead, or silent, between two of its commands
middle() { # DAY RULE
	rm -f "$DIR/ip" "$DIR/ip.ctrl" ip.out
	python3 "$CHECK_TOP/test/lib/interposer.py" "$DIR/ip" "$DIR/tpm/s" --do "$2" >ip.out &
	local pid=$!
	started $pid
	await grep -q ready ip.out
	BULLA_TCTI=swtpm:path=$DIR/ip refuse "$1: pkcs11-tool" "$(words pkcs11_tool away)" c_pkcs11_tool
	server_end $pid
}
middle "TPM dies while it loads the seal" "drop@Load#*"
middle "TPM falls silent while it opens the seal" "hang@Unseal#1"
try "and after that" c_pkcs11_tool

# ---- without a PIN every use of a key asks again, and a host uses several
rm -rf "$STORE"
TOKEN=open client_token open pcr=sha256:7
export TOKEN=open
tool --keypairgen --key-type EC:prime256v1 --label ec --id 02 >keys.log 2>&1 || fail "$CASE" "$(tail -n 1 keys.log)"
o_pkcs11_tool() { tool --sign --id 02 --mechanism ECDSA-SHA256 --input-file text --output-file sig; }
o_p11tool() { p11tool --test-sign "pkcs11:token=open;object=ec;type=private"; }
o_engine() { OPENSSL_CONF=engine.cnf openssl dgst -sha256 -engine pkcs11 -keyform engine -sign "pkcs11:token=open;id=%02;type=private" -out sig text; }
o_provider() { c_provider; }
o_ssh() { ssh-add -e "$REAL"; ssh-add -s "$REAL" && ssh-add -T open.pub; }
export -f o_pkcs11_tool o_p11tool o_engine o_provider o_ssh
ssh-keygen -D "$REAL" 2>/dev/null | grep ^ecdsa >open.pub
chmod 600 open.pub
declare -A OPEN_SAYS=([pkcs11_tool]="C_SignInit failed: rv = CKR_DEVICE_ERROR" [p11tool]="PKCS #11 error in device"
	[ssh]="Agent signature failed" [engine]="ERR_CKR_error:Device error" [provider]="Error 48 returned")
open=(pkcs11_tool p11tool engine provider ssh)
for o in "${open[@]}"; do try "no PIN: $o" "o_$o"; done
silent
for o in "${open[@]}"; do refuse "no PIN, silent TPM: $o" "${OPEN_SAYS[$o]}" "o_$o"; done
try "no PIN, silent TPM: certutil lists what needs no TPM" certutil -K -d sql:db -h open -f empty
speaks
for o in "${open[@]}"; do try "no PIN, the TPM speaks again: $o" "o_$o"; done
