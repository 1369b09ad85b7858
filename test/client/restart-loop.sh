#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A service with a stale PIN that is started again and again: the token refuses it by itself before the
# TPM locks everybody out, and another token of the same TPM still opens.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
client_token other
maximum=8
swtpm_tool "$DIR/tpm" tpm2_dictionarylockout -s -n $maximum -t 600 -l 600 >/dev/null || fail "$CASE" "the TPM takes no settings"
host=$BUILD/test/client/client-host
# what the TPM itself says
property() { swtpm_tool "$DIR/tpm" tpm2_getcap properties-variable | sed -n "s/.*$1: *//p"; }
# the module learns the TPM's limit from an answer
"$host" "$MODULE" clients init open login finalize >/dev/null 2>&1
loop() {
	for _ in $(seq 30); do
		"$host" "$MODULE" clients init open wrong-pin finalize 2>>codes || return 1
	done
}
export -f loop
export host
LIMIT=120 try "thirty starts with a wrong PIN" loop
asked=$(grep -c 'wrong PIN: 0xa0' codes)
refused=$(grep -c 'wrong PIN: 0xa4' codes)
count=$(($(property LOCKOUT_COUNTER)))
echo "30 starts: $asked reached the TPM, $refused were refused before it; the TPM counts $count of $maximum"
if [ "$count" -ge 1 ] && [ "$count" -lt $maximum ]; then pass "$CASE/the TPM is below its limit"; else fail "$CASE/the TPM is below its limit" "it counts $count of $maximum"; fi
if [ "$((asked + refused))" -eq 30 ] && [ "$refused" -gt 20 ]; then pass "$CASE/the rest is CKR_PIN_LOCKED"; else fail "$CASE/the rest is CKR_PIN_LOCKED" "$asked wrong, $refused locked"; fi
if property inLockout | grep -q 0; then pass "$CASE/the TPM is not locked out"; else fail "$CASE/the TPM is not locked out" "it is"; fi
try "another token of this TPM opens" "$host" "$MODULE" other init open login finalize
refuse "this one does not, not even with the right PIN" "0xa4" "$host" "$MODULE" clients init open login finalize
try "its flags say so" p11tool --provider "$MODULE" --list-tokens
