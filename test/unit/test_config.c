/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

#include "config.h"
#include "tmpdir.h"

#include <sys/stat.h>
#include <unistd.h>

#define NOBODY       65534
#define CONFIG(name) _cleanup_(config_free) struct config *name = NULL

/* An environment of the test's own: no HOME, nothing of the caller's. */
static void environment(const char *conf)
{
	static const char *const names[] = {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
		"BULLA_CONF", "BULLA_STORE", "BULLA_TCTI", "BULLA_LOG"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unsetenv(names[i]);
	if (conf != NULL)
		setenv("BULLA_CONF", conf, 1);
}

static const char *conf_path(const struct tmpdir *dir, const char *text)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/bulla.conf", dir->path);
	file_write(path, text);
	return path;
}

static void defaults_are_as_documented(void)
{
	CONFIG(c);

	environment(NULL);
	setenv("XDG_DATA_HOME", "/data", 1);
	REQUIRE_OK(config_load(NULL, &c));
	CHECK(strcmp(c->source, "tpm") == 0 && strcmp(c->policy, "pin") == 0);
	CHECK(strcmp(c->tcti, "device:/dev/tpmrm0") == 0 && c->log == NULL);
	CHECK(c->tpm_timeout_ms == 6000 && c->queue_timeout_ms == 300000 && c->pin_tries == 5);
	CHECK(!c->blank_slot && !c->no_blank_slot && !c->loose_wrap);
	CHECK(c->store_count >= 1 && strcmp(c->stores[c->store_count - 1], "/data/bulla") == 0);
}

static void home_is_the_place_without_xdg(void)
{
	CONFIG(c);

	environment(NULL);
	setenv("HOME", "/nonexistent", 1);
	REQUIRE_OK(config_load(NULL, &c));
	CHECK(strcmp(c->stores[c->store_count - 1], "/nonexistent/.local/share/bulla") == 0);
}

static void file_then_reserved_then_environment(void)
{
	TMPDIR(dir);
	CONFIG(c);

	environment(conf_path(&dir, "# a comment\nstore = /file\nstore = /file two\ntcti = file\n"
				    "policy = none\nlog = info\nblank-slot = no\n"));
	setenv("BULLA_TCTI", "environment", 1);
	REQUIRE_OK(config_load(
		"policy=\"pin+pcr=sha256:7\"  store=\"/with blank\" loose-wrap=yes", &c));
	CHECK(c->store_count == 1 && strcmp(c->stores[0], "/with blank") == 0);
	CHECK(strcmp(c->policy, "pin+pcr=sha256:7") == 0 && strcmp(c->tcti, "environment") == 0);
	CHECK(strcmp(c->log, "info") == 0 && c->loose_wrap && c->no_blank_slot && !c->blank_slot);
	config_free(&c);
	setenv("BULLA_STORE", "/env", 1);
	REQUIRE_OK(config_load(NULL, &c));
	CHECK(c->store_count == 1 && strcmp(c->stores[0], "/env") == 0);
}

static void user_file_adds_to_defaults(void)
{
	TMPDIR(dir);
	char path[128];
	CONFIG(c);

	environment(NULL);
	setenv("XDG_CONFIG_HOME", dir.path, 1);
	snprintf(path, sizeof(path), "%s/bulla", dir.path);
	REQUIRE(mkdir(path, 0700) == 0);
	snprintf(path, sizeof(path), "%s/bulla/bulla.conf", dir.path);
	file_write(path, "pin-tries = 9\n");
	REQUIRE_OK(config_load(NULL, &c));
	CHECK(c->pin_tries == 9);
}

