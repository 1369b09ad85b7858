/* SPDX-License-Identifier: BSD-2-Clause */
/* Tokens with seals of two sources: PIN changes, the SO's resets, making and remaking tokens. All
 * seals of a role change or none; what is replaced is forgotten by its source, what was not stored,
 * too. */
#include "no_sync.h"
#include "seals_util.h"

/* A token whose user and SO each have a seal of both sources. second: the second source comes first
 * in the table. */
static void both_new(struct desk *d, bool second)
{
	static char source[] = "fake2";
	const char *other = second ? "fake" : "fake2";
	struct policy p = policy_of("pin");
	struct login_new_token n = {.dir = d->store,
		.source = second ? source : NULL,
		.policy = &p,
		.label = bytes_str("both"),
		.so_pin = SO_PIN,
		.user_pin = USER_PIN};
	CK_SLOT_ID slot = 0;

	desk_fake2(d, "");
	CHECK_EQ(login_create_token(&d->config, &n, &slot), CKR_OK);
	snprintf(d->file, sizeof(d->file), "token-%08lx.db", slot);
	d->token = desk_open(d);
	add_seal_as(d, CKU_USER, other, "pin", NULL);
	add_seal_as(d, CKU_SO, other, "pin", NULL);
}

static void pin_change_reaches_all_seals_of_the_role(void)
{
	CK_OBJECT_HANDLE h;
	DESK(d, "none");

	both_new(&d, false);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_secret(d.token, true, true, "key", &h), CKR_OK);
	CHECK_EQ(login_set_pin(d.token, USER_PIN, NEW_PIN), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(count_seals(&d, ROLE_USER), 2);
	check_pin(&d, CKU_USER, NEW_PIN, USER_PIN);
	CHECK_EQ(login_start(d.token, CKU_USER, NEW_PIN), CKR_OK);
	CHECK_EQ(desk_count(d.token, "key", NULL), 1);
	CHECK_EQ(login_end(d.token), CKR_OK);
	/* the SO's are as they were, and change alike */
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(login_set_pin(d.token, SO_PIN, bytes_str("other so")), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	check_pin(&d, CKU_SO, bytes_str("other so"), SO_PIN);
	CHECK_EQ(desk_fake2_calls(&d, "change", "E_OK"), 2);
	CHECK_EQ(desk_fake2_calls(&d, "settle", "E_OK"), 2);
	CHECK_EQ(desk_fake2_calls(&d, "destroy", NULL), 0);
}

/* A copy of the store from before, with the PIN from before. */
static void replaced_seal_opens_no_more(void)
{
	DESK(d, "none");

	both_new(&d, false);
	desk_copy(&d, false);
	CHECK_EQ(login_set_pin(d.token, USER_PIN, NEW_PIN), CKR_OK);
	token_close(&d.token);
	desk_copy(&d, true);
	DESK_TOKEN(d);
	CHECK_EQ(login_by(&d, "fake2", CKU_USER, USER_PIN), CKR_DEVICE_ERROR);
	/* the first source keeps nothing, so nothing can be taken from its seals */
	CHECK_EQ(login_by(&d, "fake", CKU_USER, USER_PIN), CKR_OK);
}

/* In both orders: what was made before the failure must harm nobody. */
static void pin_change_that_fails_changes_nothing(void)
{
	for (int second = 0; second < 2; second++) {
		DESK(d, "none");

		both_new(&d, second == 1);
		if (second == 1)
			desk_fake(&d, "fail-seal=E_UNAVAILABLE");
		else
			desk_fake2(&d, "fail-seal=E_UNAVAILABLE");
		CHECK_EQ(login_set_pin(d.token, USER_PIN, NEW_PIN), CKR_DEVICE_ERROR);
		CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
		CHECK_EQ(login_init_pin(d.token, NEW_PIN), CKR_DEVICE_ERROR);
		CHECK_EQ(login_end(d.token), CKR_OK);
		CHECK_EQ(desk_fake2_calls(&d, "change", "E_OK"), second == 1 ? 2 : 0);
		CHECK_EQ(desk_fake2_calls(&d, "settle", NULL), 0);
		CHECK_EQ(desk_fake2_calls(&d, "destroy", NULL), 0);
		check_pin(&d, CKU_USER, USER_PIN, NEW_PIN);
		/* and the next one is none the worse */
		CHECK_EQ(login_set_pin(d.token, USER_PIN, NEW_PIN), CKR_OK);
		check_pin(&d, CKU_USER, NEW_PIN, USER_PIN);
	}
}

static void absent_source_is_removed_to_change_the_pin(void)
{
	uint8_t id[SEALS_ID_LEN];
	bool forgotten = true;
	DESK(d, "pin");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	add_seal_as(&d, CKU_USER, "fake2", "pin", id);
	unsetenv("BULLA_FAKE2");
	CHECK_EQ(login_set_pin(d.token, USER_PIN, NEW_PIN), CKR_DEVICE_ERROR);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(seals_remove(d.token, id, &forgotten), CKR_OK);
	CHECK(!forgotten);
	CHECK_EQ(login_set_pin(d.token, USER_PIN, NEW_PIN), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_USER, NEW_PIN), CKR_OK);
}

