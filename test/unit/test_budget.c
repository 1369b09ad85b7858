/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_util.h"

static const struct trust_count heals_in_10 = {
	.known = true, .failed = 1, .max = 32, .interval_s = 10, .recovery_s = 100};

static struct err wrong_at(struct fixture *f, uint64_t now_s)
{
	struct err e = store_budget_take(f->store, ROLE_USER, 3, now_s);

	return e.code == E_OK ? store_budget_settle(f->store, ROLE_USER, true, &heals_in_10, now_s)
			      : e;
}

static struct store_budget read_at(struct fixture *f, uint64_t now_s)
{
	struct store_budget b = {0};

	(void) CHECK_OK(store_budget_read(f->store, ROLE_USER, 3, now_s, &b));
	return b;
}

static void fresh_token_has_all_its_tries(void)
{
	struct store_budget b;
	FIXTURE(f);

	b = read_at(&f, 1000);
	CHECK(b.failed == 0 && b.allowed == 3 && !b.locked && !b.last.known);
}

static void wrong_pins_lock_and_time_heals(void)
{
	FIXTURE(f);

	CHECK_OK(wrong_at(&f, 1000));
	CHECK_OK(wrong_at(&f, 1000));
	CHECK_OK(wrong_at(&f, 1001));
	CHECK(read_at(&f, 1001).locked);
	CHECK_ERR(wrong_at(&f, 1009), E_LOCKED);
	CHECK(!read_at(&f, 1010).locked && read_at(&f, 1010).failed == 2);
	CHECK_OK(wrong_at(&f, 1010));
	CHECK_ERR(wrong_at(&f, 1011), E_LOCKED);
	CHECK(read_at(&f, 1040).failed == 0);
}

static void good_pin_gives_back_its_try_only(void)
{
	FIXTURE(f);

	CHECK_OK(wrong_at(&f, 1000));
	CHECK_OK(store_budget_take(f.store, ROLE_USER, 3, 1000));
	CHECK(read_at(&f, 1000).failed == 2);
	CHECK_OK(store_budget_settle(f.store, ROLE_USER, false, &heals_in_10, 1000));
	CHECK(read_at(&f, 1000).failed == 1);
}

static void roles_have_budgets_of_their_own(void)
{
	struct store_budget so;
	FIXTURE(f);

	for (unsigned i = 0; i < 3; i++)
		CHECK_OK(wrong_at(&f, 1000));
	CHECK_OK(store_budget_read(f.store, ROLE_SO, 3, 1000, &so));
	CHECK(so.failed == 0 && !so.locked);
}

static void budget_stays_below_the_sources_limit(void)
{
	struct trust_count count = {.known = true, .max = 4, .interval_s = 10};
	struct store_budget b;
	FIXTURE(f);

	CHECK_OK(store_budget_settle(f.store, ROLE_USER, false, &count, 1000));
	CHECK_OK(store_budget_read(f.store, ROLE_USER, 5, 1000, &b));
	CHECK(b.allowed == 3);
	count.max = 1;
	CHECK_OK(store_budget_settle(f.store, ROLE_USER, false, &count, 1000));
	CHECK_OK(store_budget_read(f.store, ROLE_USER, 5, 1000, &b));
	CHECK(b.allowed == 1);
	CHECK_OK(store_budget_read(f.store, ROLE_USER, 0, 1000, &b));
	CHECK(b.allowed == 0 && !b.locked);
}

static void sources_lock_expires(void)
{
	struct trust_count count = {
		.known = true, .locked = true, .failed = 32, .max = 32, .interval_s = 10};
	FIXTURE(f);

	CHECK_OK(store_budget_settle(f.store, ROLE_USER, false, &count, 1000));
	CHECK(read_at(&f, 1009).locked && read_at(&f, 1009).last.failed == 32);
	CHECK_ERR(store_budget_take(f.store, ROLE_USER, 3, 1009), E_LOCKED);
	CHECK(!read_at(&f, 1010).locked);
	CHECK_OK(store_budget_take(f.store, ROLE_USER, 3, 1010));
}

