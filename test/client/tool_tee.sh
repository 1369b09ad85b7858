#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# The command with a TEE: tokens made, bound, locked, unblocked; two sources in one token; what is said when.
. "$(dirname "$0")/tool_lib.sh"
. "$(dirname "$0")/tool_tee_lib.sh"
me=$(id -un) uid=$(id -u)
secret wrong 9999
secret new abcdefgh
opens() { "$bulla" list --token "$1" --pin-file "$dir/$2" >"$dir/out" 2>"$dir/err" </dev/null; }
user='next(s for s in j["tokens"][0]["seals"] if s["role"] == "user")'

# What a TEE can be bound to is said before any PIN is asked for.
expect 1 setsid "$bulla" init --label x --policy pin+pcr=sha256:7
check 'PCRs are none of it' said 'cannot bind a seal to PCRs'
check 'what it can is said' said 'policies of tee are made of: pin, login=WHO'
expect 1 setsid "$bulla" init --label x --policy pin+login=user:12345
check 'nor is somebody else' said 'and you are not'
expect 1 setsid "$bulla" init --label x --policy login=group:12345
check 'nor a group that is not ours' said 'and you are not'
expect 1 "$bulla" init --label x --policy login=group:no-such-group
check 'a group that is none' said 'no such group'
expect 2 setsid "$bulla" init --label x --policy login=public --so=none
check 'a seal that is open to everybody is agreed to' said 'every program'

# A configured policy is one for the configured source.
printf 'source = fake\npolicy = pin+pcr=sha256:7\n' >"$dir/bulla.conf"
token other --source tee --json
check 'another source gets a policy that fits' json 'j["policy"] == "pin" and j["source"] == "tee"'
check 'and that is said' said 'is not one for tee'
printf 'source = tee\npolicy = pin+pcr=sha256:7\n' >"$dir/bulla.conf"
expect 1 "$bulla" init --label x --so=none
check 'one that the configured source cannot is refused' said 'cannot bind a seal to PCRs'
printf 'source = tee\n' >"$dir/bulla.conf"

token one --policy pin+login=user
expect 0 "$bulla" status --token one --json
check "the SO's seal is bound to the same user" json "all(s['policy'] == 'pin+login=user:$uid' and s['policy_named'] == 'pin+login=user:$me' and s['would_open'] for s in j['tokens'][0]['seals'])"
check 'so the token is as safe as was asked' json "j['tokens'][0]['effective']['policy'] == 'pin+login=user:$uid'"
check 'the count is the TEE'"'"'s' json "${user}['source_count'] == {'locked': False, 'failed': 0, 'max': 10, 'interval_s': 0, 'recovery_s': 0, 'unblocks': 'so'} and ${user}['tries']['left'] == 10"
check 'a development key is said' json 'all(s["development_huk"] for s in j["tokens"][0]["seals"])'
expect 0 "$bulla" status --token one
check 'names in the text' printed "pin+login=user:$me"
check 'no time heals, and that is said' printed 'never forgets one: a right PIN ends the count, the SO unblocks'

# Somebody else.
check 'another user can be had' somebody true
expect 3 somebody "$bulla" status --token one --json
check 'is refused by what the seal is bound to' json 'all(s["state"] == "identity" for s in j["tokens"][0]["seals"])'
expect 3 somebody "$bulla" list --token one --pin-file "$dir/pin"
check 'and told so' said 'sealed for another user or group'
expect 0 "$bulla" status --token one --json
check 'which costs no try' json "${user}['source_count']['failed'] == 0"

# Locked, and unblocked by the SO.
for _ in 1 2 3; do expect 4 "$bulla" list --token one --pin-file "$dir/wrong"; done
expect 0 "$bulla" status --token one --json
check 'wrong PINs count' json "${user}['tries'] == {'failed': 3, 'allowed': 10, 'left': 7, 'locked': False}"
check 'a right one ends the count' opens one pin
expect 0 "$bulla" status --token one --json
check 'it did' json "${user}['tries']['left'] == 10"
for _ in 1 2 3 4 5 6 7 8 9 10; do expect 4 "$bulla" list --token one --pin-file "$dir/wrong"; done
expect 4 "$bulla" list --token one --pin-file "$dir/pin"
check 'ten lock' said 'too many wrong PINs'
check 'the way out is said' said 'bulla pin --reset'
expect 3 "$bulla" status --token one --json
check 'locked' json "${user}['state'] == 'locked' and ${user}['tries']['locked']"
expect 3 "$bulla" status --token one
check 'and for good' printed 'no time ends that'
expect 0 "$bulla" pin --token one --reset --so-pin-file "$dir/so" --new-pin-file "$dir/new"
check 'the SO ends it' opens one new

