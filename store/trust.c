/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a trust source by its name. Which ones there are stands in trust_table.c. */
#include "trust.h"

#include "log.h"

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

struct err trust_can(const struct trust_ops *ops, const struct policy *p)
{
	static const struct {
		unsigned part;
		const char *name;
	} parts[] = {
		{POLICY_PART_PIN, "a PIN"},
		{POLICY_PART_PCR, "PCRs"},
		{POLICY_PART_LOGIN, "a user or group (login)"},
	};
	unsigned missing = policy_parts(p) & ~ops->honours;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if ((missing & parts[i].part) != 0)
			log_error("the trust source %s cannot bind a seal to %s", ops->name,
				parts[i].name);
	return missing == 0 ? OK : ERR(E_UNSUPPORTED);
}
