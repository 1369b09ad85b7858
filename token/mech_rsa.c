/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA: key pairs, PKCS #1 v1.5, PSS and OAEP (PKCS #11 current mechanisms, 6.1). Decryption answers
 * every malformed input with one code, whatever is wrong with it. */
#include "codec.h"
#include "mech_asym.h"
#include "rv.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#define PKCS1_OVERHEAD 11u /* bytes: the least that PKCS #1 v1.5 adds */

/* All that a context is told goes through libcrypto's functions for it, not as OSSL_PARAMs: a host
 * whose default engine is libp11's gets every context of an RSA key to be a legacy one, whatever
 * the library context, and those take no parameters (docs/decisions/0006). */
static CK_RV told(bool good)
{
	if (good)
		return CKR_OK;
	ERR_clear_error();
	return CKR_MECHANISM_PARAM_INVALID;
}

static bool tell_md(EVP_PKEY_CTX *ctx, int (*tell)(EVP_PKEY_CTX *, const EVP_MD *), enum md md)
{
	EVP_MD *fetched;

	return ossl_md(md, &fetched).code == E_OK && tell(ctx, fetched) == 1;
}

static CK_RV tell_pkcs1(struct asym_ctx *ctx)
{
	enum md md = ctx->base.row->md;

	return told(EVP_PKEY_CTX_set_rsa_padding(ctx->pkey, RSA_PKCS1_PADDING) == 1 &&
		    (md == MD_NONE || tell_md(ctx->pkey, EVP_PKEY_CTX_set_signature_md, md)));
}

/* The salt's length is taken literally: no automatic one when verifying. */
static CK_RV tell_pss(struct asym_ctx *ctx, const struct params *params)
{
	size_t em_len = (key_bits(ctx->base.key) + 6) / 8; /* RFC 8017 9.1.1: emBits is one less */

	if (ctx->base.row->md != MD_NONE && params->md != ctx->base.row->md)
		return CKR_MECHANISM_PARAM_INVALID;
	if (params->md == MD_NONE || params->mgf_md == MD_NONE || params->salt_len > em_len ||
		params->salt_len + ossl_md_len(params->md) + 2 > em_len)
		return CKR_MECHANISM_PARAM_INVALID;
	return told(EVP_PKEY_CTX_set_rsa_padding(ctx->pkey, RSA_PKCS1_PSS_PADDING) == 1 &&
		    tell_md(ctx->pkey, EVP_PKEY_CTX_set_signature_md, params->md) &&
		    tell_md(ctx->pkey, EVP_PKEY_CTX_set_rsa_mgf1_md, params->mgf_md) &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx->pkey, (int) params->salt_len) == 1);
}

/* The context takes the label. */
static bool tell_label(EVP_PKEY_CTX *ctx, struct bytes label)
{
	void *copy = OPENSSL_memdup(label.ptr, label.len);

	if (copy != NULL && EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, copy, (int) label.len) == 1)
		return true;
	OPENSSL_free(copy);
	return false;
}

static CK_RV tell_oaep(struct asym_ctx *ctx, const struct params *params)
{
	if (params->md == MD_NONE || params->mgf_md == MD_NONE ||
		2 * ossl_md_len(params->md) + 2 > ctx->len)
		return CKR_MECHANISM_PARAM_INVALID;
	ctx->params.md = params->md;
	return told(EVP_PKEY_CTX_set_rsa_padding(ctx->pkey, RSA_PKCS1_OAEP_PADDING) == 1 &&
		    tell_md(ctx->pkey, EVP_PKEY_CTX_set_rsa_oaep_md, params->md) &&
		    tell_md(ctx->pkey, EVP_PKEY_CTX_set_rsa_mgf1_md, params->mgf_md) &&
		    (params->data.len == 0 || tell_label(ctx->pkey, buf_bytes(&params->data))));
}

static CK_RV rsa_begin(struct mech_ctx *base, const struct params *params)
{
	struct asym_ctx *ctx = (struct asym_ctx *) base;

	RV_TRY(asym_begin(base, params));
	if (base->row->scheme == SCHEME_PKCS1)
		return CKR_OK; /* told once, in prepare */
	RV_TRY(asym_restart(ctx));
	return base->row->scheme == SCHEME_PSS ? tell_pss(ctx, params) : tell_oaep(ctx, params);
}

