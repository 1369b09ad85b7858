#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: no key, PIN or trusted key in memory, core files or children where it must not be; valgrind finds no error
# lane: wait
# limit: 1200
. "$CHECK_TOP/test/stages/lib.sh"

need_build gcc
run_suite memory
# the same with the TPM and its helper
export BUILD
bash test/memory/tpm.sh || fail tpm.sh "the script itself ended with status $?"
bash test/memory/valgrind.sh || fail valgrind.sh "the script itself ended with status $?"
