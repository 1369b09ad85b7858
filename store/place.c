/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths, the generation file, and which transactions may be tried. The generation is the size of a
 * file beside the database: reading it is one fstat, no page is mapped that another process could
 * cut off, and no second descriptor on the database is needed. */
#include "place.h"

#include "fs.h"
#include "lock.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GENERATION_MASK ((off_t) 0xfffff)

unsigned long place_slot_id(const char *file)
{
	char again[PLACE_NAME_LEN + 1];
	unsigned long id;

	if (strlen(file) != PLACE_NAME_LEN || strncmp(file, "token-", 6) != 0)
		return 0;
	id = strtoul(file + 6, NULL, 16);
	if (id > 0x7fffffff)
		return 0;
	snprintf(again, sizeof(again), "token-%08lx.db", id);
	return strcmp(again, file) == 0 ? id : 0;
}

struct err place_new(char **dir, const struct stat *st, unsigned long slot_id, struct store **ret)
{
	_cleanup_(store_close) struct store *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR(E_NOMEM);
	s->gen_fd = -1;
	s->dir = TAKE(*dir);
	s->dir_stat = *st;
	s->slot_id = slot_id;
	if (asprintf(&s->path, "%s/token-%08lx.db", s->dir, slot_id) < 0)
		s->path = NULL;
	if (asprintf(&s->gen_path, "%s/token-%08lx.gen", s->dir, slot_id) < 0)
		s->gen_path = NULL;
	if (asprintf(&s->lock_path, "%s/%s", s->dir, STORE_LOCK_NAME) < 0)
		s->lock_path = NULL;
	if (s->path == NULL || s->gen_path == NULL || s->lock_path == NULL)
		return ERR(E_NOMEM);
	*ret = TAKE(s);
	return OK;
}

void store_close(struct store **sp)
{
	struct store *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	if (s->gen_fd >= 0)
		close(s->gen_fd);
	free(s->dir);
	free(s->path);
	free(s->gen_path);
	free(s->lock_path);
	free(s);
}

void store_fork_child(struct store *s)
{
	if (s->gen_fd >= 0)
		close(s->gen_fd);
	s->gen_fd = -1;
}

unsigned long store_slot_id(const struct store *s)
{
	return s->slot_id;
}

const char *store_path(const struct store *s)
{
	return s->path;
}

const char *store_lock_path(const struct store *s)
{
	return s->lock_path;
}

bool store_writable(const struct store *s)
{
	return s->writable;
}

/* ---- the generation ---- */

static int gen_open(const struct store *s, int flags)
{
	struct stat st;
	int fd = open(s->gen_path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* In place, since another thread may be looking at it. */
static void gen_replace(struct store *s, int fd)
{
	if (s->gen_fd < 0) {
		s->gen_fd = fd;
		return;
	}
	(void) dup3(fd, s->gen_fd, O_CLOEXEC);
	close(fd);
}

void place_watch(struct store *s)
{
	int fd = gen_open(s, O_RDONLY); /* who changes something opens it anew */

	if (fd >= 0)
		gen_replace(s, fd);
}

uint64_t store_generation(struct store *s)
{
	struct stat st;

	if (s->gen_fd >= 0 && fstat(s->gen_fd, &st) == 0 && st.st_nlink > 0)
		return (uint64_t) st.st_size;
	/* Lost, or never there: the database's own times are coarser, but better than nothing. */
	if (stat(s->path, &st) != 0)
		return UINT64_MAX;
	return (uint64_t) st.st_mtim.tv_sec << 30 ^ (uint64_t) st.st_mtim.tv_nsec ^
	       (uint64_t) st.st_size << 40 ^ (uint64_t) 1 << 63;
}

static struct err gen_writable(struct store *s)
{
	struct stat st;
	int fd, mode;

	mode = s->gen_fd < 0 ? -1 : fcntl(s->gen_fd, F_GETFL);
	if (mode >= 0 && (mode & O_ACCMODE) == O_RDWR && fstat(s->gen_fd, &st) == 0 &&
		st.st_nlink > 0)
		return OK;
	fd = gen_open(s, O_RDWR);
	if (fd < 0 && errno == ENOENT)
		TRY(fs_file_new(s->gen_path, &s->dir_stat, &fd));
	if (fd < 0)
		return ERR(E_PERMISSION);
	gen_replace(s, fd);
	return OK;
}

struct err place_advance(struct store *s)
{
	struct stat st;

	TRY(gen_writable(s));
	if (fstat(s->gen_fd, &st) != 0 ||
		ftruncate(s->gen_fd, (st.st_size + 1) & GENERATION_MASK) != 0)
		return err_from_errno(errno);
	return OK;
}

/* ---- transactions ---- */

struct err place_read(struct store *s, unsigned wait_ms, db_work *work, void *arg)
{
	struct db_place p = {
		.path = s->path,
		.mode = DB_READ,
		.read_only = !s->writable,
		.wait_ms = wait_ms != 0 ? wait_ms : DB_WAIT_MS,
	};
	struct stat st;

	TRY(fs_file_check(s->path, &st));
	return db_transact(&p, work, arg);
}

struct err place_write(struct store *s, db_work *work, void *arg)
{
	struct db_place p = {.path = s->path, .mode = DB_WRITE, .wait_ms = DB_WAIT_MS};
	struct stat st;

	if (!s->writable)
		return ERR(E_READ_ONLY);
	TRY(fs_file_check(s->path, &st));
	return db_transact(&p, work, arg);
}
