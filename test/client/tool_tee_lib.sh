# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154 # tool_lib.sh, which is sourced first
# For tests with the command that has the product's source "tee" over a fake TEE (test/fake/libteec): a TEE of
# its own, and the configuration that names it.
export BULLA_FAKE_TEE=$dir/tee
mkdir -p "$BULLA_FAKE_TEE"
printf 'source = tee\npolicy = pin\n' >"$dir/bulla.conf"
somebody() { unshare --user --map-user=12345 --map-group=12345 "$@"; } # another user, to whom our files belong
without_tee() { env -u BULLA_FAKE_TEE "$@"; }
