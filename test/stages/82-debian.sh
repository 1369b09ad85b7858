#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: the Debian packages: built, looked at by lintian, installed and removed in a fresh root
# lane: wait
# needs: root
# limit: 900
# what is mounted here goes with the stage
[ -n "${OWN_MOUNTS:-}" ] || OWN_MOUNTS=1 exec unshare --mount bash "$0"
. "$CHECK_TOP/test/stages/lib.sh"

# A root file system of nothing but the base, made of this machine's Debian; a copy of it gets what a build needs.
clean=$DIR/clean build=$DIR/build-root
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016 # apt's own variables
uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' | awk -v c="$codename" '$2 == c && $3 == "main" {print $1; exit}')

quiet() { # COMMAND...: what it says is shown if it fails
	"$@" >"$DIR/log" 2>&1 </dev/null || { tail -n 30 "$DIR/log"; return 1; }
}
chmod 755 "$DIR"
if ! quiet timeout 300 debootstrap --variant=minbase "$codename" "$clean" "$uri"; then
	skip debian "no fresh root can be made here: $(tail -n 1 "$DIR/log")"
	exit 0
fi
cp -a "$clean" "$build"
mount -t proc proc "$clean/proc" && mount -t proc proc "$build/proc" || { skip debian "nothing may be mounted here"; exit 0; }
inside() { local root=$1; shift; quiet timeout 600 chroot "$root" env -i PATH="$PATH" HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
try() { local name=$1; shift; if "$@"; then pass "$name"; else fail "$name" "$(tail -n 1 "$DIR/log")"; fi; }

mkdir "$build/src"
cp -r "$CHECK_TOP" "$build/src/bulla"
inside "$build" apt-get install -qy --no-install-recommends build-essential fakeroot lintian &&
	inside "$build" sh -c 'cd /src/bulla && apt-get build-dep -qy --no-install-recommends ./' ||
	{ fail "what a build needs" "$(tail -n 1 "$DIR/log")"; exit 0; }
inside "$build" useradd -m builder
chown -R --reference="$build/home/builder" "$build/src"
try "dpkg-buildpackage" inside "$build" su builder -c 'cd /src/bulla && DEB_BUILD_OPTIONS=parallel=2 dpkg-buildpackage -b -us -uc'
try "lintian finds no error" inside "$build" su builder -c 'lintian --fail-on error /src/*.changes'
cat "$DIR/log"
for package in bulla libpkcs11-bulla; do
	if compgen -G "$build/src/${package}_*.deb" >/dev/null; then pass "$package"; else fail "$package" "no such package was built"; fi
done

# installed, used and removed in the fresh root: what was there before is there after, and no more
seen() { (cd "$clean" && find etc usr var/lib -not -path 'var/lib/dpkg*' -not -path 'var/lib/apt/*' -not -path '*/__pycache__*' -not -name 'ld.so.cache' -not -path 'var/lib/systemd/*' | LC_ALL=C sort); }
inside "$clean" apt-get install -qy --no-install-recommends p11-kit libtss2-tctildr0 libtss2-esys-3.0.2-0 libtss2-rc0 libtss2-mu0 libtss2-tcti-device0 libjson-c5 libssl3 init-system-helpers
seen >"$DIR/before"
cp "$build"/src/*.deb "$clean/root"
try "apt installs both" inside "$clean" sh -c 'apt-get install -qy --no-install-recommends /root/bulla_*.deb /root/libpkcs11-bulla_*.deb'
try "bulla runs" inside "$clean" bulla version
try "bulla list without a token" inside "$clean" bulla list
try "p11-kit loads the module" inside "$clean" p11-kit list-modules
if grep -q "bulla-pkcs11.so" "$DIR/log"; then pass "and lists it"; else cat "$DIR/log"; fail "and lists it" "it does not"; fi
try "the helper is where the module looks" inside "$clean" sh -c 'test -x /usr/lib/*/bulla/bulla-tpm'
try "apt purges both" inside "$clean" apt-get purge -qy bulla libpkcs11-bulla
seen >"$DIR/after"
if diff "$DIR/before" "$DIR/after"; then pass "nothing is left"; else fail "nothing is left" "$(diff "$DIR/before" "$DIR/after" | grep -c '^>') files more"; fi
umount "$clean/proc" "$build/proc"
rm -rf "$clean" "$build"
