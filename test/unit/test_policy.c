/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

#include "policy.h"

#include <unistd.h>

static void text_canonical_round_trips(void)
{
	static const char *const texts[] = {"none", "pin", "pcr=sha256:7", "pcr=sha384:0,7,11",
		"login=public", "pin+login=user:1000", "pcr=sha256:7+login=group:0",
		"pin+pcr=sha256:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,17,18,19,20,21,22"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct policy p, q;
		BUF(text);
		BUF(bytes);
		struct reader r;

		REQUIRE_OK(policy_parse(texts[i], false, &p));
		REQUIRE_OK(policy_format(&p, &text));
		CHECK(strcmp((char *) text.ptr, texts[i]) == 0);
		REQUIRE_OK(policy_put(&p, &bytes));
		r = reader_of(buf_bytes(&bytes));
		REQUIRE_OK(policy_read(&r, &q));
		CHECK_OK(reader_end(&r));
		CHECK(policy_eq(&p, &q));
	}
}

static void text_out_of_order_becomes_canonical(void)
{
	struct policy p;
	BUF(text);

	REQUIRE_OK(policy_parse("pcr=sha256:11,7+pin", false, &p));
	REQUIRE_OK(policy_format(&p, &text));
	CHECK(strcmp((char *) text.ptr, "pin+pcr=sha256:7,11") == 0);
}

static void text_senseless_is_refused(void)
{
	static const char *const texts[] = {"", "+", "pin+", "+pin", "pin+pin", "none+pin", "PIN",
		"pcr", "pcr=", "pcr=sha256", "pcr=sha256:", "pcr=sha256:,", "pcr=sha256:7,",
		"pcr=sha256:,7", "pcr=sha256:7,,8", "pcr=sha256:7,7", "pcr=sha256:24",
		"pcr=sha256:07", "pcr=sha256:-1", "pcr=sha256:100", "pcr=sha256:16",
		"pcr=sha256:7,23", "pcr=sha1:7", "pcr=md5:7", "pcr=sha256: 7", "pin pcr=sha256:7",
		"pcr=sha256:7+pcr=sha256:8", "pinx", "pcr=sha256:7\n", "login",
		"login=", "login=me", "login=group",
		"login=group:", "login=user:", "login=user:no such one", "login=user:-1",
		"login=group:4294967296", "login=public:1", "login=public+login=public"};
	char longer[400];
	struct policy p;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!CHECK_ERR(policy_parse(texts[i], false, &p), E_INVALID))
			printf("  \"%s\"\n", texts[i]);
	memset(longer, 'p', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	CHECK_ERR(policy_parse(longer, false, &p), E_INVALID);
}

static void sha1_forced_is_taken(void)
{
	struct policy p;

	REQUIRE_OK(policy_parse("pcr=sha1:7", true, &p));
	CHECK(p.bank == BANK_SHA1 && p.pcrs == 1u << 7);
	CHECK_ERR(policy_parse("pcr=sha1:16", true, &p), E_INVALID);
}

static void bytes_are_as_drawn(void)
{
	static const uint8_t drawn[] = {1, 1, 2, 0x00, 0x00, 0x08, 0x80};
	struct policy p = {.pin = true, .bank = BANK_SHA256, .pcrs = 1u << 7 | 1u << 11};
	BUF(b);

	REQUIRE_OK(policy_put(&p, &b));
	CHECK(bytes_eq(buf_bytes(&b), BYTES_OF(drawn)));
}

static void bytes_out_of_range_are_corrupt(void)
{
	static const struct {
		uint8_t bytes[7];
		enum err_code code;
	} rows[] = {
		{{3, 1, 2, 0, 0, 8, 128}, E_VERSION},
		{{0, 1, 2, 0, 0, 8, 128}, E_CORRUPT},
		{{1, 2, 2, 0, 0, 8, 128}, E_CORRUPT},
		{{1, 1, 5, 0, 0, 8, 128}, E_CORRUPT},
		{{1, 1, 0, 0, 0, 8, 128}, E_CORRUPT},
		{{1, 1, 2, 0, 0, 0, 0}, E_CORRUPT},
		{{1, 1, 2, 1, 0, 0, 0}, E_CORRUPT},
		{{1, 1, 2, 0, 1, 0, 0}, E_CORRUPT},
	};
	struct policy p;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reader r = reader_of(BYTES_OF(rows[i].bytes));

		CHECK_ERR(policy_read(&r, &p), rows[i].code);
	}
	for (size_t n = 0; n < 7; n++) {
		struct reader r = reader_of(BYTES(((uint8_t[]){1, 1, 2, 0, 0, 8, 128}), n));

		CHECK_ERR(policy_read(&r, &p), E_CORRUPT);
	}
}

