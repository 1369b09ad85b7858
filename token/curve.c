/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of curves and what is public about points. Knows no private values. */
#include "curve.h"

#include "rv.h"

/* clang-format off */
#define DER(text) {(const uint8_t *) (text), sizeof(text) - 1}

#define NONE {NULL, 0}

static const struct curve curves[] = {
	{"prime256v1", OSSL_EC, CKK_EC, 256, 32,
		{DER("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"), NONE, NONE}},
	{"secp384r1", OSSL_EC, CKK_EC, 384, 48, {DER("\x06\x05\x2b\x81\x04\x00\x22"), NONE, NONE}},
	{"secp521r1", OSSL_EC, CKK_EC, 521, 66, {DER("\x06\x05\x2b\x81\x04\x00\x23"), NONE, NONE}},
	{"secp224r1", OSSL_EC, CKK_EC, 224, 28, {DER("\x06\x05\x2b\x81\x04\x00\x21"), NONE, NONE}},
	{"secp256k1", OSSL_EC, CKK_EC, 256, 32, {DER("\x06\x05\x2b\x81\x04\x00\x0a"), NONE, NONE}},
	{"brainpoolP224r1", OSSL_EC, CKK_EC, 224, 28,
		{DER("\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x05"), NONE, NONE}},
	{"brainpoolP256r1", OSSL_EC, CKK_EC, 256, 32,
		{DER("\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x07"), NONE, NONE}},
	{"brainpoolP320r1", OSSL_EC, CKK_EC, 320, 40,
		{DER("\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x09"), NONE, NONE}},
	{"brainpoolP384r1", OSSL_EC, CKK_EC, 384, 48,
		{DER("\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0b"), NONE, NONE}},
	{"brainpoolP512r1", OSSL_EC, CKK_EC, 512, 64,
		{DER("\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0d"), NONE, NONE}},
	/* PKCS #11 3.0 writes the name as a PrintableString or the OID of RFC 8410; GNU's older OIDs
	 * are still about. */
	{"ED25519", OSSL_ED25519, CKK_EC_EDWARDS, 255, 32,
		{DER("\x13\x0c" "edwards25519"), DER("\x06\x03\x2b\x65\x70"),
		 DER("\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01")}},
	{"ED448", OSSL_ED448, CKK_EC_EDWARDS, 448, 57,
		{DER("\x13\x0a" "edwards448"), DER("\x06\x03\x2b\x65\x71"), NONE}},
	{"X25519", OSSL_X25519, CKK_EC_MONTGOMERY, 255, 32,
		{DER("\x13\x0a" "curve25519"), DER("\x06\x03\x2b\x65\x6e"),
		 DER("\x06\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01")}},
	{"X448", OSSL_X448, CKK_EC_MONTGOMERY, 448, 56,
		{DER("\x13\x08" "curve448"), DER("\x06\x03\x2b\x65\x6f"), NONE}},
};
/* clang-format on */

enum der_tag {
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_PRINTABLE = 0x13,
	DER_SEQUENCE = 0x30,
};

const struct curve *curve_at(size_t n)
{
	return n < ARRAY_LEN(curves) ? &curves[n] : NULL;
}

/* One element of definite, minimal length (below 64 KiB) and nothing behind it. */
static bool der_content(struct bytes der, uint8_t *ret_tag, struct bytes *ret)
{
	struct reader r = reader_of(der);
	uint16_t len16;
	uint8_t len8;

	if (reader_u8(&r, ret_tag).code != E_OK || reader_u8(&r, &len8).code != E_OK)
		return false;
	len16 = len8;
	if (len8 == 0x81) {
		if (reader_u8(&r, &len8).code != E_OK || len8 < 0x80)
			return false;
		len16 = len8;
	} else if (len8 == 0x82) {
		if (reader_u16(&r, &len16).code != E_OK || len16 < 0x100)
			return false;
	} else if (len8 >= 0x80) {
		return false;
	}
	return reader_bytes(&r, len16, ret).code == E_OK && reader_end(&r).code == E_OK;
}

CK_RV curve_of_params(struct bytes ec_params, const struct curve **ret)
{
	struct bytes content;
	uint8_t tag;

	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		for (size_t j = 0; j < ARRAY_LEN(curves[i].params); j++)
			if (curves[i].params[j].len > 0 &&
				bytes_eq(curves[i].params[j], ec_params)) {
				*ret = &curves[i];
				return CKR_OK;
			}
	if (!der_content(ec_params, &tag, &content) || content.len == 0)
		return CKR_DOMAIN_PARAMS_INVALID;
	if (tag == DER_OID || tag == DER_PRINTABLE || tag == DER_SEQUENCE)
		return CKR_CURVE_NOT_SUPPORTED;
	return CKR_DOMAIN_PARAMS_INVALID;
}

