/* SPDX-License-Identifier: BSD-2-Clause */
/* Logging in and out and everything about PINs (PKCS #11 5.6). A PIN is 4 to 255 bytes; what cannot
 * be right is refused without asking the source. Callers hold no session's lock; login_end's caller
 * cancels operations afterwards. */
#pragma once

#include "token.h"

struct policy;

#define PIN_LEN_MIN 4u
#define PIN_LEN_MAX 255u

/* user: CKU_USER or CKU_SO. pin empty: for tokens without a PIN (CKR_OK) and protected
 * authentication paths. */
NODISCARD CK_RV login_start(struct token *t, CK_USER_TYPE user, struct bytes pin);
/* Verifies the PIN once more for one operation (CKA_ALWAYS_AUTHENTICATE); the login state stays. */
NODISCARD CK_RV login_context(struct token *t, struct bytes pin);
/* After it TK is wiped, private session objects are gone, private handles are dead, no key is
 * cached. CKR_USER_NOT_LOGGED_IN. */
NODISCARD CK_RV login_end(struct token *t);

/* SO only: sets the user's PIN (the policy is the one that the token was made with). */
NODISCARD CK_RV login_init_pin(struct token *t, struct bytes pin);
/* Of whoever is logged in, the user's in a public session. */
NODISCARD CK_RV login_set_pin(struct token *t, struct bytes old_pin, struct bytes new_pin);

/* Makes a token (C_InitToken on the uninitialised slot, `bulla init`). so_pin empty: no SO seal.
 * user_pin: NULL ptr: no user seal yet, unless user_policy has no `pin`. */
struct login_new_token {
	const char *dir;
	const char *source;          /* NULL: the configuration's */
	const struct policy *policy; /* of the user seal, and of the SO seal plus `pin`; NULL: the
					configuration's */
	struct bytes label;          /* at most 32 bytes, padded here */
	struct bytes so_pin, user_pin;
	CK_SLOT_ID slot_id; /* the blank slot's, for the token to keep; 0: a random one.
			       CKR_FUNCTION_FAILED if another token of the directory took it */
};
NODISCARD CK_RV login_create_token(
	const struct config *c, const struct login_new_token *n, CK_SLOT_ID *ret_slot_id);
/* C_InitToken on an existing token: its SO PIN must open it. */
NODISCARD CK_RV login_reinit_token(struct token *t, struct bytes so_pin, struct bytes label);
/* The trusted key of a token that needs no login; called by key.c under no lock.
 * CKR_USER_NOT_LOGGED_IN if it does. */
NODISCARD CK_RV login_lazy_open(struct token *t);
