#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# exports.sh MODULE.so exports.map - the module offers what the map names and nothing else, needs no
# library that a guest must not bring along, and runs no code by being loaded.
set -eu
module=$1 map=$2
failed=0
say() { echo "$1"; failed=1; }

offered=$(nm -D --defined-only "$module" | awk '{print $NF}' | sed 's/@.*//' | LC_ALL=C sort -u)
named=$(sed -n 's/^[[:space:]]*\([A-Za-z_][A-Za-z0-9_]*\);.*/\1/p' "$map" | LC_ALL=C sort -u)
pattern=$(sed -n 's/^[[:space:]]*\(C_\*\);.*/\1/p' "$map")
for name in $offered; do
	case $name in
	C_*) [ -n "$pattern" ] || printf '%s\n' "$named" | grep -qx "$name" || say "$name is exported but not in the map" ;;
	BULLA) ;; # the version script's own node
	*) say "$name is exported and is not a function of PKCS #11" ;;
	esac
done
for name in $named C_GetFunctionList C_GetInterface C_GetInterfaceList C_Initialize; do
	case $name in C_*) printf '%s\n' "$offered" | grep -qx "$name" || say "$name is not exported" ;; esac
done
needs=$(readelf -d "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
for name in $needs; do
	case $name in
	libtss2* | libjson-c* | libp11-kit* | libssl*) say "the module loads $name into its host" ;;
	esac
done
# The C runtime has one entry of its own (frame_dummy); sanitizers add theirs.
case $needs in
*asan* | *tsan* | *ubsan*) ;;
*)
	entries=$(readelf -SW "$module" | awk '{for (i = 1; i < NF; i++) if ($i == ".init_array") print $(i + 4)}')
	[ $((0x${entries:-0})) -le 8 ] || say "code runs when the module is loaded (.init_array has 0x$entries bytes)"
	readelf -d "$module" | grep -q 'NODELETE' && say "the module cannot be unloaded"
	;;
esac
[ $failed -ne 0 ] || echo "$(printf '%s\n' "$offered" | grep -c '^C_') functions exported, nothing else"
exit $failed
