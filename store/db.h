/* SPDX-License-Identifier: BSD-2-Clause */
/* The only user of SQLite. A connection lives for one transaction, under the fork gate; waiting for
 * another process's lock happens outside of it. */
#pragma once

#include "bytes.h"
#include "err.h"

#include <stdbool.h>

struct db;
struct sqlite3_stmt;

enum db_mode {
	DB_READ,
	DB_WRITE,
	DB_CREATE, /* an empty file becomes a database */
};

struct db_place {
	const char *path; /* no symbolic link in it; SQLite refuses one */
	enum db_mode mode;
	bool read_only;   /* neither file nor directory are to be written */
	unsigned wait_ms; /* for other processes; then E_BUSY */
};
#define DB_WAIT_MS 10000u

/* Runs `work` in one transaction and commits if it says OK. It is called at most once. A failed
 * commit is E_FULL, E_IO ...: nothing is certain then but that the database is whole. */
typedef struct err db_work(struct db *db, void *arg);
NODISCARD struct err db_transact(const struct db_place *place, db_work *work, void *arg);

/* Statements: text from this folder only, values bound. Released before `work` returns. */
struct db_stmt {
	struct db *db;
	struct sqlite3_stmt *stmt;
};
#define STMT(name) _cleanup_(db_stmt_done) struct db_stmt name = {0}
void db_stmt_done(struct db_stmt *s);
NODISCARD struct err db_prepare(struct db *db, const char *sql, struct db_stmt *ret);
/* at: from 1. The bytes are borrowed until the statement is reset or done. */
NODISCARD struct err db_bind_blob(struct db_stmt *s, int at, struct bytes b);
NODISCARD struct err db_bind_u64(struct db_stmt *s, int at, uint64_t v);
/* Is there a (further) row? */
NODISCARD struct err db_step(struct db_stmt *s, bool *ret_row);
/* Back to before the first step, for other values. */
void db_reset(struct db_stmt *s);
/* For statements without rows; the number of rows they changed. Resets the statement. */
NODISCARD struct err db_run(struct db_stmt *s, unsigned *ret_changed);
/* at: from 0. Valid until the next step. E_CORRUPT for another type or a longer value. */
NODISCARD struct err db_blob(struct db_stmt *s, int at, size_t max, struct bytes *ret);
NODISCARD struct err db_u64(struct db_stmt *s, int at, uint64_t *ret);
/* One statement without values or rows. */
NODISCARD struct err db_exec(struct db *db, const char *sql);
/* SQLite's own check: its complaints, one a call. */
NODISCARD struct err db_integrity(
	struct db *db, struct err (*line)(void *arg, const char *text), void *arg);
