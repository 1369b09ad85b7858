#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: real servers with worker processes, and keys in a process of their own
# lane: wait
# limit: 1200
# The scripts of test/client that say "# stage: servers".
OF_STAGE=servers
. "$CHECK_TOP/test/stages/70-clients.sh"
