/* SPDX-License-Identifier: BSD-2-Clause */
/* Only in test builds: which mechanisms are switched off, their names joined by commas. */
#include "broken.h"

#include <stdlib.h>
#include <string.h>

bool broken_now(const char *name)
{
	const char *now = secure_getenv("BREAK");
	size_t len = strlen(name);

	while (now != NULL) {
		if (strncmp(now, name, len) == 0 && (now[len] == ',' || now[len] == '\0'))
			return true;
		now = strchr(now, ',');
		now = now == NULL ? NULL : now + 1;
	}
	return false;
}
