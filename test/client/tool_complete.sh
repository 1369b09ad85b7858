#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# The completion for bash: it offers each command, and to each command the options that it takes, and no others; and it
# does so when a person presses the tab key.
. "$(dirname "$0")/tool_lib.sh"
completion=$(realpath "$(dirname "$0")/../../dist/bulla.bash")

offered() { # BEGUN WORD...: what is offered after these words for one that begins like this, one a line
	bash --norc -c '. "$1"; begun=$2; shift 2; COMP_WORDS=(bulla "$@" "$begun"); COMP_CWORD=$(($# + 1)); _bulla; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$completion" "$@" | sort -u
}
taken() { # OPTION WORD...: the command knows this option
	local option=$1
	shift
	"$bulla" "$@" "$option" >"$dir/out" 2>"$dir/err" </dev/null
	! grep -q 'not an option' "$dir/err"
}
same() { diff "$1" "$2"; }

"$bulla" help | sed -n 's/^  \([a-z]*\) .*/\1/p' | sort -u >"$dir/commands"
offered "" | grep -vx help >"$dir/offered"
check 'each command is offered, and nothing else' same "$dir/commands" "$dir/offered"
check 'there are commands' grep -qx assess "$dir/commands"

options=$(grep -oh -- '--[a-z-]*' "$completion" "$(dirname "$0")/../../docs/man/bulla.1" | grep -x -- '--[a-z-]*[a-z]' | sort -u)
"$bulla" help | sed -n 's/^  \([a-z]*\( [a-z]*\)\{0,1\}\)  .*/\1/p' | grep -vx version >"$dir/commands"
while read -ra words; do
	for option in $options; do
		[ "$option" != --norc ] || continue
		! taken "$option" "${words[@]}" || echo "$option"
	done >"$dir/taken"
	# --so=none is a value of its own of init's
	offered -- "${words[@]}" | sed 's/=.*//' | sort -u >"$dir/offered"
	check "${words[*]}: the options that it takes are offered" same "$dir/taken" "$dir/offered"
done <"$dir/commands"

touch "$dir/key.pem"
cd "$dir" || exit 1
offered key import >"$dir/offered"
check 'a file to import is offered' grep -qx key.pem "$dir/offered"

# on a terminal
cat >"$dir/tab.py" <<'END'
import os, pty, select, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
def until(what):
    said = b""
    while what not in said and select.select([fd], [], [], 10)[0]:
        said += os.read(fd, 4096)
    return what in said
os.write(fd, b"bind 'set bell-style none'; . %s; PS1=ready; bulla() { echo \"<$*>\"; }\n" % os.fsencode(sys.argv[1]))
good = until(b"ready")
for typed, comes in [(b"bulla se\tre\t--ro\ts\t\n", b"<seal remove --role so>"), (b"bulla sta\t--q\t\n", b"<status --quick>")]:
    os.write(fd, typed)
    good = until(comes) and good
os.write(fd, b"exit\n")
os.waitpid(pid, 0)
sys.exit(not good)
END
check 'the tab key completes' python3 "$dir/tab.py" "$completion"
finish
