/* SPDX-License-Identifier: BSD-2-Clause */
/* Making keys inside the token: what a refused call leaves, who may make what, what options do. */
#include "token_util.h"

#include "make.h"
#include "mech.h"

static const CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static const CK_KEY_TYPE aes_type = CKK_AES;
static const CK_ULONG len_32 = 32;
static const uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

static CK_MECHANISM mech(CK_MECHANISM_TYPE type)
{
	return (CK_MECHANISM){type, NULL, 0};
}

static CK_RV key(const struct desk *d, bool rw, CK_MECHANISM_TYPE type, struct templ *m,
	CK_OBJECT_HANDLE *ret)
{
	struct who who = token_who(d->token, rw, SESSION);
	CK_MECHANISM how = mech(type);
	ATTRS(a);

	CHECK_EQ(attrs_copy_in(m->list, m->count, &a), CKR_OK);
	return make_key(d->token, &who, &how, &a, ret);
}

static void attrs_two_done(struct attrs (*a)[2])
{
	attrs_done(&(*a)[0]);
	attrs_done(&(*a)[1]);
}

static CK_RV pair(
	const struct desk *d, struct templ *pub, struct templ *priv, CK_OBJECT_HANDLE ret[2])
{
	struct who who = token_who(d->token, true, SESSION);
	_cleanup_(attrs_two_done) struct attrs a[2] = {0};
	CK_MECHANISM how = mech(CKM_EC_KEY_PAIR_GEN);

	CHECK_EQ(attrs_copy_in(pub->list, pub->count, &a[0]), CKR_OK);
	CHECK_EQ(attrs_copy_in(priv->list, priv->count, &a[1]), CKR_OK);
	return make_pair(d->token, &who, &how, a, ret);
}

static struct templ aes_key(bool on_token)
{
	struct templ m = {0};

	templ_bool(&m, CKA_TOKEN, on_token);
	templ_add(&m, CKA_VALUE_LEN, &len_32, sizeof(len_32));
	return m;
}

static void refused_pair_leaves_nothing(void)
{
	struct templ pub = {0}, bad_class = {0}, bad_usage = {0}, good = {0};
	CK_OBJECT_HANDLE h[2] = {0};
	DESK(d, "pin");

	DESK_TOKEN(d);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	templ_bool(&pub, CKA_TOKEN, true);
	templ_add(&pub, CKA_EC_PARAMS, p256, sizeof(p256));
	templ_add(&bad_class, CKA_CLASS, &secret_class, sizeof(secret_class));
	CHECK_EQ(pair(&d, &pub, &bad_class, h), CKR_TEMPLATE_INCONSISTENT);
	templ_bool(&bad_usage, CKA_TOKEN, true); /* found only when everything is there */
	templ_bool(&bad_usage, CKA_PRIVATE, false);
	templ_bool(&bad_usage, CKA_ALWAYS_AUTHENTICATE, true);
	CHECK_EQ(pair(&d, &pub, &bad_usage, h), CKR_TEMPLATE_INCONSISTENT);
	CHECK(h[0] == 0 && h[1] == 0);
	CHECK_EQ(desk_count(d.token, NULL, NULL), 0);
	templ_bool(&good, CKA_TOKEN, true);
	CHECK_EQ(pair(&d, &pub, &good, h), CKR_OK);
	CHECK_EQ(desk_count(d.token, NULL, NULL), 2);
}

