# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154 # $cache and the like are the machine's
# What the makers of virtual machines share (test/optee/machine, test/system/machine): steps that are done once, packages
# by an apt state of our own, a root of tools, disks. Sourced, with $cache (the directory), $suite (Debian's), $foreign
# (an architecture besides this host's, or nothing), $hosts (on which it can be), $tools (the root of tools), and a function `steps`. Nothing is installed on the host.
die() { printf 'machine: %s\n' "$*" >&2; exit "${status:-1}"; }
not_here() { status=3 die "$@"; } # the machine cannot be had here; anything else is a failure

# once NAME INPUT...: runs step_NAME unless it ran before, as it is now and with these inputs, on what
# the steps before it made. With $making false it only says, in $stale, whether there is something to do.
made='' making=false stale=false
once() {
	local name=$1 stamp start=$SECONDS
	shift
	stamp=$({ printf '%s\n' "$made" "$suite" "$@"; declare -f "step_$name"; } | sha256sum | cut -d' ' -f1)
	made=$stamp
	[ "$(cat "$cache/$name.stamp" 2>/dev/null)" != "$stamp" ] || return 0
	$making || { stale=true; return; }
	rm -f "$cache/$name.stamp"
	(set -e; "step_$name") >"$cache/$name.log" 2>&1 </dev/null & # not in a condition: set -e holds
	if ! wait $!; then
		tail -n 30 "$cache/$name.log" >&2
		[ "$name" != fetch ] || not_here "no packages: $(tail -n 1 "$cache/$name.log")"
		die "step $name failed"
	fi
	printf '%s\n' "$stamp" >"$cache/$name.stamp"
	printf 'machine: %s: %s s\n' "$name" $((SECONDS - start))
}

# in_tools [FROM:TO]... -- CMD...: CMD in the root of tools, with directories bound into it.
in_tools() {
	local binds=()
	while [ "$1" != -- ]; do binds+=("$1"); shift; done
	shift
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation private sh -euc 'root=$1; shift
		mount -t proc proc "$root/proc"
		while [ "$1" != -- ]; do mount --bind "${1%%:*}" "$root${1#*:}"; shift; done
		shift
		exec env -i PATH=/usr/sbin:/usr/bin LC_ALL=C.UTF-8 HOME=/tmp BULLA_CHECK_RUN="${BULLA_CHECK_RUN:-}" chroot "$root" "$@"' sh "$tools" "${binds[@]}" -- "$@"
}

apt() { APT_CONFIG=$cache/apt/conf apt-get -qq "$@"; }

# The mirror that the host uses already; without lists the host's apt knows only what it was told.
mirror() {
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' -v release="$(. /etc/os-release && echo "$VERSION_CODENAME")" '
			$1 == "Debian" && $2 == "Debian" {print $5; found = 1; exit}
			$3 == release && $4 == "main" && guess == "" {guess = $5}
			END {if (!found) print guess}'
}

apt_state() {
	local mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$cache"/apt/{lists,cache/archives}/partial
	mirror=$(mirror)
	[ -n "$mirror" ] || { echo "the host's apt knows no Debian mirror"; return 1; }
	printf '%s [signed-by='"$keys] $mirror $suite main\n" deb deb-src >"$cache/apt/sources.list"
	cat >"$cache/apt/conf" <<-END
		Dir::Etc::SourceList "$cache/apt/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::State::Lists "$cache/apt/lists";
		Dir::State::status "/dev/null";
		Dir::Cache "$cache/apt/cache";
		APT::Architectures { "$(dpkg --print-architecture)"; ${foreign:+"$foreign";} };
		APT::Install-Recommends "0";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::GzipIndexes "true";
	END
}

unpack() { # FROM TO
	local dir deb
	mkdir -p "$2"/{dev,proc,sys,tmp,src,build} "$2"/usr/{bin,sbin,lib,lib64}
	for dir in bin sbin lib lib64; do ln -s "usr/$dir" "$2/$dir"; done
	for deb in "$1"/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$2"; done
}

make_disk() { # FROM TO: an ext4 without a journal; it is read only
	local size
	size=$(du -sk --apparent-size "$1" | cut -f1)
	rm -f "$2"
	truncate -s "$((size * 3 / 2 + 16384))K" "$2"
	in_tools "$1:/src" "$(dirname "$2"):/build" -- mkfs.ext4 -q -F -O ^has_journal -m 0 -d /src "/build/$(basename "$2")"
}

setup() {
	[ "$(id -u)" -eq 0 ] || not_here "it needs root"
	[[ " $hosts " == *" $(dpkg --print-architecture) "* ]] || not_here "there are no tools for $(dpkg --print-architecture)"
	mkdir -p "$cache"
	exec 8>>"$cache/lock" # shared by those who use the machine, to the end of this process
	flock -s 8
	steps
	if $stale; then
		flock -n 8 || { echo 'machine: others use it; waiting' && flock 8; }
		made='' making=true
		steps
		flock -s 8
	fi
}

