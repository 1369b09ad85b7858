/* SPDX-License-Identifier: BSD-2-Clause */
/* A usable key: libcrypto's object or a secret value, opened when first used, kept in a bounded
 * cache of the token until logout. Idle prepared contexts live in here, in a small pool, so that
 * logout, destroy and fork find them. Counted; self-locked. */
#pragma once

#include "attrs.h"
#include "lock.h"
#include "op.h"
#include "ossl.h"

#include <stdatomic.h>

struct key;
struct mech;
struct mech_ctx;
struct object;
struct token;

#define KEYS_CACHED_MAX 1024u /* keys of one token */
#define KEY_IDLE_MAX    8u    /* prepared contexts that wait in one key */

/* ---- keys ---- */

/* From the cache, or opened. CKR_USER_NOT_LOGGED_IN, CKR_DEVICE_ERROR (damaged), ... Referenced. In
 * keyopen.c, above the token; everything else is below objects. */
NODISCARD CK_RV key_open(struct token *t, struct object *o, struct key **ret);
struct key *key_ref(struct key *k);
/* Nulls *k; accepts NULL. The last one wipes. */
void key_unref(struct key **k);
#define KEY(name) _cleanup_(key_unref) struct key *name = NULL

EVP_PKEY *key_pkey(const struct key *k);     /* NULL for secret keys */
struct bytes key_value(const struct key *k); /* empty for asymmetric ones; for one expression */
CK_KEY_TYPE key_type(const struct key *k);
/* The bit of a key type; 0 for types that no mechanism knows. */
unsigned key_kind_of(CK_KEY_TYPE type);
unsigned key_kind(const struct key *k); /* enum mech_keys */
CK_OBJECT_CLASS key_class(const struct key *k);
size_t key_bits(const struct key *k);   /* modulus, field, or 8 * length of the value */
bool key_private(const struct key *k);  /* does it die at logout? */
uint64_t key_born(const struct key *k); /* login generation under which it was opened */

struct key_from {
	CK_OBJECT_CLASS cls;
	CK_KEY_TYPE type;
	const struct attrs *attrs, *secrets; /* secrets: NULL for public keys */
	bool private_;                       /* dies at logout */
	uint64_t born;
};
/* Errors as codec_pkey_from_attrs. */
NODISCARD CK_RV key_new(const struct key_from *from, struct key **ret);

/* ---- contexts that wait in a key (mech.c) ---- */

/* An idle context of this row and verb; NULL if there is none. */
struct mech_ctx *key_idle_take(struct key *k, const struct mech *row, enum op_verb verb);
/* Takes ctx, or releases it where the pool is full. */
void key_idle_give(struct key *k, struct mech_ctx *ctx);

/* ---- a token's cache ---- */

/* Embedded in struct token. `cached` is an object's, object->key. get, put and flush are called
 * under the token's lock, so that what get found cannot go before it is referenced; the lock in
 * here guards the list alone, since objects end without the token's. */
struct key_cache {
	struct lock lock;
	struct key *newest, *oldest;
	size_t count;
};
NODISCARD CK_RV key_cache_init(struct key_cache *c, const struct lock_ops *locks);
void key_cache_done(struct key_cache *c);
/* Referenced; NULL if it is not cached. */
struct key *key_cache_get(_Atomic(struct key *) *cached);
/* Keeps k in *cached; the oldest that was not used lately goes where the cache is full. */
void key_cache_put(struct key_cache *c, _Atomic(struct key *) *cached, struct key *k);
/* Logout: all private keys (all: every key). Keys that an operation holds live on until it is
 * cancelled. */
void key_cache_flush(struct key_cache *c, bool all);
/* The object is going: called by the last object_unref. Needs no cache: the key knows its own. */
void key_cache_forget(_Atomic(struct key *) *cached);
/* Fork: hold before, release after in both; then the child drops every key: those that no operation
 * holds are freed there. */
void key_cache_fork_hold(struct key_cache *c);
void key_cache_fork_release(struct key_cache *c);
void key_cache_fork_child(struct key_cache *c);
