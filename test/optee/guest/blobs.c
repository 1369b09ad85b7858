/* SPDX-License-Identifier: BSD-2-Clause */
/* Blobs that were tampered with, mixed, replaced or destroyed, and counts at their ends, asked of
 * the trusted application itself. What it does natively against a fake of the internal API it must
 * do in a real TEE, too. */
#include "client.h"
#include "test.h"

static const uint8_t wrong[TA_AUTH_LEN] = {[TA_AUTH_LEN - 1] = 1};

#define SEAL(c, s, n, with_pin)                                                        \
	struct sealed s;                                                               \
	REQUIRE(client_open(&(c), &client_bulla, TA_LOGIN_PUBLIC, 0) == TEEC_SUCCESS); \
	REQUIRE(client_seal(&(c), TA_LOGIN_PUBLIC, (n), (with_pin), &s).status == TA_ST_OK)

static uint8_t status_of(struct client *c, const uint8_t *blob, const uint8_t *auth)
{
	struct answer a = client_unseal(c, blob, auth, NULL);

	CHECK_EQ(a.result, TEEC_SUCCESS);
	return a.status;
}

static void every_byte_of_a_blob_counts(void)
{
	CLIENT(c);
	uint8_t state;

	SEAL(c, s, 10, true);
	for (size_t i = 0; i < TA_BLOB_LEN; i++) {
		uint8_t blob[TA_BLOB_LEN], status;

		memcpy(blob, s.blob, sizeof(blob));
		blob[i] ^= (uint8_t) (1u << (i % 8));
		status = status_of(&c, blob, s.auth);
		if (!CHECK(status == TA_ST_CORRUPT || (i == 0 && status == TA_ST_VERSION) ||
			    (i >= 1 && i < 1 + TA_ID_LEN && status == TA_ST_FOREIGN)))
			printf("  byte %zu: status %u\n", i, status);
		if (i % 8 == 0) {
			client_describe(&c, blob, &state);
			CHECK(state != TA_STATE_OPENS);
		}
	}
	CHECK_EQ(client_failed(&c, &s), 0);
	CHECK(client_opens(&c, &s));
}

static void halves_of_two_blobs_make_none(void)
{
	CLIENT(c);
	CLIENT(d);
	uint8_t blob[TA_BLOB_LEN];

	SEAL(c, s, 10, true);
	SEAL(d, other, 10, true);
	for (size_t cut = 1; cut < TA_BLOB_LEN; cut += 17) {
		/* up to here both are the same: a copy of the other one */
		if (memcmp(s.blob, other.blob, cut) == 0)
			continue;
		memcpy(blob, s.blob, cut);
		memcpy(blob + cut, other.blob + cut, TA_BLOB_LEN - cut);
		CHECK_EQ(status_of(&c, blob, s.auth), TA_ST_CORRUPT);
		CHECK_EQ(status_of(&c, blob, other.auth), TA_ST_CORRUPT);
	}
	CHECK_EQ(client_failed(&c, &s), 0);
	CHECK_EQ(client_failed(&c, &other), 0);
	/* the PIN of another seal is a wrong one, and counted where it was tried */
	CHECK_EQ(status_of(&c, s.blob, other.auth), TA_ST_AUTH);
	CHECK_EQ(client_failed(&c, &s), 1);
	CHECK_EQ(client_failed(&c, &other), 0);
}

static void exactly_n_wrong_pins_lock(void)
{
	CLIENT(c);
	struct sealed next;
	uint8_t state;
	struct answer a;

	SEAL(c, s, 5, true);
	for (uint32_t n = 1; n <= 5; n++) {
		a = client_unseal(&c, s.blob, wrong, NULL);
		CHECK_EQ(a.status, TA_ST_AUTH);
		CHECK(a.counted && a.failed == n && a.tries == 5);
	}
	CHECK_EQ(status_of(&c, s.blob, wrong), TA_ST_LOCKED);
	CHECK_EQ(status_of(&c, s.blob, s.auth), TA_ST_LOCKED);
	CHECK_EQ(client_failed(&c, &s), 5);
	client_describe(&c, s.blob, &state);
	CHECK_EQ(state, TA_STATE_LOCKED);
	/* whoever knows the owner's value sets a new PIN */
	CHECK_EQ(client_change(&c, &s, 5, &next).status, TA_ST_OK);
	CHECK(client_opens(&c, &next));
	CHECK_EQ(client_failed(&c, &next), 0);
	CHECK_EQ(status_of(&c, s.blob, s.auth), TA_ST_REVOKED);
}

