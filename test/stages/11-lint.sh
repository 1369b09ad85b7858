#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: the rules that the compiler does not check
# lane: compute
# quick: yes
# limit: 120
. "$CHECK_TOP/test/stages/lib.sh"

need_build gcc
run_suite lint
shellcheck -S warning -s bash check .ci/run test/stages/*.sh $(find test/client test/memory -name "*.sh") && pass shellcheck || fail shellcheck "see above"
