/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories and files of a store: whose they are, who may write them, and modes that no umask
 * changes. Never opens a database: closing a second descriptor on one drops SQLite's locks. */
#pragma once

#include "err.h"
#include "fd.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

/* The real path of a store's directory, after a look at owner and mode: it is ours or root's, not
 * writable by all, and by a group only if it is root's (a system store). E_NOT_FOUND, E_PERMISSION.
 * *ret_dir is malloc'd. */
NODISCARD struct err fs_dir_check(const char *path, char **ret_dir, struct stat *ret);
/* Makes what is missing of the path, each 0700. */
NODISCARD struct err fs_dir_make(const char *path);
/* As fs_dir_check, for a regular file with one link; symbolic links are refused. */
NODISCARD struct err fs_file_check(const char *path, struct stat *ret);
/* For effective ids. */
bool fs_may_write(const char *path);
/* A new file (E_EXISTS), 0600; with the directory's group 0660 where that may write to the
 * directory, and 0640 where it may read it and others may not. */
NODISCARD struct err fs_file_new(const char *path, const struct stat *dir, int *ret_fd);
NODISCARD struct err fs_dir_sync(const char *dir);
/* Is it on a file system that is mounted read-only? */
bool fs_mounted_read_only(const char *path);
