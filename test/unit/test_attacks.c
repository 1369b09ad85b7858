/* SPDX-License-Identifier: BSD-2-Clause */
/* The attacks on PKCS #11 that were published since 2003, as sequences of what rules.c and access.c
 * decide: each must end with a refusal or with a key that is as protected as before. Clulow 2003
 * (wrap and decrypt, weaker copies, re-import), Tookan 2010 (separation after the fact, unwrapping
 * with a weaker template). */
#include "access.h"
#include "rules_util.h"

static const struct change extractable[] = {{CKA_TOKEN, true}, {CKA_EXTRACTABLE, true}};

static struct object *aes(enum rules_how how, const struct change *asked, size_t count)
{
	return made(how, kind_find(CKO_SECRET_KEY, CKK_AES), asked, count);
}

static CK_RV set_one(const struct object *o, CK_ATTRIBUTE_TYPE type, bool value, struct attrs *ret)
{
	ATTRS(changes);

	CHECK_EQ(attrs_set_bool(&changes, type, value), CKR_OK);
	return rules_set(&user, o, &changes, ret);
}

static CK_RV make_aes(enum rules_how how, const struct change *asked, size_t count)
{
	const struct kind_case *k = kind_find(CKO_SECRET_KEY, CKK_AES);
	struct rules_context c = context(how, k);
	CK_RV rv;
	OBJECT(o);

	o = made_by(&c, k, asked, count, &rv);
	return rv;
}

static void wrap_and_decrypt_never_meet_on_a_key(void)
{
	const struct change both[] = {{CKA_WRAP, true}, {CKA_DECRYPT, true}, {CKA_TOKEN, true}};
	const struct change other[] = {{CKA_UNWRAP, true}, {CKA_ENCRYPT, true}, {CKA_TOKEN, true}};
	const struct change wrap[] = {{CKA_WRAP, true}, {CKA_TOKEN, true}};
	OBJECT(o);

	CHECK_EQ(make_aes(RULES_GENERATE, both, 3), CKR_TEMPLATE_INCONSISTENT);
	CHECK_EQ(make_aes(RULES_GENERATE, both, 2), CKR_TEMPLATE_INCONSISTENT);
	CHECK_EQ(make_aes(RULES_UNWRAP, both, 2), CKR_TEMPLATE_INCONSISTENT);
	CHECK_EQ(make_aes(RULES_DERIVE, both, 2), CKR_TEMPLATE_INCONSISTENT);
	CHECK_EQ(make_aes(RULES_CREATE, both, 3), CKR_TEMPLATE_INCONSISTENT);
	CHECK_EQ(make_aes(RULES_GENERATE, other, 3), CKR_TEMPLATE_INCONSISTENT);
	/* asked for alone, the default of its counterpart gives way */
	o = aes(RULES_GENERATE, wrap, 2);
	REQUIRE(o != NULL);
	CHECK(!attrs_bool(&o->attrs, CKA_DECRYPT, true));
	CHECK(attrs_bool(&o->attrs, CKA_ENCRYPT, false));
}

static void usage_given_up_does_not_come_back(void)
{
	const struct change wrap[] = {{CKA_WRAP, true}, {CKA_TOKEN, true}};
	const struct change unwrap[] = {{CKA_UNWRAP, true}, {CKA_DECRYPT, false}};
	ATTRS(a);
	ATTRS(b);
	OBJECT(o);
	OBJECT(rsa);

	o = aes(RULES_GENERATE, wrap, 2);
	REQUIRE(o != NULL);
	CHECK_EQ(set_one(o, CKA_DECRYPT, true, &a), CKR_ATTRIBUTE_READ_ONLY);
	CHECK_EQ(set_one(o, CKA_WRAP, false, &a), CKR_OK);
	attrs_done(&o->attrs);
	o->attrs = a;
	a = (struct attrs){0};
	CHECK_EQ(set_one(o, CKA_DECRYPT, true, &b), CKR_ATTRIBUTE_READ_ONLY);
	CHECK_EQ(set_one(o, CKA_WRAP, true, &b), CKR_ATTRIBUTE_READ_ONLY);
	CHECK_EQ(set_one(o, CKA_SIGN, false, &b), CKR_OK);
	rsa = made(RULES_GENERATE, kind_find(CKO_PRIVATE_KEY, CKK_RSA), unwrap, 2);
	REQUIRE(rsa != NULL);
	CHECK_EQ(set_one(rsa, CKA_DECRYPT, true, &a), CKR_ATTRIBUTE_READ_ONLY);
}

