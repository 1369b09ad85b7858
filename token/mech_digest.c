/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests: SHA-1, SHA-2, SHA-3 (PKCS #11 current mechanisms, 6.11 to 6.31). */
#include "mech.h"
#include "rv.h"

#include <stdlib.h>

struct digest_ctx {
	struct mech_ctx base;
	EVP_MD *md; /* borrowed */
	EVP_MD_CTX *evp;
};

static void digest_release(struct mech_ctx *base)
{
	struct digest_ctx *ctx = (struct digest_ctx *) base;

	EVP_MD_CTX_free(ctx->evp);
	free(ctx);
}

static CK_RV digest_prepare(
	const struct mech *row, enum op_verb verb, struct key *key, struct mech_ctx **ret)
{
	struct digest_ctx *ctx;
	EVP_MD *md = NULL;

	(void) verb;
	(void) key;
	RV_TRY(rv_from_err(ossl_md(row->md, &md)));
	ctx = calloc(1, sizeof(*ctx));
	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	ctx->md = md;
	ctx->evp = EVP_MD_CTX_new();
	if (ctx->evp == NULL) {
		digest_release(&ctx->base);
		return CKR_HOST_MEMORY;
	}
	*ret = &ctx->base;
	return CKR_OK;
}

static CK_RV digest_begin(struct mech_ctx *base, const struct params *params)
{
	struct digest_ctx *ctx = (struct digest_ctx *) base;

	(void) params;
	return EVP_DigestInit_ex2(ctx->evp, ctx->md, NULL) == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
}

static size_t digest_bound(const struct mech_ctx *base, enum mech_step step, size_t in_len)
{
	(void) in_len;
	return step == STEP_UPDATE ? 0 : ossl_md_len(base->row->md);
}

static CK_RV digest_update(struct mech_ctx *base, struct bytes in, uint8_t *out, size_t *ret_len)
{
	struct digest_ctx *ctx = (struct digest_ctx *) base;

	(void) out;
	*ret_len = 0;
	return EVP_DigestUpdate(ctx->evp, in.ptr, in.len) == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
}

static CK_RV digest_final(struct mech_ctx *base, uint8_t *out, size_t *ret_len)
{
	struct digest_ctx *ctx = (struct digest_ctx *) base;
	unsigned len = 0;

	if (EVP_DigestFinal_ex(ctx->evp, out, &len) != 1)
		return CKR_FUNCTION_FAILED;
	*ret_len = len;
	return CKR_OK;
}

static const struct mech_run digest_run = {
	.prepare = digest_prepare,
	.release = digest_release,
	.begin = digest_begin,
	.bound = digest_bound,
	.update = digest_update,
	.final = digest_final,
};

/* clang-format off */
#define ROW(name, md) {MECH(name), CKF_DIGEST, MECH_KEY_NONE, 0, 0, md, SCHEME_PLAIN, PARAMS_NONE, &digest_run}
static const struct mech rows[] = {
	ROW(SHA512_224, MD_SHA512_224),
	ROW(SHA512_256, MD_SHA512_256),
	ROW(SHA_1,      MD_SHA1),
	ROW(SHA256,     MD_SHA256),
	ROW(SHA224,     MD_SHA224),
	ROW(SHA384,     MD_SHA384),
	ROW(SHA512,     MD_SHA512),
	ROW(SHA3_256,   MD_SHA3_256),
	ROW(SHA3_224,   MD_SHA3_224),
	ROW(SHA3_384,   MD_SHA3_384),
	ROW(SHA3_512,   MD_SHA3_512),
};
/* clang-format on */

const struct mech_rows mech_digest_rows = {rows, ARRAY_LEN(rows)};
