/* SPDX-License-Identifier: BSD-2-Clause */
/* Encrypting, decrypting, wrapping, unwrapping and deriving through the C functions; the
 * mechanisms themselves have their vectors elsewhere. */
#include "p11.h"

static CK_BBOOL yes = CK_TRUE;

static CK_SESSION_HANDLE logged_in(struct world *w)
{
	CK_SESSION_HANDLE s;

	CHECK_RV(world_token(w), CKR_OK);
	s = world_rw(w);
	CHECK_RV(p11_login(s), CKR_OK);
	return s;
}

static void cbc_pad_in_parts_and_as_a_whole(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_BYTE iv[16] = {1}, plain[100], cipher[112], parts[112], back[112];
	CK_MECHANISM mech = {CKM_AES_CBC_PAD, iv, sizeof(iv)};
	CK_ULONG len = sizeof(cipher), n, at = 0;
	CK_OBJECT_HANDLE key;

	memset(plain, 'p', sizeof(plain));
	REQUIRE_RV(p11_aes(s, true, &key), CKR_OK);
	REQUIRE_RV(p11->C_EncryptInit(s, &mech, key), CKR_OK);
	REQUIRE_RV(p11->C_Encrypt(s, plain, sizeof(plain), cipher, &len), CKR_OK);
	CHECK_EQ(len, 112);
	REQUIRE_RV(p11->C_EncryptInit(s, &mech, key), CKR_OK);
	for (size_t i = 0; i < sizeof(plain); i += 25) {
		n = sizeof(parts) - at;
		REQUIRE_RV(p11->C_EncryptUpdate(s, plain + i, 25, parts + at, &n), CKR_OK);
		at += n;
	}
	n = sizeof(parts) - at;
	REQUIRE_RV(p11->C_EncryptFinal(s, parts + at, &n), CKR_OK);
	CHECK_EQ(at + n, 112);
	CHECK(memcmp(parts, cipher, 112) == 0);
	REQUIRE_RV(p11->C_DecryptInit(s, &mech, key), CKR_OK);
	n = sizeof(back);
	REQUIRE_RV(p11->C_Decrypt(s, cipher, 112, back, &n), CKR_OK);
	CHECK(n == 100 && memcmp(back, plain, 100) == 0);
	REQUIRE_RV(p11->C_DecryptInit(s, &mech, key), CKR_OK);
	n = sizeof(back);
	CHECK_RV(p11->C_Decrypt(s, cipher, 111, back, &n), CKR_ENCRYPTED_DATA_LEN_RANGE);
	CHECK_RV(p11->C_Decrypt(s, cipher, 112, back, &n), CKR_OPERATION_NOT_INITIALIZED);
}

static void gcm_refuses_what_was_changed(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_BYTE iv[12] = {2}, aad[] = "aad", plain[20] = "some text", cipher[36], back[36];
	CK_GCM_PARAMS params = {iv, sizeof(iv), 96, aad, sizeof(aad), 128};
	CK_MECHANISM mech = {CKM_AES_GCM, &params, sizeof(params)};
	CK_ULONG len = sizeof(cipher), n = sizeof(back);
	CK_OBJECT_HANDLE key;

	REQUIRE_RV(p11_aes(s, false, &key), CKR_OK);
	REQUIRE_RV(p11->C_EncryptInit(s, &mech, key), CKR_OK);
	REQUIRE_RV(p11->C_Encrypt(s, plain, sizeof(plain), cipher, &len), CKR_OK);
	CHECK_EQ(len, 36);
	REQUIRE_RV(p11->C_DecryptInit(s, &mech, key), CKR_OK);
	CHECK_RV(p11->C_Decrypt(s, cipher, len, back, &n), CKR_OK);
	CHECK(n == 20 && memcmp(back, plain, 20) == 0);
	cipher[3] ^= 1;
	memset(back, 0, sizeof(back));
	n = sizeof(back);
	REQUIRE_RV(p11->C_DecryptInit(s, &mech, key), CKR_OK);
	CHECK_RV(p11->C_Decrypt(s, cipher, len, back, &n), CKR_ENCRYPTED_DATA_INVALID);
	CHECK(back[0] == 0 && memcmp(back, back + 1, 19) == 0); /* nothing of it came out */
	params.ulIvLen = 0;
	CHECK_RV(p11->C_EncryptInit(s, &mech, key), CKR_MECHANISM_PARAM_INVALID);
}

static void rsa_decrypts_what_the_public_key_encrypted(void)
{
	CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 0};
	CK_MECHANISM mech = {CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep)};
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_BYTE plain[] = "secret", cipher[256], back[256];
	CK_ULONG len = sizeof(cipher), n = sizeof(back);
	CK_OBJECT_HANDLE pub, priv;

	REQUIRE_RV(p11_rsa_pair(s, true, &pub, &priv), CKR_OK);
	REQUIRE_RV(p11->C_EncryptInit(s, &mech, pub), CKR_OK);
	REQUIRE_RV(p11->C_Encrypt(s, plain, sizeof(plain), cipher, &len), CKR_OK);
	REQUIRE_RV(p11->C_DecryptInit(s, &mech, priv), CKR_OK);
	REQUIRE_RV(p11->C_Decrypt(s, cipher, len, back, &n), CKR_OK);
	CHECK(n == sizeof(plain) && memcmp(back, plain, n) == 0);
}

