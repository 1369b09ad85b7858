#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# bulla seal: the ways in which a token opens, shown, added and taken away.
. "$(dirname "$0")/tool_lib.sh"

expect 2 "$bulla" seal
check 'a half command names its whole ones' said 'usage: bulla seal list'
expect 2 "$bulla" seal nonsense
expect 0 "$bulla" seal --help
check 'help of all of them' printed 'usage: bulla seal list'
expect 2 "$bulla" sea list

# Seals are shown as `status` shows them.
expect 0 "$bulla" seal list
check 'no token' printed 'no token'
token one
expect 0 "$bulla" seal list --json
check 'both seals, each with all that is known' json 'sorted((s["role"], s["source"], s["policy"], s["state"]) for s in j["tokens"][0]["seals"]) == [("so", "fake", "pin", "opens"), ("user", "fake", "pin", "opens")]'
check 'long ids and short ones' json 'all(len(s["id"]) == 32 and len(s["short_id"]) == 8 and s["id"].startswith(s["short_id"]) for s in j["tokens"][0]["seals"])'
check 'programs may rely on these names' json 'sorted(j["tokens"][0]) == ["effective", "label", "seals", "slot"] and sorted(j["tokens"][0]["seals"][0]) == ["changed_pcrs", "created", "detail", "id", "policy", "policy_named", "role", "short_id", "software", "source", "source_count", "state", "tries", "words", "would_open"] and sorted(j["tokens"][0]["effective"]) == ["one_source", "policy", "policy_named", "weakest"]'
cp "$dir/out" "$dir/seals"
expect 0 "$bulla" status --json
check 'status says the same' json 'j["tokens"][0]["seals"] == json.load(open("'"$dir/seals"'"))["tokens"][0]["seals"]'
expect 0 "$bulla" seal list --quick --json
check 'quick does not ask the source' json '"state" not in j["tokens"][0]["seals"][0]'
expect 0 "$bulla" seal list
check 'as text' printed 'seal 1:    user, fake, pin, made'
echo 'state=4' >"$dir/fake"
expect 3 "$bulla" seal list
: >"$dir/fake"

# Users by their names, for people; by their numbers for programs.
me=$(id -un) uid=$(id -u)
expect 0 "$bulla" init --label mine --policy pin+login=user --so=none --pin-file "$dir/pin"
expect 0 "$bulla" seal list --token mine --quick
check 'a user by name' printed "pin+login=user:$me"
expect 0 "$bulla" seal list --token mine --quick --json
check 'and by number' json "j['tokens'][0]['seals'][0]['policy'] == 'pin+login=user:$uid'"

# Adding. What is there already is refused, what is weaker is agreed to, all PIN seals of a role have one PIN.
opens() { "$bulla" list --token "$1" --pin-file "$dir/$2" >"$dir/out" 2>"$dir/err" </dev/null; }
seals() { "$bulla" seal list --quick --token "$1" --json >"$dir/out" 2>"$dir/err" </dev/null; }
secret wrong 9999
secret new abcdefgh
expect 1 "$bulla" seal add --token one --policy pin --pin-file "$dir/pin"
check 'the same seal once more is refused' said 'has such a seal'
expect 2 "$bulla" seal add --token one --policy pin --role nobody --pin-file "$dir/pin"
expect 2 "$bulla" seal add --token one --policy pcr=sha256:7 --role so
check 'a seal of the SO has a PIN' said '"pin" must be in its policy'
expect 2 "$bulla" seal add --token one --policy pin+pcr=sha256:7 --source nonsense --pin-file "$dir/pin"
expect 4 "$bulla" seal add --token one --policy pin+pcr=sha256:7 --pin-file "$dir/wrong"
expect 2 setsid "$bulla" seal add --token one --policy none
check 'a weaker seal is agreed to' said 'demands less'
check 'what it would be then is said first' said 'with this seal also: pin or none'
expect 4 "$bulla" seal add --token one --policy none --yes --pin-file "$dir/wrong"
check 'a weaker seal takes the PIN, too' said 'wrong PIN'
seals one
check 'nothing came of all this' json 'len(j["tokens"][0]["seals"]) == 2'

