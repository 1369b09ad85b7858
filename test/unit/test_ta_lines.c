/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of seals in the trusted application, natively, on a fake of the TEE's internal API: who
 * gets how many tries, what is replaced when, and what the TA remembers. */
#include "ta_util.h"

static void wrong_pins_are_counted_and_lock(void)
{
	struct sealed a = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	for (uint32_t n = 1; n <= 10; n++) {
		const struct reply r = ta_open('2', &a);

		CHECK(r.status == TA_ST_AUTH && r.counted && r.failed == n && r.tries == 10);
		CHECK_EQ(ta_failed(&a), n);
		CHECK_EQ(ta_state(&a), n < 10 ? TA_STATE_OPENS : TA_STATE_LOCKED);
		if (n == 5)
			tee_fake_reboot();
	}
	for (int i = 0; i < 3; i++) {
		const unsigned writes = tee_fake_writes();
		const struct reply r = ta_open(i == 0 ? '1' : '2', &a);

		CHECK(r.status == TA_ST_LOCKED && r.failed == 10 && tee_fake_writes() == writes);
		tee_fake_reboot();
	}
	world_done();
}

static void a_right_pin_ends_the_count(void)
{
	struct sealed a = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	for (int round = 0; round < 3; round++) {
		for (uint32_t n = 1; n <= 9; n++)
			CHECK_EQ(ta_open('2', &a).failed, n);
		CHECK_EQ(ta_open('1', &a).failed, 0);
		CHECK_EQ(ta_failed(&a), 0);
	}
	tee_fake_reboot();
	CHECK_EQ(ta_failed(&a), 0);
	world_done();
}

/* The power goes when the try has been written down, and nothing was compared yet. */
static void a_try_is_counted_before_it_is_compared(void)
{
	struct sealed a = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	tee_fake_cut(2);
	CHECK_EQ(ta_open('1', &a).result, TEE_FAKE_POWER_CUT);
	CHECK_EQ(ta_failed(&a), 1);
	CHECK(ta_opens('1', &a));
	CHECK_EQ(ta_failed(&a), 0);
	world_done();
}

static void a_missing_record_is_gone_for_good(void)
{
	struct sealed a = {0}, b = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	files_each(world, NULL);
	for (int boot = 0; boot < 2; boot++) {
		CHECK_EQ(ta_open('1', &a).status, TA_ST_GONE);
		CHECK_EQ(ta_state(&a), TA_STATE_GONE);
		CHECK_EQ(ta_change('2', &a, &b).status, TA_ST_GONE);
		CHECK_EQ(ta_settle('o', &a).status, TA_ST_GONE);
		CHECK_EQ(ta_destroy('o', &a).status, TA_ST_OK);
		CHECK_EQ(ta_destroy('x', &a).status, TA_ST_OWNER);
		CHECK_EQ(world_objects(), 0);
		tee_fake_reboot();
	}
	world_done();
}

static void storage_put_back_gives_no_tries_before_a_reboot(void)
{
	struct sealed a = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	world_keep();
	for (uint32_t n = 1; n <= 10; n++) {
		CHECK_EQ(ta_open('2', &a).failed, n);
		world_roll_back();
		CHECK_EQ(ta_failed(&a), n);
	}
	CHECK_EQ(ta_open('1', &a).status, TA_ST_LOCKED);
	/* Here nothing but the record knows: without RPMB a reboot gives ten tries more. */
	tee_fake_reboot();
	CHECK_EQ(ta_failed(&a), 0);
	CHECK(ta_opens('1', &a));
	world_done();
}

/* Two states of storage, of before and after SETTLE, in turns. */
static void storage_put_forward_gives_no_tries(void)
{
	struct sealed a = {0}, b = {0};
	char later[90];

	REQUIRE(world_new());
	snprintf(later, sizeof(later), "%s.later", world);
	REQUIRE(mkdir(later, 0700) == 0);
	ta_seal('1', &a);
	ta_change('2', &a, &b);
	world_keep();
	ta_settle('o', &b);
	files_each(world, later);
	world_roll_back();
	tee_fake_reboot();
	for (uint32_t n = 1; n <= 10; n++)
		CHECK_EQ(ta_open('x', &b).failed, n);
	files_each(later, world);
	CHECK_EQ(ta_open('x', &b).status, TA_ST_LOCKED);
	CHECK_EQ(ta_open('1', &a).status, TA_ST_REVOKED);
	world_roll_back();
	CHECK_EQ(ta_open('2', &b).status, TA_ST_LOCKED);
	files_each(later, NULL);
	CHECK(rmdir(later) == 0);
	world_done();
}

