/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

#include "log.h"
#include "tmpdir.h"

#include <errno.h>

static char last[600];
static unsigned lines;

static void sink(void *arg, enum log_level level, const char *text)
{
	(void) arg;
	(void) level;
	lines++;
	snprintf(last, sizeof(last), "%s", text);
}

static void sink_gets_what_its_level_asks_for(void)
{
	log_set_sink(sink, NULL, LOG_INFO);
	log_error("one %d", 1);
	CHECK(lines == 1 && strcmp(last, "one 1") == 0);
	log_info("two");
	log_debug("three");
	CHECK(lines == 2 && strcmp(last, "two") == 0);
	log_set_sink(NULL, NULL, LOG_OFF);
	log_error("nobody listens");
	CHECK(lines == 2);
}

static void long_lines_are_cut(void)
{
	char text[2000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_set_sink(sink, NULL, LOG_DEBUG);
	log_error("%s", text);
	CHECK(strlen(last) < 512 && last[0] == 'x');
	log_set_sink(NULL, NULL, LOG_OFF);
}

static void file_gets_whole_lines_and_errno_stays(void)
{
	char spec[128], read_back[256] = {0};
	TMPDIR(dir);
	FILE *f;

	snprintf(spec, sizeof(spec), "info:%s/log", dir.path);
	log_open(spec);
	errno = ENOSPC;
	log_info("hello");
	CHECK(errno == ENOSPC);
	log_debug("not this");
	log_close();
	f = fopen(strchr(spec, ':') + 1, "re");
	REQUIRE(f != NULL);
	CHECK(fgets(read_back, sizeof(read_back), f) != NULL);
	CHECK(strstr(read_back, "bulla: info: ") == read_back &&
		strstr(read_back, "hello\n") != NULL);
	CHECK(fgets(read_back, sizeof(read_back), f) == NULL);
	fclose(f);
}

static void senseless_levels_are_off(void)
{
	static const char *const specs[] = {
		NULL, "", "off", "loud", "infos", "info:/nonexistent/x"};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		log_open(specs[i]);
		CHECK(log_level_now == LOG_OFF);
	}
	log_close();
}

static const struct test tests[] = {
	TEST(sink_gets_what_its_level_asks_for),
	TEST(long_lines_are_cut),
	TEST(file_gets_whole_lines_and_errno_stays),
	TEST(senseless_levels_are_off),
};
TEST_MAIN(tests)