static void session_keys_of_the_caller_are_exempt(void)
{
	const struct change both[] = {{CKA_WRAP, true}, {CKA_DECRYPT, true}};
	const struct change readable[] = {{CKA_UNWRAP, true}, {CKA_ENCRYPT, true},
		{CKA_SENSITIVE, false}, {CKA_EXTRACTABLE, true}};
	const struct change to_token = {CKA_TOKEN, true};
	const struct kind_case *k = kind_find(CKO_SECRET_KEY, CKK_AES);
	struct rules_context c = context(RULES_COPY, k);
	CK_RV rv;
	OBJECT(o);
	OBJECT(copy);
	OBJECT(stored);

	CHECK_EQ(make_aes(RULES_GENERATE, readable, 4), CKR_OK);
	o = aes(RULES_CREATE, both, 2);
	REQUIRE(o != NULL);
	c.base = o;
	copy = made_by(&c, k, NULL, 0, &rv);
	CHECK_EQ(rv, CKR_OK);
	stored = made_by(&c, k, &to_token, 1, &rv);
	CHECK_EQ(rv, CKR_TEMPLATE_INCONSISTENT);
}

static void wrapping_asks_for_a_key_nobody_knows(void)
{
	const struct change wrap[] = {{CKA_WRAP, true}, {CKA_TOKEN, true}};
	const struct change loose[] = {
		{CKA_WRAP, true}, {CKA_TOKEN, true}, {CKA_EXTRACTABLE, true}};
	struct config loosened = {.loose_wrap = true};
	OBJECT(good);
	OBJECT(brought);
	OBJECT(derived);
	OBJECT(leaves);
	OBJECT(public);
	OBJECT(key);
	OBJECT(stays);

	good = aes(RULES_GENERATE, wrap, 2);
	brought = aes(RULES_CREATE, wrap, 2);
	derived = aes(RULES_DERIVE, wrap, 2);
	leaves = aes(RULES_GENERATE, loose, 3);
	public = made(RULES_CREATE, kind_find(CKO_PUBLIC_KEY, CKK_RSA), wrap, 2);
	key = aes(RULES_GENERATE, extractable, 2);
	stays = aes(RULES_GENERATE, wrap + 1, 1);
	REQUIRE(good && brought && derived && leaves && public && key && stays);
	CHECK_EQ(access_wrap(&no_config, &user, good, key, true), CKR_OK);
	CHECK_EQ(access_wrap(&no_config, &user, good, key, false), CKR_KEY_NOT_WRAPPABLE);
	CHECK_EQ(access_wrap(&no_config, &user, good, stays, true), CKR_KEY_UNEXTRACTABLE);
	CHECK_EQ(access_wrap(&loosened, &user, good, stays, true), CKR_KEY_UNEXTRACTABLE);
	CHECK_EQ(access_wrap(&no_config, &user, brought, key, true), CKR_KEY_NOT_WRAPPABLE);
	CHECK_EQ(access_wrap(&loosened, &user, brought, key, true), CKR_OK);
	CHECK_EQ(access_wrap(&no_config, &user, derived, key, true), CKR_KEY_NOT_WRAPPABLE);
	CHECK_EQ(access_wrap(&no_config, &user, leaves, key, true), CKR_KEY_NOT_WRAPPABLE);
	CHECK_EQ(access_wrap(&no_config, &user, public, key, false), CKR_KEY_NOT_WRAPPABLE);
}

