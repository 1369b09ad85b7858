/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of libcrypto's ciphers a scheme is, and keyed contexts of it. */
#include "aes.h"

#include "rv.h"

/* Pieces that an int can count, and whole blocks. */
#define PIECE_MAX ((size_t) 1 << 30)

/* Names by scheme and key length; literals, since ossl_cipher remembers them. */
static const char *aes_name(enum scheme scheme, size_t bits)
{
#define NAMES(mode)                                               \
	{                                                         \
		"AES-128-" mode, "AES-192-" mode, "AES-256-" mode \
	}
	static const char *const names[][3] = {
		[SCHEME_ECB] = NAMES("ECB"),
		[SCHEME_CBC] = NAMES("CBC"),
		[SCHEME_CBC_PAD] = NAMES("CBC"),
		[SCHEME_CTR] = NAMES("CTR"),
		[SCHEME_GCM] = NAMES("GCM"),
		[SCHEME_KW] = NAMES("WRAP"),
		[SCHEME_KWP] = NAMES("WRAP-PAD"),
	};

	if (scheme >= ARRAY_LEN(names) || (bits != 128 && bits != 192 && bits != 256))
		return NULL;
	return names[scheme][bits / 64 - 2];
}

CK_RV aes_cipher_ctx(
	enum scheme scheme, enum op_verb verb, const struct key *key, EVP_CIPHER_CTX **ret)
{
	_cleanup_(evp_cipher_ctx_done) EVP_CIPHER_CTX *ctx = NULL;
	const char *name = aes_name(scheme, key_bits(key));
	EVP_CIPHER *cipher = NULL;

	if (name == NULL)
		return CKR_KEY_SIZE_RANGE;
	RV_TRY(rv_from_err(ossl_cipher(name, &cipher)));
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	if (scheme == SCHEME_KW || scheme == SCHEME_KWP)
		EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_CipherInit_ex2(ctx, cipher, key_value(key).ptr, NULL, verb == OP_ENCRYPT, NULL) !=
		1)
		return CKR_FUNCTION_FAILED;
	/* Said only where it means something: libcrypto repeats it with every new IV. */
	if (scheme == SCHEME_ECB || scheme == SCHEME_CBC)
		EVP_CIPHER_CTX_set_padding(ctx, 0);
	*ret = TAKE(ctx);
	return CKR_OK;
}

CK_RV aes_cipher_update(EVP_CIPHER_CTX *ctx, struct bytes in, uint8_t *out, size_t *ret_len)
{
	size_t total = 0;

	while (in.len > 0) {
		size_t piece = in.len < PIECE_MAX ? in.len : PIECE_MAX;
		int len = 0;

		if (EVP_CipherUpdate(ctx, out, &len, in.ptr, (int) piece) != 1)
			return CKR_FUNCTION_FAILED;
		if (out != NULL) {
			out += len;
			total += (size_t) len;
		}
		in = BYTES(in.ptr + piece, in.len - piece);
	}
	*ret_len = total;
	return CKR_OK;
}
