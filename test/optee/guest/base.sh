#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The guest itself: users, the TEE and who may use it.
. /opt/test/guest/lib.sh

if [ "$(as alice id -Gn)" = "alice teeclnt shared" ]; then pass users; else fail users "alice: $(as alice id)"; fi
if as alice test -w /dev/tee0 && ! as dave test -w /dev/tee0; then pass device; else fail device "$(ls -l /dev/tee0)"; fi
program xtest as alice xtest 1001
