/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA beyond its vectors: what a malformed ciphertext may tell, recovery, sizes, key generation. */
#include "pair.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#define LEN 256u

static struct pair *rsa(void)
{
	static struct pair pair; /* one for all tests */

	if (pair.private_ == NULL) {
		CHECK_EQ(attrs_set_ulong(&pair.attrs[0], CKA_MODULUS_BITS, 8 * LEN), CKR_OK);
		CHECK_EQ(pair_generate(CKM_RSA_PKCS_KEY_PAIR_GEN, &pair), CKR_OK);
	}
	return &pair;
}

/* The block as it is, without padding of its own. */
static bool raw_encrypt(const uint8_t block[static LEN], uint8_t out[static LEN])
{
	_cleanup_(evp_pkey_ctx_done) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new_from_pkey(NULL, key_pkey(rsa()->public_), NULL);
	size_t len = LEN;

	return ctx != NULL && EVP_PKEY_encrypt_init(ctx) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
	       EVP_PKEY_encrypt(ctx, out, &len, block, LEN) == 1;
}

static void block_of(uint8_t block[static LEN], size_t text_len)
{
	memset(block, 0x5a, LEN);
	block[0] = 0;
	block[1] = 2;
	block[LEN - text_len - 1] = 0;
}

static CK_RV decrypt(const uint8_t block[static LEN], uint8_t *out, CK_ULONG *len)
{
	struct once o = {CKM_RSA_PKCS, NULL, 0, OP_DECRYPT, rsa()->private_};
	uint8_t text[LEN];

	if (!CHECK(raw_encrypt(block, text)))
		return CKR_GENERAL_ERROR;
	return once(&o, BYTES_OF(text), out, len);
}

/* A libcrypto with implicit rejection (3.2) gives a random text instead of the error: both are one
 * answer for all. */
static void malformed_pkcs1_is_one_error(void)
{
	uint8_t block[LEN], out[LEN];
	CK_RV first = CKR_OK;

	for (unsigned i = 0; i < 7; i++) {
		CK_ULONG len = LEN;
		CK_RV rv;

		block_of(block, 16);
		if (i == 0)
			block[0] = 1;
		if (i == 1)
			block[1] = 1;
		if (i == 2)
			block[1] = 0;
		if (i == 3)
			memset(block + 2, 0x5a, LEN - 2); /* no separator */
		if (i == 4)
			block[2] = 0; /* padding of no byte */
		if (i == 5)
			block[9] = 0; /* of seven */
		if (i == 6)
			memset(block, 0, LEN - 1);
		rv = decrypt(block, out, &len);
		if (i == 0)
			first = rv;
		CHECK_EQ(rv, first);
		CHECK(rv == CKR_ENCRYPTED_DATA_INVALID || rv == CKR_OK);
	}
	ERR_clear_error();
}

static void well_formed_pkcs1_decrypts(void)
{
	uint8_t block[LEN], out[LEN];

	for (size_t text = 0; text <= LEN - 11; text += 49) {
		CK_ULONG len = LEN;

		block_of(block, text);
		CHECK_EQ(decrypt(block, out, &len), CKR_OK);
		CHECK_EQ(len, text);
		CHECK(text == 0 || memcmp(out, block + LEN - text, text) == 0);
	}
}

static void short_buffer_gets_what_fits(void)
{
	uint8_t block[LEN], out[LEN];
	CK_ULONG len = 16;

	block_of(block, 16);
	CHECK_EQ(decrypt(block, out, &len), CKR_OK);
	CHECK_EQ(len, 16);
	len = 15;
	CHECK_EQ(decrypt(block, out, &len), CKR_BUFFER_TOO_SMALL);
	CHECK_EQ(len, 16);
}

static CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 0};