static void limits_of_tries_are_kept(void)
{
	static const uint32_t bad[] = {0, TA_TRIES_MAX + 1, UINT32_MAX};
	CLIENT(c);
	struct sealed s;

	REQUIRE(client_open(&c, &client_bulla, TA_LOGIN_PUBLIC, 0) == TEEC_SUCCESS);
	for (size_t i = 0; i < 3; i++)
		CHECK_EQ(client_seal(&c, TA_LOGIN_PUBLIC, bad[i], true, &s).status, TA_ST_INVALID);
	CHECK_EQ(client_seal(&c, TA_LOGIN_PUBLIC, 1, true, &s).status, TA_ST_OK);
	CHECK_EQ(status_of(&c, s.blob, wrong), TA_ST_AUTH);
	CHECK_EQ(status_of(&c, s.blob, s.auth), TA_ST_LOCKED);
}

static void the_blob_before_opens_until_it_is_settled(void)
{
	CLIENT(c);
	struct sealed next, last;

	SEAL(c, s, 10, true);
	REQUIRE(client_change(&c, &s, 10, &next).status == TA_ST_OK);
	CHECK(client_opens(&c, &s));
	CHECK_EQ(status_of(&c, s.blob, next.auth), TA_ST_AUTH);
	CHECK_EQ(client_settle(&c, &next).status, TA_ST_OK);
	CHECK_EQ(status_of(&c, s.blob, s.auth), TA_ST_REVOKED);
	CHECK(client_opens(&c, &next));
	/* or until the new one opens */
	REQUIRE(client_change(&c, &next, 10, &last).status == TA_ST_OK);
	CHECK(client_opens(&c, &next));
	CHECK(client_opens(&c, &last));
	CHECK_EQ(status_of(&c, next.blob, next.auth), TA_ST_REVOKED);
}

static void only_the_owner_changes_settles_and_destroys(void)
{
	CLIENT(c);
	struct sealed stranger, next;

	SEAL(c, s, 10, true);
	stranger = s;
	stranger.owner[0] ^= 1;
	CHECK_EQ(client_change(&c, &stranger, 10, &next).status, TA_ST_OWNER);
	CHECK_EQ(client_settle(&c, &stranger).status, TA_ST_OWNER);
	CHECK_EQ(client_destroy(&c, &stranger).status, TA_ST_OWNER);
	CHECK(client_opens(&c, &s));
}

static void what_is_destroyed_is_gone(void)
{
	CLIENT(c);
	struct sealed next;
	uint8_t state;

	SEAL(c, s, 10, true);
	REQUIRE(client_change(&c, &s, 10, &next).status == TA_ST_OK);
	CHECK_EQ(client_destroy(&c, &next).status, TA_ST_OK);
	CHECK_EQ(status_of(&c, s.blob, s.auth), TA_ST_GONE);
	CHECK_EQ(status_of(&c, next.blob, next.auth), TA_ST_GONE);
	client_describe(&c, next.blob, &state);
	CHECK_EQ(state, TA_STATE_GONE);
	CHECK_EQ(client_destroy(&c, &next).status, TA_ST_OK);
}

static void without_a_pin_nothing_is_counted(void)
{
	CLIENT(c);

	SEAL(c, s, 0, false);
	CHECK(client_opens(&c, &s));
	CHECK(status_of(&c, s.blob, wrong) != TA_ST_OK);
	CHECK(client_opens(&c, &s));
}

static void this_build_says_what_it_is_worth(void)
{
	CLIENT(c);
	uint8_t state;
	struct answer a;

	REQUIRE(client_open(&c, &client_bulla, TA_LOGIN_PUBLIC, 0) == TEEC_SUCCESS);
	a = client_describe(&c, NULL, &state);
	REQUIRE(a.result == TEEC_SUCCESS && a.status == TA_ST_OK);
	CHECK_EQ(state, TA_STATE_NONE);
	/* flags: the development key, and nothing that cannot be rolled back */
	CHECK((a.bytes[TA_ANSWER_HEAD + 5] & TA_INFO_DEVELOPMENT_HUK) != 0);
	CHECK((a.bytes[TA_ANSWER_HEAD + 5] & TA_INFO_RPMB) == 0);
	/* the anti-rollback level, big endian */
	CHECK(a.bytes[TA_ANSWER_HEAD + 6] == 0 && a.bytes[TA_ANSWER_HEAD + 7] == 0 &&
		a.bytes[TA_ANSWER_HEAD + 8] * 256 + a.bytes[TA_ANSWER_HEAD + 9] <
			(int) TA_ROLLBACK_HARDWARE);
}

static const struct test tests[] = {
	TEST(every_byte_of_a_blob_counts),
	TEST(halves_of_two_blobs_make_none),
	TEST(exactly_n_wrong_pins_lock),
	TEST(limits_of_tries_are_kept),
	TEST(the_blob_before_opens_until_it_is_settled),
	TEST(only_the_owner_changes_settles_and_destroys),
	TEST(what_is_destroyed_is_gone),
	TEST(without_a_pin_nothing_is_counted),
	TEST(this_build_says_what_it_is_worth),
};
TEST_MAIN(tests)
