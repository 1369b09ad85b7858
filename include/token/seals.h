/* SPDX-License-Identifier: BSD-2-Clause */
/* A token's seals: several of several sources, of the user and of the SO, each of which opens the
 * token alone. All PIN seals of a role have the same PIN: a new one gets it by being tried on those
 * that are there, and a PIN change remakes them all or none (docs/decisions/0025). */
#pragma once

#include "token.h"

#define SEALS_ID_LEN 16u /* bytes; seal_info.id */

struct policy;

struct seals_new {
	const char *source;
	const struct policy *policy; /* an SO's must have `pin` */
	CK_USER_TYPE user;           /* CKU_USER or CKU_SO: whose seal it is to be */
	struct bytes pin;            /* empty exactly if the policy has no `pin` */
};

/* Adds a seal. The token must be open: by a login of that user or of the SO (a seal of the SO only
 * by the SO's, unless there is no SO yet), or because it needs no login. If the user has seals with
 * a PIN, n->pin is tried on them first (CKR_PIN_INCORRECT costs a try, as at a login). Is the new
 * seal weaker than the others? The caller asks (policy_covers). Else: CKR_USER_NOT_LOGGED_IN,
 * CKR_PIN_LEN_RANGE, CKR_ARGUMENTS_BAD, CKR_DEVICE_MEMORY (no room for more seals), and what a
 * source says at a login. */
NODISCARD CK_RV seals_add(
	struct token *t, const struct seals_new *n, uint8_t ret_id[static SEALS_ID_LEN]);

/* Takes a seal out of the store, and then makes its source forget it. Who may: as in seals_add. The
 * last seal of all is refused (CKR_FUNCTION_FAILED), an id that is none CKR_ARGUMENTS_BAD.
 * *ret_forgotten false: it is out of the store, but the source was away or refused, and a copy of
 * the seal, should there be one, still opens there. */
NODISCARD CK_RV seals_remove(
	struct token *t, const uint8_t id[static SEALS_ID_LEN], bool *ret_forgotten);
