/* SPDX-License-Identifier: BSD-2-Clause */
/* The state machine: length queries, buffers that are too small, what ends an operation and what
 * does not, parts against the whole. */
#include "test.h"

#include "key.h"
#include "mech.h"
#include "op.h"

#include <pthread.h>
#include <stdatomic.h>

static struct key *secret_key(CK_KEY_TYPE type, size_t len, bool private_, uint64_t born)
{
	struct key_from from = {
		.cls = CKO_SECRET_KEY, .type = type, .private_ = private_, .born = born};
	uint8_t value[64] = {1, 2, 3};
	struct key *key = NULL;
	ATTRS(secrets);

	from.secrets = &secrets;
	if (attrs_set(&secrets, CKA_VALUE, BYTES(value, len)) != CKR_OK ||
		key_new(&from, &key) != CKR_OK)
		return NULL;
	return key;
}

static struct key *aes_key(void)
{
	return secret_key(CKK_AES, 16, false, 0);
}

static uint8_t iv[16] = {5};
static CK_GCM_PARAMS gcm_params = {.pIv = iv, .ulIvLen = 12, .ulTagBits = 128};
static const CK_MECHANISM sha256 = {CKM_SHA256, NULL, 0};
static const CK_MECHANISM hmac = {CKM_SHA256_HMAC, NULL, 0};
static const CK_MECHANISM cbc = {CKM_AES_CBC, iv, sizeof(iv)};
static const CK_MECHANISM cbc_pad = {CKM_AES_CBC_PAD, iv, sizeof(iv)};
static const CK_MECHANISM gcm = {CKM_AES_GCM, &gcm_params, sizeof(gcm_params)};
static const CK_MECHANISM kwp = {CKM_AES_KEY_WRAP_KWP, NULL, 0};

#define SLOT(name) _cleanup_(op_slot_done) struct op_slot name = {0}

