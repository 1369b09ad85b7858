/* SPDX-License-Identifier: BSD-2-Clause */
/* AES-256-GCM. Plaintext goes into secret memory and nowhere else. */
#include "seal.h"

#include "num.h"
#include "ossl.h"

static struct err cipher_start(
	EVP_CIPHER_CTX **ret, const struct secret *key, const uint8_t *nonce, int encrypt)
{
	_cleanup_(evp_cipher_ctx_done) EVP_CIPHER_CTX *ctx = NULL;
	EVP_CIPHER *gcm = NULL;

	if (secret_len(key) != SEAL_KEY_LEN)
		return ERR(E_INTERNAL);
	TRY(ossl_cipher("AES-256-GCM", &gcm));
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL)
		return ERR(E_NOMEM);
	if (EVP_CipherInit_ex2(ctx, gcm, secret_view(key).ptr, nonce, encrypt, NULL) != 1)
		return ERR(E_CRYPTO);
	*ret = TAKE(ctx);
	return OK;
}

static struct err cipher_feed(EVP_CIPHER_CTX *ctx, struct bytes in, uint8_t *out)
{
	int in_len = 0, out_len = 0;

	if (in.len == 0)
		return OK;
	if (!int_from_size(in.len, &in_len))
		return ERR(E_LIMIT);
	return EVP_CipherUpdate(ctx, out, &out_len, in.ptr, in_len) == 1 && out_len == in_len
		       ? OK
		       : ERR(E_CRYPTO);
}

struct err seal_put(const struct secret *key, struct bytes aad, struct bytes plain, struct buf *ret)
{
	_cleanup_(evp_cipher_ctx_done) EVP_CIPHER_CTX *ctx = NULL;
	uint8_t nonce[SEAL_NONCE_LEN], last[16], *out = NULL;
	size_t total = 0;
	int n = 0;
	BUF(sealed);

	if (!size_add(plain.len, SEAL_OVERHEAD, &total))
		return ERR(E_LIMIT);
	TRY(ossl_random_public(nonce, sizeof(nonce)));
	TRY(buf_grow(&sealed, total, &out));
	memcpy(out, nonce, sizeof(nonce));
	TRY(cipher_start(&ctx, key, nonce, 1));
	TRY(cipher_feed(ctx, aad, NULL));
	TRY(cipher_feed(ctx, plain, out + SEAL_NONCE_LEN));
	if (EVP_CipherFinal_ex(ctx, last, &n) != 1 || n != 0 ||
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int) SEAL_TAG_LEN,
			out + SEAL_NONCE_LEN + plain.len) != 1)
		return ERR(E_CRYPTO);
	return buf_put(ret, buf_bytes(&sealed));
}

struct err seal_open(
	const struct secret *key, struct bytes aad, struct bytes sealed, struct secret **ret)
{
	_cleanup_(evp_cipher_ctx_done) EVP_CIPHER_CTX *ctx = NULL;
	struct reader r = reader_of(sealed);
	uint8_t nonce[SEAL_NONCE_LEN], tag[SEAL_TAG_LEN], last[16];
	struct bytes text;
	SECRET(plain);
	int n = 0;

	if (sealed.len < SEAL_OVERHEAD)
		return ERR(E_CORRUPT);
	TRY(reader_copy(&r, nonce, sizeof(nonce)));
	TRY(reader_bytes(&r, sealed.len - SEAL_OVERHEAD, &text));
	TRY(reader_copy(&r, tag, sizeof(tag)));
	TRY(secret_new(text.len, &plain));
	TRY(cipher_start(&ctx, key, nonce, 0));
	TRY(cipher_feed(ctx, aad, NULL));
	TRY(cipher_feed(ctx, text, secret_bytes(plain)));
	if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int) SEAL_TAG_LEN, tag) != 1)
		return ERR(E_CRYPTO);
	if (EVP_CipherFinal_ex(ctx, last, &n) != 1)
		return ERR(E_TAMPERED);
	*ret = TAKE(plain);
	return OK;
}
