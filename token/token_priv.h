/* SPDX-License-Identifier: BSD-2-Clause */
/* A token's insides, for the files that together are the token: load.c (what the store has),
 * unlock.c (the trusted key), token.c (objects), login.c. */
#pragma once

#include "config.h"
#include "index.h"
#include "key.h"
#include "lock.h"
#include "rv.h"
#include "store.h"
#include "token.h"

/* What the seals say without being opened. */
struct token_seals {
	bool user, so;   /* is there one of this role? */
	bool user_pin;   /* a user seal with a PIN */
	bool no_login;   /* a user seal without PIN */
	char source[16]; /* of the user's first seal, else of the SO's; "" if there is neither */
};

struct token {
	const struct config *config;
	struct store *store; /* locks for itself */
	CK_SLOT_ID slot_id;
	struct lock login_lock; /* one login, logout or PIN change at a time; held while the trust
				   source works */
	struct lock lock;       /* everything below; never held while the trust source works */
	struct key_cache keys;  /* locks for itself */

	struct keyring *tk;      /* NULL: closed */
	struct keyring *session; /* session objects are sealed under it; made at first use */
	enum login_state login;
	bool lazy_refused; /* the seals without a PIN did not open when last asked; those with one
			      may */
	_Atomic uint64_t generation; /* written under lock */
	struct index *index;

	bool loaded, record_loaded;
	bool verified;                                /* what is loaded was checked under TK */
	uint64_t store_generation, record_generation; /* of what is loaded */
	_Atomic uint64_t looked; /* the coarse clock's tick of the last look at the store */
	struct store_token record;
	struct buf seals; /* as store_read_token gives them */
	struct token_seals summary;
};

static inline uint64_t load_generation(const struct token *t)
{
	return atomic_load_explicit(&t->generation, memory_order_acquire);
}

/* ---- load.c; all with token->lock held ---- */

/* Record and seals only: what C_GetTokenInfo and C_Login need. */
NODISCARD CK_RV load_record(struct token *t);
/* Everything that changed; objects are verified where TK is open. */
NODISCARD CK_RV load_changes(struct token *t);
/* Everything that hangs on who is logged in, at once. Takes the keyring; NULL in it: none came. */
void load_enter(struct token *t, enum login_state state, struct keyring **tk);
/* Logs out: TK, private session objects, private handles and open keys are gone. */
void load_leave(struct token *t);
/* May the present login state see private objects? */
bool load_private_visible(const struct token *t);

/* ---- unlock.c; login_lock held, lock not ---- */

/* Is it long enough, and not too long? What cannot be right costs no try. */
bool unlock_pin_possible(struct bytes pin);
/* Opens TK by this role's seals with a PIN; keeps the budget. */
NODISCARD CK_RV unlock_pin(
	struct token *t, enum seal_role role, struct bytes pin, struct keyring **ret);
struct trust_env unlock_env(const struct token *t);
uint64_t unlock_now_s(void); /* seconds since 1970 */
/* The keyring of a token that needs no login, opened if it is not open yet. Takes login_lock and
 * lock. CKR_USER_NOT_LOGGED_IN if the token needs one. */
NODISCARD CK_RV unlock_lazy(struct token *t);
/* The same with login_lock held. */
NODISCARD CK_RV unlock_lazy_held(struct token *t);
