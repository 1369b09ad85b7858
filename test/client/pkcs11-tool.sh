#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# OpenSC's pkcs11-tool: its own test, and each kind of key made, used and compared with openssl.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
tried "OpenSC (pkcs11-tool)" "$(version opensc)"
echo "the text" >text
in=(tool --login --pin env:PIN)

for key in rsa:2048=01 rsa:3072=02 EC:prime256v1=03 EC:secp384r1=04 EC:secp521r1=05; do
	try "keypairgen ${key%=*}" "${in[@]}" --keypairgen --key-type "${key%=*}" --id "${key#*=}" --label "${key%=*}" --usage-sign --usage-decrypt --usage-derive
done
try "keypairgen EC:edwards25519" "${in[@]}" --keypairgen --key-type EC:edwards25519 --id 06 --label ed
try "keygen AES:32" "${in[@]}" --keygen --key-type AES:32 --id 07 --label aes
try "keygen GENERIC:32" "${in[@]}" --keygen --key-type GENERIC:32 --id 08 --label generic
try "list objects" "${in[@]}" --list-objects
for label in rsa:2048 EC:secp384r1 aes; do said "list has $label" "label: *$label"; done
try "list mechanisms" tool --list-mechanisms
said "mechanisms have ECDSA-SHA256" ECDSA-SHA256

for id in 01 03; do public_key $id pub$id.pem; done
try "read-object reads an RSA key" "${in[@]}" --read-object --type pubkey --id 01 --output-file rsa.der
try "which is what p11tool exports" cmp <(openssl pkey -pubin -inform DER -in rsa.der -outform DER) <(openssl pkey -pubin -in pub01.pem -outform DER)
# a certificate that comes later gets its key's id, and one for a key that is not here an id of its own
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2 2>/dev/null
for id in 01 03; do
	openssl x509 -new -force_pubkey "pub$id.pem" -key ca.key -subj "/CN=of $id" -days 2 -out "cert$id.pem"
	try "bulla imports a certificate for $id" "$BULLA" import --token clients --label "of-$id" --pin-file pin "cert$id.pem"
	said "with its key's id, $id" "id $id "
done
try "bulla imports a certificate without a key" "$BULLA" import --token clients --label authority --pin-file pin ca.pem
said "with an id of its own" "id [0-9a-f]\{40\} "

sign() { # ID MECHANISM OPENSSL-DGST-OPTION... ; extra options of pkcs11-tool in EXTRA
	local id=$1 mech=$2
	shift 2
	rm -f sig
	# shellcheck disable=SC2086 # words
	tool --login --pin env:PIN --sign --id "$id" --mechanism "$mech" ${EXTRA:-} --input-file text --output-file sig &&
		openssl dgst "$@" -verify "pub$id.pem" -signature sig text
}
export -f sign
try "SHA256-RSA-PKCS" sign 01 SHA256-RSA-PKCS -sha256
try "SHA512-RSA-PKCS" sign 01 SHA512-RSA-PKCS -sha512
export EXTRA="--salt-len 32"
try "SHA256-RSA-PKCS-PSS" sign 01 SHA256-RSA-PKCS-PSS -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32
export EXTRA="--signature-format openssl"
try "ECDSA-SHA256" sign 03 ECDSA-SHA256 -sha256
try "ECDSA-SHA384" sign 03 ECDSA-SHA384 -sha384
cp text other && echo more >>other
refuse "a signature is for its text only" "" openssl dgst -sha384 -verify pub03.pem -signature sig other

decrypt() { # MECHANISM PADDING-OPTIONS...
	local mech=$1
	shift
	openssl pkeyutl -encrypt -pubin -inkey pub01.pem "$@" -in text -out cipher || return
	# shellcheck disable=SC2086 # words
	tool --login --pin env:PIN --decrypt --id 01 --mechanism "$mech" ${EXTRA:-} --input-file cipher --output-file plain && cmp text plain
}
export -f decrypt
export EXTRA=
try "decrypt RSA-PKCS" decrypt RSA-PKCS -pkeyopt rsa_padding_mode:pkcs1
EXTRA="--hash-algorithm SHA256 --mgf MGF1-SHA256"
try "decrypt RSA-PKCS-OAEP" decrypt RSA-PKCS-OAEP -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256
EXTRA=

derive() {
	openssl ecparam -name prime256v1 -genkey -noout -out peer.pem &&
		openssl pkey -in peer.pem -pubout -outform DER -out peer.der &&
		openssl pkeyutl -derive -inkey peer.pem -peerkey pub03.pem -out shared &&
		tool --login --pin env:PIN --derive --id 03 --mechanism ECDH1-DERIVE --input-file peer.der --output-file derived && cmp shared derived
}
export -f derive
try "derive ECDH1" derive

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -outform DER -out import.der 2>/dev/null
openssl pkey -inform DER -in import.der -pubout -out pub0a.pem 2>/dev/null
try "import a key" "${in[@]}" --write-object import.der --type privkey --id 0a --label imported --usage-sign
export EXTRA="--signature-format openssl"
try "sign with the imported key" sign 0a ECDSA-SHA256 -sha256
EXTRA=
try "write data" "${in[@]}" --write-object text --type data --label words --application-label test
try "delete a key" "${in[@]}" --delete-object --type privkey --id 0a
refuse "the deleted key is gone" "not found" "${in[@]}" --sign --id 0a --mechanism ECDSA --input-file text --output-file sig
PIN=wrong-one refuse "a wrong PIN" CKR_PIN_INCORRECT "${in[@]}" --list-objects
try "change the PIN" "${in[@]}" --change-pin --new-pin "${PIN}9"
refuse "the old PIN no longer opens" CKR_PIN_INCORRECT "${in[@]}" --list-objects
PIN=${PIN}9
try "the new PIN opens" "${in[@]}" --list-objects
LIMIT=180 try "--test --login" "${in[@]}" --test
said "--test finds no errors" "No errors"
for curve in prime256v1 secp384r1 secp521r1; do
	# without --session-rw it makes a token's key in a session that may only read
	try "--test-ec $curve" "${in[@]}" --session-rw --test-ec --key-type "EC:$curve" --id 99
	said "--test-ec $curve finds no errors" "==> OK"
done
