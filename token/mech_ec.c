/* SPDX-License-Identifier: BSD-2-Clause */
/* EC: key pairs, ECDSA, and the agreement ECDH1, which serves Montgomery curves as well (PKCS #11
 * current mechanisms, 6.3). Signatures are r and s, each as long as the order. */
#include "codec.h"
#include "curve.h"
#include "mech_asym.h"
#include "rv.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#define SIGNATURE_DER_MAX (2 * (CURVE_FIELD_MAX + 3) + 3)

OSSL_CLEANUP(ecdsa_sig_done, ECDSA_SIG, ECDSA_SIG_free)

/* ---- ECDSA ---- */

/* A digest of any length: the leftmost bits count, as many as the order has, and libcrypto cuts
 * them. */
static size_t ec_bound(const struct mech_ctx *base, enum mech_step step, size_t in_len)
{
	const struct asym_ctx *ctx = (const struct asym_ctx *) base;

	if (ctx->hash != NULL)
		return step == STEP_UPDATE ? 0 : 2 * ctx->len;
	(void) in_len;
	return 2 * ctx->len;
}

static CK_RV ec_message(struct asym_ctx *ctx, struct bytes in, uint8_t room[static ASYM_DIGEST_MAX],
	struct bytes *ret)
{
	RV_TRY(asym_message(ctx, in, room, ret));
	if (ret->len == 0)
		return CKR_DATA_LEN_RANGE;
	if (ret->len > CURVE_FIELD_MAX)
		ret->len = CURVE_FIELD_MAX;
	return CKR_OK;
}

static CK_RV ec_sign(struct mech_ctx *base, struct bytes in, uint8_t *out, size_t *ret_len)
{
	struct asym_ctx *ctx = (struct asym_ctx *) base;
	_cleanup_(ecdsa_sig_done) ECDSA_SIG *sig = NULL;
	uint8_t room[ASYM_DIGEST_MAX], der[SIGNATURE_DER_MAX];
	const unsigned char *ptr = der;
	struct bytes message = BYTES_NONE;
	size_t len = sizeof(der);

	RV_TRY(ec_message(ctx, in, room, &message));
	if (EVP_PKEY_sign(ctx->pkey, der, &len, message.ptr, message.len) != 1) {
		ERR_clear_error();
		return CKR_FUNCTION_FAILED;
	}
	sig = d2i_ECDSA_SIG(NULL, &ptr, (long) len);
	if (sig == NULL)
		return CKR_HOST_MEMORY;
	if (BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, (int) ctx->len) < 0 ||
		BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + ctx->len, (int) ctx->len) < 0)
		return CKR_FUNCTION_FAILED;
	*ret_len = 2 * ctx->len;
	return CKR_OK;
}

static CK_RV ec_final(struct mech_ctx *base, uint8_t *out, size_t *ret_len)
{
	return ec_sign(base, BYTES_NONE, out, ret_len);
}

static CK_RV signature_der(
	struct bytes signature, uint8_t der[static SIGNATURE_DER_MAX], size_t *ret_len)
{
	_cleanup_(ecdsa_sig_done) ECDSA_SIG *sig = ECDSA_SIG_new();
	int half = (int) (signature.len / 2), len;
	unsigned char *ptr = der;
	BIGNUM *r = BN_bin2bn(signature.ptr, half, NULL);
	BIGNUM *s = BN_bin2bn(signature.ptr + half, half, NULL);

	if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return CKR_HOST_MEMORY;
	}
	len = i2d_ECDSA_SIG(sig, NULL);
	if (len <= 0 || (size_t) len > SIGNATURE_DER_MAX || i2d_ECDSA_SIG(sig, &ptr) != len)
		return CKR_FUNCTION_FAILED;
	*ret_len = (size_t) len;
	return CKR_OK;
}

