/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

#include "fs.h"
#include "place.h"
#include "tmpdir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err_code dir_code(const char *path)
{
	struct stat st;
	char *real = NULL;
	struct err e = fs_dir_check(path, &real, &st);

	free(real);
	return e.code;
}

static enum err_code file_code(const char *path)
{
	struct stat st;

	return fs_file_check(path, &st).code;
}

static void directory_is_judged_by_owner_and_mode(void)
{
	char path[96];
	TMPDIR(dir);

	CHECK(dir_code(dir.path) == E_OK);
	REQUIRE(chmod(dir.path, 0755) == 0);
	CHECK(dir_code(dir.path) == E_OK);
	REQUIRE(chmod(dir.path, 0702) == 0);
	CHECK(dir_code(dir.path) == E_PERMISSION);
	REQUIRE(chmod(dir.path, 0777 | S_ISVTX) == 0);
	CHECK(dir_code(dir.path) == E_PERMISSION);
	/* a group may write a system store only */
	REQUIRE(chmod(dir.path, 0770) == 0);
	CHECK(dir_code(dir.path) == (geteuid() == 0 ? E_OK : E_PERMISSION));
	REQUIRE(chmod(dir.path, 0700) == 0);
	if (geteuid() == 0) {
		REQUIRE(chown(dir.path, 65534, 65534) == 0);
		CHECK(dir_code(dir.path) == E_PERMISSION);
		REQUIRE(chown(dir.path, 0, 0) == 0);
	}
	snprintf(path, sizeof(path), "%s/none", dir.path);
	CHECK(dir_code(path) == E_NOT_FOUND);
	file_write(path, "");
	CHECK(dir_code(path) == E_NOT_FOUND);
}

static void file_with_another_name_or_owner_is_refused(void)
{
	char path[96], other[96];
	TMPDIR(dir);

	snprintf(path, sizeof(path), "%s/file", dir.path);
	snprintf(other, sizeof(other), "%s/other", dir.path);
	CHECK(file_code(path) == E_NOT_FOUND);
	file_write(path, "x");
	REQUIRE(chmod(path, 0600) == 0);
	CHECK(file_code(path) == E_OK);
	REQUIRE(link(path, other) == 0);
	CHECK(file_code(path) == E_PERMISSION);
	REQUIRE(unlink(other) == 0 && symlink(path, other) == 0);
	CHECK(file_code(other) == E_PERMISSION && file_code(path) == E_OK);
	REQUIRE(chmod(path, 0606) == 0);
	CHECK(file_code(path) == E_PERMISSION);
	CHECK(file_code(dir.path) == E_PERMISSION);
}

static void modes_do_not_depend_on_the_umask(void)
{
	static const mode_t masks[] = {0, 022, 0777};
	mode_t before = umask(0);
	TMPDIR(dir);

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		char path[96], file[128];
		struct stat dir_stat, st;
		FD(fd);

		(void) umask(masks[i]);
		snprintf(path, sizeof(path), "%s/a%zu/b", dir.path, i);
		CHECK_OK(fs_dir_make(path));
		CHECK_OK(fs_dir_make(path));
		REQUIRE(stat(path, &dir_stat) == 0);
		CHECK((dir_stat.st_mode & 07777) == 0700);
		snprintf(file, sizeof(file), "%s/file", path);
		CHECK_OK(fs_file_new(file, &dir_stat, &fd));
		REQUIRE(stat(file, &st) == 0);
		CHECK((st.st_mode & 07777) == 0600);
		CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
		close(fd);
		fd = -1;
		CHECK_ERR(fs_file_new(file, &dir_stat, &fd), E_EXISTS);
		dir_stat.st_mode |= S_IWGRP;
		REQUIRE(unlink(file) == 0);
		CHECK_OK(fs_file_new(file, &dir_stat, &fd));
		REQUIRE(stat(file, &st) == 0);
		CHECK((st.st_mode & 07777) == 0660);
	}
	(void) umask(before);
}

static void files_are_as_open_to_the_group_as_their_directory(void)
{
	static const struct {
		mode_t dir, file;
	} modes[] = {
		{0700, 0600},
		{0711, 0600},
		{0755, 0600},
		{0751, 0600},
		{0710, 0600},
		{0740, 0600},
		{0750, 0640},
		{02750, 0640},
		{0770, 0660},
		{02770, 0660},
		{0730, 0660},
	};
	TMPDIR(dir);

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		char path[96];
		struct stat dir_stat, st;
		FD(fd);

		snprintf(path, sizeof(path), "%s/file%zu", dir.path, i);
		REQUIRE(stat(dir.path, &dir_stat) == 0);
		dir_stat.st_mode = S_IFDIR | modes[i].dir;
		CHECK_OK(fs_file_new(path, &dir_stat, &fd));
		REQUIRE(stat(path, &st) == 0);
		CHECK((st.st_mode & 07777) == modes[i].file && st.st_gid == dir_stat.st_gid);
	}
}

static void only_our_names_are_tokens(void)
{
	CHECK(place_slot_id("token-0000002a.db") == 42);
	CHECK(place_slot_id("token-7fffffff.db") == 0x7fffffff);
	CHECK(place_slot_id("token-00000000.db") == 0);
	CHECK(place_slot_id("token-80000000.db") == 0);
	CHECK(place_slot_id("token-0000002A.db") == 0);
	CHECK(place_slot_id("token-0000002a.gen") == 0);
	CHECK(place_slot_id("token-2a.db") == 0);
	CHECK(place_slot_id("token-+000002a.db") == 0);
	CHECK(place_slot_id("token- 000002a.db") == 0);
	CHECK(place_slot_id("token-0x00002a.db") == 0);
	CHECK(place_slot_id("") == 0);
}

static const struct test tests[] = {
	TEST(directory_is_judged_by_owner_and_mode),
	TEST(file_with_another_name_or_owner_is_refused),
	TEST(modes_do_not_depend_on_the_umask),
	TEST(files_are_as_open_to_the_group_as_their_directory),
	TEST(only_our_names_are_tokens),
};
TEST_MAIN(tests)
