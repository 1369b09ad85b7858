/* SPDX-License-Identifier: BSD-2-Clause */
/* The TA where the power goes at any point of each command, and where any call of its API fails
 * once: no line is lost, no wrong PIN goes uncounted, nothing opens that must not, nothing is left
 * open. */
#include "ta_util.h"

/* One command, from a world that was made for it. */
struct job {
	const char *name;
	void (*setup)(void);
	struct reply (*run)(void);
	/* Is the world whole, after the command was cut short, failed with an answer, or was done?
	 */
	void (*check)(const struct reply *r);
};

/* now: opens with '1'. next: with '2', where there is one. */
static struct sealed now, next;
/* Storage deleted the record, as it does where it finds it corrupt: for good. */
static bool deleted;
/* Storage hid the record for once. */
static bool hidden;

static void setup_seal(void)
{
	ta_seal('1', &now);
}

static void setup_locked_once(void)
{
	ta_seal('1', &now);
	CHECK_EQ(ta_open('x', &now).failed, 1);
}

static void setup_change(void)
{
	ta_seal('1', &now);
	ta_change('2', &now, &next);
}

static struct reply run_describe(void)
{
	return ta_describe(&now);
}

static struct reply run_seal(void)
{
	return ta_seal('2', &next);
}

static struct reply run_right(void)
{
	return ta_open('1', &now);
}

static struct reply run_wrong(void)
{
	return ta_open('x', &now);
}

static struct reply run_change(void)
{
	return ta_change('2', &now, &next);
}

static struct reply run_next(void)
{
	return ta_open('2', &next);
}

static struct reply run_settle(void)
{
	return ta_settle('o', &next);
}

static struct reply run_destroy(void)
{
	return ta_destroy('o', &now);
}

/* Opens with its PIN: always, or is gone where its record was deleted. */
static bool still_opens(uint8_t pin, const struct sealed *s)
{
	return deleted ? ta_open(pin, s).status == TA_ST_GONE : ta_opens(pin, s);
}

static void check_seal(const struct reply *r)
{
	CHECK(ta_opens('1', &now));
	if (r->result == 0 && r->status == TA_ST_OK)
		CHECK(ta_opens('2', &next));
	else if (r->result == 0 && !deleted)
		CHECK_EQ(world_objects(), 1); /* nothing is left of a seal that nobody has */
}

static void check_right(const struct reply *r)
{
	const uint32_t failed = ta_failed(&now);

	CHECK(deleted || failed <= 2);
	if (r->result == 0 && r->status == TA_ST_OK)
		CHECK_EQ(failed, 0);
	CHECK(r->result != 0 || r->status != TA_ST_AUTH);
	CHECK(still_opens('1', &now));
}

/* One wrong PIN was counted before. It is compared only where two are counted now. */
static void check_wrong(const struct reply *r)
{
	const uint32_t failed = ta_failed(&now);

	CHECK(deleted || failed == 1 || failed == 2);
	CHECK(r->result != 0 || r->status != TA_ST_OK);
	if (r->result == 0 && r->status == TA_ST_AUTH)
		CHECK(failed == 2 && r->failed == 2);
	CHECK(still_opens('1', &now));
}

static void check_change(const struct reply *r)
{
	CHECK(still_opens('1', &now));
	if (r->result == 0 && r->status == TA_ST_OK)
		CHECK(ta_opens('2', &next));
}

/* The new seal opens whatever happened; what it replaced, unless that was done. */
static void check_next(const struct reply *r)
{
	const enum ta_state before = ta_state(&now);

	CHECK(deleted || before == TA_STATE_OPENS || before == TA_STATE_REVOKED);
	if (r->result == 0 && r->status == TA_ST_OK)
		CHECK_EQ(before, TA_STATE_REVOKED);
	CHECK(still_opens('2', &next));
	CHECK_EQ(ta_open('1', &now).status, deleted ? TA_ST_GONE : TA_ST_REVOKED);
}

static void check_destroy(const struct reply *r)
{
	const enum ta_state state = ta_state(&now);

	CHECK(state == TA_STATE_OPENS || state == TA_STATE_GONE);
	if (r->result == 0 && r->status == TA_ST_OK) /* done already, for all that can be seen */
		CHECK(state == TA_STATE_GONE || hidden);
	CHECK_EQ(ta_destroy('o', &now).status, TA_ST_OK);
	CHECK_EQ(ta_open('1', &now).status, TA_ST_GONE);
	CHECK_EQ(world_objects(), 0);
}