static void epochs_put_back_stay_revoked_before_a_reboot(void)
{
	struct sealed a = {0}, b = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	world_keep();
	ta_change('2', &a, &b);
	CHECK_EQ(ta_settle('o', &b).status, TA_ST_OK);
	world_roll_back();
	CHECK_EQ(ta_open('1', &a).status, TA_ST_REVOKED);
	CHECK(ta_opens('2', &b));
	CHECK_EQ(ta_destroy('o', &b).status, TA_ST_OK);
	world_roll_back();
	CHECK_EQ(ta_open('1', &a).status, TA_ST_GONE);
	CHECK_EQ(ta_open('2', &b).status, TA_ST_GONE);
	tee_fake_reboot();
	CHECK(ta_opens('1', &a));
	CHECK(ta_opens('2', &b)); /* issued by this TA, though storage does not know it any more */
	CHECK_EQ(ta_open('1', &a).status, TA_ST_REVOKED);
	world_done();
}

/* Whoever fills the table of what the TA remembers, and puts storage back after each try, gets no
 * more tries at a seal for it. */
static void a_full_memory_gives_no_tries(void)
{
	static struct sealed other[300];
	struct sealed victim = {0};
	unsigned tries = 0;

	REQUIRE(world_new());
	ta_seal('1', &victim);
	world_keep();
	for (size_t i = 0; i < 300; i++)
		ta_seal('1', &other[i]);
	for (size_t i = 0; i < 256; i++) {
		CHECK_EQ(ta_open('2', &other[i]).status, TA_ST_AUTH);
		CHECK_EQ(ta_open('2', &other[i]).failed, 2);
	}
	for (size_t i = 256; i < 300; i++) {
		const struct reply r = ta_open('2', &victim);

		CHECK(r.status == TA_ST_AUTH || r.status == TA_ST_LOCKED);
		tries += r.status == TA_ST_AUTH;
		CHECK(ta_open('2', &other[i]).status != TA_ST_OK);
		files_each(world_kept, world); /* the victim's record */
	}
	CHECK(tries > 0 && tries <= 10);
	tee_fake_reboot();
	CHECK(ta_opens('1', &victim));
	world_done();
}

static void a_change_leaves_the_seal_before_until_settled(void)
{
	struct sealed a = {0}, b = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	CHECK_EQ(ta_change('2', &a, &b).status, TA_ST_OK);
	CHECK(memcmp(a.s, b.s, TA_S_LEN) != 0);
	CHECK(ta_opens('1', &a));
	tee_fake_reboot();
	CHECK_EQ(ta_open('2', &a).failed, 1);
	CHECK(ta_opens('1', &a));
	CHECK_EQ(ta_settle('o', &b).status, TA_ST_OK);
	CHECK_EQ(ta_open('1', &a).status, TA_ST_REVOKED);
	CHECK_EQ(ta_state(&a), TA_STATE_REVOKED);
	CHECK(ta_opens('2', &b));
	tee_fake_reboot();
	CHECK_EQ(ta_open('1', &a).status, TA_ST_REVOKED);
	CHECK_EQ(ta_change('3', &a, &b).status, TA_ST_REVOKED);
	CHECK_EQ(ta_settle('o', &a).status, TA_ST_REVOKED);
	CHECK_EQ(ta_destroy('o', &a).status, TA_ST_REVOKED);
	CHECK(ta_opens('2', &b));
	world_done();
}

static void opening_a_new_seal_revokes_those_before(void)
{
	struct sealed a = {0}, b = {0}, c = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	ta_change('2', &a, &b); /* given up: the store's transaction failed */
	ta_change('3', &a, &c);
	CHECK(ta_opens('1', &a));
	CHECK(ta_opens('3', &c));
	tee_fake_reboot();
	CHECK_EQ(ta_open('1', &a).status, TA_ST_REVOKED);
	CHECK_EQ(ta_open('2', &b).status, TA_ST_REVOKED);
	CHECK(ta_opens('3', &c));
	world_done();
}

