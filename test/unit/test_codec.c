/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes <-> keys <-> DER: every curve and RSA there and back, and what must be refused. */
#include "test.h"

#include "buf.h"
#include "bytes.h"
#include "codec.h"
#include "curve.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdlib.h>

static EVP_PKEY *generated(const char *oid, const char *group, unsigned rsa_bits)
{
	_cleanup_(evp_pkey_ctx_done) EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *pkey = NULL;

	if (!CHECK(ossl_pkey_ctx(oid, &ctx).code == E_OK) || !CHECK(EVP_PKEY_keygen_init(ctx) == 1))
		return NULL;
	if (group != NULL)
		CHECK(EVP_PKEY_CTX_set_group_name(ctx, group) == 1);
	if (rsa_bits != 0)
		CHECK(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int) rsa_bits) == 1);
	CHECK(EVP_PKEY_generate(ctx, &pkey) == 1);
	return pkey;
}

static EVP_PKEY *rsa_key(void)
{
	static EVP_PKEY *pkey; /* costs a quarter of a second */

	if (pkey == NULL)
		pkey = generated(OSSL_RSA, NULL, 2048);
	return pkey;
}

static void there_and_back(const EVP_PKEY *pkey, CK_KEY_TYPE type)
{
	_cleanup_(evp_pkey_done) EVP_PKEY *private_ = NULL, *public_ = NULL, *p8 = NULL,
					  *spki = NULL;
	CK_KEY_TYPE found = CKK_AES;
	ATTRS(secrets);
	ATTRS(attrs);
	BUF(der);

	CHECK_EQ(codec_pkey_type(pkey, &found), CKR_OK);
	CHECK_EQ(found, type);
	CHECK_EQ(codec_attrs_from_pkey(pkey, CKO_PRIVATE_KEY, &secrets), CKR_OK);
	CHECK_EQ(codec_pkey_from_attrs(CKO_PRIVATE_KEY, type, &secrets, NULL, &private_), CKR_OK);
	REQUIRE(private_ != NULL);
	CHECK(EVP_PKEY_eq(private_, pkey) == 1);
	CHECK_EQ(codec_check(private_, CKO_PRIVATE_KEY), CKR_OK);

	CHECK_EQ(codec_attrs_from_pkey(pkey, CKO_PUBLIC_KEY, &attrs), CKR_OK);
	CHECK(attrs_get(&attrs, CKA_VALUE) == NULL && attrs_get(&attrs, CKA_PRIME_1) == NULL);
	CHECK_EQ(codec_pkey_from_attrs(CKO_PUBLIC_KEY, type, &attrs, NULL, &public_), CKR_OK);
	REQUIRE(public_ != NULL);
	CHECK(EVP_PKEY_eq(public_, pkey) == 1);
	CHECK_EQ(codec_check(public_, CKO_PUBLIC_KEY), CKR_OK);

	CHECK_EQ(codec_pkcs8_from_pkey(private_, &der), CKR_OK);
	CHECK_EQ(codec_pkey_from_pkcs8(buf_bytes(&der), &p8), CKR_OK);
	REQUIRE(p8 != NULL);
	CHECK(EVP_PKEY_eq(p8, pkey) == 1);
	CHECK_EQ(codec_check(p8, CKO_PRIVATE_KEY), CKR_OK);
	buf_done(&der);
	CHECK_EQ(codec_spki_from_pkey(private_, &der), CKR_OK);
	CHECK_EQ(codec_pkey_from_spki(buf_bytes(&der), &spki), CKR_OK);
	REQUIRE(spki != NULL);
	CHECK(EVP_PKEY_eq(spki, pkey) == 1);
}

static void every_curve_survives(void)
{
	const struct curve *c;

	for (size_t i = 0; (c = curve_at(i)) != NULL; i++) {
		_cleanup_(evp_pkey_done) EVP_PKEY *pkey =
			generated(c->oid, c->type == CKK_EC ? c->group : NULL, 0);
		const struct curve *found = NULL;

		REQUIRE(pkey != NULL);
		CHECK_EQ(curve_of_pkey(pkey, &found), CKR_OK);
		CHECK(found == c);
		for (size_t j = 0; j < ARRAY_LEN(c->params) && c->params[j].len > 0; j++) {
			CHECK_EQ(curve_of_params(c->params[j], &found), CKR_OK);
			CHECK(found == c);
		}
		there_and_back(pkey, c->type);
	}
}