static void bytes_with_login_are_as_drawn(void)
{
	static const uint8_t drawn[] = {2, 1, 0, 0, 0, 0, 0, 3, 0, 0, 7, 208};
	static const uint8_t evil[][12] = {
		{2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},   /* says nothing: version 1's business */
		{2, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0},   /* no such login */
		{2, 1, 0, 0, 0, 0, 0, 1, 0, 0, 7, 208}, /* public has no number */
	};
	struct policy p = {.pin = true, .login = POLICY_LOGIN_GROUP, .login_id = 2000}, q;
	BUF(b);

	REQUIRE_OK(policy_put(&p, &b));
	CHECK(bytes_eq(buf_bytes(&b), BYTES_OF(drawn)));
	for (size_t i = 0; i < ARRAY_LEN(evil); i++) {
		struct reader r = reader_of(BYTES_OF(evil[i]));

		CHECK_ERR(policy_read(&r, &q), E_CORRUPT);
	}
}

static void login_user_is_the_caller(void)
{
	struct policy p;

	REQUIRE_OK(policy_parse("login=user", false, &p));
	CHECK(p.login == POLICY_LOGIN_USER && p.login_id == geteuid());
	REQUIRE_OK(policy_parse("login=group:root", false, &p));
	CHECK(p.login == POLICY_LOGIN_GROUP && p.login_id == 0);
	CHECK(policy_parts(&p) == POLICY_PART_LOGIN);
}

static void covers_compares_every_part(void)
{
	static const struct {
		const char *a, *b;
		bool covers;
	} rows[] = {
		{"pin", "pin", true},
		{"pin", "none", true},
		{"none", "pin", false},
		{"pin+pcr=sha256:7", "pin", true},
		{"pin", "pin+pcr=sha256:7", false},
		{"pcr=sha256:7,11", "pcr=sha256:7", true},
		{"pcr=sha256:7", "pcr=sha256:7,11", false},
		{"pcr=sha384:7", "pcr=sha256:7", false},
		{"none", "none", true},
		{"login=user:1", "none", true},
		{"login=user:1", "login=public", true},
		{"none", "login=public", true},
		{"none", "login=user:1", false},
		{"login=user:2", "login=user:1", false},
		{"login=user:1", "login=group:1", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct policy a, b;

		REQUIRE_OK(policy_parse(rows[i].a, false, &a));
		REQUIRE_OK(policy_parse(rows[i].b, false, &b));
		CHECK(policy_covers(&a, &b) == rows[i].covers);
	}
}

static void digest_tells_policies_apart(void)
{
	struct policy a = {.pin = true}, b = {.pin = false};
	uint8_t da[32], db[32];

	REQUIRE_OK(policy_digest(&a, da));
	REQUIRE_OK(policy_digest(&b, db));
	CHECK(memcmp(da, db, 32) != 0);
}

static const struct test tests[] = {
	{"text_canonical_round_trips", text_canonical_round_trips},
	{"text_out_of_order_becomes_canonical", text_out_of_order_becomes_canonical},
	{"text_senseless_is_refused", text_senseless_is_refused},
	{"sha1_forced_is_taken", sha1_forced_is_taken},
	{"bytes_are_as_drawn", bytes_are_as_drawn},
	{"bytes_out_of_range_are_corrupt", bytes_out_of_range_are_corrupt},
	{"bytes_with_login_are_as_drawn", bytes_with_login_are_as_drawn},
	{"login_user_is_the_caller", login_user_is_the_caller},
	{"covers_compares_every_part", covers_compares_every_part},
	{"digest_tells_policies_apart", digest_tells_policies_apart},
};
TEST_MAIN(tests)
