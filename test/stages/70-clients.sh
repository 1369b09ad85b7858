#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: real programs: OpenSC, GnuTLS, OpenSSL, curl, OpenSSH, NSS, GnuPG, and hosts of our own
# lane: wait
# limit: 2400
. "$CHECK_TOP/test/stages/lib.sh"

need_build gcc
export BUILD
for script in test/client/*.sh; do
	case ${script##*/} in
	lib.sh | *_lib.sh | beside.sh | tool_*) continue ;; # tool_*: meson's suite "tool"
	esac
	[ "$(sed -n 's/^# stage: //p' "$script")" = "${OF_STAGE:-}" ] || continue
	wanted "$(basename "$script" .sh)" || continue
	begin=$SECONDS
	bash "$script" || fail "${script##*/}" "the script itself ended with status $?"
	echo "---- ${script##*/}: $((SECONDS - begin)) s"
done
