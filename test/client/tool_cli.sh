#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# The command line as such: help, usage, where output goes, how secrets come in.
. "$(dirname "$0")/tool_lib.sh"

expect 2 "$bulla"
check 'usage goes to standard error' said 'usage: bulla'
expect 0 "$bulla" help
check 'help goes to standard output' printed 'usage: bulla'
expect 2 "$bulla" nonsense
check 'an unknown command is an error in form' error_in_form
expect 2 "$bulla" status --nonsense
check 'an unknown option is an error in form' error_in_form
expect 2 "$bulla" status --label x
check 'an option of another command is refused' said -- '--label is not an option here'
expect 2 "$bulla" status --token
check 'a value that is missing is said' said 'needs a value'
expect 2 "$bulla" import
check 'an argument that is missing is said' said 'something is missing'
expect 2 "$bulla" version extra
expect 0 "$bulla" version
check 'version' printed 'bulla '
expect 0 "$bulla" version --json
check 'version as JSON' json 'j["name"] == "bulla" and j["version"]'
for c in init list status assess pin "seal list" "seal add" "seal remove" import check version; do
	read -ra words <<<"$c"
	expect 0 "$bulla" "${words[@]}" --help
	check "help of $c" printed "usage: bulla $c"
done

# Every option of the manual page's commands is taken, and secrets have no option of their own.
expect 2 "$bulla" init --label x --pin 1234
check 'a PIN is no argument' said 'not an option'

# Where secrets come from.
expect 2 "$bulla" init --label x --pin-fd 77
check 'a descriptor that is not open' said 'not an open file descriptor'
expect 2 "$bulla" init --label x --pin-fd 0 --pin-file "$dir/pin"
check 'two places for one secret' said 'not from both'
printf '1234\n' >"$dir/open"
chmod 644 "$dir/open"
expect 1 "$bulla" init --label x --so=none --pin-file "$dir/open"
check 'a file that others can read is refused' said 'can be read by others'
mkfifo -m 600 "$dir/fifo"
expect 1 "$bulla" init --label x --so=none --pin-file "$dir/fifo"
check 'a pipe is not a file' said 'not a regular file'
expect 1 "$bulla" init --label x --so=none --pin-file "$dir/none"
head -c 10000 /dev/zero | tr '\0' 7 >"$dir/long"
chmod 600 "$dir/long"
expect 1 "$bulla" init --label x --so=none --pin-file "$dir/long"
check 'a PIN of 10000 bytes is refused' said 'at most 255 bytes'
: >"$dir/empty"
chmod 600 "$dir/empty"
expect 1 "$bulla" init --label x --so=none --pin-file "$dir/empty"
check 'an empty PIN is refused' said '4 to 255 bytes'
expect 1 setsid "$bulla" init --label x --so=none
check 'no terminal and no option is an error with a hint' said 'bulla: hint: give it with'
expect 0 "$bulla" list --json
check 'nothing was made by all this' json 'j["tokens"] == []'

# Two secrets from one descriptor, a line each, and not a byte more than these.
printf '1234\n56785678\nrest\n' >"$dir/both"
rest=$(
	exec 5<"$dir/both"
	"$bulla" init --label two --pin-fd 5 --so-pin-fd 5 >"$dir/out" 2>"$dir/err" || exit
	cat <&5
)
check 'one line of a descriptor per secret' test "$rest" = rest

# Output that cannot be written is a failure.
expect 1 bash -c '"$1" list >/dev/full' - "$bulla"
check 'a full disk is said' said 'cannot write the output'

# The terminal: no echo, asked twice for a new PIN, given back as it was, also after a signal.
expect 0 python3 "$(dirname "$0")/tool_tty.py" "$bulla" "$dir"
finish
