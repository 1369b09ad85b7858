/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding: the cursor, what matches, and its states. */
#include "p11.h"

#include <stdlib.h>

#define ATTR_TEXT(t, s)                      \
	{                                    \
		(t), (void *) (s), strlen(s) \
	}

static void states_of_a_search(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE found;
	CK_ULONG n;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	CHECK_RV(p11->C_FindObjects(s, &found, 1, &n), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_FindObjectsFinal(s), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_FindObjectsInit(s, NULL, 1), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_FindObjectsInit(s, NULL, 0), CKR_OK);
	CHECK_RV(p11->C_FindObjectsInit(s, NULL, 0), CKR_OPERATION_ACTIVE);
	CHECK_RV(p11->C_FindObjects(s, NULL, 1, &n), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_FindObjects(s, &found, 1, NULL), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_FindObjects(s, &found, 1, &n), CKR_OK);
	CHECK_EQ(n, 0);
	CHECK_RV(p11->C_FindObjectsFinal(s), CKR_OK);
	CHECK_RV(p11->C_FindObjectsFinal(s), CKR_OPERATION_NOT_INITIALIZED);
}

static void every_object_comes_once(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE made[50], found[7], next;
	CK_ULONG n, total = 0;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		REQUIRE_RV(p11_data(s, false, false, "many", &made[i]), CKR_OK);
	REQUIRE_RV(p11->C_FindObjectsInit(s, NULL, 0), CKR_OK);
	/* What comes or goes after the search began does not disturb it. */
	REQUIRE_RV(p11_data(s, false, false, "late", &next), CKR_OK);
	do {
		REQUIRE_RV(p11->C_FindObjects(s, found, ARRAY_LEN(found), &n), CKR_OK);
		for (CK_ULONG i = 0; i < n; i++)
			CHECK_EQ(found[i], made[total + i]);
		total += n;
	} while (n > 0);
	CHECK_EQ(total, ARRAY_LEN(made));
	CHECK_RV(p11->C_FindObjectsFinal(s), CKR_OK);
}

static void templates_select(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE pub, priv, data, got[4];
	CK_OBJECT_CLASS cls = CKO_PRIVATE_KEY;
	CK_KEY_TYPE ec = CKK_EC, rsa = CKK_RSA;
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE by_class[] = {ATTR(CKA_CLASS, cls)};
	CK_ATTRIBUTE by_type[] = {ATTR(CKA_KEY_TYPE, ec), ATTR_TEXT(CKA_LABEL, "one")};
	CK_ATTRIBUTE by_wrong_type[] = {ATTR(CKA_KEY_TYPE, rsa), ATTR_TEXT(CKA_LABEL, "one")};
	CK_ATTRIBUTE by_token[] = {ATTR(CKA_TOKEN, yes)};
	CK_ATTRIBUTE by_part[] = {ATTR_TEXT(CKA_LABEL, "on")};
	CK_ATTRIBUTE by_empty[] = {ATTR_TEXT(CKA_LABEL, "")};
	CK_ATTRIBUTE by_secret[] = {ATTR_TEXT(CKA_VALUE, "x"), ATTR(CKA_CLASS, cls)};
	const struct {
		CK_ATTRIBUTE *list;
		CK_ULONG count, found;
	} rows[] = {
		{NULL, 0, 3},
		{by_class, 1, 1},
		{by_type, 2, 2},
		{by_wrong_type, 2, 0},
		{by_token, 1, 3},
		{by_part, 1, 0},
		{by_empty, 1, 0},
		{by_secret, 2, 0},
	};

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	REQUIRE_RV(p11_ec_pair(s, true, "one", &pub, &priv), CKR_OK);
	REQUIRE_RV(p11_data(s, true, false, "two", &data), CKR_OK);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CK_ULONG n = 99;

		REQUIRE_RV(p11->C_FindObjectsInit(s, rows[i].list, rows[i].count), CKR_OK);
		CHECK_RV(p11->C_FindObjects(s, got, ARRAY_LEN(got), &n), CKR_OK);
		if (!CHECK_EQ(n, rows[i].found))
			printf("in row %zu\n", i);
		CHECK_RV(p11->C_FindObjectsFinal(s), CKR_OK);
	}
}

static void a_search_is_its_sessions_own(void)
{
	WORLD(w);
	CK_SESSION_HANDLE a, b;
	CK_OBJECT_HANDLE o, found;
	CK_ULONG n;

	REQUIRE_RV(world_token(&w), CKR_OK);
	a = world_rw(&w);
	b = world_rw(&w);
	REQUIRE_RV(p11_data(a, false, false, "x", &o), CKR_OK);
	REQUIRE_RV(p11->C_FindObjectsInit(a, NULL, 0), CKR_OK);
	CHECK_RV(p11->C_FindObjects(b, &found, 1, &n), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_FindObjects(a, &found, 0, &n), CKR_OK);
	CHECK_EQ(n, 0);
	CHECK_RV(p11->C_FindObjects(a, &found, 1, &n), CKR_OK);
	CHECK(n == 1 && found == o);
	CHECK_RV(p11->C_CloseSession(a), CKR_OK);
}

static const struct test tests[] = {
	TEST(states_of_a_search),
	TEST(every_object_comes_once),
	TEST(templates_select),
	TEST(a_search_is_its_sessions_own),
};
TEST_MAIN(tests)
