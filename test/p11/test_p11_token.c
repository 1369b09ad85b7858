/* SPDX-License-Identifier: BSD-2-Clause */
/* C_InitToken, PINs, SO and user; slots and their events. */
#include "p11.h"

#include <stdlib.h>
#include <unistd.h>

static CK_UTF8CHAR label_a[33] = "a                               ";
static CK_UTF8CHAR label_b[33] = "b                               ";

static CK_RV init_token(CK_SLOT_ID slot, const char *pin, CK_UTF8CHAR *label)
{
	return p11->C_InitToken(slot, UTF8(pin), strlen(pin), label);
}

static CK_RV login(CK_SESSION_HANDLE s, CK_USER_TYPE user, const char *pin)
{
	return p11->C_Login(s, user, UTF8(pin), strlen(pin));
}

static CK_SLOT_ID only_slot(void)
{
	CK_SLOT_ID slot = 0;
	CK_ULONG n = 1;

	CHECK_RV(p11->C_GetSlotList(CK_TRUE, &slot, &n), CKR_OK);
	CHECK_EQ(n, 1);
	return slot;
}

static void blank_slot_becomes_the_token(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;
	CK_TOKEN_INFO info;
	CK_SLOT_ID slot = only_slot();
	CK_ULONG n;

	REQUIRE_RV(p11->C_GetTokenInfo(slot, &info), CKR_OK);
	CHECK_EQ(info.flags & CKF_TOKEN_INITIALIZED, 0);
	CHECK(memchr(info.label, '\0', 32) == NULL);
	CHECK_RV(p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s),
		CKR_TOKEN_NOT_RECOGNIZED);
	CHECK_RV(p11->C_InitToken(slot, UTF8(SO_PIN), strlen(SO_PIN), NULL), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_InitToken(slot, NULL, 8, label_a), CKR_ARGUMENTS_BAD);
	CHECK_RV(init_token(slot, "abc", label_a), CKR_PIN_LEN_RANGE);
	CHECK_RV(p11->C_InitToken(slot ^ 1, UTF8(SO_PIN), strlen(SO_PIN), label_a),
		CKR_SLOT_ID_INVALID);
	REQUIRE_RV(init_token(slot, SO_PIN, label_a), CKR_OK);
	REQUIRE_RV(p11->C_GetTokenInfo(slot, &info), CKR_OK);
	CHECK(memcmp(info.label, label_a, 32) == 0);
	CHECK_EQ(info.flags & (CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED),
		CKF_TOKEN_INITIALIZED);
	/* The list keeps its id, in this life and in the next, and has no blank slot any more. */
	CHECK_RV(p11->C_GetSlotList(CK_TRUE, NULL, &n), CKR_OK);
	CHECK_EQ(n, 1);
	CHECK_EQ(only_slot(), slot);
	REQUIRE_RV(p11->C_Finalize(NULL), CKR_OK);
	REQUIRE_RV(p11->C_Initialize(NULL), CKR_OK);
	CHECK_EQ(only_slot(), slot);
}

static void blank_slot_id_is_the_same_for_the_next_process(void)
{
	WORLD(w);
	CK_SLOT_ID slot = only_slot();

	REQUIRE_RV(p11->C_Finalize(NULL), CKR_OK);
	REQUIRE_RV(p11->C_Initialize(NULL), CKR_OK);
	CHECK_EQ(only_slot(), slot);
}

static void blank_slot_is_offered_as_configured(void)
{
	static const struct {
		const char *reserved;
		CK_ULONG before, after; /* how many slots, without and with a token */
	} rows[] = {
		{NULL, 1, 1},
		{"blank-slot=yes", 1, 2},
		{"blank-slot=no", 0, 1},
	};
	CK_ULONG n;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		WORLD(w);
		CK_C_INITIALIZE_ARGS args = {.pReserved = (void *) rows[i].reserved};

		CHECK_RV(p11->C_Finalize(NULL), CKR_OK);
		CHECK_RV(p11->C_Initialize(&args), CKR_OK);
		CHECK_RV(p11->C_GetSlotList(CK_FALSE, NULL, &n), CKR_OK);
		CHECK_EQ(n, rows[i].before);
		CHECK_RV(p11->C_Finalize(NULL), CKR_OK);
		CHECK_RV(p11->C_Initialize(NULL), CKR_OK);
		CHECK_RV(world_token(&w), CKR_OK);
		CHECK_RV(p11->C_Finalize(NULL), CKR_OK);
		CHECK_RV(p11->C_Initialize(&args), CKR_OK);
		CHECK_RV(p11->C_GetSlotList(CK_FALSE, NULL, &n), CKR_OK);
		CHECK_EQ(n, rows[i].after);
	}
}

