/* SPDX-License-Identifier: BSD-2-Clause */
/* A token whose user and SO each have seals of two sources, as `bulla seal add` makes them: what a
 * PKCS #11 program sees of it. The token is made by a child, with the floors below the module. */
#include "p11.h"

#include "config.h"
#include "login.h"
#include "policy.h"
#include "seals.h"

#include <stdlib.h>

#define NEW_PIN "new-pin-5678"
#define WRONG   "wrong-pin"

/* What the second fake source is to do (test/fake/trust_fake2.h); NULL: it is away. */
static void second_script(const struct world *w, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/fake2", w->dir.path);
	if (text == NULL) {
		unsetenv("BULLA_FAKE2");
		return;
	}
	file_write(path, text);
	setenv("BULLA_FAKE2", path, 1);
}

static CK_RV add_one(struct token *t, CK_USER_TYPE user, const char *pin)
{
	struct policy p = {.pin = true};
	struct seals_new n = {.source = "fake2", .policy = &p, .user = user, .pin = bytes_str(pin)};
	uint8_t id[SEALS_ID_LEN];

	P11_TRY(login_start(t, user, bytes_str(pin)));
	P11_TRY(seals_add(t, &n, id));
	return login_end(t);
}

static CK_RV make_token(const char *dir)
{
	static char source[] = "fake", tcti[] = "none", file[32];
	struct config c = {
		.source = source, .tcti = tcti, .tpm_timeout_ms = 1000, .queue_timeout_ms = 1000};
	struct policy p = {.pin = true};
	struct login_new_token n = {.dir = dir,
		.policy = &p,
		.label = bytes_str("two"),
		.so_pin = bytes_str(SO_PIN),
		.user_pin = bytes_str(USER_PIN)};
	struct token *t = NULL;
	CK_SLOT_ID slot = 0;

	P11_TRY(login_create_token(&c, &n, &slot));
	snprintf(file, sizeof(file), "token-%08lx.db", slot);
	P11_TRY(token_open(&c, NULL, dir, file, &t));
	P11_TRY(add_one(t, CKU_USER, USER_PIN));
	P11_TRY(add_one(t, CKU_SO, SO_PIN));
	token_close(&t);
	return CKR_OK;
}

static int make_in_child(void *arg)
{
	const struct world *w = arg;
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/store", w->dir.path);
	return make_token(dir) == CKR_OK ? 0 : 1;
}

static bool two_world(struct world *w)
{
	CK_ULONG n = 1;

	second_script(w, "max=4");
	return CHECK_EQ(p11_in_child(make_in_child, w), 0) &&
	       CHECK_RV(p11->C_Initialize(NULL), CKR_OK) &&
	       CHECK_RV(p11->C_GetSlotList(CK_TRUE, &w->slot, &n), CKR_OK);
}
#define TWO_WORLD(name)                                         \
	_cleanup_(world_done) struct world name = world_bare(); \
	REQUIRE(two_world(&name))

static CK_RV login_with(CK_SESSION_HANDLE s, CK_USER_TYPE user, const char *pin)
{
	return p11->C_Login(s, user, UTF8(pin), strlen(pin));
}

static CK_RV set_pin(CK_SESSION_HANDLE s, const char *old, const char *new)
{
	return p11->C_SetPIN(s, UTF8(old), strlen(old), UTF8(new), strlen(new));
}

static CK_RV init_pin(CK_SESSION_HANDLE s, const char *pin)
{
	return p11->C_InitPIN(s, UTF8(pin), strlen(pin));
}

static CK_FLAGS user_flags(const struct world *w)
{
	CK_TOKEN_INFO info = {0};

	CHECK_RV(p11->C_GetTokenInfo(w->slot, &info), CKR_OK);
	return info.flags & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
}

/* Each source, with the other one away, says this of the PIN. */
static void check_each(const struct world *w, CK_SESSION_HANDLE s, const char *pin, CK_RV want)
{
	for (int second = 0; second < 2; second++) {
		world_script(w, second == 1 ? "fail-open=E_UNAVAILABLE" : "");
		second_script(w, second == 1 ? "max=4" : NULL);
		CHECK_RV(login_with(s, CKU_USER, pin), want);
		if (want == CKR_OK)
			CHECK_RV(p11->C_Logout(s), CKR_OK);
	}
	world_script(w, "");
	second_script(w, "max=4");
}

static void keys_are_the_same_whichever_seal_opened(void)
{
	TWO_WORLD(w);
	CK_SESSION_HANDLE s = world_rw(&w);
	CK_OBJECT_HANDLE pub, priv;

	REQUIRE_RV(p11_login(s), CKR_OK);
	REQUIRE_RV(p11_ec_pair(s, true, "k", &pub, &priv), CKR_OK);
	REQUIRE_RV(p11->C_Finalize(NULL), CKR_OK);
	world_script(&w, "fail-open=E_UNAVAILABLE");
	REQUIRE_RV(p11->C_Initialize(NULL), CKR_OK);
	s = world_open(&w, 0);
	REQUIRE_RV(p11_login(s), CKR_OK);
	CHECK_EQ(p11_count(s, "k"), 2);
}

