/* SPDX-License-Identifier: BSD-2-Clause */
/* rules.c, rules_rows.c: every row under every way to make and to change an object, and the key
 * rules that hang on several attributes. Published attacks: test_attacks.c. */
#include "rules_util.h"

#include "rules_rows.h"

static void rows_are_sorted_and_unambiguous(void)
{
	for (size_t i = 0; i < attr_rules_count; i++) {
		const struct attr_rule *r = &attr_rules[i];

		CHECK(i == 0 || attr_rules[i - 1].type <= r->type);
		CHECK(r->classes != 0);
		CHECK(!r->secret || r->change == CHANGE_NO);
		CHECK(r->change < CHANGE_UP || r->change == CHANGE_COPY || r->kind == ATTR_BOOL);
		for (size_t j = i + 1; j < attr_rules_count; j++) {
			const struct attr_rule *o = &attr_rules[j];
			bool keys = r->keys == 0 || o->keys == 0 || (r->keys & o->keys) != 0;

			CHECK(o->type != r->type || !(o->classes & r->classes) || !keys);
			CHECK(o->type != r->type || o->kind == r->kind);
		}
	}
}

static void known_types_only(void)
{
	bool known;

	CHECK(rules_kind(CKA_ID, &known) == ATTR_BYTES && known);
	CHECK(rules_kind(CKA_ALLOWED_MECHANISMS, &known) == ATTR_MECHS && known);
	(void) rules_kind(CKA_WRAP_TEMPLATE, &known);
	CHECK(!known);
	(void) rules_kind(CKA_VENDOR_DEFINED | 5, &known);
	CHECK(!known);
	CHECK(rules_key_bit(CKO_SECRET_KEY, CKK_RSA) == 0);
	CHECK(rules_key_bit(CKO_PRIVATE_KEY, CKK_AES) == 0);
	CHECK(rules_row(CKA_ID, 77, 0) == NULL);
}

/* ---- every row ---- */

/* A value of the row's kind that is valid, and for kinds with a form one that is not. */
static void row_value(const struct attr_rule *r, const struct kind_case *k, struct attr *ret)
{
	static uint8_t bytes[8] = "ABCDEFG";
	static uint8_t date[] = "20261123";
	static CK_ULONG number;
	static CK_MECHANISM_TYPE mechs[] = {CKM_AES_CBC, CKM_AES_GCM};
	static uint8_t no = CK_FALSE;

	*ret = (struct attr){.type = r->type, .ptr = bytes, .len = sizeof(bytes)};
	number = 0;
	if (r->type == CKA_CLASS)
		number = k->cls;
	if (r->type == CKA_KEY_TYPE)
		number = k->type;
	if (r->type == CKA_VALUE_LEN)
		number = 16;
	if (r->kind == ATTR_ULONG)
		*ret = (struct attr){r->type, (uint8_t *) &number, sizeof(number)};
	if (r->kind == ATTR_BOOL)
		*ret = (struct attr){r->type, &no, 1};
	if (r->kind == ATTR_DATE)
		*ret = (struct attr){r->type, date, 8};
	if (r->kind == ATTR_MECHS)
		*ret = (struct attr){r->type, (uint8_t *) mechs, sizeof(mechs)};
	if (r->type == CKA_CHECK_VALUE)
		ret->len = 0;
}

static void row_give(const struct attr_rule *r, const struct kind_case *k, enum rules_how how)
{
	struct rules_context c = context(how, k);
	CK_RV rv, expected = r->give & 1u << how ? CKR_OK : CKR_ATTRIBUTE_READ_ONLY;
	struct attr value;
	ATTRS(a);

	row_value(r, k, &value);
	base_template(how, k, &a);
	CHECK_EQ(attrs_set(&a, r->type, attr_bytes(&value)), CKR_OK);
	rv = rules_begin(&c, &a);
	if (!CHECK(rv == expected))
		printf("  attribute 0x%lx, class %lu, type %lu, how %d: 0x%lx\n", r->type, k->cls,
			k->type, (int) how, rv);
}

static void each_row_is_given_when_it_says(void)
{
	for (size_t i = 0; i < attr_rules_count; i++)
		for (size_t k = 0; k < kind_case_count; k++) {
			const struct attr_rule *r = &attr_rules[i];

			if (rules_row(r->type, kind_cases[k].cls,
				    rules_key_bit(kind_cases[k].cls, kind_cases[k].type)) != r)
				continue;
			row_give(r, &kind_cases[k], RULES_CREATE);
			if (kind_cases[k].generated)
				row_give(r, &kind_cases[k], RULES_GENERATE);
			if (kind_cases[k].cls == CKO_SECRET_KEY) {
				row_give(r, &kind_cases[k], RULES_UNWRAP);
				row_give(r, &kind_cases[k], RULES_DERIVE);
			}
		}
}

