#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# build_ta.sh TREE FOLDER DIR TO [other-signer | AS=...]: builds the trusted application of a folder in
# DIR with the dev kit of the guest's OP-TEE, and signs it: with the dev kit's key, whose public half
# is in that OP-TEE, or with one that nobody knows.
set -eu
top=$1 folder=$2 dir=$(realpath -m "$3") to=$4
shift 4
kit=/g/usr/lib/optee-os-dev/vexpress-qemu_armv8a
options=("TA_DEV_KIT_DIR=$kit" CROSS_COMPILE=aarch64-linux-gnu- TOP="$top")
mkdir -p "$dir"
if [ "${1:-}" = other-signer ]; then
	[ -e "$dir/key.pem" ] || python3 - "$dir/key.pem" <<-'END'
		import sys
		from cryptography.hazmat.primitives import serialization as s
		from cryptography.hazmat.primitives.asymmetric import rsa
		key = rsa.generate_private_key(65537, 2048)
		with open(sys.argv[1], "wb") as f:
		    f.write(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL, s.NoEncryption()))
	END
	options+=(TA_SIGN_KEY="$dir/key.pem")
elif [ $# -gt 0 ]; then
	options+=("$@")
fi
# the dev kit's own compiler flags, not those of programs
env -u CFLAGS -u CPPFLAGS -u LDFLAGS make -s -C "$top/$folder" "${options[@]}" O="$dir"
cp "$dir"/*-*-*-*-*.ta "$to"
