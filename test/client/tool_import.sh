#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# bulla import: every form of key and certificate that openssl writes; id is SHA-1 of the public key.
. "$(dirname "$0")/tool_lib.sh"

token one
import() { expect 0 "$bulla" import --pin-file "$dir/pin" --json "$@"; }
id_of() { # FILE: SHA-1 of the subjectPublicKey, as openssl finds it
	openssl pkey -in "$1" -passin pass:opensesame -pubout -outform DER 2>/dev/null |
		python3 -c 'import sys,hashlib
d=sys.stdin.buffer.read()
def tlv(b):
    n,h=b[1],2
    if n&128: h=2+(n&127); n=int.from_bytes(b[2:h],"big")
    return b[h:h+n],b[h+n:]
alg_and_bits=tlv(d)[0]; bits=tlv(tlv(alg_and_bits)[1])[0]
print(hashlib.sha1(bits[1:]).hexdigest())'
}
keys() { # NAME GENERATE...
	local name=$1
	shift
	check "openssl makes $name" openssl genpkey "$@" -out "$dir/$name.pem"
	openssl pkcs8 -topk8 -nocrypt -in "$dir/$name.pem" -outform DER -out "$dir/$name.der"
	openssl pkey -in "$dir/$name.pem" -aes-256-cbc -passout pass:opensesame -out "$dir/$name.enc"
	openssl pkey -in "$dir/$name.pem" -pubout -out "$dir/$name.pub"
}
keys rsa -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -quiet
keys ec -algorithm EC -pkeyopt ec_paramgen_curve:P-256
keys ec384 -algorithm EC -pkeyopt ec_paramgen_curve:P-384
keys ed -algorithm ED25519
keys x25519 -algorithm X25519
secret pass opensesame
secret nopass closesesame
for name in rsa ec ec384 ed x25519; do
	id=$(id_of "$dir/$name.pem")
	import --label "$name" "$dir/$name.pem"
	check "$name.pem has id $id" json "[(i['class'], i['id']) for i in j['imported']] == [('private-key', '$id')]"
	import --label "$name-der" "$dir/$name.der"
	check "$name.der has the same" json "j['imported'][0]['id'] == '$id'"
	import --label "$name-enc" --passphrase-file "$dir/pass" "$dir/$name.enc"
	check "$name.enc has the same" json "j['imported'][0]['id'] == '$id'"
	import --label "$name-pub" "$dir/$name.pub"
	check "$name.pub has the same" json "[(i['class'], i['id']) for i in j['imported']] == [('public-key', '$id')]"
	expect 1 "$bulla" import --pin-file "$dir/pin" --passphrase-file "$dir/nopass" "$dir/$name.enc"
	check "a wrong passphrase is said" said 'wrong passphrase'
done
openssl req -x509 -new -key "$dir/ec.pem" -subj /CN=test -days 1 -out "$dir/cert.pem" 2>/dev/null
openssl x509 -in "$dir/cert.pem" -outform DER -out "$dir/cert.der"
id=$(id_of "$dir/ec.pem")
import --label cert "$dir/cert.pem"
check 'a certificate has its key'"'"'s id' json "[(i['class'], i['id']) for i in j['imported']] == [('certificate', '$id')]"
import --label cert-der "$dir/cert.der"
check 'in DER, too' json "j['imported'][0]['id'] == '$id'"
cat "$dir/ec.pem" "$dir/cert.pem" >"$dir/both.pem"
import --label both "$dir/both.pem"
check 'a file with both brings both' json 'sorted(i["class"] for i in j["imported"]) == ["certificate", "private-key"]'
openssl rsa -in "$dir/rsa.pem" -traditional -out "$dir/rsa1.pem" 2>/dev/null
openssl ec -in "$dir/ec.pem" -out "$dir/sec1.pem" 2>/dev/null
import "$dir/rsa1.pem"
import "$dir/sec1.pem"

expect 1 "$bulla" import --pin-file "$dir/pin" "$dir/none"
check 'no file' error_in_form
expect 1 "$bulla" import --pin-file "$dir/pin" /dev/null
check 'an empty file' said 'no key and no certificate'
head -c 20000 /dev/urandom >"$dir/noise"
expect 1 "$bulla" import --pin-file "$dir/pin" "$dir/noise"
check 'noise' error_in_form
expect 4 "$bulla" import --pin-file "$dir/so" "$dir/ec.pem"
check 'a wrong PIN' said 'wrong PIN'

expect 0 "$bulla" list --pin-file "$dir/pin" --json
cp "$dir/out" "$dir/listed"
check 'every private key is sensitive, none extractable, none said to be made here' json 'all("sensitive" in o["flags"] and not {"extractable", "made-here", "always-sensitive", "never-extractable"} & set(o["flags"]) for o in j["tokens"][0]["objects"] if o["class"] == "private-key")'
check 'each has a public key of the same id' json '(lambda O: {o["id"] for o in O if o["class"] == "private-key"} <= {o["id"] for o in O if o["class"] == "public-key"})(j["tokens"][0]["objects"])'
expect 0 "$bulla" check --pin-file "$dir/pin"

# No part of a private key is in the store as it came in.
d=$(openssl ec -in "$dir/ec.pem" -noout -text 2>/dev/null | sed -n '/^priv:/,/^pub:/p' | grep '^ ' | tr -d ' :\n')
check 'the private value was found' test ${#d} -ge 64
check 'it is not in the store' not grep -qF "${d: -64}" <(cat "$dir"/store/* | od -An -v -tx1 | tr -d ' \n')
finish
