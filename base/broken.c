/* SPDX-License-Identifier: BSD-2-Clause */
/* Only in test builds: which mechanism is switched off. */
#include "broken.h"

#include <stdlib.h>
#include <string.h>

bool broken_now(const char *name)
{
	const char *now = secure_getenv("BREAK");

	return now != NULL && strcmp(now, name) == 0;
}
