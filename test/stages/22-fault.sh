#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: every allocation and call of libcrypto, SQLite and ESYS fails once
# lane: compute
# limit: 900
. "$CHECK_TOP/test/stages/lib.sh"
in_ram

need_build gcc
run_suite fault