static void init_token_needs_the_so_and_no_session(void)
{
	WORLD(w);
	CK_OBJECT_HANDLE o;
	CK_SESSION_HANDLE s;
	CK_TOKEN_INFO info;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11_data(s, true, false, "old", &o), CKR_USER_NOT_LOGGED_IN);
	REQUIRE_RV(p11_login(s), CKR_OK);
	REQUIRE_RV(p11_data(s, true, false, "old", &o), CKR_OK);
	CHECK_RV(init_token(w.slot, SO_PIN, label_b), CKR_SESSION_EXISTS);
	CHECK_RV(p11->C_CloseSession(s), CKR_OK);
	CHECK_RV(init_token(w.slot, "not the pin", label_b), CKR_PIN_INCORRECT);
	REQUIRE_RV(p11->C_GetTokenInfo(w.slot, &info), CKR_OK);
	CHECK(memcmp(info.label, "test token", 10) == 0);
	s = world_rw(&w);
	CHECK_EQ(p11_count(s, "old"), 1);
	CHECK_RV(p11->C_CloseSession(s), CKR_OK);
	REQUIRE_RV(init_token(w.slot, SO_PIN, label_b), CKR_OK);
	REQUIRE_RV(p11->C_GetTokenInfo(w.slot, &info), CKR_OK);
	CHECK(memcmp(info.label, label_b, 32) == 0);
	CHECK_EQ(info.flags & CKF_USER_PIN_INITIALIZED, 0);
	s = world_rw(&w);
	CHECK_EQ(p11_count(s, NULL), 0);
	CHECK_RV(p11_login(s), CKR_USER_PIN_NOT_INITIALIZED);
	CHECK_RV(p11_login_so(s), CKR_OK);
}

static void init_pin_is_for_the_so(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	CHECK_RV(p11->C_InitPIN(s, UTF8("new-pin"), 7), CKR_USER_NOT_LOGGED_IN);
	REQUIRE_RV(p11_login(s), CKR_OK);
	CHECK_RV(p11->C_InitPIN(s, UTF8("new-pin"), 7), CKR_USER_NOT_LOGGED_IN);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	REQUIRE_RV(p11_login_so(s), CKR_OK);
	CHECK_RV(p11->C_InitPIN(s, UTF8("abc"), 3), CKR_PIN_LEN_RANGE);
	CHECK_RV(p11->C_InitPIN(s, NULL, 7), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_InitPIN(s, UTF8("new-pin"), 7), CKR_OK);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	CHECK_RV(p11_login(s), CKR_PIN_INCORRECT);
	CHECK_RV(login(s, CKU_USER, "new-pin"), CKR_OK);
}

static void set_pin_changes_the_pin_of_who_is_there(void)
{
	WORLD(w);
	CK_OBJECT_HANDLE pub, priv;
	CK_SESSION_HANDLE s, ro;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	REQUIRE_RV(p11_ec_pair(s, true, "k", &pub, &priv), CKR_OK);
	ro = world_open(&w, 0);
	CHECK_RV(p11->C_SetPIN(ro, UTF8(USER_PIN), strlen(USER_PIN), UTF8("1111111"), 7),
		CKR_SESSION_READ_ONLY);
	CHECK_RV(p11->C_CloseSession(ro), CKR_OK);
	CHECK_RV(p11->C_SetPIN(s, UTF8("wrong"), 5, UTF8("1111111"), 7), CKR_PIN_INCORRECT);
	CHECK_RV(p11->C_SetPIN(s, UTF8(USER_PIN), strlen(USER_PIN), UTF8("1"), 1),
		CKR_PIN_LEN_RANGE);
	CHECK_RV(p11->C_SetPIN(s, UTF8(USER_PIN), strlen(USER_PIN), UTF8("1111111"), 7), CKR_OK);
	CHECK_EQ(p11_state(s), CKS_RW_USER_FUNCTIONS);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	CHECK_RV(p11_login(s), CKR_PIN_INCORRECT);
	/* In a public session it is the user's. */
	CHECK_RV(p11->C_SetPIN(s, UTF8("1111111"), 7, UTF8("2222222"), 7), CKR_OK);
	REQUIRE_RV(login(s, CKU_USER, "2222222"), CKR_OK);
	CHECK_EQ(p11_count(s, "k"), 2);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	REQUIRE_RV(p11_login_so(s), CKR_OK);
	CHECK_RV(p11->C_SetPIN(s, UTF8(SO_PIN), strlen(SO_PIN), UTF8("so-new-pin"), 10), CKR_OK);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	CHECK_RV(p11_login_so(s), CKR_PIN_INCORRECT);
	CHECK_RV(login(s, CKU_SO, "so-new-pin"), CKR_OK);
}

