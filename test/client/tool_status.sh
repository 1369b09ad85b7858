#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# bulla status: what a token is bound to, whether it would open, and why not.
. "$(dirname "$0")/tool_lib.sh"

token one --policy pin+pcr=sha256:7
expect 0 "$bulla" status --json
check 'it would open' json 'j["tokens"][0]["would_open"] is True'
check 'each seal has role, source, policy, date' json 'all(s["source"] == "fake" and s["policy"] == "pin+pcr=sha256:7" and s["created"].endswith("Z") for s in j["tokens"][0]["seals"])'
check 'the effective policy is that of both' json 'j["tokens"][0]["effective"]["policy"] == "pin+pcr=sha256:7"'
check 'path, mode and writable' json '"token-" in j["tokens"][0]["store"]["path"] and j["tokens"][0]["store"]["mode"] == "0600" and j["tokens"][0]["store"]["writable"]'
check 'PIN tries are told' json 'j["tokens"][0]["seals"][0]["tries"]["left"] > 0'
expect 0 "$bulla" status
check 'as text' printed 'effective: pin+pcr=sha256:7'

why() { # SCRIPT STATE WORDS
	printf '%s\n' "$1" >"$dir/fake"
	expect 3 "$bulla" status --json
	check "$1: state $2" json "all(s['state'] == '$2' and not s['would_open'] for s in j['tokens'][0]['seals'])"
	expect 3 "$bulla" status
	check "$1: in words" printed "$3"
}
why 'pcr-changed=7' pcr-changed 'changed: PCR 7'
why 'foreign=1' foreign 'another machine'
why 'state=1' unavailable 'the trust source is away'
why 'state=4' locked 'too many wrong PINs'
why 'state=5' broken 'broken'
expect 0 "$bulla" status --quick --json
check 'quick does not ask the source' json 'j["tokens"][0]["would_open"] is None'
: >"$dir/fake"

# Asking spends no try, and opens nothing.
asked() { cut -d' ' -f1,4 "$dir/fake.count"; }
before=$(asked)
expect 0 "$bulla" status
check 'no try was spent, nothing was opened' test "$(asked)" = "$before"

# Wrong PINs are counted, the weakest seal is named.
secret wrong 9999
expect 4 "$bulla" list --pin-file "$dir/wrong"
expect 0 "$bulla" status --json
check 'one try less' json 'next(s["tries"]["failed"] for s in j["tokens"][0]["seals"] if s["role"] == "user") == 1'
check 'the source counts, too' json 'j["tokens"][0]["seals"][0]["source_count"]["failed"] == 1'
expect 0 "$bulla" init --label open --policy none --yes --so-pin-file "$dir/so"
expect 0 "$bulla" status --token open --json
check 'the weakest seal decides' json 'j["tokens"][0]["effective"]["weakest"] == "user" and "none" in j["tokens"][0]["effective"]["policy"]'


# The token's own count refuses before the source does, and status does not promise what it cannot keep.
for _ in 1 2 3 4; do expect 4 "$bulla" list --token one --pin-file "$dir/wrong"; done
expect 3 "$bulla" status --token one --json
check 'the user cannot open it, the SO can' json '[(s["role"], s["state"], s["would_open"]) for s in j["tokens"][0]["seals"]] == [("user", "locked", False), ("so", "opens", True)]'
expect 3 "$bulla" status --token one
check 'who refuses' printed 'the token refuses by itself'

printf 'nonsense' >"$dir/store/token-00000001.db"
chmod 600 "$dir/store/token-00000001.db"
expect 3 "$bulla" status --token 1
check 'a file that is none is said' printed 'cannot be read'

# A store that is left out: no token is not all that there is to say.
chmod 777 "$dir/store"
expect 3 "$bulla" status
check 'which store, and why' printed 'may be written by everybody'
expect 3 "$bulla" status --json
check 'programs are told, too' json 'j["tokens"] == [] and [(s["there"], s["used"], "everybody" in s["error"]) for s in j["stores"]] == [(True, False, True)]'
chmod 700 "$dir/store"
BULLA_STORE=$dir/nowhere expect 0 "$bulla" status
check 'a store that is not there yet' printed 'is not there yet'
finish
