/* SPDX-License-Identifier: BSD-2-Clause */
/* attrs.c: what comes from a caller's template and what goes back. */
#include "test.h"

#include "attrs.h"

#include <stdlib.h>

static CK_BBOOL yes = CK_TRUE;
static CK_ULONG number = 7;
static char label[] = "a label";

static void copy_in_sorts_and_copies_deeply(void)
{
	char text[] = "first";
	CK_ATTRIBUTE templ[] = {
		{CKA_ID, text, 5}, {CKA_CLASS, &number, sizeof(number)}, {CKA_TOKEN, &yes, 1}};
	ATTRS(a);

	REQUIRE(attrs_copy_in(templ, 3, &a) == CKR_OK);
	text[0] = 'x';
	CHECK(a.count == 3);
	CHECK(a.list[0].type == CKA_CLASS && a.list[2].type == CKA_ID);
	CHECK(bytes_eq(attr_bytes(attrs_get(&a, CKA_ID)), bytes_str("first")));
	CHECK_EQ(attrs_ulong(&a, CKA_CLASS, 1), 7);
	CHECK(attrs_bool(&a, CKA_TOKEN, false));
}

static void copy_in_bad_templates_are_refused(void)
{
	CK_ATTRIBUTE null_value = {CKA_ID, NULL, 4},
		     twice[] = {{CKA_ID, NULL, 0}, {CKA_ID, NULL, 0}};
	CK_ATTRIBUTE long_value = {CKA_ID, label, ATTR_VALUE_MAX + 1};
	CK_ATTRIBUTE unavailable = {CKA_ID, label, CK_UNAVAILABLE_INFORMATION};
	CK_ATTRIBUTE many[1] = {{CKA_ID, NULL, 0}};
	ATTRS(a);

	CHECK_EQ(attrs_copy_in(NULL, 1, &a), CKR_ARGUMENTS_BAD);
	CHECK_EQ(attrs_copy_in(&null_value, 1, &a), CKR_ARGUMENTS_BAD);
	CHECK_EQ(attrs_copy_in(&long_value, 1, &a), CKR_ATTRIBUTE_VALUE_INVALID);
	CHECK_EQ(attrs_copy_in(&unavailable, 1, &a), CKR_ATTRIBUTE_VALUE_INVALID);
	CHECK_EQ(attrs_copy_in(twice, 2, &a), CKR_TEMPLATE_INCONSISTENT);
	CHECK_EQ(attrs_copy_in(many, ATTRS_MAX + 1, &a), CKR_ARGUMENTS_BAD);
	CHECK_EQ(attrs_copy_in(many, (CK_ULONG) -1, &a), CKR_ARGUMENTS_BAD);
	CHECK(a.list == NULL && a.count == 0);
	CHECK_EQ(attrs_copy_in(NULL, 0, &a), CKR_OK);
}

static void typed_reads_of_wrong_size_give_default(void)
{
	ATTRS(a);

	CHECK_EQ(attrs_set(&a, CKA_CLASS, BYTES(label, 3)), CKR_OK);
	CHECK_EQ(attrs_ulong(&a, CKA_CLASS, 99), 99);
	CHECK(!attrs_bool(&a, CKA_CLASS, false) && attrs_bool(&a, CKA_CLASS, true));
	CHECK_EQ(attrs_ulong(&a, CKA_KEY_TYPE, 98), 98);
}

static void set_remove_and_move_keep_order(void)
{
	ATTRS(a);
	ATTRS(b);

	for (CK_ULONG i = 20; i > 0; i--)
		CHECK_EQ(attrs_set_ulong(&a, i * 7 % 23, i), CKR_OK);
	CHECK(a.count == 20);
	for (size_t i = 1; i < a.count; i++)
		CHECK(a.list[i - 1].type < a.list[i].type);
	CHECK_EQ(attrs_set_ulong(&a, 7, 1000), CKR_OK);
	CHECK(a.count == 20);
	CHECK_EQ(attrs_ulong(&a, 7, 0), 1000);
	attrs_remove(&a, 7);
	attrs_remove(&a, 7);
	CHECK(a.count == 19 && attrs_get(&a, 7) == NULL);
	CHECK_EQ(attrs_move(&a, &b, 14), CKR_OK);
	CHECK_EQ(attrs_move(&a, &b, 14), CKR_OK);
	CHECK(a.count == 18 && b.count == 1 && attrs_get(&a, 14) == NULL);
	CHECK_EQ(attrs_ulong(&b, 14, 0), 2);
}

static void match_wants_every_attribute(void)
{
	ATTRS(a);
	ATTRS(w);

	CHECK_EQ(attrs_set(&a, CKA_LABEL, bytes_str("x")), CKR_OK);
	CHECK_EQ(attrs_set(&a, CKA_ID, BYTES_NONE), CKR_OK);
	CHECK(attrs_match(&a, &w));
	CHECK_EQ(attrs_set(&w, CKA_ID, BYTES_NONE), CKR_OK);
	CHECK(attrs_match(&a, &w));
	CHECK_EQ(attrs_set(&w, CKA_LABEL, bytes_str("y")), CKR_OK);
	CHECK(!attrs_match(&a, &w));
	attrs_remove(&w, CKA_LABEL);
	CHECK_EQ(attrs_set(&w, CKA_VALUE, BYTES_NONE), CKR_OK);
	CHECK(!attrs_match(&a, &w));
}

static void copy_out_follows_the_length_rules(void)
{
	ATTRS(a);
	char buf[4] = "....";
	CK_ATTRIBUTE out = {CKA_LABEL, NULL, 77};

	CHECK_EQ(attrs_set(&a, CKA_LABEL, bytes_str("abc")), CKR_OK);
	CHECK_EQ(attr_copy_out(attrs_get(&a, CKA_LABEL), &out), CKR_OK);
	CHECK_EQ(out.ulValueLen, 3);
	out = (CK_ATTRIBUTE){CKA_LABEL, buf, 2};
	CHECK_EQ(attr_copy_out(attrs_get(&a, CKA_LABEL), &out), CKR_BUFFER_TOO_SMALL);
	CHECK_EQ(out.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	CHECK(memcmp(buf, "....", 4) == 0);
	out = (CK_ATTRIBUTE){CKA_LABEL, buf, 4};
	CHECK_EQ(attr_copy_out(attrs_get(&a, CKA_LABEL), &out), CKR_OK);
	CHECK(out.ulValueLen == 3 && memcmp(buf, "abc.", 4) == 0);
	out = (CK_ATTRIBUTE){CKA_ID, buf, 4};
	CHECK_EQ(attr_copy_out(NULL, &out), CKR_ATTRIBUTE_TYPE_INVALID);
	CHECK_EQ(out.ulValueLen, CK_UNAVAILABLE_INFORMATION);
}

static void copy_is_independent(void)
{
	ATTRS(a);
	ATTRS(b);

	CHECK_EQ(attrs_set(&a, CKA_LABEL, bytes_str("abc")), CKR_OK);
	CHECK_EQ(attrs_copy(&a, &b), CKR_OK);
	a.list[0].ptr[0] = 'z';
	CHECK(bytes_eq(attr_bytes(attrs_get(&b, CKA_LABEL)), bytes_str("abc")));
}

static const struct test tests[] = {
	TEST(copy_in_sorts_and_copies_deeply),
	TEST(copy_in_bad_templates_are_refused),
	TEST(typed_reads_of_wrong_size_give_default),
	TEST(set_remove_and_move_keep_order),
	TEST(match_wants_every_attribute),
	TEST(copy_out_follows_the_length_rules),
	TEST(copy_is_independent),
};
TEST_MAIN(tests)
