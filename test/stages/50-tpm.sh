#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: sealing and unsealing with software TPMs
# lane: wait
# limit: 1200
. "$CHECK_TOP/test/stages/lib.sh"

need_build gcc
run_suite tpm