static void each_row_refuses_other_kinds_of_values(void)
{
	uint8_t odd[] = {1, 2, 3};

	for (size_t i = 0; i < attr_rules_count; i++)
		for (size_t k = 0; k < kind_case_count; k++) {
			const struct attr_rule *r = &attr_rules[i];
			struct rules_context c = context(RULES_CREATE, &kind_cases[k]);
			ATTRS(a);

			if (rules_row(r->type, kind_cases[k].cls,
				    rules_key_bit(kind_cases[k].cls, kind_cases[k].type)) != r ||
				r->kind == ATTR_BYTES || r->kind == ATTR_BIGNUM ||
				!(r->give & 1u << RULES_CREATE))
				continue;
			base_template(RULES_CREATE, &kind_cases[k], &a);
			CHECK_EQ(attrs_set(&a, r->type, BYTES_OF(odd)), CKR_OK);
			CHECK_EQ(rules_begin(&c, &a), CKR_ATTRIBUTE_VALUE_INVALID);
		}
}

static void each_needed_row_is_missed(void)
{
	for (size_t i = 0; i < attr_rules_count; i++)
		for (size_t k = 0; k < kind_case_count; k++) {
			const struct attr_rule *r = &attr_rules[i];
			struct rules_context c = context(RULES_CREATE, &kind_cases[k]);
			CK_RV rv;
			ATTRS(a);
			ATTRS(secrets);

			if (rules_row(r->type, kind_cases[k].cls,
				    rules_key_bit(kind_cases[k].cls, kind_cases[k].type)) != r ||
				!(r->need & 1u << RULES_CREATE) || r->def != DEF_ABSENT)
				continue;
			base_template(RULES_CREATE, &kind_cases[k], &a);
			attrs_remove(&a, r->type);
			rv = rules_begin(&c, &a);
			if (rv == CKR_OK)
				rv = rules_finish(&c, &a, &secrets);
			if (!CHECK(rv == CKR_TEMPLATE_INCOMPLETE))
				printf("  attribute 0x%lx, class %lu: 0x%lx\n", r->type,
					kind_cases[k].cls, rv);
		}
}

static bool way_open(enum rule_change change, bool so, bool was, bool is)
{
	switch (change) {
	case CHANGE_FREE:
		return true;
	case CHANGE_UP:
		return is || !was;
	case CHANGE_DOWN:
		return was || !is;
	case CHANGE_SO:
		return so || was == is;
	case CHANGE_NO:
	case CHANGE_COPY:
	case CHANGE_COPY_UP:
	case CHANGE_COPY_DOWN:
		return false;
	}
	return false;
}

/* Booleans of every object, both ways, by the user and by the SO. */
static void row_change(const struct attr_rule *r, const struct kind_case *k, unsigned bits)
{
	bool was = bits & 1, is = bits & 2, so = bits & 4, open;
	struct who who = user;
	CK_RV rv;
	ATTRS(changes);
	ATTRS(ret);
	OBJECT(o);

	o = made(RULES_CREATE, k, NULL, 0);
	if (o == NULL)
		return;
	who.login = so ? LOGIN_SO : LOGIN_USER;
	CHECK_EQ(attrs_set_bool(&o->attrs, r->type, was), CKR_OK);
	CHECK_EQ(attrs_set_bool(&changes, r->type, is), CKR_OK);
	open = way_open(r->change, so, was, is);
	/* usages that must not come back: keys_usage_is_one_way */
	if ((k->cls == CKO_SECRET_KEY || k->cls == CKO_PRIVATE_KEY) && is && !was &&
		(r->type == CKA_ENCRYPT || r->type == CKA_DECRYPT || r->type == CKA_WRAP ||
			r->type == CKA_UNWRAP))
		open = false;
	rv = rules_set(&who, o, &changes, &ret);
	if (!CHECK(rv == (open ? CKR_OK : CKR_ATTRIBUTE_READ_ONLY)))
		printf("  attribute 0x%lx, class %lu, bits %u: 0x%lx\n", r->type, k->cls, bits, rv);
	CHECK(open ? attrs_bool(&ret, r->type, !is) == is : ret.count == 0);
}

