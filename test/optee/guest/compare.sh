#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# ECDSA P-256 signatures in a second: OP-TEE's PKCS #11 trusted application, which signs in the TEE,
# and Bulla, which signs in the process after the TEE has opened the token. Figures of an emulator: only
# their ratio says something, and Bulla must be the faster one by far.
. /opt/test/guest/lib.sh

lib=/usr/lib/aarch64-linux-gnu
mkdir -p /tmp/compare
printf 'source = tee\npolicy = pin\n' >/tmp/compare/conf
theirs=$(as alice /opt/test/compare $lib/libckteec.so.0 so-pin-1 user-pin-1 2>&1) || theirs="failed: $theirs"
# shellcheck disable=SC2034 # lib.sh reads it
VARS=(BULLA_CONF=/tmp/compare/conf BULLA_STORE=/home/alice/compare)
ours=$(as alice /opt/test/compare $lib/pkcs11/bulla-pkcs11.so so-pin-1 user-pin-1 2>&1) || ours="failed: $ours"
case $theirs$ours in
*[!0-9.]*) fail compare "theirs: $theirs; ours: $ours" ;;
*)
	ratio=$(awk "BEGIN {printf \"%.1f\", $ours / $theirs}")
	echo "ECDSA P-256 signatures in a second: in the TEE $theirs, Bulla $ours, ratio $ratio"
	if awk "BEGIN {exit !($ratio > 2)}"; then pass compare; else fail compare "ratio $ratio"; fi
	;;
esac