static void malformed_oaep_is_one_error(void)
{
	struct once enc = {CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep), OP_ENCRYPT, rsa()->public_};
	struct once dec = {CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep), OP_DECRYPT, rsa()->private_};
	CK_RSA_PKCS_OAEP_PARAMS other = oaep;
	uint8_t text[LEN], block[LEN] = {0}, out[LEN];
	CK_ULONG len = LEN;
	uint8_t label = 'x';

	CHECK_EQ(once(&enc, BYTES("secret", 6), text, &len), CKR_OK);
	len = LEN;
	CHECK_EQ(once(&dec, BYTES_OF(text), out, &len), CKR_OK);
	CHECK(len == 6 && memcmp(out, "secret", 6) == 0);
	text[LEN - 1] ^= 1;
	len = LEN;
	CHECK_EQ(once(&dec, BYTES_OF(text), out, &len), CKR_ENCRYPTED_DATA_INVALID);
	text[LEN - 1] ^= 1;
	other.pSourceData = &label;
	other.ulSourceDataLen = 1;
	dec.param = &other;
	CHECK_EQ(once(&dec, BYTES_OF(text), out, &len), CKR_ENCRYPTED_DATA_INVALID);
	dec.param = &oaep;
	len = LEN; /* the label is not kept for the next one */
	CHECK_EQ(once(&dec, BYTES_OF(text), out, &len), CKR_OK);
	block[0] = 1; /* Manger: the first byte is not zero */
	CHECK(raw_encrypt(block, text));
	len = LEN;
	CHECK_EQ(once(&dec, BYTES_OF(text), out, &len), CKR_ENCRYPTED_DATA_INVALID);
	CHECK_EQ(once(&dec, BYTES(text, LEN - 1), out, &len), CKR_ENCRYPTED_DATA_LEN_RANGE);
}

static void signature_is_recovered(void)
{
	struct once sign = {CKM_RSA_PKCS, NULL, 0, OP_SIGN_RECOVER, rsa()->private_};
	struct once recover = {CKM_RSA_PKCS, NULL, 0, OP_VERIFY_RECOVER, rsa()->public_};
	uint8_t signature[LEN], out[LEN];
	CK_ULONG len = LEN;

	CHECK_EQ(once(&sign, BYTES("message", 7), signature, &len), CKR_OK);
	CHECK_EQ(len, LEN);
	len = 7;
	CHECK_EQ(once(&recover, BYTES_OF(signature), out, &len), CKR_OK);
	CHECK(len == 7 && memcmp(out, "message", 7) == 0);
	signature[9] ^= 1;
	len = LEN;
	CHECK_EQ(once(&recover, BYTES_OF(signature), out, &len), CKR_SIGNATURE_INVALID);
	CHECK_EQ(once(&recover, BYTES(signature, 9), out, &len), CKR_SIGNATURE_LEN_RANGE);
}

static void too_long_is_refused(void)
{
	struct once o = {CKM_RSA_PKCS, NULL, 0, OP_SIGN, rsa()->private_};
	uint8_t in[LEN] = {0}, out[LEN];
	CK_ULONG len = LEN;

	CHECK_EQ(once(&o, BYTES(in, LEN - 11), out, &len), CKR_OK);
	CHECK_EQ(once(&o, BYTES(in, LEN - 10), out, &len), CKR_DATA_LEN_RANGE);
	o.verb = OP_ENCRYPT;
	o.key = rsa()->public_;
	CHECK_EQ(once(&o, BYTES(in, LEN - 11), out, &len), CKR_OK);
	CHECK_EQ(once(&o, BYTES(in, LEN - 10), out, &len), CKR_DATA_LEN_RANGE);
	o = (struct once){CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep), OP_ENCRYPT, rsa()->public_};
	CHECK_EQ(once(&o, BYTES(in, LEN - 66), out, &len), CKR_OK);
	CHECK_EQ(once(&o, BYTES(in, LEN - 65), out, &len), CKR_DATA_LEN_RANGE);
}

