/* SPDX-License-Identifier: BSD-2-Clause */
/* AES contexts that are used again: after success, failure, half a message, another IV, they give
 * what a new one would. (What they give: test_vectors.) */
#include "test.h"

#include "key.h"
#include "mech.h"
#include "op.h"

static uint8_t iv[256] = {5, 4, 3};
static uint8_t text[4096];

static struct key *aes_key(void)
{
	struct key_from from = {.cls = CKO_SECRET_KEY, .type = CKK_AES};
	uint8_t value[32] = {1, 2, 3};
	struct key *key = NULL;
	ATTRS(secrets);

	from.secrets = &secrets;
	if (attrs_set(&secrets, CKA_VALUE, BYTES_OF(value)) != CKR_OK ||
		key_new(&from, &key) != CKR_OK)
		return NULL;
	return key;
}

static CK_RV crypt(struct key *key, enum op_verb verb, const CK_MECHANISM *mech, struct bytes in,
	struct buf *ret)
{
	_cleanup_(op_slot_done) struct op_slot s = {0};
	uint8_t *out = NULL;
	CK_ULONG len = in.len + 64;
	CK_RV rv;

	ret->len = 0;
	if (buf_grow(ret, len, &out).code != E_OK)
		return CKR_HOST_MEMORY;
	rv = op_init(&s, verb, mech, key);
	if (rv == CKR_OK)
		rv = op_oneshot(&s, in, out, &len);
	ret->len = rv == CKR_OK ? len : 0;
	return rv;
}

static void half_a_message(struct key *key, enum op_verb verb, const CK_MECHANISM *mech)
{
	_cleanup_(op_slot_done) struct op_slot s = {0};
	uint8_t out[64];
	CK_ULONG len = sizeof(out);

	CHECK_EQ(op_init(&s, verb, mech, key), CKR_OK);
	CHECK_EQ(op_update(&s, BYTES(text, 21), out, &len), CKR_OK);
}

static void again_gives_the_same(const CK_MECHANISM *mech, size_t len)
{
	BUF(fresh);
	BUF(again);
	KEY(key);

	key = aes_key();
	REQUIRE(key != NULL);
	CHECK_EQ(crypt(key, OP_ENCRYPT, mech, BYTES(text, len), &fresh), CKR_OK);
	half_a_message(key, OP_ENCRYPT, mech);
	CHECK_EQ(crypt(key, OP_ENCRYPT, mech, BYTES(text, len), &again), CKR_OK);
	CHECK(bytes_eq(buf_bytes(&fresh), buf_bytes(&again)));
	half_a_message(key, OP_DECRYPT, mech);
	CHECK_EQ(crypt(key, OP_DECRYPT, mech, buf_bytes(&fresh), &again), CKR_OK);
	CHECK(bytes_eq(buf_bytes(&again), BYTES(text, len)));
}

static void every_mode_begins_anew(void)
{
	CK_GCM_PARAMS gcm = {.pIv = iv, .ulIvLen = 12, .ulTagBits = 128};
	CK_AES_CTR_PARAMS ctr = {.ulCounterBits = 128};
	const CK_MECHANISM mechs[] = {
		{CKM_AES_ECB, NULL, 0},
		{CKM_AES_CBC, iv, 16},
		{CKM_AES_CBC_PAD, iv, 16},
		{CKM_AES_CTR, &ctr, sizeof(ctr)},
		{CKM_AES_GCM, &gcm, sizeof(gcm)},
		{CKM_AES_KEY_WRAP, NULL, 0},
		{CKM_AES_KEY_WRAP_KWP, NULL, 0},
	};

	for (size_t i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++)
		again_gives_the_same(&mechs[i], 160);
}

