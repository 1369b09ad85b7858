# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What scripts in the guest have: results, users, programs with results of their own.
set -u
export LC_ALL=C.UTF-8

pass() { printf 'PASS %s\n' "$1"; }
fail() { printf 'FAIL %s: %s\n' "$1" "${2:-}"; }
skip() { printf 'SKIP %s: %s\n' "$1" "${2:-}"; }

# as USER CMD...: with the user's groups, and an environment made from nothing (what VARS holds is added)
as() {
	local user=$1
	shift
	env -i HOME="/home/$user" USER="$user" LOGNAME="$user" PATH=/usr/bin:/usr/local/bin LC_ALL=C.UTF-8 ${VARS[@]+"${VARS[@]}"} \
		setpriv --reuid "$user" --regid "$user" --init-groups --inh-caps=-all -- "$@"
}

# program NAME CMD...: its last line "N passed, N failed, N skipped" says how many cases it is
program() {
	local name=$1 out rc sum
	shift
	out=$("$@" 2>&1)
	rc=$?
	printf '%s\n' "$out"
	sum=$(sed -En 's/^([a-z0-9_]+: )?([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?.*/\2 \3 \5/p' <<<"$out" | tail -n 1)
	if [ -n "$sum" ]; then
		read -r passed failed skipped <<<"$sum"
		if [ $rc -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
		printf 'COUNT %s %s %s %s\n' "$name" "$passed" "$failed" "${skipped:-0}"
	elif [ $rc -eq 0 ]; then
		pass "$name"
	else
		fail "$name" "status $rc: $(tail -n 1 <<<"$out")"
	fi
}
