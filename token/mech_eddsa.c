/* SPDX-License-Identifier: BSD-2-Clause */
/* Edwards curves: key pairs and EdDSA (PKCS #11 current mechanisms, 6.3.15), and Montgomery
 * curves' key pairs. EdDSA reads its message twice, so it is gathered. */
#include "curve.h"
#include "mech_asym.h"
#include "rv.h"

#include <openssl/err.h>
#include <stdlib.h>

#define CONTEXT_MAX 255u /* bytes; RFC 8032 */

/* Since libcrypto 3.2; told as text because older headers do not know them. */
#define PARAM_INSTANCE "instance"
#define PARAM_CONTEXT  "context-string"

struct eddsa_ctx {
	struct mech_ctx base;
	EVP_MD_CTX *evp;
	size_t len; /* bytes: of a signature */
};

static void eddsa_release(struct mech_ctx *base)
{
	struct eddsa_ctx *ctx = (struct eddsa_ctx *) base;

	EVP_MD_CTX_free(ctx->evp);
	free(ctx);
}

static CK_RV eddsa_prepare(
	const struct mech *row, enum op_verb verb, struct key *key, struct mech_ctx **ret)
{
	const struct curve *c = NULL;
	struct eddsa_ctx *ctx;

	if (key_pkey(key) == NULL)
		return CKR_KEY_TYPE_INCONSISTENT;
	RV_TRY(curve_of_pkey(key_pkey(key), &c));
	ctx = calloc(1, sizeof(*ctx));
	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	ctx->base.row = row;
	ctx->base.verb = verb;
	ctx->base.key = key;
	ctx->len = 2 * c->len;
	ctx->evp = EVP_MD_CTX_new();
	if (ctx->evp == NULL) {
		eddsa_release(&ctx->base);
		return CKR_HOST_MEMORY;
	}
	*ret = &ctx->base;
	return CKR_OK;
}

/* The instance of RFC 8032 that the parameters ask for; NULL is the curve's plain one. */
static const char *eddsa_instance(const struct eddsa_ctx *ctx, const struct params *params)
{
	bool is25519 = ctx->len == 64;

	if (params->prehash)
		return is25519 ? "Ed25519ph" : "Ed448ph";
	if (params->given && params->data.len > 0)
		return is25519 ? "Ed25519ctx" : "Ed448";
	return NULL;
}

