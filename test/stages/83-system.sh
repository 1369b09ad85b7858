#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: the packages on a machine with systemd and a TPM: web servers and services, docs/howto/services.md
# lane: wait
# needs: root
# limit: 1800
# what is mounted here goes with the stage
[ -n "${OWN_MOUNTS:-}" ] || OWN_MOUNTS=1 exec unshare --mount bash "$0"
. "$CHECK_TOP/test/stages/debs.sh"
IFS=, read -ra cases <<<"${CHECK_ONLY:-}"
names=$(test/system/run.py . --list)

test/system/machine setup
status=$?
if [ $status -eq 3 ]; then # not to be had here
	reason=$(test/system/machine setup 2>&1 | tail -n 1)
	for name in $names; do wanted "$name" && skip "$name" "$reason"; done
	exit 0
fi
[ $status -eq 0 ] || { fail machine "see above"; exit 0; }
# shellcheck disable=SC2086 # words
need_debs $names

# what the guests' second disk has
disk=$DIR/disk
mkdir -p "$disk/packages"
cp "$DEBS"/bulla_*.deb "$DEBS"/libpkcs11-bulla_*.deb "$disk/packages"
cp -r test/system/guest "$disk"
cp docs/howto/services.md "$disk"
test/client/howto.py docs/howto/services.md --all "$disk/howto"
tar -C "$disk" -cf "$DIR/disk.tar" .
chown -R "$CHECK_USER" "$DIR"
setpriv --reuid "$CHECK_USER" --regid "$CHECK_USER" --clear-groups --inh-caps=-all -- python3 test/system/run.py "$DIR/disk.tar" \
	--results "$CHECK_RESULTS" --stage "$CHECK_STAGE" --jobs 2 ${cases[@]+"${cases[@]}"}
exit 0
