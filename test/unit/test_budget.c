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

static const struct test tests[] = {
	TEST(fresh_token_has_all_its_tries),
	TEST(wrong_pins_lock_and_time_heals),
	TEST(good_pin_gives_back_its_try_only),
	TEST(roles_have_budgets_of_their_own),
	TEST(budget_stays_below_the_sources_limit),
	TEST(sources_lock_expires),
	TEST(clock_that_goes_back_heals_nothing),
	TEST(budget_leaves_the_generation_alone),
};
TEST_MAIN(tests)
