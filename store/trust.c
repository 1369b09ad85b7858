/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a trust source by its name. Which ones there are stands in trust_table.c. */
#include "trust.h"

#include <string.h>

struct err trust_find(const char *name, const struct trust_ops **ret)
{
	for (size_t i = 0; trust_sources[i] != NULL; i++) {
		if (strcmp(trust_sources[i]->name, name) == 0) {
			*ret = trust_sources[i];
			return OK;
		}
	}
	return ERR(E_NOT_FOUND);
}
