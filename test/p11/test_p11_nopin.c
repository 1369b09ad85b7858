/* SPDX-License-Identifier: BSD-2-Clause */
/* A token without a PIN, as servers have it: no login is needed, one with an empty PIN is fine. */
#include "p11.h"

#include <pthread.h>
#include <stdlib.h>

/* A world whose tokens need no PIN; the SO has one. */
static bool open_world(struct world *w)
{
	CK_C_INITIALIZE_ARGS args = {.pReserved = (void *) "policy=none"};
	CK_UTF8CHAR label[33] = "no pin                          ";
	CK_ULONG n = 1;

	return CHECK_RV(p11->C_Initialize(&args), CKR_OK) &&
	       CHECK_RV(p11->C_GetSlotList(CK_TRUE, &w->slot, &n), CKR_OK) &&
	       CHECK_RV(p11->C_InitToken(w->slot, UTF8(SO_PIN), strlen(SO_PIN), label), CKR_OK);
}
#define OPEN_WORLD(name)                                        \
	_cleanup_(world_done) struct world name = world_bare(); \
	REQUIRE(open_world(&name))

static void keys_work_without_login(void)
{
	OPEN_WORLD(w);
	CK_OBJECT_HANDLE pub, priv;
	CK_SESSION_HANDLE s = world_rw(&w);
	CK_TOKEN_INFO info;

	REQUIRE_RV(p11->C_GetTokenInfo(w.slot, &info), CKR_OK);
	CHECK_EQ(info.flags & CKF_LOGIN_REQUIRED, 0);
	CHECK_EQ(p11_state(s), CKS_RW_PUBLIC_SESSION);
	REQUIRE_RV(p11_ec_pair(s, true, "k", &pub, &priv), CKR_OK);
	CHECK_RV(p11_ec_use(s, pub, priv), CKR_OK);
	REQUIRE_RV(p11->C_Finalize(NULL), CKR_OK);
	REQUIRE_RV(p11->C_Initialize(NULL), CKR_OK);
	s = world_open(&w, 0);
	CHECK_EQ(p11_count(s, "k"), 2); /* the private one is visible */
}

static void login_takes_an_empty_pin_only(void)
{
	OPEN_WORLD(w);
	CK_SESSION_HANDLE s = world_rw(&w);

	CHECK_RV(p11->C_Login(s, CKU_USER, UTF8("1234"), 4), CKR_PIN_INCORRECT);
	CHECK_RV(p11->C_Login(s, CKU_USER, NULL, 0), CKR_OK);
	CHECK_EQ(p11_state(s), CKS_RW_USER_FUNCTIONS);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	CHECK_RV(p11->C_Login(s, CKU_USER, UTF8(""), 0), CKR_OK);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
}

static CK_OBJECT_HANDLE private_key(CK_SESSION_HANDLE s)
{
	CK_OBJECT_CLASS cls = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE t = {CKA_CLASS, &cls, sizeof(cls)};
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
	CK_ULONG n;

	if (p11->C_FindObjectsInit(s, &t, 1) == CKR_OK) {
		(void) p11->C_FindObjects(s, &key, 1, &n);
		(void) p11->C_FindObjectsFinal(s);
	}
	return key;
}

struct signer {
	struct world *w;
	pthread_barrier_t *start;
};

static void *sign_first(void *arg)
{
	struct signer *me = arg;
	CK_BYTE hash[32] = {1}, sig[64];
	CK_ULONG len = sizeof(sig);
	CK_SESSION_HANDLE s;
	CK_RV rv;

	rv = p11->C_OpenSession(me->w->slot, CKF_SERIAL_SESSION, NULL, NULL, &s);
	pthread_barrier_wait(me->start);
	if (rv == CKR_OK)
		rv = p11->C_SignInit(s, MECH(CKM_ECDSA), private_key(s));
	if (rv == CKR_OK)
		rv = p11->C_Sign(s, hash, sizeof(hash), sig, &len);
	return (void *) rv;
}

/* Many threads need the trusted key at the same time: one opens it, the others wait. */
static void first_use_by_many_opens_once(void)
{
	OPEN_WORLD(w);
	CK_SESSION_HANDLE s = world_rw(&w);
	CK_OBJECT_HANDLE pub, priv;
	pthread_barrier_t start;
	pthread_t threads[8];
	struct signer me = {&w, &start};
	unsigned long before;
	void *rv;

	p11_alarm(30);
	REQUIRE_RV(p11_ec_pair(s, true, "k", &pub, &priv), CKR_OK);
	REQUIRE_RV(p11->C_Finalize(NULL), CKR_OK);
	REQUIRE_RV(p11->C_Initialize(NULL), CKR_OK);
	before = world_asked(&w);
	CHECK(before > 0);
	pthread_barrier_init(&start, NULL, ARRAY_LEN(threads));
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		REQUIRE(pthread_create(&threads[i], NULL, sign_first, &me) == 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		pthread_join(threads[i], &rv);
		CHECK_RV((CK_RV) rv, CKR_OK);
	}
	pthread_barrier_destroy(&start);
	CHECK_EQ(world_asked(&w) - before, 1);
	p11_alarm(0);
}

static void a_source_that_is_away_is_named_at_use(void)
{
	OPEN_WORLD(w);
	CK_SESSION_HANDLE s = world_rw(&w);
	CK_OBJECT_HANDLE pub, priv;
	CK_RV rv;

	REQUIRE_RV(p11_ec_pair(s, true, "k", &pub, &priv), CKR_OK);
	REQUIRE_RV(p11->C_Finalize(NULL), CKR_OK);
	REQUIRE_RV(p11->C_Initialize(NULL), CKR_OK);
	s = world_rw(&w);
	world_away(&w, true);
	rv = p11->C_SignInit(s, MECH(CKM_ECDSA), private_key(s));
	CHECK_RV(rv, CKR_DEVICE_ERROR);
	world_away(&w, false);
	CHECK_RV(p11->C_SignInit(s, MECH(CKM_ECDSA), private_key(s)), CKR_OK);
}

static const struct test tests[] = {
	TEST(keys_work_without_login),
	TEST(login_takes_an_empty_pin_only),
	TEST(first_use_by_many_opens_once),
	TEST(a_source_that_is_away_is_named_at_use),
};
TEST_MAIN(tests)