# What was replaced is refused, copies of the store included.
cp -a "$dir/store" "$dir/before"
expect 0 "$bulla" pin --token one --pin-file "$dir/new" --new-pin-file "$dir/pin" --json
check 'nothing opens with the old PIN any more' json 'j["old_copies_open_by"] == []'
check 'and that is said' said 'tee refuses the old PIN'
expect 3 "$bulla" status --token one --store "$dir/before" --json
check 'a copy from before is revoked' json "${user}['state'] == 'revoked'"
expect 3 "$bulla" list --token one --pin-file "$dir/new" --store "$dir/before"
check 'the new one opens' opens one pin

# Keys, and damage.
openssl ecparam -name prime256v1 -genkey -noout -out "$dir/ec.pem" 2>/dev/null
expect 0 "$bulla" import --token one --label k --pin-file "$dir/pin" "$dir/ec.pem"
expect 0 "$bulla" check --token one --pin-file "$dir/pin" --json
check 'sound' json 'j["well"] and j["verified"] and j["sound"] == 2'
expect 0 "$bulla" check --token one --so-pin-file "$dir/so"

# Without the TEE, and with another one.
expect 3 without_tee "$bulla" status --token one
check 'away, and why' printed 'no TEE'
expect 3 without_tee "$bulla" list --token one --pin-file "$dir/pin"
expect 0 without_tee "$bulla" list --token one
check 'listed all the same' printed '"one"'
expect 3 without_tee "$bulla" init --label x --pin-file "$dir/pin" --so-pin-file "$dir/so"
check 'no token without it' said 'no TEE'
echo 'huk 000102030405060708090a0b0c0d0e0f' >"$BULLA_FAKE_TEE/script"
expect 3 "$bulla" status --token one --json
check "another machine's" json 'all(s["state"] == "foreign" for s in j["tokens"][0]["seals"])'
rm "$BULLA_FAKE_TEE/script"

# Two sources. One that is away is said before any PIN is asked for; one that is hollow is agreed to.
token both
expect 3 without_tee setsid "$bulla" seal add --token both --policy pin+login=user
check 'away' said 'the trust source tee is away'
expect 2 setsid "$bulla" seal add --token both --source fake --policy pin+pcr=sha256:7
check 'a source that protects nothing is agreed to' said 'protects nothing'
expect 0 "$bulla" seal add --token both --source fake --policy pin+pcr=sha256:7 --pin-file "$dir/pin" --yes --json
check 'each with its source' json 'j["after"]["policy"] == "pin on tee or pin+pcr=sha256:7 on fake"'
expect 0 "$bulla" status --token both
check 'as text' printed 'effective: pin on tee or pin+pcr=sha256:7 on fake (each source opens it alone: the weakest decides)'
expect 0 without_tee "$bulla" status --token both
expect 0 without_tee "$bulla" list --token both --pin-file "$dir/pin"
echo 'foreign=1' >"$dir/fake"
check 'whichever' opens both pin
: >"$dir/fake"
expect 3 without_tee "$bulla" pin --token both --pin-file "$dir/pin" --new-pin-file "$dir/new"
check 'a PIN change takes both' said 'nothing was changed'
check 'and changes neither' opens both pin
expect 0 "$bulla" pin --token both --pin-file "$dir/pin" --new-pin-file "$dir/new" --json
check 'or changes both' json 'j["old_copies_open_by"] == ["fake"]'
check 'what is left of the old PIN is said of each' said 'on this machine (fake)'
check 'of each' said 'tee refuses the old PIN'

# Removing: the TEE forgets, and where it could not, that is said.
cp -a "$dir/store" "$dir/before2"
expect 0 "$bulla" seal remove --token both --source tee --role user --pin-file "$dir/new" --json
check 'forgotten' json 'j["forgotten"] and j["source"] == "tee"'
expect 0 "$bulla" status --token both --store "$dir/before2" --json
check 'a copy opens there no more' json 'next(s for s in j["tokens"][0]["seals"] if s["source"] == "tee" and s["role"] == "user")["would_open"] is False'
expect 0 "$bulla" seal add --token both --source tee --policy pin --pin-file "$dir/new"
expect 0 without_tee "$bulla" seal remove --token both --source tee --role user --pin-file "$dir/new" --json
check 'not forgotten' json 'j["forgotten"] is False'
check 'which is said' said 'tee was away, or refused'

# A seal that this build cannot open is no damage, but it is named.
expect 0 "$bulla" check --token both --quick --json
check 'all sources are known here' json 'j["seals"] == 2 and j["unknown_sources"] == [] and j["well"]'
expect 0 "$2" check --token both --quick --json
check 'not to a build without one' json 'j["unknown_sources"] == ["fake"] and j["well"]'
expect 0 "$2" check --token both --quick
check 'as text' printed 'which this build has not'
expect 3 "$2" status --token both
check 'nor would it open there' printed 'this build has no such trust source'
finish
