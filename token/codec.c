/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes to libcrypto's keys and back, and the DER forms. Key types are asked for by OID
 * (ossl.h says why). Secret numbers go through buffers of our own that are wiped: libcrypto's
 * parameter builder would leave them in freed memory. */
#include "codec.h"

#include "codec_rsa.h"
#include "curve.h"
#include "num.h"
#include "parts.h"
#include "rv.h"

#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/x509.h>

OSSL_CLEANUP(ec_group_done, EC_GROUP, EC_GROUP_free)
OSSL_CLEANUP(ec_point_done, EC_POINT, EC_POINT_clear_free)
OSSL_CLEANUP(decoder_done, OSSL_DECODER_CTX, OSSL_DECODER_CTX_free)
OSSL_CLEANUP(encoder_done, OSSL_ENCODER_CTX, OSSL_ENCODER_CTX_free)

static struct bytes value_of(
	const struct attrs *attrs, const struct attrs *secrets, CK_ATTRIBUTE_TYPE type)
{
	const struct attr *a = secrets != NULL ? attrs_get(secrets, type) : NULL;

	return attr_bytes(a != NULL ? a : attrs_get(attrs, type));
}

/* ---- elliptic curves ---- */

static CK_RV ec_group(const struct curve *c, EC_GROUP **ret)
{
	PARTS(parts);
	OSSL_LIB_CTX *ctx = NULL;

	RV_TRY(rv_from_err(ossl_libctx(&ctx)));
	RV_TRY(rv_from_err(parts_utf8(&parts, OSSL_PKEY_PARAM_GROUP_NAME, c->group)));
	*ret = EC_GROUP_new_from_params(parts_params(&parts), ctx, "provider=default");
	return *ret == NULL ? CKR_CURVE_NOT_SUPPORTED : CKR_OK;
}

/* The private value's point; the value must be at least 1 and less than the order. */
static CK_RV ec_public_of(const struct curve *c, struct bytes value, struct buf *ret)
{
	_cleanup_(ec_group_done) EC_GROUP *group = NULL;
	_cleanup_(ec_point_done) EC_POINT *point = NULL;
	_cleanup_(bn_done) BIGNUM *d = BN_secure_new();
	uint8_t *out = NULL;

	RV_TRY(ec_group(c, &group));
	point = EC_POINT_new(group);
	if (point == NULL || d == NULL || BN_bin2bn(value.ptr, (int) value.len, d) == NULL)
		return CKR_HOST_MEMORY;
	BN_set_flags(d, BN_FLG_CONSTTIME);
	if (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(group)) >= 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	RV_TRY(rv_from_err(buf_grow(ret, 2 * c->len + 1, &out)));
	if (EC_POINT_mul(group, point, d, NULL, NULL, NULL) != 1 ||
		EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, out, ret->len,
			NULL) != ret->len)
		return CKR_FUNCTION_FAILED;
	return CKR_OK;
}

/* Big endian, padded to the length of the order, as libcrypto's and the DER form have it. */
static CK_RV ec_value(const struct curve *c, struct bytes value, struct buf *ret)
{
	uint8_t *out = NULL;

	while (value.len > 0 && value.ptr[0] == 0)
		value = BYTES(value.ptr + 1, value.len - 1);
	if (value.len == 0 || value.len > c->len)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	RV_TRY(rv_from_err(buf_grow(ret, c->len, &out)));
	memset(out, 0, c->len);
	memcpy(out + c->len - value.len, value.ptr, value.len);
	return CKR_OK;
}

static CK_RV ec_parts(
	const struct curve *c, struct bytes point, struct bytes value, struct parts *parts)
{
	BUF(computed);
	BUF(padded);

	RV_TRY(rv_from_err(parts_utf8(parts, OSSL_PKEY_PARAM_GROUP_NAME, c->group)));
	if (value.len > 0) {
		RV_TRY(ec_value(c, value, &padded));
		RV_TRY(rv_from_err(
			parts_number(parts, OSSL_PKEY_PARAM_PRIV_KEY, buf_bytes(&padded))));
		if (point.len == 0) {
			RV_TRY(ec_public_of(c, buf_bytes(&padded), &computed));
			point = buf_bytes(&computed);
		}
	}
	return rv_from_err(parts_octets(parts, OSSL_PKEY_PARAM_PUB_KEY, point));
}

/* Edwards and Montgomery: a private value alone is enough, libcrypto computes the point. */
static CK_RV raw_parts(
	const struct curve *c, struct bytes point, struct bytes value, struct parts *parts)
{
	if (value.len > 0) {
		if (value.len != c->len)
			return CKR_ATTRIBUTE_VALUE_INVALID;
		return rv_from_err(parts_octets(parts, OSSL_PKEY_PARAM_PRIV_KEY, value));
	}
	return rv_from_err(parts_octets(parts, OSSL_PKEY_PARAM_PUB_KEY, point));
}