static void each_boolean_changes_as_its_row_says(void)
{
	for (size_t i = 0; i < attr_rules_count; i++)
		for (size_t k = 0; k < kind_case_count; k++) {
			const struct attr_rule *r = &attr_rules[i];

			if (r->kind != ATTR_BOOL ||
				rules_row(r->type, kind_cases[k].cls,
					rules_key_bit(kind_cases[k].cls, kind_cases[k].type)) != r)
				continue;
			for (unsigned bits = 0; bits < 8; bits++)
				row_change(r, &kind_cases[k], bits);
		}
}

/* ---- return codes ---- */

static void template_codes_are_the_specifications(void)
{
	const struct kind_case *aes = kind_find(CKO_SECRET_KEY, CKK_AES);
	const struct {
		CK_ATTRIBUTE_TYPE type;
		const char *value;
		size_t len;
		CK_RV rv;
	} cases[] = {
		{CKA_VENDOR_DEFINED | 1, "x", 1, CKR_ATTRIBUTE_TYPE_INVALID},
		{CKA_WRAP_TEMPLATE, "", 0, CKR_ATTRIBUTE_TYPE_INVALID},
		{CKA_MODULUS, "x", 1, CKR_TEMPLATE_INCONSISTENT},
		{CKA_SUBJECT, "x", 1, CKR_TEMPLATE_INCONSISTENT},
		{CKA_LOCAL, "\1", 1, CKR_ATTRIBUTE_READ_ONLY},
		{CKA_UNIQUE_ID, "x", 1, CKR_ATTRIBUTE_READ_ONLY},
		{CKA_TRUSTED, "\1", 1, CKR_ATTRIBUTE_READ_ONLY},
		{CKA_TRUSTED, "\0", 1, CKR_OK},
		{CKA_TOKEN, "\2", 1, CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_TOKEN, "", 0, CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_START_DATE, "2026112x", 8, CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_START_DATE, "", 0, CKR_OK},
		{CKA_VALUE, "short", 5, CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_CHECK_VALUE, "bad", 3, CKR_ATTRIBUTE_VALUE_INVALID},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_context c = context(RULES_CREATE, aes);
		CK_RV rv;
		ATTRS(a);
		ATTRS(secrets);

		base_template(RULES_CREATE, aes, &a);
		CHECK_EQ(attrs_set(&a, cases[i].type, BYTES(cases[i].value, cases[i].len)), CKR_OK);
		rv = rules_begin(&c, &a);
		if (rv == CKR_OK)
			rv = rules_finish(&c, &a, &secrets);
		if (!CHECK(rv == cases[i].rv))
			printf("  case %zu: 0x%lx\n", i, rv);
	}
}

static void contexts_are_not_contradicted(void)
{
	const struct kind_case *rsa = kind_find(CKO_PRIVATE_KEY, CKK_RSA);
	struct rules_context c = context(RULES_GENERATE, rsa);
	ATTRS(a);
	ATTRS(b);
	ATTRS(none);

	CHECK_EQ(attrs_set_ulong(&a, CKA_KEY_TYPE, CKK_EC), CKR_OK);
	CHECK_EQ(rules_begin(&c, &a), CKR_TEMPLATE_INCONSISTENT);
	CHECK_EQ(attrs_set_ulong(&b, CKA_CLASS, CKO_PUBLIC_KEY), CKR_OK);
	CHECK_EQ(rules_begin(&c, &b), CKR_TEMPLATE_INCONSISTENT);
	c = context(RULES_CREATE, rsa);
	CHECK_EQ(rules_begin(&c, &none), CKR_TEMPLATE_INCOMPLETE);
}

/* ---- what the finished object says ---- */