/* A locked seal is unblocked by its owner, and a power cut before SETTLE does not block it again.
 */
static void a_new_seal_has_a_count_of_its_own(void)
{
	struct sealed a = {0}, b = {0}, c = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	for (int i = 0; i < 10; i++)
		ta_open('x', &a);
	CHECK_EQ(ta_change('2', &a, &b).status, TA_ST_OK);
	CHECK_EQ(ta_open('1', &a).status, TA_ST_LOCKED);
	tee_fake_reboot();
	CHECK_EQ(ta_open('x', &b).failed, 1);
	CHECK_EQ(ta_open('x', &b).failed, 2);
	CHECK_EQ(ta_failed(&a), 10);
	CHECK_EQ(ta_failed(&b), 2);
	ta_change('3', &a, &c);
	CHECK(ta_opens('2', &b));
	CHECK_EQ(ta_failed(&b), 0);
	for (uint32_t n = 1; n <= 10; n++)
		CHECK_EQ(ta_open('x', &c).failed, n);
	CHECK_EQ(ta_open('3', &c).status, TA_ST_LOCKED);
	CHECK(ta_opens('2', &b));
	CHECK_EQ(ta_open('3', &c).status, TA_ST_LOCKED); /* the right PIN was b's, not c's */
	CHECK_EQ(ta_settle('o', &c).status, TA_ST_OK);
	CHECK(ta_opens('3', &c));
	world_done();
}

static void settle_again_ends_the_count(void)
{
	struct sealed a = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	for (int i = 0; i < 10; i++)
		ta_open('x', &a);
	CHECK_EQ(ta_settle('x', &a).status, TA_ST_OWNER);
	CHECK_EQ(ta_open('1', &a).status, TA_ST_LOCKED);
	CHECK_EQ(ta_settle('o', &a).status, TA_ST_OK);
	tee_fake_reboot();
	CHECK(ta_opens('1', &a));
	world_done();
}

static void only_the_owner_changes_settles_destroys(void)
{
	struct sealed a = {0}, b = {0}, c = {0};
	unsigned writes;

	REQUIRE(world_new());
	ta_seal('1', &a);
	writes = tee_fake_writes();
	CHECK_EQ(ta_change_owner('2', 'x', 'x', &a, &b).status, TA_ST_OWNER);
	CHECK_EQ(ta_settle('x', &a).status, TA_ST_OWNER);
	CHECK_EQ(ta_destroy('x', &a).status, TA_ST_OWNER);
	CHECK_EQ(tee_fake_writes(), writes);
	/* the owner's value changes with the blob, not before */
	CHECK_EQ(ta_change_owner('2', 'o', 'p', &a, &b).status, TA_ST_OK);
	CHECK_EQ(ta_settle('o', &b).status, TA_ST_OWNER);
	CHECK_EQ(ta_change_owner('3', 'o', 'o', &a, &c).status, TA_ST_OK);
	CHECK_EQ(ta_settle('p', &b).status, TA_ST_OK);
	CHECK_EQ(ta_destroy('o', &a).status, TA_ST_REVOKED);
	CHECK_EQ(ta_destroy('p', &b).status, TA_ST_OK);
	CHECK_EQ(world_objects(), 0);
	world_done();
}

static void a_destroyed_line_opens_no_more(void)
{
	struct sealed a = {0}, b = {0}, other = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	ta_seal('1', &other);
	ta_change('2', &a, &b);
	CHECK_EQ(ta_destroy('o', &b).status, TA_ST_OK);
	CHECK_EQ(world_objects(), 1);
	CHECK_EQ(ta_open('1', &a).status, TA_ST_GONE);
	CHECK_EQ(ta_open('2', &b).status, TA_ST_GONE);
	CHECK_EQ(ta_state(&b), TA_STATE_GONE);
	CHECK_EQ(ta_destroy('o', &b).status, TA_ST_OK);
	CHECK(ta_opens('1', &other));
	world_done();
}

static void a_change_after_storage_was_put_back_goes_on(void)
{
	struct sealed a = {0}, b = {0}, c = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	world_keep();
	ta_change('2', &a, &b);
	ta_settle('o', &b);
	world_roll_back();
	tee_fake_reboot();
	CHECK_EQ(ta_change('3', &b, &c).status, TA_ST_OK);
	CHECK_EQ(c.blob[36], 3); /* b's epoch was 2, though nothing stored says so */
	CHECK(ta_opens('2', &b));
	CHECK(ta_opens('3', &c));
	CHECK_EQ(ta_open('2', &b).status, TA_ST_REVOKED);
	world_done();
}