static void login_refuses_what_cannot_be(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;
	CK_UTF8CHAR pin[10000];
	CK_RV rv;

	memset(pin, 'x', sizeof(pin));
	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	CHECK_RV(login(s, 7, USER_PIN), CKR_USER_TYPE_INVALID);
	CHECK_RV(login(s, CKU_CONTEXT_SPECIFIC, USER_PIN), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_Login(s, CKU_USER, NULL, 5), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_Login(s, CKU_USER, pin, ~0UL), CKR_ARGUMENTS_BAD);
	rv = p11->C_Login(s, CKU_USER, pin, sizeof(pin));
	CHECK(rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LEN_RANGE);
	rv = p11->C_Login(s, CKU_USER, NULL, 0);
	CHECK(rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LEN_RANGE || rv == CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_Login(s, CKU_USER, UTF8("user\0pin"), 8), CKR_PIN_INCORRECT);
	CHECK_EQ(p11_state(s), CKS_RW_PUBLIC_SESSION);
	CHECK_RV(p11->C_LoginUser(s, CKU_USER, UTF8(USER_PIN), strlen(USER_PIN), UTF8("me"), 2),
		CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_LoginUser(s, CKU_USER, UTF8(USER_PIN), strlen(USER_PIN), NULL, 0), CKR_OK);
	CHECK_EQ(p11_state(s), CKS_RW_USER_FUNCTIONS);
}

static void wrong_pins_lock_before_the_source_does(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;
	CK_TOKEN_INFO info;
	int tries = 0;
	CK_RV rv;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	do {
		rv = login(s, CKU_USER, "not the pin");
	} while (rv == CKR_PIN_INCORRECT && ++tries < 40);
	CHECK_RV(rv, CKR_PIN_LOCKED);
	CHECK(tries > 0 && tries < 32); /* the fake source's own limit */
	CHECK_RV(p11_login(s), CKR_PIN_LOCKED);
	REQUIRE_RV(p11->C_GetTokenInfo(w.slot, &info), CKR_OK);
	CHECK(info.flags & CKF_USER_PIN_LOCKED);
	CHECK_RV(p11_login_so(s), CKR_OK); /* has a budget of its own */
}

static void causes_have_their_codes_at_login(void)
{
	static const struct {
		const char *script;
		CK_RV rv;
	} rows[] = {
		{"fail-open=E_UNAVAILABLE", CKR_DEVICE_ERROR},
		{"fail-open=E_POLICY", CKR_FUNCTION_FAILED},
		{"fail-open=E_LOCKED", CKR_PIN_LOCKED},
		{"", CKR_OK},
	};
	WORLD(w);
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	if (strcmp(p11_source(), "fake") != 0) {
		world_away(&w, true);
		CHECK_RV(p11_login(s), CKR_DEVICE_ERROR);
		world_away(&w, false);
		CHECK_RV(p11_login(s), CKR_OK);
		return; /* the rest is the fake's script */
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		world_script(&w, rows[i].script);
		if (!CHECK_RV(p11_login(s), rows[i].rv))
			printf("with %s\n", rows[i].script);
	}
}

static void slot_list_has_both_passes(void)
{
	WORLD(w);
	CK_SLOT_ID list[4];
	CK_ULONG n = 9;

	CHECK_RV(p11->C_GetSlotList(CK_TRUE, NULL, NULL), CKR_ARGUMENTS_BAD);
	REQUIRE_RV(world_token(&w), CKR_OK);
	REQUIRE_RV(p11->C_GetSlotList(CK_FALSE, NULL, &n), CKR_OK);
	CHECK_EQ(n, 1);
	n = 0;
	CHECK_RV(p11->C_GetSlotList(CK_FALSE, list, &n), CKR_BUFFER_TOO_SMALL);
	CHECK_EQ(n, 1);
	n = ARRAY_LEN(list);
	CHECK_RV(p11->C_GetSlotList(CK_TRUE, list, &n), CKR_OK);
	CHECK_EQ(n, 1);
	CHECK_EQ(list[0], w.slot);
}