static void check_describe(const struct reply *r)
{
	CHECK(r->result == 0 && (deleted || ta_failed(&now) == 1));
	CHECK(still_opens('1', &now));
}

static const struct job jobs[] = {
	{"seal", setup_seal, run_seal, check_seal},
	{"open, right", setup_seal, run_right, check_right},
	{"open, right after wrong", setup_locked_once, run_right, check_right},
	{"open, wrong", setup_locked_once, run_wrong, check_wrong},
	{"change", setup_locked_once, run_change, check_change},
	{"open what is not settled", setup_change, run_next, check_next},
	{"settle", setup_change, run_settle, check_next},
	{"destroy", setup_seal, run_destroy, check_destroy},
	{"describe", setup_locked_once, run_describe, check_describe},
};
#define JOBS (sizeof(jobs) / sizeof(jobs[0]))

static void the_power_goes_at_any_point(void)
{
	/* each change of storage has two points */
	static const unsigned points[JOBS] = {2, 4, 4, 2, 2, 4, 2, 2, 0};

	for (size_t i = 0; i < JOBS; i++) {
		for (unsigned n = 1;; n++) {
			const unsigned failures = test_failures;
			struct reply r;

			REQUIRE(world_new());
			deleted = hidden = false;
			jobs[i].setup();
			tee_fake_cut(n);
			r = jobs[i].run();
			tee_fake_cut(0);
			jobs[i].check(&r);
			tee_fake_reboot();
			if (r.result == 0)
				CHECK_EQ(n - 1, points[i]);
			if (test_failures != failures)
				printf("  %s, point %u\n", jobs[i].name, n);
			world_done();
			if (r.result == 0)
				break;
			CHECK_EQ(r.result, TEE_FAKE_POWER_CUT);
		}
	}
}

static bool fails_by_turns(const struct job *job, unsigned n, unsigned variant)
{
	const unsigned failures = test_failures;
	unsigned objects;
	struct reply r;
	bool met;

	if (!world_new())
		return false;
	job->setup();
	objects = world_objects();
	tee_fake_fail(n, variant);
	r = job->run();
	met = tee_fake_failed() != NULL;
	hidden = met && strcmp(tee_fake_failed(), "_utee_storage_obj_open") == 0;
	tee_fake_fail(0, 0);
	CHECK_EQ(tee_fake_open(), 0);
	CHECK_EQ(r.result, 0); /* an answer, and the same instance goes on */
	deleted = met && world_objects() < objects;
	job->check(&r);
	tee_fake_reboot();
	if (test_failures != failures)
		printf("  %s, call %u, result %u\n", job->name, n, variant);
	world_done();
	return met;
}

static void any_call_of_the_api_fails_once(void)
{
	unsigned points = 0;

	for (size_t i = 0; i < JOBS; i++)
		for (unsigned variant = 0; variant < 6; variant++)
			for (unsigned n = 1; fails_by_turns(&jobs[i], n, variant); n++)
				points++;
	CHECK(points >= 6 * 150);
	printf("%u failures\n", points);
}

/* Storage that never writes opens nothing with a PIN, and gives no tries. */
static void storage_that_cannot_be_written_gives_no_tries(void)
{
	struct sealed none = {0};

	REQUIRE(world_new());
	ta_seal('1', &now);
	ta_seal(0, &none);
	for (unsigned variant = 0; variant < 6; variant++) {
		world_keep();
		for (unsigned n = 1;; n++) {
			struct reply r;

			tee_fake_fail(n, variant);
			r = ta_open('x', &now);
			if (tee_fake_failed() == NULL)
				break;
			CHECK(r.status != TA_ST_OK);
			if (r.status == TA_ST_AUTH) /* what failed came after */
				CHECK(r.failed > 0);
			world_roll_back();
			tee_fake_reboot();
		}
		tee_fake_fail(0, 0);
		CHECK_EQ(ta_open('1', &now).failed, 0);
		CHECK(ta_opens(0, &none));
	}
	world_done();
}

static const struct test tests[] = {
	TEST(the_power_goes_at_any_point),
	TEST(any_call_of_the_api_fails_once),
	TEST(storage_that_cannot_be_written_gives_no_tries),
};
TEST_MAIN(tests)