static void rsa_survives(void)
{
	REQUIRE(rsa_key() != NULL);
	there_and_back(rsa_key(), CKK_RSA);
}

/* ---- RSA ---- */

static CK_RV rsa_private(const struct attrs *attrs, EVP_PKEY **ret)
{
	return codec_pkey_from_attrs(CKO_PRIVATE_KEY, CKK_RSA, attrs, NULL, ret);
}

static void rsa_missing_parts_are_computed(void)
{
	static const CK_ATTRIBUTE_TYPE drop[][5] = {
		{CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT},
		{CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT, CKA_PRIVATE_EXPONENT},
		{CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT, CKA_PUBLIC_EXPONENT},
		{CKA_COEFFICIENT},
	};

	for (size_t i = 0; i < ARRAY_LEN(drop); i++) {
		_cleanup_(evp_pkey_done) EVP_PKEY *pkey = NULL;
		ATTRS(attrs);
		ATTRS(full);

		CHECK_EQ(codec_attrs_from_pkey(rsa_key(), CKO_PRIVATE_KEY, &full), CKR_OK);
		CHECK_EQ(codec_attrs_from_pkey(rsa_key(), CKO_PRIVATE_KEY, &attrs), CKR_OK);
		for (size_t j = 0; j < ARRAY_LEN(drop[i]); j++)
			if (drop[i][j] != 0)
				attrs_remove(&attrs, drop[i][j]);
		CHECK_EQ(rsa_private(&attrs, &pkey), CKR_OK);
		REQUIRE(pkey != NULL);
		CHECK_EQ(codec_check(pkey, CKO_PRIVATE_KEY), CKR_OK);
		CHECK(EVP_PKEY_eq(pkey, rsa_key()) == 1);
	}
}

static void rsa_without_primes_is_incomplete(void)
{
	_cleanup_(evp_pkey_done) EVP_PKEY *pkey = NULL;
	ATTRS(attrs);

	CHECK_EQ(codec_attrs_from_pkey(rsa_key(), CKO_PRIVATE_KEY, &attrs), CKR_OK);
	attrs_remove(&attrs, CKA_PRIME_1);
	CHECK_EQ(rsa_private(&attrs, &pkey), CKR_TEMPLATE_INCOMPLETE);
	CHECK(pkey == NULL);
}

/* Flips the lowest bit of one part; the answer comes from the cheap checks or from codec_check. */
static void rsa_wrong_part_is_refused(void)
{
	static const CK_ATTRIBUTE_TYPE parts[] = {CKA_MODULUS, CKA_PUBLIC_EXPONENT,
		CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2,
		CKA_COEFFICIENT};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		_cleanup_(evp_pkey_done) EVP_PKEY *pkey = NULL;
		const struct attr *a;
		ATTRS(attrs);
		CK_RV rv;

		CHECK_EQ(codec_attrs_from_pkey(rsa_key(), CKO_PRIVATE_KEY, &attrs), CKR_OK);
		a = attrs_get(&attrs, parts[i]);
		REQUIRE(a != NULL);
		a->ptr[a->len - 1] ^= 1;
		rv = rsa_private(&attrs, &pkey);
		if (rv == CKR_OK)
			rv = codec_check(pkey, CKO_PRIVATE_KEY);
		CHECK_EQ(rv, CKR_ATTRIBUTE_VALUE_INVALID);
	}
}

struct rsa_public_case {
	size_t modulus_len;
	uint8_t last; /* of the modulus */
	const char *exponent;
	size_t exponent_len;
	CK_RV rv;
};

