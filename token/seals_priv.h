/* SPDX-License-Identifier: BSD-2-Clause */
/* Seals on their way into a token's table: made at their sources first, stored in one transaction
 * then, settled at their sources last. For seals.c and login.c. */
#pragma once

#include "token_priv.h"

/* One change of the table. */
struct seals_item {
	struct bytes before; /* what it takes the place of, in the work's table; empty: it is one
				more */
	struct buf seal;     /* empty: `before` goes */
	bool by_seal;        /* its source counts for each seal alone; this is its count */
	struct trust_count count;
};

struct seals_work {
	struct trust_env env;
	const struct keyring *tk; /* borrowed */
	enum seal_role role;      /* whose seals they are */
	struct buf table;         /* as it was when the work began */
	struct seals_item items[STORE_SEALS_MAX];
	size_t count;
};
void seals_work_done(struct seals_work *w);
#define SEALS_WORK(name) _cleanup_(seals_work_done) struct seals_work name = {0}

/* Looks at the token's table. login_lock is held, here and below. */
NODISCARD CK_RV seals_begin(struct token *t, const struct keyring *tk, struct seals_work *ret);
/* A new seal with source, role and policy of `like`. The source is asked; nothing is stored. */
NODISCARD CK_RV seals_make(
	struct seals_work *w, const struct seal_info *like, struct bytes before, struct bytes pin);
/* A new seal of role `to` for each of the work's table of role `from`. CKR_OK also for none. */
NODISCARD CK_RV seals_make_like(
	struct seals_work *w, enum seal_role from, enum seal_role to, struct bytes pin);
/* What was made and will not be stored: the sources forget what replaces nothing. What replaces
 * something is left alone, since it is one line with it, and never opened. t NULL: no token was
 * made. */
void seals_discard(struct token *t, const struct seals_work *w);
/* Has the source of a seal that is stored no more forget it. False: it was away, or refused;
 * logged.
 */
bool seals_forget(const struct keyring *tk, const struct trust_env *env, struct bytes seal);
/* All seals of a role that have a PIN get this one; if the user has none with a PIN, those without
 * get one; if he has none at all, new ones like the SO's. All or nothing. */
NODISCARD CK_RV seals_change_pin(
	struct token *t, const struct keyring *tk, enum seal_role role, struct bytes pin);
