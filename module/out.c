/* SPDX-License-Identifier: BSD-2-Clause */
#include "out.h"

#include <string.h>

void out_text(CK_UTF8CHAR *ret, size_t len, const char *text)
{
	size_t n = strnlen(text, len);

	memset(ret, ' ', len);
	memcpy(ret, text, n);
}

CK_VERSION out_version(void)
{
	return (CK_VERSION){BULLA_VERSION_MAJOR, BULLA_VERSION_MINOR};
}
