/* SPDX-License-Identifier: BSD-2-Clause */
/* One token at rest: a SQLite file with the token's record, its seals and its objects. Every change
 * is one transaction; no connection stays open between calls; writing needs the keyring, since it
 * renews the MACs. Objects' attributes are opaque here. Self-locked (the fork gate). Layouts:
 * docs/formats.md. */
#pragma once

#include "config.h"
#include "keyring.h"

#include <stdbool.h>
#include <stdint.h>

#define STORE_OBJECTS_MAX 100000u              /* objects in one token */
#define STORE_ATTRS_MAX   ((size_t) 256 << 10) /* bytes, public attributes of one object */
#define STORE_SEALED_MAX  ((size_t) 128 << 10) /* bytes, sealed part of one object */
#define STORE_SEALS_MAX   16u
#define STORE_LABEL_LEN   32u /* bytes, blank padded, UTF-8, not NUL-terminated */

/* ---- directories ---- */

/* One token file of a configured directory. */
struct store_entry {
	char *dir, *file;      /* file: base name, "token-XXXXXXXX.db", X the slot id */
	unsigned long slot_id; /* random, 31 bits, not 0; stays with the token */
	bool writable;         /* as far as modes tell */
};
struct store_list {
	struct store_entry *entries;
	size_t count;
};
/* All tokens of all configured stores, in the configured order, by slot id within one. A directory
 * that does not exist is empty; one with a wrong owner or mode is logged and skipped. Opens no
 * database. */
NODISCARD struct err store_list(const struct config *c, struct store_list *ret);
void store_list_done(struct store_list *l);
/* Why a directory would be skipped, logged; OK for one that would not. E_NOT_FOUND. */
NODISCARD struct err store_look(const char *dir);

/* ---- one token ---- */

struct store;

/* The token's own record. */
struct store_token {
	uint8_t id[ID_LEN];
	char label[STORE_LABEL_LEN];
	char serial[17]; /* 16 hex digits of the id, NUL-terminated */
	uint64_t created_s;
	unsigned long slot_id; /* store_create: wished for (E_EXISTS if it is taken), 0: a random
				  one. Read: the file name's */
};

/* Changes nothing and reads nothing but the file's header. E_NOT_FOUND, E_PERMISSION (owner or
 * mode), E_CORRUPT. */
NODISCARD struct err store_open(const char *dir, const char *file, struct store **ret);
/* Makes the directory if need be (mode 0700), a slot id that is not in use, and the file, all at
 * once: it appears complete. */
NODISCARD struct err store_create(const char *dir, const struct store_token *t,
	const struct keyring *k, const struct bytes *seals, size_t seal_count, struct store **ret);
/* C_InitToken on an existing token: one transaction that leaves nothing of the old one. */
NODISCARD struct err store_reinit(struct store *s, const struct store_token *t,
	const struct keyring *k, const struct bytes *seals, size_t seal_count);
void store_close(struct store **s);
/* In a child of fork: closes the inherited descriptor. The store is good for store_close only. */
void store_fork_child(struct store *s);
unsigned long store_slot_id(const struct store *s);
const char *store_path(const struct store *s); /* the database's; for messages */
/* The queue's file in a token's directory, also before there is a token. */
#define STORE_LOCK_NAME "trust.lock"
/* Where the queue of the trust source is: pass it on in trust_env.lock_path. Borrowed. */
const char *store_lock_path(const struct store *s);
bool store_writable(const struct store *s);

/* A number that is another one after any process changed the token: one fstat. */
uint64_t store_generation(struct store *s);

/* Reads the token's record and seals. Each seal is appended to ret_seals as a u32 length and its
 * bytes. k: verify their MAC, or NULL. */
NODISCARD struct err store_read_token(
	struct store *s, const struct keyring *k, struct store_token *ret, struct buf *ret_seals);
/* Replaces record and seals at once. */
NODISCARD struct err store_write_token(struct store *s, const struct keyring *k,
	const struct store_token *t, const struct bytes *seals, size_t seal_count);

/* An object as it is kept. Ranges are borrowed: during the visit, or from the caller. */
struct stored_object {
	uint8_t id[ID_LEN];
	uint64_t version;    /* 1 for a new one, then one more with each change */
	struct bytes attrs;  /* public attributes, token/ encodes them */
	struct bytes sealed; /* keyring_seal_object's, or empty */
};

