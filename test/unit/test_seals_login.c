/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins on tokens with several seals: which one is asked, whose refusal is told, what the flags
 * say of tries that a source counts by seal, and tokens where one seal has a PIN and another has
 * none. */
#include "no_sync.h"
#include "seals_util.h"

#define LOW        CKF_USER_PIN_COUNT_LOW
#define FINAL      CKF_USER_PIN_FINAL_TRY
#define LOCKED_OUT CKF_USER_PIN_LOCKED

static CK_FLAGS flags_of(struct token *t)
{
	CK_TOKEN_INFO info;

	CHECK_EQ(token_info(t, &info), CKR_OK);
	return info.flags;
}

static CK_FLAGS pin_flags(struct token *t)
{
	return flags_of(t) & (LOW | FINAL | LOCKED_OUT);
}

static void wrong_pin_costs_one_try_of_one_seal(void)
{
	DESK(d, "pin");
	DESK_TOKEN(d);

	desk_fake2(&d, "");
	add_seal_as(&d, CKU_USER, "fake2", "pin", NULL);
	CHECK_EQ(login_start(d.token, CKU_USER, bytes_str("9999")), CKR_PIN_INCORRECT);
	CHECK_EQ(desk_fake2_calls(&d, "open", NULL), 0);
	CHECK_EQ(pin_flags(d.token), LOW);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_fake2_calls(&d, "open", NULL), 0);
}

/* Whatever keeps the first seal from opening here, the next one opens; and if it does not, the
 * failure that says more is told. */
static void refusals_pass_on_and_the_most_telling_wins(void)
{
	static const struct {
		const char *first, *second;
		CK_RV rv;
	} cases[] = {
		{"fail-open=E_UNAVAILABLE", "", CKR_OK},
		{"fail-open=E_FOREIGN", "", CKR_OK},
		{"fail-open=E_POLICY", "", CKR_OK},
		{"pcr-changed=7", "", CKR_OK},
		{"fail-open=E_LOCKED", "", CKR_OK},
		{"fail-open=E_BUSY", "", CKR_OK},
		{"fail-open=E_TAMPERED", "", CKR_OK},
		{"fail-open=E_UNAVAILABLE", "fail-open=E_POLICY", CKR_FUNCTION_FAILED},
		{"fail-open=E_POLICY", "fail-open=E_UNAVAILABLE", CKR_FUNCTION_FAILED},
		{"fail-open=E_POLICY", "fail-open=E_LOCKED", CKR_PIN_LOCKED},
		{"fail-open=E_LOCKED", "fail-open=E_POLICY", CKR_PIN_LOCKED},
		{"fail-open=E_LOCKED", "fail-open=E_AUTH", CKR_PIN_INCORRECT},
		{"fail-open=E_FOREIGN", "fail-open=E_NOMEM", CKR_HOST_MEMORY},
		{"fail-open=E_NOMEM", "fail-open=E_UNAVAILABLE", CKR_HOST_MEMORY},
		{"fail-open=E_FOREIGN", "fail-open=E_UNAVAILABLE", CKR_DEVICE_ERROR},
	};
	DESK(d, "pin+pcr=sha256:7");
	DESK_TOKEN(d);

	d.config.pin_tries = 0; /* the first source's own answers, not our budget's */
	desk_fake2(&d, "");
	add_seal_as(&d, CKU_USER, "fake2", "pin", NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CK_RV rv;

		desk_fake(&d, cases[i].first);
		desk_fake2(&d, cases[i].second);
		rv = login_start(d.token, CKU_USER, USER_PIN);
		if (!CHECK(rv == cases[i].rv))
			printf("  %s, %s: 0x%lx\n", cases[i].first, cases[i].second, rv);
		(void) !CHECK_EQ(login_end(d.token),
			cases[i].rv == CKR_OK ? CKR_OK : CKR_USER_NOT_LOGGED_IN);
	}
}

/* A token of the second source alone, with an SO. */
static void by_seal_new(struct desk *d)
{
	static char source[] = "fake2";
	struct policy p = policy_of("pin");
	struct login_new_token n = {.dir = d->store,
		.source = source,
		.policy = &p,
		.label = bytes_str("by seal"),
		.so_pin = SO_PIN,
		.user_pin = USER_PIN};
	CK_SLOT_ID slot = 0;

	desk_fake2(d, "max=4");
	CHECK_EQ(login_create_token(&d->config, &n, &slot), CKR_OK);
	snprintf(d->file, sizeof(d->file), "token-%08lx.db", slot);
	d->token = desk_open(d);
}

