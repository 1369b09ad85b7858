/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys, the contexts that wait in them, and the token's bounded cache of them, whose oldest
 * unused key makes room. Knows neither objects nor tokens: whoever puts a key into the cache says
 * where its pointer is kept. */
#include "key.h"

#include "broken.h"
#include "codec.h"
#include "mech.h"
#include "rv.h"
#include "secret.h"

#include <stdlib.h>

struct key {
	atomic_uint refs;
	CK_OBJECT_CLASS cls;
	CK_KEY_TYPE type;
	unsigned kind; /* enum mech_keys */
	size_t bits;
	bool private_;
	uint64_t born;
	EVP_PKEY *pkey;
	struct secret *value;
	_Atomic(struct mech_ctx *) idle[KEY_IDLE_MAX];

	/* the cache's, under its lock */
	struct key_cache *cache;
	_Atomic(struct key *) *cached;
	struct key *newer, *older;
	_Atomic bool used; /* since it was put, or looked at to make room */
};

/* ---- keys ---- */

static void key_free(struct key *k)
{
	for (unsigned i = 0; i < KEY_IDLE_MAX; i++) {
		struct mech_ctx *ctx = atomic_load(&k->idle[i]);

		if (ctx != NULL)
			ctx->row->run->release(ctx);
	}
	EVP_PKEY_free(k->pkey);
	secret_free(&k->value);
	free(k);
}

void key_unref(struct key **kp)
{
	struct key *k = *kp;

	*kp = NULL;
	if (k != NULL && atomic_fetch_sub_explicit(&k->refs, 1, memory_order_acq_rel) == 1)
		key_free(k);
}

struct key *key_ref(struct key *k)
{
	atomic_fetch_add_explicit(&k->refs, 1, memory_order_relaxed);
	return k;
}

unsigned key_kind_of(CK_KEY_TYPE type)
{
	static const struct {
		CK_KEY_TYPE type;
		unsigned bit;
	} bits[] = {
		{CKK_RSA, MECH_KEY_RSA},
		{CKK_EC, MECH_KEY_EC},
		{CKK_GENERIC_SECRET, MECH_KEY_GENERIC},
		{CKK_AES, MECH_KEY_AES},
		{CKK_SHA_1_HMAC, MECH_KEY_SHA1_HMAC},
		{CKK_SHA256_HMAC, MECH_KEY_SHA256_HMAC},
		{CKK_SHA384_HMAC, MECH_KEY_SHA384_HMAC},
		{CKK_SHA512_HMAC, MECH_KEY_SHA512_HMAC},
		{CKK_SHA224_HMAC, MECH_KEY_SHA224_HMAC},
		{CKK_SHA3_224_HMAC, MECH_KEY_SHA3_224_HMAC},
		{CKK_SHA3_256_HMAC, MECH_KEY_SHA3_256_HMAC},
		{CKK_SHA3_384_HMAC, MECH_KEY_SHA3_384_HMAC},
		{CKK_SHA3_512_HMAC, MECH_KEY_SHA3_512_HMAC},
		{CKK_EC_EDWARDS, MECH_KEY_EDWARDS},
		{CKK_EC_MONTGOMERY, MECH_KEY_MONTGOMERY},
		{CKK_SHA512_224_HMAC, MECH_KEY_SHA512_224_HMAC},
		{CKK_SHA512_256_HMAC, MECH_KEY_SHA512_256_HMAC},
	};

	for (size_t i = 0; i < ARRAY_LEN(bits); i++)
		if (bits[i].type == type)
			return bits[i].bit;
	return 0;
}

static CK_RV key_fill_secret(struct key *k, const struct attrs *secrets)
{
	struct bytes value = attr_bytes(secrets == NULL ? NULL : attrs_get(secrets, CKA_VALUE));

	if (value.len == 0)
		return CKR_KEY_HANDLE_INVALID; /* a key without a value: nothing can be done */
	k->bits = 8 * value.len;
	return rv_from_err(secret_copy_in(value, &k->value));
}

CK_RV key_new(const struct key_from *from, struct key **ret)
{
	KEY(k);

	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return CKR_HOST_MEMORY;
	atomic_init(&k->refs, 1);
	k->cls = from->cls;
	k->type = from->type;
	k->kind = key_kind_of(from->type);
	k->private_ = from->private_;
	k->born = from->born;
	if (from->cls == CKO_SECRET_KEY) {
		RV_TRY(key_fill_secret(k, from->secrets));
	} else {
		RV_TRY(codec_pkey_from_attrs(
			from->cls, from->type, from->attrs, from->secrets, &k->pkey));
		k->bits = (size_t) EVP_PKEY_get_bits(k->pkey);
	}
	*ret = TAKE(k);
	return CKR_OK;
}

EVP_PKEY *key_pkey(const struct key *k)
{
	return k->pkey;
}

struct bytes key_value(const struct key *k)
{
	return secret_view(k->value);
}

CK_KEY_TYPE key_type(const struct key *k)
{
	return k->type;
}

