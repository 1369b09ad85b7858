/* SPDX-License-Identifier: BSD-2-Clause */
/* An engine that took over all keys of the process, as libp11's does: ours do not reach it. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "test.h"

#include "codec.h"

#include <openssl/engine.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

static unsigned asked;

/* nids NULL: for this key type's methods; it has none, and libcrypto's call then fails. */
static int methods(ENGINE *e, EVP_PKEY_METHOD **method, const int **nids, int nid)
{
	static const int all[] = {EVP_PKEY_RSA, EVP_PKEY_EC};

	(void) e;
	(void) nid;
	if (method == NULL) {
		*nids = all;
		return 2;
	}
	asked++;
	*method = NULL;
	return 0;
}

static void engine_done(ENGINE **e)
{
	if (*e != NULL)
		ENGINE_unregister_pkey_meths(*e);
	ENGINE_free(*e);
}

static bool engine_default(ENGINE *e)
{
	return e != NULL && ENGINE_set_id(e, "test") == 1 && ENGINE_set_name(e, "test") == 1 &&
	       ENGINE_set_pkey_meths(e, methods) == 1 && ENGINE_set_default_pkey_meths(e) == 1;
}

static EVP_PKEY *generated(const char *oid, const char *group)
{
	_cleanup_(evp_pkey_ctx_done) EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *pkey = NULL;

	if (!CHECK(ossl_pkey_ctx(oid, &ctx).code == E_OK))
		return NULL;
	CHECK(EVP_PKEY_keygen_init(ctx) == 1);
	if (group != NULL)
		CHECK(EVP_PKEY_CTX_set_group_name(ctx, group) == 1);
	CHECK(EVP_PKEY_generate(ctx, &pkey) == 1);
	return pkey;
}

static void use(EVP_PKEY *pkey)
{
	_cleanup_(evp_pkey_ctx_done) EVP_PKEY_CTX *ctx = NULL;
	uint8_t out[512], digest[32] = {1};
	size_t len = sizeof(out);
	OSSL_LIB_CTX *libctx = NULL;

	CHECK(ossl_libctx(&libctx).code == E_OK);
	ctx = EVP_PKEY_CTX_new_from_pkey(libctx, pkey, "provider=default");
	REQUIRE(ctx != NULL);
	CHECK(EVP_PKEY_sign_init(ctx) == 1);
	CHECK(EVP_PKEY_sign(ctx, out, &len, digest, sizeof(digest)) == 1);
	CHECK(EVP_PKEY_CTX_get0_provider(ctx) != NULL);
}

static void keys_do_not_reach_the_engine(void)
{
	static const struct {
		const char *oid, *group;
		CK_KEY_TYPE type;
	} cases[] = {{OSSL_EC, "P-256", CKK_EC}, {OSSL_RSA, NULL, CKK_RSA}};

	_cleanup_(engine_done) ENGINE *e = ENGINE_new();

	REQUIRE(engine_default(e));
	asked = 0;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(evp_pkey_done) EVP_PKEY *made = generated(cases[i].oid, cases[i].group);
		_cleanup_(evp_pkey_done) EVP_PKEY *read = NULL, *unwrapped = NULL;
		ATTRS(attrs);
		BUF(der);

		REQUIRE(made != NULL);
		use(made);
		CHECK_EQ(codec_attrs_from_pkey(made, CKO_PRIVATE_KEY, &attrs), CKR_OK);
		CHECK_EQ(codec_pkey_from_attrs(CKO_PRIVATE_KEY, cases[i].type, &attrs, NULL, &read),
			CKR_OK);
		CHECK_EQ(codec_check(read, CKO_PRIVATE_KEY), CKR_OK);
		use(read);
		CHECK_EQ(codec_pkcs8_from_pkey(read, &der), CKR_OK);
		CHECK_EQ(codec_pkey_from_pkcs8(buf_bytes(&der), &unwrapped), CKR_OK);
		use(unwrapped);
	}
	CHECK_EQ(asked, 0);
}

static int host_bytes(unsigned char *buf, int len)
{
	asked++;
	memset(buf, 0, (size_t) len);
	return 1;
}

static int host_status(void)
{
	return 1;
}

/* A host's engine may bring a generator of its own, for the host. */
static void secrets_do_not_come_from_the_hosts_generator(void)
{
	static const RAND_METHOD host = {
		.bytes = host_bytes, .pseudorand = host_bytes, .status = host_status};
	uint8_t a[16] = {0}, b[16] = {0};

	asked = 0;
	REQUIRE(RAND_set_rand_method(&host) == 1);
	CHECK_OK(ossl_random_public(a, sizeof(a)));
	CHECK_OK(ossl_random_private(b, sizeof(b)));
	CHECK_EQ(asked, 0);
	CHECK(!bytes_eq(BYTES_OF(a), BYTES_OF(b)));
	RAND_set_rand_method(NULL);
}

static const struct test tests[] = {
	TEST(keys_do_not_reach_the_engine),
	TEST(secrets_do_not_come_from_the_hosts_generator),
};

TEST_MAIN(tests)