static CK_RV curve_parts(CK_OBJECT_CLASS cls, CK_KEY_TYPE key_type, const struct attrs *attrs,
	const struct attrs *secrets, struct parts *ret)
{
	struct bytes ec_params = value_of(attrs, secrets, CKA_EC_PARAMS);
	struct bytes value = BYTES_NONE, point = value_of(attrs, secrets, CKA_EC_POINT);
	const struct curve *c = NULL;

	if (cls == CKO_PRIVATE_KEY)
		value = value_of(attrs, secrets, CKA_VALUE);
	if (ec_params.len == 0 || (cls == CKO_PRIVATE_KEY ? value.len : point.len) == 0)
		return CKR_TEMPLATE_INCOMPLETE;
	RV_TRY(curve_of_params(ec_params, &c));
	if (c->type != key_type)
		return CKR_TEMPLATE_INCONSISTENT;
	if (point.len > 0)
		RV_TRY(curve_point(c, point, &point));
	parts_oid(ret, c->oid);
	return c->type == CKK_EC ? ec_parts(c, point, value, ret) : raw_parts(c, point, value, ret);
}

/* ---- attributes to keys ---- */

CK_RV codec_pkey_from_attrs(CK_OBJECT_CLASS cls, CK_KEY_TYPE key_type, const struct attrs *attrs,
	const struct attrs *secrets, EVP_PKEY **ret)
{
	_cleanup_(evp_pkey_ctx_done) EVP_PKEY_CTX *ctx = NULL;
	int selection = cls == CKO_PRIVATE_KEY ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
	PARTS(parts);

	if (cls != CKO_PRIVATE_KEY && cls != CKO_PUBLIC_KEY)
		return CKR_KEY_TYPE_INCONSISTENT;
	switch (key_type) {
	case CKK_RSA:
		RV_TRY(codec_rsa_parts(cls, attrs, secrets, &parts));
		break;
	case CKK_EC:
	case CKK_EC_EDWARDS:
	case CKK_EC_MONTGOMERY:
		RV_TRY(curve_parts(cls, key_type, attrs, secrets, &parts));
		break;
	default:
		return CKR_KEY_TYPE_INCONSISTENT;
	}
	RV_TRY(rv_from_err(ossl_pkey_ctx(parts.oid, &ctx)));
	if (EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, ret, selection, parts_params(&parts)) != 1) {
		ERR_clear_error();
		*ret = NULL;
		return CKR_ATTRIBUTE_VALUE_INVALID;
	}
	return CKR_OK;
}

static CK_RV check_edwards(const EVP_PKEY *pkey)
{
	const struct curve *c = NULL;
	uint8_t point[57];
	size_t len = 0;

	RV_TRY(curve_of_pkey(pkey, &c));
	if (c->type != CKK_EC_EDWARDS)
		return CKR_OK;
	if (EVP_PKEY_get_octet_string_param(
		    pkey, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &len) != 1)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return curve_check_edwards(c, BYTES(point, len));
}

CK_RV codec_check(const EVP_PKEY *pkey, CK_OBJECT_CLASS cls)
{
	_cleanup_(evp_pkey_ctx_done) EVP_PKEY_CTX *ctx = NULL;
	CK_KEY_TYPE type = CKK_RSA;
	OSSL_LIB_CTX *libctx = NULL;
	/* libcrypto counts a reference in it and changes nothing else. */
	union {
		const EVP_PKEY *in;
		EVP_PKEY *out;
	} key = {.in = pkey};
	int good;

	RV_TRY(codec_pkey_type(pkey, &type));
	if (type == CKK_RSA && cls == CKO_PUBLIC_KEY)
		return CKR_OK; /* there is nothing but what codec_pkey_from_attrs looked at */
	if (type != CKK_RSA && type != CKK_EC && cls == CKO_PUBLIC_KEY)
		return check_edwards(pkey);
	RV_TRY(rv_from_err(ossl_libctx(&libctx)));
	ctx = EVP_PKEY_CTX_new_from_pkey(libctx, key.out, "provider=default");
	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	good = cls == CKO_PUBLIC_KEY ? EVP_PKEY_public_check(ctx) : EVP_PKEY_pairwise_check(ctx);
	ERR_clear_error();
	return good == 1 ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

/* ---- keys to attributes ---- */

CK_RV codec_pkey_type(const EVP_PKEY *pkey, CK_KEY_TYPE *ret)
{
	const struct curve *c = NULL;

	if (EVP_PKEY_is_a(pkey, OSSL_RSA) == 1) {
		*ret = CKK_RSA;
		return CKR_OK;
	}
	RV_TRY(curve_of_pkey(pkey, &c));
	*ret = c->type;
	return CKR_OK;
}

static CK_RV put_point(const struct curve *c, const EVP_PKEY *pkey, struct attrs *ret)
{
	uint8_t raw[CURVE_POINT_MAX];
	size_t len = 0;
	BUF(der);

	if (EVP_PKEY_get_octet_string_param(
		    pkey, OSSL_PKEY_PARAM_PUB_KEY, raw, sizeof(raw), &len) != 1 ||
		len != (c->type == CKK_EC ? 2 * c->len + 1 : c->len))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	RV_TRY(rv_from_err(buf_put_u8(&der, 0x04)));
	if (len >= 0x80)
		RV_TRY(rv_from_err(buf_put_u8(&der, 0x81)));
	RV_TRY(rv_from_err(buf_put_u8(&der, (uint8_t) len)));
	RV_TRY(rv_from_err(buf_put(&der, BYTES(raw, len))));
	return attrs_set(ret, CKA_EC_POINT, buf_bytes(&der));
}

static CK_RV put_value(const struct curve *c, const EVP_PKEY *pkey, struct attrs *ret)
{
	uint8_t *out = NULL;
	size_t len = 0;
	BUF(value);

	if (c->type == CKK_EC) {
		RV_TRY(parts_get_number(pkey, OSSL_PKEY_PARAM_PRIV_KEY, c->len, &value));
		return attrs_set(ret, CKA_VALUE, buf_bytes(&value));
	}
	RV_TRY(rv_from_err(buf_grow(&value, c->len, &out)));
	if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, out, c->len, &len) !=
			1 ||
		len != c->len)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return attrs_set(ret, CKA_VALUE, buf_bytes(&value));
}