static void trusted_counts_while_verified_only(void)
{
	const struct change wrap[] = {{CKA_WRAP, true}, {CKA_TOKEN, true}};
	const struct change picky[] = {
		{CKA_TOKEN, true}, {CKA_EXTRACTABLE, true}, {CKA_WRAP_WITH_TRUSTED, true}};
	struct who closed = user;
	OBJECT(good);
	OBJECT(public);
	OBJECT(key);

	closed.trust_open = false;
	good = aes(RULES_GENERATE, wrap, 2);
	public = made(RULES_CREATE, kind_find(CKO_PUBLIC_KEY, CKK_RSA), wrap, 2);
	key = aes(RULES_GENERATE, picky, 3);
	REQUIRE(good && public && key);
	CHECK_EQ(access_wrap(&no_config, &user, good, key, true), CKR_KEY_NOT_WRAPPABLE);
	CHECK_EQ(attrs_set_bool(&public->attrs, CKA_TRUSTED, true), CKR_OK);
	CHECK_EQ(access_wrap(&no_config, &user, public, key, false), CKR_OK);
	CHECK_EQ(access_wrap(&no_config, &closed, public, key, false), CKR_KEY_NOT_WRAPPABLE);
	CHECK(access_trusted(&user, public) && !access_trusted(&closed, public));
}

static void unwrapping_with_a_weaker_template_reveals_nothing(void)
{
	const struct change weak[] = {{CKA_SENSITIVE, false}, {CKA_EXTRACTABLE, true}};
	const struct change decrypt[] = {
		{CKA_UNWRAP, true}, {CKA_TOKEN, true}, {CKA_DECRYPT, true}, {CKA_ENCRYPT, false}};
	const struct kind_case *k = kind_find(CKO_SECRET_KEY, CKK_AES);
	struct rules_context c = context(RULES_UNWRAP, k);
	OBJECT(strict);
	OBJECT(result);
	OBJECT(both);
	OBJECT(as_decrypted);
	OBJECT(blind);
	const struct change no_decrypt[] = {
		{CKA_UNWRAP, true}, {CKA_TOKEN, true}, {CKA_DECRYPT, false}, {CKA_ENCRYPT, false}};

	strict = aes(RULES_GENERATE, no_decrypt, 4);
	REQUIRE(strict != NULL);
	c.base = strict;
	result = made_by(&c, k, weak, 2, NULL);
	REQUIRE(result != NULL);
	CHECK(result->sensitive && attrs_bool(&result->attrs, CKA_SENSITIVE, false));
	CHECK_EQ(access_reveal(&user, result, CKA_VALUE), CKR_ATTRIBUTE_SENSITIVE);
	CHECK(!attrs_bool(&result->attrs, CKA_ALWAYS_SENSITIVE, true));
	c.base = NULL;
	blind = made_by(&c, k, weak, 2, NULL);
	CHECK(blind != NULL && blind->sensitive);
	/* C_Decrypt would say as much */
	both = aes(RULES_GENERATE, decrypt, 4);
	REQUIRE(both != NULL);
	c.base = both;
	as_decrypted = made_by(&c, k, weak, 2, NULL);
	CHECK(as_decrypted != NULL && !as_decrypted->sensitive);
}

