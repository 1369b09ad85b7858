#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: network
# Mosquitto: docs/howto/mosquitto.md as it stands, devices with keys in tokens, and a broker, whose log says who came.
. "$CHECK_TOP/test/client/lib.sh"
tried "Mosquitto" "-"
provider || { skip "$CASE/Mosquitto" "$(cat beside.err)"; exit 0; }
export PROVIDER
beside own mosquitto mosquitto-clients libmosquitto1 libcjson1 libdlt2 libwrap0 || { skip "$CASE/Mosquitto" "$(cat beside.err)"; exit 0; }
tried "Mosquitto" "$(beside_version mosquitto), pkcs11-provider $PROVIDER_VERSION; the broker through libp11's engine $(version libengine-pkcs11-openssl)"
beside_programs usr/sbin/mosquitto usr/bin/mosquitto_{pub,sub}
swtpm_start "$DIR/tpm" && printf 'tcti = %s\n' "$(swtpm_tcti "$DIR/tpm")" >"$XDG_CONFIG_HOME/bulla/bulla.conf"
swtpm_tool "$DIR/tpm" tpm2_dictionarylockout -s -n 32 -t 600 -l 600 >/dev/null
p11_kit
authority
export TOKEN PORT LOGIN="--login --pin env:PIN" # a token without a PIN needs none
printf %s "$PIN" >pin-only

token_key() { # TYPE ID LABEL NAME EXTENSION
	# shellcheck disable=SC2086 # words
	tool $LOGIN --keypairgen --key-type "$1" --label "$3" --id "$2" &&
		openssl req -new -engine pkcs11 -keyform engine -key "pkcs11:token=$TOKEN;object=$3;type=private${LOGIN:+;pin-value=$PIN}" -subj "/CN=$4" -out "$4.req" &&
		issue "$4.req" "$4.pem" "$5"
}
export -f token_key issue
# serve: a broker that believes certificates alone, with the key that mosquitto.conf says already
serve() {
	printf '%s\n' "require_certificate true" "use_identity_as_username true" "log_type all" >>mosquitto.conf
	rm -f broker.log
	mosquitto -c mosquitto.conf >broker.log 2>&1 </dev/null &
	BROKER=$!
	started $BROKER
	if await grep -q "running" broker.log; then pass "$CASE/$1"; else fail "$CASE/$1" "$(tail -n 1 broker.log)"; fi
}
# came NAME USER TIMES: the broker knows a client by its certificate
came() {
	local count
	count=$(grep -c "New client connected.*u'$2'" broker.log)
	if [ "$count" -eq "$3" ]; then pass "$CASE/$1"; else tail -n 5 broker.log; fail "$CASE/$1" "$count times: $(tail -n 1 broker.log)"; fi
}
key_file() { # TOKEN LABEL FILE: as docs/howto/servers.md makes one
	sed "s/token=web;object=tls/token=$1;object=$2/" howto.key-file | bash -eu && mv tls.key "$3"
}
publish() { # CERTIFICATE KEY OPTION...
	OPENSSL_CONF=provider.cnf mosquitto_pub -h localhost -p "$PORT" --cafile ca.pem --cert "$1" --key "$2" -q 1 -t temperature -m 22 "${@:3}"
}
export -f publish

howto "how-to: a key" mosquitto keys
issue device.req device.pem extendedKeyUsage=clientAuth
openssl req -new -newkey rsa:2048 -nodes -keyout broker.key -subj /CN=localhost -out broker.req 2>/dev/null
issue broker.req broker.pem subjectAltName=DNS:localhost
PORT=$(free_port)
printf '%s\n' "listener $PORT 127.0.0.1" "cafile $PWD/ca.pem" "certfile $PWD/broker.pem" "keyfile $PWD/broker.key" >mosquitto.conf
serve "a broker"
howto "how-to: openssl.cnf with the provider" servers provider
howto "how-to: a key's file" servers key-file
key_file device mqtt device.key
howto "how-to: publish" mosquitto publish
came "the broker knows the device" device-17 1
client_token me
TOKEN=me
try "an RSA key, with a PIN" token_key rsa:2048 01 rsa notebook extendedKeyUsage=clientAuth
key_file me rsa notebook.key
for version in 1.2 1.3; do
	try "it publishes, TLS $version" publish notebook.pem notebook.key --tls-version tlsv$version
done
came "the broker knows it" notebook 2
OPENSSL_CONF=provider.cnf mosquitto_sub -h localhost -p "$PORT" --cafile ca.pem --cert notebook.pem --key notebook.key -t temperature -C 1 -W 30 >heard 2>&1 </dev/null &
listener=$!
started $listener
await grep -q "Received SUBSCRIBE" broker.log
try "another speaks while it listens" publish device.pem device.key
wait $listener
try "and is heard" grep -x 22 heard

refuse "another key than the certificate's" "" publish notebook.pem device.key
cp pin right
echo wrong-one >pin
refuse "a wrong PIN" "" publish notebook.pem notebook.key
mv right pin
count=$(($(swtpm_tool "$DIR/tpm" tpm2_getcap properties-variable | sed -n 's/.*LOCKOUT_COUNTER: *//p')))
if [ $count -eq 1 ]; then pass "$CASE/it was counted once"; else fail "$CASE/it was counted once" "$count"; fi
came "and neither came" notebook 3
server_end $BROKER

client_token broker
TOKEN=broker
try "a broker's key" token_key EC:prime256v1 01 mqtt broker subjectAltName=DNS:localhost
PORT=$(free_port)
: >mosquitto.conf
howto "how-to: the broker's configuration" mosquitto broker
serve "a broker with its key in a token"
for i in 1 2 3; do
	try "a device comes to it, $i" publish device.pem device.key
done
came "it knows the device" device-17 3
server_end $BROKER
