#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# part of a case, cases_token.py: black-box tests of the module with seals of the TEE.
. /opt/test/guest/lib.sh

# shellcheck disable=SC2034 # lib.sh reads it
VARS=(BULLA_MODULE=/usr/lib/aarch64-linux-gnu/pkcs11/bulla-pkcs11.so BULLA_TEST_SOURCE=tee)
program p11_sign as alice /build/test/p11/test_p11_sign
# those of the token's tests that a TEE has to do with
for name in init_token init_pin set_pin login_refuses wrong_pins; do
	program "p11_token_$name" as alice /build/test/p11/test_p11_token $name
done
