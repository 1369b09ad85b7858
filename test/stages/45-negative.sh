#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: each security mechanism switched off: its test must fail
# lane: compute
# limit: 1500
. "$CHECK_TOP/test/stages/lib.sh"
in_ram

need_build broken
python3 test/stages/negative.py "$BUILD" test/negative.txt "$CHECK_STAGE" "$CHECK_RESULTS"