static void derived_keys_are_not_weaker_than_their_base(void)
{
	const struct change weak[] = {{CKA_SENSITIVE, false}, {CKA_EXTRACTABLE, true}};
	const struct change base_of[] = {{CKA_DERIVE, true}, {CKA_TOKEN, true}};
	const struct kind_case *k = kind_find(CKO_SECRET_KEY, CKK_GENERIC_SECRET);
	struct rules_context c = context(RULES_DERIVE, k);
	OBJECT(base);
	OBJECT(cut);
	OBJECT(agreed);
	OBJECT(on_token);
	OBJECT(hidden);

	base = made(RULES_GENERATE, k, base_of, 2);
	REQUIRE(base != NULL);
	c.base = base;
	cut = made_by(&c, k, weak, 2, NULL);
	CHECK(cut != NULL && attrs_bool(&cut->attrs, CKA_SENSITIVE, false) &&
		!attrs_bool(&cut->attrs, CKA_EXTRACTABLE, true));
	hidden = made_by(&c, k, NULL, 0, NULL);
	CHECK(hidden != NULL && attrs_bool(&hidden->attrs, CKA_ALWAYS_SENSITIVE, false) &&
		attrs_bool(&hidden->attrs, CKA_NEVER_EXTRACTABLE, false) &&
		!attrs_bool(&hidden->attrs, CKA_LOCAL, true));
	c.one_way = true; /* ECDH for TLS: the result is asked for in the open */
	agreed = made_by(&c, k, weak, 2, NULL);
	CHECK(agreed != NULL && !agreed->sensitive);
	CHECK_EQ(access_reveal(&user, agreed, CKA_VALUE), CKR_OK);
	on_token = made_by(&c, k, base_of, 2, NULL);
	CHECK(on_token != NULL && on_token->sensitive);
}

static void copies_only_grow(void)
{
	const struct {
		struct change first, then;
		CK_RV rv;
	} cases[] = {
		{{CKA_SENSITIVE, true}, {CKA_SENSITIVE, false}, CKR_ATTRIBUTE_READ_ONLY},
		{{CKA_EXTRACTABLE, false}, {CKA_EXTRACTABLE, true}, CKR_ATTRIBUTE_READ_ONLY},
		{{CKA_PRIVATE, true}, {CKA_PRIVATE, false}, CKR_ATTRIBUTE_READ_ONLY},
		{{CKA_MODIFIABLE, false}, {CKA_MODIFIABLE, true}, CKR_ATTRIBUTE_READ_ONLY},
		{{CKA_DESTROYABLE, false}, {CKA_DESTROYABLE, true}, CKR_ATTRIBUTE_READ_ONLY},
		{{CKA_WRAP_WITH_TRUSTED, true}, {CKA_WRAP_WITH_TRUSTED, false},
			CKR_ATTRIBUTE_READ_ONLY},
		{{CKA_WRAP, false}, {CKA_WRAP, true}, CKR_ATTRIBUTE_READ_ONLY},
		{{CKA_DECRYPT, false}, {CKA_DECRYPT, true}, CKR_ATTRIBUTE_READ_ONLY},
		{{CKA_TRUSTED, false}, {CKA_TRUSTED, true}, CKR_ATTRIBUTE_READ_ONLY},
		{{CKA_EXTRACTABLE, true}, {CKA_EXTRACTABLE, false}, CKR_OK},
		{{CKA_SENSITIVE, true}, {CKA_TOKEN, true}, CKR_OK},
		{{CKA_MODIFIABLE, true}, {CKA_MODIFIABLE, false}, CKR_OK},
	};
	const struct kind_case *k = kind_find(CKO_SECRET_KEY, CKK_AES);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_context c = context(RULES_COPY, k);
		CK_RV rv;
		OBJECT(base);
		OBJECT(copy);

		base = aes(RULES_GENERATE, &cases[i].first, 1);
		REQUIRE(base != NULL);
		c.base = base;
		copy = made_by(&c, k, &cases[i].then, 1, &rv);
		if (!CHECK(rv == cases[i].rv))
			printf("  case %zu: 0x%lx\n", i, rv);
	}
}

