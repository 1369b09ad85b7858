/* SPDX-License-Identifier: BSD-2-Clause */
/* HMAC with every digest, and AES-CMAC, whole or truncated (_GENERAL): EVP_MAC contexts that are
 * keyed once. */
#include "mech.h"
#include "rv.h"

#include <openssl/core_names.h>
#include <stdlib.h>

#define MAC_MAX 64u /* bytes: SHA-512's */

struct mac_ctx {
	struct mech_ctx base;
	EVP_MAC_CTX *evp;
	size_t full_len, len; /* bytes: of the algorithm; of this message's MAC */
};

static void mac_release(struct mech_ctx *base)
{
	struct mac_ctx *ctx = (struct mac_ctx *) base;

	EVP_MAC_CTX_free(ctx->evp);
	free(ctx);
}

static CK_RV mac_key(EVP_MAC_CTX *evp, const char *param, const char *value, const struct key *key)
{
	union {
		const char *in;
		char *out;
	} name = {.in = value}; /* OSSL_PARAM's pointers are not const; libcrypto only reads */
	OSSL_PARAM params[2];
	struct bytes k = key_value(key);

	params[0] = OSSL_PARAM_construct_utf8_string(param, name.out, 0);
	params[1] = OSSL_PARAM_construct_end();
	return EVP_MAC_init(evp, k.ptr, k.len, params) == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
}

static const char *cmac_cipher(const struct key *key)
{
	switch (key_bits(key)) {
	case 128:
		return "AES-128-CBC";
	case 192:
		return "AES-192-CBC";
	default:
		return "AES-256-CBC";
	}
}

static CK_RV mac_prepare(
	const struct mech *row, enum op_verb verb, struct key *key, struct mech_ctx **ret)
{
	bool cmac = row->scheme == SCHEME_CMAC;
	struct mac_ctx *ctx;
	EVP_MAC *mac = NULL;
	CK_RV rv;

	(void) verb;
	RV_TRY(rv_from_err(ossl_mac(cmac ? "CMAC" : "HMAC", &mac)));
	ctx = calloc(1, sizeof(*ctx));
	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	ctx->full_len = cmac ? 16 : ossl_md_len(row->md);
	ctx->evp = EVP_MAC_CTX_new(mac);
	if (ctx->evp == NULL)
		rv = CKR_HOST_MEMORY;
	else if (cmac)
		rv = mac_key(ctx->evp, OSSL_MAC_PARAM_CIPHER, cmac_cipher(key), key);
	else
		rv = mac_key(ctx->evp, OSSL_MAC_PARAM_DIGEST, ossl_md_name(row->md), key);
	if (rv != CKR_OK) {
		mac_release(&ctx->base);
		return rv;
	}
	*ret = &ctx->base;
	return CKR_OK;
}

static CK_RV mac_begin(struct mech_ctx *base, const struct params *params)
{
	struct mac_ctx *ctx = (struct mac_ctx *) base;

	ctx->len = ctx->full_len;
	if (params->kind == PARAMS_MAC_GENERAL) {
		if (params->mac_len > ctx->full_len)
			return CKR_MECHANISM_PARAM_INVALID;
		ctx->len = params->mac_len;
	}
	/* no key: the one that it has */
	return EVP_MAC_init(ctx->evp, NULL, 0, NULL) == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
}

static size_t mac_bound(const struct mech_ctx *base, enum mech_step step, size_t in_len)
{
	(void) in_len;
	return step == STEP_UPDATE ? 0 : ((const struct mac_ctx *) base)->len;
}

static CK_RV mac_update(struct mech_ctx *base, struct bytes in, uint8_t *out, size_t *ret_len)
{
	struct mac_ctx *ctx = (struct mac_ctx *) base;

	(void) out;
	*ret_len = 0;
	return EVP_MAC_update(ctx->evp, in.ptr, in.len) == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
}

static CK_RV mac_final(struct mech_ctx *base, uint8_t *out, size_t *ret_len)
{
	struct mac_ctx *ctx = (struct mac_ctx *) base;
	uint8_t full[MAC_MAX];
	size_t len = 0;

	if (EVP_MAC_final(ctx->evp, full, &len, sizeof(full)) != 1 || len < ctx->len)
		return CKR_FUNCTION_FAILED;
	memcpy(out, full, ctx->len);
	OPENSSL_cleanse(full, sizeof(full)); /* the rest of a truncated one is nobody's business */
	*ret_len = ctx->len;
	return CKR_OK;
}

