/* SPDX-License-Identifier: BSD-2-Clause */
/* object.c: the stored form there and back, hostile bytes, sealing and what it is bound to. */
#include "rules_util.h"

#include "keyring.h"

static const uint8_t token_id[ID_LEN] = "a token for test";

/* The stored form is the same on every machine: these bytes must never change. */
static void encoding_is_as_drawn(void)
{
	static const uint8_t golden[] = {1, 2, 0, 4,               /* version, secrets, count */
		0, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 4, /* CKA_CLASS, a number */
		0, 0, 0, 1, 2, 0, 0, 0, 1, 1,                      /* CKA_TOKEN, a truth */
		0, 0, 0, 3, 0, 0, 0, 0, 3, 'k', 'e', 'y',          /* CKA_LABEL, bytes */
		0x40, 0, 6, 0, 3, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0x10, 0x87};
	static const CK_MECHANISM_TYPE gcm = CKM_AES_GCM;
	ATTRS(a);
	ATTRS(back);
	BUF(bytes);
	unsigned secrets = 0;

	CHECK_EQ(attrs_set_ulong(&a, CKA_CLASS, CKO_SECRET_KEY), CKR_OK);
	CHECK_EQ(attrs_set_bool(&a, CKA_TOKEN, true), CKR_OK);
	CHECK_EQ(attrs_set(&a, CKA_LABEL, bytes_str("key")), CKR_OK);
	CHECK_EQ(attrs_set(&a, CKA_UNIQUE_ID, bytes_str("is not encoded")), CKR_OK);
	CHECK_EQ(attrs_set(&a, CKA_ALLOWED_MECHANISMS, BYTES(&gcm, sizeof(gcm))), CKR_OK);
	REQUIRE(object_encode(&a, 2, &bytes).code == E_OK);
	CHECK(bytes_eq(buf_bytes(&bytes), BYTES_OF(golden)));
	REQUIRE(object_decode(buf_bytes(&bytes), &back, &secrets).code == E_OK);
	CHECK_EQ(secrets, 2);
	CHECK_EQ(back.count, 4);
	attrs_remove(&a, CKA_UNIQUE_ID);
	CHECK(attrs_match(&a, &back) && attrs_match(&back, &a));
}

static void unavailable_survives(void)
{
	ATTRS(a);
	ATTRS(back);
	BUF(bytes);
	unsigned secrets;

	CHECK_EQ(attrs_set_ulong(&a, CKA_KEY_GEN_MECHANISM, CK_UNAVAILABLE_INFORMATION), CKR_OK);
	REQUIRE(object_encode(&a, 0, &bytes).code == E_OK);
	REQUIRE(object_decode(buf_bytes(&bytes), &back, &secrets).code == E_OK);
	CHECK_EQ(attrs_ulong(&back, CKA_KEY_GEN_MECHANISM, 0), CK_UNAVAILABLE_INFORMATION);
}

static void hostile_encodings_are_refused(void)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum err_code code;
	} cases[] = {
		{"", 0, E_CORRUPT}, {"\2\0\0\0", 4, E_VERSION}, {"\0\0\0\0", 4, E_CORRUPT},
		{"\1\0\0\0", 4, E_OK}, {"\1\0\0\0x", 5, E_CORRUPT}, {"\1\0\xff\xff", 4, E_CORRUPT},
		{"\1\0\0\1\0\0\0\3\0\xff\xff\xff\xff", 13, E_CORRUPT},
		{"\1\0\0\1\0\0\0\3\0\0\0\0\0", 13, E_OK},
		{"\1\0\0\1\0\0\0\1\2\0\0\0\1\2", 14, E_CORRUPT},       /* neither true nor false */
		{"\1\0\0\1\0\0\0\0\1\0\0\0\4\0\0\0\4", 17, E_CORRUPT}, /* a short number */
		{"\1\0\0\1\0\0\0\3\7\0\0\0\0", 13, E_CORRUPT},         /* no such form */
		{"\1\0\0\1\0\0\0\4\0\0\0\0\0", 13, E_CORRUPT},         /* CKA_UNIQUE_ID */
		{"\1\0\0\2\0\0\0\3\0\0\0\0\0\0\0\0\3\0\0\0\0\0", 22, E_CORRUPT},   /* twice */
		{"\1\0\0\2\0\0\0\3\0\0\0\0\0\0\0\0\2\2\0\0\0\1\1", 23, E_CORRUPT}, /* order */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned secrets = 99;
		struct err e;
		ATTRS(a);

		e = object_decode(BYTES(cases[i].bytes, cases[i].len), &a, &secrets);
		if (!CHECK(e.code == cases[i].code))
			printf("  case %zu: %s\n", i, err_str(e));
		CHECK(e.code == E_OK || (a.count == 0 && secrets == 99));
	}
}

/* Types that a later version may have added are written back as bytes. */
static bool known_only(const struct attrs *a)
{
	bool known = true;

	for (size_t i = 0; i < a->count && known; i++)
		(void) rules_kind(a->list[i].type, &known);
	return known;
}

/* Random bytes, some of which begin well: refused, or decoded to what encodes to the same bytes. */
static bool decode_twice(struct bytes b)
{
	struct stored_object s = {.version = 1, .attrs = b};
	unsigned secrets = 0;
	ATTRS(a);
	BUF(again);
	OBJECT(o);

	(void) !object_from_stored(&s, &o);
	if (object_decode(b, &a, &secrets).code != E_OK)
		return false;
	CHECK(!known_only(&a) || (object_encode(&a, secrets, &again).code == E_OK &&
					 bytes_eq(buf_bytes(&again), b)));
	return true;
}