/* One key, one pool: what the last message was told does not stick. */
static void pss_parameters_do_not_stick(void)
{
	CK_RSA_PKCS_PSS_PARAMS a = {CKM_SHA256, CKG_MGF1_SHA256, 32};
	CK_RSA_PKCS_PSS_PARAMS b = {CKM_SHA_1, CKG_MGF1_SHA1, 0};
	struct once sign = {CKM_RSA_PKCS_PSS, &a, sizeof(a), OP_SIGN, rsa()->private_};
	struct once verify = {CKM_RSA_PKCS_PSS, &a, sizeof(a), OP_VERIFY, rsa()->public_};
	uint8_t digest[32] = {7}, one[LEN], two[LEN], three[LEN];
	CK_ULONG len = LEN;

	CHECK_EQ(once(&sign, BYTES_OF(digest), one, &len), CKR_OK);
	sign.param = verify.param = &b;
	CHECK_EQ(once(&sign, BYTES(digest, 20), two, &len), CKR_OK);
	CHECK_EQ(once(&sign, BYTES(digest, 20), three, &len), CKR_OK);
	CHECK(memcmp(two, three, LEN) == 0); /* without a salt it is deterministic */
	CHECK_EQ(once_verify(&verify, BYTES(digest, 20), BYTES_OF(two)), CKR_OK);
	CHECK_EQ(once_verify(&verify, BYTES(digest, 20), BYTES_OF(one)), CKR_SIGNATURE_INVALID);
	verify.param = &a;
	CHECK_EQ(once_verify(&verify, BYTES_OF(digest), BYTES_OF(one)), CKR_OK);
}

static CK_RV generate(CK_ULONG bits, struct bytes exponent)
{
	PAIR(p);

	if (bits != 0)
		CHECK_EQ(attrs_set_ulong(&p.attrs[0], CKA_MODULUS_BITS, bits), CKR_OK);
	if (exponent.len > 0)
		CHECK_EQ(attrs_set(&p.attrs[0], CKA_PUBLIC_EXPONENT, exponent), CKR_OK);
	return pair_generate(CKM_RSA_PKCS_KEY_PAIR_GEN, &p);
}

static void generation_is_bounded(void)
{
	static const uint8_t big[9] = {1, 0, 0, 0, 0, 0, 0, 0, 1};

	CHECK_EQ(generate(0, BYTES_NONE), CKR_TEMPLATE_INCOMPLETE);
	CHECK_EQ(generate(1024, BYTES_NONE), CKR_KEY_SIZE_RANGE);
	CHECK_EQ(generate(2047, BYTES_NONE), CKR_KEY_SIZE_RANGE);
	CHECK_EQ(generate(2049, BYTES_NONE), CKR_KEY_SIZE_RANGE);
	CHECK_EQ(generate(4104, BYTES_NONE), CKR_KEY_SIZE_RANGE);
	CHECK_EQ(generate((CK_ULONG) -1, BYTES_NONE), CKR_KEY_SIZE_RANGE);
	CHECK_EQ(generate(2048, BYTES("\x01", 1)), CKR_ATTRIBUTE_VALUE_INVALID);
	CHECK_EQ(generate(2048, BYTES("\x00\x00", 2)), CKR_ATTRIBUTE_VALUE_INVALID);
	CHECK_EQ(generate(2048, BYTES("\x01\x00", 2)), CKR_ATTRIBUTE_VALUE_INVALID);
	CHECK_EQ(generate(2048, BYTES_OF(big)), CKR_ATTRIBUTE_VALUE_INVALID);
	CHECK_EQ(generate(2048, BYTES("\x03", 1)), CKR_OK);
}

static void key_of_another_size_is_refused(void)
{
	struct once o = {CKM_ECDSA, NULL, 0, OP_SIGN, rsa()->private_};
	uint8_t out[LEN];
	CK_ULONG len = LEN;

	CHECK_EQ(once(&o, BYTES("x", 1), out, &len), CKR_KEY_TYPE_INCONSISTENT);
	o.type = CKM_RSA_X_509; /* not offered */
	CHECK_EQ(once(&o, BYTES("x", 1), out, &len), CKR_MECHANISM_INVALID);
}

static const struct test tests[] = {
	TEST(malformed_pkcs1_is_one_error),
	TEST(well_formed_pkcs1_decrypts),
	TEST(short_buffer_gets_what_fits),
	TEST(malformed_oaep_is_one_error),
	TEST(signature_is_recovered),
	TEST(too_long_is_refused),
	TEST(pss_parameters_do_not_stick),
	TEST(generation_is_bounded),
	TEST(key_of_another_size_is_refused),
};

TEST_MAIN(tests)