static void rights_are_asked(void)
{
	struct templ on_token = aes_key(true), session = aes_key(false);
	CK_OBJECT_HANDLE h = 0;
	DESK(d, "so pin");

	DESK_TOKEN(d);
	CHECK_EQ(key(&d, true, CKM_AES_KEY_GEN, &on_token, &h), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(key(&d, true, CKM_AES_KEY_GEN, &on_token, &h), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(key(&d, false, CKM_AES_KEY_GEN, &on_token, &h), CKR_SESSION_READ_ONLY);
	CHECK_EQ(key(&d, false, CKM_AES_KEY_GEN, &session, &h), CKR_OK);
	CHECK_EQ(key(&d, true, CKM_AES_KEY_GEN, &on_token, &h), CKR_OK);
}

static void plain_bytes_may_be_a_certain_hmac(void)
{
	static const CK_KEY_TYPE hmac = CKK_SHA256_HMAC, rsa = CKK_RSA;
	static const CK_ULONG odd = 17, none = 0, much = 5000;
	struct templ typed = aes_key(false), wrong = aes_key(false), as_rsa = aes_key(false);
	struct templ bad_len = {0}, no_len = {0}, empty = {0}, huge = {0};
	CK_OBJECT_HANDLE h = 0;
	DESK(d, "pin");

	DESK_TOKEN(d);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	templ_add(&typed, CKA_KEY_TYPE, &hmac, sizeof(hmac));
	CHECK_EQ(key(&d, true, CKM_GENERIC_SECRET_KEY_GEN, &typed, &h), CKR_OK);
	templ_add(&wrong, CKA_KEY_TYPE, &aes_type, sizeof(aes_type));
	CHECK_EQ(key(&d, true, CKM_GENERIC_SECRET_KEY_GEN, &wrong, &h), CKR_TEMPLATE_INCONSISTENT);
	templ_add(&as_rsa, CKA_KEY_TYPE, &rsa, sizeof(rsa));
	CHECK_EQ(key(&d, true, CKM_GENERIC_SECRET_KEY_GEN, &as_rsa, &h), CKR_TEMPLATE_INCONSISTENT);
	templ_add(&bad_len, CKA_VALUE_LEN, &odd, sizeof(odd));
	CHECK_EQ(key(&d, true, CKM_AES_KEY_GEN, &bad_len, &h), CKR_KEY_SIZE_RANGE);
	CHECK_EQ(key(&d, true, CKM_AES_KEY_GEN, &no_len, &h), CKR_TEMPLATE_INCOMPLETE);
	templ_add(&empty, CKA_VALUE_LEN, &none, sizeof(none));
	CHECK_EQ(key(&d, true, CKM_GENERIC_SECRET_KEY_GEN, &empty, &h), CKR_KEY_SIZE_RANGE);
	templ_add(&huge, CKA_VALUE_LEN, &much, sizeof(much));
	CHECK_EQ(key(&d, true, CKM_GENERIC_SECRET_KEY_GEN, &huge, &h), CKR_KEY_SIZE_RANGE);
	CHECK_EQ(key(&d, true, CKM_ECDSA, &typed, &h), CKR_MECHANISM_INVALID);
}

/* Of a key that wants the PIN each time: there is no moment for it here. */
static void always_authenticate_does_not_derive(void)
{
	struct templ pub = {0}, priv = {0};
	CK_ECDH1_DERIVE_PARAMS ecdh = {CKD_NULL, 0, NULL, 0, NULL};
	CK_MECHANISM how = {CKM_ECDH1_DERIVE, &ecdh, sizeof(ecdh)};
	CK_OBJECT_HANDLE h[2] = {0}, derived = 0;
	uint8_t point[80];
	struct who who;
	ATTRS(none);
	OBJECT(o);
	DESK(d, "pin");

	DESK_TOKEN(d);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	templ_add(&pub, CKA_EC_PARAMS, p256, sizeof(p256));
	templ_bool(&priv, CKA_DERIVE, true);
	templ_bool(&priv, CKA_ALWAYS_AUTHENTICATE, true);
	CHECK_EQ(pair(&d, &pub, &priv, h), CKR_OK);
	who = token_who(d.token, true, SESSION);
	CHECK_EQ(token_object(d.token, &who, h[0], &o), CKR_OK);
	REQUIRE(o != NULL);
	ecdh.ulPublicDataLen = attr_bytes(attrs_get(&o->attrs, CKA_EC_POINT)).len;
	memcpy(point, attrs_get(&o->attrs, CKA_EC_POINT)->ptr, ecdh.ulPublicDataLen);
	ecdh.pPublicData = point;
	CHECK_EQ(make_derived(d.token, &who, &how, h[1], &none, &derived), CKR_USER_NOT_LOGGED_IN);
	priv.count--;
	CHECK_EQ(pair(&d, &pub, &priv, h), CKR_OK);
	CHECK_EQ(make_derived(d.token, &who, &how, h[1], &none, &derived), CKR_OK);
	CHECK(derived != 0);
	CHECK_EQ(make_derived(d.token, &who, &how, h[0], &none, &derived),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
}

/* The administrator's option, by name: what other products do. */
static void loose_wrap_lifts_the_rules(void)
{
	struct templ victim = aes_key(true), under = aes_key(true);
	CK_OBJECT_HANDLE keys[2] = {0};
	uint8_t iv[16] = {0}, out[64];
	CK_MECHANISM cbc = {CKM_AES_CBC_PAD, iv, sizeof(iv)};
	CK_ULONG len = sizeof(out);
	struct who who;
	DESK(d, "pin");

	DESK_TOKEN(d);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	templ_bool(&victim, CKA_EXTRACTABLE, true);
	templ_bool(&under, CKA_WRAP, true);
	CHECK_EQ(key(&d, true, CKM_AES_KEY_GEN, &under, &keys[0]), CKR_OK);
	CHECK_EQ(key(&d, true, CKM_AES_KEY_GEN, &victim, &keys[1]), CKR_OK);
	who = token_who(d.token, true, SESSION);
	CHECK_EQ(make_wrapped(d.token, &who, &cbc, keys, out, &len), CKR_KEY_NOT_WRAPPABLE);
	d.config.loose_wrap = true;
	CHECK_EQ(make_wrapped(d.token, &who, &cbc, keys, out, &len), CKR_OK);
	CHECK_EQ(len, 48);
	keys[1] = keys[0]; /* what must not leave does not leave */
	CHECK_EQ(make_wrapped(d.token, &who, &cbc, keys, out, &len), CKR_KEY_UNEXTRACTABLE);
}

/* No login was needed, so nothing has opened the trusted key yet. */
static void token_without_pin_copies(void)
{
	CK_OBJECT_HANDLE h = 0, copy = 0;
	struct templ m = aes_key(true);
	struct who who;
	ATTRS(none);
	DESK(d, "pcr=sha256:7");

	DESK_TOKEN(d);
	CHECK_EQ(token_refresh(d.token, true), CKR_OK);
	CHECK_EQ(key(&d, true, CKM_AES_KEY_GEN, &m, &h), CKR_OK);
	token_close(&d.token);
	DESK_TOKEN(d);
	CHECK_EQ(desk_count(d.token, NULL, &h), 1);
	who = token_who(d.token, true, SESSION);
	CHECK_EQ(make_copy(d.token, &who, h, &none, &copy), CKR_OK);
	CHECK_EQ(desk_count(d.token, NULL, NULL), 2);
}

static const struct test tests[] = {
	TEST(refused_pair_leaves_nothing),
	TEST(rights_are_asked),
	TEST(plain_bytes_may_be_a_certain_hmac),
	TEST(always_authenticate_does_not_derive),
	TEST(loose_wrap_lifts_the_rules),
	TEST(token_without_pin_copies),
};

TEST_MAIN(tests)