static void gcm_takes_ivs_of_changing_length(void)
{
	static const CK_ULONG lens[] = {12, 1, 12, 128, 16, 12};
	CK_GCM_PARAMS gcm = {.pIv = iv, .ulTagBits = 96};
	const CK_MECHANISM mech = {CKM_AES_GCM, &gcm, sizeof(gcm)};
	BUF(sealed);
	BUF(opened);
	KEY(key);

	key = aes_key();
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		gcm.ulIvLen = lens[i];
		CHECK_EQ(crypt(key, OP_ENCRYPT, &mech, BYTES(text, 33), &sealed), CKR_OK);
		CHECK_EQ(sealed.len, 33 + 12);
		CHECK_EQ(crypt(key, OP_DECRYPT, &mech, buf_bytes(&sealed), &opened), CKR_OK);
		CHECK(bytes_eq(buf_bytes(&opened), BYTES(text, 33)));
	}
	/* longer than libcrypto takes: refused, and the next message is none the worse */
	gcm.ulIvLen = 129;
	CHECK_EQ(crypt(key, OP_DECRYPT, &mech, buf_bytes(&sealed), &opened),
		CKR_MECHANISM_PARAM_INVALID);
	gcm.ulIvLen = 12;
	CHECK_EQ(crypt(key, OP_DECRYPT, &mech, buf_bytes(&sealed), &opened), CKR_OK);
}

static void gcm_after_a_refused_message_is_sound(void)
{
	CK_GCM_PARAMS gcm = {.pIv = iv, .ulIvLen = 12, .ulTagBits = 128};
	const CK_MECHANISM mech = {CKM_AES_GCM, &gcm, sizeof(gcm)};
	BUF(sealed);
	BUF(opened);
	KEY(key);

	key = aes_key();
	CHECK_EQ(crypt(key, OP_ENCRYPT, &mech, BYTES(text, 100), &sealed), CKR_OK);
	sealed.ptr[3] ^= 1;
	CHECK_EQ(crypt(key, OP_DECRYPT, &mech, buf_bytes(&sealed), &opened),
		CKR_ENCRYPTED_DATA_INVALID);
	sealed.ptr[3] ^= 1;
	CHECK_EQ(crypt(key, OP_DECRYPT, &mech, buf_bytes(&sealed), &opened), CKR_OK);
	CHECK(bytes_eq(buf_bytes(&opened), BYTES(text, 100)));
	/* additional data counts */
	gcm.pAAD = iv;
	gcm.ulAADLen = 1;
	CHECK_EQ(crypt(key, OP_DECRYPT, &mech, buf_bytes(&sealed), &opened),
		CKR_ENCRYPTED_DATA_INVALID);
}

/* A counter of two bits has four blocks, however they are asked for. */
static void ctr_stops_before_a_block_comes_twice(void)
{
	CK_AES_CTR_PARAMS ctr = {.ulCounterBits = 2, .cb = {[15] = 3}};
	const CK_MECHANISM mech = {CKM_AES_CTR, &ctr, sizeof(ctr)};
	_cleanup_(op_slot_done) struct op_slot s = {0};
	uint8_t out[128];
	CK_ULONG len;
	BUF(whole);
	KEY(key);

	key = aes_key();
	CHECK_EQ(crypt(key, OP_ENCRYPT, &mech, BYTES(text, 64), &whole), CKR_OK);
	CHECK_EQ(crypt(key, OP_ENCRYPT, &mech, BYTES(text, 65), &whole), CKR_DATA_LEN_RANGE);
	CHECK_EQ(crypt(key, OP_DECRYPT, &mech, BYTES(text, 65), &whole),
		CKR_ENCRYPTED_DATA_LEN_RANGE);
	REQUIRE(op_init(&s, OP_ENCRYPT, &mech, key) == CKR_OK);
	for (unsigned i = 0; i < 64; i++) {
		len = sizeof(out);
		CHECK_EQ(op_update(&s, BYTES(text, 1), out, &len), CKR_OK);
	}
	len = sizeof(out);
	CHECK_EQ(op_update(&s, BYTES(text, 1), out, &len), CKR_DATA_LEN_RANGE);
	CHECK(!op_active(&s));
}

static const struct test tests[] = {
	TEST(every_mode_begins_anew),
	TEST(gcm_takes_ivs_of_changing_length),
	TEST(gcm_after_a_refused_message_is_sound),
	TEST(ctr_stops_before_a_block_comes_twice),
};
TEST_MAIN(tests)
