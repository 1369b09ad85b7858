/* SPDX-License-Identifier: BSD-2-Clause */
/* index.c: lists, handles, and what a search among ten thousand objects looks at. */
#include "test.h"

#include "index.h"

#include <stdlib.h>

#define MANY 10000u

static struct object *object_of(CK_OBJECT_CLASS cls, unsigned n, bool private_)
{
	struct object *o = NULL;
	char text[24];
	ATTRS(a);

	snprintf(text, sizeof(text), "object %u", n);
	CHECK_EQ(attrs_set_ulong(&a, CKA_CLASS, cls), CKR_OK);
	CHECK_EQ(attrs_set_bool(&a, CKA_PRIVATE, private_), CKR_OK);
	CHECK_EQ(attrs_set(&a, CKA_LABEL, bytes_str(text)), CKR_OK);
	CHECK_EQ(attrs_set(&a, CKA_ID, bytes_str(text + 7)), CKR_OK);
	CHECK_EQ(object_new(&a, &o), CKR_OK);
	return o;
}

static CK_OBJECT_HANDLE publish(struct index *ix, struct object *o, uint64_t generation)
{
	struct index_entry *e = NULL;

	CHECK_EQ(index_prepare(ix, &o, 1, &e), CKR_OK);
	index_publish(ix, &e, 1, true, generation);
	CHECK(e == NULL);
	return o->handle;
}

static CK_OBJECT_HANDLE add(struct index *ix, CK_OBJECT_CLASS cls, unsigned n, bool private_)
{
	OBJECT(o);

	o = object_of(cls, n, private_);
	return publish(ix, o, 3);
}

/* How many entries does a search look at, and how many of them match? */
static size_t looked(const struct index *ix, const struct attrs *wanted, size_t *ret_matches)
{
	struct index_cursor c = index_search(ix, wanted);
	struct index_entry *e;
	size_t n = 0;

	*ret_matches = 0;
	while ((e = index_next(&c)) != NULL) {
		n++;
		*ret_matches += attrs_match(&index_object(e)->attrs, wanted);
	}
	return n;
}

static void search_looks_at_few_of_many(void)
{
	_cleanup_(index_free) struct index *ix = NULL;
	size_t matches = 0;
	ATTRS(by_id);
	ATTRS(by_label);
	ATTRS(by_class);
	ATTRS(by_name);
	ATTRS(all);

	REQUIRE(index_new(&ix) == CKR_OK);
	for (unsigned i = 0; i < MANY; i++)
		CHECK(add(ix, i == 77 ? CKO_CERTIFICATE : CKO_PRIVATE_KEY, i, true) != 0);
	CHECK_EQ(index_count(ix), MANY);
	CHECK_EQ(attrs_set(&by_id, CKA_ID, bytes_str("4711")), CKR_OK);
	CHECK_EQ(attrs_set_ulong(&by_id, CKA_CLASS, CKO_PRIVATE_KEY), CKR_OK);
	CHECK(looked(ix, &by_id, &matches) < 20);
	CHECK_EQ(matches, 1);
	CHECK_EQ(attrs_set(&by_label, CKA_LABEL, bytes_str("object 42")), CKR_OK);
	CHECK(looked(ix, &by_label, &matches) < 20);
	CHECK_EQ(matches, 1);
	CHECK_EQ(attrs_set_ulong(&by_class, CKA_CLASS, CKO_CERTIFICATE), CKR_OK);
	CHECK(looked(ix, &by_class, &matches) < 20);
	CHECK_EQ(matches, 1);
	CHECK_EQ(attrs_set(&by_name, CKA_UNIQUE_ID, bytes_str("0123456789abcdef0123456789abcdef")),
		CKR_OK);
	CHECK(looked(ix, &by_name, &matches) < 20);
	CHECK_EQ(matches, 0);
	CHECK_EQ(looked(ix, &all, &matches), MANY);
	CHECK_EQ(matches, MANY);
}

static void handles_are_never_given_twice(void)
{
	_cleanup_(index_free) struct index *ix = NULL;
	CK_OBJECT_HANDLE before, after, public;

	REQUIRE(index_new(&ix) == CKR_OK);
	before = add(ix, CKO_PRIVATE_KEY, 1, true);
	public = add(ix, CKO_PUBLIC_KEY, 2, false);
	index_remove(ix, index_by_handle(ix, before));
	CHECK(index_by_handle(ix, before) == NULL);
	after = add(ix, CKO_PRIVATE_KEY, 1, true);
	CHECK(after != before && after != public && after != 0);
	index_renew_private(ix, false, 4);
	CHECK(index_by_handle(ix, after) == NULL);
	CHECK(index_by_handle(ix, public) != NULL);
	CHECK_EQ(index_count(ix), 2);
	index_renew_private(ix, true, 5);
	CHECK(index_by_handle(ix, after) == NULL);
	CHECK(index_by_handle(ix, 0) == NULL);
}

