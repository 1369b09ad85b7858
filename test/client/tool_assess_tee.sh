#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# bulla assess with a TEE: which assumptions, what is seen of them, what it means for tokens.
. "$(dirname "$0")/tool_lib.sh"
. "$(dirname "$0")/tool_tee_lib.sh"
holds() { json "next(a['holds'] for a in j['assumptions'] if a['assumption'] == '$1') == '$2'"; }
means() { json "any('$2' in m for t in j['tokens'] if t['label'] == '$1' for m in t['means'])"; }

token one
expect 0 "$bulla" init --label mine --policy login=user --so=none
expect 0 "$bulla" init --label both --source fake --pin-file "$dir/pin" --so=none
expect 0 "$bulla" seal add --token both --source tee --policy pin --pin-file "$dir/pin" --yes
expect 0 "$bulla" assess --json
check 'every source that is used' json '[(s["name"], s["configured"], s["available"]) for s in j["sources"]] == [("tee", True, True), ("fake", False, True)]'
check 'what it says of itself' json 'j["sources"][0]["maker"] and j["sources"][0]["version"] == "1.2.3" and j["sources"][0]["anti_rollback"] == 0 and not j["sources"][0]["rpmb"] and "banks" not in j["sources"][0]'
check 'programs may rely on these names' json 'sorted(j) == ["assumptions", "sources", "tokens", "weaknesses"] and sorted(j["sources"][0]) == ["anti_rollback", "available", "configured", "detail", "development_huk", "implementation", "maker", "name", "rpmb", "version"] and sorted(j["tokens"][0]) == ["effective", "label", "means", "slot"] and all(sorted(w) == ["certain", "id", "means", "reach", "what"] for w in j["weaknesses"])'
check 'findings name their source' json 'all(a["source"] == ("tee" if a["assumption"].startswith("A-tee-") else "fake") for a in j["assumptions"] if "source" in a)'
documented=$(sed -n 's/^| \(A-[a-z-]*\) .*/\1/p' "$(dirname "$0")/../../docs/threat-model/README.md")
check 'the threat model lists assumptions about TEEs' grep -q A-tee-huk <<<"$documented"
export documented
check 'with a TPM and a TEE every assumption of the threat model is assessed, and no other' json '{a["assumption"] for a in j["assumptions"]} == set(__import__("os").environ["documented"].split())'
check 'what does not hold, or is not known, says what follows' json 'all(a["means"] for a in j["assumptions"] if a["holds"] != "yes")'
check 'a development key' holds A-tee-huk no
check 'storage that can be put back' holds A-tee-rollback no
for a in A-tee-signing A-tee-identity A-tee-memory A-tee-supplicant; do
	check "$a cannot be seen from here" holds $a unknown
done
check 'a PIN under a development key' means one 'only the PIN, stretched by scrypt'
check 'a count that can be put back' means one 'the count bounds neither'
check 'anybody may lock it' means one 'may try PINs'
check 'a development key alone' means mine 'has the keys'
check 'a user' means mine 'every program of the user or group'
check 'two sources' means both 'the weakest of them'
check 'each by its name' means both 'tee: needs a PIN'
check 'and' means both 'fake: needs a PIN'
check 'and no copy is said to be safe' json 'not any("on no other machine" in m for t in j["tokens"] if t["label"] == "one" for m in t["means"])'
expect 3 "$bulla" assess --strict
expect 0 "$bulla" assess
check 'as text' printed 'anti-rollback level 0'

printf 'huk 000102030405060708090a0b0c0d0e0f\nrollback 1000 1\n' >"$BULLA_FAKE_TEE/script"
expect 0 "$bulla" assess --json
check 'another key is not known to be well' holds A-tee-huk unknown
check 'RPMB holds' holds A-tee-rollback yes
check 'the count bounds' means one 'as many tries as'
check 'a copy opens nowhere else' means one 'on no other machine'
printf 'rollback 100 0\n' >"$BULLA_FAKE_TEE/script"
expect 0 "$bulla" assess --json
check "level 100 is the normal world's promise, and none" holds A-tee-rollback no
rm "$BULLA_FAKE_TEE/script"

expect 0 without_tee "$bulla" assess --json
check 'a TEE that is away' json 'not j["sources"][0]["available"] and "no TEE" in j["sources"][0]["detail"]'
check 'opens nothing' holds A-tee-supplicant no
check 'and the rest is not known' holds A-tee-huk unknown
check 'nor is it called safe' means one 'the count bounds neither'
expect 3 without_tee "$bulla" assess --strict
finish
