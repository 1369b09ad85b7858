/* SPDX-License-Identifier: BSD-2-Clause */
/* Owners, modes and new files. */
#include "fs.h"

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

static struct err owner_check(const char *path, const struct stat *st)
{
	if (st->st_uid != geteuid() && st->st_uid != 0) {
		log_error("%s: belongs to another user", path);
		return ERR(E_PERMISSION);
	}
	if ((st->st_mode & S_IWOTH) != 0) {
		log_error("%s: may be written by everybody", path);
		return ERR(E_PERMISSION);
	}
	if ((st->st_mode & S_IWGRP) != 0 && st->st_uid != 0) {
		log_error("%s: may be written by its group, and is not root's", path);
		return ERR(E_PERMISSION);
	}
	return OK;
}

struct err fs_dir_check(const char *path, char **ret_dir, struct stat *ret)
{
	char *real = realpath(path, NULL);
	struct stat st;
	struct err e;

	if (real == NULL)
		return err_from_errno(errno);
	if (stat(real, &st) != 0)
		e = err_from_errno(errno);
	else
		e = S_ISDIR(st.st_mode) ? owner_check(real, &st) : ERR(E_NOT_FOUND);
	if (e.code != E_OK) {
		free(real);
		return e;
	}
	*ret_dir = real;
	*ret = st;
	return OK;
}

static struct err dir_make_one(const char *path)
{
	if (mkdir(path, 0700) != 0)
		return errno == EEXIST ? OK : err_from_errno(errno);
	/* a umask can only take away: give it back */
	return chmod(path, 0700) == 0 ? OK : err_from_errno(errno);
}

struct err fs_dir_make(const char *path)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part))
		return ERR(E_INVALID);
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (access(part, F_OK) != 0)
			TRY(dir_make_one(part));
	}
	return OK;
}

struct err fs_file_check(const char *path, struct stat *ret)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return err_from_errno(errno);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1) {
		log_error("%s: not a regular file with one name", path);
		return ERR(E_PERMISSION);
	}
	TRY(owner_check(path, &st));
	*ret = st;
	return OK;
}

bool fs_may_write(const char *path)
{
	return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

/* What a directory says of its group, its files say, too: a group may write where it may write to
 * the directory, and read where it may enter and nobody else may. 0755 is nobody's decision. */
static mode_t group_mode(mode_t dir)
{
	if ((dir & S_IWGRP) != 0)
		return S_IRGRP | S_IWGRP;
	return (dir & (S_IRWXG | S_IRWXO)) == (S_IRGRP | S_IXGRP) ? S_IRGRP : 0;
}

struct err fs_file_new(const char *path, const struct stat *dir, int *ret_fd)
{
	mode_t group = group_mode(dir->st_mode);
	FD(fd);

	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_from_errno(errno);
	if (group != 0 && fchown(fd, (uid_t) -1, dir->st_gid) != 0)
		log_info("%s: cannot be given to the store's group", path);
	if (fchmod(fd, 0600 | group) != 0)
		return err_from_errno(errno);
	*ret_fd = fd;
	fd = -1;
	return OK;
}

struct err fs_dir_sync(const char *dir)
{
	FD(fd);

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0 ? OK : err_from_errno(errno);
}

bool fs_mounted_read_only(const char *path)
{
	struct statvfs v;

	return statvfs(path, &v) == 0 && (v.f_flag & ST_RDONLY) != 0;
}
