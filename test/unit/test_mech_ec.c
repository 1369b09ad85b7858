/* SPDX-License-Identifier: BSD-2-Clause */
/* ECDSA and ECDH1 beyond their vectors: every curve, lengths, what a partner may send. */
#include "pair.h"

#include "curve.h"

static const struct curve *curve_named(const char *group)
{
	const struct curve *c;

	for (size_t i = 0; (c = curve_at(i)) != NULL; i++)
		if (strcmp(c->group, group) == 0)
			return c;
	return NULL;
}

static CK_MECHANISM_TYPE generator(CK_KEY_TYPE type)
{
	return type == CKK_EC ? CKM_EC_KEY_PAIR_GEN : CKM_EC_MONTGOMERY_KEY_PAIR_GEN;
}

static void every_curve_signs(void)
{
	const struct curve *c;

	for (size_t i = 0; (c = curve_at(i)) != NULL && c->type == CKK_EC; i++) {
		struct once sign = {CKM_ECDSA_SHA256, NULL, 0, OP_SIGN, NULL}, verify;
		uint8_t signature[2 * CURVE_FIELD_MAX];
		CK_ULONG len = 0;
		PAIR(p);

		CHECK_EQ(pair_curve(CKM_EC_KEY_PAIR_GEN, c->params[0], &p), CKR_OK);
		REQUIRE(p.private_ != NULL);
		sign.key = p.private_;
		CHECK_EQ(once(&sign, BYTES("abc", 3), NULL, &len), CKR_OK);
		CHECK_EQ(len, 2 * c->len);
		len = sizeof(signature);
		CHECK_EQ(once(&sign, BYTES("abc", 3), signature, &len), CKR_OK);
		CHECK_EQ(len, 2 * c->len);
		verify = sign;
		verify.key = p.public_;
		CHECK_EQ(once_verify(&verify, BYTES("abc", 3), BYTES(signature, len)), CKR_OK);
		CHECK_EQ(once_verify(&verify, BYTES("abd", 3), BYTES(signature, len)),
			CKR_SIGNATURE_INVALID);
		CHECK_EQ(once_verify(&verify, BYTES("abc", 3), BYTES(signature, len - 1)),
			CKR_SIGNATURE_LEN_RANGE);
		memset(signature, 0, len);
		CHECK_EQ(once_verify(&verify, BYTES("abc", 3), BYTES(signature, len)),
			CKR_SIGNATURE_INVALID);
		memset(signature, 0xff, len);
		CHECK_EQ(once_verify(&verify, BYTES("abc", 3), BYTES(signature, len)),
			CKR_SIGNATURE_INVALID);
	}
}

/* A digest longer than the order counts with its leftmost bits only. */
static void long_digest_is_cut(void)
{
	struct once sign = {CKM_ECDSA, NULL, 0, OP_SIGN, NULL}, verify = sign;
	uint8_t digest[100], signature[64];
	CK_ULONG len = sizeof(signature);
	PAIR(p);

	memset(digest, 0xa7, sizeof(digest));
	CHECK_EQ(pair_curve(CKM_EC_KEY_PAIR_GEN, curve_named("prime256v1")->params[0], &p), CKR_OK);
	sign.key = p.private_;
	verify.key = p.public_;
	CHECK_EQ(once(&sign, BYTES_OF(digest), signature, &len), CKR_OK);
	CHECK_EQ(once_verify(&verify, BYTES(digest, 32), BYTES_OF(signature)), CKR_OK);
	CHECK_EQ(once_verify(&verify, BYTES(digest, 31), BYTES_OF(signature)),
		CKR_SIGNATURE_INVALID);
}

static void generation_wants_the_right_curve(void)
{
	static const uint8_t p192[] = {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1};
	PAIR(a);
	PAIR(b);
	PAIR(c);
	PAIR(d);

	CHECK_EQ(pair_generate(CKM_EC_KEY_PAIR_GEN, &a), CKR_TEMPLATE_INCOMPLETE);
	CHECK_EQ(pair_curve(CKM_EC_KEY_PAIR_GEN, curve_named("ED25519")->params[0], &b),
		CKR_CURVE_NOT_SUPPORTED);
	CHECK_EQ(pair_curve(
			 CKM_EC_MONTGOMERY_KEY_PAIR_GEN, curve_named("prime256v1")->params[0], &c),
		CKR_CURVE_NOT_SUPPORTED);
	CHECK_EQ(pair_curve(CKM_EC_KEY_PAIR_GEN, BYTES_OF(p192), &d), CKR_CURVE_NOT_SUPPORTED);
}

/* ---- ECDH1 ---- */

struct agree {
	struct bytes point;
	enum md kdf;
	CK_ULONG len; /* 0: not said */
};

static CK_RV agree(const struct agree *with, struct key *base, struct attrs *ret)
{
	const struct mech *row = mech_find(CKM_ECDH1_DERIVE);
	PARAMS(params);
	CK_RV rv;

	params.md = with->kdf;
	if (buf_put(&params.point, with->point).code != E_OK)
		return CKR_HOST_MEMORY;
	if (with->len != 0 && attrs_set_ulong(ret, CKA_VALUE_LEN, with->len) != CKR_OK)
		return CKR_HOST_MEMORY;
	rv = row->run->derive(row, &params, base, ret);
	return rv;
}