static void wrapped_keys_come_back(void)
{
	CK_OBJECT_CLASS cls = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_AES;
	CK_ULONG key_len = 32;
	CK_ATTRIBUTE wrapping_t[] = {{CKA_VALUE_LEN, &key_len, sizeof(key_len)},
		{CKA_SENSITIVE, &yes, 1}, {CKA_WRAP, &yes, 1}, {CKA_UNWRAP, &yes, 1},
		{CKA_EXTRACTABLE, &(CK_BBOOL){CK_FALSE}, 1}};
	CK_ATTRIBUTE wrapped_t[] = {{CKA_VALUE_LEN, &key_len, sizeof(key_len)},
		{CKA_EXTRACTABLE, &yes, 1}, {CKA_ENCRYPT, &yes, 1}};
	CK_ATTRIBUTE back_t[] = {{CKA_CLASS, &cls, sizeof(cls)},
		{CKA_KEY_TYPE, &type, sizeof(type)}, {CKA_DECRYPT, &yes, 1}};
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_HANDLE wrapping, key, back;
	CK_BYTE blob[64], block[16] = {7}, cipher[16], plain[16];
	CK_ULONG len = sizeof(blob), n = 16;

	REQUIRE_RV(p11->C_GenerateKey(
			   s, MECH(CKM_AES_KEY_GEN), wrapping_t, ARRAY_LEN(wrapping_t), &wrapping),
		CKR_OK);
	REQUIRE_RV(
		p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), wrapped_t, ARRAY_LEN(wrapped_t), &key),
		CKR_OK);
	REQUIRE_RV(p11->C_WrapKey(s, MECH(CKM_AES_KEY_WRAP), wrapping, key, blob, &len), CKR_OK);
	CHECK_EQ(len, 40);
	CHECK_RV(p11->C_WrapKey(s, MECH(CKM_AES_KEY_WRAP), wrapping + 99, key, blob, &len),
		CKR_WRAPPING_KEY_HANDLE_INVALID);
	CHECK_RV(p11->C_WrapKey(s, MECH(CKM_AES_KEY_WRAP), wrapping, key + 99, blob, &len),
		CKR_KEY_HANDLE_INVALID);
	REQUIRE_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP), wrapping, blob, 40, back_t,
			   ARRAY_LEN(back_t), &back),
		CKR_OK);
	REQUIRE_RV(p11->C_EncryptInit(s, MECH(CKM_AES_ECB), key), CKR_OK);
	REQUIRE_RV(p11->C_Encrypt(s, block, 16, cipher, &n), CKR_OK);
	REQUIRE_RV(p11->C_DecryptInit(s, MECH(CKM_AES_ECB), back), CKR_OK);
	REQUIRE_RV(p11->C_Decrypt(s, cipher, 16, plain, &n), CKR_OK);
	CHECK(memcmp(plain, block, 16) == 0);
	blob[8] ^= 1;
	CHECK_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP), wrapping, blob, 40, back_t,
			 ARRAY_LEN(back_t), &back),
		CKR_WRAPPED_KEY_INVALID);
}

static void ecdh_agrees(void)
{
	CK_OBJECT_CLASS cls = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE t[] = {{CKA_CLASS, &cls, sizeof(cls)}, {CKA_KEY_TYPE, &type, sizeof(type)},
		{CKA_SENSITIVE, &no, 1}, {CKA_EXTRACTABLE, &yes, 1}};
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_HANDLE pub[2], priv[2], secret;
	CK_BYTE point[2][80], value[2][32];

	for (int i = 0; i < 2; i++)
		REQUIRE_RV(p11_ec_pair(s, false, "k", &pub[i], &priv[i]), CKR_OK);
	for (int i = 0; i < 2; i++) {
		CK_ATTRIBUTE get_point = {CKA_EC_POINT, point[i], sizeof(point[i])};
		CK_ATTRIBUTE get_value = {CKA_VALUE, value[i], sizeof(value[i])};
		CK_ECDH1_DERIVE_PARAMS params = {.kdf = CKD_NULL};
		CK_MECHANISM mech = {CKM_ECDH1_DERIVE, &params, sizeof(params)};

		REQUIRE_RV(p11->C_GetAttributeValue(s, pub[i], &get_point, 1), CKR_OK);
		params.pPublicData = point[i];
		params.ulPublicDataLen = get_point.ulValueLen;
		REQUIRE_RV(
			p11->C_DeriveKey(s, &mech, priv[1 - i], t, ARRAY_LEN(t), &secret), CKR_OK);
		REQUIRE_RV(p11->C_GetAttributeValue(s, secret, &get_value, 1), CKR_OK);
		params.ulPublicDataLen = 7;
		CHECK(p11->C_DeriveKey(s, &mech, priv[1 - i], t, ARRAY_LEN(t), &secret) != CKR_OK);
	}
	CHECK(memcmp(value[0], value[1], 32) == 0);
}

static const struct test tests[] = {
	TEST(cbc_pad_in_parts_and_as_a_whole),
	TEST(gcm_refuses_what_was_changed),
	TEST(rsa_decrypts_what_the_public_key_encrypted),
	TEST(wrapped_keys_come_back),
	TEST(ecdh_agrees),
};
TEST_MAIN(tests)
