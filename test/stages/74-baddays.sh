#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: real programs on bad days: PINs, PCRs, TPMs, stores and helpers that are not as they should be
# lane: wait
# limit: 1200
# The scripts of test/client that say "# stage: baddays".
OF_STAGE=baddays
. "$CHECK_TOP/test/stages/70-clients.sh"
