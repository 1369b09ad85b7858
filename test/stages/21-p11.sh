#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: black-box tests of the module through dlopen, with a fake trust source
# lane: compute
# quick: yes
# limit: 600
. "$CHECK_TOP/test/stages/lib.sh"

need_build gcc
run_suite p11
