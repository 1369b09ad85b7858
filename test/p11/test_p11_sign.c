/* SPDX-License-Identifier: BSD-2-Clause */
/* Signing and verifying: keys, states, wrong data; recovery. */
#include "p11.h"

static CK_SESSION_HANDLE logged_in(struct world *w)
{
	CK_SESSION_HANDLE s;

	CHECK_RV(world_token(w), CKR_OK);
	s = world_rw(w);
	CHECK_RV(p11_login(s), CKR_OK);
	return s;
}

static CK_BYTE data[] = "what is signed";

static void ec_signs_and_verifies(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_HANDLE pub, priv;
	CK_BYTE sig[64];
	CK_ULONG len = sizeof(sig);

	for (int token = 0; token < 2; token++) {
		REQUIRE_RV(p11_ec_pair(s, token, "k", &pub, &priv), CKR_OK);
		CHECK_RV(p11_ec_use(s, pub, priv), CKR_OK);
	}
	REQUIRE_RV(p11->C_SignInit(s, MECH(CKM_ECDSA_SHA256), priv), CKR_OK);
	CHECK_RV(p11->C_SignUpdate(s, data, 4), CKR_OK);
	CHECK_RV(p11->C_SignUpdate(s, data + 4, sizeof(data) - 4), CKR_OK);
	REQUIRE_RV(p11->C_SignFinal(s, sig, &len), CKR_OK);
	CHECK_EQ(len, 64);
	REQUIRE_RV(p11->C_VerifyInit(s, MECH(CKM_ECDSA_SHA256), pub), CKR_OK);
	CHECK_RV(p11->C_Verify(s, data, sizeof(data), sig, len), CKR_OK);
	REQUIRE_RV(p11->C_VerifyInit(s, MECH(CKM_ECDSA_SHA256), pub), CKR_OK);
	CHECK_RV(p11->C_VerifyUpdate(s, data, sizeof(data)), CKR_OK);
	CHECK_RV(p11->C_VerifyFinal(s, sig, len), CKR_OK);
	sig[5] ^= 1;
	REQUIRE_RV(p11->C_VerifyInit(s, MECH(CKM_ECDSA_SHA256), pub), CKR_OK);
	CHECK_RV(p11->C_Verify(s, data, sizeof(data), sig, len), CKR_SIGNATURE_INVALID);
	CHECK_RV(p11->C_Verify(s, data, sizeof(data), sig, len), CKR_OPERATION_NOT_INITIALIZED);
	REQUIRE_RV(p11->C_VerifyInit(s, MECH(CKM_ECDSA_SHA256), pub), CKR_OK);
	CHECK_RV(p11->C_Verify(s, data, sizeof(data), sig, 63), CKR_SIGNATURE_LEN_RANGE);
}

static void rsa_signs_and_verifies(void)
{
	CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};
	CK_MECHANISM mechs[] = {
		{CKM_SHA256_RSA_PKCS, NULL, 0}, {CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof(pss)}};
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_HANDLE pub, priv;
	CK_BYTE sig[256];
	CK_ULONG len;

	REQUIRE_RV(p11_rsa_pair(s, true, &pub, &priv), CKR_OK);
	for (size_t i = 0; i < ARRAY_LEN(mechs); i++) {
		len = sizeof(sig);
		REQUIRE_RV(p11->C_SignInit(s, &mechs[i], priv), CKR_OK);
		REQUIRE_RV(p11->C_Sign(s, data, sizeof(data), sig, &len), CKR_OK);
		CHECK_EQ(len, 256);
		REQUIRE_RV(p11->C_VerifyInit(s, &mechs[i], pub), CKR_OK);
		CHECK_RV(p11->C_Verify(s, data, sizeof(data), sig, len), CKR_OK);
		REQUIRE_RV(p11->C_VerifyInit(s, &mechs[i], pub), CKR_OK);
		CHECK_RV(p11->C_Verify(s, data, sizeof(data) - 1, sig, len), CKR_SIGNATURE_INVALID);
	}
}

