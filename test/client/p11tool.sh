#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# GnuTLS through p11-kit: the module is configured in a user's p11-kit beside two others, and lists,
# generates and signs there.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
p11_kit
# two neighbours: a software token, and the system's trust anchors
find_module() { find /usr/lib -name "$1" -print -quit; }
mkdir softhsm && printf 'directories.tokendir = %s/softhsm\n' "$PWD" >softhsm.conf
export SOFTHSM2_CONF=$PWD/softhsm.conf
softhsm2-util --init-token --free --label neighbour --pin 1234 --so-pin 1234 >/dev/null 2>&1
pkcs11-tool --module "$(find_module libsofthsm2.so)" --token-label neighbour --login --pin 1234 --keypairgen \
	--key-type EC:prime256v1 --label next-door --id 77 >/dev/null 2>&1
printf 'module: %s\n' "$(find_module libsofthsm2.so)" >"$XDG_CONFIG_HOME/pkcs11/modules/softhsm2.module"
printf 'module: %s\ntrust-policy: yes\n' "$(find_module p11-kit-trust.so)" >"$XDG_CONFIG_HOME/pkcs11/modules/p11-kit-trust.module"
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
try "export a public key" p11tool --login --export-pubkey "$url;object=g-ec;type=private" --outfile g2.pem
printf 'cn = "gnutls"\nexpiration_days = 2\nsigning_key\n' >cert.tmpl
try "certtool self-signs" certtool --generate-self-signed --load-privkey "$url;object=g-ec;type=private" \
	--load-pubkey g-ec.pem --template cert.tmpl --outfile g-cert.pem
try "openssl verifies it" openssl verify -CAfile g-cert.pem g-cert.pem
try "write the certificate" p11tool --login --write --load-certificate g-cert.pem --label g-ec --id 11 "$url"
try "list certificates" p11tool --list-all-certs "$url"
said "the certificate is listed" "object=g-ec"
openssl req -x509 -newkey rsa:2048 -nodes -keyout imp.key -out imp.pem -subj /CN=imp -days 2 2>/dev/null
try "import a key" p11tool --login --write --load-privkey imp.key --label imp --id 13 "$url"
try "test-sign with the imported key" p11tool --login --test-sign "$url;object=imp;type=private"
try "delete the certificate" p11tool --login --batch --delete "$url;object=g-ec;type=cert"
try "the neighbours still work" p11tool --list-all "pkcs11:token=neighbour;type=public"
said "with their objects" "next-door"
