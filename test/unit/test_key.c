/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and their cache: bounded, the oldest unused first out, flushed at logout, and the contexts
 * that wait in a key. */
#include "test.h"

#include "key.h"
#include "mech.h"

#include <pthread.h>

static struct key *secret_key(CK_KEY_TYPE type, size_t len, bool private_)
{
	struct key_from from = {.cls = CKO_SECRET_KEY, .type = type, .private_ = private_};
	uint8_t value[64] = {1, 2, 3};
	struct key *key = NULL;
	ATTRS(secrets);

	from.secrets = &secrets;
	if (attrs_set(&secrets, CKA_VALUE, BYTES(value, len)) != CKR_OK ||
		key_new(&from, &key) != CKR_OK)
		return NULL;
	return key;
}

static void secret_key_has_its_value(void)
{
	KEY(key);

	key = secret_key(CKK_AES, 16, true);
	REQUIRE(key != NULL);
	CHECK_EQ(key_bits(key), 128);
	CHECK_EQ(key_type(key), CKK_AES);
	CHECK_EQ(key_class(key), CKO_SECRET_KEY);
	CHECK(key_private(key) && key_pkey(key) == NULL);
	CHECK(key_value(key).len == 16 && key_value(key).ptr[2] == 3);
}

static void secret_key_without_value_is_refused(void)
{
	struct key_from from = {.cls = CKO_SECRET_KEY, .type = CKK_AES};
	KEY(key);
	ATTRS(none);

	CHECK_EQ(key_new(&from, &key), CKR_KEY_HANDLE_INVALID);
	from.secrets = &none;
	CHECK_EQ(key_new(&from, &key), CKR_KEY_HANDLE_INVALID);
	CHECK(key == NULL);
}

static void cache_gives_back_what_was_put(void)
{
	_Atomic(struct key *) home = NULL;
	struct key_cache cache;
	KEY(key);
	KEY(again);

	REQUIRE(key_cache_init(&cache, NULL) == CKR_OK);
	CHECK(key_cache_get(&home) == NULL);
	key = secret_key(CKK_AES, 16, true);
	key_cache_put(&cache, &home, key);
	CHECK_EQ(cache.count, 1);
	again = key_cache_get(&home);
	CHECK(again == key);
	key_cache_forget(&home);
	CHECK(atomic_load(&home) == NULL && cache.count == 0);
	key_cache_forget(&home);
	CHECK_EQ(key_bits(key), 128); /* who holds it may go on */
	key_cache_done(&cache);
}

#define MANY (KEYS_CACHED_MAX + 10)

static void cache_is_bounded_and_drops_the_oldest(void)
{
	static _Atomic(struct key *) homes[MANY];
	struct key_cache cache;

	REQUIRE(key_cache_init(&cache, NULL) == CKR_OK);
	for (unsigned i = 0; i < MANY; i++) {
		KEY(key);
		KEY(first);

		key = secret_key(CKK_AES, 16, true);
		REQUIRE(key != NULL);
		key_cache_put(&cache, &homes[i], key);
		first = key_cache_get(&homes[0]); /* used again and again */
		CHECK(first != NULL);
	}
	CHECK_EQ(cache.count, KEYS_CACHED_MAX);
	CHECK(atomic_load(&homes[0]) != NULL);
	for (unsigned i = 1; i <= 10; i++)
		CHECK(atomic_load(&homes[i]) == NULL);
	CHECK(atomic_load(&homes[11]) != NULL);
	key_cache_flush(&cache, true);
	CHECK_EQ(cache.count, 0);
	for (unsigned i = 0; i < MANY; i++)
		CHECK(atomic_load(&homes[i]) == NULL);
	key_cache_done(&cache);
}

static void logout_flushes_private_keys_only(void)
{
	_Atomic(struct key *) homes[2] = {NULL, NULL};
	struct key_cache cache;
	KEY(private_);
	KEY(public_);

	REQUIRE(key_cache_init(&cache, NULL) == CKR_OK);
	private_ = secret_key(CKK_AES, 16, true);
	public_ = secret_key(CKK_AES, 16, false);
	key_cache_put(&cache, &homes[0], private_);
	key_cache_put(&cache, &homes[1], public_);
	key_cache_flush(&cache, false);
	CHECK(atomic_load(&homes[0]) == NULL);
	CHECK(atomic_load(&homes[1]) == public_);
	key_cache_done(&cache);
	CHECK(atomic_load(&homes[1]) == NULL);
}