static struct bytes point_of(const struct pair *p)
{
	return attr_bytes(attrs_get(&p->attrs[0], CKA_EC_POINT));
}

static void both_sides_agree(void)
{
	const struct curve *c;

	for (size_t i = 0; (c = curve_at(i)) != NULL; i++) {
		struct agree with = {BYTES_NONE, MD_NONE, 0};
		ATTRS(one);
		ATTRS(two);
		PAIR(a);
		PAIR(b);

		if (c->type == CKK_EC_EDWARDS)
			continue;
		CHECK_EQ(pair_curve(generator(c->type), c->params[0], &a), CKR_OK);
		CHECK_EQ(pair_curve(generator(c->type), c->params[0], &b), CKR_OK);
		with.point = point_of(&b);
		CHECK_EQ(agree(&with, a.private_, &one), CKR_OK);
		with.point = point_of(&a);
		CHECK_EQ(agree(&with, b.private_, &two), CKR_OK);
		CHECK_EQ(attr_bytes(attrs_get(&one, CKA_VALUE)).len, c->len);
		CHECK(bytes_eq(attr_bytes(attrs_get(&one, CKA_VALUE)),
			attr_bytes(attrs_get(&two, CKA_VALUE))));
	}
}

static void lengths_are_literal(void)
{
	struct agree with = {BYTES_NONE, MD_NONE, 33};
	ATTRS(out);
	ATTRS(whole);
	ATTRS(tail);
	PAIR(a);

	CHECK_EQ(pair_curve(CKM_EC_KEY_PAIR_GEN, curve_named("prime256v1")->params[0], &a), CKR_OK);
	with.point = point_of(&a);
	CHECK_EQ(agree(&with, a.private_, &out), CKR_KEY_SIZE_RANGE);
	with.len = 32;
	CHECK_EQ(agree(&with, a.private_, &whole), CKR_OK);
	with.len = 5;
	CHECK_EQ(agree(&with, a.private_, &tail), CKR_OK);
	CHECK_EQ(attr_bytes(attrs_get(&tail, CKA_VALUE)).len, 5);
	CHECK(memcmp(attrs_get(&whole, CKA_VALUE)->ptr + 27, attrs_get(&tail, CKA_VALUE)->ptr, 5) ==
		0);
	attrs_done(&out);
	with = (struct agree){with.point, MD_SHA256, 0};
	CHECK_EQ(agree(&with, a.private_, &out), CKR_TEMPLATE_INCOMPLETE);
	with.len = 1000;
	CHECK_EQ(agree(&with, a.private_, &out), CKR_OK);
	with.len = (CK_ULONG) -1;
	CHECK_EQ(agree(&with, a.private_, &out), CKR_KEY_SIZE_RANGE);
}

static void hostile_points_are_refused(void)
{
	uint8_t point[65] = {4};
	struct agree with = {BYTES_OF(point), MD_NONE, 0};
	ATTRS(out);
	PAIR(a);
	PAIR(other);
	PAIR(x);

	CHECK_EQ(pair_curve(CKM_EC_KEY_PAIR_GEN, curve_named("prime256v1")->params[0], &a), CKR_OK);
	CHECK_EQ(agree(&with, a.private_, &out), CKR_MECHANISM_PARAM_INVALID); /* (0, 0) */
	memset(point + 1, 0xff, 64);
	CHECK_EQ(agree(&with, a.private_, &out), CKR_MECHANISM_PARAM_INVALID);
	with.point = BYTES(point, 1);
	CHECK_EQ(agree(&with, a.private_, &out), CKR_MECHANISM_PARAM_INVALID);
	with.point = BYTES_NONE;
	CHECK_EQ(agree(&with, a.private_, &out), CKR_MECHANISM_PARAM_INVALID);
	CHECK_EQ(pair_curve(CKM_EC_KEY_PAIR_GEN, curve_named("secp256k1")->params[0], &other),
		CKR_OK);
	with.point = point_of(&other); /* of a curve of the same size */
	CHECK_EQ(agree(&with, a.private_, &out), CKR_MECHANISM_PARAM_INVALID);
	CHECK_EQ(pair_curve(CKM_EC_MONTGOMERY_KEY_PAIR_GEN, curve_named("X25519")->params[0], &x),
		CKR_OK);
	memset(point, 0, sizeof(point));
	with.point = BYTES(point, 32); /* small order: the secret would be zero */
	CHECK_EQ(agree(&with, x.private_, &out), CKR_MECHANISM_PARAM_INVALID);
	CHECK(attrs_get(&out, CKA_VALUE) == NULL);
}

static const struct test tests[] = {
	TEST(every_curve_signs),
	TEST(long_digest_is_cut),
	TEST(generation_wants_the_right_curve),
	TEST(both_sides_agree),
	TEST(lengths_are_literal),
	TEST(hostile_points_are_refused),
};

TEST_MAIN(tests)
