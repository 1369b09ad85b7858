#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: threaded tests under the thread sanitizer
# lane: compute
# limit: 1200
. "$CHECK_TOP/test/stages/lib.sh"
in_ram

need_build tsan
export TSAN_OPTIONS="suppressions=$CHECK_TOP/test/stages/tsan.supp:halt_on_error=0:exitcode=66:second_deadlock_stack=1"
TIMEOUT_MULTIPLIER=6
run_suite threads
