#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: the rules that the compiler does not check
# lane: compute
# quick: yes
# limit: 600
. "$CHECK_TOP/test/stages/lib.sh"

need_build gcc
run_suite lint
mapfile -t scripts < <(find check demo .ci/run test -type f \( -name '*.sh' -o -path test/bench/bench -o ! -path 'test/*' \))
if shellcheck -S warning "${scripts[@]}"; then pass shellcheck; else fail shellcheck "see above"; fi
