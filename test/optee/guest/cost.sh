#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the TEE costs a program that uses a token, counted in sessions.
. /opt/test/guest/lib.sh

# shellcheck disable=SC2034 # lib.sh reads it
VARS=(BULLA_MODULE=/usr/lib/aarch64-linux-gnu/pkcs11/bulla-pkcs11.so BULLA_TEST_SOURCE=tee)
program cost as alice /opt/test/cost
