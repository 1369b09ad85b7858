#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: ./demo, in a tree of its own
# lane: wait
# limit: 600
. "$CHECK_TOP/test/stages/lib.sh"

# The demo says each step; what it must have shown is looked for.
cp -r "$CHECK_TOP" "$DIR/tree" && cd "$DIR/tree" || exit 1
begin=$SECONDS
if timeout -k 10 500 ./demo </dev/null >demo.log 2>&1; then pass "./demo"; else
	tail -n 40 demo.log
	fail "./demo" "status $?: $(tail -n 1 demo.log)"
	exit 0
fi
echo "$((SECONDS - begin)) s"
shown() { if [ "$(grep -c -- "$2" demo.log)" -ge "$3" ]; then pass "$1"; else cat demo.log; fail "$1" "\"$2\" is there $(grep -c -- "$2" demo.log) times"; fi; }
shown "plain openssl verifies both signatures" "Verified OK" 2
shown "another TPM and a changed PCR are refused" "would not open" 2
shown "signing there is refused, too" "refused (CKR_" 2
shown "a software TPM is said to protect nothing" "protects NOTHING" 1
if [ $((SECONDS - begin)) -lt 180 ]; then pass "in less than three minutes"; else fail "in less than three minutes" "$((SECONDS - begin)) s"; fi
place=$(grep -o '/tmp/bulla-demo\.[A-Za-z0-9]*' demo.log | head -n 1)
printf '%s' "$place" >pattern
if [ -z "$place" ] || grep -lszF -f pattern /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; then
	fail "nothing is left running" "$place is still in use"
else
	pass "nothing is left running"
fi
if [ -e "$place" ]; then fail "nothing is left in /tmp" "$place"; else pass "nothing is left in /tmp"; fi