static void calls_without_init_are_refused(void)
{
	uint8_t out[64];
	CK_ULONG len = sizeof(out);
	SLOT(s);

	CHECK_EQ(op_update(&s, bytes_str("x"), out, &len), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_EQ(op_final(&s, out, &len), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_EQ(op_oneshot(&s, bytes_str("x"), out, &len), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_EQ(op_verify(&s, bytes_str("x"), BYTES(out, 32)), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_EQ(op_verify_final(&s, BYTES(out, 32)), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_EQ(op_digest_key(&s, NULL), CKR_OPERATION_NOT_INITIALIZED);
	op_cancel(&s);
	CHECK(!op_active(&s));
}

static void init_twice_is_active_and_failed_init_is_not(void)
{
	const CK_MECHANISM bad = {CKM_AES_CBC, iv, 15};
	SLOT(s);
	KEY(key);

	key = aes_key();
	CHECK_EQ(op_init(&s, OP_ENCRYPT, &bad, key), CKR_MECHANISM_PARAM_INVALID);
	CHECK(!op_active(&s));
	CHECK_EQ(op_init(&s, OP_ENCRYPT, NULL, key), CKR_ARGUMENTS_BAD);
	CHECK(!op_active(&s));
	CHECK_EQ(op_init(&s, OP_ENCRYPT, &cbc, key), CKR_OK);
	CHECK_EQ(op_init(&s, OP_ENCRYPT, &cbc, key), CKR_OPERATION_ACTIVE);
	CHECK(op_active(&s));
}

static void length_query_keeps_the_operation(void)
{
	uint8_t out[64];
	CK_ULONG len = 0;
	SLOT(s);

	REQUIRE(op_init(&s, OP_DIGEST, &sha256, NULL) == CKR_OK);
	CHECK_EQ(op_oneshot(&s, bytes_str("abc"), NULL, &len), CKR_OK);
	CHECK_EQ(len, 32);
	len = 31;
	CHECK_EQ(op_oneshot(&s, bytes_str("abc"), out, &len), CKR_BUFFER_TOO_SMALL);
	CHECK_EQ(len, 32);
	CHECK(op_active(&s));
	CHECK_EQ(op_oneshot(&s, bytes_str("abc"), out, &len), CKR_OK);
	CHECK_EQ(len, 32);
	CHECK_EQ(out[0], 0xba);
	CHECK(!op_active(&s));
}

static void final_query_and_small_buffer_keep_the_operation(void)
{
	uint8_t out[64];
	CK_ULONG len = 0;
	SLOT(s);

	REQUIRE(op_init(&s, OP_DIGEST, &sha256, NULL) == CKR_OK);
	CHECK_EQ(op_update(&s, bytes_str("a"), NULL, NULL), CKR_OK);
	CHECK_EQ(op_update(&s, BYTES_NONE, NULL, NULL), CKR_OK);
	CHECK_EQ(op_final(&s, NULL, &len), CKR_OK);
	CHECK_EQ(len, 32);
	CHECK_EQ(op_update(&s, bytes_str("bc"), NULL, NULL), CKR_OK);
	len = 1;
	CHECK_EQ(op_final(&s, out, &len), CKR_BUFFER_TOO_SMALL);
	CHECK_EQ(len, 32);
	CHECK_EQ(op_final(&s, out, &len), CKR_OK);
	CHECK_EQ(out[0], 0xba);
	CHECK(!op_active(&s));
}

static void whole_after_parts_is_refused_and_ends(void)
{
	uint8_t out[64] = {0};
	CK_ULONG len = sizeof(out);
	SLOT(s);
	KEY(key);

	key = secret_key(CKK_GENERIC_SECRET, 20, false, 0);
	REQUIRE(op_init(&s, OP_SIGN, &hmac, key) == CKR_OK);
	CHECK_EQ(op_update(&s, bytes_str("a"), NULL, NULL), CKR_OK);
	CHECK_EQ(op_oneshot(&s, bytes_str("a"), out, &len), CKR_OPERATION_ACTIVE);
	CHECK(!op_active(&s));
	REQUIRE(op_init(&s, OP_VERIFY, &hmac, key) == CKR_OK);
	CHECK_EQ(op_update(&s, bytes_str("a"), NULL, NULL), CKR_OK);
	CHECK_EQ(op_verify(&s, bytes_str("a"), BYTES(out, 32)), CKR_OPERATION_ACTIVE);
	CHECK(!op_active(&s));
}

static void verify_ends_whatever_it_says(void)
{
	uint8_t mac[32];
	CK_ULONG len = sizeof(mac);
	SLOT(s);
	KEY(key);

	key = secret_key(CKK_GENERIC_SECRET, 20, false, 0);
	REQUIRE(op_init(&s, OP_SIGN, &hmac, key) == CKR_OK);
	CHECK_EQ(op_oneshot(&s, bytes_str("abc"), mac, &len), CKR_OK);
	REQUIRE(op_init(&s, OP_VERIFY, &hmac, key) == CKR_OK);
	CHECK_EQ(op_verify(&s, bytes_str("abc"), BYTES(mac, 31)), CKR_SIGNATURE_LEN_RANGE);
	CHECK(!op_active(&s));
	REQUIRE(op_init(&s, OP_VERIFY, &hmac, key) == CKR_OK);
	CHECK_EQ(op_verify(&s, bytes_str("abd"), BYTES(mac, 32)), CKR_SIGNATURE_INVALID);
	CHECK(!op_active(&s));
	REQUIRE(op_init(&s, OP_VERIFY, &hmac, key) == CKR_OK);
	CHECK_EQ(op_update(&s, bytes_str("abc"), NULL, NULL), CKR_OK);
	CHECK_EQ(op_verify_final(&s, BYTES(mac, 32)), CKR_OK);
	CHECK(!op_active(&s));
}

static void encrypt_update_says_what_it_needs(void)
{
	uint8_t in[40] = {1}, out[64];
	CK_ULONG len = 0;
	SLOT(s);
	KEY(key);

	key = aes_key();
	REQUIRE(op_init(&s, OP_ENCRYPT, &cbc, key) == CKR_OK);
	CHECK_EQ(op_update(&s, BYTES(in, 20), NULL, &len), CKR_OK);
	CHECK_EQ(len, 16);
	len = 15;
	CHECK_EQ(op_update(&s, BYTES(in, 20), out, &len), CKR_BUFFER_TOO_SMALL);
	CHECK_EQ(len, 16);
	CHECK_EQ(op_update(&s, BYTES(in, 20), out, &len), CKR_OK);
	CHECK_EQ(len, 16);
	len = 0; /* 4 are held: 11 more are no block yet */
	CHECK_EQ(op_update(&s, BYTES(in, 11), out, &len), CKR_OK);
	CHECK_EQ(len, 0);
	len = sizeof(out);
	CHECK_EQ(op_final(&s, out, &len), CKR_DATA_LEN_RANGE);
	CHECK(!op_active(&s));
	REQUIRE(op_init(&s, OP_ENCRYPT, &cbc, key) == CKR_OK);
	CHECK_EQ(op_update(&s, BYTES(in, 16), out, NULL), CKR_ARGUMENTS_BAD);
	CHECK(!op_active(&s));
}

/* The exact length is enough, though only decryption can tell it. */
static void unpadding_fits_an_exact_buffer(void)
{
	uint8_t in[20] = {1, 2, 3}, text[64], out[32];
	CK_ULONG text_len = sizeof(text), len = 0;
	SLOT(s);
	KEY(key);

	key = aes_key();
	REQUIRE(op_init(&s, OP_ENCRYPT, &cbc_pad, key) == CKR_OK);
	CHECK_EQ(op_oneshot(&s, BYTES_OF(in), text, &text_len), CKR_OK);
	CHECK_EQ(text_len, 32);
	REQUIRE(op_init(&s, OP_DECRYPT, &cbc_pad, key) == CKR_OK);
	CHECK_EQ(op_oneshot(&s, BYTES(text, 32), NULL, &len), CKR_OK);
	CHECK(len >= 20 && len <= 32);
	len = 19;
	CHECK_EQ(op_oneshot(&s, BYTES(text, 32), out, &len), CKR_BUFFER_TOO_SMALL);
	CHECK_EQ(len, 20);
	CHECK_EQ(op_oneshot(&s, BYTES(text, 32), out, &len), CKR_OK);
	CHECK(len == 20 && memcmp(in, out, 20) == 0);
	CHECK(!op_active(&s));
}

static void unpadding_in_parts_fits_an_exact_buffer(void)
{
	uint8_t in[20] = {1, 2, 3}, text[64], out[32];
	CK_ULONG text_len = sizeof(text), len = 16;
	SLOT(s);
	KEY(key);

	key = aes_key();
	REQUIRE(op_init(&s, OP_ENCRYPT, &cbc_pad, key) == CKR_OK);
	CHECK_EQ(op_oneshot(&s, BYTES_OF(in), text, &text_len), CKR_OK);
	REQUIRE(op_init(&s, OP_DECRYPT, &cbc_pad, key) == CKR_OK);
	CHECK_EQ(op_update(&s, BYTES(text, 32), out, &len), CKR_OK);
	CHECK_EQ(len, 16);
	len = 3;
	CHECK_EQ(op_final(&s, out + 16, &len), CKR_BUFFER_TOO_SMALL);
	CHECK_EQ(len, 4);
	CHECK(op_active(&s));
	CHECK_EQ(op_final(&s, NULL, &len), CKR_OK);
	CHECK_EQ(len, 4);
	CHECK_EQ(op_final(&s, out + 16, &len), CKR_OK);
	CHECK(len == 4 && memcmp(in, out, 20) == 0);
	CHECK(!op_active(&s));
}

/* Which byte of a padding was wrong, nobody learns. */
static void bad_paddings_look_alike(void)
{
	uint8_t out[64], text[64], zeros[16] = {0};
	CK_ULONG text_len, len;
	unsigned refused = 0;
	SLOT(s);
	KEY(key);

	key = aes_key();
	for (unsigned last = 0; last < 256; last++) {
		zeros[15] = (uint8_t) last;
		text_len = sizeof(text);
		len = sizeof(out);
		REQUIRE(op_init(&s, OP_ENCRYPT, &cbc, key) == CKR_OK);
		CHECK_EQ(op_oneshot(&s, BYTES_OF(zeros), text, &text_len), CKR_OK);
		REQUIRE(op_init(&s, OP_DECRYPT, &cbc_pad, key) == CKR_OK);
		if (last == 1) {
			CHECK_EQ(op_oneshot(&s, BYTES(text, 16), out, &len), CKR_OK);
			continue;
		}
		CHECK_EQ(op_oneshot(&s, BYTES(text, 16), out, &len), CKR_ENCRYPTED_DATA_INVALID);
		CHECK(!op_active(&s));
		refused++;
	}
	CHECK_EQ(refused, 255);
}

static void gcm_parts_give_nothing_before_the_tag(void)
{
	uint8_t in[100] = {1, 2, 3}, text[128], out[128];
	CK_ULONG text_len = sizeof(text), len;
	SLOT(s);
	KEY(key);

	key = aes_key();
	REQUIRE(op_init(&s, OP_ENCRYPT, &gcm, key) == CKR_OK);
	CHECK_EQ(op_oneshot(&s, BYTES_OF(in), text, &text_len), CKR_OK);
	CHECK_EQ(text_len, 116);
	for (unsigned bad = 0; bad < 2; bad++) {
		text[50] ^= (uint8_t) bad;
		memset(out, 0xee, sizeof(out));
		REQUIRE(op_init(&s, OP_DECRYPT, &gcm, key) == CKR_OK);
		len = sizeof(out);
		CHECK_EQ(op_update(&s, BYTES(text, 70), out, &len), CKR_OK);
		CHECK_EQ(len, 0);
		len = sizeof(out);
		CHECK_EQ(op_update(&s, BYTES(text + 70, 46), out, &len), CKR_OK);
		CHECK_EQ(len, 0);
		CHECK_EQ(out[0], 0xee);
		len = 99;
		CHECK_EQ(op_final(&s, out, &len), CKR_BUFFER_TOO_SMALL);
		CHECK_EQ(len, 100);
		CHECK_EQ(op_final(&s, out, &len), bad ? CKR_ENCRYPTED_DATA_INVALID : CKR_OK);
		CHECK(bad ? out[0] == 0 && out[99] == 0 : memcmp(in, out, 100) == 0);
		CHECK(!op_active(&s));
	}
}

static void gathering_is_bounded(void)
{
	static uint8_t megabyte[1 << 20];
	uint8_t out[1];
	CK_ULONG len = 0;
	CK_RV rv = CKR_OK;
	unsigned parts = 0;
	SLOT(s);
	KEY(key);

	key = aes_key();
	REQUIRE(op_init(&s, OP_DECRYPT, &gcm, key) == CKR_OK);
	while (rv == CKR_OK && parts < 100) {
		rv = op_update(&s, BYTES_OF(megabyte), out, &len);
		parts++;
	}
	CHECK_EQ(rv, CKR_ENCRYPTED_DATA_LEN_RANGE);
	CHECK_EQ(parts, OP_INPUT_MAX / sizeof(megabyte) + 1);
	CHECK(!op_active(&s));
}

static void in_place_is_possible(void)
{
	uint8_t text[80] = {1, 2, 3};
	CK_ULONG len = sizeof(text);
	SLOT(s);
	KEY(key);

	key = aes_key();
	REQUIRE(op_init(&s, OP_ENCRYPT, &gcm, key) == CKR_OK);
	CHECK_EQ(op_oneshot(&s, BYTES(text, 64), text, &len), CKR_OK);
	REQUIRE(op_init(&s, OP_DECRYPT, &gcm, key) == CKR_OK);
	CHECK_EQ(op_oneshot(&s, BYTES(text, 80), text, &len), CKR_OK);
	CHECK(len == 64 && text[0] == 1 && text[2] == 3 && text[63] == 0);
}

static void absurd_lengths_are_refused(void)
{
	uint8_t b[16] = {0};
	CK_ULONG len = 0;
	SLOT(s);
	KEY(key);

	key = aes_key();
	REQUIRE(op_init(&s, OP_ENCRYPT, &cbc_pad, key) == CKR_OK);
	CHECK_EQ(op_oneshot(&s, BYTES(b, SIZE_MAX), NULL, &len), CKR_DATA_LEN_RANGE);
	CHECK(!op_active(&s));
	REQUIRE(op_init(&s, OP_DECRYPT, &gcm, key) == CKR_OK);
	CHECK_EQ(op_update(&s, BYTES(b, SIZE_MAX), b, &len), CKR_ENCRYPTED_DATA_LEN_RANGE);
	CHECK(!op_active(&s));
	REQUIRE(op_init(&s, OP_ENCRYPT, &kwp, key) == CKR_OK);
	CHECK_EQ(op_oneshot(&s, BYTES(b, SIZE_MAX), NULL, &len), CKR_DATA_LEN_RANGE);
	CHECK(!op_active(&s));
}

static void one_slot_serves_many_mechanisms(void)
{
	const CK_MECHANISM others[] = {{CKM_SHA512, NULL, 0}, {CKM_SHA256, NULL, 0},
		{CKM_SHA3_256, NULL, 0}, {CKM_SHA256, NULL, 0}};
	uint8_t out[64];
	CK_ULONG len;
	SLOT(s);

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		len = sizeof(out);
		CHECK_EQ(op_init(&s, OP_DIGEST, &others[i], NULL), CKR_OK);
		CHECK_EQ(op_update(&s, bytes_str("half"), NULL, NULL), CKR_OK);
		op_cancel(&s); /* what was begun leaves no trace */
		CHECK_EQ(op_init(&s, OP_DIGEST, &others[i], NULL), CKR_OK);
		CHECK_EQ(op_oneshot(&s, bytes_str("abc"), out, &len), CKR_OK);
		CHECK_EQ(len, i == 0 ? 64 : 32);
		CHECK_EQ(out[0], i == 0 ? 0xdd : i == 2 ? 0x3a : 0xba);
	}
}

static void digest_key_digests_its_value(void)
{
	uint8_t value[20] = {1, 2, 3}, one[32], other[32];
	CK_ULONG len = 32;
	SLOT(s);
	KEY(key);

	key = secret_key(CKK_GENERIC_SECRET, 20, false, 0);
	REQUIRE(op_init(&s, OP_DIGEST, &sha256, NULL) == CKR_OK);
	CHECK_EQ(op_digest_key(&s, key), CKR_OK);
	CHECK_EQ(op_final(&s, one, &len), CKR_OK);
	REQUIRE(op_init(&s, OP_DIGEST, &sha256, NULL) == CKR_OK);
	CHECK_EQ(op_oneshot(&s, BYTES_OF(value), other, &len), CKR_OK);
	CHECK(memcmp(one, other, 32) == 0);
}

static void login_must_come_first_where_it_is_due(void)
{
	uint8_t out[32];
	CK_ULONG len = sizeof(out);
	SLOT(s);
	KEY(key);

	key = secret_key(CKK_GENERIC_SECRET, 20, true, 7);
	REQUIRE(op_init(&s, OP_SIGN, &hmac, key) == CKR_OK);
	op_need_login(&s);
	CHECK(op_waits_for_login(&s));
	CHECK_EQ(op_oneshot(&s, bytes_str("x"), out, &len), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(op_update(&s, bytes_str("x"), NULL, NULL), CKR_USER_NOT_LOGGED_IN);
	CHECK(op_active(&s));
	op_allow(&s);
	CHECK_EQ(op_oneshot(&s, bytes_str("x"), out, &len), CKR_OK);
	CHECK(!op_waits_for_login(&s));
}

static void stale_is_what_was_opened_under_an_older_login(void)
{
	SLOT(s);
	KEY(key);
	KEY(public_);

	key = secret_key(CKK_GENERIC_SECRET, 20, true, 7);
	public_ = secret_key(CKK_GENERIC_SECRET, 20, false, 7);
	CHECK(!op_stale(&s, 8));
	REQUIRE(op_init(&s, OP_SIGN, &hmac, key) == CKR_OK);
	CHECK(!op_stale(&s, 7));
	CHECK(op_stale(&s, 8));
	op_cancel(&s);
	REQUIRE(op_init(&s, OP_SIGN, &hmac, public_) == CKR_OK);
	CHECK(!op_stale(&s, 8));
}

/* ---- threads: one key, more of them than contexts can wait ---- */

#define THREADS 10u
#define ROUNDS  400u

static struct key *shared_key;
static uint8_t right_mac[32];
static atomic_uint wrong;

static void *sign_often(void *arg)
{
	struct op_slot s = {0};
	uint8_t mac[32];

	(void) arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		CK_ULONG len = sizeof(mac);

		if (op_init(&s, OP_SIGN, &hmac, shared_key) != CKR_OK ||
			op_update(&s, bytes_str("a"), NULL, NULL) != CKR_OK ||
			op_update(&s, bytes_str("bc"), NULL, NULL) != CKR_OK ||
			op_final(&s, mac, &len) != CKR_OK || memcmp(mac, right_mac, 32) != 0)
			atomic_fetch_add(&wrong, 1);
	}
	op_slot_done(&s);
	return NULL;
}

static void many_threads_use_one_key(void)
{
	pthread_t threads[THREADS];
	CK_ULONG len = sizeof(right_mac);
	SLOT(s);

	shared_key = secret_key(CKK_GENERIC_SECRET, 32, true, 0);
	REQUIRE(shared_key != NULL && op_init(&s, OP_SIGN, &hmac, shared_key) == CKR_OK);
	CHECK_EQ(op_oneshot(&s, bytes_str("abc"), right_mac, &len), CKR_OK);
	for (unsigned i = 0; i < THREADS; i++)
		REQUIRE(pthread_create(&threads[i], NULL, sign_often, NULL) == 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(atomic_load(&wrong), 0);
	key_unref(&shared_key);
}

static const struct test tests[] = {
	TEST(many_threads_use_one_key),
	TEST(calls_without_init_are_refused),
	TEST(init_twice_is_active_and_failed_init_is_not),
	TEST(length_query_keeps_the_operation),
	TEST(final_query_and_small_buffer_keep_the_operation),
	TEST(whole_after_parts_is_refused_and_ends),
	TEST(verify_ends_whatever_it_says),
	TEST(encrypt_update_says_what_it_needs),
	TEST(unpadding_fits_an_exact_buffer),
	TEST(unpadding_in_parts_fits_an_exact_buffer),
	TEST(bad_paddings_look_alike),
	TEST(gcm_parts_give_nothing_before_the_tag),
	TEST(gathering_is_bounded),
	TEST(in_place_is_possible),
	TEST(absurd_lengths_are_refused),
	TEST(one_slot_serves_many_mechanisms),
	TEST(digest_key_digests_its_value),
	TEST(login_must_come_first_where_it_is_due),
	TEST(stale_is_what_was_opened_under_an_older_login),
};
TEST_MAIN(tests)