static void sealed_keys_are_always_sensitive(void)
{
	const struct change asked[] = {{CKA_TOKEN, true}, {CKA_SENSITIVE, false}};
	static const enum rules_how hows[] = {
		RULES_CREATE, RULES_GENERATE, RULES_UNWRAP, RULES_DERIVE};
	const struct kind_case *aes = kind_find(CKO_SECRET_KEY, CKK_AES);

	for (size_t i = 0; i < ARRAY_LEN(hows); i++) {
		bool generated = hows[i] == RULES_GENERATE;
		OBJECT(o);

		o = made(hows[i], aes, asked, 2);
		REQUIRE(o != NULL);
		CHECK(attrs_bool(&o->attrs, CKA_SENSITIVE, false) && o->sensitive);
		CHECK(!attrs_bool(&o->attrs, CKA_EXTRACTABLE, true));
		CHECK(attrs_bool(&o->attrs, CKA_ALWAYS_SENSITIVE, !generated) == generated);
		CHECK(attrs_bool(&o->attrs, CKA_NEVER_EXTRACTABLE, !generated) == generated);
		CHECK(attrs_bool(&o->attrs, CKA_LOCAL, !generated) == generated);
		CHECK_EQ(attrs_ulong(&o->attrs, CKA_KEY_GEN_MECHANISM, 0),
			generated ? CKM_AES_KEY_GEN : CK_UNAVAILABLE_INFORMATION);
		CHECK(attrs_get(&o->attrs, CKA_VALUE) == NULL);
	}
}