static void random_bytes_do_no_harm(void)
{
	unsigned seed = 7, sound = 0;
	BUF(good);
	BUF(bytes);
	OBJECT(o);

	o = made(RULES_GENERATE, kind_find(CKO_PRIVATE_KEY, CKK_RSA), NULL, 0);
	REQUIRE(o != NULL && object_encode(&o->attrs, 1, &good).code == E_OK);
	for (unsigned round = 0; round < 30000; round++) {
		size_t len = (size_t) rand_r(&seed) % (good.len + 8);
		unsigned flips = (unsigned) rand_r(&seed) % 4;
		uint8_t *p = NULL;

		buf_done(&bytes);
		if (round % 4 != 0)
			len = good.len;
		REQUIRE(buf_grow(&bytes, len, &p).code == E_OK);
		memcpy(p, good.ptr, len < good.len ? len : good.len);
		for (unsigned i = 0; i < flips && len > 0; i++)
			p[(size_t) rand_r(&seed) % len] =
				(uint8_t) (rand_r(&seed) % 3 ? rand_r(&seed) : 0);
		sound += decode_twice(buf_bytes(&bytes));
	}
	CHECK(sound > 5000 && sound < 29000);
}

static void sealed_secrets_come_back_and_are_bound(void)
{
	_cleanup_(keyring_free) struct keyring *k = NULL;
	const struct change on_token = {CKA_TOKEN, true};
	struct stored_object s;
	ATTRS(secrets);
	ATTRS(back);
	BUF(encoded);
	OBJECT(o);
	OBJECT(read);

	REQUIRE(keyring_create(token_id, &k).code == E_OK);
	o = made(RULES_GENERATE, kind_find(CKO_SECRET_KEY, CKK_AES), &on_token, 1);
	REQUIRE(o != NULL);
	o->version = 1;
	CHECK_EQ(attrs_set(&secrets, CKA_VALUE, bytes_str("0123456789abcdef")), CKR_OK);
	REQUIRE(object_seal(o, k, &secrets) == CKR_OK);
	REQUIRE(object_to_stored(o, &encoded, &s) == CKR_OK);
	REQUIRE(object_from_stored(&s, &read) == CKR_OK);
	CHECK(memcmp(read->id, o->id, ID_LEN) == 0 && read->version == 1 && read->sensitive);
	CHECK(read->cls == CKO_SECRET_KEY && read->key_type == CKK_AES && read->private_);
	CHECK(attrs_match(&read->attrs, &o->attrs) && attrs_match(&o->attrs, &read->attrs));
	CHECK_EQ(object_open(read, k, &back), CKR_OK);
	CHECK(bytes_eq(attr_bytes(attrs_get(&back, CKA_VALUE)), bytes_str("0123456789abcdef")));
	attrs_done(&back);
	read->version = 2;
	CHECK_EQ(object_open(read, k, &back), CKR_DEVICE_ERROR);
	read->version = 1;
	read->id[0] ^= 1;
	CHECK_EQ(object_open(read, k, &back), CKR_DEVICE_ERROR);
	CHECK_EQ(attrs_set_bool(&o->attrs, CKA_EXTRACTABLE, true), CKR_OK);
	CHECK_EQ(object_open(o, k, &back), CKR_DEVICE_ERROR);
	CHECK_EQ(back.count, 0);
}

static void stored_objects_that_make_no_sense_are_refused(void)
{
	static const uint8_t sealed[] = "sealed";
	const struct change on_token = {CKA_TOKEN, true};
	struct stored_object s;
	BUF(encoded);
	OBJECT(o);
	OBJECT(read);

	o = made(RULES_GENERATE, kind_find(CKO_SECRET_KEY, CKK_AES), &on_token, 1);
	REQUIRE(o != NULL);
	REQUIRE(object_to_stored(o, &encoded, &s) == CKR_OK);
	CHECK_EQ(object_from_stored(&s, &read), CKR_DEVICE_ERROR); /* secrets, but none there */
	s.sealed = BYTES_OF(sealed);
	CHECK_EQ(object_from_stored(&s, &read), CKR_OK);
	object_unref(&read);
	/* a secret in the open, and a session object at rest */
	CHECK_EQ(attrs_set(&o->attrs, CKA_VALUE, bytes_str("0123456789abcdef")), CKR_OK);
	buf_done(&encoded);
	REQUIRE(object_to_stored(o, &encoded, &s) == CKR_OK);
	s.sealed = BYTES_OF(sealed);
	CHECK_EQ(object_from_stored(&s, &read), CKR_DEVICE_ERROR);
	attrs_remove(&o->attrs, CKA_VALUE);
	CHECK_EQ(attrs_set_bool(&o->attrs, CKA_TOKEN, false), CKR_OK);
	buf_done(&encoded);
	REQUIRE(object_to_stored(o, &encoded, &s) == CKR_OK);
	s.sealed = BYTES_OF(sealed);
	CHECK_EQ(object_from_stored(&s, &read), CKR_DEVICE_ERROR);
}

static const struct test tests[] = {
	TEST(encoding_is_as_drawn),
	TEST(unavailable_survives),
	TEST(hostile_encodings_are_refused),
	TEST(random_bytes_do_no_harm),
	TEST(sealed_secrets_come_back_and_are_bound),
	TEST(stored_objects_that_make_no_sense_are_refused),
};
TEST_MAIN(tests)
