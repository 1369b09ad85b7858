/* SPDX-License-Identifier: BSD-2-Clause */
/* Check values of secret keys and certificates. */
#include "check_value.h"

#include "ossl.h"

#define SECRET_LEN_MIN 16u /* bytes; shorter generic secrets may be passwords */

static bool check_sha1(struct bytes value, uint8_t ret[static CHECK_VALUE_LEN])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	EVP_MD *md = NULL;

	if (ossl_md(MD_SHA1, &md).code != E_OK ||
		EVP_Digest(value.ptr, value.len, digest, NULL, md, NULL) != 1)
		return false;
	memcpy(ret, digest, CHECK_VALUE_LEN);
	return true;
}

static bool check_aes(struct bytes value, uint8_t ret[static CHECK_VALUE_LEN])
{
	_cleanup_(evp_cipher_ctx_done) EVP_CIPHER_CTX *ctx = NULL;
	static const uint8_t zeros[16];
	EVP_CIPHER *cipher = NULL;
	uint8_t out[32];
	int len = 0;
	const char *name = value.len == 16   ? "AES-128-ECB"
			   : value.len == 24 ? "AES-192-ECB"
					     : "AES-256-ECB";

	if ((value.len != 16 && value.len != 24 && value.len != 32) ||
		ossl_cipher(name, &cipher).code != E_OK)
		return false;
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL || EVP_EncryptInit_ex2(ctx, cipher, value.ptr, NULL, NULL) != 1 ||
		EVP_EncryptUpdate(ctx, out, &len, zeros, sizeof(zeros)) != 1 || len != 16)
		return false;
	memcpy(ret, out, CHECK_VALUE_LEN);
	return true;
}

bool check_value_of(CK_OBJECT_CLASS cls, CK_KEY_TYPE type, struct bytes value,
	uint8_t ret[static CHECK_VALUE_LEN])
{
	if (cls == CKO_CERTIFICATE)
		return value.len > 0 && check_sha1(value, ret);
	if (cls != CKO_SECRET_KEY)
		return false;
	if (type == CKK_AES)
		return check_aes(value, ret);
	return value.len >= SECRET_LEN_MIN && check_sha1(value, ret);
}