static void clock_that_goes_back_heals_nothing(void)
{
	FIXTURE(f);

	for (unsigned i = 0; i < 3; i++)
		CHECK_OK(wrong_at(&f, 5000));
	CHECK(read_at(&f, 100).locked);
	CHECK_ERR(wrong_at(&f, 100), E_LOCKED);
	CHECK(read_at(&f, 5000).locked);
}

static void budget_leaves_the_generation_alone(void)
{
	uint64_t before;
	FIXTURE(f);

	before = store_generation(f.store);
	CHECK_OK(wrong_at(&f, 1000));
	CHECK(store_generation(f.store) == before);
}

/* A source that counts by seal: remembered beside the budget, until another source is asked. */
static void count_by_seal_stands_beside_the_budget(void)
{
	struct trust_count count = {.known = true, .locked = true, .failed = 10, .max = 10};
	struct store_budget b;
	FIXTURE(f);

	CHECK_OK(wrong_at(&f, 1000));
	CHECK_OK(store_budget_note(f.store, ROLE_USER, &count, 1000));
	b = read_at(&f, 1000000);
	CHECK(b.by_seal.known && b.by_seal.locked && b.by_seal.failed == 10); /* for ever */
	CHECK(!b.locked && b.last.max == 32);
	CHECK_OK(store_budget_take(f.store, ROLE_USER, 3, 1001)); /* it refuses nobody */
	count.locked = false;
	count.failed = 0;
	CHECK_OK(store_budget_note(f.store, ROLE_USER, &count, 1001));
	b = read_at(&f, 1001);
	CHECK(b.by_seal.known && !b.by_seal.locked && b.by_seal.failed == 0 && b.failed == 2);
	CHECK_OK(store_budget_settle(f.store, ROLE_USER, false, &heals_in_10, 1001));
	b = read_at(&f, 1001);
	CHECK(!b.by_seal.known && b.failed == 1);
}

static void count_by_seal_is_forgotten_when_it_is_unknown(void)
{
	struct trust_count count = {.known = true, .failed = 3, .max = 10}, unknown = {0};
	struct store_budget b;
	FIXTURE(f);

	CHECK_OK(store_budget_note(f.store, ROLE_USER, &unknown, 1000));
	CHECK_OK(store_budget_note(f.store, ROLE_USER, &count, 1000));
	CHECK_OK(store_budget_read(f.store, ROLE_SO, 3, 1000, &b));
	CHECK(!b.by_seal.known); /* each role has its own */
	/* a source that could not tell its count was not asked */
	CHECK_OK(store_budget_settle(f.store, ROLE_USER, false, &unknown, 1000));
	CHECK(read_at(&f, 1000).by_seal.known);
	CHECK_OK(store_budget_note(f.store, ROLE_USER, &unknown, 1000));
	CHECK(!read_at(&f, 1000).by_seal.known);
}

/* One that heals tells when. */
static void lock_by_seal_with_an_interval_expires(void)
{
	struct trust_count count = {
		.known = true, .locked = true, .failed = 3, .max = 3, .interval_s = 10};
	FIXTURE(f);

	CHECK_OK(store_budget_note(f.store, ROLE_USER, &count, 1000));
	CHECK(read_at(&f, 1009).by_seal.locked);
	CHECK(!read_at(&f, 1010).by_seal.locked);
}

static const struct test tests[] = {
	TEST(fresh_token_has_all_its_tries),
	TEST(wrong_pins_lock_and_time_heals),
	TEST(good_pin_gives_back_its_try_only),
	TEST(roles_have_budgets_of_their_own),
	TEST(budget_stays_below_the_sources_limit),
	TEST(sources_lock_expires),
	TEST(clock_that_goes_back_heals_nothing),
	TEST(budget_leaves_the_generation_alone),
	TEST(count_by_seal_stands_beside_the_budget),
	TEST(count_by_seal_is_forgotten_when_it_is_unknown),
	TEST(lock_by_seal_with_an_interval_expires),
};
TEST_MAIN(tests)
