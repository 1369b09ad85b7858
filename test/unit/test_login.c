/* SPDX-License-Identifier: BSD-2-Clause */
/* login.c, unlock.c, info.c: PINs, tries and what C_GetTokenInfo says of them, with the fake
 * source.
 */
#include "token_util.h"

#include "store.h"

static CK_FLAGS flags_of(struct token *t)
{
	CK_TOKEN_INFO info;

	CHECK_EQ(token_info(t, &info), CKR_OK);
	return info.flags;
}

/* How often was the source asked to open? */
static unsigned opens(const struct desk *d)
{
	char path[100];
	unsigned failed = 0, seals = 0, n = 0;
	unsigned long at = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s.count", d->fake);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%u %lu %u %u", &failed, &at, &seals, &n) != 4)
		n = 0;
	fclose(f);
	return n;
}

static void states_follow_the_specification(void)
{
	DESK(d, "so pin");
	DESK_TOKEN(d);

	CHECK_EQ(login_end(d.token), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_start(d.token, CKU_CONTEXT_SPECIFIC, USER_PIN), CKR_USER_TYPE_INVALID);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_USER_ALREADY_LOGGED_IN);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK(!token_who(d.token, true, 0).trust_open);
}

static void impossible_pins_do_not_reach_the_source(void)
{
	char big[10000];
	unsigned before;
	DESK(d, "pin");
	DESK_TOKEN(d);

	memset(big, 'x', sizeof(big));
	before = opens(&d);
	CHECK_EQ(login_start(d.token, CKU_USER, BYTES_NONE), CKR_PIN_INCORRECT);
	CHECK_EQ(login_start(d.token, CKU_USER, bytes_str("123")), CKR_PIN_INCORRECT);
	CHECK_EQ(login_start(d.token, CKU_USER, BYTES_OF(big)), CKR_PIN_INCORRECT);
	CHECK_EQ(opens(&d), before);
	CHECK_EQ(login_start(d.token, CKU_USER, BYTES("1234\0", 5)), CKR_PIN_INCORRECT);
	CHECK_EQ(opens(&d), before + 1);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
}

static void wrong_pins_lock_below_the_sources_limit(void)
{
	CK_FLAGS low = CKF_USER_PIN_COUNT_LOW, final = CKF_USER_PIN_FINAL_TRY,
		 locked = CKF_USER_PIN_LOCKED;
	unsigned before;
	DESK(d, "so pin");
	DESK_TOKEN(d);

	d.config.pin_tries = 3;
	before = opens(&d);
	CHECK_EQ(flags_of(d.token) & (low | final | locked), 0);
	CHECK_EQ(login_start(d.token, CKU_USER, bytes_str("9999")), CKR_PIN_INCORRECT);
	CHECK_EQ(flags_of(d.token) & (low | final | locked), low);
	CHECK_EQ(login_start(d.token, CKU_USER, bytes_str("9999")), CKR_PIN_INCORRECT);
	CHECK_EQ(flags_of(d.token) & (low | final | locked), low | final);
	CHECK_EQ(login_start(d.token, CKU_USER, bytes_str("9999")), CKR_PIN_INCORRECT);
	CHECK_EQ(flags_of(d.token) & locked, locked);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
	CHECK_EQ(opens(&d), before + 3);
	/* the SO's tries are his own */
	CHECK_EQ(flags_of(d.token) & CKF_SO_PIN_LOCKED, 0);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
}

