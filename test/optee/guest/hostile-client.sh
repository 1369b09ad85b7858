#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A minute of a hostile client; the seed is printed.
. /opt/test/guest/lib.sh

FUZZ_SECONDS=${1:-60} program fuzz /opt/test/fuzz
if dmesg | grep -E 'Oops|BUG:|Internal error|hung task|Call trace'; then
	fail kernel "it complained"
else
	pass kernel
fi
