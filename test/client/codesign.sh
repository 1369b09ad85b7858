#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What signs programs: osslsigncode, sbsign, pesign, the kernel's sign-file; docs/howto/codesign.md as it stands. What one
# signs, another verifies.
. "$CHECK_TOP/test/client/lib.sh"
export TOKEN=me
client_token me
p11_kit
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
python3 "$CHECK_TOP/test/client/pe.py" boot.efi
cp boot.efi program.exe
head -c 20000 /dev/urandom >module.orig
howto "how-to: a key and a certificate" codesign key
tool --login --pin env:PIN --keypairgen --key-type EC:prime256v1 --label ec --id ec --usage-sign >/dev/null 2>&1
try "an EC key's certificate" openssl req -new -x509 -days 2 -engine pkcs11 -keyform engine -key "pkcs11:token=me;object=ec;type=private;pin-value=$PIN" \
	-subj /CN=ec -addext extendedKeyUsage=codeSigning -out ec.pem
openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -subj /CN=other -addext extendedKeyUsage=codeSigning -days 2 2>/dev/null

changed() { # FILE: the same with one byte of code changed
	cp "$1" changed
	printf '\xcc' | dd of=changed bs=1 seek=513 conv=notrunc 2>/dev/null
}
sign() { # CERTIFICATE LABEL PASSWORD-OPTIONS...
	local cert=$1 label=$2
	shift 2
	rm -f out.exe
	osslsigncode sign -pkcs11module "$MODULE" -certs "$cert" -key "pkcs11:token=me;object=$label;type=private" -h sha256 -in program.exe -out out.exe "$@"
}
export -f sign
no_output() { if [ -e "$2" ]; then fail "$CASE/$1: nothing is written" "$2 is there"; else pass "$CASE/$1: nothing is written"; fi; }
for suite in own backports; do
	package=osslsigncode
	[ $suite != own ] || package=osslsigncode/$codename
	tried "osslsigncode" "-"
	[ $suite = own ] || tried "osslsigncode of the backports" "-"
	if ! beside $suite "$package"; then
		skip "$CASE/$suite: osslsigncode" "$(cat beside.err)"
		continue
	fi
	tried "$CLIENT" "$(beside_version osslsigncode), through libp11's engine $(version libengine-pkcs11-openssl)"
	PATH=$BESIDE/usr/bin:$PATH
	rm -f program-signed.exe
	howto "$suite: how-to: osslsigncode" codesign osslsigncode
	said "$suite: osslsigncode verifies it" "Signature verification: ok"
	try "$suite: sbverify verifies it" sbverify --cert code.pem program-signed.exe
	refuse "$suite: sbverify knows another certificate" "failed" sbverify --cert other.pem program-signed.exe
	changed program-signed.exe
	refuse "$suite: sbverify sees a change" "fails hash check" sbverify --cert code.pem changed
	try "$suite: the PIN from a file, EC" sign ec.pem ec -readpass pin
	try "$suite: osslsigncode verifies it" osslsigncode verify -CAfile ec.pem -in out.exe
	try "$suite: SHA-512" sign code.pem code -readpass pin -h sha512
	rm -f cert.exe
	try "$suite: the certificate of the token" osslsigncode sign -pkcs11module "$MODULE" -pkcs11cert "pkcs11:token=me;object=code;type=cert" \
		-key "pkcs11:token=me;object=code;type=private" -readpass pin -in program.exe -out cert.exe
	try "$suite: sbverify verifies it" sbverify --cert code.pem cert.exe
	refuse "$suite: another key's certificate" "" sign ec.pem code -readpass pin
	no_output "$suite: another key's certificate" out.exe
	refuse "$suite: a wrong PIN" "PIN incorrect" sign code.pem code -pass wrong-pin
	no_output "$suite: a wrong PIN" out.exe
done

tried "sbsign" "$(version sbsigntool), through libp11's engine $(version libengine-pkcs11-openssl)"
howto "how-to: sbsign" codesign sbsign
said "sbverify verifies it" "Signature verification OK"
try "osslsigncode verifies it" osslsigncode verify -CAfile code.pem -in boot-signed.efi
changed boot-signed.efi
refuse "osslsigncode sees a change" "" osslsigncode verify -CAfile code.pem -in changed
printf %s "$PIN" >pin-only
try "the PIN from a file" sbsign --engine pkcs11 --key "pkcs11:token=me;object=code;type=private;pin-source=file:$PWD/pin-only" --cert code.pem --output file.efi boot.efi
try "sbverify verifies it" sbverify --cert code.pem file.efi
refuse "a wrong PIN" "Login failed" sbsign --engine pkcs11 --key "pkcs11:token=me;object=code;type=private;pin-value=wrong-pin" --cert code.pem --output no.efi boot.efi
no_output "a wrong PIN" no.efi

