/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: which command takes what, and where it goes. What is printed about mistakes
 * goes to standard error and is the business of test/client/tool_cli.sh. */
#include "opts.h"
#include "test.h"

#define ARGS_MAX 12

static int run(const struct opts *o)
{
	(void) o;
	return 0;
}

static const struct command add = {"seal add", run,
	TAKES_TOKEN | TAKES_POLICY | TAKES_ROLE | TAKES_PIN | TAKES_YES, 0, 0, "", ""};
static const struct command drop = {
	"seal remove", run, TAKES_TOKEN | TAKES_SOURCE | TAKES_ROLE | TAKES_SO, 0, 1, "", ""};

/* words: the command's name and its arguments, with blanks between. */
static int parse(const struct command *c, const char *words, struct opts *ret)
{
	static char text[256];
	char *argv[ARGS_MAX + 1] = {NULL}, *at = text;
	int argc = 0;
	bool help;

	snprintf(text, sizeof(text), "%s", words);
	while (argc < ARGS_MAX && at != NULL && *at != '\0') {
		argv[argc++] = at;
		at = strchr(at, ' ');
		if (at != NULL)
			*at++ = '\0';
	}
	return opts_parse(c, argc, argv, ret, &help);
}

static void options_reach_their_places(void)
{
	struct opts o;

	REQUIRE(parse(&add, "add --token t --source tee --policy pin --role so --yes --json", &o) ==
		0);
	CHECK(strcmp(o.token, "t") == 0 && strcmp(o.source, "tee") == 0);
	CHECK(strcmp(o.policy, "pin") == 0 && strcmp(o.role, "so") == 0);
	CHECK(o.yes && o.json && !o.force && !o.so);
	CHECK(o.pin.fd == -1 && o.pin.file == NULL);
}

static void nothing_is_set_that_was_not_said(void)
{
	struct opts o;

	REQUIRE(parse(&add, "add", &o) == 0);
	CHECK(o.token == NULL && o.source == NULL && o.policy == NULL && o.role == NULL);
	CHECK(!o.yes && !o.json && !o.no_pin && o.arg_count == 0);
}

static void a_source_alone_is_no_policy(void)
{
	struct opts o;

	CHECK(parse(&drop, "remove --source tee", &o) == 0 && strcmp(o.source, "tee") == 0);
	CHECK(parse(&drop, "remove --policy pin", &o) == 2);
	CHECK(parse(&drop, "remove --force", &o) == 2);
	CHECK(parse(&add, "add --so", &o) == 2);
}

static void arguments_may_stand_anywhere(void)
{
	struct opts o;

	REQUIRE(parse(&drop, "remove 0badcafe --so", &o) == 0);
	CHECK(o.arg_count == 1 && strcmp(o.args[0], "0badcafe") == 0 && o.so && o.so_as == NULL);
	CHECK(parse(&drop, "remove --so=none 0badcafe", &o) == 0 && strcmp(o.so_as, "none") == 0);
	CHECK(parse(&drop, "remove one two", &o) == 2);
	CHECK(parse(&add, "add one", &o) == 2);
}

static void descriptors_are_open_numbers(void)
{
	struct opts o;

	CHECK(parse(&add, "add --pin-fd 0", &o) == 0 && o.pin.fd == 0);
	CHECK(parse(&add, "add --pin-fd 1x", &o) == 2);
	CHECK(parse(&add, "add --pin-fd -1", &o) == 2);
	CHECK(parse(&add, "add --pin-fd 99999999999", &o) == 2);
	CHECK(parse(&add, "add --pin-fd 0 --pin-file f", &o) == 2);
	CHECK(parse(&add, "add --pin-file", &o) == 2);
}

static const struct test tests[] = {
	TEST(options_reach_their_places),
	TEST(nothing_is_set_that_was_not_said),
	TEST(a_source_alone_is_no_policy),
	TEST(arguments_may_stand_anywhere),
	TEST(descriptors_are_open_numbers),
};

TEST_MAIN(tests)
