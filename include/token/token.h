/* SPDX-License-Identifier: BSD-2-Clause */
/* A token in this process: its store, its trusted key while it is open, its objects' index, its
 * login state. Self-locked. Lock order (docs/decisions/0003): session < token->login_lock <
 * token->lock < key cache < fork gate. */
#pragma once

#include "attrs.h"
#include "lock.h"

struct config;
struct object;

enum login_state {
	LOGIN_NONE, /* public */
	LOGIN_USER,
	LOGIN_SO,
};

/* Who asks, as a value: taken at the start of a call. */
struct who {
	enum login_state login;
	bool rw;         /* the session is read-write */
	bool no_login;   /* the token needs no login (a user seal without PIN): private objects are
			    visible */
	bool trust_open; /* TK is in memory */
	uint64_t generation;       /* of logins: grows with every login and logout */
	CK_SESSION_HANDLE session; /* owner of session objects that are made; 0: none */
};

struct key;
struct token;

/* dir and file as in store_entry. Reads nothing yet but the header. locks: the application's
 * mutexes, or NULL. */
NODISCARD CK_RV token_open(const struct config *c, const struct lock_ops *locks, const char *dir,
	const char *file, struct token **ret);
/* No session is left and nobody else calls. Wipes. */
void token_close(struct token **t);
CK_SLOT_ID token_slot_id(const struct token *t);
const struct config *token_config(const struct token *t);

/* Fills in everything but the session counts. Costs no call to the trust source. */
NODISCARD CK_RV token_info(struct token *t, CK_TOKEN_INFO *ret);
struct who token_who(struct token *t, bool rw, CK_SESSION_HANDLE session);

/* Has another process changed the token? Reload what changed. Called by find, login, open session
 * and create (always) and by *Init with a key (at most once in a tick of the coarse clock, decision
 * 0005). */
NODISCARD CK_RV token_refresh(struct token *t, bool always);

/* Referenced; CKR_OBJECT_HANDLE_INVALID also for what `who` may not see. */
NODISCARD CK_RV token_object(
	struct token *t, const struct who *who, CK_OBJECT_HANDLE h, struct object **ret);
/* The start of an operation, in one turn of the lock: may the key of this handle be used so (as
 * access_use says), and is it open already? CKR_KEY_HANDLE_INVALID if it is none. */
struct token_use {
	bool rw; /* in: as for token_who */
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE handle;
	CK_ATTRIBUTE_TYPE usage; /* CKA_SIGN ... */
	CK_MECHANISM_TYPE mech;
	struct key *key;       /* out: referenced, or NULL: key_open(object) has it */
	struct object *object; /* out: referenced, where key is NULL */
	bool ask_login;        /* out: CKA_ALWAYS_AUTHENTICATE */
};
NODISCARD CK_RV token_use(struct token *t, struct token_use *u);
/* Publishes new objects, all or none: token objects reach the store first, in one transaction. Sets
 * their handles; the caller keeps its references. Their secret attributes come along, in the same
 * order, and are sealed here: under TK for token objects (CKR_USER_NOT_LOGGED_IN if it is not
 * open), under a key of this process for session objects. */
NODISCARD CK_RV token_add(struct token *t, const struct who *who, struct object *const *objects,
	const struct attrs *secrets, size_t count);
/* Puts `changed` in the place of `old` (same id and handle, version + 1). secrets NULL: they stay,
 * re-sealed. */
NODISCARD CK_RV token_replace(
	struct token *t, const struct who *who, struct object *old, struct object *changed);
NODISCARD CK_RV token_remove(struct token *t, const struct who *who, struct object *o);
/* Handles of what `who` may see and matches, in the order in which objects were made. *ret is
 * malloc'd. */
NODISCARD CK_RV token_find(struct token *t, const struct who *who, const struct attrs *wanted,
	CK_OBJECT_HANDLE **ret, size_t *ret_count);
/* The secret attributes of an object, TK opened first where no PIN is needed.
 * CKR_USER_NOT_LOGGED_IN otherwise. */
NODISCARD CK_RV token_open_secrets(struct token *t, const struct object *o, struct attrs *ret);
/* Drops the session objects that this session made. */
void token_drop_session(struct token *t, CK_SESSION_HANDLE session);
/* The current login generation: a key opened under another one must not be used any more. One
 * atomic load. */
uint64_t token_generation(const struct token *t);
/* The open key of an object: referenced; NULL if there is none yet. */
struct key *token_key(struct token *t, struct object *o);
/* Keeps an open key for the next time, unless it was opened under a login that is over. */
void token_key_put(struct token *t, struct object *o, struct key *k);

/* Fork: hold from before fork to after it, in parent and child; then the child forgets keys and
 * descriptors. */
void token_fork_hold(struct token *t);
void token_fork_release(struct token *t);
void token_fork_child(struct token *t);