/* Another process makes a token in this world's store. */
static int other_makes_token(void *arg)
{
	struct world w = *(struct world *) arg;
	CK_C_INITIALIZE_ARGS args = {.pReserved = (void *) "blank-slot=yes"};
	CK_SLOT_ID list[8];
	CK_ULONG n = 8;
	CK_TOKEN_INFO info;

	if (p11->C_Initialize(&args) != CKR_OK || p11->C_GetSlotList(CK_TRUE, list, &n) != CKR_OK)
		return 1;
	for (CK_ULONG i = 0; i < n; i++) {
		if (p11->C_GetTokenInfo(list[i], &info) != CKR_OK)
			return 2;
		if ((info.flags & CKF_TOKEN_INITIALIZED) == 0)
			return init_token(list[i], SO_PIN, label_b) == CKR_OK ? 0 : 3;
	}
	(void) w;
	return 4;
}

static void tokens_of_other_processes_appear_and_go(void)
{
	WORLD(w);
	CK_SLOT_ID list[8], slot = 0;
	char command[128];
	CK_ULONG n = 8;

	REQUIRE_RV(world_token(&w), CKR_OK);
	CHECK_RV(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
	REQUIRE(p11_in_child(other_makes_token, &w) == 0);
	CHECK_RV(p11->C_GetSlotList(CK_TRUE, list, &n), CKR_OK);
	CHECK_EQ(n, 1); /* the list stays until it is asked for anew */
	CHECK_RV(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_OK);
	CHECK(slot != w.slot);
	CHECK_RV(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
	CHECK_RV(p11->C_GetSlotList(CK_TRUE, NULL, &n), CKR_OK);
	CHECK_EQ(n, 2);
	CHECK_RV(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, NULL, NULL), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, &n), CKR_ARGUMENTS_BAD);

	snprintf(command, sizeof(command), "rm -f %s/store/token-*", w.dir.path);
	CHECK_EQ(system(command), 0);
	CHECK_RV(p11->C_WaitForSlotEvent(0, &slot, NULL), CKR_OK); /* there is one: it returns */
	CHECK_RV(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_OK);
	CHECK_RV(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
	CHECK_RV(p11->C_OpenSession(w.slot, CKF_SERIAL_SESSION, NULL, NULL, &n),
		CKR_TOKEN_NOT_PRESENT);
}

static void store_written_by_others_is_named(void)
{
	WORLD(w);
	char path[160];
	CK_TOKEN_INFO info;
	CK_SLOT_ID list[4];
	CK_ULONG n = 4;
	CK_RV rv;

	REQUIRE_RV(world_token(&w), CKR_OK);
	REQUIRE_RV(p11->C_Finalize(NULL), CKR_OK);
	snprintf(path, sizeof(path), "%s/store/token-%08lx.db", w.dir.path, w.slot);
	CHECK_EQ(access(path, R_OK), 0);
	file_write(path, "this is no database, and it is long enough to be looked at twice");
	REQUIRE_RV(p11->C_Initialize(NULL), CKR_OK);
	REQUIRE_RV(p11->C_GetSlotList(CK_TRUE, list, &n), CKR_OK);
	CHECK_EQ(n, 1);
	rv = p11->C_GetTokenInfo(w.slot, &info);
	CHECK(rv == CKR_DEVICE_ERROR || rv == CKR_TOKEN_NOT_RECOGNIZED);
}

static const struct test tests[] = {
	TEST(blank_slot_becomes_the_token),
	TEST(blank_slot_id_is_the_same_for_the_next_process),
	TEST(blank_slot_is_offered_as_configured),
	TEST(init_token_needs_the_so_and_no_session),
	TEST(init_pin_is_for_the_so),
	TEST(set_pin_changes_the_pin_of_who_is_there),
	TEST(login_refuses_what_cannot_be),
	TEST(wrong_pins_lock_before_the_source_does),
	TEST(causes_have_their_codes_at_login),
	TEST(slot_list_has_both_passes),
	TEST(tokens_of_other_processes_appear_and_go),
	TEST(store_written_by_others_is_named),
};
TEST_MAIN(tests)