static void rsa_public_values_are_judged(void)
{
	static const struct rsa_public_case cases[] = {
		{256, 0xff, "\x01\x00\x01", 3, CKR_OK},
		{128, 0xff, "\x03", 1, CKR_OK},
		{1024, 0xff, "\x00\x00\x03", 3, CKR_OK},
		{127, 0xff, "\x03", 1, CKR_KEY_SIZE_RANGE},
		{1025, 0xff, "\x03", 1, CKR_KEY_SIZE_RANGE},
		{60000, 0xff, "\x03", 1, CKR_KEY_SIZE_RANGE},
		{256, 0xfe, "\x03", 1, CKR_ATTRIBUTE_VALUE_INVALID},
		{256, 0xff, "\x01", 1, CKR_ATTRIBUTE_VALUE_INVALID},
		{256, 0xff, "\x04", 1, CKR_ATTRIBUTE_VALUE_INVALID},
		{256, 0xff, "\x00", 1, CKR_ATTRIBUTE_VALUE_INVALID},
		{256, 0xff, "", 0, CKR_TEMPLATE_INCOMPLETE},
		{256, 0xff, "\x01\x00\x00\x00\x00\x00\x00\x00\x01", 9, CKR_ATTRIBUTE_VALUE_INVALID},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(evp_pkey_done) EVP_PKEY *pkey = NULL;
		uint8_t *modulus = malloc(cases[i].modulus_len);
		ATTRS(attrs);

		REQUIRE(modulus != NULL);
		memset(modulus, 0xff, cases[i].modulus_len);
		modulus[cases[i].modulus_len - 1] = cases[i].last;
		CHECK_EQ(attrs_set(&attrs, CKA_MODULUS, BYTES(modulus, cases[i].modulus_len)),
			CKR_OK);
		CHECK_EQ(attrs_set(&attrs, CKA_PUBLIC_EXPONENT,
				 BYTES(cases[i].exponent, cases[i].exponent_len)),
			CKR_OK);
		free(modulus);
		CHECK_EQ(codec_pkey_from_attrs(CKO_PUBLIC_KEY, CKK_RSA, &attrs, NULL, &pkey),
			cases[i].rv);
	}
}

static void rsa_small_private_is_refused(void)
{
	_cleanup_(evp_pkey_done) EVP_PKEY *small = generated(OSSL_RSA, NULL, 1024);
	_cleanup_(evp_pkey_done) EVP_PKEY *pkey = NULL;
	ATTRS(attrs);

	CHECK_EQ(codec_attrs_from_pkey(small, CKO_PRIVATE_KEY, &attrs), CKR_OK);
	CHECK_EQ(rsa_private(&attrs, &pkey), CKR_KEY_SIZE_RANGE);
}

/* ---- curves ---- */

static CK_RV point_of(const struct curve *c, struct bytes point, EVP_PKEY **ret)
{
	ATTRS(attrs);
	CK_RV rv;

	CHECK_EQ(attrs_set(&attrs, CKA_EC_PARAMS, c->params[0]), CKR_OK);
	CHECK_EQ(attrs_set(&attrs, CKA_EC_POINT, point), CKR_OK);
	rv = codec_pkey_from_attrs(CKO_PUBLIC_KEY, c->type, &attrs, NULL, ret);
	return rv == CKR_OK ? codec_check(*ret, CKO_PUBLIC_KEY) : rv;
}

static void points_are_taken_raw_and_wrapped(void)
{
	const struct curve *c;

	for (size_t i = 0; (c = curve_at(i)) != NULL; i++) {
		_cleanup_(evp_pkey_done) EVP_PKEY *pkey =
			generated(c->oid, c->type == CKK_EC ? c->group : NULL, 0);
		_cleanup_(evp_pkey_done) EVP_PKEY *der = NULL, *raw = NULL, *bits = NULL;
		const struct attr *a;
		struct bytes inner = BYTES_NONE;
		ATTRS(attrs);
		BUF(bit_string);

		CHECK_EQ(codec_attrs_from_pkey(pkey, CKO_PUBLIC_KEY, &attrs), CKR_OK);
		a = attrs_get(&attrs, CKA_EC_POINT);
		REQUIRE(a != NULL && a->ptr[0] == 0x04);
		CHECK_EQ(point_of(c, attr_bytes(a), &der), CKR_OK);
		CHECK_EQ(curve_point(c, attr_bytes(a), &inner), CKR_OK);
		CHECK_EQ(point_of(c, inner, &raw), CKR_OK);
		CHECK(EVP_PKEY_eq(der, pkey) == 1 && EVP_PKEY_eq(raw, pkey) == 1);
		if (inner.len > 126)
			continue;
		CHECK(buf_put_u8(&bit_string, 3).code == E_OK);
		CHECK(buf_put_u8(&bit_string, (uint8_t) (inner.len + 1)).code == E_OK);
		CHECK(buf_put_u8(&bit_string, 0).code == E_OK);
		CHECK(buf_put(&bit_string, inner).code == E_OK);
		CHECK_EQ(point_of(c, buf_bytes(&bit_string), &bits), CKR_OK);
		CHECK(EVP_PKEY_eq(bits, pkey) == 1);
	}
}

