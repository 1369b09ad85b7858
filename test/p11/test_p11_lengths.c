/* SPDX-License-Identifier: BSD-2-Clause */
/* The length rules (PKCS #11 5.2) of every function with output: NULL asks, too little says how
 * much and changes nothing, enough ends the operation. A table. */
#include "p11.h"

#define ROOM  600u
#define GUARD 0xa5

static CK_BYTE iv[16] = {1}, gcm_iv[12] = {2};
static CK_GCM_PARAMS gcm = {gcm_iv, sizeof(gcm_iv), 96, NULL, 0, 128};
static CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0};
#define NONE(type)              \
	{                       \
		(type), NULL, 0 \
	}
static CK_MECHANISM m_ecb = NONE(CKM_AES_ECB), m_pad = {CKM_AES_CBC_PAD, iv, 16},
		    m_ctr_like = {CKM_AES_CBC, iv, 16}, m_gcm = {CKM_AES_GCM, &gcm, sizeof(gcm)},
		    m_oaep = {CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep)}, m_rsa = NONE(CKM_RSA_PKCS),
		    m_ecdsa = NONE(CKM_ECDSA_SHA256), m_cmac = NONE(CKM_AES_CMAC),
		    m_sha = NONE(CKM_SHA256), m_rsa_sha = NONE(CKM_SHA256_RSA_PKCS);

enum who { AES, EC, RSA, NO_KEY };
enum verb { DIGEST, SIGN, ENCRYPT, DECRYPT };
enum form { WHOLE, FINAL, UPDATE };

static CK_OBJECT_HANDLE keys[3][2]; /* [who][0] public or secret, [1] private */

struct row {
	const char *name;
	CK_MECHANISM *mech;
	enum who who;
	enum verb verb;
	enum form form;
	CK_ULONG in, out; /* bytes; decrypt: of the plain text */
};
static const struct row rows[] = {
	{"digest", &m_sha, NO_KEY, DIGEST, WHOLE, 5, 32},
	{"digest final", &m_sha, NO_KEY, DIGEST, FINAL, 5, 32},
	{"ecdsa", &m_ecdsa, EC, SIGN, WHOLE, 5, 64},
	{"ecdsa final", &m_ecdsa, EC, SIGN, FINAL, 5, 64},
	{"rsa", &m_rsa_sha, RSA, SIGN, WHOLE, 5, 256},
	{"rsa final", &m_rsa_sha, RSA, SIGN, FINAL, 5, 256},
	{"rsa raw digest", &m_rsa, RSA, SIGN, WHOLE, 32, 256},
	{"cmac", &m_cmac, AES, SIGN, WHOLE, 5, 16},
	{"cmac final", &m_cmac, AES, SIGN, FINAL, 5, 16},
	{"ecb", &m_ecb, AES, ENCRYPT, WHOLE, 32, 32},
	{"ecb update", &m_ecb, AES, ENCRYPT, UPDATE, 32, 32},
	{"cbc", &m_ctr_like, AES, ENCRYPT, WHOLE, 48, 48},
	{"cbc-pad", &m_pad, AES, ENCRYPT, WHOLE, 20, 32},
	{"cbc-pad update", &m_pad, AES, ENCRYPT, UPDATE, 20, 16},
	{"cbc-pad final", &m_pad, AES, ENCRYPT, FINAL, 20, 16},
	{"gcm", &m_gcm, AES, ENCRYPT, WHOLE, 20, 36},
	{"oaep", &m_oaep, RSA, ENCRYPT, WHOLE, 20, 256},
	{"rsa pkcs", &m_rsa, RSA, ENCRYPT, WHOLE, 20, 256},
	{"ecb back", &m_ecb, AES, DECRYPT, WHOLE, 32, 32},
	{"ecb update back", &m_ecb, AES, DECRYPT, UPDATE, 32, 32},
	{"cbc-pad back", &m_pad, AES, DECRYPT, WHOLE, 20, 20},
	{"cbc-pad final back", &m_pad, AES, DECRYPT, FINAL, 20, 4},
	{"gcm back", &m_gcm, AES, DECRYPT, WHOLE, 20, 20},
	{"oaep back", &m_oaep, RSA, DECRYPT, WHOLE, 20, 20},
	{"rsa pkcs back", &m_rsa, RSA, DECRYPT, WHOLE, 20, 20},
};

