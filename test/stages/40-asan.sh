#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: unit, black-box and TPM tests under the address and undefined-behaviour sanitizers
# lane: compute
# limit: 1500
. "$CHECK_TOP/test/stages/lib.sh"
in_ram

need_build asan
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
TIMEOUT_MULTIPLIER=4
run_suite unit p11
run_suite tpm