static void contexts_wait_in_their_key(void)
{
	const struct mech *row = mech_find(CKM_SHA256_HMAC);
	const struct mech *other = mech_find(CKM_SHA384_HMAC);
	struct mech_ctx *first = NULL, *second = NULL;
	KEY(key);

	key = secret_key(CKK_GENERIC_SECRET, 32, true);
	CHECK(key_idle_take(key, row, OP_SIGN) == NULL);
	REQUIRE(mech_take(row, OP_SIGN, key, &first) == CKR_OK);
	second = first;
	mech_give(&second);
	CHECK(second == NULL);
	CHECK(key_idle_take(key, other, OP_SIGN) == NULL);
	CHECK(key_idle_take(key, row, OP_VERIFY) == NULL);
	second = key_idle_take(key, row, OP_SIGN);
	CHECK(second == first);
	CHECK(key_idle_take(key, row, OP_SIGN) == NULL);
	mech_give(&second);
}

static void pool_is_bounded(void)
{
	const struct mech *row = mech_find(CKM_SHA256_HMAC);
	struct mech_ctx *all[KEY_IDLE_MAX + 4];
	unsigned waiting = 0;
	KEY(key);

	key = secret_key(CKK_GENERIC_SECRET, 32, true);
	for (unsigned i = 0; i < ARRAY_LEN(all); i++)
		REQUIRE(mech_take(row, OP_SIGN, key, &all[i]) == CKR_OK);
	for (unsigned i = 0; i < ARRAY_LEN(all); i++)
		mech_give(&all[i]);
	while ((all[0] = key_idle_take(key, row, OP_SIGN)) != NULL) {
		row->run->release(all[0]);
		waiting++;
	}
	CHECK_EQ(waiting, KEY_IDLE_MAX);
}

/* ---- threads: one takes, puts and forgets, another flushes ---- */

#define ROUNDS 3000u

static struct key_cache shared_cache;
static pthread_mutex_t token_lock =
	PTHREAD_MUTEX_INITIALIZER; /* the token's, which key.h asks for */
static atomic_bool shared_stop;

static void *flusher(void *arg)
{
	(void) arg;
	while (!atomic_load(&shared_stop)) {
		pthread_mutex_lock(&token_lock);
		key_cache_flush(&shared_cache, false);
		pthread_mutex_unlock(&token_lock);
	}
	return NULL;
}

static void *user(void *arg)
{
	const struct mech *row = mech_find(CKM_SHA256_HMAC);
	_Atomic(struct key *) home = NULL;

	(void) arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct mech_ctx *ctx = NULL;
		KEY(key);

		pthread_mutex_lock(&token_lock);
		key = key_cache_get(&home);
		pthread_mutex_unlock(&token_lock);
		if (key == NULL) {
			key = secret_key(CKK_GENERIC_SECRET, 32, true);
			if (key == NULL)
				break;
			pthread_mutex_lock(&token_lock);
			key_cache_put(&shared_cache, &home, key);
			pthread_mutex_unlock(&token_lock);
		}
		if (mech_take(row, OP_SIGN, key, &ctx) == CKR_OK)
			mech_give(&ctx);
		if (i % 7 == 0)
			key_cache_forget(&home);
	}
	key_cache_forget(&home);
	return NULL;
}

static void flush_while_others_use_is_safe(void)
{
	pthread_t flush, users[2];

	REQUIRE(key_cache_init(&shared_cache, NULL) == CKR_OK);
	atomic_store(&shared_stop, false);
	REQUIRE(pthread_create(&flush, NULL, flusher, NULL) == 0);
	for (unsigned i = 0; i < 2; i++)
		REQUIRE(pthread_create(&users[i], NULL, user, NULL) == 0);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(users[i], NULL);
	atomic_store(&shared_stop, true);
	pthread_join(flush, NULL);
	CHECK_EQ(shared_cache.count, 0);
	key_cache_done(&shared_cache);
}

static const struct test tests[] = {
	TEST(secret_key_has_its_value),
	TEST(secret_key_without_value_is_refused),
	TEST(cache_gives_back_what_was_put),
	TEST(cache_is_bounded_and_drops_the_oldest),
	TEST(logout_flushes_private_keys_only),
	TEST(contexts_wait_in_their_key),
	TEST(pool_is_bounded),
	TEST(flush_while_others_use_is_safe),
};
TEST_MAIN(tests)
