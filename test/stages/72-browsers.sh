#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: real browsers, without a screen, and servers that demand a certificate
# lane: wait
# limit: 900
# The scripts of test/client that say "# stage: browsers".
OF_STAGE=browsers
. "$CHECK_TOP/test/stages/70-clients.sh"
