#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A store on a directory that may only be read: found, opened and used, and writes are refused with the
# code for it. A store of modes or owners that others could write is left alone.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
keys_with_certificates
echo "the text" >text
chmod -R a-w "$STORE"
[ ! -w "$STORE" ] || { skip "$CASE" "this user writes in spite of modes"; exit 0; }
try "objects are listed" tool --list-objects
said "with their labels" "ec"
try "a login and a signature" tool --login --pin env:PIN --sign --id 02 --mechanism ECDSA-SHA256 --input-file text --output-file sig
refuse "a key cannot be made" "CKR_TOKEN_WRITE_PROTECTED\|CKR_SESSION_READ_ONLY" tool --login --pin env:PIN --keypairgen --key-type EC:prime256v1 --id 09
chmod -R u+w "$STORE"
try "writable again, a key can be made" tool --login --pin env:PIN --keypairgen --key-type EC:prime256v1 --id 09
chmod 777 "$STORE"
tool --list-token-slots >last.log 2>&1
if grep -q clients last.log; then fail "$CASE/a directory that all may write is not used" "it is"; else pass "$CASE/a directory that all may write is not used"; fi
chmod 700 "$STORE"
try "and used again once it is private" tool --list-objects
