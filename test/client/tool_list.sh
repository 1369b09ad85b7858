#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# bulla list: tokens, public attributes, private objects with a PIN only.
. "$(dirname "$0")/tool_lib.sh"

expect 0 "$bulla" list
check 'nothing is said to be nothing' printed 'no token'
token one
token two
openssl ecparam -name prime256v1 -genkey -noout -out "$dir/ec.pem" 2>/dev/null
expect 0 "$bulla" import --token one --label mine --pin-file "$dir/pin" "$dir/ec.pem"

expect 0 "$bulla" list --json
check 'both tokens' json '[t["label"] for t in j["tokens"]].__len__() == 2'
check 'the public key is seen without a PIN' json '[o["class"] for t in j["tokens"] for o in t["objects"]] == ["public-key"]'
expect 0 "$bulla" list --token one --pin-file "$dir/pin" --json
check 'with the PIN also the private key' json '{o["class"] for o in j["tokens"][0]["objects"]} == {"public-key", "private-key"}'
check 'it is sensitive and not extractable' json 'next({"private", "sensitive"} <= set(o["flags"]) and not {"extractable", "made-here", "always-sensitive", "never-extractable"} & set(o["flags"]) for o in j["tokens"][0]["objects"] if o["class"] == "private-key")'
check 'curve, label and id are told' json 'all(o["curve"] == "prime256v1" and o["label"] == "mine" and len(o["id"]) == 40 for o in j["tokens"][0]["objects"])'
expect 0 "$bulla" list --token one
check 'the text has it, too' printed 'public-key  EC prime256v1 "mine"'

expect 0 "$bulla" list --json --token one
slot=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["tokens"][0]["slot"])' "$dir/out")
serial=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["tokens"][0]["serial"])' "$dir/out")
for name in "$slot" "$serial" "$(printf '0x%x' "$slot")"; do
	expect 0 "$bulla" list --token "$name" --json
	check "a token is found by $name" json '[t["label"] for t in j["tokens"]] == ["one"]'
done
expect 1 "$bulla" list --token three
check 'a token that is not there is an error in form' error_in_form
secret wrong 9999
expect 4 "$bulla" list --token one --pin-file "$dir/wrong"
check 'a wrong PIN is said' said 'wrong PIN'

# A file that is none does not hide the others.
printf 'nonsense' >"$dir/store/token-00000001.db"
chmod 600 "$dir/store/token-00000001.db"
expect 3 "$bulla" list --json
check 'the others are listed' json 'sum("objects" in t for t in j["tokens"]) == 2 and sum("error" in t for t in j["tokens"]) == 1'
finish
