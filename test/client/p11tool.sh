#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# GnuTLS through p11-kit: the module is configured in a user's p11-kit beside two others, and lists,
# generates and signs there.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
tried "GnuTLS (p11tool, certtool)" "$(version gnutls-bin)"
p11_kit
p11_kit_neighbours
url="pkcs11:token=$TOKEN"
export GNUTLS_PIN=$PIN

try "p11-kit lists modules" p11-kit list-modules
for t in clients neighbour bulla softhsm2 p11-kit-trust; do said "p11-kit shows $t" "$t"; done
try "list-tokens" p11tool --list-tokens
said "list-tokens has the token" "token=clients"
said "list-tokens has the neighbour" "token=neighbour"
try "generate an EC key" p11tool --login --generate-ecc --curve secp256r1 --label g-ec --id 11 --outfile g-ec.pem "$url"
try "generate an RSA key" p11tool --login --generate-rsa --bits 2048 --label g-rsa --id 12 --outfile g-rsa.pem "$url"
try "list-all" p11tool --login --list-all "$url"
said "list-all has the EC key" "object=g-ec"
try "list-all before login" p11tool --list-all "$url;type=public"
said "public keys are seen before login" "object=g-rsa"
try "test-sign with EC" p11tool --login --test-sign "$url;object=g-ec;type=private"
try "test-sign with RSA" p11tool --login --test-sign "$url;object=g-rsa;type=private"
try "test-sign RSA-PSS" p11tool --login --sign-params=rsa-pss --hash=SHA256 --test-sign "$url;object=g-rsa;type=private"
for hash in SHA384 SHA512; do
	try "test-sign RSA, $hash" p11tool --login --hash=$hash --test-sign "$url;object=g-rsa;type=private"
	try "test-sign RSA-PSS, $hash" p11tool --login --sign-params=rsa-pss --hash=$hash --test-sign "$url;object=g-rsa;type=private"
done
for curve in secp384r1 secp521r1; do
	try "generate on $curve" p11tool --login --generate-privkey ecdsa --curve $curve --label g-$curve --outfile g-$curve.pem "$url"
	try "test-sign on $curve" p11tool --login --test-sign "$url;object=g-$curve;type=private"
done
try "export a public key" p11tool --login --export-pubkey "$url;object=g-ec;type=private" --outfile g2.pem
printf 'cn = "gnutls"\nexpiration_days = 2\nsigning_key\n' >cert.tmpl
try "certtool self-signs" certtool --generate-self-signed --load-privkey "$url;object=g-ec;type=private" \
	--load-pubkey g-ec.pem --template cert.tmpl --outfile g-cert.pem
try "openssl verifies it" openssl verify -CAfile g-cert.pem g-cert.pem
try "write the certificate" p11tool --login --write --load-certificate g-cert.pem --label g-ec --id 11 "$url"
try "list certificates" p11tool --list-all-certs "$url"
said "the certificate is listed" "object=g-ec"
# p11tool 3.7 asks for an Ed25519 key by the mechanism that signs (CKM_EDDSA), and has no test for one; certtool uses it
tool --login --pin env:PIN --keypairgen --key-type EC:edwards25519 --label g-ed --id 15 >ed.log 2>&1
try "export an Ed25519 key" p11tool --export "$url;object=g-ed;type=public" --outfile g-ed.pem
try "certtool self-signs with Ed25519" certtool --generate-self-signed --load-privkey "$url;object=g-ed;type=private" \
	--load-pubkey g-ed.pem --template cert.tmpl --outfile g-ed-cert.pem
try "openssl verifies that, too" openssl verify -CAfile g-ed-cert.pem g-ed-cert.pem
openssl req -x509 -newkey rsa:2048 -nodes -keyout imp.key -out imp.pem -subj /CN=imp -days 2 2>/dev/null
try "import a key" p11tool --login --write --load-privkey imp.key --label imp --id 13 "$url"
try "test-sign with the imported key" p11tool --login --test-sign "$url;object=imp;type=private"
try "delete the certificate" p11tool --login --batch --delete "$url;object=g-ec;type=cert"
try "the neighbours still work" p11tool --list-all "pkcs11:token=neighbour;type=public"
said "with their objects" "next-door"

# ---- docs/howto/p11-kit.md, on a token of its own
TOKEN=me client_token me
unset GNUTLS_PIN
howto "how-to: what is there" p11-kit list
said "how-to: the token is there" "token=me"
howto "how-to: a key" p11-kit key
howto "how-to: a certificate" p11-kit certificate
printf %s "$PIN" >pin-only
howto "how-to: a PIN in a file" p11-kit pin-source
export GNUTLS_PIN=$PIN

