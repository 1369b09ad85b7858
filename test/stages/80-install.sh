#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: meson install: what is where, and that the installed module works through p11-kit
# lane: wait
# limit: 600
. "$CHECK_TOP/test/stages/lib.sh"

# Built for a prefix of its own, as a packager builds for /usr: nothing may point into the build tree.
BUILD=$CHECK_WORK/builds/install
prefix=$DIR/prefix
if ! { meson setup "$BUILD" "$CHECK_TOP" --prefix "$prefix" -Dtests=false && meson install -C "$BUILD"; } >"$DIR/log" 2>&1; then
	tail -n 40 "$DIR/log"
	fail install "it does not install: $(tail -n 1 "$DIR/log")"
	exit 0
fi
module=$(find "$prefix" -name bulla-pkcs11.so)
for file in bin/bulla share/man/man1/bulla.1 share/man/man5/bulla.conf.5; do
	if [ -e "$prefix/$file" ]; then pass "$file"; else fail "$file" "it is not installed"; fi
done
for name in bulla-pkcs11.so bulla-tpm bulla.module; do
	if [ "$(find "$prefix" -path "$prefix/etc" -prune -o -name "$name" -print | wc -l)" -eq 1 ]; then pass "$name"; else fail "$name" "$(find "$prefix" -path "$prefix/etc" -prune -o -name "$name" -print | wc -l) of it"; fi
done
if find "$prefix" -perm /6022 | grep .; then fail modes "writable by others, or with an s bit"; else pass modes; fi
cp -r "$prefix" "$DIR/stripped"
find "$DIR/stripped" -type f \( -name '*.so' -o -perm /111 \) -exec strip -g {} + # debug information names sources, and may
if grep -rlF "$BUILD" "$DIR/stripped"; then fail "no build paths" "see above"; else pass "no build paths"; fi

# The same scripts as for the build tree, with the installed programs.
rm -rf "$DIR/layout" && mkdir -p "$DIR/layout/module" "$DIR/layout/tool" "$DIR/layout/test"
ln -s "$module" "$DIR/layout/module/bulla-pkcs11.so"
ln -s "$prefix/bin/bulla" "$DIR/layout/tool/bulla"
export INSTALLED_CONFIG
INSTALLED_CONFIG=$(find "$prefix" -name bulla.module)
rm -rf "$BUILD" # whatever still looks there shall fail
for script in pkcs11-tool p11tool; do
	CHECK_CLIENTS=/dev/null BUILD=$DIR/layout bash "test/client/$script.sh" || fail "$script" "the script itself ended with status $?"
done