/* What verification found, by object. */
enum store_damage {
	STORE_SOUND,      /* or not verified: no keyring was given */
	STORE_BAD_RECORD, /* the record's own MAC does not match */
	STORE_BAD_LIST,   /* it is not the list's: replayed, added, or its bucket lost a member */
};
struct store_visitor {
	void *arg;
	/* An error ends the reading and is returned. damage != STORE_SOUND: report and leave out.
	 */
	struct err (*object)(void *arg, const struct stored_object *o, enum store_damage damage);
	/* An object that the list has and the table has not. */
	struct err (*missing)(void *arg, unsigned bucket);
};
/* Visits every object, in one read transaction. With a keyring records and list are verified;
 * E_TAMPERED if the list itself is not ours. ret_generation: what store_generation would have said
 * of this state. */
NODISCARD struct err store_each(struct store *s, const struct keyring *k,
	const struct store_visitor *v, uint64_t *ret_generation);

/* One part of a change. put: version 1 must not exist yet, version n must exist as n - 1
 * (E_CONFLICT otherwise). remove: must exist as this version. */
struct store_change {
	bool remove;
	struct stored_object object;
};
/* All or nothing, on disk when it returns. Verifies the list's buckets that it touches first:
 * E_TAMPERED, so that damage is never signed. */
NODISCARD struct err store_apply(
	struct store *s, const struct keyring *k, const struct store_change *changes, size_t count);

/* ---- the budget of wrong PINs (DESIGN section 4); not a secret and not protected: the source
 * counts for itself ---- */

struct store_budget {
	uint32_t failed;  /* our own failures that count now, decayed by the source's interval */
	uint32_t allowed; /* 0: no limit of ours */
	struct trust_count last;    /* the source's last answer */
	uint64_t last_s;            /* when that was; seconds since 1970 */
	bool locked;                /* no try is to be made now */
	struct trust_count by_seal; /* known: a source that counts for each seal alone was asked
				       last. This is what it said: the token's flags come from it,
				       not from the above */
};
/* now_s: seconds since 1970, a parameter so that tests need not wait. role: each has a budget of
 * its own. */
NODISCARD struct err store_budget_read(struct store *s, enum seal_role role, unsigned pin_tries,
	uint64_t now_s, struct store_budget *ret);
/* Our turn to try PINs on this token, among all processes: tries in flight count as failures until
 * they are settled, so without it enough right PINs at once would look like a lockout. Taken before
 * store_budget_take, left after store_budget_settle (store_budget_leave is for _cleanup_; -1 is no
 * turn). E_BUSY. */
NODISCARD struct err store_budget_enter(
	struct store *s, const struct trust_env *env, int *ret_turn);
void store_budget_leave(int *turn);
/* Takes one try before the source is asked, durably; E_LOCKED if there is none left. */
NODISCARD struct err store_budget_take(
	struct store *s, enum seal_role role, unsigned pin_tries, uint64_t now_s);
/* Afterwards: wrong says that the PIN was refused; anything else gives the try back. Remembers the
 * source's count. */
NODISCARD struct err store_budget_settle(struct store *s, enum seal_role role, bool wrong,
	const struct trust_count *count, uint64_t now_s);
/* Instead of all three, for a source that counts by seal (trust_ops.counts_by_seal): only remembers
 * its count, until another source of this role tells its own. Locked for ever is locked until the
 * next count says otherwise. A count that is not known: forgets. */
NODISCARD struct err store_budget_note(
	struct store *s, enum seal_role role, const struct trust_count *count, uint64_t now_s);

/* ---- opening ---- */

/* Opens TK by one role's seals (as store_read_token gives them), with a PIN those that have one,
 * without one the others; in the table's order, on the budget where the source needs one. What does
 * not open here (its source is away or another machine's, its policy does not hold, its tries are
 * used up) leaves it to the next; a wrong PIN does not: it would cost a try of each. The failure
 * that says most is returned; E_NOT_FOUND: the role has no such seal. */
struct store_unlock {
	const struct trust_env *env;
	const uint8_t *token_id;
	struct bytes seals;
	enum seal_role role;
	const struct secret *pin; /* NULL: without one */
	unsigned pin_tries;
	uint64_t now_s; /* seconds since 1970 */
};
NODISCARD struct err store_unlock(
	struct store *s, const struct store_unlock *u, struct keyring **ret);
/* The n-th seal, from 0; false past the end. */
bool store_seal(struct bytes seals, size_t n, struct bytes *ret);
/* Does this source count wrong PINs for each seal alone? */
bool store_counts_by_seal(const char *source);

/* ---- bulla check ---- */

/* SQLite's own integrity check and every record's syntax; problems as lines of text. */
NODISCARD struct err store_check(struct store *s, struct buf *ret_problems);
