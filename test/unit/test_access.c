/* SPDX-License-Identifier: BSD-2-Clause */
/* access.c: who sees, uses, makes and changes what, by state. */
#include "access.h"
#include "rules_util.h"

static const struct change private_yes[] = {{CKA_PRIVATE, true}};
static const struct change on_token[] = {{CKA_TOKEN, true}, {CKA_PRIVATE, false}};

/* public, user, so, public session of a token without PIN */
static struct who state(unsigned n)
{
	struct who w = user;

	w.login = n == 1 ? LOGIN_USER : n == 2 ? LOGIN_SO : LOGIN_NONE;
	w.trust_open = n == 1 || n == 2;
	w.no_login = n == 3;
	return w;
}

static void private_objects_are_the_users(void)
{
	static const bool sees[] = {false, true, false, true};
	OBJECT(hidden);
	OBJECT(open);

	hidden = made(RULES_CREATE, kind_find(CKO_DATA, NO_TYPE), private_yes, 1);
	open = made(RULES_CREATE, kind_find(CKO_DATA, NO_TYPE), NULL, 0);
	REQUIRE(hidden && open);
	for (unsigned n = 0; n < 4; n++) {
		struct who w = state(n);

		CHECK(access_see(&w, hidden) == sees[n]);
		CHECK(access_see(&w, open));
		CHECK_EQ(access_create(&w, false, true), sees[n] ? CKR_OK : CKR_USER_NOT_LOGGED_IN);
		CHECK_EQ(access_create(&w, false, false), CKR_OK);
		CHECK_EQ(access_copy(&w, hidden), sees[n] ? CKR_OK : CKR_OBJECT_HANDLE_INVALID);
		CHECK_EQ(access_reveal(&w, hidden, CKA_LABEL),
			sees[n] ? CKR_OK : CKR_OBJECT_HANDLE_INVALID);
	}
}

static void token_objects_need_write_and_trusted_key(void)
{
	static const CK_RV expected[] = {CKR_USER_NOT_LOGGED_IN, CKR_OK, CKR_OK, CKR_OK};

	for (unsigned n = 0; n < 4; n++) {
		struct who w = state(n);

		CHECK_EQ(access_create(&w, true, false), expected[n]);
		w.rw = false;
		CHECK_EQ(access_create(&w, true, false), CKR_SESSION_READ_ONLY);
		CHECK_EQ(access_create(&w, false, false), CKR_OK);
	}
}

static void sealed_keys_need_the_user_even_if_public(void)
{
	static const CK_RV expected[] = {
		CKR_USER_NOT_LOGGED_IN, CKR_OK, CKR_USER_NOT_LOGGED_IN, CKR_OK};
	OBJECT(key);
	OBJECT(pub);

	key = made(RULES_GENERATE, kind_find(CKO_PRIVATE_KEY, CKK_EC), on_token, 2);
	pub = made(RULES_GENERATE, kind_find(CKO_PUBLIC_KEY, CKK_EC), on_token, 2);
	REQUIRE(key && pub);
	for (unsigned n = 0; n < 4; n++) {
		struct who w = state(n);

		CHECK(access_see(&w, key));
		CHECK_EQ(access_use(&w, key, CKA_SIGN, CKM_ECDSA), expected[n]);
		CHECK_EQ(access_use(&w, pub, CKA_VERIFY, CKM_ECDSA), CKR_OK);
	}
}

static void use_follows_usage_and_allowed_mechanisms(void)
{
	static const CK_MECHANISM_TYPE allowed[] = {CKM_ECDSA_SHA256, CKM_ECDSA};
	OBJECT(key);

	key = made(RULES_GENERATE, kind_find(CKO_PRIVATE_KEY, CKK_EC), NULL, 0);
	REQUIRE(key != NULL);
	CHECK_EQ(access_use(&user, key, CKA_DERIVE, CKM_ECDH1_DERIVE),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	CHECK_EQ(access_use(&user, key, CKA_SIGN, CKM_ECDSA_SHA384), CKR_OK);
	CHECK_EQ(attrs_set(&key->attrs, CKA_ALLOWED_MECHANISMS, BYTES_OF(allowed)), CKR_OK);
	CHECK_EQ(access_use(&user, key, CKA_SIGN, CKM_ECDSA_SHA384), CKR_MECHANISM_INVALID);
	CHECK_EQ(access_use(&user, key, CKA_SIGN, CKM_ECDSA), CKR_OK);
}

static void flags_of_the_object_are_honoured(void)
{
	static const struct {
		CK_ATTRIBUTE_TYPE flag;
		CK_RV modify, destroy, copy;
	} cases[] = {
		{CKA_MODIFIABLE, CKR_ACTION_PROHIBITED, CKR_OK, CKR_OK},
		{CKA_DESTROYABLE, CKR_OK, CKR_ACTION_PROHIBITED, CKR_OK},
		{CKA_COPYABLE, CKR_OK, CKR_OK, CKR_ACTION_PROHIBITED},
		{CKA_LABEL, CKR_OK, CKR_OK, CKR_OK},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct change off = {cases[i].flag, false};
		struct who reader = user;
		OBJECT(o);

		reader.rw = false;
		o = made(RULES_CREATE, kind_find(CKO_DATA, NO_TYPE), &off,
			cases[i].flag == CKA_LABEL ? 0 : 1);
		REQUIRE(o != NULL);
		CHECK_EQ(access_modify(&user, o), cases[i].modify);
		CHECK_EQ(access_destroy(&user, o), cases[i].destroy);
		CHECK_EQ(access_copy(&user, o), cases[i].copy);
		CHECK_EQ(access_modify(&reader, o), cases[i].modify);
		o->owner = 0; /* a token object */
		if (cases[i].modify == CKR_OK)
			CHECK_EQ(access_modify(&reader, o), CKR_SESSION_READ_ONLY);
	}
}

static const struct test tests[] = {
	TEST(private_objects_are_the_users),
	TEST(token_objects_need_write_and_trusted_key),
	TEST(sealed_keys_need_the_user_even_if_public),
	TEST(use_follows_usage_and_allowed_mechanisms),
	TEST(flags_of_the_object_are_honoured),
};
TEST_MAIN(tests)
