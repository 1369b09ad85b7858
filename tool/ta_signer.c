/* SPDX-License-Identifier: BSD-2-Clause */
/* Who signed a trusted application, as far as its file tells. OP-TEE's own repository publishes the
 * keys, private halves included, that its builds take unless they are given others: what they
 * signed, everybody can have signed. */
#include "ta_signer.h"

#include "ossl.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

/* OP-TEE's struct shdr: u32 magic | u32 type | u32 size | u32 algorithm | u16 length of the hash |
 * u16 length of the signature | hash | signature; little endian. */
#define SHDR_MAGIC  0x4f545348u /* "HSTO" */
#define SHDR_LEN    20u
#define SHDR_SUBKEY 3u
#define ALG_PKCS1   0x70004830u /* TEE_ALG_RSASSA_PKCS1_V1_5_SHA256 */
#define ALG_PSS     0x70414930u /* TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256 */
#define HASH_LEN    32u

OSSL_CLEANUP(bio_done, BIO, BIO_free_all)
OSSL_CLEANUP(pkey_done, EVP_PKEY, EVP_PKEY_free)
OSSL_CLEANUP(pkey_ctx_done, EVP_PKEY_CTX, EVP_PKEY_CTX_free)

/* keys/default.pem of OP-TEE's optee_os: until and since April 2025. */
static const char *const published[] = {
	"-----BEGIN PUBLIC KEY-----\n"
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAploYrcCzzuMMkCt9QJus\n"
	"u1pJiEIKseCSwIaR5p7voOHxL5D2Zt3qFVrAKLSd31IMbqXGGUOsaajyX/5gAKXS\n"
	"OswSAfNbugxRHCz0sHe51nI1HA9zzS8W+bqJhKCbv4tbf+iLi5/IceocbB8AoO7K\n"
	"Pr8YjlebSGbri9RAUa6GoYb40Av6ti4lLgX/dgFG1z3rH3z83x6Ci16wyqPqFr4t\n"
	"blRQnLhB7xfHf2BUqvlwoPiYLoL5jF/7nIiOd7Aycpka4ARevx2q9/AFPLSV3U26\n"
	"OnGh+HKOHZjjE7rKsCe/h1lUJ/jo7MaFN9I6leSlCZrQH6OGsJLYAh4zddsmvyf8\n"
	"NQIDAQAB\n"
	"-----END PUBLIC KEY-----\n",
	"-----BEGIN PUBLIC KEY-----\n"
	"MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEA6e6CY58Lzd7Vxb/B9k47\n"
	"X8fuvkYE8O1peo1UnmEaeuAI91y6wFSLkog7uPZcizDxyqA3OBtbFqi7nR0fTs+n\n"
	"r37W+yFSGZljZVXxudMojccsgHP9pMUjlmuu/1ISLyvA5Q8R6ALrTmNpUQfNqcdp\n"
	"IBgfwSDUrBUU0PIq6iiUdxoWtuC71OgKh4Ng8NXdIQHiJVwx2i/JB4lidWDPJY/n\n"
	"TLKnmDzbKtyKWeQfz4FJgDjDAThZXASeoaEpWmjRDvfbG6I7ziU20jiAA5R8T6ht\n"
	"9DdwoJ+CIKovscukdedPZ9b8/IesBiZURZv7pwqAMWLVb93PQj1a28VzyZOW4Mr/\n"
	"oa+9qY0/d19ApB5YJV7hf6fWY5mwPdAGuO4FpXinemD+HLXGXAu6+PlzftJW97Ut\n"
	"vE5DMzkrMm9DYjhe1b1AEHlDYJM7WTpRi9z4CuBymec5CsKFfZAJCQlKg5qjPKA7\n"
	"3CH1PBtVzAK+N8ktbsIAIoiX0aQ5yItY9FyxqduSt2dt0tPjrjflvHWI1+27zgYy\n"
	"0sWOlsSWyz9NMoH9x1IGV0/ufOvns95y3XR3ptHIrB1iZdfSdBCVTHAscVksD8FW\n"
	"lC2S/EFedqYcB3ZjR1Fpb9ReGK2ChSVU/Dxg+Xa3AzUXo4Fz8rNaJ3/BvB8NphDh\n"
	"i391IEoPu/bRTVm6MT/YHaECAwEAAQ==\n"
	"-----END PUBLIC KEY-----\n",
};

static uint32_t le(const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

/* One signed header. */
struct shdr {
	uint32_t algorithm;
	struct bytes hash, signature;
};

static bool shdr_read(struct bytes head, struct shdr *ret)
{
	uint32_t hash_len, signature_len;

	if (head.len < SHDR_LEN || le(head.ptr, 4) != SHDR_MAGIC ||
		le(head.ptr + 4, 4) >= SHDR_SUBKEY)
		return false;
	hash_len = le(head.ptr + 16, 2);
	signature_len = le(head.ptr + 18, 2);
	if (hash_len != HASH_LEN || head.len - SHDR_LEN < hash_len + signature_len)
		return false;
	ret->algorithm = le(head.ptr + 12, 4);
	ret->hash = BYTES(head.ptr + SHDR_LEN, hash_len);
	ret->signature = BYTES(head.ptr + SHDR_LEN + hash_len, signature_len);
	return ret->algorithm == ALG_PKCS1 || ret->algorithm == ALG_PSS;
}

/* 1: this key signed it, 0: it did not, -1: cannot be told. */
static int signed_by(const struct shdr *s, const char *pem)
{
	_cleanup_(bio_done) BIO *bio = BIO_new_mem_buf(pem, -1);
	_cleanup_(pkey_ctx_done) EVP_PKEY_CTX *ctx = NULL;
	_cleanup_(pkey_done) EVP_PKEY *key = NULL;
	bool pss = s->algorithm == ALG_PSS;
	OSSL_LIB_CTX *lib = NULL;
	EVP_MD *md = NULL;

	if (bio == NULL || ossl_libctx(&lib).code != E_OK || ossl_md(MD_SHA256, &md).code != E_OK)
		return -1;
	key = PEM_read_bio_PUBKEY_ex(bio, NULL, NULL, NULL, lib, NULL);
	if (key == NULL)
		return -1;
	if ((size_t) EVP_PKEY_get_size(key) != s->signature.len)
		return 0;
	ctx = EVP_PKEY_CTX_new_from_pkey(lib, key, NULL);
	if (ctx == NULL || EVP_PKEY_verify_init(ctx) <= 0 ||
		EVP_PKEY_CTX_set_rsa_padding(
			ctx, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) <= 0 ||
		EVP_PKEY_CTX_set_signature_md(ctx, md) <= 0)
		return -1;
	if (pss && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_AUTO) <= 0)
		return -1;
	return EVP_PKEY_verify(ctx, s->signature.ptr, s->signature.len, s->hash.ptr, s->hash.len) ==
	       1;
}

enum ta_signer ta_signer_of(struct bytes head)
{
	enum ta_signer found = TA_SIGNER_OTHER;
	struct shdr s;

	if (!shdr_read(head, &s))
		return TA_SIGNER_UNKNOWN;
	for (size_t i = 0; i < ARRAY_LEN(published) && found == TA_SIGNER_OTHER; i++) {
		int is = signed_by(&s, published[i]);

		if (is != 0)
			found = is > 0 ? TA_SIGNER_PUBLISHED : TA_SIGNER_UNKNOWN;
	}
	ERR_clear_error();
	return found;
}
