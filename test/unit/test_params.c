/* SPDX-License-Identifier: BSD-2-Clause */
/* Mechanism parameters: every kind, too short, too long, missing, and with pointers and lengths
 * that contradict each other. */
#include "test.h"

#include "params.h"

static CK_RV read_kind(enum params_kind kind, void *ptr, size_t len, struct params *ret)
{
	CK_MECHANISM mech = {CKM_VENDOR_DEFINED, ptr, len};

	return params_read(&mech, kind, ret);
}

static CK_RV try_kind(enum params_kind kind, void *ptr, size_t len)
{
	PARAMS(p);

	return read_kind(kind, ptr, len, &p);
}

/* Where a struct of `len` bytes is due, nothing else is taken. */
static void refuses_other_lengths(enum params_kind kind, void *ptr, size_t len)
{
	uint8_t longer[256] = {0};

	memcpy(longer, ptr, len);
	CHECK_EQ(try_kind(kind, longer, len - 1), CKR_MECHANISM_PARAM_INVALID);
	CHECK_EQ(try_kind(kind, longer, len + 1), CKR_MECHANISM_PARAM_INVALID);
	CHECK_EQ(try_kind(kind, NULL, len), CKR_MECHANISM_PARAM_INVALID);
	CHECK_EQ(try_kind(kind, longer, 0), CKR_MECHANISM_PARAM_INVALID);
	CHECK_EQ(try_kind(kind, longer, (size_t) -1), CKR_MECHANISM_PARAM_INVALID);
	/* unaligned is as good */
	memmove(longer + 1, ptr, len);
	CHECK_EQ(try_kind(kind, longer + 1, len), CKR_OK);
}

static void none_takes_nothing(void)
{
	uint8_t b[1] = {0};

	CHECK_EQ(try_kind(PARAMS_NONE, NULL, 0), CKR_OK);
	CHECK_EQ(try_kind(PARAMS_NONE, b, 0), CKR_OK);
	CHECK_EQ(try_kind(PARAMS_NONE, b, 1), CKR_MECHANISM_PARAM_INVALID);
	CHECK_EQ(try_kind(PARAMS_NONE, NULL, 1), CKR_MECHANISM_PARAM_INVALID);
}

static void ivs_have_their_length(void)
{
	uint8_t iv[17] = {1, 2, 3};
	PARAMS(p);

	refuses_other_lengths(PARAMS_IV, iv, 16);
	CHECK_EQ(read_kind(PARAMS_IV, iv, 16, &p), CKR_OK);
	CHECK(p.iv_len == 16 && memcmp(p.iv, iv, 16) == 0);
	CHECK_EQ(read_kind(PARAMS_KW_IV, iv, 8, &p), CKR_OK);
	CHECK(p.given && p.iv_len == 8);
	CHECK_EQ(read_kind(PARAMS_KW_IV, NULL, 0, &p), CKR_OK);
	CHECK(!p.given && p.iv_len == 0);
	CHECK_EQ(try_kind(PARAMS_KW_IV, iv, 16), CKR_MECHANISM_PARAM_INVALID);
	CHECK_EQ(try_kind(PARAMS_KWP_IV, iv, 4), CKR_OK);
	CHECK_EQ(try_kind(PARAMS_KWP_IV, iv, 8), CKR_MECHANISM_PARAM_INVALID);
	CHECK_EQ(try_kind(PARAMS_KWP_IV, NULL, 4), CKR_MECHANISM_PARAM_INVALID);
}

