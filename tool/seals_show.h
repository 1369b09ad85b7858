/* SPDX-License-Identifier: BSD-2-Clause */
/* A token's seals, as `status` and `seal` show them: who, by which source, under which policy,
 * since when, whether each would open; and what all of them together amount to. */
#pragma once

#include "js.h"
#include "site.h"

#define SEAL_SHORT_LEN 8u /* hex digits that are enough to tell a token's seals apart */

/* What the seals in a store's form say of themselves. */
struct seals {
	struct seal_info list[STORE_SEALS_MAX];
	size_t count;
	bool whole; /* all of them could be read */
};
/* The infos borrow from the bytes. */
void seals_read(struct bytes seals, struct seals *ret);
const char *seal_role_name(enum seal_role role);

/* Adds "seals" and "effective" to o. quick: the sources are not asked. False if the user's seals
 * were asked and none would open. */
bool seals_show(const struct site *s, const struct token_file *f, bool quick, json_object *o);
/* Adds one object: the policy that the seals amount to, which is the OR of all, and the weakest. */
void seals_effective(json_object *o, const char *key, const struct seals *seals);

/* The text of what seals_show added. */
void seals_print(json_object *o);