static CK_RV rsa_prepare(
	const struct mech *row, enum op_verb verb, struct key *key, struct mech_ctx **ret)
{
	struct mech_ctx *ctx = NULL;
	CK_RV rv;

	RV_TRY(asym_prepare(row, verb, key, &ctx));
	rv = row->scheme == SCHEME_PKCS1 ? tell_pkcs1((struct asym_ctx *) ctx) : CKR_OK;
	if (rv != CKR_OK)
		asym_release(ctx);
	else
		*ret = ctx;
	return rv;
}

/* The longest input of the verbs that take their input whole. */
static size_t rsa_input_max(const struct asym_ctx *ctx)
{
	const struct mech *row = ctx->base.row;

	switch (ctx->base.verb) {
	case OP_ENCRYPT:
		if (row->scheme == SCHEME_OAEP)
			return ctx->len - 2 * ossl_md_len(ctx->params.md) - 2;
		return ctx->len - PKCS1_OVERHEAD;
	case OP_DECRYPT:
	case OP_VERIFY_RECOVER:
		return SIZE_MAX; /* the length is looked at when it is all there */
	case OP_SIGN:
	case OP_SIGN_RECOVER:
	case OP_VERIFY:
	case OP_DIGEST:
	case OP_VERBS:
		break;
	}
	return row->scheme == SCHEME_PSS ? ASYM_DIGEST_MAX : ctx->len - PKCS1_OVERHEAD;
}

static size_t rsa_bound(const struct mech_ctx *base, enum mech_step step, size_t in_len)
{
	const struct asym_ctx *ctx = (const struct asym_ctx *) base;

	if (ctx->hash != NULL)
		return step == STEP_UPDATE ? 0 : ctx->len;
	return in_len > rsa_input_max(ctx) ? MECH_TOO_LONG : ctx->len;
}

static CK_RV rsa_sign(struct asym_ctx *ctx, struct bytes in, uint8_t *out, size_t *ret_len)
{
	uint8_t room[ASYM_DIGEST_MAX];
	struct bytes message = BYTES_NONE;
	size_t len = ctx->len;
	int done;

	RV_TRY(asym_message(ctx, in, room, &message));
	done = EVP_PKEY_sign(ctx->pkey, out, &len, message.ptr, message.len);
	OPENSSL_cleanse(room, sizeof(room));
	if (done != 1) {
		ERR_clear_error();
		/* What else could be wrong was checked before: a PSS digest of another length. */
		return ctx->hash == NULL ? CKR_DATA_LEN_RANGE : CKR_FUNCTION_FAILED;
	}
	*ret_len = len;
	return CKR_OK;
}

static CK_RV rsa_decrypt(struct asym_ctx *ctx, struct bytes in, uint8_t *out, size_t *ret_len)
{
	size_t len = ctx->len;

	if (in.len != ctx->len)
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	if (EVP_PKEY_decrypt(ctx->pkey, out, &len, in.ptr, in.len) != 1) {
		ERR_clear_error();
		return CKR_ENCRYPTED_DATA_INVALID;
	}
	*ret_len = len;
	return CKR_OK;
}

static CK_RV rsa_encrypt(struct asym_ctx *ctx, struct bytes in, uint8_t *out, size_t *ret_len)
{
	const uint8_t none = 0;
	size_t len = ctx->len;

	if (EVP_PKEY_encrypt(ctx->pkey, out, &len, in.len > 0 ? in.ptr : &none, in.len) != 1) {
		ERR_clear_error();
		return CKR_DATA_LEN_RANGE;
	}
	*ret_len = len;
	return CKR_OK;
}

static CK_RV rsa_recover(struct asym_ctx *ctx, struct bytes in, uint8_t *out, size_t *ret_len)
{
	size_t len = ctx->len;

	if (in.len != ctx->len)
		return CKR_SIGNATURE_LEN_RANGE;
	if (EVP_PKEY_verify_recover(ctx->pkey, out, &len, in.ptr, in.len) != 1) {
		ERR_clear_error();
		return CKR_SIGNATURE_INVALID;
	}
	*ret_len = len;
	return CKR_OK;
}

