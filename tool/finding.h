/* SPDX-License-Identifier: BSD-2-Clause */
/* One assumption of the threat model (docs/threat-model/README.md has them by id), what was seen
 * here, whether it holds, and what follows if not. */
#pragma once

#include "js.h"

enum holds {
	HOLDS_YES,
	HOLDS_NO,
	HOLDS_UNKNOWN, /* cannot be seen from here */
};

static inline enum holds holds_if(bool yes)
{
	return yes ? HOLDS_YES : HOLDS_NO;
}

/* text: what was seen; means: what follows where it does not hold, or is not known. */
void finding_add(
	json_object *list, const char *id, enum holds holds, const char *text, const char *means);

/* What is known of a whole family of parts or versions. */
enum reach {
	APPLIES,         /* the version is in the published range */
	MAY_APPLY,       /* the maker's parts are concerned; which ones cannot be told from here */
	UNLESS_MENDED,   /* all makers that took the reference code */
	IN_SOME_BUILDS,  /* of these versions; which ones cannot be told from here */
	VERSION_NOT_SAID /* a range was published, and the source does not tell its version */
};
void weakness_add(
	json_object *list, const char *id, enum reach reach, const char *what, const char *means);

/* A sentence about a token that holds where all of some bits are set and none of others is. */
struct meaning {
	unsigned all, none;
	const char *text;
};
void meanings_add(json_object *list, const struct meaning *rows, size_t count, unsigned bits);

/* This host's part: memory, core files, swap, hibernation, the kernel, the boot. */
void host_assess(json_object *findings);

struct trust_info;
/* The rows of the weakness tables that may concern this TPM, and this TEE. */
void weak_assess(json_object *list, const struct trust_info *tpm);
void weak_assess_tee(json_object *list, const struct trust_info *tee);
