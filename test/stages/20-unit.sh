#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: unit tests of each file, without a TPM
# lane: compute
# quick: yes
# limit: 300
. "$CHECK_TOP/test/stages/lib.sh"

need_build gcc
run_suite unit