static void keys_are_for_what_they_say(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_HANDLE pub, priv, aes, object;
	CK_RV rv;

	REQUIRE_RV(p11_ec_pair(s, false, "k", &pub, &priv), CKR_OK);
	REQUIRE_RV(p11_aes(s, false, &aes), CKR_OK);
	REQUIRE_RV(p11_data(s, false, false, "no key", &object), CKR_OK);
	CHECK_RV(p11->C_SignInit(s, MECH(CKM_ECDSA), 0), CKR_KEY_HANDLE_INVALID);
	CHECK_RV(p11->C_SignInit(s, MECH(CKM_ECDSA), ~0UL), CKR_KEY_HANDLE_INVALID);
	CHECK_RV(p11->C_SignInit(s, MECH(CKM_ECDSA), object), CKR_KEY_HANDLE_INVALID);
	CHECK_RV(p11->C_SignInit(s, MECH(CKM_VENDOR_DEFINED), priv), CKR_MECHANISM_INVALID);
	CHECK_RV(p11->C_SignInit(s, MECH(CKM_AES_KEY_GEN), priv), CKR_MECHANISM_INVALID);
	CHECK_RV(p11->C_SignInit(s, MECH(CKM_SHA256_RSA_PKCS), priv), CKR_KEY_TYPE_INCONSISTENT);
	CHECK_RV(p11->C_SignInit(s, MECH(CKM_ECDSA), aes), CKR_KEY_TYPE_INCONSISTENT);
	rv = p11->C_SignInit(s, MECH(CKM_ECDSA), pub);
	CHECK(rv == CKR_KEY_FUNCTION_NOT_PERMITTED || rv == CKR_KEY_TYPE_INCONSISTENT);
	CHECK_RV(p11->C_DecryptInit(s, MECH(CKM_RSA_PKCS), priv), CKR_KEY_FUNCTION_NOT_PERMITTED);
	CHECK_RV(p11->C_SignInit(s, NULL, priv), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_Sign(s, data, 1, NULL, NULL), CKR_ARGUMENTS_BAD);
	REQUIRE_RV(p11->C_SignInit(s, MECH(CKM_ECDSA_SHA256), priv), CKR_OK);
	CHECK_RV(p11->C_SignInit(s, MECH(CKM_ECDSA_SHA256), priv), CKR_OPERATION_ACTIVE);
	CHECK_RV(
		p11->C_VerifyInit(s, MECH(CKM_ECDSA_SHA256), pub), CKR_OK); /* a place of its own */
}

static void macs_sign_and_verify(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_HANDLE key;
	CK_BYTE mac[16];
	CK_ULONG len = sizeof(mac);

	REQUIRE_RV(p11_aes(s, false, &key), CKR_OK);
	REQUIRE_RV(p11->C_SignInit(s, MECH(CKM_AES_CMAC), key), CKR_OK);
	REQUIRE_RV(p11->C_Sign(s, data, sizeof(data), mac, &len), CKR_OK);
	REQUIRE_RV(p11->C_VerifyInit(s, MECH(CKM_AES_CMAC), key), CKR_OK);
	CHECK_RV(p11->C_Verify(s, data, sizeof(data), mac, len), CKR_OK);
	mac[0] ^= 1;
	REQUIRE_RV(p11->C_VerifyInit(s, MECH(CKM_AES_CMAC), key), CKR_OK);
	CHECK_RV(p11->C_Verify(s, data, sizeof(data), mac, len), CKR_SIGNATURE_INVALID);
}

static void recovery_gives_the_data_back(void)
{
	CK_BBOOL yes = CK_TRUE;
	CK_ULONG bits = 2048;
	CK_ATTRIBUTE pub_t[] = {
		{CKA_MODULUS_BITS, &bits, sizeof(bits)}, {CKA_VERIFY_RECOVER, &yes, 1}};
	CK_ATTRIBUTE priv_t[] = {{CKA_SIGN_RECOVER, &yes, 1}};
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_HANDLE pub, priv;
	CK_BYTE sig[256], back[256];
	CK_ULONG len = sizeof(sig), back_len = sizeof(back);

	REQUIRE_RV(p11->C_GenerateKeyPair(s, MECH(CKM_RSA_PKCS_KEY_PAIR_GEN), pub_t,
			   ARRAY_LEN(pub_t), priv_t, ARRAY_LEN(priv_t), &pub, &priv),
		CKR_OK);
	REQUIRE_RV(p11->C_SignRecoverInit(s, MECH(CKM_RSA_PKCS), priv), CKR_OK);
	REQUIRE_RV(p11->C_SignRecover(s, data, sizeof(data), sig, &len), CKR_OK);
	REQUIRE_RV(p11->C_VerifyRecoverInit(s, MECH(CKM_RSA_PKCS), pub), CKR_OK);
	REQUIRE_RV(p11->C_VerifyRecover(s, sig, len, back, &back_len), CKR_OK);
	CHECK(back_len == sizeof(data) && memcmp(back, data, sizeof(data)) == 0);
	sig[9] ^= 1;
	REQUIRE_RV(p11->C_VerifyRecoverInit(s, MECH(CKM_RSA_PKCS), pub), CKR_OK);
	back_len = sizeof(back);
	CHECK_RV(p11->C_VerifyRecover(s, sig, len, back, &back_len), CKR_SIGNATURE_INVALID);
	CHECK_RV(p11->C_SignRecoverInit(s, MECH(CKM_SHA256_RSA_PKCS), priv), CKR_MECHANISM_INVALID);
}

static const struct test tests[] = {
	TEST(ec_signs_and_verifies),
	TEST(rsa_signs_and_verifies),
	TEST(keys_are_for_what_they_say),
	TEST(macs_sign_and_verify),
	TEST(recovery_gives_the_data_back),
};
TEST_MAIN(tests)
