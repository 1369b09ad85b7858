#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: baddays
# Wrong PIN, locked PIN, PCRs that changed: what each client says, that nobody hangs, and that all work again afterwards,
# among them programs that run on.
. "$CHECK_TOP/test/client/bad-days-lib.sh"
export TOKEN=clients
client_token clients pin+pcr=sha256:7
keys_with_certificates
right=$PIN
printf 'pin-tries = 20\n' >>"$XDG_CONFIG_HOME/bulla/bulla.conf"
clients_start
neighbour

all_well "a good day"
pin_is wrong-one
all_ill "wrong PIN" pin
neighbour_well "wrong PIN"
status_says "wrong PIN" "a wrong PIN"
pin_is "$right"
all_well "the right PIN again"

swtpm_tool "$DIR/tpm" tpm2_pcrextend "7:sha256=$(printf x | sha256sum | cut -d' ' -f1)" || fail "$CASE" "the PCR is not extended"
all_ill "PCR changed" refused
neighbour_well "PCR changed"
status_says "PCR changed" "PCRs changed"
swtpm_reset "$DIR/tpm"
all_well "the boot measured again"

pin_is wrong-one
many() { for _ in $(seq 20); do c_pkcs11_tool 2>&1 | grep -q CKR_PIN_LOCKED && return; done; return 1; }
export -f many
LIMIT=60 try "locked PIN: it comes to that" many # tries, not one
all_ill "locked PIN" locked
pin_is "$right"
all_ill "locked PIN, the right one" locked
neighbour_well "locked PIN"
status_says "locked PIN" "too many wrong PINs"
# what the token counts is forgotten with time, one in ten minutes: the clock of these rows is put back
sqlite3 "$STORE"/token-*.db "UPDATE budget SET counted_s = counted_s - 20 * 600" || fail "$CASE" "the time does not pass"
all_well "hours later"