static void wrong_pins(struct desk *d, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		CHECK_EQ(login_start(d->token, CKU_USER, bytes_str("9999")), CKR_PIN_INCORRECT);
}

/* The source counts exactly: no budget of ours comes before it, and its word makes the flags. */
static void source_that_counts_by_seal_needs_no_budget(void)
{
	struct token *second;
	DESK(d, "none");

	by_seal_new(&d);
	d.config.pin_tries = 2;
	CHECK_EQ(pin_flags(d.token), 0);
	wrong_pins(&d, 2);
	CHECK_EQ(pin_flags(d.token), LOW);
	wrong_pins(&d, 1);
	CHECK_EQ(pin_flags(d.token), LOW | FINAL);
	/* a right one ends the count */
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(pin_flags(d.token), 0);
	wrong_pins(&d, 4);
	CHECK_EQ(pin_flags(d.token), LOW | LOCKED_OUT);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
	second = desk_open(&d); /* as other processes have it */
	CHECK_EQ(pin_flags(second), LOW | LOCKED_OUT);
	token_close(&second);
	/* the SO's seal has its own count, and his reset starts the user's anew */
	CHECK_EQ(flags_of(d.token) & CKF_SO_PIN_COUNT_LOW, 0);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(pin_flags(d.token), LOW | LOCKED_OUT);
	CHECK_EQ(login_init_pin(d.token, NEW_PIN), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(pin_flags(d.token), 0);
	CHECK_EQ(login_start(d.token, CKU_USER, NEW_PIN), CKR_OK);
}

static void sos_flags_are_the_sos(void)
{
	DESK(d, "none");

	by_seal_new(&d);
	for (unsigned i = 0; i < 4; i++)
		CHECK_EQ(login_start(d.token, CKU_SO, bytes_str("no so")), CKR_PIN_INCORRECT);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_PIN_LOCKED);
	CHECK_EQ(flags_of(d.token) & (CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_LOCKED),
		CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_LOCKED);
	CHECK_EQ(pin_flags(d.token), 0);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
}

