/* SPDX-License-Identifier: BSD-2-Clause */
/* Small things that the C_ functions put into callers' structures. */
#pragma once

#include "pkcs11.h"

#include <stddef.h>

/* Blank padded, not NUL-terminated. */
void out_text(CK_UTF8CHAR *ret, size_t len, const char *text);
/* The project's own version. */
CK_VERSION out_version(void);
