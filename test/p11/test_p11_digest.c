/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests: one part, many parts, keys, and the states between them. */
#include "p11.h"

static const CK_BYTE abc_sha256[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41,
	0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4,
	0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad}; /* FIPS 180-4 */

static void parts_and_whole_agree(void)
{
	WORLD(w);
	CK_BYTE abc[] = {'a', 'b', 'c'}, out[32];
	CK_ULONG len = sizeof(out);
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_open(&w, 0); /* needs no login and no key */
	REQUIRE_RV(p11->C_DigestInit(s, MECH(CKM_SHA256)), CKR_OK);
	REQUIRE_RV(p11->C_Digest(s, abc, 3, out, &len), CKR_OK);
	CHECK(len == 32 && memcmp(out, abc_sha256, 32) == 0);
	REQUIRE_RV(p11->C_DigestInit(s, MECH(CKM_SHA256)), CKR_OK);
	CHECK_RV(p11->C_DigestUpdate(s, abc, 1), CKR_OK);
	CHECK_RV(p11->C_DigestUpdate(s, NULL, 0), CKR_OK);
	CHECK_RV(p11->C_DigestUpdate(s, abc + 1, 2), CKR_OK);
	memset(out, 0, sizeof(out));
	CHECK_RV(p11->C_DigestFinal(s, out, &len), CKR_OK);
	CHECK(len == 32 && memcmp(out, abc_sha256, 32) == 0);
	CHECK_RV(p11->C_DigestFinal(s, out, &len), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_DigestUpdate(s, abc, 1), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_Digest(s, abc, 3, out, &len), CKR_OPERATION_NOT_INITIALIZED);
}

static void whole_after_parts_is_refused(void)
{
	WORLD(w);
	CK_BYTE abc[] = {'a', 'b', 'c'}, out[32];
	CK_ULONG len = sizeof(out);
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11->C_DigestInit(s, MECH(CKM_SHA256)), CKR_OK);
	CHECK_RV(p11->C_DigestUpdate(s, abc, 3), CKR_OK);
	CHECK(p11->C_Digest(s, abc, 3, out, &len) != CKR_OK);
}

static void mechanisms_that_digest_nothing_are_refused(void)
{
	WORLD(w);
	CK_MECHANISM with_parameter = {CKM_SHA256, (void *) "x", 1};
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	CHECK_RV(p11->C_DigestInit(s, MECH(CKM_RSA_PKCS)), CKR_MECHANISM_INVALID);
	CHECK_RV(p11->C_DigestInit(s, MECH(CKM_VENDOR_DEFINED)), CKR_MECHANISM_INVALID);
	CHECK_RV(p11->C_DigestInit(s, &with_parameter), CKR_MECHANISM_PARAM_INVALID);
}

static void keys_are_digested_by_value(void)
{
	CK_OBJECT_CLASS cls = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE t[] = {{CKA_CLASS, &cls, sizeof(cls)}, {CKA_KEY_TYPE, &type, sizeof(type)},
		{CKA_SENSITIVE, &no, 1}, {CKA_PRIVATE, &no, 1}, {CKA_VALUE, (void *) "bc", 2}};
	WORLD(w);
	CK_BYTE a[] = {'a'}, out[32];
	CK_ULONG len = sizeof(out);
	CK_OBJECT_HANDLE key, pub, priv;
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11->C_CreateObject(s, t, ARRAY_LEN(t), &key), CKR_OK);
	CHECK_RV(p11->C_DigestKey(s, key), CKR_OPERATION_NOT_INITIALIZED);
	REQUIRE_RV(p11->C_DigestInit(s, MECH(CKM_SHA256)), CKR_OK);
	CHECK_RV(p11->C_DigestUpdate(s, a, 1), CKR_OK);
	CHECK_RV(p11->C_DigestKey(s, key + 99), CKR_KEY_HANDLE_INVALID);
	(void) p11->C_SessionCancel(s, CKF_DIGEST);
	REQUIRE_RV(p11->C_DigestInit(s, MECH(CKM_SHA256)), CKR_OK);
	CHECK_RV(p11->C_DigestUpdate(s, a, 1), CKR_OK);
	CHECK_RV(p11->C_DigestKey(s, key), CKR_OK);
	CHECK_RV(p11->C_DigestFinal(s, out, &len), CKR_OK);
	CHECK(memcmp(out, abc_sha256, 32) == 0);
	REQUIRE_RV(p11_login(s), CKR_OK);
	REQUIRE_RV(p11_ec_pair(s, false, "k", &pub, &priv), CKR_OK);
	REQUIRE_RV(p11->C_DigestInit(s, MECH(CKM_SHA256)), CKR_OK);
	CHECK_RV(p11->C_DigestKey(s, priv), CKR_KEY_INDIGESTIBLE);
}

static const struct test tests[] = {
	TEST(parts_and_whole_agree),
	TEST(whole_after_parts_is_refused),
	TEST(mechanisms_that_digest_nothing_are_refused),
	TEST(keys_are_digested_by_value),
};
TEST_MAIN(tests)
