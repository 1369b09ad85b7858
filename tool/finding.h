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

/* This host's part: memory, core files, swap, hibernation, the kernel, the boot. */
void host_assess(json_object *findings);

struct trust_info;
/* The rows of the weakness table that may concern this TPM. */
void weak_assess(json_object *list, const struct trust_info *tpm);