tried "pesign" "-"
if beside own pesign libefivar1 libpopt0; then
	tried pesign "$(beside_version pesign), through NSS $(version libnss3-tools)"
	mkdir db
	echo >empty
	certutil -N -d sql:db -f empty
	modutil -force -dbdir sql:db -add bulla -libfile "$MODULE" >/dev/null 2>&1
	PATH=$BESIDE/usr/bin:$PATH
	export LD_LIBRARY_PATH=$LIB PESIGN_LIB=$LIB
	howto "how-to: pesign" codesign pesign
	unset LD_LIBRARY_PATH
	try "sbverify verifies it" sbverify --cert code.pem boot-pesign.efi
else
	skip "$CASE/pesign" "$(cat beside.err)"
fi

# ---- the provider
tried "sign-file of the kernel" "-"
if provider && beside own linux-kbuild-6.1; then
	SIGN_FILE=$(find "$BESIDE" -name sign-file)
	export PROVIDER SIGN_FILE
	tried "$CLIENT" "Linux $(beside_version linux-kbuild-6.1), pkcs11-provider $PROVIDER_VERSION"
	cp module.orig module.ko
	howto "how-to: a kernel module" codesign sign-file
	cat >parts.py <<'END'
import struct
d = open("module.ko", "rb").read()
assert d.endswith(b"~Module signature appended~\n")
size = struct.unpack(">I", d[-32:-28])[0]
assert d[:-40 - size] == open("module.orig", "rb").read()
open("module.p7", "wb").write(d[-40 - size:-40])
END
	try "its signature is at the end" python3 parts.py
	try "openssl verifies it" openssl cms -verify -binary -purpose any -inform DER -in module.p7 -content module.orig -certfile code.pem -CAfile code.pem -out /dev/null
	uri_file code.key "pkcs11:token=me;object=code;type=private"
	if [ -n "$(command -v osslsigncode)" ]; then
		tried "osslsigncode and sbsign, with a key's file" "osslsigncode $(osslsigncode --version | sed -n 's/^osslsigncode \([0-9.]*\),.*/\1/p'), sbsign $(version sbsigntool), pkcs11-provider $PROVIDER_VERSION"
		howto "how-to: a key's file" codesign file
		try "sbverify verifies what sbsign signed" sbverify --cert code.pem boot-provider.efi
		try "and what osslsigncode did" sbverify --cert code.pem program-provider.exe
	fi
else
	skip "$CASE/the provider" "$(cat beside.err)"
fi

# ---- too many wrong PINs
lock_out
if [ -n "$(command -v osslsigncode)" ]; then
	tried "osslsigncode" "-"
	refuse "osslsigncode: a locked PIN" "PIN locked" sign code.pem code -readpass pin
fi
tried "sbsign" "-"
refuse "sbsign: a locked PIN" "PIN locked\|Login failed" sbsign --engine pkcs11 --key "pkcs11:token=me;object=code;type=private;pin-value=$PIN" --cert code.pem --output no.efi boot.efi
if [ -e boot-pesign.efi ]; then
	tried pesign "-"
	locked_pesign() { LD_LIBRARY_PATH=$PESIGN_LIB "$CHECK_TOP/test/client/typist.py" pesign -n sql:db -t me -c code -s -i boot.efi -o no-pesign.efi; }
	export -f locked_pesign
	refuse "pesign: a locked PIN" "pesign: " locked_pesign
	no_output "pesign: a locked PIN" no-pesign.efi
fi
if [ -e module.ko ]; then
	tried "sign-file of the kernel" "-"
	cp module.orig no.ko
	refuse "sign-file: a locked PIN" "^sign-file: " env OPENSSL_CONF="$PWD/sign.cnf" "$SIGN_FILE" sha256 "pkcs11:token=me;object=code;type=private" code.pem no.ko
	try "sign-file: the module is as it was" cmp module.orig no.ko
fi
