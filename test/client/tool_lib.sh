# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# For the tests of the command: a store and a scriptable trust source of their own, and words to say what is
# expected. Sourced with the command (linked with the fake source) in $1. Every expectation that is not met
# is printed, counted, and makes the test fail at its end.
set -u
bulla=$(readlink -f "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0 counted=0
export BULLA_STORE=$dir/store BULLA_FAKE=$dir/fake BULLA_CONF=$dir/bulla.conf XDG_DATA_HOME=$dir XDG_CONFIG_HOME=$dir
unset BULLA_TCTI BULLA_LOG
: >"$dir/fake"
printf 'source = fake\n' >"$dir/bulla.conf"

expect() { # CODE COMMAND...: runs it; out and err are in $dir/out and $dir/err
	local want=$1 got=0
	shift
	counted=$((counted + 1))
	"$@" >"$dir/out" 2>"$dir/err" </dev/null || got=$?
	[ "$got" -eq "$want" ] && return
	failed=$((failed + 1))
	printf '%s: line %s: expected %s, got %s: %s\n' "${0##*/}" "${BASH_LINENO[0]}" "$want" "$got" "$*"
	sed 's/^/  | /' "$dir/out" "$dir/err"
}
check() { # TEXT CONDITION...: the condition is a command
	local text=$1
	shift
	counted=$((counted + 1))
	"$@" && return
	failed=$((failed + 1))
	printf '%s: line %s: %s\n' "${0##*/}" "${BASH_LINENO[0]}" "$text"
	sed 's/^/  | /' "$dir/out" "$dir/err"
}
said() { grep -qF -e "$1" "$dir/err"; }     # on standard error
printed() { grep -qF -e "$1" "$dir/out"; }  # on standard output
not() { ! "$@"; }
json() { # EXPRESSION: true of the output, as Python's "j"
	python3 -c 'import json,sys; j=json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$dir/out" "$1"
}
# An error is "bulla: error: " lower case, no full stop at the end, and nothing on standard output.
error_in_form() {
	[ ! -s "$dir/out" ] && grep -q '^bulla: error: [^A-Z]' "$dir/err" && ! grep -q '^bulla: error:.*\.$' "$dir/err"
}
secret() { # NAME VALUE: a file with a secret in it
	(umask 077 && printf '%s\n' "$2" >"$dir/$1")
}
token() { # LABEL [OPTIONS]: a token with the user's PIN 1234 and the SO's 56785678
	local label=$1
	shift
	expect 0 "$bulla" init --label "$label" --pin-file "$dir/pin" --so-pin-file "$dir/so" "$@"
}
finish() {
	[ $counted -gt 0 ] || failed=1
	printf '%s passed, %s failed, 0 skipped\n' $((counted - failed)) $failed
	[ $failed -eq 0 ]
	exit
}
secret pin 1234
secret so 56785678
