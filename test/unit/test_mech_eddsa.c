/* SPDX-License-Identifier: BSD-2-Clause */
/* EdDSA beyond its vectors: both curves, and parameters that libcrypto may not know. */
#include "pair.h"

#include "curve.h"

#include <openssl/crypto.h>

static struct bytes params_of(const char *oid)
{
	const struct curve *c;

	for (size_t i = 0; (c = curve_at(i)) != NULL; i++)
		if (strcmp(c->oid, oid) == 0)
			return c->params[0];
	return BYTES_NONE;
}

static void both_curves_sign(void)
{
	static const struct {
		const char *oid;
		CK_ULONG len;
	} cases[] = {{OSSL_ED25519, 64}, {OSSL_ED448, 114}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CK_EDDSA_PARAMS plain = {CK_FALSE, 0, NULL};
		struct once o = {CKM_EDDSA, NULL, 0, OP_SIGN, NULL};
		uint8_t one[114], two[114];
		CK_ULONG len = sizeof(one);
		PAIR(p);

		CHECK_EQ(pair_curve(CKM_EC_EDWARDS_KEY_PAIR_GEN, params_of(cases[i].oid), &p),
			CKR_OK);
		REQUIRE(p.private_ != NULL);
		o.key = p.private_;
		CHECK_EQ(once(&o, BYTES_NONE, one, &len), CKR_OK);
		CHECK_EQ(len, cases[i].len);
		o.param = &plain;
		o.param_len = sizeof(plain);
		CHECK_EQ(once(&o, BYTES_NONE, two, &len), CKR_OK);
		CHECK(memcmp(one, two, len) == 0);
		o.key = p.public_;
		CHECK_EQ(once_verify(&o, BYTES_NONE, BYTES(one, len)), CKR_OK);
		one[len - 1] ^= 0x80;
		CHECK_EQ(once_verify(&o, BYTES_NONE, BYTES(one, len)), CKR_SIGNATURE_INVALID);
		CHECK_EQ(once_verify(&o, BYTES_NONE, BYTES(one, len - 1)), CKR_SIGNATURE_LEN_RANGE);
	}
}

/* What must not happen: the context is dropped and the plain signature comes out. */
static void context_is_honoured_or_refused(void)
{
	uint8_t context[] = "context", plain[64], bound[64];
	CK_EDDSA_PARAMS with = {CK_FALSE, 7, context};
	struct once o = {CKM_EDDSA, NULL, 0, OP_SIGN, NULL};
	CK_ULONG len = sizeof(plain);
	CK_RV rv;
	PAIR(p);

	CHECK_EQ(pair_curve(CKM_EC_EDWARDS_KEY_PAIR_GEN, params_of(OSSL_ED25519), &p), CKR_OK);
	o.key = p.private_;
	CHECK_EQ(once(&o, BYTES("abc", 3), plain, &len), CKR_OK);
	o.param = &with;
	o.param_len = sizeof(with);
	rv = once(&o, BYTES("abc", 3), bound, &len);
	if (OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2)
		CHECK_EQ(rv, CKR_MECHANISM_PARAM_INVALID);
	else
		CHECK(rv == CKR_OK && memcmp(plain, bound, 64) != 0);
	with = (CK_EDDSA_PARAMS){CK_TRUE, 0, NULL};
	rv = once(&o, BYTES("abc", 3), bound, &len);
	if (OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2)
		CHECK_EQ(rv, CKR_MECHANISM_PARAM_INVALID);
	else
		CHECK(rv == CKR_OK && memcmp(plain, bound, 64) != 0);
}

static void long_context_is_refused(void)
{
	uint8_t context[256] = {0};
	CK_EDDSA_PARAMS with = {CK_FALSE, sizeof(context), context};
	struct once o = {CKM_EDDSA, &with, sizeof(with), OP_SIGN, NULL};
	uint8_t out[64];
	CK_ULONG len = sizeof(out);
	PAIR(p);

	CHECK_EQ(pair_curve(CKM_EC_EDWARDS_KEY_PAIR_GEN, params_of(OSSL_ED25519), &p), CKR_OK);
	o.key = p.private_;
	CHECK_EQ(once(&o, BYTES("abc", 3), out, &len), CKR_MECHANISM_PARAM_INVALID);
}

static void montgomery_keys_do_not_sign(void)
{
	struct once o = {CKM_EDDSA, NULL, 0, OP_SIGN, NULL};
	uint8_t out[64];
	CK_ULONG len = sizeof(out);
	PAIR(p);

	CHECK_EQ(pair_curve(CKM_EC_MONTGOMERY_KEY_PAIR_GEN, params_of(OSSL_X448), &p), CKR_OK);
	o.key = p.private_;
	CHECK_EQ(once(&o, BYTES("abc", 3), out, &len), CKR_KEY_TYPE_INCONSISTENT);
}

static const struct test tests[] = {
	TEST(both_curves_sign),
	TEST(context_is_honoured_or_refused),
	TEST(long_context_is_refused),
	TEST(montgomery_keys_do_not_sign),
};

TEST_MAIN(tests)
