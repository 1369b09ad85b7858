/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain unit tests: a table of named functions, CHECK inside them, one line per failure and one at
 * the end. A failed CHECK is counted and the test goes on; TEST_MAIN's exit status says whether any
 * failed. With an argument only the tests whose name contains it are run. A test that checks
 * nothing has failed. ./check adds up the last lines. */
#pragma once

#include "err.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned test_checks, test_failures;
static const char *test_skipped;

#define CHECK(cond) test_check((cond), #cond, __FILE__, __LINE__)
/* For what makes the rest of a test senseless. */
#define REQUIRE(cond)             \
	do {                      \
		if (!CHECK(cond)) \
			return;   \
	} while (0)
/* Named with its reason in the output, and not counted as passed. */
#define SKIP(why)                     \
	do {                          \
		test_skipped = (why); \
		return;               \
	} while (0)
#define CHECK_EQ(a, b) \
	test_equal((unsigned long) (a), (unsigned long) (b), #a " == " #b, __FILE__, __LINE__)

/* The call's struct err has this code. */
#define CHECK_ERR(call, want) test_err((call), (want), #call " is " #want, __FILE__, __LINE__)
#define CHECK_OK(call)        CHECK_ERR(call, E_OK)
#define REQUIRE_OK(call)             \
	do {                         \
		if (!CHECK_OK(call)) \
			return;      \
	} while (0)

static inline bool test_check(bool ok, const char *what, const char *file, int line)
{
	test_checks++;
	if (!ok) {
		test_failures++;
		printf("%s:%d: failed: %s\n", file, line, what);
	}
	return ok;
}

static inline bool test_equal(
	unsigned long a, unsigned long b, const char *what, const char *file, int line)
{
	test_checks++;
	if (a != b) {
		test_failures++;
		printf("%s:%d: failed: %s (0x%lx, 0x%lx)\n", file, line, what, a, b);
	}
	return a == b;
}

static inline bool test_err(
	struct err got, enum err_code want, const char *what, const char *file, int line)
{
	test_checks++;
	if (got.code != want) {
		test_failures++;
		printf("%s:%d: failed: %s (%s)\n", file, line, what, err_str(got));
	}
	return got.code == want;
}

struct test {
	const char *name;
	void (*run)(void);
};

#define TEST(function)              \
	{                           \
#function, function \
	}
#define TEST_MAIN(tests)                                                                       \
	int main(int argc, char **argv)                                                        \
	{                                                                                      \
		return test_run(                                                               \
			(tests), sizeof(tests) / sizeof((tests)[0]), argc > 1 ? argv[1] : ""); \
	}

static inline int test_run(const struct test *tests, size_t count, const char *filter)
{
	unsigned passed = 0, bad = 0, skipped = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned failures = test_failures, checks = test_checks;

		if (strstr(tests[i].name, filter) == NULL)
			continue;
		test_skipped = NULL;
		tests[i].run();
		if (test_failures == failures && test_skipped != NULL) {
			skipped++;
			printf("SKIPPED %s: %s\n", tests[i].name, test_skipped);
		} else if (test_failures == failures && test_checks != checks) {
			passed++;
		} else {
			bad++;
			printf("FAILED %s%s\n", tests[i].name,
				test_checks == checks ? ": it checked nothing" : "");
		}
		fflush(stdout);
	}
	printf("%u passed, %u failed, %u skipped (%u checks)\n", passed, bad, skipped, test_checks);
	if (bad > 0 || passed + skipped == 0)
		return 1;
	return passed > 0 ? 0 : 77; /* 77: meson's word for skipped */
}