static void a_damaged_record_opens_nothing(void)
{
	static const struct {
		size_t len, at;
		uint8_t value;
	} damage[] = {{0, 0, 0}, {17, 0, 1}, {19, 0, 1}, {18, 0, 0}, {18, 0, 2}, {18, 1, 1},
		{18, 5, 0}, {4000, 0, 1}};
	uint8_t record[4096] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 1};
	struct sealed a = {0}, b = {0};
	char path[160];

	REQUIRE(world_new());
	ta_seal('1', &a);
	record_path(&a, path, sizeof(path));
	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		const uint8_t was = record[damage[i].at];
		FILE *f = fopen(path, "r+be");

		REQUIRE(f != NULL);
		record[damage[i].at] = damage[i].value;
		CHECK(ftruncate(fileno(f), 0) == 0);
		CHECK_EQ(fwrite(record, 1, damage[i].len, f), damage[i].len);
		fclose(f);
		record[damage[i].at] = was;
		CHECK_EQ(ta_open('1', &a).status, TA_ST_STORAGE);
		CHECK_EQ(ta_describe(&a).status, TA_ST_STORAGE);
		CHECK_EQ(ta_change('2', &a, &b).status, TA_ST_STORAGE);
		CHECK_EQ(tee_fake_open(), 0);
	}
	world_done();
}

static void one_try_is_one_try(void)
{
	const struct ask ask = ask_seal(TA_LOGIN_PUBLIC, '1', 1, 'o');
	struct sealed a = {0};
	struct reply r;

	REQUIRE(world_new());
	r = ask_send(TA_CMD_SEAL, &ask);
	sealed_take(&r, &a);
	CHECK(ta_opens('1', &a));
	CHECK_EQ(ta_open('2', &a).status, TA_ST_AUTH);
	CHECK_EQ(ta_open('1', &a).status, TA_ST_LOCKED);
	world_done();
}

static void without_a_pin_opening_writes_nothing(void)
{
	struct sealed a = {0}, b = {0};
	unsigned writes;

	REQUIRE(world_new());
	CHECK(!ta_seal(0, &a).counted);
	writes = tee_fake_writes();
	CHECK(ta_opens(0, &a) && ta_opens(0, &a));
	CHECK(!ta_describe(&a).counted && ta_state(&a) == TA_STATE_OPENS);
	CHECK_EQ(tee_fake_writes(), writes);
	CHECK_EQ(ta_change(0, &a, &b).status, TA_ST_OK);
	CHECK(ta_opens(0, &a));
	CHECK(ta_opens(0, &b));
	CHECK_EQ(
		tee_fake_writes(), writes + 2); /* the change, and the epoch at its first opening */
	CHECK_EQ(ta_open(0, &a).status, TA_ST_REVOKED);
	CHECK_EQ(ta_change('1', &b, &a).status, TA_ST_OK); /* a PIN may be added */
	CHECK(ta_opens('1', &a));
	world_done();
}

static const struct test tests[] = {
	TEST(wrong_pins_are_counted_and_lock),
	TEST(a_right_pin_ends_the_count),
	TEST(a_try_is_counted_before_it_is_compared),
	TEST(a_missing_record_is_gone_for_good),
	TEST(storage_put_back_gives_no_tries_before_a_reboot),
	TEST(storage_put_forward_gives_no_tries),
	TEST(epochs_put_back_stay_revoked_before_a_reboot),
	TEST(a_full_memory_gives_no_tries),
	TEST(a_change_leaves_the_seal_before_until_settled),
	TEST(opening_a_new_seal_revokes_those_before),
	TEST(a_new_seal_has_a_count_of_its_own),
	TEST(settle_again_ends_the_count),
	TEST(only_the_owner_changes_settles_destroys),
	TEST(a_destroyed_line_opens_no_more),
	TEST(a_change_after_storage_was_put_back_goes_on),
	TEST(a_damaged_record_opens_nothing),
	TEST(one_try_is_one_try),
	TEST(without_a_pin_opening_writes_nothing),
};
TEST_MAIN(tests)
