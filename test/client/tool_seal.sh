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
finish
