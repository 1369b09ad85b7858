/* SPDX-License-Identifier: BSD-2-Clause */
/* seals.c: adding and removing seals of two sources, and who may. */
#include "no_sync.h"
#include "seals_util.h"

#include "trust_fake2.h"

static void each_seal_opens_the_token_alone(void)
{
	CK_OBJECT_HANDLE h;
	DESK(d, "so pin");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_secret(d.token, true, true, "key", &h), CKR_OK);
	CHECK_EQ(add_seal(d.token, CKU_USER, "fake2", "pin", NULL), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	check_pin(&d, CKU_USER, USER_PIN, bytes_str("9999"));
	/* the other role's seal is as it was */
	CHECK_EQ(login_by(&d, "fake", CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(login_by(&d, "fake2", CKU_SO, SO_PIN), CKR_DEVICE_ERROR);
	desk_fake(&d, "fail-open=E_UNAVAILABLE");
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_count(d.token, "key", NULL), 1);
}

static void who_may_not_adds_nothing(void)
{
	DESK(d, "so pin");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	CHECK_EQ(add_seal(d.token, CKU_USER, "fake2", "pin", NULL), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(add_seal(d.token, CKU_SO, "fake2", "pin", NULL), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(add_seal(d.token, CKU_SO, "fake2", "pin", NULL), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(desk_fake2_calls(&d, "seal", NULL), 0);
	CHECK_EQ(count_seals(&d, ROLE_USER), 1);
	CHECK_EQ(count_seals(&d, ROLE_SO), 1);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(add_seal(d.token, CKU_SO, "fake2", "pin", NULL), CKR_OK);
	CHECK_EQ(add_seal(d.token, CKU_USER, "fake2", "pin", NULL), CKR_OK);
	CHECK_EQ(count_seals(&d, ROLE_USER), 2);
	CHECK_EQ(count_seals(&d, ROLE_SO), 2);
}

/* A token without an SO is its user's alone. */
static void user_makes_himself_an_so(void)
{
	DESK(d, "pin");
	DESK_TOKEN(d);

	add_seal_as(&d, CKU_USER, "fake", "pin", NULL);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(add_seal(d.token, CKU_SO, "fake", "pin", NULL), CKR_OK);
	CHECK_EQ(add_seal(d.token, CKU_SO, "fake", "pin", NULL), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
}

/* All PIN seals of a role have one PIN: what is said to be it is tried. */
static void new_seals_get_the_roles_pin_only(void)
{
	struct policy p = policy_of("pin");
	struct seals_new n = {
		.source = "fake2", .policy = &p, .user = CKU_USER, .pin = bytes_str("9999")};
	uint8_t id[SEALS_ID_LEN];
	CK_TOKEN_INFO info;
	DESK(d, "so pin");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(seals_add(d.token, &n, id), CKR_PIN_INCORRECT);
	CHECK_EQ(desk_fake2_calls(&d, "seal", NULL), 0);
	CHECK_EQ(count_seals(&d, ROLE_USER), 1);
	CHECK_EQ(token_info(d.token, &info), CKR_OK);
	CHECK(info.flags & CKF_USER_PIN_COUNT_LOW);
	n.pin = bytes_str("12");
	CHECK_EQ(seals_add(d.token, &n, id), CKR_PIN_LEN_RANGE);
	n.pin = BYTES_NONE;
	CHECK_EQ(seals_add(d.token, &n, id), CKR_ARGUMENTS_BAD);
	n.pin = USER_PIN;
	CHECK_EQ(seals_add(d.token, &n, id), CKR_OK);
	CHECK_EQ(count_seals(&d, ROLE_USER), 2);
}

static void senseless_seals_are_refused(void)
{
	struct policy none = policy_of("none"), pin = policy_of("pin");
	struct policy pcr = policy_of("pin+pcr=sha256:7");
	struct seals_new n = {.source = "fake2", .policy = &none, .user = CKU_SO};
	uint8_t id[SEALS_ID_LEN];
	DESK(d, "so pin");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(seals_add(d.token, &n, id), CKR_ARGUMENTS_BAD); /* an SO needs a PIN */
	n.user = CKU_CONTEXT_SPECIFIC;
	CHECK_EQ(seals_add(d.token, &n, id), CKR_ARGUMENTS_BAD);
	n.user = CKU_USER;
	n.pin = USER_PIN;
	CHECK_EQ(seals_add(d.token, &n, id), CKR_ARGUMENTS_BAD); /* a PIN that binds nothing */
	n.policy = &pin;
	n.source = "a name that is much too long";
	CHECK_EQ(seals_add(d.token, &n, id), CKR_ARGUMENTS_BAD);
	n.source = "nobody";
	CHECK_EQ(seals_add(d.token, &n, id), CKR_FUNCTION_FAILED);
	n.source = "fake2";
	n.policy = &pcr; /* it knows no PCRs */
	CHECK_EQ(seals_add(d.token, &n, id), CKR_FUNCTION_FAILED);
	CHECK_EQ(count_seals(&d, ROLE_USER), 1);
	CHECK_EQ(desk_fake2_calls(&d, "seal", NULL), 0);
}

/* What was made and has no room is forgotten by its source. */
static void full_table_leaves_nothing_at_the_source(void)
{
	CK_RV rv = CKR_OK;
	unsigned made = 0;
	DESK(d, "none");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	while (rv == CKR_OK && made < 2 * STORE_SEALS_MAX) {
		rv = add_seal(d.token, CKU_USER, "fake2", "none", NULL);
		made += rv == CKR_OK;
	}
	CHECK_EQ(rv, CKR_DEVICE_MEMORY);
	CHECK_EQ(made, STORE_SEALS_MAX - 1);
	CHECK_EQ(count_seals(&d, ROLE_USER), STORE_SEALS_MAX);
	CHECK_EQ(desk_fake2_calls(&d, "seal", "E_OK"), made + 1);
	CHECK_EQ(desk_fake2_calls(&d, "destroy", "E_OK"), 1);
	CHECK_EQ(login_end(d.token), CKR_USER_NOT_LOGGED_IN);
	desk_fake(&d, "fail-open=E_UNAVAILABLE"); /* and the others still open */
	CHECK_EQ(add_seal(d.token, CKU_USER, "fake2", "none", NULL), CKR_DEVICE_MEMORY);
}

static void removed_seal_opens_nowhere(void)
{
	uint8_t id[SEALS_ID_LEN], none[SEALS_ID_LEN] = {0};
	bool forgotten = false;
	DESK(d, "so pin");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	add_seal_as(&d, CKU_USER, "fake2", "pin", id);
	desk_copy(&d, false);
	CHECK_EQ(seals_remove(d.token, id, &forgotten), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(seals_remove(d.token, none, &forgotten), CKR_ARGUMENTS_BAD);
	CHECK_EQ(seals_remove(d.token, id, &forgotten), CKR_OK);
	CHECK(forgotten);
	CHECK_EQ(desk_fake2_calls(&d, "destroy", "E_OK"), 1);
	CHECK_EQ(count_seals(&d, ROLE_USER), 1);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(login_by(&d, "fake", CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(login_by(&d, "fake2", CKU_USER, USER_PIN), CKR_DEVICE_ERROR);
	token_close(&d.token);
	desk_copy(&d, true);
	DESK_TOKEN(d);
	CHECK_EQ(login_by(&d, "fake2", CKU_USER, USER_PIN), CKR_PIN_LOCKED);
}

static void source_that_is_away_does_not_keep_its_seal(void)
{
	uint8_t id[SEALS_ID_LEN];
	bool forgotten = true;
	DESK(d, "so pin");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	add_seal_as(&d, CKU_USER, "fake2", "pin", id);
	unsetenv("BULLA_FAKE2");
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(seals_remove(d.token, id, &forgotten), CKR_OK);
	CHECK(!forgotten);
	CHECK_EQ(count_seals(&d, ROLE_USER), 1);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
}

static void sos_seals_are_the_sos(void)
{
	uint8_t id[SEALS_ID_LEN];
	bool forgotten = false;
	DESK(d, "so pin");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	add_seal_as(&d, CKU_SO, "fake2", "pin", id);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(seals_remove(d.token, id, &forgotten), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(count_seals(&d, ROLE_SO), 2);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(seals_remove(d.token, id, &forgotten), CKR_OK);
	CHECK_EQ(count_seals(&d, ROLE_SO), 1);
}

static void last_seal_of_all_stays(void)
{
	uint8_t id[SEALS_ID_LEN], first[SEALS_ID_LEN];
	_cleanup_(store_close) struct store *s = NULL;
	struct store_token record;
	struct seal_info info;
	struct bytes one;
	struct reader r;
	bool forgotten = false;
	BUF(seals);
	DESK(d, "none");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	CHECK_OK(store_open(d.store, d.file, &s));
	CHECK_OK(store_read_token(s, NULL, &record, &seals));
	r = reader_of(buf_bytes(&seals));
	CHECK_OK(reader_lv(&r, r.left.len, &one));
	REQUIRE_OK(seal_info_read(one, &info));
	memcpy(first, info.id, sizeof(first));
	CHECK_EQ(seals_remove(d.token, first, &forgotten), CKR_FUNCTION_FAILED);
	CHECK_EQ(count_seals(&d, ROLE_USER), 1);
	CHECK_EQ(add_seal(d.token, CKU_USER, "fake2", "none", id), CKR_OK);
	CHECK_EQ(seals_remove(d.token, first, &forgotten), CKR_OK);
	CHECK(forgotten); /* the first source keeps nothing */
	CHECK_EQ(seals_remove(d.token, id, &forgotten), CKR_FUNCTION_FAILED);
	CHECK_EQ(desk_fake2_calls(&d, "destroy", NULL), 0);
	CHECK_EQ(count_seals(&d, ROLE_USER), 1);
}

/* ---- two at once ---- */

static struct desk *elsewhere;

static void other_adds_without_pin(void)
{
	struct token *t = desk_open(elsewhere);

	CHECK_EQ(login_start(t, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(add_seal(t, CKU_USER, "fake", "none", NULL), CKR_OK);
	token_close(&t);
}

static void other_changes_the_pin(void)
{
	struct token *t = desk_open(elsewhere);

	CHECK_EQ(login_set_pin(t, USER_PIN, NEW_PIN), CKR_OK);
	token_close(&t);
}

static void other_adds_with_pin(void)
{
	struct token *t = desk_open(elsewhere);

	CHECK_EQ(login_start(t, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(add_seal(t, CKU_USER, "fake", "pin", NULL), CKR_OK);
	token_close(&t);
}

static void others_additions_stay(void)
{
	DESK(d, "so pin");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	add_seal_as(&d, CKU_USER, "fake2", "pin", NULL);
	elsewhere = &d;
	trust_fake2_meanwhile = other_adds_without_pin;
	CHECK_EQ(login_set_pin(d.token, USER_PIN, NEW_PIN), CKR_OK);
	CHECK(trust_fake2_meanwhile == NULL);
	CHECK_EQ(count_seals(&d, ROLE_USER), 3);
	check_pin(&d, CKU_USER, NEW_PIN, USER_PIN);
}

/* A seal with the old PIN must not come in beside those with the new one, nor the reverse. */
static void pins_of_a_role_stay_one(void)
{
	DESK(d, "so pin");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	add_seal_as(&d, CKU_USER, "fake2", "pin", NULL);
	elsewhere = &d;
	trust_fake2_meanwhile = other_adds_with_pin;
	CHECK_EQ(login_set_pin(d.token, USER_PIN, NEW_PIN), CKR_FUNCTION_FAILED);
	CHECK_EQ(count_seals(&d, ROLE_USER), 3);
	check_pin(&d, CKU_USER, USER_PIN, NEW_PIN);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	trust_fake2_meanwhile = other_changes_the_pin;
	CHECK_EQ(add_seal(d.token, CKU_USER, "fake2", "pin", NULL), CKR_FUNCTION_FAILED);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(count_seals(&d, ROLE_USER), 3);
	CHECK_EQ(desk_fake2_calls(&d, "destroy", "E_OK"), 1); /* the one that came too late */
	check_pin(&d, CKU_USER, NEW_PIN, USER_PIN);
}

static const struct test tests[] = {
	TEST(each_seal_opens_the_token_alone),
	TEST(who_may_not_adds_nothing),
	TEST(user_makes_himself_an_so),
	TEST(new_seals_get_the_roles_pin_only),
	TEST(senseless_seals_are_refused),
	TEST(full_table_leaves_nothing_at_the_source),
	TEST(removed_seal_opens_nowhere),
	TEST(source_that_is_away_does_not_keep_its_seal),
	TEST(sos_seals_are_the_sos),
	TEST(last_seal_of_all_stays),
	TEST(others_additions_stay),
	TEST(pins_of_a_role_stay_one),
};
TEST_MAIN(tests)
