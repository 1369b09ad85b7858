/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA keys as attributes: reads them, refuses what no key can be, computes what may be left out. */
#include "codec_rsa.h"

#include "rv.h"

#include <openssl/core_names.h>

enum rsa_part {
	RSA_N,
	RSA_E,
	RSA_D,
	RSA_P,
	RSA_Q,
	RSA_DP,
	RSA_DQ,
	RSA_QINV,
	RSA_PARTS,
};

static const struct {
	CK_ATTRIBUTE_TYPE type;
	const char *param;
} rsa_parts[RSA_PARTS] = {
	[RSA_N] = {CKA_MODULUS, OSSL_PKEY_PARAM_RSA_N},
	[RSA_E] = {CKA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E},
	[RSA_D] = {CKA_PRIVATE_EXPONENT, OSSL_PKEY_PARAM_RSA_D},
	[RSA_P] = {CKA_PRIME_1, OSSL_PKEY_PARAM_RSA_FACTOR1},
	[RSA_Q] = {CKA_PRIME_2, OSSL_PKEY_PARAM_RSA_FACTOR2},
	[RSA_DP] = {CKA_EXPONENT_1, OSSL_PKEY_PARAM_RSA_EXPONENT1},
	[RSA_DQ] = {CKA_EXPONENT_2, OSSL_PKEY_PARAM_RSA_EXPONENT2},
	[RSA_QINV] = {CKA_COEFFICIENT, OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
};

struct rsa {
	BIGNUM *part[RSA_PARTS]; /* NULL: not given */
	BN_CTX *ctx;
};

static void rsa_done(struct rsa *r)
{
	for (unsigned i = 0; i < RSA_PARTS; i++)
		BN_clear_free(r->part[i]);
	if (r->ctx != NULL)
		BN_CTX_end(r->ctx);
	BN_CTX_free(r->ctx);
}

static CK_RV rsa_read(CK_OBJECT_CLASS cls, const struct attrs *attrs, const struct attrs *secrets,
	struct rsa *ret)
{
	unsigned count = cls == CKO_PRIVATE_KEY ? RSA_PARTS : RSA_D;

	ret->ctx = BN_CTX_secure_new();
	if (ret->ctx == NULL)
		return CKR_HOST_MEMORY;
	BN_CTX_start(ret->ctx);
	for (unsigned i = 0; i < count; i++) {
		const struct attr *a =
			secrets != NULL ? attrs_get(secrets, rsa_parts[i].type) : NULL;
		struct bytes value =
			attr_bytes(a != NULL ? a : attrs_get(attrs, rsa_parts[i].type));

		if (value.len == 0)
			continue;
		/* Room for a leading zero byte or two, as ASN.1 writes them. */
		if (value.len > CODEC_RSA_PUBLIC_MAX / 8 + 8)
			return i == RSA_N ? CKR_KEY_SIZE_RANGE : CKR_ATTRIBUTE_VALUE_INVALID;
		ret->part[i] = BN_secure_new();
		if (ret->part[i] == NULL ||
			BN_bin2bn(value.ptr, (int) value.len, ret->part[i]) == NULL)
			return CKR_HOST_MEMORY;
		if (i >= RSA_D)
			BN_set_flags(ret->part[i], BN_FLG_CONSTTIME);
	}
	return CKR_OK;
}

static CK_RV rsa_check_modulus(CK_OBJECT_CLASS cls, const struct rsa *r)
{
	bool ours = cls == CKO_PRIVATE_KEY;
	unsigned min = ours ? CODEC_RSA_PRIVATE_MIN : CODEC_RSA_PUBLIC_MIN;
	unsigned max = ours ? CODEC_RSA_PRIVATE_MAX : CODEC_RSA_PUBLIC_MAX;
	unsigned bits;

	if (r->part[RSA_N] == NULL)
		return CKR_TEMPLATE_INCOMPLETE;
	bits = (unsigned) BN_num_bits(r->part[RSA_N]);
	if (bits < min || bits > max)
		return CKR_KEY_SIZE_RANGE;
	return BN_is_odd(r->part[RSA_N]) ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

static CK_RV rsa_check_exponent(const struct rsa *r)
{
	const BIGNUM *e = r->part[RSA_E];

	if (e == NULL)
		return CKR_TEMPLATE_INCOMPLETE;
	if (!BN_is_odd(e) || BN_is_one(e) || BN_num_bits(e) > CODEC_RSA_E_BITS_MAX)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}

static bool bn_ready(BIGNUM **bn)
{
	if (*bn == NULL)
		*bn = BN_secure_new();
	if (*bn == NULL)
		return false;
	BN_set_flags(*bn, BN_FLG_CONSTTIME);
	return true;
}

/* d or e, whichever is missing, from the other: the inverse modulo lcm(p - 1, q - 1). */
static CK_RV rsa_exponent(struct rsa *r, const BIGNUM *p1, const BIGNUM *q1)
{
	enum rsa_part missing = r->part[RSA_D] == NULL ? RSA_D : RSA_E;
	BIGNUM *gcd = BN_CTX_get(r->ctx), *lcm = BN_CTX_get(r->ctx), *phi = BN_CTX_get(r->ctx);
	const BIGNUM *other = r->part[missing == RSA_D ? RSA_E : RSA_D];

	if (other == NULL)
		return CKR_TEMPLATE_INCOMPLETE;
	if (phi == NULL || !bn_ready(&r->part[missing]))
		return CKR_HOST_MEMORY;
	BN_set_flags(lcm, BN_FLG_CONSTTIME);
	if (!BN_gcd(gcd, p1, q1, r->ctx) || !BN_mul(phi, p1, q1, r->ctx) ||
		!BN_div(lcm, NULL, phi, gcd, r->ctx) ||
		BN_mod_inverse(r->part[missing], other, lcm, r->ctx) == NULL)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}

/* Everything follows from the primes and one exponent. Parts that are given are kept: codec_check
 * finds out whether they fit. */
static CK_RV rsa_complete(struct rsa *r)
{
	BIGNUM *p = r->part[RSA_P], *q = r->part[RSA_Q];
	BIGNUM *n = BN_CTX_get(r->ctx), *p1 = BN_CTX_get(r->ctx), *q1 = BN_CTX_get(r->ctx);
	bool dp = r->part[RSA_DP] != NULL, dq = r->part[RSA_DQ] != NULL;
	bool qinv = r->part[RSA_QINV] != NULL;

	if (p == NULL || q == NULL)
		return CKR_TEMPLATE_INCOMPLETE;
	if (q1 == NULL || !BN_mul(n, p, q, r->ctx))
		return CKR_HOST_MEMORY;
	if (BN_cmp(n, r->part[RSA_N]) != 0 || BN_is_one(p) || BN_is_one(q) || BN_cmp(p, q) == 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (!BN_sub(p1, p, BN_value_one()) || !BN_sub(q1, q, BN_value_one()))
		return CKR_HOST_MEMORY;
	BN_set_flags(p1, BN_FLG_CONSTTIME);
	BN_set_flags(q1, BN_FLG_CONSTTIME);
	if (r->part[RSA_D] == NULL || r->part[RSA_E] == NULL)
		RV_TRY(rsa_exponent(r, p1, q1));
	if (!bn_ready(&r->part[RSA_DP]) || !bn_ready(&r->part[RSA_DQ]) ||
		!bn_ready(&r->part[RSA_QINV]))
		return CKR_HOST_MEMORY;
	if ((!dp && !BN_mod(r->part[RSA_DP], r->part[RSA_D], p1, r->ctx)) ||
		(!dq && !BN_mod(r->part[RSA_DQ], r->part[RSA_D], q1, r->ctx)) ||
		(!qinv && BN_mod_inverse(r->part[RSA_QINV], q, p, r->ctx) == NULL))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}

CK_RV codec_rsa_parts(CK_OBJECT_CLASS cls, const struct attrs *attrs, const struct attrs *secrets,
	struct parts *ret)
{
	_cleanup_(rsa_done) struct rsa r = {0};

	parts_oid(ret, OSSL_RSA);
	RV_TRY(rsa_read(cls, attrs, secrets, &r));
	RV_TRY(rsa_check_modulus(cls, &r));
	if (cls == CKO_PRIVATE_KEY)
		RV_TRY(rsa_complete(&r));
	RV_TRY(rsa_check_exponent(&r));
	for (unsigned i = 0; i < RSA_PARTS; i++) {
		uint8_t *number = NULL;
		BUF(value);

		if (r.part[i] == NULL)
			continue;
		RV_TRY(rv_from_err(buf_grow(&value, (size_t) BN_num_bytes(r.part[i]), &number)));
		BN_bn2bin(r.part[i], number);
		RV_TRY(rv_from_err(parts_number(ret, rsa_parts[i].param, buf_bytes(&value))));
	}
	return CKR_OK;
}

CK_RV codec_rsa_attrs(const EVP_PKEY *pkey, CK_OBJECT_CLASS cls, struct attrs *ret)
{
	unsigned count = cls == CKO_PRIVATE_KEY ? RSA_PARTS : RSA_D;

	for (unsigned i = 0; i < count; i++) {
		BUF(value);

		RV_TRY(parts_get_number(pkey, rsa_parts[i].param, 1, &value));
		RV_TRY(attrs_set(ret, rsa_parts[i].type, buf_bytes(&value)));
	}
	return CKR_OK;
}
