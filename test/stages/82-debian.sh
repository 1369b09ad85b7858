#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: the Debian packages: built, looked at by lintian, installed and removed in a fresh root
# lane: wait
# needs: root
# limit: 900
# what is mounted here goes with the stage
[ -n "${OWN_MOUNTS:-}" ] || OWN_MOUNTS=1 exec unshare --mount bash "$0"
. "$CHECK_TOP/test/stages/debs.sh"
need_debs debian

# installed, used and removed in the fresh root: what was there before is there after, and no more; but the group stays
clean=$DIR/clean
chmod 755 "$DIR"
cp -a "$PLACE/clean" "$clean"
seen() { (cd "$clean" && find etc usr var/lib -not -path 'var/lib/dpkg*' -not -path 'var/lib/apt/*' -not -path '*/__pycache__*' -not -name 'ld.so.cache' -not -path 'var/lib/systemd/*' -not -path 'etc/group-' -not -path 'etc/gshadow-' | LC_ALL=C sort); }
inside "$clean" apt-get install -qy --no-install-recommends p11-kit libtss2-tctildr0 libtss2-esys-3.0.2-0 libtss2-rc0 libtss2-mu0 libtss2-tcti-device0 libjson-c5 libssl3 init-system-helpers \
	systemd-standalone-sysusers systemd-standalone-tmpfiles
seen >"$DIR/before"
cp "$DEBS"/*.deb "$clean/root"
try "apt installs both" inside "$clean" sh -c 'apt-get install -qy --no-install-recommends /root/bulla_*.deb /root/libpkcs11-bulla_*.deb'
try "bulla runs" inside "$clean" bulla version
try "bulla list without a token" inside "$clean" bulla list
try "p11-kit loads the module" inside "$clean" p11-kit list-modules
if grep -q "bulla-pkcs11.so" "$LOG"; then pass "and lists it"; else cat "$LOG"; fail "and lists it" "it does not"; fi
try "the helper is where the module looks" inside "$clean" sh -c 'test -x /usr/lib/*/bulla/bulla-tpm'
try "the system's store is root's, and its group's to read" inside "$clean" sh -c 'test "$(stat -c "%U %G %a" /var/lib/bulla)" = "root bulla 750"'

# a purge takes no token away
try "a token's file" inside "$clean" sh -c 'touch /var/lib/bulla/token-00000001.db'
try "apt purges both" inside "$clean" apt-get purge -qy bulla libpkcs11-bulla
if grep -q "tokens in /var/lib/bulla: kept" "$LOG" && [ -e "$clean/var/lib/bulla/token-00000001.db" ]; then pass "tokens stay, and that is said"; else fail "tokens stay, and that is said" "$(grep bulla "$LOG" | tail -n 1)"; fi
rm -rf "$clean/var/lib/bulla"
seen >"$DIR/after"
if diff "$DIR/before" "$DIR/after"; then pass "nothing else is left"; else fail "nothing else is left" "$(diff "$DIR/before" "$DIR/after" | grep -c '^>') files more"; fi
try "apt installs both again" inside "$clean" sh -c 'apt-get install -qy --no-install-recommends /root/bulla_*.deb /root/libpkcs11-bulla_*.deb'
try "and purges them" inside "$clean" apt-get purge -qy bulla libpkcs11-bulla
seen >"$DIR/after"
if diff "$DIR/before" "$DIR/after"; then pass "nothing is left of empty stores"; else fail "nothing is left of empty stores" "$(diff "$DIR/before" "$DIR/after" | grep -c '^>') files more"; fi
umount "$clean/proc"
rm -rf "$clean"