/* The power goes after the store's commit: the new seal itself revokes the old one. */
static void settling_is_made_up_for(void)
{
	DESK(d, "none");

	both_new(&d, false);
	desk_copy(&d, false);
	desk_fake2(&d, "fail-settle=E_UNAVAILABLE");
	CHECK_EQ(login_set_pin(d.token, USER_PIN, NEW_PIN), CKR_OK);
	CHECK_EQ(desk_fake2_calls(&d, "settle", "E_UNAVAILABLE"), 1);
	CHECK_EQ(login_by(&d, "fake2", CKU_USER, NEW_PIN), CKR_OK);
	token_close(&d.token);
	desk_copy(&d, true);
	DESK_TOKEN(d);
	CHECK_EQ(login_by(&d, "fake2", CKU_USER, USER_PIN), CKR_DEVICE_ERROR);
}

static void so_resets_all_of_the_users_seals(void)
{
	DESK(d, "none");

	both_new(&d, false);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(login_init_pin(d.token, NEW_PIN), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(count_seals(&d, ROLE_USER), 2);
	CHECK_EQ(count_seals(&d, ROLE_SO), 2);
	check_pin(&d, CKU_USER, NEW_PIN, USER_PIN);
	CHECK_EQ(desk_fake2_calls(&d, "settle", "E_OK"), 1);
}

static void first_user_pin_is_sealed_by_each_source_of_the_so(void)
{
	struct policy p = policy_of("pin");
	struct login_new_token n = {.policy = &p, .label = bytes_str("new"), .so_pin = SO_PIN};
	CK_SLOT_ID slot = 0;
	DESK(d, "none");

	n.dir = d.store;
	CHECK_EQ(login_create_token(&d.config, &n, &slot), CKR_OK);
	snprintf(d.file, sizeof(d.file), "token-%08lx.db", slot);
	DESK_TOKEN(d);
	desk_fake2(&d, "");
	add_seal_as(&d, CKU_SO, "fake2", "pin", NULL);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	desk_fake2(&d, "fail-seal=E_UNAVAILABLE");
	CHECK_EQ(login_init_pin(d.token, USER_PIN), CKR_DEVICE_ERROR);
	CHECK_EQ(count_seals(&d, ROLE_USER), 0);
	desk_fake2(&d, "");
	CHECK_EQ(login_init_pin(d.token, USER_PIN), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(count_seals(&d, ROLE_USER), 2);
	check_pin(&d, CKU_USER, USER_PIN, NEW_PIN);
}

/* What was sealed for a change that then fails elsewhere is destroyed, if it stands for itself. */
static void unfinished_seals_are_destroyed(void)
{
	static char source[] = "fake2";
	struct policy p = policy_of("pin");
	struct login_new_token n = {
		.source = source, .policy = &p, .label = bytes_str("new"), .so_pin = SO_PIN};
	CK_SLOT_ID slot = 0;
	char dir[100];
	DESK(d, "none");

	desk_fake2(&d, "");
	/* a token that cannot be stored: the directory would be below a file */
	snprintf(dir, sizeof(dir), "%s/below", d.fake);
	n.dir = dir;
	n.user_pin = USER_PIN;
	CHECK(login_create_token(&d.config, &n, &slot) != CKR_OK);
	CHECK_EQ(slot, 0);
	CHECK_EQ(desk_fake2_calls(&d, "seal", "E_OK"), 2);
	CHECK_EQ(desk_fake2_calls(&d, "destroy", "E_OK"), 2);
	/* a first user PIN of which only the first half can be made */
	n.dir = d.store;
	n.user_pin = BYTES_NONE;
	CHECK_EQ(login_create_token(&d.config, &n, &slot), CKR_OK);
	snprintf(d.file, sizeof(d.file), "token-%08lx.db", slot);
	DESK_TOKEN(d);
	add_seal_as(&d, CKU_SO, "fake", "pin", NULL);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	desk_fake(&d, "fail-seal=E_UNAVAILABLE");
	CHECK_EQ(login_init_pin(d.token, USER_PIN), CKR_DEVICE_ERROR);
	CHECK_EQ(desk_fake2_calls(&d, "seal", "E_OK"), 4);
	CHECK_EQ(desk_fake2_calls(&d, "destroy", "E_OK"), 3);
}

static void reinit_renews_all_of_the_sos_seals(void)
{
	DESK(d, "none");

	both_new(&d, false);
	desk_copy(&d, false);
	desk_fake2(&d, "fail-seal=E_UNAVAILABLE");
	CHECK_EQ(login_reinit_token(d.token, SO_PIN, bytes_str("again")), CKR_DEVICE_ERROR);
	CHECK_EQ(desk_fake2_calls(&d, "destroy", NULL), 0);
	check_pin(&d, CKU_USER, USER_PIN, NEW_PIN);
	CHECK_EQ(login_reinit_token(d.token, SO_PIN, bytes_str("again")), CKR_OK);
	CHECK_EQ(count_seals(&d, ROLE_SO), 2);
	CHECK_EQ(count_seals(&d, ROLE_USER), 0);
	CHECK_EQ(login_by(&d, "fake", CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(login_by(&d, "fake2", CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	/* the old ones open nothing any more, the user's and the SO's */
	CHECK_EQ(desk_fake2_calls(&d, "destroy", "E_OK"), 2);
	token_close(&d.token);
	desk_copy(&d, true);
	DESK_TOKEN(d);
	CHECK_EQ(login_by(&d, "fake2", CKU_USER, USER_PIN), CKR_PIN_LOCKED);
	CHECK_EQ(login_by(&d, "fake2", CKU_SO, SO_PIN), CKR_PIN_LOCKED);
}

/* Sources that do not answer any more are no reason to keep the new token from its owner. */
static void reinit_leaves_behind_what_is_away(void)
{
	DESK(d, "so pin");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	add_seal_as(&d, CKU_USER, "fake2", "pin", NULL);
	unsetenv("BULLA_FAKE2");
	CHECK_EQ(login_reinit_token(d.token, SO_PIN, bytes_str("again")), CKR_OK);
	CHECK_EQ(count_seals(&d, ROLE_SO), 1);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
}

static const struct test tests[] = {
	TEST(pin_change_reaches_all_seals_of_the_role),
	TEST(replaced_seal_opens_no_more),
	TEST(pin_change_that_fails_changes_nothing),
	TEST(absent_source_is_removed_to_change_the_pin),
	TEST(settling_is_made_up_for),
	TEST(so_resets_all_of_the_users_seals),
	TEST(first_user_pin_is_sealed_by_each_source_of_the_so),
	TEST(unfinished_seals_are_destroyed),
	TEST(reinit_renews_all_of_the_sos_seals),
	TEST(reinit_leaves_behind_what_is_away),
};
TEST_MAIN(tests)
