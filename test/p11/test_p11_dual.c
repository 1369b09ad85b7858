/* SPDX-License-Identifier: BSD-2-Clause */
/* Two operations at once: the same results as one after the other, whatever the buffers. */
#include "p11.h"

#include <stdlib.h>

#define TOTAL 160u

static CK_BYTE iv[16] = {3};
static CK_MECHANISM cbc = {CKM_AES_CBC, iv, sizeof(iv)};

struct pair {
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE key;
	CK_BYTE plain[TOTAL], cipher[TOTAL], digest[32], mac[16];
};

/* What each operation gives alone. */
static bool pair_make(struct world *w, struct pair *p)
{
	CK_ULONG n = TOTAL, d = 32, m = 16;

	CHECK_RV(world_token(w), CKR_OK);
	p->s = world_rw(w);
	CHECK_RV(p11_login(p->s), CKR_OK);
	for (unsigned i = 0; i < TOTAL; i++)
		p->plain[i] = (CK_BYTE) i;
	return CHECK_RV(p11_aes(p->s, false, &p->key), CKR_OK) &&
	       CHECK_RV(p11->C_EncryptInit(p->s, &cbc, p->key), CKR_OK) &&
	       CHECK_RV(p11->C_Encrypt(p->s, p->plain, TOTAL, p->cipher, &n), CKR_OK) &&
	       CHECK_RV(p11->C_DigestInit(p->s, MECH(CKM_SHA256)), CKR_OK) &&
	       CHECK_RV(p11->C_Digest(p->s, p->plain, TOTAL, p->digest, &d), CKR_OK) &&
	       CHECK_RV(p11->C_SignInit(p->s, MECH(CKM_AES_CMAC), p->key), CKR_OK) &&
	       CHECK_RV(p11->C_Sign(p->s, p->plain, TOTAL, p->mac, &m), CKR_OK);
}

typedef CK_RV dual(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);

/* In parts of part bytes, in the same buffer, asking for the length first and with too little room
 * once: all of which must not feed the second operation twice. */
static void run(dual *f, CK_SESSION_HANDLE s, CK_BYTE *buf, CK_ULONG part)
{
	for (CK_ULONG at = 0; at < TOTAL; at += part) {
		CK_ULONG n = 0, short_len = part - 1;

		CHECK_RV(f(s, buf + at, part, NULL, &n), CKR_OK);
		CHECK_EQ(n, part);
		CHECK_RV(f(s, buf + at, part, buf + at, &short_len), CKR_BUFFER_TOO_SMALL);
		CHECK_EQ(short_len, part);
		CHECK_RV(f(s, buf + at, part, buf + at, &n), CKR_OK);
		CHECK_EQ(n, part);
	}
}

static void digest_and_encrypt_then_back(void)
{
	WORLD(w);
	struct pair p;
	CK_BYTE buf[TOTAL], digest[32], last[16];
	CK_ULONG n = sizeof(digest), l = sizeof(last);

	REQUIRE(pair_make(&w, &p));
	memcpy(buf, p.plain, TOTAL);
	REQUIRE_RV(p11->C_DigestInit(p.s, MECH(CKM_SHA256)), CKR_OK);
	REQUIRE_RV(p11->C_EncryptInit(p.s, &cbc, p.key), CKR_OK);
	run(p11->C_DigestEncryptUpdate, p.s, buf, 32);
	CHECK_RV(p11->C_EncryptFinal(p.s, last, &l), CKR_OK);
	CHECK_RV(p11->C_DigestFinal(p.s, digest, &n), CKR_OK);
	CHECK(memcmp(buf, p.cipher, TOTAL) == 0);
	CHECK(memcmp(digest, p.digest, 32) == 0);

	REQUIRE_RV(p11->C_DigestInit(p.s, MECH(CKM_SHA256)), CKR_OK);
	REQUIRE_RV(p11->C_DecryptInit(p.s, &cbc, p.key), CKR_OK);
	run(p11->C_DecryptDigestUpdate, p.s, buf, 16);
	l = sizeof(last);
	CHECK_RV(p11->C_DecryptFinal(p.s, last, &l), CKR_OK);
	CHECK_RV(p11->C_DigestFinal(p.s, digest, &n), CKR_OK);
	CHECK(memcmp(buf, p.plain, TOTAL) == 0);
	CHECK(memcmp(digest, p.digest, 32) == 0);
}

static void sign_and_encrypt_then_verify(void)
{
	WORLD(w);
	struct pair p;
	CK_BYTE buf[TOTAL], mac[16];
	CK_ULONG n = sizeof(mac);

	REQUIRE(pair_make(&w, &p));
	memcpy(buf, p.plain, TOTAL);
	REQUIRE_RV(p11->C_SignInit(p.s, MECH(CKM_AES_CMAC), p.key), CKR_OK);
	REQUIRE_RV(p11->C_EncryptInit(p.s, &cbc, p.key), CKR_OK);
	run(p11->C_SignEncryptUpdate, p.s, buf, 16);
	CHECK_RV(p11->C_SignFinal(p.s, mac, &n), CKR_OK);
	CHECK(memcmp(mac, p.mac, 16) == 0);
	CHECK(memcmp(buf, p.cipher, TOTAL) == 0);

	REQUIRE_RV(p11->C_VerifyInit(p.s, MECH(CKM_AES_CMAC), p.key), CKR_OK);
	REQUIRE_RV(p11->C_DecryptInit(p.s, &cbc, p.key), CKR_OK);
	run(p11->C_DecryptVerifyUpdate, p.s, buf, 32);
	CHECK_RV(p11->C_VerifyFinal(p.s, p.mac, 16), CKR_OK);
	CHECK(memcmp(buf, p.plain, TOTAL) == 0);
}

static void both_operations_must_be_there(void)
{
	WORLD(w);
	struct pair p;
	CK_BYTE buf[16] = {0};
	CK_ULONG n = sizeof(buf);

	REQUIRE(pair_make(&w, &p));
	CHECK_RV(p11->C_DigestEncryptUpdate(p.s, buf, 16, buf, &n), CKR_OPERATION_NOT_INITIALIZED);
	REQUIRE_RV(p11->C_DigestInit(p.s, MECH(CKM_SHA256)), CKR_OK);
	CHECK_RV(p11->C_DigestEncryptUpdate(p.s, buf, 16, buf, &n), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_SignEncryptUpdate(p.s, buf, 16, buf, &n), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_DecryptDigestUpdate(p.s, buf, 16, buf, &n), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_DecryptVerifyUpdate(p.s, buf, 16, buf, &n), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_DigestUpdate(p.s, buf, 16), CKR_OK); /* it was left alone */
	REQUIRE_RV(p11->C_EncryptInit(p.s, &cbc, p.key), CKR_OK);
	CHECK_RV(p11->C_DigestEncryptUpdate(p.s, NULL, 16, buf, &n), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_DigestUpdate(p.s, buf, 16), CKR_OPERATION_NOT_INITIALIZED);
}

static const struct test tests[] = {
	TEST(digest_and_encrypt_then_back),
	TEST(sign_and_encrypt_then_verify),
	TEST(both_operations_must_be_there),
};
TEST_MAIN(tests)
