# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154 # tool_lib.sh, which is sourced first
# For tests with the command that has the product's source "tee" over a fake TEE (test/fake/libteec): a TEE of
# its own, and the configuration that names it.
export BULLA_FAKE_TEE=$dir/tee
mkdir -p "$BULLA_FAKE_TEE"
printf 'source = tee\npolicy = pin\n' >"$dir/bulla.conf"
somebody() { # COMMAND...: as another user, to whom our files belong meanwhile
	local code
	if unshare --user --map-user=12345 --map-group=12345 true 2>/dev/null; then
		unshare --user --map-user=12345 --map-group=12345 "$@"
		return
	fi
	chown -R 12345:12345 "$dir" || return 126
	setpriv --reuid=12345 --regid=12345 --clear-groups "$@"
	code=$?
	chown -R 0:0 "$dir"
	return $code
}
without_tee() { env -u BULLA_FAKE_TEE "$@"; }