CK_RV codec_attrs_from_pkey(const EVP_PKEY *pkey, CK_OBJECT_CLASS cls, struct attrs *ret)
{
	const struct curve *c = NULL;

	if (EVP_PKEY_is_a(pkey, OSSL_RSA) == 1)
		return codec_rsa_attrs(pkey, cls, ret);
	RV_TRY(curve_of_pkey(pkey, &c));
	RV_TRY(attrs_set(ret, CKA_EC_PARAMS, c->params[0]));
	RV_TRY(put_point(c, pkey, ret));
	return cls == CKO_PRIVATE_KEY ? put_value(c, pkey, ret) : CKR_OK;
}

/* ---- DER ---- */

static CK_RV encode(const EVP_PKEY *pkey, int selection, const char *structure, struct buf *ret)
{
	_cleanup_(encoder_done) OSSL_ENCODER_CTX *ctx = OSSL_ENCODER_CTX_new_for_pkey(
		pkey, selection, "DER", structure, "provider=default");
	unsigned char *der = NULL;
	size_t len = 0;
	CK_RV rv;

	if (ctx == NULL || OSSL_ENCODER_to_data(ctx, &der, &len) != 1) {
		ERR_clear_error();
		return CKR_FUNCTION_FAILED;
	}
	rv = rv_from_err(buf_put(ret, BYTES(der, len)));
	OPENSSL_clear_free(der, len);
	return rv;
}

CK_RV codec_pkcs8_from_pkey(const EVP_PKEY *pkey, struct buf *ret)
{
	return encode(pkey, EVP_PKEY_KEYPAIR, "PrivateKeyInfo", ret);
}

CK_RV codec_spki_from_pkey(const EVP_PKEY *pkey, struct buf *ret)
{
	return encode(pkey, EVP_PKEY_PUBLIC_KEY, "SubjectPublicKeyInfo", ret);
}

static CK_RV decode(
	struct bytes der, int selection, const char *structure, CK_RV bad, EVP_PKEY **ret)
{
	_cleanup_(decoder_done) OSSL_DECODER_CTX *ctx = NULL;
	_cleanup_(evp_pkey_done) EVP_PKEY *pkey = NULL;
	const unsigned char *ptr = der.ptr;
	OSSL_LIB_CTX *libctx = NULL;
	CK_KEY_TYPE type = CKK_RSA;
	size_t left = der.len;
	int done;

	RV_TRY(rv_from_err(ossl_libctx(&libctx)));
	ctx = OSSL_DECODER_CTX_new_for_pkey(
		&pkey, "DER", structure, NULL, selection, libctx, "provider=default");
	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	done = der.len > 0 && OSSL_DECODER_from_data(ctx, &ptr, &left) == 1;
	ERR_clear_error();
	if (!done || left != 0 || codec_pkey_type(pkey, &type) != CKR_OK)
		return bad;
	*ret = TAKE(pkey);
	return CKR_OK;
}

CK_RV codec_pkey_from_pkcs8(struct bytes der, EVP_PKEY **ret)
{
	return decode(der, EVP_PKEY_KEYPAIR, "PrivateKeyInfo", CKR_WRAPPED_KEY_INVALID, ret);
}

CK_RV codec_pkey_from_spki(struct bytes der, EVP_PKEY **ret)
{
	return decode(
		der, EVP_PKEY_PUBLIC_KEY, "SubjectPublicKeyInfo", CKR_ATTRIBUTE_VALUE_INVALID, ret);
}
