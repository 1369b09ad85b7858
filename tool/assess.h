/* SPDX-License-Identifier: BSD-2-Clause */
/* What bulla assess has for each kind of trust source: what it says of itself, which assumptions
 * are about it, and what they mean for tokens. */
#pragma once

#include "js.h"

#include "trust.h"

/* One source under assessment. */
struct assessed {
	const char *name;
	const struct trust_ops *ops; /* NULL: this build has none of this name */
	bool there;                  /* info is what it said of itself */
	struct trust_info info;
};

struct assess_kind {
	/* Adds to the source's object. */
	void (*show)(json_object *source, const struct trust_env *env, const struct trust_info *i);
	/* Its assumptions; where it is away, too: as much as can be said then. */
	void (*judge)(json_object *findings, const struct assessed *a);
	void (*weak)(json_object *weaknesses, const struct trust_info *i);
	/* What a token's seals by it are worth; weakest: what the weakest of them demands. */
	void (*means)(json_object *means, const struct assessed *a, const struct policy *weakest);
	/* The text of what show added. */
	void (*print)(json_object *source);
};

extern const struct assess_kind assess_tpm, assess_tee;

/* "  LABEL   one, two": an array of words, for print. */
void assess_print_words(const char *label, json_object *array);
void assess_print_findings(json_object *findings);
/* Weaknesses, and what it all means for each token. */
void assess_print_rest(json_object *tree);
