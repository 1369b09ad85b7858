#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# build_ta.sh KIT TREE FOLDER DIR TO other-signer|AS=...: builds the trusted application of a folder in
# DIR with a dev kit, and signs it: with the dev kit's key, whose public half is in the guest's OP-TEE,
# or with one that was made for this.
set -eu
kit=$1 top=$2 folder=$3 dir=$(realpath -m "$4") to=$5
shift 5
options=("TA_DEV_KIT_DIR=$kit" CROSS_COMPILE=aarch64-linux-gnu- TOP="$top")
mkdir -p "$dir"
if [ "$1" = other-signer ]; then
	[ -e "$dir/key.pem" ] || python3 - "$dir/key.pem" <<-'END'
		import sys
		from cryptography.hazmat.primitives import serialization as s
		from cryptography.hazmat.primitives.asymmetric import rsa
		key = rsa.generate_private_key(65537, 2048)
		with open(sys.argv[1], "wb") as f:
		    f.write(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL, s.NoEncryption()))
	END
	options+=(TA_SIGN_KEY="$dir/key.pem")
else
	options+=("$1")
fi
# the dev kit's own compiler flags, not those of programs
env -u CFLAGS -u CPPFLAGS -u LDFLAGS make -s -C "$top/$folder" "${options[@]}" O="$dir"
cp "$dir"/*-*-*-*-*.ta "$to"
