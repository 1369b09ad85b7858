#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The Debian packages, built once in a run of ./check by the stage that needs them first, in a root file system of this machine's Debian
# made for it. Sourced by stages that run as root with mounts of their own.
. "$CHECK_TOP/test/stages/lib.sh"
PLACE=$CHECK_WORK/debian    # clean: nothing but the base; build: with what a build needs
DEBS=$CHECK_WORK/debian/out # the packages
LOG=$DIR/log

quiet() { # COMMAND...: what it says is shown if it fails
	"$@" >"$LOG" 2>&1 </dev/null || { tail -n 30 "$LOG"; return 1; }
}
# inside ROOT COMMAND...
inside() {
	local root=$1
	shift
	mountpoint -q "$root/proc" || mount -t proc proc "$root/proc" || return 1
	quiet timeout 600 chroot "$root" env -i PATH="$PATH" HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
try() { local name=$1; shift; if "$@"; then pass "$name"; else fail "$name" "$(tail -n 1 "$LOG")"; fi; }
none() { echo "$*" | tee "$PLACE/none"; }

debs_build() {
	local codename uri package
	mkdir -p "$DEBS"
	chmod 755 "$PLACE"
	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	# shellcheck disable=SC2016 # apt's own variables
	uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' | awk -v c="$codename" '$2 == c && $3 == "main" {print $1; exit}')
	quiet timeout 300 debootstrap --variant=minbase "$codename" "$PLACE/clean" "$uri" || { none "no fresh root can be made here: $(tail -n 1 "$LOG")"; return; }
	cp -a "$PLACE/clean" "$PLACE/build"
	inside "$PLACE/build" true || { none "nothing may be mounted here"; return; }
	mkdir "$PLACE/build/src"
	cp -r "$CHECK_TOP" "$PLACE/build/src/bulla"
	inside "$PLACE/build" apt-get install -qy --no-install-recommends build-essential fakeroot lintian &&
		inside "$PLACE/build" sh -c 'cd /src/bulla && apt-get build-dep -qy --no-install-recommends ./' ||
		{ none "there is not what a build needs: $(tail -n 1 "$LOG")"; return; }
	inside "$PLACE/build" useradd -m builder
	chown -R --reference="$PLACE/build/home/builder" "$PLACE/build/src"
	try "dpkg-buildpackage" inside "$PLACE/build" su builder -c 'cd /src/bulla && DEB_BUILD_OPTIONS=parallel=2 dpkg-buildpackage -b -us -uc'
	try "lintian finds no error" inside "$PLACE/build" su builder -c 'lintian --fail-on error /src/*.changes'
	cat "$LOG"
	cp "$PLACE"/build/src/*.deb "$DEBS"
	for package in bulla libpkcs11-bulla; do
		if compgen -G "$DEBS/${package}_*.deb" >/dev/null; then pass "$package"; else fail "$package" "no such package was built"; fi
	done
	umount "$PLACE/build/proc"
	rm -rf "$PLACE/build"
}

# need_debs NAME...: ends the stage, with these cases skipped, where they cannot be built at all
need_debs() {
	local name
	(
		flock 9
		[ -e "$PLACE" ] || debs_build
	) 9>"$PLACE.lock"
	[ -e "$PLACE/none" ] || return 0
	for name; do skip "$name" "$(cat "$PLACE/none")"; done
	exit 0
}
