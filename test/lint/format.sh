#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# format.sh ROOT - clang-format's output is the definition of the format. The version of Debian 12
# defines it; another one may differ, so it does not judge.
set -eu
cd "$1"
format=clang-format
command -v clang-format-14 >/dev/null && format=clang-format-14
version=$($format --version 2>/dev/null | grep -o '[0-9]*' | head -1) || version=
[ "$version" = 14 ] || { echo "clang-format 14 is not here (found: ${version:-none})"; exit 77; }
list=$(find include base store token module tpm ta tool test -name '*.[ch]')
# shellcheck disable=SC2086 # a list of files without blanks in their names
$format -n --Werror $list
echo "$list" | wc -l | sed 's/$/ files formatted/'
