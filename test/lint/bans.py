#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""bans.py ROOT - words and headers that only some files may use. Third-party headers can be reached
from anywhere in /usr/include, so the compiler does not fence them off; this does. A row that hurts
is changed here, in a commit that says why."""
import pathlib
import re
import sys

LIBRARY = ("include/", "base/", "store/", "token/", "module/")  # what runs in somebody else's process
PROGRAMS = ("tpm/", "ta/", "tool/")
ALL = LIBRARY + PROGRAMS

# (what, where it is looked for, which of those may say it, why)
ROWS = [
    (r'#include "\.\./', ALL, (), "headers are found by their folder's include path"),
    (r"#include <sqlite3\.h>", ALL, ("store/db.c", "store/db.h"), "SQLite stays in one file"),
    (r"#include <tss2/", ALL, ("tpm/",), "tpm2-tss stays in the helper"),
    (r"#include <tee_client_api\.h>", ALL, ("store/teec.c",), "libteec stays in one file"),
    (r"#include <json", ALL, ("tpm/", "tool/"), "JSON is for programs"),
    (r"#include <ini\.h>", ALL, ("store/config.c",), "one reader of configuration"),
    (r"#include <.*pkcs11\.h>", ALL, ("include/p11/",), "ours adds what the system's lacks"),
    (r"#include <openssl/", ALL,
     ("include/base/ossl.h", "base/", "tpm/", "store/pin.c", "token/mech_", "token/key.c",
      "token/codec", "token/make", "token/parts", "token/admin.c",
      "tool/cmd_import.c", "tool/ta_signer.c"), "libcrypto is for those who compute"),
    (r"\bcase CKM_", ALL, ("token/mech_", "token/params.c"), "mechanisms are rows, not branches"),
    (r"\b(?:strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|alloca|strtok|tmpnam|mktemp)\s*\(", ALL, (),
     "no bounds, or no errors"),
    (r"\b(?:malloc|realloc|memcmp)\s*\(", LIBRARY, ("base/", "include/base/"),
     "calloc, buf, bytes_eq: base/ does the rest"),
    (r"\bgetenv\s*\(", ALL, (), "secure_getenv"),
    (r"\bsecure_getenv\s*\(", LIBRARY,
     ("store/config.c", "store/helper.c", "base/log.c", "base/broken.c"),
     "the environment is configuration"),
    (r"\b(?:exit|abort|atexit|on_exit|signal|sigaction|setlocale|chdir|umask|setenv|putenv|system|popen"
     r"|fork|vfork|posix_spawnp?|dlopen|srand|rand|random)\s*\(", LIBRARY,
     ("base/secret.c", "store/helper.c", "store/teec.c"), "a guest leaves its host's process alone"),
    (r"\b(?:printf|puts|putchar|perror|vprintf)\s*\(|\bf(?:printf|puts|putc|write)\s*\(\s*(?:[^,;]+,\s*)?std(?:out|err)\b",
     LIBRARY, ("base/log.c",), "a guest is silent"),
    (r"\b(?:RAND_bytes|RAND_priv_bytes|EVP_PKEY_CTX_new|EVP_PKEY_CTX_new_id|EVP_get_(?:digest|cipher)byname"
     r"|EVP_(?:sha|aes_|md5)\w*|d2i_(?:AutoPrivateKey|PrivateKey|PUBKEY)|EVP_PKEY_new_raw_(?:private|public)_key"
     r"|EVP_PKEY_Q_keygen|EVP_Q_\w+|OPENSSL_init_crypto|ENGINE_\w+)\s*\(", LIBRARY, ("base/ossl.c",),
     "that is the host's library context, not ours: use ossl.h and the _ex forms"),
    (r"__attribute__\s*\(\(\s*\(?(?:constructor|destructor)", ALL, (), "nothing runs by being loaded"),
    (r"\bgoto\b", ALL, (), "cleanup attributes do it"),
    (r"#include <utee_syscalls\.h>", ALL, ("ta/object.c",), "OP-TEE's own calls stay in one file"),
    (r"\bTEE_\w*(?:PersistentObject1?|ObjectData)\s*\(", ("ta/",), (), "they end the TA: object.h"),
    (r"#include <(?!utee_syscalls\.h|tee_internal_api\.h|tee_internal_api_extensions\.h|pta_system\.h|stdbool\.h|stddef\.h|stdint\.h)",
     ("ta/",), (), "the TA has the internal API, and no libc"),
    (r"\b(?:TEE_Malloc|TEE_Realloc|malloc|calloc|memcmp|memcpy|memset)\s*\(", ("ta/",), (),
     "no heap in the TA, and the internal API's memory functions"),
]
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*', re.S)
STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
WORDS = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def rows_hit(name, code):
    for pattern, where, may, why in ROWS:
        if name.startswith(where) and not (may and name.startswith(may)):
            for m in re.finditer(pattern, code):
                yield f"{name}:{line_of(code, m.start())}: {m[0].strip()}: {why}"


def conditionals_in_functions(name, code):
    """A preprocessor branch inside braces: optional parts are whole files or whole functions."""
    bare = STRING.sub(lambda m: '"' + " " * (len(m[0]) - 2) + '"', code)
    depth = 0
    for number, line in enumerate(bare.splitlines(), 1):
        if depth > 0 and re.match(r"\s*#\s*(?:if|ifdef|ifndef|elif)\b", line):
            yield f"{name}:{number}: a preprocessor condition inside braces: choose whole files"
        if not line.lstrip().startswith("#"):
            depth += line.count("{") - line.count("}")


def main(root):
    root, bad, count = pathlib.Path(root), [], 0
    for p in sorted(q for d in ALL for q in (root / d).rglob("*.[ch]")):
        name, text = str(p.relative_to(root)), p.read_text()
        # includes are strings, too: only comments go
        code = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
        bad += rows_hit(name, code)
        bad += conditionals_in_functions(name, code)
        count += 1
    for p in sorted(q for s in ("*.c", "*.h", "*.py", "*.sh", "meson.build") for q in root.rglob(s)):
        name = str(p.relative_to(root))
        if name.startswith(("build", ".")):
            continue
        text = p.read_text()
        if p.name != "meson.build" and "SPDX-License-Identifier: BSD-2-Clause" not in text[:200]:
            bad.append(f"{name}:1: no SPDX line")
        bad += [f"{name}:{line_of(text, m.start())}: {m[0]}: do it, or leave it" for m in WORDS.finditer(text)]
    if count == 0:
        bad.append("no sources found")
    print("\n".join(bad) or f"{count} sources, nothing banned")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
