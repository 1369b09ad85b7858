#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: no key, PIN or trusted key in memory, core files or children where it must not be
# lane: wait
# limit: 600
. "$CHECK_TOP/test/stages/lib.sh"

need_build gcc
run_suite memory
# the same with the TPM and its helper
export BUILD
bash test/memory/tpm.sh || fail tpm.sh "the script itself ended with status $?"
