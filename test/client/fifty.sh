#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Fifty processes log in at once: one TPM, one at a time, and each gets its turn.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
keys_with_certificates
workers=()
begin=$SECONDS
for i in $(seq 50); do
	timeout -k 5 120 "$BUILD/test/client/client-host" "$MODULE" clients init open login sign:02 logout login sign:02 finalize >"host.$i" 2>&1 </dev/null &
	workers+=($!)
done
good=0
for pid in "${workers[@]}"; do
	wait "$pid" && good=$((good + 1))
done
echo "$good of 50 in $((SECONDS - begin)) s"
if [ $good -eq 50 ]; then pass "$CASE/fifty logins at once"; else fail "$CASE/fifty logins at once" "$good of 50: $(cat host.* | grep -v '^done' | sort | uniq -c | head -n 3 | tr '\n' ';')"; fi
lockout=$(swtpm_tool "$DIR/tpm" tpm2_getcap properties-variable | sed -n 's/.*LOCKOUT_COUNTER: *//p')
if [ "$((lockout))" -eq 0 ]; then pass "$CASE/and not one counted as a wrong PIN"; else fail "$CASE/and not one counted as a wrong PIN" "the TPM counts $lockout"; fi
swtpm_tool "$DIR/tpm" tpm2_getcap handles-transient >handles 2>&1
swtpm_tool "$DIR/tpm" tpm2_getcap handles-loaded-session >>handles 2>&1
if [ -s handles ]; then fail "$CASE/nothing is left in the TPM" "$(head -n 1 handles)"; else pass "$CASE/nothing is left in the TPM"; fi