CK_RV curve_of_pkey(const EVP_PKEY *pkey, const struct curve **ret)
{
	bool ec = EVP_PKEY_is_a(pkey, OSSL_EC) == 1;
	char group[64] = "";
	size_t len = 0;

	if (ec && EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) != 1)
		return CKR_CURVE_NOT_SUPPORTED;
	for (size_t i = 0; i < ARRAY_LEN(curves); i++) {
		const struct curve *c = &curves[i];

		if (c->type == CKK_EC ? ec && strcmp(c->group, group) == 0
				      : EVP_PKEY_is_a(pkey, c->oid) == 1) {
			*ret = c;
			return CKR_OK;
		}
	}
	return ec ? CKR_CURVE_NOT_SUPPORTED : CKR_KEY_TYPE_INCONSISTENT;
}

static bool point_length_fits(const struct curve *c, struct bytes raw)
{
	if (c->type != CKK_EC)
		return raw.len == c->len;
	if (raw.len == 2 * c->len + 1)
		return raw.ptr[0] == 0x04;
	return raw.len == c->len + 1 && (raw.ptr[0] == 0x02 || raw.ptr[0] == 0x03);
}

CK_RV curve_point(const struct curve *c, struct bytes value, struct bytes *ret)
{
	struct bytes content;
	uint8_t tag;

	if (der_content(value, &tag, &content)) {
		if (tag == DER_BIT_STRING && content.len > 1 && content.ptr[0] == 0)
			content = BYTES(content.ptr + 1, content.len - 1);
		else if (tag != DER_OCTET_STRING)
			content = BYTES_NONE;
		if (content.len > 0 && point_length_fits(c, content)) {
			*ret = content;
			return CKR_OK;
		}
	}
	if (value.len == 0 || !point_length_fits(c, value))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	*ret = value;
	return CKR_OK;
}

/* The curve's equation solved for x^2 (RFC 8032 5.1.3, 5.2.3): x^2 = u / v with u = y^2 - 1 and
 * v = d y^2 - a. A point exists if that is a square, which u v then is, too. */
struct edwards {
	const char *p, *d; /* hexadecimal; d modulo p */
	bool minus;        /* a is -1, otherwise 1 */
};

static const struct edwards edwards25519 = {
	"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
	"52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3",
	true,
};

static const struct edwards edwards448 = {
	"fffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"fffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
	"ffffffffffffffffffffffffffffffffffffffffffffffffffff6756",
	false,
};

/* Points of small order have y = 0, y = 1, y = -1 or, with cofactor 8, d y^4 + 2 y^2 - 1 = 0 (the
 * double has y = 0). Their subgroup lets one signature verify for every message. */
static bool edwards_small(
	const BIGNUM *y2, const BIGNUM *u, const BIGNUM *v, const BIGNUM *p, BN_CTX *ctx, BIGNUM *t)
{
	if (BN_is_zero(y2) || BN_is_zero(u))
		return true;
	/* d y^4 + 2 y^2 - 1 = y^2 (v - 1) + 2 y^2 - 1 = y^2 v + u, where a is -1 */
	return !BN_mod_mul(t, y2, v, p, ctx) || !BN_mod_add(t, t, u, p, ctx) || BN_is_zero(t);
}

static CK_RV edwards_solve(const struct edwards *e, const BIGNUM *y, BN_CTX *ctx)
{
	BIGNUM *p = BN_CTX_get(ctx), *d = BN_CTX_get(ctx), *y2 = BN_CTX_get(ctx);
	BIGNUM *u = BN_CTX_get(ctx), *v = BN_CTX_get(ctx), *t = BN_CTX_get(ctx);
	bool done;

	if (t == NULL || !BN_hex2bn(&p, e->p) || !BN_hex2bn(&d, e->d))
		return CKR_HOST_MEMORY;
	if (BN_cmp(y, p) >= 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	done = BN_mod_sqr(y2, y, p, ctx) && BN_mod_sub(u, y2, BN_value_one(), p, ctx) &&
	       BN_mod_mul(v, d, y2, p, ctx) &&
	       (e->minus ? BN_mod_add(v, v, BN_value_one(), p, ctx)
			 : BN_mod_sub(v, v, BN_value_one(), p, ctx)) &&
	       BN_mod_mul(t, u, v, p, ctx);
	if (!done)
		return CKR_HOST_MEMORY;
	if (BN_kronecker(t, p, ctx) != 1 && !BN_is_zero(t))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return edwards_small(y2, u, v, p, ctx, t) ? CKR_ATTRIBUTE_VALUE_INVALID : CKR_OK;
}

static void bn_ctx_done(BN_CTX **ctx)
{
	if (*ctx != NULL)
		BN_CTX_end(*ctx);
	BN_CTX_free(*ctx);
}

CK_RV curve_check_edwards(const struct curve *c, struct bytes point)
{
	bool is25519 = strcmp(c->oid, OSSL_ED25519) == 0;
	_cleanup_(bn_ctx_done) BN_CTX *ctx = BN_CTX_new();
	_cleanup_(bn_done) BIGNUM *y = NULL;
	uint8_t raw[57];

	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	BN_CTX_start(ctx);
	if (c->type != CKK_EC_EDWARDS || point.len != c->len)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	memcpy(raw, point.ptr, point.len);
	raw[c->len - 1] &= 0x7f; /* the sign of x */
	y = BN_lebin2bn(raw, (int) c->len, NULL);
	if (y == NULL)
		return CKR_HOST_MEMORY;
	return edwards_solve(is25519 ? &edwards25519 : &edwards448, y, ctx);
}