static CK_RV rsa_oneshot(struct mech_ctx *base, struct bytes in, uint8_t *out, size_t *ret_len)
{
	struct asym_ctx *ctx = (struct asym_ctx *) base;

	switch (base->verb) {
	case OP_SIGN:
	case OP_SIGN_RECOVER:
		return rsa_sign(ctx, in, out, ret_len);
	case OP_ENCRYPT:
		return rsa_encrypt(ctx, in, out, ret_len);
	case OP_DECRYPT:
		return rsa_decrypt(ctx, in, out, ret_len);
	case OP_VERIFY_RECOVER:
		return rsa_recover(ctx, in, out, ret_len);
	case OP_VERIFY:
	case OP_DIGEST:
	case OP_VERBS:
		break;
	}
	return CKR_GENERAL_ERROR;
}

static CK_RV rsa_final(struct mech_ctx *base, uint8_t *out, size_t *ret_len)
{
	return rsa_sign((struct asym_ctx *) base, BYTES_NONE, out, ret_len);
}

static CK_RV rsa_verify(struct mech_ctx *base, struct bytes in, struct bytes signature)
{
	struct asym_ctx *ctx = (struct asym_ctx *) base;
	uint8_t room[ASYM_DIGEST_MAX];
	struct bytes message = BYTES_NONE;
	const uint8_t none = 0;
	int good;

	if (signature.len != ctx->len)
		return CKR_SIGNATURE_LEN_RANGE;
	RV_TRY(asym_message(ctx, in, room, &message));
	good = EVP_PKEY_verify(ctx->pkey, signature.ptr, signature.len,
		message.len > 0 ? message.ptr : &none, message.len);
	ERR_clear_error();
	return good == 1 ? CKR_OK : CKR_SIGNATURE_INVALID;
}

/* ---- key pairs ---- */

static CK_RV pair_wishes(const struct attrs *public_, EVP_PKEY_CTX *ctx)
{
	CK_ULONG bits = attrs_ulong(public_, CKA_MODULUS_BITS, 0);
	struct bytes exponent = attr_bytes(attrs_get(public_, CKA_PUBLIC_EXPONENT));
	_cleanup_(bn_done) BIGNUM *e = BN_new();

	if (attrs_get(public_, CKA_MODULUS_BITS) == NULL)
		return CKR_TEMPLATE_INCOMPLETE;
	if (bits < CODEC_RSA_PRIVATE_MIN || bits > CODEC_RSA_PRIVATE_MAX || bits % 8 != 0)
		return CKR_KEY_SIZE_RANGE;
	if (EVP_PKEY_keygen_init(ctx) != 1 ||
		EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int) bits) != 1)
		return CKR_FUNCTION_FAILED;
	if (exponent.len == 0)
		return CKR_OK; /* 65537 */
	if (exponent.len > CODEC_RSA_PUBLIC_MAX / 8)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (e == NULL || BN_bin2bn(exponent.ptr, (int) exponent.len, e) == NULL)
		return CKR_HOST_MEMORY;
	if (!BN_is_odd(e) || BN_is_one(e) || BN_num_bits(e) > CODEC_RSA_E_BITS_MAX)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) == 1 ? CKR_OK
								: CKR_ATTRIBUTE_VALUE_INVALID;
}

static CK_RV rsa_generate_pair(const struct mech *row, const struct params *params,
	struct attrs *public_, struct attrs *private_)
{
	_cleanup_(evp_pkey_ctx_done) EVP_PKEY_CTX *ctx = NULL;
	_cleanup_(evp_pkey_done) EVP_PKEY *pkey = NULL;
	CK_RV rv;

	(void) row;
	(void) params;
	RV_TRY(rv_from_err(ossl_pkey_ctx(OSSL_RSA, &ctx)));
	rv = pair_wishes(public_, ctx);
	if (rv == CKR_OK && EVP_PKEY_generate(ctx, &pkey) != 1)
		rv = CKR_FUNCTION_FAILED;
	ERR_clear_error();
	RV_TRY(rv);
	RV_TRY(codec_attrs_from_pkey(pkey, CKO_PUBLIC_KEY, public_));
	return codec_attrs_from_pkey(pkey, CKO_PRIVATE_KEY, private_);
}

/* ---- rows ---- */

