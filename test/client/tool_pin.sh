#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# bulla pin: the user's, the SO's, the user's by the SO.
. "$(dirname "$0")/tool_lib.sh"

opens() { "$bulla" list --token "$1" --pin-file "$dir/$2" >"$dir/out" 2>"$dir/err" </dev/null; }
token one
secret new abcdefgh
secret wrong 9999

expect 4 "$bulla" pin --pin-file "$dir/wrong" --new-pin-file "$dir/new"
check 'the wrong PIN changes nothing' opens one pin
expect 0 "$bulla" pin --pin-file "$dir/pin" --new-pin-file "$dir/new"
check 'old copies are warned of' said 'still opens with the old PIN'
check 'the new PIN opens' opens one new
check 'the old one does not' not opens one pin

secret short 123
expect 1 "$bulla" pin --pin-file "$dir/new" --new-pin-file "$dir/short"
check 'a PIN of 3 bytes is refused' said '4 to 255 bytes'
check 'and changes nothing' opens one new

expect 0 "$bulla" pin --reset --so-pin-file "$dir/so" --new-pin-file "$dir/pin" --json
check 'reset by the SO' json 'j["reset"] and j["changed"] == "user"'
check 'the PIN that was set opens' opens one pin

secret so2 88887777
expect 0 "$bulla" pin --so --so-pin-file "$dir/so" --new-pin-file "$dir/so2"
expect 4 "$bulla" pin --reset --so-pin-file "$dir/so" --new-pin-file "$dir/pin"
expect 0 "$bulla" pin --reset --so-pin-file "$dir/so2" --new-pin-file "$dir/new"
check 'the new SO PIN resets' opens one new

expect 2 "$bulla" pin --so --reset
expect 0 "$bulla" init --label lone --so=none --pin-file "$dir/pin"
expect 2 "$bulla" pin --pin-file "$dir/pin" --new-pin-file "$dir/new"
check 'which token is asked for' said -- '--token'
expect 1 "$bulla" pin --reset --token lone --so-pin-file "$dir/so2" --new-pin-file "$dir/new"
check 'a token without an SO has none' said 'has no SO'

# Keys survive a change of the PIN, and a policy that does not hold costs nothing.
openssl ecparam -name prime256v1 -genkey -noout -out "$dir/ec.pem" 2>/dev/null
expect 0 "$bulla" import --token one --label k --pin-file "$dir/new" "$dir/ec.pem"
expect 0 "$bulla" pin --token one --pin-file "$dir/new" --new-pin-file "$dir/pin"
expect 0 "$bulla" check --token one --pin-file "$dir/pin" --json
check 'the objects are sound' json 'j["well"] and j["sound"] == 2'
tries() { "$bulla" status --quick --token one --json | grep -A1 '"failed"'; }
before=$(tries)
echo 'pcr-changed=7 fail-open=E_POLICY' >"$dir/fake"
expect 3 "$bulla" pin --token one --pin-file "$dir/pin" --new-pin-file "$dir/new"
check 'a changed machine is said' said 'bulla: hint:'
: >"$dir/fake"
check 'and no try was spent' test "$(tries)" = "$before"
finish
