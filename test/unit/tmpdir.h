/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory of a test's own, gone when its block ends: TMPDIR(dir); dir.path ... */
#pragma once

#include "attr.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tmpdir {
	char path[64];
};

#define TMPDIR(name) _cleanup_(tmpdir_done) struct tmpdir name = tmpdir_new()

static inline struct tmpdir tmpdir_new(void)
{
	struct tmpdir t = {"/tmp/bulla-test-XXXXXX"};

	if (mkdtemp(t.path) == NULL)
		abort();
	return t;
}

static inline void tmpdir_remove(const char *path)
{
	DIR *d = opendir(path);
	char name[1024];

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		if (unlink(name) != 0)
			tmpdir_remove(name);
	}
	if (d != NULL)
		closedir(d);
	(void) rmdir(path);
}

static inline void tmpdir_done(struct tmpdir *t)
{
	tmpdir_remove(t->path);
}

/* Writes a file, replacing what was there. */
static inline void file_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}
