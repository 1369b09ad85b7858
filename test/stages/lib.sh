#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What every stage of ./check has: results, builds, meson's suites. Sourced by test/stages/NN-*.sh,
# which ./check runs with CHECK_TOP (the tree's copy), CHECK_WORK (builds, shared by the stages),
# CHECK_RAM (a directory in memory) and CHECK_RESULTS (where results go: "pass|fail|skip <tab> count <tab> name <tab> reason").
set -u
cd "$CHECK_TOP" || exit 1
# A directory of this stage's own, with a short name: sockets go there.
# shellcheck disable=SC2034 # for the stages
DIR=$(mktemp -d "$CHECK_WORK/tmp/s.XXXX")

result() { printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$CHECK_STAGE/$3" "${4:-}" >>"$CHECK_RESULTS"; }
pass() { echo "pass: $1"; result pass 1 "$1"; }
fail() { echo "FAIL: $1: ${2:-}"; result fail 1 "$1" "${2:-}"; }
skip() { echo "skip: $1: $2"; result skip 1 "$1" "$2"; }

# Setup options of the builds. One build serves many stages; none survives this run of ./check.
build_options() {
	case $1 in
	gcc) echo -Dwerror=true ;;
	clang) echo -Dwerror=true ;;
	broken) echo -Dbroken=true ;;
	asan) echo -Db_sanitize=address,undefined -Doptimization=1 ;;
	tsan) echo -Db_sanitize=thread -Doptimization=1 ;;
	*) return 1 ;;
	esac
}

# in_ram: what the tests of this stage write goes to memory; those of others see to the disk
in_ram() { export TMPDIR=$CHECK_RAM; }

# wanted NAME: was it asked for by ./check STAGE:NAME,NAME, or was nothing said?
wanted() { [ -z "${CHECK_ONLY:-}" ] || [[ ",$CHECK_ONLY," == *",$1,"* ]]; }

# need_build NAME: sets BUILD; builds at most once in a run, whichever stage comes first.
need_build() {
	local compiler=gcc
	BUILD=$CHECK_WORK/builds/$1
	[ "$1" != clang ] || compiler=clang
	(
		flock 9
		[ ! -e "$BUILD.ok" ] || exit 0
		[ ! -e "$BUILD.failed" ] || exit 1
		# shellcheck disable=SC2046 # words
		if CC=$compiler meson setup "$BUILD" "$CHECK_TOP" $(build_options "$1") && ninja -C "$BUILD" -j 2; then
			touch "$BUILD.ok"
		else
			touch "$BUILD.failed"
			exit 1
		fi
	) 9>"$BUILD.lock" >"$BUILD.log" 2>&1 || {
		tail -n 60 "$BUILD.log"
		fail "build $1" "it does not build"
		exit 0
	}
}

# run_suite SUITE...: meson's tests of these suites in BUILD; every case counts.
run_suite() {
	local base one args=() suite=()
	for one in "$@"; do args+=(--suite "$one"); done
	if [ -n "${CHECK_ONLY:-}" ]; then
		IFS=, read -ra suite <<<"$CHECK_ONLY"
		args+=("${suite[@]}")
	fi
	base=$(basename "$BUILD")-$1
	rm -f "$BUILD/meson-logs/$base.json"
	meson test -C "$BUILD" --no-rebuild --logbase "$base" --num-processes "${JOBS:-2}" \
		--timeout-multiplier "${TIMEOUT_MULTIPLIER:-1}" "${args[@]}"
	python3 test/stages/tally.py "$BUILD/meson-logs/$base.json" "$CHECK_STAGE" "$CHECK_RESULTS"
}
