/* SPDX-License-Identifier: BSD-2-Clause */
/* Tokens as wholes: opening, making, re-initialising, their record and seals. Objects are in
 * store_objects.c, the budget in store_budget.c, directories in store_list.c. */
#include "store.h"

#include "fs.h"
#include "integrity.h"
#include "log.h"
#include "ossl.h"
#include "place.h"
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OPEN_WAIT_MS 1000u /* opening must not hang a host because somebody holds a lock */
#define SLOT_TRIES   32u

static void free_strp(char **p)
{
	free(*p);
}

static struct err nothing(struct db *db, void *arg)
{
	(void) db;
	(void) arg;
	return OK;
}

struct err store_open(const char *dir, const char *file, struct store **ret)
{
	_cleanup_(store_close) struct store *s = NULL;
	_cleanup_(free_strp) char *real = NULL;
	unsigned long slot_id = place_slot_id(file);
	struct stat dir_stat, st;
	struct err e;

	if (slot_id == 0)
		return ERR(E_INVALID);
	TRY(fs_dir_check(dir, &real, &dir_stat));
	TRY(place_new(&real, &dir_stat, slot_id, &s));
	TRY(fs_file_check(s->path, &st));
	s->writable = fs_may_write(s->path) && fs_may_write(s->dir);
	place_watch(s);
	e = place_read(s, OPEN_WAIT_MS, nothing, NULL);
	if (e.code != E_OK && e.code != E_BUSY)
		return e;
	*ret = TAKE(s);
	return OK;
}

/* ---- making a token ---- */

/* A new generation file reserves the slot id. */
static struct err slot_take(
	const char *dir, const struct stat *dir_stat, uint32_t id, struct store **ret)
{
	_cleanup_(store_close) struct store *s = NULL;
	_cleanup_(free_strp) char *copy = strdup(dir);
	struct stat st;

	if (copy == NULL)
		return ERR(E_NOMEM);
	TRY(place_new(&copy, dir_stat, id, &s));
	if (lstat(s->path, &st) == 0)
		return ERR(E_EXISTS);
	TRY(fs_file_new(s->gen_path, dir_stat, &s->gen_fd));
	*ret = TAKE(s);
	return OK;
}

/* wished: 0 is any id that is free. */
static struct err slot_reserve(
	const char *dir, const struct stat *dir_stat, unsigned long wished, struct store **ret)
{
	if (wished > INT32_MAX)
		return ERR(E_INVALID);
	if (wished != 0)
		return slot_take(dir, dir_stat, (uint32_t) wished, ret);
	for (unsigned i = 0; i < SLOT_TRIES; i++) {
		uint32_t id = 0;
		struct err e;

		TRY(ossl_random_public((uint8_t *) &id, sizeof(id)));
		id &= 0x7fffffff;
		if (id == 0)
			continue;
		e = slot_take(dir, dir_stat, id, ret);
		if (e.code != E_EXISTS)
			return e;
	}
	return ERR(E_LIMIT);
}

static struct err lock_file_make(const struct store *s)
{
	FD(fd);
	struct err e = fs_file_new(s->lock_path, &s->dir_stat, &fd);

	return e.code == E_EXISTS ? OK : e;
}

static struct err state_write_work(struct db *db, void *arg)
{
	return state_write(db, arg);
}

/* The file is complete, and on disk, before it gets its name. */
static struct err file_make(const struct store *s, struct state *st)
{
	_cleanup_(free_strp) char *path = NULL;
	struct db_place p = {.mode = DB_CREATE, .wait_ms = DB_WAIT_MS};
	struct err e;
	FD(fd);

	if (asprintf(&path, "%s/new-%08lx", s->dir, s->slot_id) < 0) {
		path = NULL;
		return ERR(E_NOMEM);
	}
	p.path = path;
	TRY(fs_file_new(path, &s->dir_stat, &fd));
	close(fd);
	fd = -1;
	e = db_transact(&p, state_write_work, st);
	if (e.code == E_OK && rename(path, s->path) != 0)
		e = err_from_errno(errno);
	if (e.code != E_OK) {
		(void) unlink(path);
		return e;
	}
	e = fs_dir_sync(s->dir);
	/* what was refused is not there, or the caller would destroy the seals of a token that is
	 */
	if (e.code != E_OK)
		(void) unlink(s->path);
	return e;
}

struct err store_create(const char *dir, const struct store_token *t, const struct keyring *k,
	const struct bytes *seals, size_t seal_count, struct store **ret)
{
	_cleanup_(store_close) struct store *s = NULL;
	_cleanup_(free_strp) char *real = NULL;
	struct stat dir_stat;
	struct err e;
	STATE(st);

	TRY(state_set(&st, t, seals, seal_count));
	TRY(integrity_empty(k, buf_bytes(&st.token), buf_bytes(&st.seals), &st.list));
	TRY(fs_dir_make(dir));
	TRY(fs_dir_check(dir, &real, &dir_stat));
	TRY(slot_reserve(real, &dir_stat, t->slot_id, &s));
	s->writable = true;
	e = lock_file_make(s);
	if (e.code == E_OK)
		e = file_make(s, &st);
	if (e.code != E_OK) {
		(void) unlink(s->gen_path);
		return e;
	}
	*ret = TAKE(s);
	return OK;
}

struct change {
	struct store *store;
	const struct keyring *keyring;
	struct state *state;
};

static struct err reinit_work(struct db *db, void *arg)
{
	struct change *c = arg;

	TRY(db_exec(db, "DELETE FROM object"));
	TRY(db_exec(db, "DELETE FROM budget"));
	TRY(state_write(db, c->state));
	return place_advance(c->store);
}

struct err store_reinit(struct store *s, const struct store_token *t, const struct keyring *k,
	const struct bytes *seals, size_t seal_count)
{
	STATE(st);
	struct change c = {.store = s, .keyring = k, .state = &st};

	TRY(state_set(&st, t, seals, seal_count));
	TRY(integrity_empty(k, buf_bytes(&st.token), buf_bytes(&st.seals), &st.list));
	return place_write(s, reinit_work, &c);
}

/* ---- record and seals ---- */

static struct err state_read_work(struct db *db, void *arg)
{
	return state_read(db, arg);
}

struct err store_read_token(
	struct store *s, const struct keyring *k, struct store_token *ret, struct buf *ret_seals)
{
	struct store_token t;
	STATE(st);

	TRY(place_read(s, 0, state_read_work, &st));
	TRY(record_token_read(buf_bytes(&st.token), &t));
	if (k != NULL)
		TRY(integrity_verify(k, buf_bytes(&st.token), buf_bytes(&st.seals), &st.list));
	TRY(buf_put(ret_seals, buf_bytes(&st.seals)));
	*ret = t;
	return OK;
}

static struct err write_token_work(struct db *db, void *arg)
{
	struct change *c = arg;
	STATE(old);

	TRY(state_read(db, &old));
	TRY(integrity_verify(c->keyring, buf_bytes(&old.token), buf_bytes(&old.seals), &old.list));
	c->state->list = old.list;
	TRY(integrity_sign(c->keyring, buf_bytes(&c->state->token), buf_bytes(&c->state->seals),
		&c->state->list));
	TRY(state_write(db, c->state));
	return place_advance(c->store);
}

struct err store_write_token(struct store *s, const struct keyring *k, const struct store_token *t,
	const struct bytes *seals, size_t seal_count)
{
	STATE(st);
	struct change c = {.store = s, .keyring = k, .state = &st};

	TRY(state_set(&st, t, seals, seal_count));
	return place_write(s, write_token_work, &c);
}
