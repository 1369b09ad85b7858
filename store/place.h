/* SPDX-License-Identifier: BSD-2-Clause */
/* Where one token is kept: its files, its generation, and transactions in it. */
#pragma once

#include "db.h"
#include "store.h"

#include <sys/stat.h>

#define PLACE_NAME_LEN 17u /* "token-XXXXXXXX.db" */

struct store {
	char *dir, *path, *gen_path, *lock_path;
	unsigned long slot_id;
	bool writable;
	struct stat dir_stat;
	int gen_fd; /* stays open; -1: there is none that we may read */
};

/* 0 if it is not the name of a token's database. */
unsigned long place_slot_id(const char *file);
/* dir: as checked. Looks at nothing but the paths; takes dir. */
NODISCARD struct err place_new(
	char **dir, const struct stat *st, unsigned long slot_id, struct store **ret);
/* Opens the generation file for as much as it may be opened. */
void place_watch(struct store *s);
/* One transaction. wait_ms: 0 is the usual limit. */
NODISCARD struct err place_read(struct store *s, unsigned wait_ms, db_work *work, void *arg);
/* E_READ_ONLY where there is no use in trying. */
NODISCARD struct err place_write(struct store *s, db_work *work, void *arg);
/* Within a writing transaction, before its end: readers will see that something changed
 * (docs/decisions/0004). */
NODISCARD struct err place_advance(struct store *s);
