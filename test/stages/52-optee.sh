#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: Bulla for arm64 in virtual machines with a real OP-TEE: test/optee/README.md
# lane: wait
# needs: root
# limit: 2400
. "$CHECK_TOP/test/stages/lib.sh"

# Root makes the machine and builds; the guests run as the user of ./check.
as_user() { setpriv --reuid "$CHECK_USER" --regid "$CHECK_USER" --clear-groups --inh-caps=-all -- "$@"; }

test/optee/machine setup
status=$?
if [ $status -eq 3 ]; then # not to be had here
	reason=$(test/optee/machine setup 2>&1 | tail -n 1)
	for name in $(test/optee/run.py . --list); do wanted "$name" && skip "$name" "$reason"; done
	exit 0
fi
[ $status -eq 0 ] || { fail machine "see above"; exit 0; }

BUILD=$CHECK_WORK/builds/optee
if ! test/optee/machine build "$CHECK_TOP" "$BUILD" >"$BUILD.log" 2>&1; then
	tail -n 60 "$BUILD.log"
	fail build "it does not build for arm64"
	exit 0
fi
pass build
chown -R "$CHECK_USER" "$BUILD"
IFS=, read -ra cases <<<"${CHECK_ONLY:-}"
as_user python3 test/optee/run.py "$BUILD" --results "$CHECK_RESULTS" --stage "$CHECK_STAGE" --jobs 2 \
	${cases[@]+"${cases[@]}"}
exit 0
