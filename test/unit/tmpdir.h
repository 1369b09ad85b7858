/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory of a test's own, gone when its block ends: TMPDIR(dir); dir.path ... */
#pragma once

#include "attr.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct tmpdir {
	char path[64];
};

#define TMPDIR(name) _cleanup_(tmpdir_done) struct tmpdir name = tmpdir_new()

static inline struct tmpdir tmpdir_new(void)
{
	const char *base = getenv("TMPDIR");
	struct tmpdir t;

	snprintf(t.path, sizeof(t.path), "%.40s/bulla-test-XXXXXX", base != NULL ? base : "/tmp");
	if (mkdtemp(t.path) == NULL)
		abort();
	return t;
}

static inline int tmpdir_remove(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void) st;
	(void) kind;
	(void) at;
	return remove(path);
}

static inline void tmpdir_done(struct tmpdir *t)
{
	(void) nftw(t->path, tmpdir_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* Writes a file, replacing what was there. */
static inline void file_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}
