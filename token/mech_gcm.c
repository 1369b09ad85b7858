/* SPDX-License-Identifier: BSD-2-Clause */
/* AES-GCM (PKCS #11 current mechanisms, 6.13.3): the tag follows the ciphertext. Decryption takes
 * its input whole, so that nothing of it is seen before the tag was right. */
#include "aes.h"
#include "broken.h"
#include "mech.h"
#include "rv.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <stdlib.h>

#define GCM_TEXT_MAX (((uint64_t) 1 << 36) - 32) /* bytes; SP 800-38D, 5.2.1.1 */

struct gcm_ctx {
	struct mech_ctx base;
	EVP_CIPHER_CTX *evp;
	size_t iv_len, tag_len; /* bytes */
	uint64_t done;          /* bytes of text in this message */
};

static void gcm_release(struct mech_ctx *base)
{
	struct gcm_ctx *ctx = (struct gcm_ctx *) base;

	EVP_CIPHER_CTX_free(ctx->evp);
	free(ctx);
}

static CK_RV gcm_prepare(
	const struct mech *row, enum op_verb verb, struct key *key, struct mech_ctx **ret)
{
	struct gcm_ctx *ctx = calloc(1, sizeof(*ctx));
	CK_RV rv;

	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	ctx->iv_len = 12; /* libcrypto's */
	rv = aes_cipher_ctx(row->scheme, verb, key, &ctx->evp);
	if (rv != CKR_OK) {
		gcm_release(&ctx->base);
		return rv;
	}
	*ret = &ctx->base;
	return CKR_OK;
}

static CK_RV gcm_begin(struct mech_ctx *base, const struct params *params)
{
	struct gcm_ctx *ctx = (struct gcm_ctx *) base;
	size_t none = 0;

	if (params->iv_len != ctx->iv_len) {
		ctx->iv_len = 0; /* unknown, should this fail */
		if (EVP_CIPHER_CTX_ctrl(
			    ctx->evp, EVP_CTRL_AEAD_SET_IVLEN, (int) params->iv_len, NULL) != 1) {
			ERR_clear_error();
			return CKR_MECHANISM_PARAM_INVALID;
		}
		ctx->iv_len = params->iv_len;
	}
	ctx->tag_len = params->mac_len;
	ctx->done = 0;
	if (EVP_CipherInit_ex2(ctx->evp, NULL, NULL, params->iv, -1, NULL) != 1)
		return CKR_FUNCTION_FAILED;
	if (params->data.len == 0)
		return CKR_OK;
	return aes_cipher_update(ctx->evp, buf_bytes(&params->data), NULL, &none);
}

static size_t gcm_bound(const struct mech_ctx *base, enum mech_step step, size_t in_len)
{
	const struct gcm_ctx *ctx = (const struct gcm_ctx *) base;

	if (in_len > GCM_TEXT_MAX - ctx->done)
		return MECH_TOO_LONG;
	if (base->verb == OP_DECRYPT)
		return in_len < ctx->tag_len ? MECH_TOO_LONG : in_len - ctx->tag_len;
	switch (step) {
	case STEP_UPDATE:
		return in_len;
	case STEP_FINAL:
		return ctx->tag_len;
	case STEP_ONESHOT:
		return in_len + ctx->tag_len;
	}
	return MECH_TOO_LONG;
}

static CK_RV gcm_update(struct mech_ctx *base, struct bytes in, uint8_t *out, size_t *ret_len)
{
	struct gcm_ctx *ctx = (struct gcm_ctx *) base;

	ctx->done += in.len;
	return aes_cipher_update(ctx->evp, in, out, ret_len);
}

static CK_RV gcm_final(struct mech_ctx *base, uint8_t *out, size_t *ret_len)
{
	struct gcm_ctx *ctx = (struct gcm_ctx *) base;
	uint8_t none[16];
	OSSL_PARAM tag[2];
	int len = 0;

	/* the parameter itself: EVP_CIPHER_CTX_ctrl would make it of its arguments, slowly */
	tag[0] = OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, out, ctx->tag_len);
	tag[1] = OSSL_PARAM_construct_end();
	if (EVP_CipherFinal_ex(ctx->evp, none, &len) != 1 ||
		EVP_CIPHER_CTX_get_params(ctx->evp, tag) != 1)
		return CKR_FUNCTION_FAILED;
	*ret_len = ctx->tag_len;
	return CKR_OK;
}

static CK_RV gcm_open(struct gcm_ctx *ctx, struct bytes in, uint8_t *out, size_t *ret_len)
{
	struct bytes text = BYTES(in.ptr, in.len - ctx->tag_len);
	uint8_t tag[16], none[16];
	int len = 0;

	memcpy(tag, in.ptr + text.len, ctx->tag_len);
	if (EVP_CIPHER_CTX_ctrl(ctx->evp, EVP_CTRL_AEAD_SET_TAG, (int) ctx->tag_len, tag) != 1)
		return CKR_FUNCTION_FAILED;
	RV_TRY(aes_cipher_update(ctx->evp, text, out, ret_len));
	if (EVP_CipherFinal_ex(ctx->evp, none, &len) != 1 && !BROKEN("gcm-tag"))
		return CKR_ENCRYPTED_DATA_INVALID;
	return CKR_OK;
}

static CK_RV gcm_oneshot(struct mech_ctx *base, struct bytes in, uint8_t *out, size_t *ret_len)
{
	struct gcm_ctx *ctx = (struct gcm_ctx *) base;
	size_t first = 0, last = 0;
	CK_RV rv;

	if (base->verb == OP_DECRYPT) {
		rv = gcm_open(ctx, in, out, ret_len);
		if (rv != CKR_OK) {
			ERR_clear_error();
			OPENSSL_cleanse(out, in.len - ctx->tag_len);
		}
		return rv;
	}
	RV_TRY(gcm_update(base, in, out, &first));
	RV_TRY(gcm_final(base, out + first, &last));
	*ret_len = first + last;
	return CKR_OK;
}

static const struct mech_run gcm_run = {
	.prepare = gcm_prepare,
	.release = gcm_release,
	.begin = gcm_begin,
	.bound = gcm_bound,
	.update = gcm_update,
	.final = gcm_final,
	.oneshot = gcm_oneshot,
	.collects = 1u << OP_DECRYPT,
};

/* clang-format off */
static const struct mech rows[] = {
	{MECH(AES_GCM), CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP, MECH_KEY_AES, 16, 32,
		MD_NONE, SCHEME_GCM, PARAMS_GCM, &gcm_run},
};
/* clang-format on */

const struct mech_rows mech_gcm_rows = {rows, ARRAY_LEN(rows)};
