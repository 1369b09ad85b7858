#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A host that exports its own sqlite3_* functions (browsers do) keeps them to itself.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
keys_with_certificates
host=$BUILD/test/client/client-host-sqlite
if [ "$(nm -D --defined-only "$host" | grep -c sqlite3_)" -ge 20 ]; then pass "$CASE/the host exports them"; else fail "$CASE/the host exports them" "it does not"; fi
try "find, login, generate, sign" "$host" "$MODULE" clients init open find login generate sign:7f sign:01 destroy logout finalize
