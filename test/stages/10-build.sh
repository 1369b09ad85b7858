#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: builds with gcc, warnings being errors
# lane: compute
# quick: yes
# limit: 600
. "$CHECK_TOP/test/stages/lib.sh"

need_build gcc
pass gcc
