#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""wraps.py WRAPS LIB.a... - every call into libcrypto, SQLite and the allocator that the libraries make,
and that can fail, is in wraps.txt, so that the n-th-failure tests reach it."""
import re
import subprocess
import sys

MAY_FAIL = re.compile(
    r"^((EVP|OSSL|RAND|BN|EC|ECDSA|RSA|sqlite3|d2i|i2d|X509)_|OPENSSL_init|"
    r"(malloc|calloc|realloc|reallocarray|strdup|asprintf|realpath|opendir|fdopen)$)")
# what only frees, asks or cannot fail; what answers a question about input (d2i); variadic ones
NOT = re.compile(
    r"(_free$|get0_|^OSSL_PARAM_|_PARAM_modified|^BN_CTX_(start|end|get)$|^BN_(cmp|is_|num_bits|set_flags|"
    r"value_one|kronecker)|set_flags|get_bits|is_a$|get_group_name$|settable|X509_get_|PROVIDER_(unload|query_operation)|"
    r"^d2i_|^sqlite3_(column_(type|bytes|int64)|errcode|errstr|changes|limit|finalize|close|reset|"
    r"system_errno|busy_timeout|extended_result_codes|db_config|get_autocommit)$)")


def main(wraps, libs):
    have = set(open(wraps).read().split())
    used = set()
    for lib in libs:
        text = subprocess.run(["nm", "-u", lib], capture_output=True, text=True, check=True).stdout
        used |= set(re.findall(r" U (\w+)", text))
    missing = sorted(n for n in used if MAY_FAIL.match(n) and not NOT.search(n) and n not in have)
    for name in missing:
        print(f"{name}: can fail, and is not in wraps.txt and wraps.c")
    print(f"{len(have)} calls are made to fail, {len(missing)} are missing")
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
