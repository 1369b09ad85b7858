#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# bulla init: policies, roles, labels, and what is refused.
. "$(dirname "$0")/tool_lib.sh"

token one --json
check 'what was made is told' json 'j["label"] == "one" and j["policy"] == "pin" and j["so"] and j["slot"] > 0'
check 'the store is for its owner alone' test "$(stat -c %a "$dir/store")" = 700
check 'so are its files' test -z "$(find "$dir/store" -type f -perm /077)"
expect 0 "$bulla" status --quick --json
check 'both seals are there' json 'sorted(s["role"] for s in j["tokens"][0]["seals"]) == ["so", "user"]'

expect 0 "$bulla" init --label pcr --policy pin+pcr=sha256:7,11 --so=none --pin-file "$dir/pin" --json
check 'a policy is shown back canonically' json 'j["policy"] == "pin+pcr=sha256:7,11" and not j["so"]'
expect 0 "$bulla" init --label open --policy pcr=sha256:7 --so=none
check 'a token without a PIN asks for none' printed 'pcr=sha256:7'
expect 0 "$bulla" init --label took --policy pcr=sha256:7 --no-pin --so=none
expect 2 "$bulla" init --label x --policy pin --no-pin --so=none
check 'contradictions are said' said 'contradicts'

expect 2 "$bulla" init --label wide --policy none --so=none
check 'an open door asks, and there is nobody to ask' said -- '--yes agrees'
expect 0 "$bulla" init --label wide --policy none --so=none --yes

expect 1 "$bulla" init --label x --policy pcr=sha1:7 --so=none
check 'a bank of SHA-1 needs --force' said 'force'
expect 0 "$bulla" init --label old --policy pcr=sha1:7 --force --so=none
for p in pcr=sha256:16 pcr=sha256:23 pcr=sha256:24 pcr=sha256: pcr=md5:7 'pin+pin' x ''; do
	expect 1 "$bulla" init --label x --policy "$p" --so=none --pin-file "$dir/pin"
	check "policy \"$p\" is refused in form" error_in_form
done

expect 2 "$bulla" init --so=none
check 'a token needs a name' said 'needs a name'
expect 2 "$bulla" init --label 123456789012345678901234567890123 --so=none
check 'a label has 32 bytes' said 'at most 32 bytes'
expect 2 "$bulla" init --label x --so=maybe
expect 2 "$bulla" init --label x --so
secret short 123
expect 1 "$bulla" init --label x --so=none --pin-file "$dir/short"
check 'a PIN of 3 bytes is refused' said '4 to 255 bytes'
expect 2 "$bulla" init --label x --so=none --source nonsense --pin-file "$dir/pin"
check 'an unknown source is refused in form' error_in_form

echo 'fail-seal=E_UNAVAILABLE' >"$dir/fake"
expect 3 "$bulla" init --label x --so=none --pin-file "$dir/pin"
: >"$dir/fake"
expect 0 "$bulla" list --json
check 'nothing of what was refused is there' json '{t["label"] for t in j["tokens"]} == {"one", "pcr", "open", "took", "wide", "old"}'

# A label that would play with the terminal is shown harmless.
expect 0 "$bulla" init --label $'a\e[2Jb' --so=none --pin-file "$dir/pin"
expect 0 "$bulla" list
check 'control characters are not printed' printed 'a\x1b[2Jb'

expect 0 "$bulla" init --label there --so=none --pin-file "$dir/pin" --store "$dir/elsewhere"
check '--store makes it there' test -d "$dir/elsewhere"
finish
