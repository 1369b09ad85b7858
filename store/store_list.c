/* SPDX-License-Identifier: BSD-2-Clause */
/* Which tokens there are: names in directories. Opens no database. */
#include "fs.h"
#include "log.h"
#include "place.h"
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ENTRIES_MAX 256u /* tokens of one directory */

static void entry_done(struct store_entry *e)
{
	free(e->dir);
	free(e->file);
	*e = (struct store_entry){0};
}

void store_list_done(struct store_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		entry_done(&l->entries[i]);
	free(l->entries);
	*l = (struct store_list){0};
}

static bool list_has(const struct store_list *l, unsigned long slot_id)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->entries[i].slot_id == slot_id)
			return true;
	return false;
}

static struct err list_add(struct store_list *l, const char *dir, const char *file)
{
	struct store_entry *more, e = {.slot_id = place_slot_id(file)};
	char *path = NULL;

	more = reallocarray(l->entries, l->count + 1, sizeof(*more));
	if (more == NULL)
		return ERR(E_NOMEM);
	l->entries = more;
	e.dir = strdup(dir);
	e.file = strdup(file);
	if (e.dir == NULL || e.file == NULL || asprintf(&path, "%s/%s", dir, file) < 0) {
		entry_done(&e);
		return ERR(E_NOMEM);
	}
	e.writable = fs_may_write(dir) && fs_may_write(path);
	free(path);
	l->entries[l->count++] = e;
	return OK;
}

static int entry_order(const void *a, const void *b)
{
	const struct store_entry *x = a, *y = b;

	return x->slot_id < y->slot_id ? -1 : x->slot_id > y->slot_id;
}

static void dir_closep(DIR **d)
{
	if (*d != NULL)
		closedir(*d);
}

static struct err dir_scan(const char *dir, struct store_list *l)
{
	_cleanup_(dir_closep) DIR *d = opendir(dir);
	size_t first = l->count;
	struct dirent *e;

	if (d == NULL)
		return err_from_errno(errno);
	while ((e = readdir(d)) != NULL) {
		unsigned long slot_id = place_slot_id(e->d_name);

		if (slot_id == 0)
			continue;
		if (l->count - first == ENTRIES_MAX)
			return ERR(E_LIMIT);
		if (list_has(l, slot_id))
			log_error("%s/%s: another store has this slot id", dir, e->d_name);
		else
			TRY(list_add(l, dir, e->d_name));
	}
	if (l->count > first)
		qsort(l->entries + first, l->count - first, sizeof(*l->entries), entry_order);
	return OK;
}

static struct err dir_read(const char *path, struct store_list *l)
{
	struct stat st;
	char *dir = NULL;
	struct err e = fs_dir_check(path, &dir, &st);

	if (e.code == E_OK)
		e = dir_scan(dir, l);
	free(dir);
	return e;
}

struct err store_look(const char *dir)
{
	_cleanup_(store_list_done) struct store_list l = {0};

	return dir_read(dir, &l);
}

static struct err dir_list(const char *path, struct store_list *l)
{
	struct err e = dir_read(path, l);

	if (e.code == E_NOMEM)
		return e;
	if (e.code != E_OK && e.code != E_NOT_FOUND)
		log_error("%s: left out: %s", path, err_str(e));
	return OK;
}

struct err store_list(const struct config *c, struct store_list *ret)
{
	_cleanup_(store_list_done) struct store_list l = {0};

	for (size_t i = 0; i < c->store_count; i++)
		TRY(dir_list(c->stores[i], &l));
	*ret = l;
	l = (struct store_list){0};
	return OK;
}