static void failures_of_the_source_have_codes_of_their_own(void)
{
	static const struct {
		const char *words;
		CK_RV rv;
	} cases[] = {
		{"fail-open=E_UNAVAILABLE", CKR_DEVICE_ERROR},
		{"fail-open=E_POLICY", CKR_FUNCTION_FAILED},
		{"pcr-changed=7", CKR_FUNCTION_FAILED},
		{"foreign=1", CKR_DEVICE_ERROR},
		{"fail-open=E_LOCKED", CKR_PIN_LOCKED},
		{"fail-open=E_BUSY", CKR_FUNCTION_FAILED},
		{"fail-open=E_NOMEM", CKR_HOST_MEMORY},
	};
	DESK(d, "pin+pcr=sha256:7");
	DESK_TOKEN(d);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CK_RV rv;

		desk_fake(&d, cases[i].words);
		rv = login_start(d.token, CKU_USER, USER_PIN);
		if (!CHECK(rv == cases[i].rv))
			printf("  %s: 0x%lx\n", cases[i].words, rv);
		CHECK_EQ(login_end(d.token), CKR_USER_NOT_LOGGED_IN);
	}
	desk_fake(&d, "");
	/* none of them cost a try */
	CHECK_EQ(flags_of(d.token) & CKF_USER_PIN_COUNT_LOW, 0);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
}

static void context_login_asks_again_and_changes_nothing(void)
{
	CK_OBJECT_HANDLE h = 0, found = 0;
	unsigned before;
	DESK(d, "pin");
	DESK_TOKEN(d);

	CHECK_EQ(login_context(d.token, USER_PIN), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_secret(d.token, true, true, "key", &h), CKR_OK);
	before = opens(&d);
	CHECK_EQ(login_context(d.token, bytes_str("0000")), CKR_PIN_INCORRECT);
	CHECK_EQ(login_context(d.token, USER_PIN), CKR_OK);
	CHECK_EQ(opens(&d), before + 2);
	CHECK_EQ(desk_count(d.token, "key", &found), 1);
	CHECK_EQ(found, h);
}

static void info_tells_what_the_token_is(void)
{
	CK_TOKEN_INFO info;
	unsigned before;
	DESK(d, "pcr=sha256:7");
	DESK_TOKEN(d);

	before = opens(&d);
	REQUIRE(token_info(d.token, &info) == CKR_OK);
	CHECK_EQ(opens(&d), before);
	CHECK(memcmp(info.label, "desk                            ", 32) == 0);
	CHECK(memcmp(info.model, "fake            ", 16) == 0);
	CHECK(memcmp(info.manufacturerID, "Bulla ", 6) == 0);
	CHECK_EQ(info.ulMinPinLen, PIN_LEN_MIN);
	CHECK_EQ(info.ulMaxPinLen, PIN_LEN_MAX);
	CHECK_EQ(info.flags & (CKF_RNG | CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED |
				      CKF_WRITE_PROTECTED | CKF_USER_PIN_INITIALIZED),
		CKF_RNG | CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED);
}

/* A record changed in the file: before the login it is shown, unverified; afterwards it is not. */
static void tampering_is_left_out_once_the_key_is_open(void)
{
	CK_OBJECT_HANDLE h;
	char command[300];
	DESK(d, "pin");
	DESK_TOKEN(d);

	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_data(d.token, true, false, "evil", &h), CKR_OK);
	CHECK_EQ(desk_data(d.token, true, false, "good", &h), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	token_close(&d.token);
	/* same length, so that the record still parses */
	snprintf(command, sizeof(command), "sed -i 's/evil/EVIL/' %s/%s", d.store, d.file);
	CHECK_EQ(system(command), 0);
	DESK_TOKEN(d);
	CHECK_EQ(desk_count(d.token, "EVIL", NULL), 1);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_count(d.token, "EVIL", NULL), 0);
	CHECK_EQ(desk_count(d.token, "good", NULL), 1);
}

static const struct test tests[] = {
	TEST(states_follow_the_specification),
	TEST(impossible_pins_do_not_reach_the_source),
	TEST(wrong_pins_lock_below_the_sources_limit),
	TEST(failures_of_the_source_have_codes_of_their_own),
	TEST(context_login_asks_again_and_changes_nothing),
	TEST(info_tells_what_the_token_is),
	TEST(tampering_is_left_out_once_the_key_is_open),
};
TEST_MAIN(tests)
