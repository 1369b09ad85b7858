#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# docs.sh ROOT - what the documents point at is there: each file that docs/architecture.md names in
# backticks, and each relative link of every document.
set -eu
cd "$1"
[ -f docs/architecture.md ] || { echo "docs/architecture.md is not written"; exit 77; }
failed=0 count=0
for name in $(grep -o '`[^` ]*/[^` ]*`' docs/architecture.md | tr -d '`' | LC_ALL=C sort -u); do
	case $name in
	/* | *'*'* | *'$'* | *'<'* | *:* | build/* | *XXXX* | *'|'*) continue ;; # not one file of this tree
	esac
	count=$((count + 1))
	[ -e "$name" ] || { echo "docs/architecture.md names $name, which does not exist"; failed=1; }
done
# shellcheck disable=SC2044 # no names with blanks
for page in $(find . -name '*.md' -not -path './build*' -not -path './.git/*'); do
	for link in $(grep -o '](\([^)# ]*\)' "$page" | cut -c3- | LC_ALL=C sort -u); do
		case $link in http:* | https:* | mailto:* | '') continue ;; esac
		count=$((count + 1))
		[ -e "$(dirname "$page")/$link" ] || { echo "$page links to $link, which does not exist"; failed=1; }
	done
done
[ "$count" -gt 0 ] || { echo "the documents name nothing: is the pattern right?"; exit 1; }
[ $failed -ne 0 ] || echo "$count names and links, all there"
exit $failed
