/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects: making, copying, changing, reading with every partial error, destroying. */
#include "p11.h"

#include <stdlib.h>

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

#define ATTR_TEXT(t, s)                      \
	{                                    \
		(t), (void *) (s), strlen(s) \
	}

static CK_SESSION_HANDLE logged_in(struct world *w)
{
	CK_SESSION_HANDLE s;

	CHECK_RV(world_token(w), CKR_OK);
	s = world_rw(w);
	CHECK_RV(p11_login(s), CKR_OK);
	return s;
}

static void template_errors_have_their_codes(void)
{
	CK_OBJECT_CLASS data = CKO_DATA, unknown = 0x1234567;
	CK_BYTE two[2] = {1, 1};
	CK_ATTRIBUTE twice[] = {
		ATTR(CKA_CLASS, data), ATTR_TEXT(CKA_LABEL, "a"), ATTR_TEXT(CKA_LABEL, "b")};
	CK_ATTRIBUTE short_bool[] = {ATTR(CKA_CLASS, data), ATTR(CKA_TOKEN, two)};
	CK_ATTRIBUTE no_class[] = {ATTR_TEXT(CKA_LABEL, "a")};
	CK_ATTRIBUTE bad_class[] = {ATTR(CKA_CLASS, unknown)};
	CK_ATTRIBUTE null_value[] = {ATTR(CKA_CLASS, data), {CKA_LABEL, NULL, 3}};
	CK_ATTRIBUTE unknown_type[] = {ATTR(CKA_CLASS, data), ATTR_TEXT(0x7fff0001, "x")};
	CK_ATTRIBUTE huge[] = {ATTR(CKA_CLASS, data), {CKA_LABEL, &yes, ~0UL}};
	const struct {
		CK_ATTRIBUTE *list;
		CK_ULONG count;
		CK_RV rv;
	} rows[] = {
		{twice, 3, CKR_TEMPLATE_INCONSISTENT},
		{short_bool, 2, CKR_ATTRIBUTE_VALUE_INVALID},
		{no_class, 1, CKR_TEMPLATE_INCOMPLETE},
		{bad_class, 1, CKR_ATTRIBUTE_VALUE_INVALID},
		{null_value, 2, CKR_ARGUMENTS_BAD},
		{unknown_type, 2, CKR_ATTRIBUTE_TYPE_INVALID},
		{huge, 2, CKR_ATTRIBUTE_VALUE_INVALID},
		{NULL, 0, CKR_ARGUMENTS_BAD},
		{NULL, 1, CKR_ARGUMENTS_BAD},
		{no_class, ~0UL, CKR_ARGUMENTS_BAD},
		{no_class, 1UL << 60, CKR_ARGUMENTS_BAD},
	};
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_HANDLE o;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!CHECK_RV(p11->C_CreateObject(s, rows[i].list, rows[i].count, &o), rows[i].rv))
			printf("in row %zu\n", i);
	CHECK_RV(p11->C_CreateObject(s, twice, 2, NULL), CKR_ARGUMENTS_BAD);
	CHECK_EQ(p11_count(s, NULL), 0); /* what was refused left nothing */
}

static void create_needs_rights(void)
{
	WORLD(w);
	CK_SESSION_HANDLE ro, rw;
	CK_OBJECT_HANDLE o;

	REQUIRE_RV(world_token(&w), CKR_OK);
	ro = world_open(&w, 0);
	rw = world_rw(&w);
	CHECK_RV(p11_data(ro, true, false, "x", &o), CKR_SESSION_READ_ONLY);
	CHECK_RV(p11_data(ro, false, true, "x", &o), CKR_USER_NOT_LOGGED_IN);
	CHECK_RV(p11_data(ro, false, false, "x", &o), CKR_OK);
	CHECK_RV(p11_data(rw, true, true, "x", &o), CKR_USER_NOT_LOGGED_IN);
	REQUIRE_RV(p11_login(rw), CKR_OK);
	CHECK_RV(p11_data(ro, true, false, "x", &o), CKR_SESSION_READ_ONLY);
	CHECK_RV(p11_data(ro, false, true, "x", &o), CKR_OK);
	CHECK_RV(p11_data(rw, true, true, "x", &o), CKR_OK);
	CHECK_RV(p11->C_DestroyObject(ro, o), CKR_SESSION_READ_ONLY);
	CHECK_RV(p11->C_DestroyObject(rw, o), CKR_OK);
	CHECK_RV(p11->C_DestroyObject(rw, o), CKR_OBJECT_HANDLE_INVALID);
}