static void defaults_are_what_clients_expect(void)
{
	const struct {
		CK_OBJECT_CLASS cls;
		CK_KEY_TYPE type;
		CK_ATTRIBUTE_TYPE attr;
		bool value;
	} cases[] = {
		{CKO_PRIVATE_KEY, CKK_RSA, CKA_SIGN, true},
		{CKO_PRIVATE_KEY, CKK_RSA, CKA_DECRYPT, true},
		{CKO_PRIVATE_KEY, CKK_RSA, CKA_UNWRAP, false},
		{CKO_PRIVATE_KEY, CKK_EC, CKA_SIGN, true},
		{CKO_PRIVATE_KEY, CKK_EC, CKA_DECRYPT, false},
		{CKO_PRIVATE_KEY, CKK_EC, CKA_DERIVE, false},
		{CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY, CKA_DERIVE, true},
		{CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY, CKA_SIGN, false},
		{CKO_PUBLIC_KEY, CKK_RSA, CKA_ENCRYPT, true},
		{CKO_PUBLIC_KEY, CKK_RSA, CKA_WRAP, false},
		{CKO_SECRET_KEY, CKK_AES, CKA_ENCRYPT, true},
		{CKO_SECRET_KEY, CKK_AES, CKA_WRAP, false},
		{CKO_SECRET_KEY, CKK_GENERIC_SECRET, CKA_SIGN, true},
		{CKO_SECRET_KEY, CKK_GENERIC_SECRET, CKA_ENCRYPT, false},
		{CKO_PRIVATE_KEY, CKK_RSA, CKA_PRIVATE, true},
		{CKO_SECRET_KEY, CKK_AES, CKA_PRIVATE, true},
		{CKO_PUBLIC_KEY, CKK_RSA, CKA_PRIVATE, false},
		{CKO_PRIVATE_KEY, CKK_RSA, CKA_EXTRACTABLE, false},
		{CKO_PRIVATE_KEY, CKK_RSA, CKA_ALWAYS_AUTHENTICATE, false},
		{CKO_CERTIFICATE, CK_UNAVAILABLE_INFORMATION, CKA_TRUSTED, false},
		{CKO_CERTIFICATE, CK_UNAVAILABLE_INFORMATION, CKA_MODIFIABLE, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		OBJECT(o);

		o = made(RULES_CREATE, kind_find(cases[i].cls, cases[i].type), NULL, 0);
		REQUIRE(o != NULL);
		if (!CHECK(attrs_bool(&o->attrs, cases[i].attr, !cases[i].value) == cases[i].value))
			printf("  case %zu\n", i);
	}
}

static void public_session_gets_public_session_keys(void)
{
	const struct kind_case *aes = kind_find(CKO_SECRET_KEY, CKK_AES);
	const struct change on_token = {CKA_TOKEN, true};
	struct rules_context c = context(RULES_CREATE, aes);
	ATTRS(a);
	ATTRS(b);
	ATTRS(secrets);
	ATTRS(more);

	c.who.login = LOGIN_NONE;
	base_template(RULES_CREATE, aes, &a);
	CHECK_EQ(rules_begin(&c, &a), CKR_OK);
	CHECK_EQ(rules_finish(&c, &a, &secrets), CKR_OK);
	CHECK(!attrs_bool(&a, CKA_PRIVATE, true));
	base_template(RULES_CREATE, aes, &b);
	CHECK_EQ(attrs_set_bool(&b, on_token.type, on_token.value), CKR_OK);
	CHECK_EQ(rules_begin(&c, &b), CKR_OK);
	CHECK_EQ(rules_finish(&c, &b, &more), CKR_OK);
	CHECK(attrs_bool(&b, CKA_PRIVATE, false));
}

static void numbers_and_check_values_are_filled_in(void)
{
	/* AES-128 of zeros under 000102...0f, by the openssl command */
	static const uint8_t kcv[] = {0xc6, 0xa1, 0x3b};
	static const uint8_t key[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	static const uint8_t modulus[] = {0, 0, 0x81, 1, 2, 3};
	const struct kind_case *aes = kind_find(CKO_SECRET_KEY, CKK_AES);
	struct rules_context c = context(RULES_CREATE, aes);
	ATTRS(a);
	ATTRS(b);
	ATTRS(secrets);
	ATTRS(none);

	base_template(RULES_CREATE, aes, &a);
	CHECK_EQ(attrs_set(&a, CKA_VALUE, BYTES_OF(key)), CKR_OK);
	CHECK_EQ(rules_begin(&c, &a), CKR_OK);
	CHECK_EQ(rules_finish(&c, &a, &secrets), CKR_OK);
	CHECK(bytes_eq(attr_bytes(attrs_get(&a, CKA_CHECK_VALUE)), BYTES_OF(kcv)));
	CHECK_EQ(attrs_ulong(&a, CKA_VALUE_LEN, 0), 16);
	c = context(RULES_CREATE, kind_find(CKO_PUBLIC_KEY, CKK_RSA));
	base_template(RULES_CREATE, kind_find(CKO_PUBLIC_KEY, CKK_RSA), &b);
	CHECK_EQ(attrs_set(&b, CKA_MODULUS, BYTES_OF(modulus)), CKR_OK);
	CHECK_EQ(rules_begin(&c, &b), CKR_OK);
	CHECK_EQ(rules_finish(&c, &b, &none), CKR_OK);
	CHECK_EQ(attrs_ulong(&b, CKA_MODULUS_BITS, 0), 32);
	CHECK(bytes_eq(attr_bytes(attrs_get(&b, CKA_MODULUS)), BYTES(modulus + 2, 4)));
}

static void only_so_trusts(void)
{
	struct rules_context c = context(RULES_CREATE, kind_find(CKO_PUBLIC_KEY, CKK_RSA));
	ATTRS(a);

	c.who.login = LOGIN_SO;
	base_template(RULES_CREATE, kind_find(CKO_PUBLIC_KEY, CKK_RSA), &a);
	CHECK_EQ(attrs_set_bool(&a, CKA_TRUSTED, true), CKR_OK);
	CHECK_EQ(rules_begin(&c, &a), CKR_OK);
}

static void private_values_are_sealed(void)
{
	const struct change hidden = {CKA_PRIVATE, true};
	const struct kind_case *data = kind_find(CKO_DATA, CK_UNAVAILABLE_INFORMATION);
	OBJECT(open);
	OBJECT(closed);

	open = made(RULES_CREATE, data, NULL, 0);
	closed = made(RULES_CREATE, data, &hidden, 1);
	REQUIRE(open != NULL && closed != NULL);
	CHECK(attrs_get(&open->attrs, CKA_VALUE) != NULL);
	CHECK(attrs_get(&closed->attrs, CKA_VALUE) == NULL);
	CHECK(rules_secret(CKO_DATA, CK_UNAVAILABLE_INFORMATION, true, CKA_VALUE));
	CHECK(!rules_secret(CKO_DATA, CK_UNAVAILABLE_INFORMATION, false, CKA_VALUE));
	CHECK(rules_secret(CKO_PRIVATE_KEY, CKK_RSA, false, CKA_PRIME_1));
	CHECK(!rules_secret(CKO_PRIVATE_KEY, CKK_RSA, true, CKA_MODULUS));
}

static const struct test tests[] = {
	TEST(rows_are_sorted_and_unambiguous),
	TEST(known_types_only),
	TEST(each_row_is_given_when_it_says),
	TEST(each_row_refuses_other_kinds_of_values),
	TEST(each_needed_row_is_missed),
	TEST(each_boolean_changes_as_its_row_says),
	TEST(template_codes_are_the_specifications),
	TEST(contexts_are_not_contradicted),
	TEST(sealed_keys_are_always_sensitive),
	TEST(defaults_are_what_clients_expect),
	TEST(public_session_gets_public_session_keys),
	TEST(numbers_and_check_values_are_filled_in),
	TEST(only_so_trusts),
	TEST(private_values_are_sealed),
};
TEST_MAIN(tests)