/* A libcrypto that does not know a parameter ignores it, and would sign something else. */
static CK_RV eddsa_tell(EVP_PKEY_CTX *pctx, const char *instance, const struct params *params)
{
	const OSSL_PARAM *known = EVP_PKEY_CTX_settable_params(pctx);
	uint8_t context[CONTEXT_MAX + 1] = {0};
	char name[16] = "";
	OSSL_PARAM list[3];

	if (known == NULL || OSSL_PARAM_locate_const(known, PARAM_INSTANCE) == NULL ||
		OSSL_PARAM_locate_const(known, PARAM_CONTEXT) == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	strncpy(name, instance, sizeof(name) - 1);
	if (params->data.len > 0)
		memcpy(context, params->data.ptr, params->data.len);
	list[0] = OSSL_PARAM_construct_utf8_string(PARAM_INSTANCE, name, 0);
	list[1] = OSSL_PARAM_construct_octet_string(PARAM_CONTEXT, context, params->data.len);
	list[2] = OSSL_PARAM_construct_end();
	return EVP_PKEY_CTX_set_params(pctx, list) == 1 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

static CK_RV eddsa_begin(struct mech_ctx *base, const struct params *params)
{
	struct eddsa_ctx *ctx = (struct eddsa_ctx *) base;
	const char *instance = eddsa_instance(ctx, params);
	EVP_PKEY_CTX *pctx = NULL;
	OSSL_LIB_CTX *libctx = NULL;
	CK_RV rv = CKR_OK;
	int done;

	if (params->data.len > CONTEXT_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	RV_TRY(rv_from_err(ossl_libctx(&libctx)));
	if (base->verb == OP_SIGN)
		done = EVP_DigestSignInit_ex(ctx->evp, &pctx, NULL, libctx, "provider=default",
			key_pkey(base->key), NULL);
	else
		done = EVP_DigestVerifyInit_ex(ctx->evp, &pctx, NULL, libctx, "provider=default",
			key_pkey(base->key), NULL);
	if (done != 1)
		rv = CKR_FUNCTION_FAILED;
	else if (instance != NULL)
		rv = eddsa_tell(pctx, instance, params);
	ERR_clear_error();
	return rv;
}

static size_t eddsa_bound(const struct mech_ctx *base, enum mech_step step, size_t in_len)
{
	(void) step;
	(void) in_len;
	return ((const struct eddsa_ctx *) base)->len;
}

static CK_RV eddsa_oneshot(struct mech_ctx *base, struct bytes in, uint8_t *out, size_t *ret_len)
{
	struct eddsa_ctx *ctx = (struct eddsa_ctx *) base;
	const uint8_t none = 0;
	size_t len = ctx->len;

	if (EVP_DigestSign(ctx->evp, out, &len, in.len > 0 ? in.ptr : &none, in.len) != 1) {
		ERR_clear_error();
		return CKR_FUNCTION_FAILED;
	}
	*ret_len = len;
	return CKR_OK;
}

static CK_RV eddsa_verify(struct mech_ctx *base, struct bytes in, struct bytes signature)
{
	struct eddsa_ctx *ctx = (struct eddsa_ctx *) base;
	const uint8_t none = 0;
	int good;

	if (signature.len != ctx->len)
		return CKR_SIGNATURE_LEN_RANGE;
	good = EVP_DigestVerify(
		ctx->evp, signature.ptr, signature.len, in.len > 0 ? in.ptr : &none, in.len);
	ERR_clear_error();
	return good == 1 ? CKR_OK : CKR_SIGNATURE_INVALID;
}

static CK_RV edwards_generate(const struct mech *row, const struct params *params,
	struct attrs *public_, struct attrs *private_)
{
	(void) row;
	(void) params;
	return asym_generate_curve(CKK_EC_EDWARDS, public_, private_);
}

static CK_RV montgomery_generate(const struct mech *row, const struct params *params,
	struct attrs *public_, struct attrs *private_)
{
	(void) row;
	(void) params;
	return asym_generate_curve(CKK_EC_MONTGOMERY, public_, private_);
}

static const struct mech_run eddsa_run = {
	.prepare = eddsa_prepare,
	.release = eddsa_release,
	.begin = eddsa_begin,
	.bound = eddsa_bound,
	.oneshot = eddsa_oneshot,
	.verify = eddsa_verify,
	.collects = 1u << OP_SIGN | 1u << OP_VERIFY,
};

static const struct mech_run edwards_run = {
	.makes = CKK_EC_EDWARDS,
	.generate_pair = edwards_generate,
};

static const struct mech_run montgomery_run = {
	.makes = CKK_EC_MONTGOMERY,
	.generate_pair = montgomery_generate,
};

/* clang-format off */
/* Sizes as libcrypto counts the bits of these keys. */
static const struct mech rows[] = {
	{MECH(EC_EDWARDS_KEY_PAIR_GEN), CKF_GENERATE_KEY_PAIR | CKF_EC_NAMEDCURVE, MECH_KEY_NONE, 255, 456,
		MD_NONE, SCHEME_PLAIN, PARAMS_NONE, &edwards_run},
	{MECH(EC_MONTGOMERY_KEY_PAIR_GEN), CKF_GENERATE_KEY_PAIR | CKF_EC_NAMEDCURVE, MECH_KEY_NONE, 253, 448,
		MD_NONE, SCHEME_PLAIN, PARAMS_NONE, &montgomery_run},
	{MECH(EDDSA), CKF_SIGN | CKF_VERIFY | CKF_EC_NAMEDCURVE, MECH_KEY_EDWARDS, 255, 456,
		MD_NONE, SCHEME_PLAIN, PARAMS_EDDSA, &eddsa_run},
};
/* clang-format on */

const struct mech_rows mech_eddsa_rows = {rows, ARRAY_LEN(rows)};
