#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: kill -9 at random points of writes, and fork with an open store
# lane: wait
# limit: 900
. "$CHECK_TOP/test/stages/lib.sh"

need_build gcc
run_suite kill