static CK_RV mac_verify(struct mech_ctx *base, struct bytes in, struct bytes signature)
{
	uint8_t mac[MAC_MAX];
	size_t len = 0;
	bool same;

	(void) in;
	RV_TRY(mac_final(base, mac, &len));
	if (signature.len != len) {
		OPENSSL_cleanse(mac, sizeof(mac));
		return CKR_SIGNATURE_LEN_RANGE;
	}
	same = bytes_eq_ct(BYTES(mac, len), signature);
	OPENSSL_cleanse(mac, sizeof(mac));
	return same ? CKR_OK : CKR_SIGNATURE_INVALID;
}

static const struct mech_run mac_run = {
	.prepare = mac_prepare,
	.release = mac_release,
	.begin = mac_begin,
	.bound = mac_bound,
	.update = mac_update,
	.final = mac_final,
	.verify = mac_verify,
};

/* clang-format off */
#define OPS (CKF_SIGN | CKF_VERIFY)
#define ROW(name, md, own) \
	{MECH(name), OPS, MECH_KEY_GENERIC | own, 1, ATTR_VALUE_MAX, md, SCHEME_PLAIN, PARAMS_NONE, &mac_run}
#define GENERAL(name, md, own) \
	{MECH(name), OPS, MECH_KEY_GENERIC | own, 1, ATTR_VALUE_MAX, md, SCHEME_PLAIN, PARAMS_MAC_GENERAL, &mac_run}
static const struct mech hmac_rows[] = {
	ROW(SHA512_224_HMAC,             MD_SHA512_224, MECH_KEY_SHA512_224_HMAC),
	GENERAL(SHA512_224_HMAC_GENERAL, MD_SHA512_224, MECH_KEY_SHA512_224_HMAC),
	ROW(SHA512_256_HMAC,             MD_SHA512_256, MECH_KEY_SHA512_256_HMAC),
	GENERAL(SHA512_256_HMAC_GENERAL, MD_SHA512_256, MECH_KEY_SHA512_256_HMAC),
	ROW(SHA_1_HMAC,                  MD_SHA1,       MECH_KEY_SHA1_HMAC),
	GENERAL(SHA_1_HMAC_GENERAL,      MD_SHA1,       MECH_KEY_SHA1_HMAC),
	ROW(SHA256_HMAC,                 MD_SHA256,     MECH_KEY_SHA256_HMAC),
	GENERAL(SHA256_HMAC_GENERAL,     MD_SHA256,     MECH_KEY_SHA256_HMAC),
	ROW(SHA224_HMAC,                 MD_SHA224,     MECH_KEY_SHA224_HMAC),
	GENERAL(SHA224_HMAC_GENERAL,     MD_SHA224,     MECH_KEY_SHA224_HMAC),
	ROW(SHA384_HMAC,                 MD_SHA384,     MECH_KEY_SHA384_HMAC),
	GENERAL(SHA384_HMAC_GENERAL,     MD_SHA384,     MECH_KEY_SHA384_HMAC),
	ROW(SHA512_HMAC,                 MD_SHA512,     MECH_KEY_SHA512_HMAC),
	GENERAL(SHA512_HMAC_GENERAL,     MD_SHA512,     MECH_KEY_SHA512_HMAC),
	ROW(SHA3_256_HMAC,               MD_SHA3_256,   MECH_KEY_SHA3_256_HMAC),
	GENERAL(SHA3_256_HMAC_GENERAL,   MD_SHA3_256,   MECH_KEY_SHA3_256_HMAC),
	ROW(SHA3_224_HMAC,               MD_SHA3_224,   MECH_KEY_SHA3_224_HMAC),
	GENERAL(SHA3_224_HMAC_GENERAL,   MD_SHA3_224,   MECH_KEY_SHA3_224_HMAC),
	ROW(SHA3_384_HMAC,               MD_SHA3_384,   MECH_KEY_SHA3_384_HMAC),
	GENERAL(SHA3_384_HMAC_GENERAL,   MD_SHA3_384,   MECH_KEY_SHA3_384_HMAC),
	ROW(SHA3_512_HMAC,               MD_SHA3_512,   MECH_KEY_SHA3_512_HMAC),
	GENERAL(SHA3_512_HMAC_GENERAL,   MD_SHA3_512,   MECH_KEY_SHA3_512_HMAC),
};
static const struct mech cmac_rows[] = {
	{MECH(AES_CMAC),         OPS, MECH_KEY_AES, 16, 32, MD_NONE, SCHEME_CMAC, PARAMS_NONE,        &mac_run},
	{MECH(AES_CMAC_GENERAL), OPS, MECH_KEY_AES, 16, 32, MD_NONE, SCHEME_CMAC, PARAMS_MAC_GENERAL, &mac_run},
};
/* clang-format on */

const struct mech_rows mech_hmac_rows = {hmac_rows, ARRAY_LEN(hmac_rows)};
const struct mech_rows mech_cmac_rows = {cmac_rows, ARRAY_LEN(cmac_rows)};
