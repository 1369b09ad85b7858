#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# part of a case, cases_token.py: black-box tests of the module with seals of the TEE.
. /opt/test/guest/lib.sh

VARS=(BULLA_MODULE=/usr/lib/aarch64-linux-gnu/pkcs11/bulla-pkcs11.so BULLA_TEST_SOURCE=tee)
for name in sign object session; do
	program "p11_$name" as alice "/build/test/p11/test_p11_$name"
done
