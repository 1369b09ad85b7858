/* SPDX-License-Identifier: BSD-2-Clause */
/* What only a token of a TEE has to show: when the TEE is asked, and what its refusals are to a
 * program. */
#include "p11.h"

#include <sys/wait.h>

static CK_OBJECT_HANDLE key_find(CK_SESSION_HANDLE s, CK_OBJECT_CLASS cls)
{
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, cls)};
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
	CK_ULONG n;

	if (p11->C_FindObjectsInit(s, t, 1) == CKR_OK) {
		(void) p11->C_FindObjects(s, &key, 1, &n);
		(void) p11->C_FindObjectsFinal(s);
	}
	return key;
}

/* The first start of a token costs one session with the TEE, and the signatures after it none. */
static void login_is_one_session_and_signatures_none(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE pub, priv;
	unsigned long before;
	CK_TOKEN_INFO info;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	REQUIRE_RV(p11_ec_pair(s, true, "k", &pub, &priv), CKR_OK);
	REQUIRE_RV(p11->C_Finalize(NULL), CKR_OK);

	before = world_asked(&w);
	CHECK(before > 0);
	REQUIRE_RV(p11->C_Initialize(NULL), CKR_OK);
	REQUIRE_RV(p11->C_GetTokenInfo(w.slot, &info), CKR_OK);
	s = world_rw(&w);
	CHECK_EQ(world_asked(&w), before);
	REQUIRE_RV(p11_login(s), CKR_OK);
	CHECK_EQ(world_asked(&w), before + 1);
	pub = key_find(s, CKO_PUBLIC_KEY);
	priv = key_find(s, CKO_PRIVATE_KEY);
	for (int i = 0; i < 100; i++)
		CHECK_RV(p11_ec_use(s, pub, priv), CKR_OK);
	REQUIRE_RV(p11->C_GetTokenInfo(w.slot, &info), CKR_OK);
	CHECK_EQ(world_asked(&w), before + 1);
}

/* Another directory is another machine's secure storage. */
static void lost_storage_locks_for_good(void)
{
	char cmd[256];
	WORLD(w);
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	snprintf(cmd, sizeof(cmd), "rm -r '%s/tee/storage'", w.dir.path);
	REQUIRE(system(cmd) == 0);
	s = world_rw(&w);
	CHECK_RV(p11_login(s), CKR_PIN_LOCKED);
	CHECK_RV(p11_login_so(s), CKR_PIN_LOCKED);
}

static int login_wrong(void *arg)
{
	struct world *w = arg;
	CK_SESSION_HANDLE s;

	if (p11->C_Initialize(NULL) != CKR_OK)
		return 1;
	s = world_rw(w);
	return p11->C_Login(s, CKU_USER, UTF8("wrong-pin"), 9) == CKR_PIN_INCORRECT ? 0 : 2;
}

/* Ten tries, whichever processes make them; the SO gives ten more. */
static void wrong_pins_of_all_processes_count(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(p11_in_child(login_wrong, &w), 0);
	s = world_rw(&w);
	for (int i = 0; i < 6; i++)
		CHECK_RV(p11->C_Login(s, CKU_USER, UTF8("wrong-pin"), 9), CKR_PIN_INCORRECT);
	CHECK_RV(p11_login(s), CKR_PIN_LOCKED);
	REQUIRE_RV(p11_login_so(s), CKR_OK);
	REQUIRE_RV(p11->C_InitPIN(s, UTF8(USER_PIN), strlen(USER_PIN)), CKR_OK);
	REQUIRE_RV(p11->C_Logout(s), CKR_OK);
	CHECK_RV(p11_login(s), CKR_OK);
}

/* A copy of the store from before a PIN change opens no more: the TEE has retired its seals. */
static void a_copy_of_the_store_is_retired_by_a_pin_change(void)
{
	char cmd[512];
	WORLD(w);
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	snprintf(cmd, sizeof(cmd), "cp -a '%s/store' '%s/copy'", w.dir.path, w.dir.path);
	REQUIRE(system(cmd) == 0);
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	REQUIRE_RV(
		p11->C_SetPIN(s, UTF8(USER_PIN), strlen(USER_PIN), UTF8("new-pin-1"), 9), CKR_OK);
	REQUIRE_RV(p11->C_Finalize(NULL), CKR_OK);
	snprintf(cmd, sizeof(cmd), "mv '%s/store' '%s/new' && mv '%s/copy' '%s/store'", w.dir.path,
		w.dir.path, w.dir.path, w.dir.path);
	REQUIRE(system(cmd) == 0);
	REQUIRE_RV(p11->C_Initialize(NULL), CKR_OK);
	s = world_rw(&w);
	CHECK(p11_login(s) != CKR_OK);
	CHECK_RV(p11_login_so(s), CKR_OK); /* which was not changed */
}

static const struct test tests[] = {
	TEST(login_is_one_session_and_signatures_none),
	TEST(lost_storage_locks_for_good),
	TEST(wrong_pins_of_all_processes_count),
	TEST(a_copy_of_the_store_is_retired_by_a_pin_change),
};
TEST_MAIN(tests)