static void compressed_point_is_written_whole(void)
{
	_cleanup_(evp_pkey_done) EVP_PKEY *pkey = generated(OSSL_EC, "P-256", 0);
	_cleanup_(evp_pkey_done) EVP_PKEY *again = NULL;
	uint8_t compressed[33];
	struct bytes raw = BYTES_NONE;
	ATTRS(attrs);
	ATTRS(out);

	CHECK_EQ(codec_attrs_from_pkey(pkey, CKO_PUBLIC_KEY, &attrs), CKR_OK);
	CHECK_EQ(curve_point(curve_at(0), attr_bytes(attrs_get(&attrs, CKA_EC_POINT)), &raw),
		CKR_OK);
	compressed[0] = (uint8_t) (0x02 + (raw.ptr[64] & 1));
	memcpy(compressed + 1, raw.ptr + 1, 32);
	CHECK_EQ(point_of(curve_at(0), BYTES_OF(compressed), &again), CKR_OK);
	CHECK_EQ(codec_attrs_from_pkey(again, CKO_PUBLIC_KEY, &out), CKR_OK);
	CHECK(attrs_match(&out, &attrs));
}

static void bad_points_are_refused(void)
{
	_cleanup_(evp_pkey_done) EVP_PKEY *pkey = generated(OSSL_EC, "P-256", 0);
	const struct curve *c = curve_at(0);
	uint8_t point[67], cut[67];
	struct bytes raw = BYTES_NONE;
	EVP_PKEY *none = NULL;
	ATTRS(attrs);

	CHECK_EQ(codec_attrs_from_pkey(pkey, CKO_PUBLIC_KEY, &attrs), CKR_OK);
	CHECK_EQ(curve_point(c, attr_bytes(attrs_get(&attrs, CKA_EC_POINT)), &raw), CKR_OK);
	memcpy(point, raw.ptr, raw.len);
	point[64] ^= 1; /* off the curve */
	CHECK_EQ(point_of(c, BYTES(point, 65), &none), CKR_ATTRIBUTE_VALUE_INVALID);
	point[64] ^= 1;
	for (size_t len = 1; len < 65; len++) /* 33 would be a compressed one, but for the 04 */
		CHECK_EQ(point_of(c, BYTES(point, len), &none), CKR_ATTRIBUTE_VALUE_INVALID);
	CHECK_EQ(point_of(c, BYTES("\0", 1), &none), CKR_ATTRIBUTE_VALUE_INVALID); /* infinity */
	point[0] = 0x06;                                                           /* hybrid */
	CHECK_EQ(point_of(c, BYTES(point, 65), &none), CKR_ATTRIBUTE_VALUE_INVALID);
	point[0] = 0x07;
	CHECK_EQ(point_of(c, BYTES(point, 65), &none), CKR_ATTRIBUTE_VALUE_INVALID);
	memset(point + 1, 0xff, 64); /* coordinates beyond the field */
	point[0] = 0x04;
	CHECK_EQ(point_of(c, BYTES(point, 65), &none), CKR_ATTRIBUTE_VALUE_INVALID);
	memset(cut, 0, sizeof(cut));
	memcpy(cut, "\x04\x84\xff\xff\xff\xff", 6); /* a length of 4 GiB */
	CHECK_EQ(point_of(c, BYTES(cut, 67), &none), CKR_ATTRIBUTE_VALUE_INVALID);
	memcpy(cut, "\x04\x80", 2); /* an indefinite one */
	CHECK_EQ(point_of(c, BYTES(cut, 67), &none), CKR_ATTRIBUTE_VALUE_INVALID);
	CHECK(none == NULL);
}

static CK_RV edwards_point(const char *oid, const char *hex)
{
	EVP_PKEY *pkey = NULL;
	uint8_t point[57];
	size_t len = strlen(hex) / 2;
	const struct curve *c;
	CK_RV rv;
	size_t i = 0;

	while ((c = curve_at(i++)) != NULL && strcmp(c->oid, oid) != 0)
		;
	if (!CHECK(c != NULL) || !CHECK(bytes_from_hex(hex, point, len)))
		return CKR_GENERAL_ERROR;
	rv = point_of(c, BYTES(point, len), &pkey);
	EVP_PKEY_free(pkey);
	return rv;
}

/* The points of order 1, 2, 4 and 8, one that is not on the curve, one that is not reduced; and the
 * keys of RFC 8032's first tests. */
