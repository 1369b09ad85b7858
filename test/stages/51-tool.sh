#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: the bulla command
# lane: wait
# limit: 600
. "$CHECK_TOP/test/stages/lib.sh"

need_build gcc
run_suite tool