/* The flags are of the seal that was asked last. */
static void flags_follow_the_seal_that_was_asked(void)
{
	uint8_t id[SEALS_ID_LEN];
	bool forgotten = false;
	DESK(d, "so pin");
	DESK_TOKEN(d);

	d.config.pin_tries = 3;
	desk_fake2(&d, "max=2");
	add_seal_as(&d, CKU_USER, "fake2", "pin", id);
	wrong_pins(&d, 3); /* our budget for the first is spent: it is passed over */
	CHECK_EQ(pin_flags(d.token), LOW | LOCKED_OUT);
	wrong_pins(&d, 2);
	CHECK_EQ(desk_fake2_calls(&d, "open", "E_AUTH"), 2);
	CHECK_EQ(pin_flags(d.token), LOW | LOCKED_OUT);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
	/* without it, the first one's count is the role's again */
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(seals_remove(d.token, id, &forgotten), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(pin_flags(d.token), LOW | LOCKED_OUT);
	d.config.pin_tries = 0;
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
}

static void second_seal_clears_what_locked_the_first(void)
{
	DESK(d, "pin");
	DESK_TOKEN(d);

	d.config.pin_tries = 2;
	desk_fake2(&d, "");
	add_seal_as(&d, CKU_USER, "fake2", "pin", NULL);
	wrong_pins(&d, 2);
	CHECK_EQ(pin_flags(d.token), LOW | LOCKED_OUT);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(pin_flags(d.token), 0); /* a login opens it: it is not locked */
}

/* ---- one seal with a PIN, one without ---- */

static void mixed_new(struct desk *d)
{
	desk_fake2(d, "");
	CHECK_EQ(add_seal(d->token, CKU_USER, "fake2", "pin", NULL), CKR_OK);
}

static bool opens_by_itself(struct token *t, CK_RV *ret)
{
	CK_OBJECT_HANDLE h = 0;

	CHECK_EQ(token_refresh(t, true), CKR_OK);
	*ret = desk_secret(t, true, true, "key", &h);
	return *ret == CKR_OK;
}

static void mixed_token_needs_no_login_where_it_opens(void)
{
	CK_RV rv;
	DESK(d, "pcr=sha256:7");
	DESK_TOKEN(d);

	mixed_new(&d);
	CHECK_EQ(flags_of(d.token) & CKF_LOGIN_REQUIRED, 0);
	CHECK(opens_by_itself(d.token, &rv));
	CHECK_EQ(login_start(d.token, CKU_USER, BYTES_NONE), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	/* a PIN that is said is a PIN that is tried */
	CHECK_EQ(login_start(d.token, CKU_USER, bytes_str("9999")), CKR_PIN_INCORRECT);
	CHECK_EQ(pin_flags(d.token), LOW);
	CHECK_EQ(login_context(d.token, bytes_str("9999")), CKR_PIN_INCORRECT);
	CHECK_EQ(login_context(d.token, USER_PIN), CKR_OK);
	CHECK_EQ(login_context(d.token, BYTES_NONE), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(pin_flags(d.token), 0);
}

static void mixed_token_falls_back_to_its_pin(void)
{
	CK_RV rv;
	DESK(d, "pcr=sha256:7");
	DESK_TOKEN(d);

	mixed_new(&d);
	token_close(&d.token);
	DESK_TOKEN(d);
	desk_fake(&d, "pcr-changed=7");
	CHECK(!opens_by_itself(d.token, &rv));
	CHECK_EQ(rv, CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_start(d.token, CKU_USER, BYTES_NONE), CKR_PIN_INCORRECT);
	/* from now on programs are told that they need to */
	CHECK_EQ(flags_of(d.token) & CKF_LOGIN_REQUIRED, CKF_LOGIN_REQUIRED);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK(opens_by_itself(d.token, &rv));
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK(!opens_by_itself(d.token, &rv));
	CHECK_EQ(rv, CKR_USER_NOT_LOGGED_IN);
	desk_fake(&d, "");
	CHECK(opens_by_itself(d.token, &rv));
	CHECK_EQ(flags_of(d.token) & CKF_LOGIN_REQUIRED, 0);
	CHECK_EQ(desk_count(d.token, "key", NULL), 2);
}

/* Where no login would help, the cause is told instead. */
static void token_without_a_pin_names_the_cause(void)
{
	CK_RV rv;
	DESK(d, "pcr=sha256:7");
	DESK_TOKEN(d);

	desk_fake(&d, "pcr-changed=7");
	CHECK(!opens_by_itself(d.token, &rv));
	CHECK_EQ(rv, CKR_FUNCTION_FAILED);
	CHECK_EQ(flags_of(d.token) & CKF_LOGIN_REQUIRED, 0);
}

static void mixed_token_changes_its_pin(void)
{
	CK_RV rv;
	DESK(d, "so pcr=sha256:7");
	DESK_TOKEN(d);

	mixed_new(&d);
	CHECK_EQ(login_end(d.token), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_set_pin(d.token, bytes_str("9999"), NEW_PIN), CKR_PIN_INCORRECT);
	CHECK_EQ(login_set_pin(d.token, USER_PIN, NEW_PIN), CKR_OK);
	CHECK_EQ(count_seals(&d, ROLE_USER), 2);
	CHECK_EQ(login_by(&d, "fake2", CKU_USER, NEW_PIN), CKR_OK);
	CHECK_EQ(login_by(&d, "fake2", CKU_USER, USER_PIN), CKR_PIN_INCORRECT);
	CHECK(opens_by_itself(d.token, &rv));
	/* the SO's reset: the seal without a PIN was made on purpose, and stays */
	CHECK_EQ(login_end(d.token), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(login_init_pin(d.token, USER_PIN), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(count_seals(&d, ROLE_USER), 2);
	CHECK_EQ(login_by(&d, "fake2", CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(flags_of(d.token) & CKF_LOGIN_REQUIRED, 0);
}

static const struct test tests[] = {
	TEST(wrong_pin_costs_one_try_of_one_seal),
	TEST(refusals_pass_on_and_the_most_telling_wins),
	TEST(source_that_counts_by_seal_needs_no_budget),
	TEST(sos_flags_are_the_sos),
	TEST(flags_follow_the_seal_that_was_asked),
	TEST(second_seal_clears_what_locked_the_first),
	TEST(mixed_token_needs_no_login_where_it_opens),
	TEST(mixed_token_falls_back_to_its_pin),
	TEST(token_without_a_pin_names_the_cause),
	TEST(mixed_token_changes_its_pin),
};
TEST_MAIN(tests)