static CK_RV row_init(CK_SESSION_HANDLE s, const struct row *r, enum verb verb)
{
	switch (verb) {
	case DIGEST:
		return p11->C_DigestInit(s, r->mech);
	case SIGN:
		return p11->C_SignInit(s, r->mech, keys[r->who][r->who != AES]);
	case ENCRYPT:
		return p11->C_EncryptInit(s, r->mech, keys[r->who][0]);
	case DECRYPT:
		return p11->C_DecryptInit(s, r->mech, keys[r->who][r->who != AES]);
	}
	return CKR_GENERAL_ERROR;
}

static CK_RV row_whole(
	CK_SESSION_HANDLE s, enum verb verb, struct bytes in, CK_BYTE *out, CK_ULONG *len)
{
	CK_BYTE copy[ROOM];

	memcpy(copy, in.ptr, in.len);
	switch (verb) {
	case DIGEST:
		return p11->C_Digest(s, copy, in.len, out, len);
	case SIGN:
		return p11->C_Sign(s, copy, in.len, out, len);
	case ENCRYPT:
		return p11->C_Encrypt(s, copy, in.len, out, len);
	case DECRYPT:
		return p11->C_Decrypt(s, copy, in.len, out, len);
	}
	return CKR_GENERAL_ERROR;
}

static CK_RV row_update(
	CK_SESSION_HANDLE s, enum verb verb, struct bytes in, CK_BYTE *out, CK_ULONG *len)
{
	CK_BYTE copy[ROOM];

	memcpy(copy, in.ptr, in.len);
	switch (verb) {
	case DIGEST:
		return p11->C_DigestUpdate(s, copy, in.len);
	case SIGN:
		return p11->C_SignUpdate(s, copy, in.len);
	case ENCRYPT:
		return p11->C_EncryptUpdate(s, copy, in.len, out, len);
	case DECRYPT:
		return p11->C_DecryptUpdate(s, copy, in.len, out, len);
	}
	return CKR_GENERAL_ERROR;
}

static CK_RV row_final(CK_SESSION_HANDLE s, enum verb verb, CK_BYTE *out, CK_ULONG *len)
{
	switch (verb) {
	case DIGEST:
		return p11->C_DigestFinal(s, out, len);
	case SIGN:
		return p11->C_SignFinal(s, out, len);
	case ENCRYPT:
		return p11->C_EncryptFinal(s, out, len);
	case DECRYPT:
		return p11->C_DecryptFinal(s, out, len);
	}
	return CKR_GENERAL_ERROR;
}

static CK_RV row_call(
	CK_SESSION_HANDLE s, const struct row *r, struct bytes in, CK_BYTE *out, CK_ULONG *len)
{
	switch (r->form) {
	case WHOLE:
		return row_whole(s, r->verb, in, out, len);
	case FINAL:
		return row_final(s, r->verb, out, len);
	case UPDATE:
		return row_update(s, r->verb, in, out, len);
	}
	return CKR_GENERAL_ERROR;
}

/* What goes in: for decryption, what encryption gave. */
static bool row_input(CK_SESSION_HANDLE s, const struct row *r, CK_BYTE *ret, CK_ULONG *ret_len)
{
	CK_BYTE plain[ROOM];

	memset(plain, 'x', sizeof(plain));
	if (r->verb != DECRYPT) {
		memcpy(ret, plain, r->in);
		*ret_len = r->in;
		return true;
	}
	*ret_len = ROOM;
	return CHECK_RV(row_init(s, r, ENCRYPT), CKR_OK) &&
	       CHECK_RV(row_whole(s, ENCRYPT, BYTES(plain, r->in), ret, ret_len), CKR_OK);
}

static bool guarded(const CK_BYTE *out, CK_ULONG len)
{
	for (CK_ULONG i = len; i < ROOM; i++)
		if (out[i] != GUARD)
			return false;
	return true;
}