static void edwards_points_are_judged(void)
{
	static const struct {
		const char *oid, *hex;
		CK_RV rv;
	} cases[] = {
		{OSSL_ED25519, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
			CKR_OK},
		{OSSL_ED25519, "0100000000000000000000000000000000000000000000000000000000000000",
			CKR_ATTRIBUTE_VALUE_INVALID},
		{OSSL_ED25519, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
			CKR_ATTRIBUTE_VALUE_INVALID},
		{OSSL_ED25519, "0000000000000000000000000000000000000000000000000000000000000000",
			CKR_ATTRIBUTE_VALUE_INVALID},
		{OSSL_ED25519, "0000000000000000000000000000000000000000000000000000000000000080",
			CKR_ATTRIBUTE_VALUE_INVALID},
		{OSSL_ED25519, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
			CKR_ATTRIBUTE_VALUE_INVALID},
		{OSSL_ED25519, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
			CKR_ATTRIBUTE_VALUE_INVALID},
		{OSSL_ED25519, "0200000000000000000000000000000000000000000000000000000000000000",
			CKR_ATTRIBUTE_VALUE_INVALID},
		{OSSL_ED25519, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
			CKR_ATTRIBUTE_VALUE_INVALID},
		{OSSL_ED448,
			"5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b"
			"46c7061bd6783df1e50f6cd1fa1abeafe8256180",
			CKR_OK},
		{OSSL_ED448,
			"01000000000000000000000000000000000000000000000000000000000000000000000000"
			"0000000000000000000000000000000000000000",
			CKR_ATTRIBUTE_VALUE_INVALID},
		{OSSL_ED448,
			"00000000000000000000000000000000000000000000000000000000000000000000000000"
			"0000000000000000000000000000000000000000",
			CKR_ATTRIBUTE_VALUE_INVALID},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_EQ(edwards_point(cases[i].oid, cases[i].hex), cases[i].rv);
}

static CK_RV ec_private(const char *hex, EVP_PKEY **ret)
{
	uint8_t value[80];
	ATTRS(attrs);

	CHECK(bytes_from_hex(hex, value, strlen(hex) / 2));
	CHECK_EQ(attrs_set(&attrs, CKA_EC_PARAMS, curve_at(0)->params[0]), CKR_OK);
	CHECK_EQ(attrs_set(&attrs, CKA_VALUE, BYTES(value, strlen(hex) / 2)), CKR_OK);
	return codec_pkey_from_attrs(CKO_PRIVATE_KEY, CKK_EC, &attrs, NULL, ret);
}

static void ec_private_values_are_judged(void)
{
	static const struct {
		const char *hex;
		CK_RV rv;
	} cases[] = {
		{"01", CKR_OK},
		{"000001", CKR_OK},
		{"00", CKR_ATTRIBUTE_VALUE_INVALID},
		{"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550", CKR_OK},
		{"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
			CKR_ATTRIBUTE_VALUE_INVALID},
		{"01ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550",
			CKR_ATTRIBUTE_VALUE_INVALID},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(evp_pkey_done) EVP_PKEY *pkey = NULL;

		CHECK_EQ(ec_private(cases[i].hex, &pkey), cases[i].rv);
		CHECK((pkey != NULL) == (cases[i].rv == CKR_OK));
	}
}

static void foreign_point_is_found_out(void)
{
	_cleanup_(evp_pkey_done) EVP_PKEY *one = generated(OSSL_EC, "P-256", 0);
	_cleanup_(evp_pkey_done) EVP_PKEY *other = generated(OSSL_EC, "P-256", 0);
	_cleanup_(evp_pkey_done) EVP_PKEY *mixed = NULL;
	ATTRS(attrs);
	ATTRS(theirs);

	CHECK_EQ(codec_attrs_from_pkey(one, CKO_PRIVATE_KEY, &attrs), CKR_OK);
	CHECK_EQ(codec_attrs_from_pkey(other, CKO_PUBLIC_KEY, &theirs), CKR_OK);
	CHECK_EQ(attrs_set(&attrs, CKA_EC_POINT, attr_bytes(attrs_get(&theirs, CKA_EC_POINT))),
		CKR_OK);
	CHECK_EQ(codec_pkey_from_attrs(CKO_PRIVATE_KEY, CKK_EC, &attrs, NULL, &mixed), CKR_OK);
	CHECK_EQ(codec_check(mixed, CKO_PRIVATE_KEY), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void params_are_judged(void)
{
	static const struct {
		const char *der;
		size_t len;
		CK_RV rv;
	} cases[] = {
		{"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x01", 10,
			CKR_CURVE_NOT_SUPPORTED}, /* P-192 */
		{"\x13\x04what", 6, CKR_CURVE_NOT_SUPPORTED},
		{"\x30\x03\x02\x01\x01", 5, CKR_CURVE_NOT_SUPPORTED},
		{"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01", 9, CKR_DOMAIN_PARAMS_INVALID},
		{"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x00", 11, CKR_DOMAIN_PARAMS_INVALID},
		{"\x05\x00", 2, CKR_DOMAIN_PARAMS_INVALID},
		{"P-256", 5, CKR_DOMAIN_PARAMS_INVALID},
		{"\x06", 1, CKR_DOMAIN_PARAMS_INVALID},
		{"", 0, CKR_DOMAIN_PARAMS_INVALID},
	};
	const struct curve *c = NULL;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_EQ(curve_of_params(BYTES(cases[i].der, cases[i].len), &c), cases[i].rv);
	CHECK(c == NULL);
}

static void type_and_curve_must_agree(void)
{
	_cleanup_(evp_pkey_done) EVP_PKEY *pkey = generated(OSSL_ED25519, NULL, 0);
	EVP_PKEY *none = NULL;
	ATTRS(attrs);

	CHECK_EQ(codec_attrs_from_pkey(pkey, CKO_PUBLIC_KEY, &attrs), CKR_OK);
	CHECK_EQ(codec_pkey_from_attrs(CKO_PUBLIC_KEY, CKK_EC, &attrs, NULL, &none),
		CKR_TEMPLATE_INCONSISTENT);
	CHECK_EQ(codec_pkey_from_attrs(CKO_PUBLIC_KEY, CKK_AES, &attrs, NULL, &none),
		CKR_KEY_TYPE_INCONSISTENT);
	CHECK(none == NULL);
}

/* ---- DER ---- */

static void hostile_pkcs8(const EVP_PKEY *pkey)
{
	EVP_PKEY *none = NULL;
	BUF(der);

	CHECK_EQ(codec_pkcs8_from_pkey(pkey, &der), CKR_OK);
	for (size_t len = 0; len<der.len; len += der.len> 300 ? 37 : 1)
		CHECK_EQ(
			codec_pkey_from_pkcs8(BYTES(der.ptr, len), &none), CKR_WRAPPED_KEY_INVALID);
	CHECK(buf_put_u8(&der, 0).code == E_OK);
	CHECK_EQ(codec_pkey_from_pkcs8(buf_bytes(&der), &none), CKR_WRAPPED_KEY_INVALID);
	CHECK(none == NULL);
}

static void pkcs8_cut_or_longer_is_refused(void)
{
	_cleanup_(evp_pkey_done) EVP_PKEY *ec = generated(OSSL_EC, "P-384", 0);
	_cleanup_(evp_pkey_done) EVP_PKEY *ed = generated(OSSL_ED25519, NULL, 0);

	hostile_pkcs8(ec);
	hostile_pkcs8(ed);
	hostile_pkcs8(rsa_key());
}

static void pkcs8_of_other_types_is_refused(void)
{
	_cleanup_(evp_pkey_done) EVP_PKEY *dh = generated("DH", "ffdhe2048", 0);
	EVP_PKEY *none = NULL;
	BUF(der);

	REQUIRE(dh != NULL);
	CHECK_EQ(codec_pkcs8_from_pkey(dh, &der), CKR_OK);
	CHECK_EQ(codec_pkey_from_pkcs8(buf_bytes(&der), &none), CKR_WRAPPED_KEY_INVALID);
	CHECK(none == NULL);
}

static const struct test tests[] = {
	TEST(every_curve_survives),
	TEST(rsa_survives),
	TEST(rsa_missing_parts_are_computed),
	TEST(rsa_without_primes_is_incomplete),
	TEST(rsa_wrong_part_is_refused),
	TEST(rsa_public_values_are_judged),
	TEST(rsa_small_private_is_refused),
	TEST(points_are_taken_raw_and_wrapped),
	TEST(compressed_point_is_written_whole),
	TEST(bad_points_are_refused),
	TEST(edwards_points_are_judged),
	TEST(ec_private_values_are_judged),
	TEST(foreign_point_is_found_out),
	TEST(params_are_judged),
	TEST(type_and_curve_must_agree),
	TEST(pkcs8_cut_or_longer_is_refused),
	TEST(pkcs8_of_other_types_is_refused),
};

TEST_MAIN(tests)