/* The caller hashed, or there is nothing to hash. */
static const struct mech_run whole_run = {
	.prepare = rsa_prepare,
	.release = asym_release,
	.begin = rsa_begin,
	.bound = rsa_bound,
	.oneshot = rsa_oneshot,
	.verify = rsa_verify,
	.collects = 1u << OP_SIGN | 1u << OP_VERIFY | 1u << OP_SIGN_RECOVER |
		    1u << OP_VERIFY_RECOVER | 1u << OP_ENCRYPT | 1u << OP_DECRYPT,
	.unpads = true,
};

static const struct mech_run hash_run = {
	.prepare = rsa_prepare,
	.release = asym_release,
	.begin = rsa_begin,
	.bound = rsa_bound,
	.update = asym_update,
	.final = rsa_final,
	.oneshot = rsa_oneshot,
	.verify = rsa_verify,
};

static const struct mech_run pair_run = {
	.makes = CKK_RSA,
	.generate_pair = rsa_generate_pair,
};

/* clang-format off */
#define SIGNS (CKF_SIGN | CKF_VERIFY)
#define CRYPTS (CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP)
#define RECOVERS (CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER)
/* Public keys of others may be smaller and larger than ours. */
#define ROW(name, ops, md, scheme, params, run) \
	{MECH(name), ops, MECH_KEY_RSA, CODEC_RSA_PUBLIC_MIN, CODEC_RSA_PUBLIC_MAX, md, scheme, params, run}
#define PKCS1(name, md) ROW(name, SIGNS, md, SCHEME_PKCS1, PARAMS_NONE, &hash_run)
#define PSS(name, md) ROW(name, SIGNS, md, SCHEME_PSS, PARAMS_PSS, &hash_run)

static const struct mech rows[] = {
	{MECH(RSA_PKCS_KEY_PAIR_GEN), CKF_GENERATE_KEY_PAIR, MECH_KEY_NONE, CODEC_RSA_PRIVATE_MIN,
		CODEC_RSA_PRIVATE_MAX, MD_NONE, SCHEME_PLAIN, PARAMS_NONE, &pair_run},
	ROW(RSA_PKCS, SIGNS | CRYPTS | RECOVERS, MD_NONE, SCHEME_PKCS1, PARAMS_NONE, &whole_run),
	PKCS1(SHA1_RSA_PKCS,         MD_SHA1),
	ROW(RSA_PKCS_OAEP, CRYPTS, MD_NONE, SCHEME_OAEP, PARAMS_OAEP, &whole_run),
	ROW(RSA_PKCS_PSS, SIGNS, MD_NONE, SCHEME_PSS, PARAMS_PSS, &whole_run),
	PSS(SHA1_RSA_PKCS_PSS,       MD_SHA1),
	PKCS1(SHA256_RSA_PKCS,       MD_SHA256),
	PKCS1(SHA384_RSA_PKCS,       MD_SHA384),
	PKCS1(SHA512_RSA_PKCS,       MD_SHA512),
	PSS(SHA256_RSA_PKCS_PSS,     MD_SHA256),
	PSS(SHA384_RSA_PKCS_PSS,     MD_SHA384),
	PSS(SHA512_RSA_PKCS_PSS,     MD_SHA512),
	PKCS1(SHA224_RSA_PKCS,       MD_SHA224),
	PSS(SHA224_RSA_PKCS_PSS,     MD_SHA224),
	PKCS1(SHA3_256_RSA_PKCS,     MD_SHA3_256),
	PKCS1(SHA3_384_RSA_PKCS,     MD_SHA3_384),
	PKCS1(SHA3_512_RSA_PKCS,     MD_SHA3_512),
	PSS(SHA3_256_RSA_PKCS_PSS,   MD_SHA3_256),
	PSS(SHA3_384_RSA_PKCS_PSS,   MD_SHA3_384),
	PSS(SHA3_512_RSA_PKCS_PSS,   MD_SHA3_512),
	PKCS1(SHA3_224_RSA_PKCS,     MD_SHA3_224),
	PSS(SHA3_224_RSA_PKCS_PSS,   MD_SHA3_224),
};
/* clang-format on */

const struct mech_rows mech_rsa_rows = {rows, ARRAY_LEN(rows)};