static void senseless_files_are_invalid(void)
{
	static const char too_many[] =
		"store = /1\nstore = /2\nstore = /3\nstore = /4\nstore = /5\n"
		"store = /6\nstore = /7\nstore = /8\nstore = /9\n";
	static const char *const texts[] = {"unknown = 1\n", "[section]\nlog = info\n",
		"pin-tries = five\n", "pin-tries = -1\n", "pin-tries = 99999\n", "pin-tries =\n",
		"store = relative\n", "blank-slot = maybe\n", "no equals sign\n", too_many};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		TMPDIR(dir);
		CONFIG(c);
		struct err e;

		environment(conf_path(&dir, texts[i]));
		e = config_load(NULL, &c);
		if (!CHECK(e.code == E_INVALID || e.code == E_LIMIT) || !CHECK(c == NULL))
			printf("  %s", texts[i]);
	}
}

static void senseless_reserved_is_invalid(void)
{
	static const char *const texts[] = {"store", "=x", "store=\"/open", "unknown=1", "log"};
	char longer[6000];

	environment(NULL);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		CONFIG(c);

		CHECK_ERR(config_load(texts[i], &c), E_INVALID);
	}
	memset(longer, 'x', sizeof(longer));
	memcpy(longer, "tcti=", 5);
	longer[sizeof(longer) - 1] = '\0';
	{
		CONFIG(c);

		CHECK_ERR(config_load(longer, &c), E_INVALID);
	}
}

static void named_file_must_be_there_and_ours(void)
{
	TMPDIR(dir);
	CONFIG(c);
	const char *path = conf_path(&dir, "log = info\n");

	environment("/nonexistent/bulla.conf");
	CHECK_ERR(config_load(NULL, &c), E_INVALID);
	environment(path);
	REQUIRE(chmod(path, 0666) == 0);
	CHECK_ERR(config_load(NULL, &c), E_PERMISSION);
	REQUIRE(chmod(path, 0644) == 0);
	CHECK_OK(config_load(NULL, &c));
}

/* ProtectHome= of a unit; a worker whose HOME is still root's. */
static void home_that_may_not_be_entered_is_not_there(void)
{
	TMPDIR(dir);
	char home[96], path[128];
	struct err e;
	CONFIG(c);

	snprintf(home, sizeof(home), "%s/home", dir.path);
	snprintf(path, sizeof(path), "%s/bulla", home);
	REQUIRE(mkdir(home, 0700) == 0 && mkdir(path, 0700) == 0);
	snprintf(path, sizeof(path), "%s/bulla/bulla.conf", home);
	file_write(path, "pin-tries = 9\n");
	environment(NULL);
	setenv("XDG_CONFIG_HOME", home, 1);
	setenv("XDG_DATA_HOME", home, 1);
	/* root may enter any directory: be somebody else then */
	REQUIRE(chmod(dir.path, 0755) == 0 && chmod(home, 0) == 0);
	REQUIRE(getuid() != 0 || seteuid(NOBODY) == 0);
	e = config_load(NULL, &c);
	REQUIRE(getuid() != 0 || seteuid(0) == 0);
	REQUIRE_OK(e);
	CHECK(c->pin_tries == 5);
	for (size_t i = 0; i < c->store_count; i++)
		CHECK(strcmp(c->stores[i], "/var/lib/bulla") == 0);
	/* a file that can be seen and not be read is a mistake */
	config_free(&c);
	REQUIRE(chmod(home, 0755) == 0 && chmod(path, 0) == 0);
	snprintf(path, sizeof(path), "%s/bulla", home);
	REQUIRE(chmod(path, 0755) == 0);
	REQUIRE(getuid() != 0 || seteuid(NOBODY) == 0);
	e = config_load(NULL, &c);
	REQUIRE(getuid() != 0 || seteuid(0) == 0);
	CHECK_ERR(e, E_PERMISSION);
}

static const struct test tests[] = {
	TEST(defaults_are_as_documented),
	TEST(home_is_the_place_without_xdg),
	TEST(file_then_reserved_then_environment),
	TEST(user_file_adds_to_defaults),
	TEST(senseless_files_are_invalid),
	TEST(senseless_reserved_is_invalid),
	TEST(named_file_must_be_there_and_ours),
	TEST(home_that_may_not_be_entered_is_not_there),
};
TEST_MAIN(tests)
