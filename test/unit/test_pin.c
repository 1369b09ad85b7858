/* SPDX-License-Identifier: BSD-2-Clause */
/* login.c: setting and changing PINs, making tokens and making them anew, with the fake source. */
#include "token_util.h"

static CK_FLAGS flags_of(struct token *t)
{
	CK_TOKEN_INFO info;

	CHECK_EQ(token_info(t, &info), CKR_OK);
	return info.flags;
}

static void pin_change_replaces_one_seal(void)
{
	CK_OBJECT_HANDLE h;
	DESK(d, "so pin");
	DESK_TOKEN(d);

	CHECK_EQ(login_set_pin(d.token, USER_PIN, bytes_str("12")), CKR_PIN_LEN_RANGE);
	CHECK_EQ(login_set_pin(d.token, bytes_str("0000"), bytes_str("5678")), CKR_PIN_INCORRECT);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_secret(d.token, true, true, "key", &h), CKR_OK);
	CHECK_EQ(login_set_pin(d.token, USER_PIN, bytes_str("5678")), CKR_OK);
	CHECK_EQ(desk_count(d.token, "key", NULL), 1);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_PIN_INCORRECT);
	CHECK_EQ(login_start(d.token, CKU_USER, bytes_str("5678")), CKR_OK);
	CHECK_EQ(desk_count(d.token, "key", NULL), 1);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(login_set_pin(d.token, SO_PIN, bytes_str("new so")), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_SO, bytes_str("new so")), CKR_OK);
}

static void failed_pin_change_changes_nothing(void)
{
	DESK(d, "pin");
	DESK_TOKEN(d);

	desk_fake(&d, "fail-seal=E_UNAVAILABLE");
	CHECK_EQ(login_set_pin(d.token, USER_PIN, bytes_str("5678")), CKR_DEVICE_ERROR);
	desk_fake(&d, "");
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
}

static void so_resets_the_users_pin(void)
{
	DESK(d, "so pin");
	DESK_TOKEN(d);

	CHECK_EQ(login_init_pin(d.token, bytes_str("5678")), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(login_init_pin(d.token, bytes_str("56")), CKR_PIN_LEN_RANGE);
	CHECK_EQ(login_init_pin(d.token, bytes_str("5678")), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_PIN_INCORRECT);
	CHECK_EQ(login_start(d.token, CKU_USER, bytes_str("5678")), CKR_OK);
}

/* As C_InitToken makes it: an SO, no user yet. */
static void token_without_user_pin_waits_for_one(void)
{
	struct policy p = {.pin = true};
	struct login_new_token n = {.policy = &p, .label = bytes_str("new"), .so_pin = SO_PIN};
	CK_SLOT_ID slot = 0;
	DESK(d, "so pin");

	n.dir = d.store;
	CHECK_EQ(login_create_token(&d.config, &n, &slot), CKR_OK);
	snprintf(d.file, sizeof(d.file), "token-%08lx.db", slot);
	DESK_TOKEN(d);
	CHECK_EQ(token_slot_id(d.token), slot);
	CHECK_EQ(flags_of(d.token) & (CKF_USER_PIN_INITIALIZED | CKF_LOGIN_REQUIRED),
		CKF_LOGIN_REQUIRED);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	CHECK_EQ(login_set_pin(d.token, USER_PIN, USER_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(login_init_pin(d.token, USER_PIN), CKR_OK);
	CHECK(flags_of(d.token) & CKF_USER_PIN_INITIALIZED);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
}

static void unopenable_tokens_are_not_made(void)
{
	struct policy p = {.pin = true};
	struct login_new_token n = {.policy = &p, .label = bytes_str("new")};
	char label[33];
	CK_SLOT_ID slot = 0;
	DESK(d, "so pin");

	n.dir = d.store;
	CHECK_EQ(login_create_token(&d.config, &n, &slot), CKR_PIN_LEN_RANGE);
	n.so_pin = bytes_str("abc");
	CHECK_EQ(login_create_token(&d.config, &n, &slot), CKR_PIN_LEN_RANGE);
	n.so_pin = SO_PIN;
	memset(label, 'l', sizeof(label));
	n.label = BYTES_OF(label);
	CHECK_EQ(login_create_token(&d.config, &n, &slot), CKR_ARGUMENTS_BAD);
	desk_fake(&d, "fail-seal=E_UNAVAILABLE");
	n.label = bytes_str("new");
	CHECK_EQ(login_create_token(&d.config, &n, &slot), CKR_DEVICE_ERROR);
	CHECK_EQ(slot, 0);
}

static void reinit_leaves_nothing_of_the_old(void)
{
	CK_OBJECT_HANDLE h;
	CK_TOKEN_INFO before, after;
	DESK(d, "so pin");
	DESK_TOKEN(d);

	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_data(d.token, true, false, "note", &h), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(token_info(d.token, &before), CKR_OK);
	CHECK_EQ(
		login_reinit_token(d.token, bytes_str("wrong"), bytes_str("x")), CKR_PIN_INCORRECT);
	CHECK_EQ(desk_count(d.token, "note", NULL), 1);
	CHECK_EQ(login_reinit_token(d.token, SO_PIN, bytes_str("again")), CKR_OK);
	CHECK_EQ(desk_count(d.token, NULL, NULL), 0);
	CHECK_EQ(token_info(d.token, &after), CKR_OK);
	CHECK(memcmp(after.label, "again   ", 8) == 0);
	CHECK(memcmp(after.serialNumber, before.serialNumber, 16) != 0);
	CHECK_EQ(after.flags & CKF_USER_PIN_INITIALIZED, 0);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
}

static const struct test tests[] = {
	TEST(pin_change_replaces_one_seal),
	TEST(failed_pin_change_changes_nothing),
	TEST(so_resets_the_users_pin),
	TEST(token_without_user_pin_waits_for_one),
	TEST(unopenable_tokens_are_not_made),
	TEST(reinit_leaves_nothing_of_the_old),
};
TEST_MAIN(tests)