static void set_pin_changes_it_for_both(void)
{
	TWO_WORLD(w);
	CK_SESSION_HANDLE s = world_rw(&w);

	CHECK_RV(set_pin(s, WRONG, NEW_PIN), CKR_PIN_INCORRECT);
	CHECK_RV(set_pin(s, USER_PIN, NEW_PIN), CKR_OK);
	check_each(&w, s, NEW_PIN, CKR_OK);
	check_each(&w, s, USER_PIN, CKR_PIN_INCORRECT);
	/* logged in, it is that user's */
	CHECK_RV(login_with(s, CKU_USER, NEW_PIN), CKR_OK);
	CHECK_RV(set_pin(s, NEW_PIN, USER_PIN), CKR_OK);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	check_each(&w, s, USER_PIN, CKR_OK);
}

static void set_pin_without_one_source_changes_nothing(void)
{
	TWO_WORLD(w);
	CK_SESSION_HANDLE s = world_rw(&w);

	second_script(&w, NULL);
	CHECK_RV(set_pin(s, USER_PIN, NEW_PIN), CKR_DEVICE_ERROR);
	check_each(&w, s, USER_PIN, CKR_OK);
	world_script(&w, "fail=E_UNAVAILABLE");
	CHECK_RV(set_pin(s, USER_PIN, NEW_PIN), CKR_DEVICE_ERROR);
	check_each(&w, s, USER_PIN, CKR_OK);
	CHECK_RV(set_pin(s, USER_PIN, NEW_PIN), CKR_OK);
	check_each(&w, s, NEW_PIN, CKR_OK);
}

static void init_pin_sets_it_for_both(void)
{
	TWO_WORLD(w);
	CK_SESSION_HANDLE s = world_rw(&w);

	CHECK_RV(init_pin(s, NEW_PIN), CKR_USER_NOT_LOGGED_IN);
	REQUIRE_RV(p11_login_so(s), CKR_OK);
	CHECK_RV(init_pin(s, NEW_PIN), CKR_OK);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	check_each(&w, s, NEW_PIN, CKR_OK);
	check_each(&w, s, USER_PIN, CKR_PIN_INCORRECT);
}

static void lock_of_the_only_source_ends_by_the_so(void)
{
	TWO_WORLD(w);
	CK_SESSION_HANDLE s = world_rw(&w);

	CHECK_EQ(user_flags(&w), 0);
	world_script(&w, "fail-open=E_UNAVAILABLE");
	for (int i = 0; i < 3; i++)
		CHECK_RV(login_with(s, CKU_USER, WRONG), CKR_PIN_INCORRECT);
	CHECK_EQ(user_flags(&w), CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
	CHECK_RV(login_with(s, CKU_USER, WRONG), CKR_PIN_INCORRECT);
	CHECK_EQ(user_flags(&w), CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_LOCKED);
	CHECK_RV(p11_login(s), CKR_PIN_LOCKED);
	REQUIRE_RV(p11_login_so(s), CKR_OK);
	CHECK_RV(init_pin(s, NEW_PIN), CKR_OK);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	CHECK_EQ(user_flags(&w), 0);
	CHECK_RV(login_with(s, CKU_USER, NEW_PIN), CKR_OK);
}

static void init_token_renews_both_of_the_sos(void)
{
	TWO_WORLD(w);
	CK_UTF8CHAR label[33] = "again                           ";
	CK_SESSION_HANDLE s;

	REQUIRE_RV(p11->C_InitToken(w.slot, UTF8(SO_PIN), strlen(SO_PIN), label), CKR_OK);
	s = world_rw(&w);
	CHECK_RV(p11_login(s), CKR_USER_PIN_NOT_INITIALIZED);
	world_script(&w, "fail-open=E_UNAVAILABLE");
	REQUIRE_RV(p11_login_so(s), CKR_OK);
	CHECK_RV(init_pin(s, USER_PIN), CKR_OK);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	check_each(&w, s, USER_PIN, CKR_OK);
}

static const struct test tests[] = {
	TEST(keys_are_the_same_whichever_seal_opened),
	TEST(set_pin_changes_it_for_both),
	TEST(set_pin_without_one_source_changes_nothing),
	TEST(init_pin_sets_it_for_both),
	TEST(lock_of_the_only_source_ends_by_the_so),
	TEST(init_token_renews_both_of_the_sos),
};
TEST_MAIN(tests)
