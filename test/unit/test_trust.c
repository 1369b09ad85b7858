/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"
#include "tmpdir.h"
#include "trust_fake.h"

struct script {
	struct tmpdir dir;
};

static void script_done(struct script *s)
{
	unsetenv("BULLA_FAKE");
	tmpdir_done(&s->dir);
}

static struct script script_new(void)
{
	struct script s = {.dir = tmpdir_new()};
	char path[128];

	snprintf(path, sizeof(path), "%s/script", s.dir.path);
	file_write(path, "max=10\n");
	setenv("BULLA_FAKE", path, 1);
	return s;
}

static const struct trust_ops *const contract_ops = &trust_fake;
#define CONTRACT_BEGIN _cleanup_(script_done) struct script script = script_new()
#include "trust_contract.h"

static void find_knows_the_table_only(void)
{
	const struct trust_ops *ops = NULL;

	CHECK_OK(trust_find("fake", &ops));
	CHECK(ops == &trust_fake);
	ops = NULL;
	CHECK_ERR(trust_find("fak", &ops), E_NOT_FOUND);
	CHECK_ERR(trust_find("", &ops), E_NOT_FOUND);
	CHECK(ops == NULL);
}

static void can_refuses_what_a_source_does_not_honour(void)
{
	static const struct trust_ops pins_only = {.name = "x", .honours = POLICY_PART_PIN};
	struct policy p = {0};

	CHECK_OK(trust_can(&pins_only, &p));
	p.pin = true;
	CHECK_OK(trust_can(&pins_only, &p));
	p.login = POLICY_LOGIN_PUBLIC;
	CHECK_ERR(trust_can(&pins_only, &p), E_UNSUPPORTED);
	p.login = POLICY_LOGIN_NONE;
	p.bank = BANK_SHA256;
	p.pcrs = 1u << 7;
	CHECK_ERR(trust_can(&pins_only, &p), E_UNSUPPORTED);
}

static const struct test tests[] = {
	CONTRACT_TESTS,
	TEST(find_knows_the_table_only),
	TEST(can_refuses_what_a_source_does_not_honour),
};
TEST_MAIN(tests)