static void attributes_are_read_each_for_itself(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_HANDLE pub, priv;
	CK_BYTE value[128], small[1], label[8] = {0};
	CK_OBJECT_CLASS cls = 0;
	CK_ATTRIBUTE t[] = {
		{CKA_VALUE, value, sizeof(value)},     /* sensitive */
		{CKA_CLASS, &cls, sizeof(cls)},        /* fine */
		{CKA_MODULUS, value, sizeof(value)},   /* of another kind of key */
		{CKA_EC_PARAMS, small, sizeof(small)}, /* too small */
		{CKA_LABEL, NULL, 0},                  /* length asked for */
		{CKA_LABEL, label, sizeof(label)},     /* fine */
	};

	REQUIRE_RV(p11_ec_pair(s, true, "abc", &pub, &priv), CKR_OK);
	CHECK_RV(p11->C_GetAttributeValue(s, priv, t, ARRAY_LEN(t)), CKR_ATTRIBUTE_SENSITIVE);
	CHECK_EQ(t[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	CHECK_EQ(cls, CKO_PRIVATE_KEY);
	CHECK_EQ(t[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	CHECK_EQ(t[3].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	CHECK_EQ(t[4].ulValueLen, 3);
	CHECK_EQ(t[5].ulValueLen, 3);
	CHECK(memcmp(label, "abc", 3) == 0);
	CHECK_RV(p11->C_GetAttributeValue(s, priv, &t[2], 1), CKR_ATTRIBUTE_TYPE_INVALID);
	t[3].ulValueLen = 1;
	CHECK_RV(p11->C_GetAttributeValue(s, priv, &t[3], 1), CKR_BUFFER_TOO_SMALL);
	CHECK_RV(p11->C_GetAttributeValue(s, priv, NULL, 1), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_GetAttributeValue(s, priv, t, ~0UL), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_GetAttributeValue(s, priv + 12345, t, 1), CKR_OBJECT_HANDLE_INVALID);
	CHECK_RV(p11->C_GetAttributeValue(s, 0, t, 1), CKR_OBJECT_HANDLE_INVALID);
	CHECK_RV(p11->C_GetAttributeValue(s, priv, NULL, 0), CKR_OK);
}

static void private_objects_are_hidden_without_login(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_HANDLE o, pub, priv;
	CK_OBJECT_CLASS cls;
	CK_ATTRIBUTE t = ATTR(CKA_CLASS, cls);

	REQUIRE_RV(p11_data(s, true, true, "secret", &o), CKR_OK);
	REQUIRE_RV(p11_ec_pair(s, true, "pair", &pub, &priv), CKR_OK);
	CHECK_EQ(p11_count(s, NULL), 3);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	CHECK_RV(p11->C_GetAttributeValue(s, o, &t, 1), CKR_OBJECT_HANDLE_INVALID);
	CHECK_EQ(p11_count(s, NULL), 1);
	CHECK_RV(p11->C_GetAttributeValue(s, pub, &t, 1), CKR_OK);
	REQUIRE_RV(p11_login_so(s), CKR_OK);
	CHECK_EQ(p11_count(s, NULL), 1);
}

static void copies_are_objects_of_their_own(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_HANDLE a, b;
	CK_BYTE value[16];
	CK_ATTRIBUTE change[] = {ATTR(CKA_TOKEN, no), ATTR_TEXT(CKA_LABEL, "copy")};
	CK_ATTRIBUTE get = {CKA_VALUE, value, sizeof(value)};
	CK_ATTRIBUTE wrong[] = {ATTR_TEXT(CKA_VALUE, "other")};
	CK_ULONG size = 0;
	CK_RV rv;

	REQUIRE_RV(p11_data(s, true, false, "original", &a), CKR_OK);
	REQUIRE_RV(p11->C_CopyObject(s, a, change, ARRAY_LEN(change), &b), CKR_OK);
	CHECK(a != b);
	CHECK_EQ(p11_count(s, "copy"), 1);
	REQUIRE_RV(p11->C_GetAttributeValue(s, b, &get, 1), CKR_OK);
	CHECK(get.ulValueLen == 5 && memcmp(value, "value", 5) == 0);
	rv = p11->C_CopyObject(s, a, wrong, 1, &b);
	CHECK(rv == CKR_TEMPLATE_INCONSISTENT || rv == CKR_ATTRIBUTE_READ_ONLY);
	CHECK_RV(p11->C_CopyObject(s, a, NULL, 0, NULL), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_CopyObject(s, a + 777, NULL, 0, &b), CKR_OBJECT_HANDLE_INVALID);
	CHECK_RV(p11->C_GetObjectSize(s, a, &size), CKR_OK);
	CHECK(size > 5 && size != CK_UNAVAILABLE_INFORMATION);
	CHECK_RV(p11->C_GetObjectSize(s, a, NULL), CKR_ARGUMENTS_BAD);
}

static void set_changes_what_may_be_changed(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w), ro;
	CK_OBJECT_HANDLE pub, priv;
	CK_BYTE label[16];
	CK_ATTRIBUTE rename = ATTR_TEXT(CKA_LABEL, "new name");
	CK_ATTRIBUTE get = {CKA_LABEL, label, sizeof(label)};
	CK_ATTRIBUTE weaken = ATTR(CKA_SENSITIVE, no), value = ATTR_TEXT(CKA_VALUE, "x");
	CK_ATTRIBUTE both[] = {ATTR_TEXT(CKA_LABEL, "third"), ATTR(CKA_SENSITIVE, no)};

	REQUIRE_RV(p11_ec_pair(s, true, "old", &pub, &priv), CKR_OK);
	REQUIRE_RV(p11->C_SetAttributeValue(s, priv, &rename, 1), CKR_OK);
	REQUIRE_RV(p11->C_GetAttributeValue(s, priv, &get, 1), CKR_OK);
	CHECK(get.ulValueLen == 8 && memcmp(label, "new name", 8) == 0);
	CHECK_RV(p11->C_SetAttributeValue(s, priv, &weaken, 1), CKR_ATTRIBUTE_READ_ONLY);
	CHECK_RV(p11->C_SetAttributeValue(s, priv, &value, 1), CKR_ATTRIBUTE_READ_ONLY);
	CHECK_RV(p11->C_SetAttributeValue(s, priv, both, 2), CKR_ATTRIBUTE_READ_ONLY);
	CHECK_EQ(p11_count(s, "third"), 0); /* all or nothing */
	ro = world_open(&w, 0);
	CHECK_RV(p11->C_SetAttributeValue(ro, priv, &rename, 1), CKR_SESSION_READ_ONLY);
	CHECK_RV(p11->C_SetAttributeValue(s, priv, NULL, 1), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11_ec_use(s, pub, priv), CKR_OK);
	/* And it is so for the next one who looks. */
	REQUIRE_RV(p11->C_Finalize(NULL), CKR_OK);
	REQUIRE_RV(p11->C_Initialize(NULL), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	CHECK_EQ(p11_count(s, "new name"), 1);
}

static void unmodifiable_and_undestroyable_stay(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_CLASS data = CKO_DATA;
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, data), ATTR(CKA_MODIFIABLE, no),
		ATTR(CKA_DESTROYABLE, no), ATTR(CKA_COPYABLE, no)};
	CK_ATTRIBUTE rename = ATTR_TEXT(CKA_LABEL, "x");
	CK_OBJECT_HANDLE o, copy;

	REQUIRE_RV(p11->C_CreateObject(s, t, ARRAY_LEN(t), &o), CKR_OK);
	CHECK_RV(p11->C_SetAttributeValue(s, o, &rename, 1), CKR_ACTION_PROHIBITED);
	CHECK_RV(p11->C_DestroyObject(s, o), CKR_ACTION_PROHIBITED);
	CHECK_RV(p11->C_CopyObject(s, o, NULL, 0, &copy), CKR_ACTION_PROHIBITED);
}

static void always_authenticate_asks_for_each_operation(void)
{
	CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	CK_ATTRIBUTE pub_t[] = {ATTR(CKA_EC_PARAMS, p256), ATTR(CKA_VERIFY, yes)};
	CK_ATTRIBUTE priv_t[] = {ATTR(CKA_TOKEN, yes), ATTR(CKA_PRIVATE, yes), ATTR(CKA_SIGN, yes),
		ATTR(CKA_ALWAYS_AUTHENTICATE, yes)};
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_HANDLE pub, priv;
	CK_BYTE hash[32] = {1}, signature[64];
	CK_ULONG len = sizeof(signature);

	REQUIRE_RV(p11->C_GenerateKeyPair(s, MECH(CKM_EC_KEY_PAIR_GEN), pub_t, ARRAY_LEN(pub_t),
			   priv_t, ARRAY_LEN(priv_t), &pub, &priv),
		CKR_OK);
	for (int i = 0; i < 2; i++) {
		REQUIRE_RV(p11->C_SignInit(s, MECH(CKM_ECDSA), priv), CKR_OK);
		CHECK_RV(p11->C_Sign(s, hash, sizeof(hash), signature, &len),
			CKR_USER_NOT_LOGGED_IN);
		(void) p11->C_SessionCancel(s, CKF_SIGN);
		REQUIRE_RV(p11->C_SignInit(s, MECH(CKM_ECDSA), priv), CKR_OK);
		CHECK_RV(
			p11->C_Login(s, CKU_CONTEXT_SPECIFIC, UTF8("wrong"), 5), CKR_PIN_INCORRECT);
		CHECK_RV(p11->C_Login(s, CKU_CONTEXT_SPECIFIC, UTF8(USER_PIN), strlen(USER_PIN)),
			CKR_OK);
		CHECK_RV(p11->C_Sign(s, hash, sizeof(hash), signature, &len), CKR_OK);
	}
	CHECK_RV(p11->C_Login(s, CKU_CONTEXT_SPECIFIC, UTF8(USER_PIN), strlen(USER_PIN)),
		CKR_OPERATION_NOT_INITIALIZED);
}

static void unique_id_is_unique_and_stays(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = logged_in(&w);
	CK_OBJECT_HANDLE a, b;
	CK_BYTE id_a[64], id_b[64];
	CK_ATTRIBUTE t = {CKA_UNIQUE_ID, id_a, sizeof(id_a)};

	REQUIRE_RV(p11_data(s, true, false, "a", &a), CKR_OK);
	REQUIRE_RV(p11_data(s, true, false, "b", &b), CKR_OK);
	REQUIRE_RV(p11->C_GetAttributeValue(s, a, &t, 1), CKR_OK);
	CHECK_EQ(t.ulValueLen, 32);
	t.pValue = id_b;
	REQUIRE_RV(p11->C_GetAttributeValue(s, b, &t, 1), CKR_OK);
	CHECK(memcmp(id_a, id_b, 32) != 0);
}

static const struct test tests[] = {
	TEST(template_errors_have_their_codes),
	TEST(create_needs_rights),
	TEST(attributes_are_read_each_for_itself),
	TEST(private_objects_are_hidden_without_login),
	TEST(copies_are_objects_of_their_own),
	TEST(set_changes_what_may_be_changed),
	TEST(unmodifiable_and_undestroyable_stay),
	TEST(always_authenticate_asks_for_each_operation),
	TEST(unique_id_is_unique_and_stays),
};
TEST_MAIN(tests)
