#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# curl and git show a client certificate whose key is in the token to a server that demands one and says who came;
# docs/howto/curl.md as it stands.
. "$CHECK_TOP/test/client/lib.sh"
export TOKEN=me PORT
client_token me
p11_kit
made() { # LABEL KEY-TYPE ID: a key with a certificate beside it
	tool --login --pin env:PIN --keypairgen --key-type "$2" --label "$1" --id "$3" &&
		openssl req -new -x509 -days 2 -engine pkcs11 -keyform engine -key "pkcs11:token=me;object=$1;type=private;pin-value=$PIN" \
			-subj "/CN=client $1" -out "$1.pem" && openssl x509 -in "$1.pem" -outform DER -out "$1.der" &&
		tool --login --pin env:PIN --write-object "$1.der" --type cert --label "$1" --id "$3"
}
export -f made
try "an RSA key with its certificate" made rsa rsa:2048 01
try "an EC key with its certificate" made web EC:prime256v1 02
cat rsa.pem web.pem >clients.pem
openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -subj /CN=other -days 2 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout server.key -out server.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 2>/dev/null
mkdir www
echo "the page" >www/page
git init -q work && cp www/page work && git -C work add page && git -C work -c user.name=me -c user.email=me@localhost commit -q -m first
git clone -q --bare work www/repository.git && git -C www/repository.git update-server-info
PORT=$(free_port)
(cd www && exec python3 "$CHECK_TOP/test/client/https_dir.py" "$PORT" ../server.pem ../server.key ../clients.pem) >server.log 2>&1 </dev/null &
started $!
await grep -q ready server.log || fail "$CASE/the server" "it does not start: $(tail -n 1 server.log)"

served() { # NAME WHO WHAT: the server says so; what it said before is forgotten
	if grep -q "^$2 TLSv1.*GET $3.* 200 " server.log; then pass "$CASE/$1"; else tail -n 5 server.log; fail "$CASE/$1" "the server did not see $2"; fi
	: >server.log
}
get() { curl -sS --max-time 20 --cacert server.pem "$@" "https://localhost:$PORT/page"; }
clone() { # KEY-URI
	rm -rf cloned
	GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0 git -c http.sslCAInfo="$PWD/server.pem" -c http.sslCert="${2:-$PWD/rsa.pem}" -c http.sslKey="$1" \
		clone "https://localhost:$PORT/repository.git" cloned
}
export -f get clone
key() { printf 'pkcs11:token=me;object=%s;type=private;%s' "$1" "$2"; }

tried "curl, with a client certificate" "curl $(version curl), through libp11's engine $(version libengine-pkcs11-openssl)"
howto "how-to: curl" curl curl
said "curl got the page" "the page"
served "the server saw the certificate" "client web" /page
printf %s "$PIN" >pin-only
for version in 1.2 1.3; do
	try "RSA, TLS $version, the PIN from a file" get --tlsv$version --tls-max $version --cert rsa.pem --key "$(key rsa "pin-source=file:$PWD/pin-only")"
	served "the server saw it" "client rsa" /page
done
refuse "without a certificate" "curl: (5[56])" get
refuse "with one that the server does not know" "curl: (5[56])" get --cert other.pem --key other.key
refuse "another key's certificate" "curl: (58)" get --cert web.pem --key "$(key rsa "pin-source=file:$PWD/pin-only")"
refuse "a wrong PIN" "Login failed" get --cert rsa.pem --key "$(key rsa "pin-value=wrong-pin")"

tried "curl with pkcs11-provider" "-"
if provider; then
	tried "$CLIENT" "curl $(version curl), pkcs11-provider $PROVIDER_VERSION"
	provider_conf provider "" default pkcs11
	uri_file web.key "pkcs11:token=me;object=web;type=private"
	uri_file rsa.key "pkcs11:token=me;object=rsa;type=private"
	howto "how-to: curl with the provider" curl provider
	served "the server saw the certificate" "client web" /page
	export OPENSSL_CONF=$PWD/provider.cnf
	for version in 1.2 1.3; do
		try "provider: RSA, TLS $version" get --tlsv$version --tls-max $version --cert rsa.pem --key rsa.key
		served "provider: the server saw it" "client rsa" /page
	done
	refuse "provider: another key's certificate" "curl: (58)" get --cert web.pem --key rsa.key
	sed "s,file:.*,wrong-pin," provider.cnf >wrong.cnf
	OPENSSL_CONF=$PWD/wrong.cnf
	refuse "provider: a wrong PIN" "curl: (58)" get --cert web.pem --key web.key
	unset OPENSSL_CONF
else
	skip "$CASE/curl with the provider" "$(cat beside.err)"
fi

tried "git over https" "git $(version git), through GnuTLS $(version libgnutls30)"
howto "how-to: git" curl git
served "the server saw the certificate" "client web" /repository.git/info/refs
try "the clone is whole" git -C repository fsck --full
try "and has what was committed" cmp www/page repository/page
try "RSA, the PIN in the URI" clone "$(key rsa "pin-value=$PIN")"
served "the server saw it" "client rsa" /repository.git/info/refs
refuse "a wrong PIN" "error reading X.509 key" clone "$(key rsa "pin-value=wrong-pin")"
refuse "no PIN" "error reading X.509 key" clone "$(key rsa "")"

# ---- too many wrong PINs
lock_out
refuse "git: a locked PIN" "error reading X.509 key" clone "$(key rsa "pin-value=$PIN")"
tried "curl, with a client certificate" "-"
refuse "curl: a locked PIN" "Login failed" get --cert rsa.pem --key "$(key rsa "pin-value=$PIN")"