# ---- TLS: a server with the token's key, and clients with one
tried "GnuTLS (gnutls-serv, gnutls-cli)" "$(version gnutls-bin)"
openssl req -x509 -newkey rsa:2048 -nodes -keyout plain.key -out plain.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 2>/dev/null
printf 'cn = localhost\ndns_name = localhost\nexpiration_days = 2\nsigning_key\nencryption_key\ntls_www_server\ntls_www_client\nca\ncert_signing_key\n' >tls2.tmpl
serve() { # KEY CERTIFICATE PRIORITY OPTIONS...: PORT
	local key=$1 cert=$2 priority=$3
	shift 3
	rm -f serv.log
	PORT=$(free_port)
	gnutls-serv --port "$PORT" --http --x509keyfile "$key" --x509certfile "$cert" --priority "$priority" "$@" >serv.log 2>&1 </dev/null &
	SERVER=$!
	started $SERVER
	await grep -q "listening on IPv4" serv.log || { cat serv.log; return 1; }
}
end() { kill $SERVER 2>/dev/null; wait $SERVER 2>/dev/null; }
client() { # CA OPTIONS...
	local ca=$1
	shift
	printf 'GET / HTTP/1.0\r\n\r\n' | gnutls-cli --port "$PORT" --x509cafile "$ca" "$@" localhost >cli.out 2>&1
	cat cli.out
	grep -q 'HTTP/1.0 200' cli.out
}
export -f client
for kind in ec rsa; do
	key="$url;object=g-$kind;type=private"
	try "certtool: a certificate for TLS, $kind" certtool --generate-self-signed --load-privkey "$key" --load-pubkey "g-$kind.pem" --template tls2.tmpl --outfile "tls-$kind.pem"
	for version in TLS1.2 TLS1.3; do
		priority=NORMAL:-VERS-ALL:+VERS-$version
		if serve "$key" "tls-$kind.pem" "$priority"; then
			export PORT
			try "gnutls-serv $kind $version" client "tls-$kind.pem"
			try "gnutls-serv $kind $version, openssl's client" openssl s_client -connect "127.0.0.1:$PORT" -CAfile "tls-$kind.pem" -verify_return_error
		else
			fail "$CASE/gnutls-serv $kind $version" "it does not start: $(tail -n 1 serv.log)"
		fi
		end
		if serve plain.key plain.pem "$priority" --require-client-cert --x509cafile "tls-$kind.pem" --verify-client-cert; then
			export PORT
			try "gnutls-cli $kind $version" client plain.pem --x509keyfile "$key" --x509certfile "tls-$kind.pem"
			refuse "gnutls-cli $kind $version, without a certificate" "" client plain.pem
		else
			fail "$CASE/gnutls-cli $kind $version" "the server does not start: $(tail -n 1 serv.log)"
		fi
		end
	done
done
try "certtool: a request" certtool --generate-request --load-privkey "$url;object=g-rsa;type=private" --load-pubkey g-rsa.pem --template tls2.tmpl --outfile r.pem
try "openssl reads the request" openssl req -in r.pem -verify -noout
try "certtool: an authority's key" certtool --generate-certificate --load-request r.pem --load-ca-privkey "$url;object=g-ec;type=private" --load-ca-certificate tls-ec.pem --template tls2.tmpl --outfile issued.pem
try "openssl verifies what it issued" openssl verify -CAfile tls-ec.pem issued.pem
try "certtool: signed data" certtool --p7-sign --load-privkey "$url;object=g-rsa;type=private" --load-certificate tls-rsa.pem --infile cert.tmpl --outfile signed.p7
try "certtool reads it" certtool --p7-verify --load-ca-certificate tls-rsa.pem --infile signed.p7
try "initialise a token" p11tool --initialize "$url" --label again --set-so-pin "$SO_PIN" --batch
try "set its user PIN" p11tool --initialize-pin "pkcs11:token=again" --set-so-pin "$SO_PIN" --set-pin "$PIN" --batch
try "a key in it" p11tool --login --set-pin "$PIN" --generate-ecc --curve secp384r1 --label anew --outfile anew.pem "pkcs11:token=again"
try "test-sign with it" p11tool --login --set-pin "$PIN" --test-sign "pkcs11:token=again;object=anew;type=private"