static void copies_tell_the_truth(void)
{
	const struct change open[] = {{CKA_SENSITIVE, false}, {CKA_EXTRACTABLE, true}};
	const struct change to_token[] = {{CKA_TOKEN, true}, {CKA_EXTRACTABLE, false}};
	const struct kind_case *k = kind_find(CKO_PRIVATE_KEY, CKK_EC);
	struct rules_context c = context(RULES_COPY, k);
	OBJECT(base);
	OBJECT(plain);
	OBJECT(stored);

	base = made(RULES_GENERATE, k, open, 2);
	REQUIRE(base != NULL && !base->sensitive);
	c.base = base;
	plain = made_by(&c, k, NULL, 0, NULL);
	REQUIRE(plain != NULL);
	CHECK(attrs_bool(&plain->attrs, CKA_LOCAL, false));
	stored = made_by(&c, k, to_token, 2, NULL);
	REQUIRE(stored != NULL);
	CHECK(stored->sensitive && attrs_bool(&stored->attrs, CKA_SENSITIVE, false));
	CHECK(!attrs_bool(&stored->attrs, CKA_ALWAYS_SENSITIVE, true));
	CHECK(!attrs_bool(&stored->attrs, CKA_NEVER_EXTRACTABLE, true));
}

static void trust_is_not_copied(void)
{
	const struct kind_case *k = kind_find(CKO_PUBLIC_KEY, CKK_RSA);
	struct rules_context c = context(RULES_COPY, k);
	OBJECT(base);
	OBJECT(copy);

	base = made(RULES_CREATE, k, NULL, 0);
	REQUIRE(base != NULL);
	CHECK_EQ(attrs_set_bool(&base->attrs, CKA_TRUSTED, true), CKR_OK);
	c.base = base;
	copy = made_by(&c, k, NULL, 0, NULL);
	CHECK(copy != NULL && !attrs_bool(&copy->attrs, CKA_TRUSTED, true));
}

static void sensitive_values_are_not_revealed(void)
{
	const struct change open[] = {{CKA_SENSITIVE, false}, {CKA_EXTRACTABLE, true}};
	const struct change half[] = {{CKA_SENSITIVE, false}, {CKA_EXTRACTABLE, false}};
	static const CK_ATTRIBUTE_TYPE rsa_secrets[] = {CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
		CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT};
	OBJECT(rsa);
	OBJECT(readable);
	OBJECT(unextractable);
	OBJECT(cert);

	rsa = made(RULES_GENERATE, kind_find(CKO_PRIVATE_KEY, CKK_RSA), NULL, 0);
	readable = aes(RULES_GENERATE, open, 2);
	unextractable = aes(RULES_GENERATE, half, 2);
	cert = made(RULES_CREATE, kind_find(CKO_CERTIFICATE, NO_TYPE), NULL, 0);
	REQUIRE(rsa && readable && unextractable && cert);
	for (size_t i = 0; i < ARRAY_LEN(rsa_secrets); i++)
		CHECK_EQ(access_reveal(&user, rsa, rsa_secrets[i]), CKR_ATTRIBUTE_SENSITIVE);
	CHECK_EQ(access_reveal(&user, rsa, CKA_MODULUS), CKR_OK);
	CHECK_EQ(access_reveal(&user, rsa, CKA_EC_POINT), CKR_ATTRIBUTE_TYPE_INVALID);
	CHECK_EQ(access_reveal(&user, readable, CKA_VALUE), CKR_OK);
	CHECK_EQ(access_reveal(&user, unextractable, CKA_VALUE), CKR_ATTRIBUTE_SENSITIVE);
	CHECK_EQ(access_reveal(&user, cert, CKA_VALUE), CKR_OK);
}

static const struct test tests[] = {
	TEST(wrap_and_decrypt_never_meet_on_a_key),
	TEST(usage_given_up_does_not_come_back),
	TEST(session_keys_of_the_caller_are_exempt),
	TEST(wrapping_asks_for_a_key_nobody_knows),
	TEST(trusted_counts_while_verified_only),
	TEST(unwrapping_with_a_weaker_template_reveals_nothing),
	TEST(derived_keys_are_not_weaker_than_their_base),
	TEST(copies_only_grow),
	TEST(copies_tell_the_truth),
	TEST(trust_is_not_copied),
	TEST(sensitive_values_are_not_revealed),
};
TEST_MAIN(tests)