static CK_RV ec_verify(struct mech_ctx *base, struct bytes in, struct bytes signature)
{
	struct asym_ctx *ctx = (struct asym_ctx *) base;
	uint8_t room[ASYM_DIGEST_MAX], der[SIGNATURE_DER_MAX];
	struct bytes message = BYTES_NONE;
	size_t len = 0;
	int good;

	if (signature.len != 2 * ctx->len)
		return CKR_SIGNATURE_LEN_RANGE;
	RV_TRY(ec_message(ctx, in, room, &message));
	RV_TRY(signature_der(signature, der, &len));
	good = EVP_PKEY_verify(ctx->pkey, der, len, message.ptr, message.len);
	ERR_clear_error();
	return good == 1 ? CKR_OK : CKR_SIGNATURE_INVALID;
}

/* ---- key pairs ---- */

static CK_RV ec_generate_pair(const struct mech *row, const struct params *params,
	struct attrs *public_, struct attrs *private_)
{
	(void) row;
	(void) params;
	return asym_generate_curve(CKK_EC, public_, private_);
}

/* ---- ECDH1 ---- */

/* The other's key on our curve. That the point is on it is checked where it is decoded; the
 * cofactors are 1, so there is no small subgroup. */
static CK_RV ecdh_peer(const EVP_PKEY *ours, struct bytes point, EVP_PKEY **ret)
{
	const struct curve *c = NULL;
	ATTRS(attrs);
	CK_RV rv;

	RV_TRY(curve_of_pkey(ours, &c));
	RV_TRY(attrs_set(&attrs, CKA_EC_PARAMS, c->params[0]));
	RV_TRY(attrs_set(&attrs, CKA_EC_POINT, point));
	rv = codec_pkey_from_attrs(CKO_PUBLIC_KEY, c->type, &attrs, NULL, ret);
	return rv == CKR_OK || rv == CKR_HOST_MEMORY ? rv : CKR_MECHANISM_PARAM_INVALID;
}