static void another_index_starts_elsewhere(void)
{
	_cleanup_(index_free) struct index *a = NULL;
	_cleanup_(index_free) struct index *b = NULL;

	REQUIRE(index_new(&a) == CKR_OK && index_new(&b) == CKR_OK);
	CHECK(add(a, CKO_DATA, 1, false) != add(b, CKO_DATA, 1, false));
}

static void replaced_object_is_found_under_its_new_attributes(void)
{
	_cleanup_(index_free) struct index *ix = NULL;
	struct index_entry *e = NULL;
	CK_OBJECT_HANDLE h;
	size_t matches = 0;
	ATTRS(wanted);
	OBJECT(changed);

	REQUIRE(index_new(&ix) == CKR_OK);
	h = add(ix, CKO_DATA, 1, false);
	changed = object_of(CKO_DATA, 2, false);
	CHECK_EQ(index_prepare(ix, &changed, 1, &e), CKR_OK);
	index_replace(ix, index_by_handle(ix, h), &e);
	CHECK(index_object(index_by_handle(ix, h)) == changed && changed->handle == h);
	CHECK_EQ(attrs_set(&wanted, CKA_LABEL, bytes_str("object 1")), CKR_OK);
	(void) looked(ix, &wanted, &matches);
	CHECK_EQ(matches, 0);
	CHECK_EQ(attrs_set(&wanted, CKA_LABEL, bytes_str("object 2")), CKR_OK);
	(void) looked(ix, &wanted, &matches);
	CHECK_EQ(matches, 1);
	CHECK_EQ(index_count(ix), 1);
}

static void sweep_takes_unmarked_token_objects_only(void)
{
	_cleanup_(index_free) struct index *ix = NULL;
	CK_OBJECT_HANDLE kept, gone, own;
	OBJECT(session);

	REQUIRE(index_new(&ix) == CKR_OK);
	session = object_of(CKO_DATA, 9, false);
	session->owner = 12;
	own = publish(ix, session, 1);
	kept = add(ix, CKO_DATA, 1, false);
	gone = add(ix, CKO_DATA, 2, false);
	index_unmark(ix);
	index_mark(ix, index_by_handle(ix, kept));
	index_sweep(ix);
	CHECK(index_by_handle(ix, kept) != NULL && index_by_handle(ix, own) != NULL);
	CHECK(index_by_handle(ix, gone) == NULL);
	index_drop_session(ix, 13);
	CHECK_EQ(index_count(ix), 2);
	index_drop_session(ix, 12);
	CHECK_EQ(index_count(ix), 1);
}

/* Hits, misses, removals and additions against a plain array. */
static void random_work_agrees_with_an_array(void)
{
	_cleanup_(index_free) struct index *ix = NULL;
	CK_OBJECT_HANDLE there[64] = {0};
	unsigned seed = 1, alive = 0;

	REQUIRE(index_new(&ix) == CKR_OK);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned at = (unsigned) rand_r(&seed) % 64;

		if (there[at] == 0) {
			there[at] = add(ix, CKO_DATA, at, at % 2 == 0);
			alive++;
		} else if (rand_r(&seed) % 2 == 0) {
			index_remove(ix, index_by_handle(ix, there[at]));
			there[at] = 0;
			alive--;
		}
		if (there[at] != 0 && index_by_handle(ix, there[at]) == NULL)
			CHECK(false);
	}
	CHECK_EQ(index_count(ix), alive);
	for (unsigned at = 0; at < 64; at++)
		CHECK((there[at] == 0) || index_by_handle(ix, there[at]) != NULL);
}

static void handles_are_sorted_by_making(void)
{
	_cleanup_(index_free) struct index *ix = NULL;
	CK_OBJECT_HANDLE h[4], sorted[4];

	REQUIRE(index_new(&ix) == CKR_OK);
	for (unsigned i = 0; i < 4; i++)
		sorted[3 - i] = h[i] = add(ix, CKO_DATA, i, i % 2 == 1);
	index_sort(sorted, 4);
	CHECK(memcmp(h, sorted, sizeof(h)) == 0);
}

static const struct test tests[] = {
	TEST(search_looks_at_few_of_many),
	TEST(handles_are_never_given_twice),
	TEST(another_index_starts_elsewhere),
	TEST(replaced_object_is_found_under_its_new_attributes),
	TEST(sweep_takes_unmarked_token_objects_only),
	TEST(random_work_agrees_with_an_array),
	TEST(handles_are_sorted_by_making),
};
TEST_MAIN(tests)