static void row_run(CK_SESSION_HANDLE s, const struct row *r)
{
	CK_BYTE in[ROOM], out[ROOM], early[ROOM];
	CK_ULONG in_len, asked = 0, len, early_len = ROOM;

	memset(out, GUARD, sizeof(out));
	REQUIRE(row_input(s, r, in, &in_len));
	REQUIRE_RV(row_init(s, r, r->verb), CKR_OK);
	if (r->form == FINAL)
		CHECK_RV(row_update(s, r->verb, BYTES(in, in_len), early, &early_len), CKR_OK);
	for (int again = 0; again < 2; again++) {
		CHECK_RV(row_call(s, r, BYTES(in, in_len), NULL, &asked), CKR_OK);
		if (r->verb == DECRYPT)
			CHECK(asked >= r->out && asked < ROOM);
		else
			CHECK_EQ(asked, r->out);
		for (CK_ULONG room = 0; room < r->out; room += r->out - 1) {
			len = room;
			CHECK_RV(
				row_call(s, r, BYTES(in, in_len), out, &len), CKR_BUFFER_TOO_SMALL);
			CHECK(len >= r->out && len <= asked);
			CHECK(guarded(out, room));
		}
	}
	len = asked;
	CHECK_RV(row_call(s, r, BYTES(in, in_len), out, &len), CKR_OK);
	CHECK_EQ(len, r->out);
	CHECK(guarded(out, asked));
	len = ROOM;
	if (r->form != UPDATE)
		CHECK_RV(row_call(s, r, BYTES(in, in_len), out, &len),
			CKR_OPERATION_NOT_INITIALIZED);
	(void) p11->C_SessionCancel(s, ~0UL);
}

static void every_function_with_output(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	REQUIRE_RV(p11_aes(s, false, &keys[AES][0]), CKR_OK);
	REQUIRE_RV(p11_ec_pair(s, false, "k", &keys[EC][0], &keys[EC][1]), CKR_OK);
	REQUIRE_RV(p11_rsa_pair(s, false, &keys[RSA][0], &keys[RSA][1]), CKR_OK);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned before = test_failures;

		row_run(s, &rows[i]);
		if (test_failures != before)
			printf("in row \"%s\"\n", rows[i].name);
	}
}

static void wrapping_has_them_too(void)
{
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ULONG key_len = 32, asked = 0, len;
	CK_ATTRIBUTE wrapping_t[] = {{CKA_VALUE_LEN, &key_len, sizeof(key_len)},
		{CKA_WRAP, &yes, 1}, {CKA_SENSITIVE, &yes, 1}, {CKA_EXTRACTABLE, &no, 1}};
	CK_ATTRIBUTE key_t[] = {
		{CKA_VALUE_LEN, &key_len, sizeof(key_len)}, {CKA_EXTRACTABLE, &yes, 1}};
	WORLD(w);
	CK_OBJECT_HANDLE wrapping, key;
	CK_SESSION_HANDLE s;
	CK_BYTE out[ROOM];

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	REQUIRE_RV(p11->C_GenerateKey(
			   s, MECH(CKM_AES_KEY_GEN), wrapping_t, ARRAY_LEN(wrapping_t), &wrapping),
		CKR_OK);
	REQUIRE_RV(p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), key_t, ARRAY_LEN(key_t), &key),
		CKR_OK);
	memset(out, GUARD, sizeof(out));
	CHECK_RV(p11->C_WrapKey(s, MECH(CKM_AES_KEY_WRAP), wrapping, key, NULL, &asked), CKR_OK);
	CHECK_EQ(asked, 40);
	len = 39;
	CHECK_RV(p11->C_WrapKey(s, MECH(CKM_AES_KEY_WRAP), wrapping, key, out, &len),
		CKR_BUFFER_TOO_SMALL);
	CHECK_EQ(len, 40);
	CHECK(guarded(out, 0));
	CHECK_RV(p11->C_WrapKey(s, MECH(CKM_AES_KEY_WRAP), wrapping, key, out, &len), CKR_OK);
	CHECK(guarded(out, 40));
}

static const struct test tests[] = {
	TEST(every_function_with_output),
	TEST(wrapping_has_them_too),
};
TEST_MAIN(tests)
