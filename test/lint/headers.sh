#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# headers.sh ROOT [CC] - every header compiles alone, with the include path of its own floor and no
# other: it includes what it needs and reaches nothing that it must not.
set -eu
cd "$1"
cc=${2:-cc}
flags="-std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -x c"
flags="$flags $(pkg-config --cflags p11-kit-1 libcrypto)"
failed=0 count=0

# The folders whose headers a folder's headers may see.
sees() {
	case $1 in
	include/base) echo include/base ;;
	include/ta) echo include/ta ;;
	include/tpm) echo include/tpm include/base ;;
	include/store) echo include/store include/base include/tpm ;;
	include/p11) echo include/p11 ;;
	include/token) echo include/token include/store include/base include/tpm include/p11 ;;
	base) echo base include/base ;;
	store) echo store include/store include/base include/tpm include/ta ;;
	ta) echo ta include/ta test/fake/ta ;; # the internal API: the names that we use
	token) echo token include/token include/store include/base include/tpm include/p11 ;;
	module) echo module include/token include/store include/base include/tpm include/p11 ;;
	tpm) echo tpm include/tpm include/base ;;
	tool) echo tool include/token include/store include/base include/tpm include/p11 ;;
	*) echo "headers.sh: no row for $1" >&2; exit 2 ;;
	esac
}

for header in $(find include base store token module tpm ta tool -name '*.h' | LC_ALL=C sort); do
	path=
	for folder in $(sees "$(dirname "$header")"); do
		path="$path -I$folder"
	done
	# shellcheck disable=SC2086 # lists of words
	if ! printf '#include "%s"\n' "${header##*/}" | $cc $flags $path -; then
		echo "$header does not compile alone"
		failed=1
	fi
	count=$((count + 1))
done
[ "$count" -gt 0 ] || { echo "no headers found"; exit 1; }
[ $failed -ne 0 ] || echo "$count headers, each complete by itself"
exit $failed