static void ctr_bits_are_1_to_128(void)
{
	CK_AES_CTR_PARAMS in = {.ulCounterBits = 1};

	refuses_other_lengths(PARAMS_CTR, &in, sizeof(in));
	in.ulCounterBits = 128;
	CHECK_EQ(try_kind(PARAMS_CTR, &in, sizeof(in)), CKR_OK);
	in.ulCounterBits = 0;
	CHECK_EQ(try_kind(PARAMS_CTR, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	in.ulCounterBits = 129;
	CHECK_EQ(try_kind(PARAMS_CTR, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	in.ulCounterBits = (CK_ULONG) -1;
	CHECK_EQ(try_kind(PARAMS_CTR, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
}

static CK_GCM_PARAMS gcm_good(uint8_t iv[static 12], uint8_t aad[static 4])
{
	return (CK_GCM_PARAMS){.pIv = iv,
		.ulIvLen = 12,
		.ulIvBits = 96,
		.pAAD = aad,
		.ulAADLen = 4,
		.ulTagBits = 128};
}

static void gcm_takes_both_layouts(void)
{
	uint8_t iv[12] = {9}, aad[4] = {7, 7, 7, 7};
	CK_GCM_PARAMS full = gcm_good(iv, aad);
	struct {
		void *iv;
		CK_ULONG iv_len;
		void *aad;
		CK_ULONG aad_len, tag_bits;
	} brief = {iv, 12, aad, 4, 96};
	PARAMS(p);

	CHECK_EQ(read_kind(PARAMS_GCM, &full, sizeof(full), &p), CKR_OK);
	CHECK(p.iv_len == 12 && p.mac_len == 16 && bytes_eq(buf_bytes(&p.data), BYTES_OF(aad)));
	CHECK_EQ(read_kind(PARAMS_GCM, &brief, sizeof(brief), &p), CKR_OK);
	CHECK(p.iv_len == 12 && p.mac_len == 12 && bytes_eq(buf_bytes(&p.data), BYTES_OF(aad)));
	CHECK_EQ(try_kind(PARAMS_GCM, &full, sizeof(full) - 1), CKR_MECHANISM_PARAM_INVALID);
	CHECK_EQ(try_kind(PARAMS_GCM, &full, sizeof(full) + 1), CKR_MECHANISM_PARAM_INVALID);
	CHECK_EQ(try_kind(PARAMS_GCM, &full, 0), CKR_MECHANISM_PARAM_INVALID);
	full.ulIvBits = 0;
	CHECK_EQ(try_kind(PARAMS_GCM, &full, sizeof(full)), CKR_OK);
}

static void gcm_refuses_what_contradicts_itself(void)
{
	uint8_t iv[12] = {9}, aad[4] = {7};
	CK_GCM_PARAMS in = gcm_good(iv, aad);

	in.pIv = NULL;
	CHECK_EQ(try_kind(PARAMS_GCM, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	in = gcm_good(iv, aad);
	in.ulIvLen = 0;
	CHECK_EQ(try_kind(PARAMS_GCM, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	in.ulIvLen = PARAMS_IV_MAX + 1;
	CHECK_EQ(try_kind(PARAMS_GCM, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	in = gcm_good(iv, aad);
	in.pAAD = NULL;
	CHECK_EQ(try_kind(PARAMS_GCM, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	in.ulAADLen = 0;
	CHECK_EQ(try_kind(PARAMS_GCM, &in, sizeof(in)), CKR_OK);
	in.pAAD = aad;
	in.ulAADLen = (CK_ULONG) -1;
	CHECK_EQ(try_kind(PARAMS_GCM, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	in = gcm_good(iv, aad);
	for (CK_ULONG bits = 0; bits <= 256; bits++) {
		bool good =
			bits == 32 || bits == 64 || (bits >= 96 && bits <= 128 && bits % 8 == 0);

		in.ulTagBits = bits;
		CHECK_EQ(try_kind(PARAMS_GCM, &in, sizeof(in)),
			good ? CKR_OK : CKR_MECHANISM_PARAM_INVALID);
	}
}

static void mac_lengths_are_bounded(void)
{
	CK_ULONG len = 16;

	refuses_other_lengths(PARAMS_MAC_GENERAL, &len, sizeof(len));
	len = 0;
	CHECK_EQ(try_kind(PARAMS_MAC_GENERAL, &len, sizeof(len)), CKR_MECHANISM_PARAM_INVALID);
	len = 65;
	CHECK_EQ(try_kind(PARAMS_MAC_GENERAL, &len, sizeof(len)), CKR_MECHANISM_PARAM_INVALID);
}

static void pss_names_digests_of_ours(void)
{
	CK_RSA_PKCS_PSS_PARAMS in = {CKM_SHA256, CKG_MGF1_SHA256, 32};
	PARAMS(p);

	refuses_other_lengths(PARAMS_PSS, &in, sizeof(in));
	CHECK_EQ(read_kind(PARAMS_PSS, &in, sizeof(in), &p), CKR_OK);
	CHECK(p.md == MD_SHA256 && p.mgf_md == MD_SHA256 && p.salt_len == 32);
	in.hashAlg = CKM_MD5;
	CHECK_EQ(try_kind(PARAMS_PSS, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	in.hashAlg = CKM_SHA3_512;
	in.mgf = 99;
	CHECK_EQ(try_kind(PARAMS_PSS, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	in.mgf = CKG_MGF1_SHA1;
	in.sLen = (CK_ULONG) -1;
	CHECK_EQ(try_kind(PARAMS_PSS, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
}

static void oaep_copies_the_label(void)
{
	uint8_t label[3] = {1, 2, 3};
	CK_RSA_PKCS_OAEP_PARAMS in = {
		CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, label, sizeof(label)};
	PARAMS(p);

	refuses_other_lengths(PARAMS_OAEP, &in, sizeof(in));
	CHECK_EQ(read_kind(PARAMS_OAEP, &in, sizeof(in), &p), CKR_OK);
	label[0] = 9; /* a copy, not a loan */
	CHECK(p.data.len == 3 && p.data.ptr[0] == 1);
	in.source = 0;
	CHECK_EQ(try_kind(PARAMS_OAEP, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	in.pSourceData = NULL;
	in.ulSourceDataLen = 0;
	CHECK_EQ(try_kind(PARAMS_OAEP, &in, sizeof(in)), CKR_OK);
	in.source = CKZ_DATA_SPECIFIED;
	in.ulSourceDataLen = 5;
	CHECK_EQ(try_kind(PARAMS_OAEP, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
}

static void ecdh1_needs_a_point(void)
{
	uint8_t point[65] = {4}, shared[2] = {1, 2};
	CK_ECDH1_DERIVE_PARAMS in = {CKD_NULL, 0, NULL, sizeof(point), point};
	PARAMS(p);

	refuses_other_lengths(PARAMS_ECDH1, &in, sizeof(in));
	CHECK_EQ(read_kind(PARAMS_ECDH1, &in, sizeof(in), &p), CKR_OK);
	CHECK(p.md == MD_NONE && p.point.len == 65 && p.data.len == 0);
	in.kdf = CKD_SHA256_KDF;
	in.pSharedData = shared;
	in.ulSharedDataLen = sizeof(shared);
	CHECK_EQ(read_kind(PARAMS_ECDH1, &in, sizeof(in), &p), CKR_OK);
	CHECK(p.md == MD_SHA256 && p.data.len == 2);
	in.kdf = CKD_NULL;
	CHECK_EQ(try_kind(PARAMS_ECDH1, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	in.kdf = CKD_SHA1_KDF_ASN1;
	CHECK_EQ(try_kind(PARAMS_ECDH1, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	in.kdf = CKD_SHA256_KDF;
	in.pPublicData = NULL;
	CHECK_EQ(try_kind(PARAMS_ECDH1, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	in.ulPublicDataLen = 0;
	CHECK_EQ(try_kind(PARAMS_ECDH1, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
}

static void eddsa_may_be_absent(void)
{
	uint8_t context[256] = {1};
	CK_EDDSA_PARAMS in = {CK_TRUE, 255, context};
	PARAMS(p);

	CHECK_EQ(read_kind(PARAMS_EDDSA, NULL, 0, &p), CKR_OK);
	CHECK(!p.given);
	CHECK_EQ(read_kind(PARAMS_EDDSA, &in, sizeof(in), &p), CKR_OK);
	CHECK(p.given && p.prehash && p.data.len == 255);
	in.ulContextDataLen = 256;
	CHECK_EQ(try_kind(PARAMS_EDDSA, &in, sizeof(in)), CKR_MECHANISM_PARAM_INVALID);
	CHECK_EQ(try_kind(PARAMS_EDDSA, &in, sizeof(in) - 1), CKR_MECHANISM_PARAM_INVALID);
}

static void params_are_used_again_cleanly(void)
{
	uint8_t iv[12] = {9}, aad[4] = {7};
	CK_GCM_PARAMS gcm = gcm_good(iv, aad);
	PARAMS(p);

	CHECK_EQ(read_kind(PARAMS_GCM, &gcm, sizeof(gcm), &p), CKR_OK);
	CHECK_EQ(read_kind(PARAMS_NONE, NULL, 0, &p), CKR_OK);
	CHECK(p.kind == PARAMS_NONE && p.iv_len == 0 && p.mac_len == 0 && p.data.len == 0);
}

static const struct test tests[] = {
	TEST(none_takes_nothing),
	TEST(ivs_have_their_length),
	TEST(ctr_bits_are_1_to_128),
	TEST(gcm_takes_both_layouts),
	TEST(gcm_refuses_what_contradicts_itself),
	TEST(mac_lengths_are_bounded),
	TEST(pss_names_digests_of_ours),
	TEST(oaep_copies_the_label),
	TEST(ecdh1_needs_a_point),
	TEST(eddsa_may_be_absent),
	TEST(params_are_used_again_cleanly),
};
TEST_MAIN(tests)