static CK_RV ecdh_secret(EVP_PKEY *ours, EVP_PKEY *theirs, struct buf *ret)
{
	_cleanup_(evp_pkey_ctx_done) EVP_PKEY_CTX *ctx = NULL;
	OSSL_LIB_CTX *libctx = NULL;
	uint8_t *out = NULL;
	size_t len = 0;
	int done;

	RV_TRY(rv_from_err(ossl_libctx(&libctx)));
	ctx = EVP_PKEY_CTX_new_from_pkey(libctx, ours, "provider=default");
	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	done = EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer_ex(ctx, theirs, 0) == 1 &&
	       EVP_PKEY_derive(ctx, NULL, &len) == 1;
	if (done) {
		RV_TRY(rv_from_err(buf_grow(ret, len, &out)));
		/* fails where the secret is zero: a point of small order of a Montgomery curve */
		done = EVP_PKEY_derive(ctx, out, &len) == 1 && len == ret->len;
	}
	ERR_clear_error();
	return done ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

static OSSL_PARAM octets(const char *name, struct buf *value, uint8_t *none)
{
	return OSSL_PARAM_construct_octet_string(
		name, value->len > 0 ? value->ptr : none, value->len);
}

/* The KDF of ANSI X9.63 (SEC 1, 3.6.1). */
static CK_RV ecdh_kdf(const struct params *params, struct buf *secret, size_t len, struct buf *ret)
{
	_cleanup_(evp_kdf_ctx_done) EVP_KDF_CTX *ctx = NULL;
	struct buf info = params->data; /* borrowed */
	EVP_KDF *kdf = NULL;
	uint8_t none = 0, *out = NULL;
	char digest[16] = "";
	OSSL_PARAM list[4];

	RV_TRY(rv_from_err(ossl_kdf("X963KDF", &kdf)));
	ctx = EVP_KDF_CTX_new(kdf);
	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	RV_TRY(rv_from_err(buf_grow(ret, len, &out)));
	strncpy(digest, ossl_md_name(params->md), sizeof(digest) - 1);
	list[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	list[1] = octets(OSSL_KDF_PARAM_KEY, secret, &none);
	list[2] = octets(OSSL_KDF_PARAM_INFO, &info, &none);
	list[3] = OSSL_PARAM_construct_end();
	if (EVP_KDF_derive(ctx, out, len, list) != 1) {
		ERR_clear_error();
		return CKR_FUNCTION_FAILED;
	}
	return CKR_OK;
}

/* Without a KDF the secret loses bytes at its leading end until it is as long as asked for. */
static CK_RV ecdh_derive(
	const struct mech *row, const struct params *params, struct key *base, struct attrs *attrs)
{
	CK_ULONG len = attrs_ulong(attrs, CKA_VALUE_LEN, 0);
	_cleanup_(evp_pkey_done) EVP_PKEY *theirs = NULL;
	BUF(secret);
	BUF(value);

	(void) row;
	RV_TRY(ecdh_peer(key_pkey(base), buf_bytes(&params->point), &theirs));
	RV_TRY(ecdh_secret(key_pkey(base), theirs, &secret));
	if (params->md == MD_NONE) {
		if (len == 0)
			len = secret.len;
		if (len > secret.len)
			return CKR_KEY_SIZE_RANGE;
		return attrs_set(attrs, CKA_VALUE, BYTES(secret.ptr + secret.len - len, len));
	}
	if (len == 0)
		return CKR_TEMPLATE_INCOMPLETE;
	if (len > ATTR_VALUE_MAX)
		return CKR_KEY_SIZE_RANGE;
	RV_TRY(ecdh_kdf(params, &secret, len, &value));
	return attrs_set(attrs, CKA_VALUE, buf_bytes(&value));
}

/* ---- rows ---- */

static const struct mech_run whole_run = {
	.prepare = asym_prepare,
	.release = asym_release,
	.begin = asym_begin,
	.bound = ec_bound,
	.oneshot = ec_sign,
	.verify = ec_verify,
	.collects = 1u << OP_SIGN | 1u << OP_VERIFY,
};

static const struct mech_run hash_run = {
	.prepare = asym_prepare,
	.release = asym_release,
	.begin = asym_begin,
	.bound = ec_bound,
	.update = asym_update,
	.final = ec_final,
	.oneshot = ec_sign,
	.verify = ec_verify,
};

static const struct mech_run pair_run = {
	.makes = CKK_EC,
	.generate_pair = ec_generate_pair,
};

static const struct mech_run ecdh_run = {
	.one_way = true,
	.derive = ecdh_derive,
};

/* clang-format off */
#define EC_KIND (CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS | CKF_EC_COMPRESS)
#define ECDSA(name, md, run) \
	{MECH(name), CKF_SIGN | CKF_VERIFY | EC_KIND, MECH_KEY_EC, 224, 521, md, SCHEME_PLAIN, PARAMS_NONE, run}
#define ECDH(name) \
	{MECH(name), CKF_DERIVE | EC_KIND, MECH_KEY_EC | MECH_KEY_MONTGOMERY, 224, 521, MD_NONE, \
		SCHEME_PLAIN, PARAMS_ECDH1, &ecdh_run}

static const struct mech rows[] = {
	{MECH(EC_KEY_PAIR_GEN), CKF_GENERATE_KEY_PAIR | EC_KIND, MECH_KEY_NONE, 224, 521, MD_NONE,
		SCHEME_PLAIN, PARAMS_NONE, &pair_run},
	ECDSA(ECDSA,          MD_NONE,     &whole_run),
	ECDSA(ECDSA_SHA1,     MD_SHA1,     &hash_run),
	ECDSA(ECDSA_SHA224,   MD_SHA224,   &hash_run),
	ECDSA(ECDSA_SHA256,   MD_SHA256,   &hash_run),
	ECDSA(ECDSA_SHA384,   MD_SHA384,   &hash_run),
	ECDSA(ECDSA_SHA512,   MD_SHA512,   &hash_run),
	ECDSA(ECDSA_SHA3_224, MD_SHA3_224, &hash_run),
	ECDSA(ECDSA_SHA3_256, MD_SHA3_256, &hash_run),
	ECDSA(ECDSA_SHA3_384, MD_SHA3_384, &hash_run),
	ECDSA(ECDSA_SHA3_512, MD_SHA3_512, &hash_run),
	ECDH(ECDH1_DERIVE),
	ECDH(ECDH1_COFACTOR_DERIVE),
};
/* clang-format on */

const struct mech_rows mech_ec_rows = {rows, ARRAY_LEN(rows)};