unsigned key_kind(const struct key *k)
{
	return k->kind;
}

CK_OBJECT_CLASS key_class(const struct key *k)
{
	return k->cls;
}

size_t key_bits(const struct key *k)
{
	return k->bits;
}

bool key_private(const struct key *k)
{
	return k->private_;
}

uint64_t key_born(const struct key *k)
{
	return k->born;
}

/* ---- contexts that wait ----
 *
 * A slot is emptied before what was in it is looked at, so that nobody else can free it meanwhile.
 */

void key_idle_give(struct key *k, struct mech_ctx *ctx)
{
	for (unsigned i = 0; i < KEY_IDLE_MAX; i++) {
		struct mech_ctx *none = NULL;

		if (atomic_load_explicit(&k->idle[i], memory_order_relaxed) == NULL &&
			atomic_compare_exchange_strong(&k->idle[i], &none, ctx))
			return;
	}
	ctx->row->run->release(ctx);
}

struct mech_ctx *key_idle_take(struct key *k, const struct mech *row, enum op_verb verb)
{
	for (unsigned i = 0; i < KEY_IDLE_MAX; i++) {
		struct mech_ctx *ctx, *none = NULL;

		if (atomic_load_explicit(&k->idle[i], memory_order_relaxed) == NULL)
			continue;
		ctx = atomic_exchange(&k->idle[i], NULL);
		if (ctx == NULL)
			continue;
		if (ctx->row == row && ctx->verb == verb)
			return ctx;
		if (!atomic_compare_exchange_strong(&k->idle[i], &none, ctx))
			key_idle_give(k, ctx);
	}
	return NULL;
}

/* ---- the cache ---- */

CK_RV key_cache_init(struct key_cache *c, const struct lock_ops *locks)
{
	*c = (struct key_cache){0};
	return rv_from_err(lock_init(&c->lock, locks));
}

static void cache_link(struct key_cache *c, struct key *k)
{
	k->newer = NULL;
	k->older = c->newest;
	if (c->newest != NULL)
		c->newest->newer = k;
	else
		c->oldest = k;
	c->newest = k;
	c->count++;
}

static void cache_unlink(struct key_cache *c, struct key *k)
{
	if (k->newer != NULL)
		k->newer->older = k->older;
	else
		c->newest = k->older;
	if (k->older != NULL)
		k->older->newer = k->newer;
	else
		c->oldest = k->newer;
	k->newer = k->older = NULL;
	c->count--;
}

/* Whoever empties *cached owns the reference that it stood for: this, or key_cache_forget. */
static void cache_drop(struct key_cache *c, struct key *k)
{
	struct key *mine = atomic_exchange(k->cached, NULL);

	if (mine == NULL)
		return; /* key_cache_forget waits for the lock to take it out */
	cache_unlink(c, k);
	k->cache = NULL;
	key_unref(&mine);
}

struct key *key_cache_get(_Atomic(struct key *) *cached)
{
	struct key *k = atomic_load_explicit(cached, memory_order_acquire);

	if (k == NULL)
		return NULL;
	atomic_store_explicit(&k->used, true, memory_order_relaxed);
	return key_ref(k);
}

/* The oldest that was not used since it was looked at last goes. */
static void cache_make_room(struct key_cache *c)
{
	while (c->count >= KEYS_CACHED_MAX) {
		struct key *k = c->oldest;

		if (!atomic_exchange(&k->used, false)) {
			cache_drop(c, k);
			return;
		}
		cache_unlink(c, k);
		cache_link(c, k);
	}
}

void key_cache_put(struct key_cache *c, _Atomic(struct key *) *cached, struct key *k)
{
	LOCKED(&c->lock);

	if (atomic_load(cached) != NULL || k->cache != NULL)
		return; /* another thread was faster */
	cache_make_room(c);
	k->cache = c;
	k->cached = cached;
	cache_link(c, k);
	atomic_store(cached, key_ref(k));
}

void key_cache_flush(struct key_cache *c, bool all)
{
	LOCKED(&c->lock);
	struct key *older;

	if (BROKEN("key-flush") && !all)
		return;
	for (struct key *k = c->newest; k != NULL; k = older) {
		older = k->older;
		if (all || k->private_)
			cache_drop(c, k);
	}
}

void key_cache_forget(_Atomic(struct key *) *cached)
{
	struct key *k = atomic_exchange(cached, NULL);

	if (k == NULL)
		return;
	lock_take(&k->cache->lock);
	cache_unlink(k->cache, k);
	lock_drop(&k->cache->lock);
	key_unref(&k);
}

void key_cache_done(struct key_cache *c)
{
	key_cache_flush(c, true);
	lock_done(&c->lock);
}

void key_cache_fork_hold(struct key_cache *c)
{
	lock_take(&c->lock);
}

void key_cache_fork_release(struct key_cache *c)
{
	lock_drop(&c->lock);
}

void key_cache_fork_child(struct key_cache *c)
{
	key_cache_flush(c, true);
}
