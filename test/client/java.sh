#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Java's SunPKCS11: docs/howto/java.md as it stands, and a program of ours (JavaClient.java) with the provider as the last and
# as the first of Java's. What comes of it is verified by plain openssl.
. "$CHECK_TOP/test/client/lib.sh"
export TOKEN=me
client_token me
tried "Java (keytool, jarsigner)" "$(version openjdk-17-jre-headless)"
echo "the text" >file
mkdir bin
# the JRE has them, and no commands
printf '#!/bin/sh\nexec java -m jdk.jartool/sun.security.tools.jarsigner.Main "$@"\n' >bin/jarsigner
printf '#!/bin/sh\nexec java -m jdk.compiler/com.sun.tools.javac.Main "$@"\n' >bin/javac
chmod 755 bin/*
PATH=$PWD/bin:$PATH
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout plain.key -out plain.pem -subj /CN=plain -addext subjectAltName=DNS:localhost -days 2 2>/dev/null
keytool -importcert -noprompt -keystore roots.p12 -storepass changeit -alias plain -file plain.pem >/dev/null 2>&1
key_tool() { keytool -conf tools.conf -storepass "$PIN" "$@"; }
private_key() { # ALIAS WORD...: what pkcs11-tool says of the key has these words; its id is the alias
	local id
	id=$(printf %s "$1" | od -An -tx1 | tr -d ' \n')
	shift
	tool --login --pin env:PIN -O --type privkey | awk -v RS='Private Key Object' -v id="ID: *$id\n" '$0 ~ id' >object
	cat object
	test -s object || { echo "no such key"; return 1; }
	for word; do grep -q "$word" object || return 1; done
}
export -f private_key key_tool

howto "how-to: the provider's configuration" java configure
howto "how-to: keys" java keys
said "an EC key with its certificate" "web, PrivateKeyEntry"
said "an RSA key with its certificate" "code, PrivateKeyEntry"
for alias in web code; do
	try "$alias: made in the token" private_key $alias "never extractable" "local"
	key_tool -exportcert -rfc -alias $alias >$alias.pem 2>/dev/null
	openssl x509 -in $alias.pem -noout -pubkey >$alias.pub
	try "$alias: openssl verifies the certificate" openssl verify -CAfile $alias.pem $alias.pem
done
howto "how-to: a request" java request
try "openssl verifies the request" openssl req -in web.csr -verify -noout
openssl x509 -req -in web.csr -CA ca.pem -CAkey ca.key -days 2 -copy_extensions copy -extfile <(echo subjectAltName=DNS:localhost) -out issued.pem 2>/dev/null
cat ca.pem >>issued.pem
howto "how-to: a certificate from an authority" java import
try "keytool shows the chain" key_tool -list -v -alias web
said "which ends at the authority" "Owner: CN=authority"
try "the request's key is the certificate's" cmp web.pub <(openssl x509 -in issued.pem -noout -pubkey)

echo 'Manifest-Version: 1.0' >manifest
python3 -c 'import zipfile; z = zipfile.ZipFile("app.jar", "w"); z.write("manifest", "META-INF/MANIFEST.MF"); z.write("file", "file")'
howto "how-to: a signed archive" java jarsigner
said "jarsigner verifies it" "jar verified"
python3 -m zipfile -e app.jar jar
try "openssl verifies it" openssl cms -verify -purpose any -binary -inform DER -in jar/META-INF/CODE.RSA -content jar/META-INF/CODE.SF -CAfile code.pem -out /dev/null
howto "how-to: a program" java program
try "openssl verifies what it signed" openssl dgst -sha256 -verify web.pub -signature file.sig file
# keytool does not say why
refuse "keytool with a wrong PIN" "load failed" keytool -conf tools.conf -storepass wrong-pin -list
refuse "keytool -v with a wrong PIN" "CKR_PIN_INCORRECT" keytool -conf tools.conf -storepass wrong-pin -list -v
try "keytool deletes a key" key_tool -delete -alias code
refuse "which is gone" "no such key" private_key code local

tried "Java (SunPKCS11, SunJSSE)" "$(version openjdk-17-jre-headless)"
try "a program is compiled" javac -Xlint:all -Werror -d . "$CHECK_TOP/test/client/JavaClient.java"
PORT=$(free_port)
export PORT
openssl s_server -key plain.key -cert plain.pem -accept "127.0.0.1:$PORT" -CAfile ca.pem -Verify 3 -verify_return_error -www >demands.log 2>&1 </dev/null &
pid=$!
started $pid
await grep -q ACCEPT demands.log
howto "how-to: TLS by the default context" java tls
said "the server saw the token's certificate" "Subject: CN=localhost"
server_end $pid
try "digests by the token" java -cp . JavaClient bulla.cfg last random digest
key_tool -delete -alias web >/dev/null 2>&1 # servers shall have no choice
key_tool -genkeypair -providerName SunPKCS11-Bulla -alias rsa -keyalg RSA -keysize 2048 -dname CN=localhost -ext san=dns:localhost >/dev/null 2>&1
howto "how-to: more for the configuration" java more
key_tool -genkeypair -providerName SunPKCS11-Bulla -alias ec -keyalg EC -groupname secp384r1 -dname CN=localhost -ext san=dns:localhost >/dev/null 2>&1
for alias in rsa ec; do
	key_tool -exportcert -rfc -alias $alias >$alias.pem 2>/dev/null
	openssl x509 -in $alias.pem -noout -pubkey >$alias.pub
done
cat rsa.pem ec.pem >both.pem
try "a key with CKA_DERIVE of the configuration" private_key ec derive
openssl pkeyutl -encrypt -pubin -inkey rsa.pub -in file -out file.enc

client() { java -XX:TieredStopAtLevel=1 -cp . JavaClient bulla.cfg "$@"; }
wrong_pin() { PIN=$1 client last random; }
# reached FIRST-OR-LAST ALIAS SIGNATURE-ALGORITHMS VERSION: openssl's client at Java's server
reached() {
	printf 'GET / HTTP/1.0\r\n\r\n' | openssl s_client -connect "127.0.0.1:$PORT" -CAfile both.pem -verify_return_error -cert plain.pem -key plain.key \
		-sigalgs "$1" -"$2" -ign_eof >reached.log 2>&1
	cat reached.log
	grep -q "^hello CN=plain" reached.log
}
export -f client wrong_pin reached
for place in last first; do
	try "$place: RSA signature" client $place sign rsa SHA256withRSA file file.sig
	try "$place: openssl verifies it" openssl dgst -sha256 -verify rsa.pub -signature file.sig file
	try "$place: PSS signature" client $place sign rsa PSS file file.sig
	try "$place: openssl verifies it" openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -verify rsa.pub -signature file.sig file
	try "$place: ECDSA signature" client $place sign ec SHA384withECDSA file file.sig
	try "$place: openssl verifies it" openssl dgst -sha384 -verify ec.pub -signature file.sig file
	try "$place: RSA decryption" client $place decrypt rsa RSA/ECB/PKCS1Padding file.enc file.dec
	try "$place: to what it was" cmp file file.dec
	try "$place: ECDH" client $place ecdh
	try "$place: AES" client $place aes
	try "$place: random numbers, HMAC" client $place random
	try "$place: eight threads, RSA" client $place threads rsa SHA256withRSA
	try "$place: eight threads, EC" client $place threads ec SHA384withECDSA
	rm -f server.log
	PORT=$(free_port)
	client $place server "$PORT" plain.pem 4 >server.log 2>&1 </dev/null &
	pid=$!
	started $pid
	if await grep -q ready server.log; then
		for version in tls1_2 tls1_3; do
			try "$place: TLS server, RSA, $version" reached rsa_pss_rsae_sha256:RSA+SHA256:ECDSA+SHA256 $version
			try "$place: TLS server, EC, $version" reached ECDSA+SHA384:rsa_pss_rsae_sha256 $version
		done
		try "$place: the server says whom it served" test "$(grep -c "^served CN=plain" server.log)" -eq 4
	else
		cat server.log
		fail "$CASE/$place: TLS server" "it does not start: $(tail -n 1 server.log)"
	fi
	server_end $pid
	rm -f demands.log
	PORT=$(free_port)
	openssl s_server -key plain.key -cert plain.pem -accept "127.0.0.1:$PORT" -CAfile both.pem -Verify 3 -verify_return_error -www >demands.log 2>&1 </dev/null &
	pid=$!
	started $pid
	await grep -q ACCEPT demands.log
	for version in TLSv1.2 TLSv1.3; do
		try "$place: TLS client, $version" client $place client "$PORT" plain.pem $version
		said "$place: the server saw its certificate, $version" "Subject: CN=localhost"
	done
	server_end $pid
done

# ---- wrong PINs, and then too many of them
refuse "a wrong PIN is a failed login" "FailedLoginException" wrong_pin not-the-pin
said "and says so" "CKR_PIN_INCORRECT"
lock_out
refuse "a locked PIN is another exception" "CKR_PIN_LOCKED" wrong_pin "$PIN"
refuse "and keytool -v says it, too" "CKR_PIN_LOCKED" keytool -conf tools.conf -storepass "$PIN" -list -v