expect 0 "$bulla" seal add --token one --policy pin+pcr=sha256:7 --pin-file "$dir/pin" --json
check 'what was added is told' json 'j["label"] == "one" and len(j["id"]) == 32 and j["id"].startswith(j["short_id"]) and (j["role"], j["source"], j["policy"]) == ("user", "fake", "pin+pcr=sha256:7")'
check 'and what the token amounts to' json 'j["before"]["policy"] == "pin" and j["after"]["policy"] == "pin or pin+pcr=sha256:7"'
id=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["id"])' "$dir/out")
check 'it opens' opens one pin
echo 'pcr-changed=7' >"$dir/fake"
check 'the other one opens when it does not' opens one pin
: >"$dir/fake"
expect 0 "$bulla" seal add --token one --policy pin+pcr=sha256:7 --role so --so-pin-file "$dir/so"
seals one
check 'the SO has one, too' json 'sorted((s["role"], s["policy"]) for s in j["tokens"][0]["seals"]) == [("so", "pin"), ("so", "pin+pcr=sha256:7"), ("user", "pin"), ("user", "pin+pcr=sha256:7")]'
expect 0 "$bulla" pin --token one --pin-file "$dir/pin" --new-pin-file "$dir/new"
check 'a PIN change is for all of them' opens one new
check 'and the old PIN for none' not opens one pin
expect 0 "$bulla" seal add --token one --policy pin+pcr=sha256:7 --pin-file "$dir/new" --force
expect 0 "$bulla" seal add --token mine --policy pin --role so --pin-file "$dir/pin" --so-pin-file "$dir/so" --yes
check 'a first SO is made by the user' printed 'so, fake, pin'
expect 0 "$bulla" pin --token mine --reset --so-pin-file "$dir/so" --new-pin-file "$dir/pin"

# A token without a PIN: a weaker seal is the SO's to add, if there is one; a first PIN is new.
expect 0 "$bulla" init --label bound --policy pcr=sha256:7 --so-pin-file "$dir/so"
expect 4 "$bulla" seal add --token bound --policy none --yes --so-pin-file "$dir/wrong"
expect 0 "$bulla" seal add --token bound --policy none --yes --so-pin-file "$dir/so"
expect 0 "$bulla" seal add --token bound --policy pin+pcr=sha256:7 --pin-file "$dir/pin"
seals bound
check 'three of the user' json 'sorted(s["policy"] for s in j["tokens"][0]["seals"] if s["role"] == "user") == ["none", "pcr=sha256:7", "pin+pcr=sha256:7"]'

# Removing.
expect 2 "$bulla" seal remove --token one
check 'which seal is asked' said 'which seal'
expect 2 "$bulla" seal remove --token one xyz0
check 'an id is hex' said "is not a seal's id"
expect 2 "$bulla" seal remove --token one "${id:0:3}"
check 'and not too short' said "is not a seal's id"
expect 1 "$bulla" seal remove --token one 00000000000000000000000000000000
check 'an id that is none' said 'no such seal'
expect 2 "$bulla" seal remove --token one --source fake
check 'more than one' said '5 seals could be meant'
expect 0 "$bulla" seal list --token one --quick --json
id=$(python3 -c 'import json,sys; print(next(s["id"] for s in json.load(open(sys.argv[1]))["tokens"][0]["seals"] if s["role"]=="user" and "pcr" in s["policy"]))' "$dir/out")
expect 4 "$bulla" seal remove --token one "${id:0:8}" --pin-file "$dir/wrong"
expect 0 "$bulla" seal remove --token one "$(printf %s "${id:0:8}" | tr a-f A-F)" --pin-file "$dir/new" --json
check 'what was removed is told' json "j['id'] == '$id' and not j['forgotten'] and j['after']['policy'].startswith('pin')"
check 'what the source cannot forget is said' said 'cannot be told to forget'
seals one
check 'it is gone' json "'$id' not in [s['id'] for s in j['tokens'][0]['seals']] and len(j['tokens'][0]['seals']) == 4"
id=$(python3 -c 'import json,sys; print(next(s["id"] for s in json.load(open(sys.argv[1]))["tokens"][0]["seals"] if s["role"]=="so" and "pcr" in s["policy"]))' "$dir/out")
expect 4 "$bulla" seal remove --token one "$id" --pin-file "$dir/new" --so-pin-file "$dir/wrong"
check "the SO's is the SO's" said 'wrong PIN'
expect 0 "$bulla" seal remove --token one "$id" --so-pin-file "$dir/so"
expect 0 "$bulla" init --label last --so=none --pin-file "$dir/pin"
expect 1 "$bulla" seal remove --token last --role user --pin-file "$dir/pin"
check 'the last seal stays' said 'the last seal of a token stays'
token pair
expect 2 setsid "$bulla" seal remove --token pair --role user --pin-file "$dir/pin"
check "the user's last one is agreed to" said "the user's last seal"
expect 0 "$bulla" seal remove --token pair --role user --so --so-pin-file "$dir/so" --yes
expect 1 "$bulla" list --token pair --pin-file "$dir/pin"
expect 0 "$bulla" pin --reset --token pair --so-pin-file "$dir/so" --new-pin-file "$dir/new"
check 'the SO gives the user a new one' opens pair new
expect 2 setsid "$bulla" seal remove --token pair --role so --so-pin-file "$dir/so"
check "so is the SO's" said 'a forgotten PIN is final'
finish
