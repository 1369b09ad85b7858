#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: builds with clang, warnings being errors, and runs the unit tests
# lane: compute
# limit: 900
. "$CHECK_TOP/test/stages/lib.sh"
in_ram

need_build clang
pass clang
run_suite unit
