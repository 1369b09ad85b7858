#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# beside.sh SUITE PACKAGE... - Debian's packages unpacked beside the system, and never installed: for programs
# that would start services, and for versions that this Debian does not have. SUITE is "own", "backports"
# or "next" (the Debian after this one; PACKAGE@backports is of the backports to that). Prints the directory; a run of ./check downloads once. Fails, and
# says why, where there is no network or no such package.
set -eu
suite=$1
shift
cache=${CHECK_WORK:-${TMPDIR:-/tmp}}/beside
name=$suite-$1-$(printf '%s ' "$@" | cksum | cut -d' ' -f1)
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
[ ! -e "$cache/$name.none" ] || { cat "$cache/$name.none" >&2; exit 1; }
[ ! -e "$cache/$name.ok" ] || { echo "$cache/$name"; exit 0; }
none() {
	echo "$*" | tee "$cache/$name.none" >&2
	exit 1
}

codename=$(. /etc/os-release && [ "$ID" = debian ] && echo "$VERSION_CODENAME") || none "this is no Debian"
case $codename in
bookworm) next=trixie ;;
*) next='' ;;
esac
case $suite in
own) from='' ;;
backports) from=/$codename-backports ;;
next)
	[ -n "$next" ] || none "which Debian follows $codename is not known here"
	from=/$next
	set -- "${@/@backports/$from-backports}"
	;;
*) none "no suite $suite" ;;
esac

# The machine's own sources and two suites more, with lists of their own; what is taken without a suite's name
# comes from the machine's.
root=$cache/apt
apt=(apt-get -q -o "Dir::State::lists=$root/lists" -o "Dir::Cache=$root/cache" -o "Dir::Cache::pkgcache=$root/p"
	-o "Dir::Cache::srcpkgcache=$root/s" -o "Dir::Etc::sourceparts=$root/sources.d" -o APT::Sandbox::User= -o Acquire::Retries=2
	-o Acquire::Languages=none -o "APT::Default-Release=/^$codename(|-updates|-security)\$/")
if [ ! -e "$root/ok" ]; then
	# shellcheck disable=SC2016 # apt's own variables
	uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 2>/dev/null |
		awk -v c="$codename" '$2 == c && $3 == "main" {print $1; exit}')
	[ -n "$uri" ] || none "apt knows no source of $codename"
	mkdir -p "$root/lists/partial" "$root/cache/archives/partial" "$root/sources.d"
	cp /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources "$root/sources.d" 2>/dev/null || true
	for one in "$codename-backports" $next ${next:+$next-backports}; do echo "deb $uri $one main"; done >"$root/sources.d/beside.list"
	timeout 180 "${apt[@]}" update >"$root/log" 2>&1 || none "apt-get update: $(grep '^[EW]:' "$root/log" | tail -n 1)"
	touch "$root/ok"
fi
wanted=()
for one; do
	case $one in
	*/*) wanted+=("$one") ;;
	*) wanted+=("$one$from") ;;
	esac
done
mkdir -p "$cache/$name"
(cd "$cache/$name" && timeout 300 "${apt[@]}" download "${wanted[@]}") >"$root/log" 2>&1 ||
	none "$suite has no $*: $(grep '^E:' "$root/log" | head -n 1)"
for deb in "$cache/$name"/*.deb; do
	dpkg-deb -f "$deb" Package Version | awk '{printf "%s ", $2} END {print ""}' >>"$cache/$name/versions"
	dpkg-deb -x "$deb" "$cache/$name"
	rm "$deb"
done
touch "$cache/$name.ok"
echo "$cache/$name"
