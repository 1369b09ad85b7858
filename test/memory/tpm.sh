#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# test_memory.py with the module as it is and a software TPM: S and the authorisation value, too, must
# not be left in the host by the conversation with the helper.
. "$CHECK_TOP/test/client/lib.sh"
swtpm_start "$DIR/tpm" || { fail "$CASE" "swtpm does not start"; exit 0; }
BULLA_TCTI=$(swtpm_tcti "$DIR/tpm") BULLA_MODULE=$MODULE BULLA_TOOL=$BULLA MEMORY_VICTIM=$BUILD/test/memory/memory-victim \
	MEMORY_REVEAL=$BUILD/test/memory/memory-reveal-tpm timeout -k 5 300 python3 "$CHECK_TOP/test/memory/test_memory.py" >memory.log 2>&1
cat memory.log
summary=$(tail -n 1 memory.log)
case $summary in
*' passed, '*' failed, '*)
	result pass "${summary%% passed*}" "$CASE/memory with a TPM"
	sed -n 's/^FAILED \([^:]*\): /\1\t/p' memory.log | while IFS=$'\t' read -r name why; do fail "$CASE/$name" "$why"; done
	sed -n 's/^SKIPPED \([^:]*\): /\1\t/p' memory.log | while IFS=$'\t' read -r name why; do skip "$CASE/$name" "$why"; done
	;;
*) fail "$CASE" "$summary" ;;
esac
