/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

#include "ossl.h"

/* RFC 5869, test case 1. */
static void hkdf_is_rfc_5869s(void)
{
	static const uint8_t okm[] = {0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43,
		0x4f, 0x64, 0xd0, 0x36, 0x2f, 0x2a, 0x2d, 0x2d, 0x0a, 0x90, 0xcf, 0x1a, 0x5a, 0x4c,
		0x5d, 0xb0, 0x2d, 0x56, 0xec, 0xc4, 0xc5, 0xbf, 0x34, 0x00, 0x72, 0x08, 0xd5, 0xb8,
		0x87, 0x18, 0x58, 0x65};
	uint8_t ikm[22], salt[13], info[10], out[sizeof(okm)];

	memset(ikm, 0x0b, sizeof(ikm));
	for (uint8_t i = 0; i < sizeof(salt); i++)
		salt[i] = i;
	for (uint8_t i = 0; i < sizeof(info); i++)
		info[i] = (uint8_t) (0xf0 + i);
	REQUIRE_OK(ossl_hkdf(BYTES_OF(ikm), BYTES_OF(salt), BYTES_OF(info), out, sizeof(out)));
	CHECK(memcmp(out, okm, sizeof(okm)) == 0);
}

/* RFC 4231, test case 2, and FIPS 180's "abc". */
static void hmac_and_sha256_are_as_published(void)
{
	static const uint8_t mac[] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04,
		0x24, 0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83,
		0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43};
	static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41,
		0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
		0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
	uint8_t out[32];

	REQUIRE_OK(ossl_hmac(bytes_str("Jefe"), bytes_str("what do ya want for nothing?"), out));
	CHECK(memcmp(out, mac, 32) == 0);
	REQUIRE_OK(ossl_sha256(bytes_str("abc"), out));
	CHECK(memcmp(out, abc, 32) == 0);
}

static void digests_have_their_lengths(void)
{
	for (unsigned md = MD_NONE + 1; md < MD_COUNT; md++) {
		EVP_MD *evp = NULL;

		REQUIRE_OK(ossl_md((enum md) md, &evp));
		CHECK((size_t) EVP_MD_get_size(evp) == ossl_md_len((enum md) md));
		CHECK((size_t) EVP_MD_get_block_size(evp) == ossl_md_block((enum md) md));
	}
	CHECK(ossl_md_name(MD_NONE) == NULL && ossl_md_len(MD_NONE) == 0);
}

static void context_is_not_the_hosts_and_is_made_anew(void)
{
	OSSL_LIB_CTX *ctx = NULL;
	EVP_CIPHER *c = NULL, *same = NULL;

	REQUIRE_OK(ossl_libctx(&ctx));
	CHECK(ctx != OSSL_LIB_CTX_get0_global_default());
	REQUIRE_OK(ossl_cipher("AES-256-GCM", &c));
	REQUIRE_OK(ossl_cipher("AES-256-GCM", &same));
	CHECK(c == same);
	CHECK_ERR(ossl_cipher("NO-SUCH-CIPHER", &same), E_UNSUPPORTED);
	ossl_done();
	ossl_done();
	REQUIRE_OK(ossl_cipher("AES-256-GCM", &c));
}

static void random_bytes_differ(void)
{
	uint8_t a[32], b[32];

	REQUIRE_OK(ossl_random_public(a, sizeof(a)));
	REQUIRE_OK(ossl_random_public(b, sizeof(b)));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	REQUIRE_OK(ossl_random_private(b, sizeof(b)));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
}

static const struct test tests[] = {
	TEST(hkdf_is_rfc_5869s),
	TEST(hmac_and_sha256_are_as_published),
	TEST(digests_have_their_lengths),
	TEST(context_is_not_the_hosts_and_is_made_anew),
	TEST(random_bytes_differ),
};
TEST_MAIN(tests)
