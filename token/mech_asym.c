/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts of asymmetric keys, and key pairs on curves. */
#include "mech_asym.h"

#include "codec.h"
#include "curve.h"
#include "rv.h"

#include <openssl/err.h>
#include <stdlib.h>

CK_RV asym_restart(struct asym_ctx *ctx)
{
	static int (*const init[OP_VERBS])(EVP_PKEY_CTX *) = {
		[OP_SIGN] = EVP_PKEY_sign_init,
		[OP_SIGN_RECOVER] = EVP_PKEY_sign_init,
		[OP_VERIFY] = EVP_PKEY_verify_init,
		[OP_VERIFY_RECOVER] = EVP_PKEY_verify_recover_init,
		[OP_ENCRYPT] = EVP_PKEY_encrypt_init,
		[OP_DECRYPT] = EVP_PKEY_decrypt_init,
	};

	if (init[ctx->base.verb] == NULL)
		return CKR_MECHANISM_INVALID;
	if (init[ctx->base.verb](ctx->pkey) != 1) {
		ERR_clear_error();
		return CKR_FUNCTION_FAILED;
	}
	return CKR_OK;
}

void asym_release(struct mech_ctx *base)
{
	struct asym_ctx *ctx = (struct asym_ctx *) base;

	EVP_MD_CTX_free(ctx->hash);
	EVP_PKEY_CTX_free(ctx->pkey);
	params_done(&ctx->params);
	free(ctx);
}

static CK_RV asym_ready(struct asym_ctx *ctx, struct key *key)
{
	OSSL_LIB_CTX *libctx = NULL;

	RV_TRY(rv_from_err(ossl_libctx(&libctx)));
	ctx->pkey = EVP_PKEY_CTX_new_from_pkey(libctx, key_pkey(key), "provider=default");
	if (ctx->pkey == NULL)
		return CKR_HOST_MEMORY;
	ctx->len = (key_bits(key) + 7) / 8;
	if (ctx->base.row->md != MD_NONE) {
		RV_TRY(rv_from_err(ossl_md(ctx->base.row->md, &ctx->md)));
		ctx->hash = EVP_MD_CTX_new();
		if (ctx->hash == NULL)
			return CKR_HOST_MEMORY;
	}
	return asym_restart(ctx);
}

CK_RV asym_prepare(
	const struct mech *row, enum op_verb verb, struct key *key, struct mech_ctx **ret)
{
	struct asym_ctx *ctx;
	CK_RV rv;

	if (key_pkey(key) == NULL)
		return CKR_KEY_TYPE_INCONSISTENT;
	ctx = calloc(1, sizeof(*ctx));
	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	ctx->base.row = row;
	ctx->base.verb = verb;
	ctx->base.key = key;
	rv = asym_ready(ctx, key);
	if (rv != CKR_OK) {
		asym_release(&ctx->base);
		return rv;
	}
	*ret = &ctx->base;
	return CKR_OK;
}

CK_RV asym_begin(struct mech_ctx *base, const struct params *params)
{
	struct asym_ctx *ctx = (struct asym_ctx *) base;

	(void) params;
	if (ctx->hash == NULL)
		return CKR_OK;
	return EVP_DigestInit_ex2(ctx->hash, ctx->md, NULL) == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
}

CK_RV asym_update(struct mech_ctx *base, struct bytes in, uint8_t *out, size_t *ret_len)
{
	struct asym_ctx *ctx = (struct asym_ctx *) base;

	(void) out;
	*ret_len = 0;
	if (ctx->hash == NULL)
		return CKR_GENERAL_ERROR; /* such rows collect */
	return EVP_DigestUpdate(ctx->hash, in.ptr, in.len) == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
}

CK_RV asym_message(struct asym_ctx *ctx, struct bytes in, uint8_t room[static ASYM_DIGEST_MAX],
	struct bytes *ret)
{
	unsigned len = 0;

	if (ctx->hash == NULL) {
		*ret = in;
		return CKR_OK;
	}
	if ((in.len > 0 && EVP_DigestUpdate(ctx->hash, in.ptr, in.len) != 1) ||
		EVP_DigestFinal_ex(ctx->hash, room, &len) != 1)
		return CKR_FUNCTION_FAILED;
	*ret = BYTES(room, len);
	return CKR_OK;
}

CK_RV asym_generate_curve(CK_KEY_TYPE type, struct attrs *public_, struct attrs *private_)
{
	const struct attr *ec_params = attrs_get(public_, CKA_EC_PARAMS);
	_cleanup_(evp_pkey_ctx_done) EVP_PKEY_CTX *ctx = NULL;
	_cleanup_(evp_pkey_done) EVP_PKEY *pkey = NULL;
	const struct curve *c = NULL;
	int done;

	if (ec_params == NULL)
		return CKR_TEMPLATE_INCOMPLETE;
	RV_TRY(curve_of_params(attr_bytes(ec_params), &c));
	if (c->type != type)
		return CKR_CURVE_NOT_SUPPORTED;
	RV_TRY(rv_from_err(ossl_pkey_ctx(c->oid, &ctx)));
	done = EVP_PKEY_keygen_init(ctx) == 1 &&
	       (type != CKK_EC || EVP_PKEY_CTX_set_group_name(ctx, c->group) == 1) &&
	       EVP_PKEY_generate(ctx, &pkey) == 1;
	ERR_clear_error();
	if (!done)
		return CKR_FUNCTION_FAILED;
	RV_TRY(codec_attrs_from_pkey(pkey, CKO_PUBLIC_KEY, public_));
	return codec_attrs_from_pkey(pkey, CKO_PRIVATE_KEY, private_);
}
