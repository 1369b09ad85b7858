/* SPDX-License-Identifier: BSD-2-Clause */
/* SQLite, kept on a short leash: rollback journal, synchronous=EXTRA, no extension, no trigger, no
 * view, nothing mapped, no schema but ours. Locking and forks: docs/decisions/0004. */
#include "db.h"

#include "fs.h"
#include "lock.h"
#include "log.h"
#include "schema.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define VALUE_MAX (1 << 20) /* bytes, one value or row */

struct db {
	sqlite3 *handle;
};

/* ---- errors ---- */

static struct err error_of_system(sqlite3 *handle)
{
	struct err e = err_from_errno(sqlite3_system_errno(handle));

	return e.code == E_OK || e.code == E_NOT_FOUND ? ERR(E_IO) : e;
}

static struct err error_code(sqlite3 *handle, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
	case SQLITE_SCHEMA:
		return ERR(E_BUSY);
	case SQLITE_NOMEM:
		return ERR(E_NOMEM);
	case SQLITE_READONLY:
		return ERR(E_READ_ONLY);
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return ERR(E_PERMISSION);
	case SQLITE_FULL:
		return ERR(E_FULL);
	case SQLITE_TOOBIG:
		return ERR(E_LIMIT);
	case SQLITE_CONSTRAINT:
		return ERR(E_CONFLICT);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
	case SQLITE_ERROR: /* our SQL is right, so the schema is not */
		return ERR(E_CORRUPT);
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
		return rc == SQLITE_IOERR_NOMEM ? ERR(E_NOMEM) : error_of_system(handle);
	default:
		return ERR(E_INTERNAL);
	}
}

static struct err error_of(sqlite3 *handle, int rc)
{
	struct err e = error_code(handle, rc);

	/* of a journal that was left behind, who looked for it speaks: db_begin_reading */
	if (e.code != E_OK && e.code != E_BUSY && rc != SQLITE_READONLY_ROLLBACK)
		log_error("sqlite: %s (%d)", sqlite3_errstr(rc), rc);
	return e;
}

/* ---- statements ---- */

void db_stmt_done(struct db_stmt *s)
{
	sqlite3_finalize(s->stmt);
	s->stmt = NULL;
}

struct err db_prepare(struct db *db, const char *sql, struct db_stmt *ret)
{
	sqlite3_stmt *stmt = NULL;

	TRY(error_of(db->handle, sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL)));
	*ret = (struct db_stmt){.db = db, .stmt = stmt};
	return OK;
}

struct err db_bind_blob(struct db_stmt *s, int at, struct bytes b)
{
	const void *ptr = b.len == 0 ? "" : (const void *) b.ptr;

	return error_of(s->db->handle, sqlite3_bind_blob64(s->stmt, at, ptr, b.len, SQLITE_STATIC));
}

struct err db_bind_u64(struct db_stmt *s, int at, uint64_t v)
{
	if (v > INT64_MAX)
		return ERR(E_LIMIT);
	return error_of(s->db->handle, sqlite3_bind_int64(s->stmt, at, (sqlite3_int64) v));
}

struct err db_step(struct db_stmt *s, bool *ret_row)
{
	int rc = sqlite3_step(s->stmt);

	TRY(error_of(s->db->handle, rc));
	*ret_row = rc == SQLITE_ROW;
	return OK;
}

void db_reset(struct db_stmt *s)
{
	/* it repeats what the last step answered, which its caller has seen */
	(void) sqlite3_reset(s->stmt);
}

struct err db_run(struct db_stmt *s, unsigned *ret_changed)
{
	bool row = false;

	TRY(db_step(s, &row));
	if (row)
		return ERR(E_INTERNAL);
	if (ret_changed != NULL)
		*ret_changed = (unsigned) sqlite3_changes(s->db->handle);
	return error_of(s->db->handle, sqlite3_reset(s->stmt));
}

struct err db_blob(struct db_stmt *s, int at, size_t max, struct bytes *ret)
{
	const void *ptr;
	int len;

	if (sqlite3_column_type(s->stmt, at) != SQLITE_BLOB)
		return ERR(E_CORRUPT);
	ptr = sqlite3_column_blob(s->stmt, at);
	len = sqlite3_column_bytes(s->stmt, at);
	if (len < 0 || (size_t) len > max)
		return ERR(E_CORRUPT);
	if (ptr == NULL && len > 0)
		return ERR(E_NOMEM);
	if (ptr == NULL && sqlite3_errcode(s->db->handle) == SQLITE_NOMEM)
		return ERR(E_NOMEM);
	*ret = BYTES(ptr, (size_t) len);
	return OK;
}

struct err db_u64(struct db_stmt *s, int at, uint64_t *ret)
{
	sqlite3_int64 v;

	if (sqlite3_column_type(s->stmt, at) != SQLITE_INTEGER)
		return ERR(E_CORRUPT);
	v = sqlite3_column_int64(s->stmt, at);
	if (v < 0)
		return ERR(E_CORRUPT);
	*ret = (uint64_t) v;
	return OK;
}

struct err db_exec(struct db *db, const char *sql)
{
	return error_of(db->handle, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

/* ---- opening ---- */

static void db_close(struct db *db)
{
	/* rolls back what was not committed; cannot fail, since no statement is left */
	(void) sqlite3_close(db->handle);
	db->handle = NULL;
}

static const struct {
	int what, value;
} limits[] = {
	{SQLITE_LIMIT_LENGTH, VALUE_MAX},
	{SQLITE_LIMIT_SQL_LENGTH, 4096},
	{SQLITE_LIMIT_COLUMN, 32},
	{SQLITE_LIMIT_EXPR_DEPTH, 32},
	{SQLITE_LIMIT_COMPOUND_SELECT, 2},
	{SQLITE_LIMIT_ATTACHED, 0},
	{SQLITE_LIMIT_TRIGGER_DEPTH, 1},
	{SQLITE_LIMIT_VARIABLE_NUMBER, 32},
	{SQLITE_LIMIT_WORKER_THREADS, 0},
};

static const struct {
	int what, value;
} switches[] = {
	{SQLITE_DBCONFIG_DEFENSIVE, 1},
	{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
	{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
	{SQLITE_DBCONFIG_ENABLE_VIEW, 0},
	{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
	{SQLITE_DBCONFIG_ENABLE_FKEY, 0},
	{SQLITE_DBCONFIG_DQS_DML, 0},
	{SQLITE_DBCONFIG_DQS_DDL, 0},
};

/* None of these reads the file. */
static const char pragmas[] = "PRAGMA synchronous=EXTRA; PRAGMA foreign_keys=OFF; "
			      "PRAGMA trusted_schema=OFF; PRAGMA secure_delete=ON; "
			      "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; "
			      "PRAGMA temp_store=MEMORY; PRAGMA cache_spill=OFF";

static struct err db_restrict(struct db *db)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		(void) sqlite3_limit(db->handle, limits[i].what, limits[i].value);
	for (size_t i = 0; i < ARRAY_LEN(switches); i++)
		TRY(error_of(db->handle,
			sqlite3_db_config(db->handle, switches[i].what, switches[i].value, NULL)));
	(void) sqlite3_extended_result_codes(db->handle, 1);
	(void) sqlite3_busy_timeout(db->handle, 0); /* waiting is db_transact's */
	return db_exec(db, pragmas);
}

static struct err db_open(struct db *db, const char *path, int flags)
{
	int rc = sqlite3_open_v2(path, &db->handle,
		flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW |
			SQLITE_OPEN_EXRESCODE,
		NULL);

	if (rc != SQLITE_OK && db->handle == NULL)
		return ERR(E_NOMEM);
	TRY(error_of(db->handle, rc));
	return db_restrict(db);
}

/* "file:/path?immutable=1", the path's unusual characters escaped */
static struct err db_open_immutable(struct db *db, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "/._-";
	char uri[3 * PATH_MAX + 32];
	size_t at = (size_t) snprintf(uri, sizeof(uri), "file:");

	if (strlen(path) >= PATH_MAX)
		return ERR(E_INVALID);
	for (const char *c = path; *c != '\0'; c++)
		at += (size_t) snprintf(uri + at, sizeof(uri) - at,
			strchr(plain, *c) != NULL ? "%c" : "%%%02x", (unsigned char) *c);
	snprintf(uri + at, sizeof(uri) - at, "?immutable=1");
	return db_open(db, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

/* ---- is it ours? ---- */

static struct err pragma_u64(struct db *db, const char *sql, uint64_t *ret)
{
	bool row = false;
	STMT(s);

	TRY(db_prepare(db, sql, &s));
	TRY(db_step(&s, &row));
	return row ? db_u64(&s, 0, ret) : ERR(E_CORRUPT);
}

static struct err journal_check(struct db *db)
{
	bool row = false;
	const char *mode;
	STMT(s);

	TRY(db_prepare(db, "PRAGMA journal_mode", &s));
	TRY(db_step(&s, &row));
	mode = row ? (const char *) sqlite3_column_text(s.stmt, 0) : NULL;
	if (mode == NULL || strcmp(mode, "delete") != 0) {
		log_error("the database was switched to another journal mode");
		return ERR(E_CORRUPT);
	}
	return OK;
}

static bool schema_row_known(sqlite3_stmt *s, size_t *tables)
{
	const char *name = (const char *) sqlite3_column_text(s, 0);
	const char *sql = (const char *) sqlite3_column_text(s, 1);

	if (sql == NULL)
		return name != NULL && strcmp(name, schema_index) == 0;
	return *tables < schema_table_count && strcmp(sql, schema_tables[(*tables)++]) == 0;
}

static struct err schema_check(struct db *db)
{
	size_t tables = 0;
	bool row = true;
	STMT(s);

	TRY(db_prepare(db, "SELECT name, sql FROM sqlite_schema ORDER BY rowid", &s));
	for (;;) {
		TRY(db_step(&s, &row));
		if (!row)
			break;
		if (!schema_row_known(s.stmt, &tables))
			return sqlite3_errcode(db->handle) == SQLITE_NOMEM ? ERR(E_NOMEM)
									   : ERR(E_CORRUPT);
	}
	return tables == schema_table_count ? OK : ERR(E_CORRUPT);
}

static struct err header_check(struct db *db)
{
	uint64_t id = 0, version = 0;

	TRY(pragma_u64(db, "PRAGMA application_id", &id));
	if (id != SCHEMA_APPLICATION_ID) {
		log_error("not a token's database");
		return ERR(E_CORRUPT);
	}
	TRY(pragma_u64(db, "PRAGMA user_version", &version));
	if (version > SCHEMA_VERSION) {
		log_error("the token was written by a newer version");
		return ERR(E_VERSION);
	}
	if (version == 0)
		return ERR(E_CORRUPT);
	TRY(journal_check(db));
	return schema_check(db);
}

/* ---- transactions ---- */

/* Everything that is whole or not at all hangs on these two, so their effect is looked at. */
static struct err transaction_start(struct db *db, const char *sql)
{
	TRY(db_exec(db, sql));
	return sqlite3_get_autocommit(db->handle) == 0 ? OK : ERR(E_INTERNAL);
}

static struct err transaction_end(struct db *db)
{
	TRY(db_exec(db, "COMMIT"));
	return sqlite3_get_autocommit(db->handle) != 0 ? OK : ERR(E_INTERNAL);
}

static struct err db_begin(struct db *db, enum db_mode mode)
{
	if (mode == DB_READ) {
		TRY(transaction_start(db, "BEGIN"));
		return header_check(db); /* its first read takes the shared lock */
	}
	TRY(transaction_start(db, "BEGIN EXCLUSIVE"));
	if (mode == DB_WRITE)
		return header_check(db);
	for (size_t i = 0; i < schema_table_count; i++)
		TRY(db_exec(db, schema_tables[i]));
	return db_exec(db, schema_marks);
}

static struct err db_open_begin(struct db *db, const struct db_place *p, int flags)
{
	TRY(db_open(db, p->path, flags));
	return db_begin(db, p->mode);
}

/* Whoever only reads opens nothing for writing, unless somebody was interrupted in a change: that
 * must be undone first. */
static struct err db_begin_reading(struct db *db, const struct db_place *p)
{
	struct err e = db_open_begin(db, p, SQLITE_OPEN_READONLY);

	if (e.code != E_READ_ONLY)
		return e;
	if (p->read_only) {
		log_error("%s: a change was interrupted, and cannot be undone from here", p->path);
		return e;
	}
	db_close(db);
	return db_open_begin(db, p, SQLITE_OPEN_READWRITE);
}

static bool journal_exists(const char *path)
{
	char journal[PATH_MAX];

	return snprintf(journal, sizeof(journal), "%s-journal", path) >= (int) sizeof(journal) ||
	       access(journal, F_OK) == 0 || errno != ENOENT;
}

/* On some read-only file systems files cannot be locked. Nobody can write there either, so nothing
 * needs a lock; but a journal that was left behind would need a rollback. */
static struct err db_open_begin_unlocked(struct db *db, const struct db_place *p, struct err before)
{
	if (!p->read_only || before.code != E_IO || !fs_mounted_read_only(p->path) ||
		journal_exists(p->path))
		return before;
	db_close(db);
	log_info("reading %s without locks: its file system has none", p->path);
	TRY(db_open_immutable(db, p->path));
	return db_begin(db, DB_READ);
}

static struct err transact_once(
	const struct db_place *p, db_work *work, void *arg, bool *ret_started)
{
	struct db db = {0};
	struct err e;

	fork_gate_take();
	e = p->mode == DB_READ ? db_begin_reading(&db, p)
			       : db_open_begin(&db, p, SQLITE_OPEN_READWRITE);
	if (e.code != E_OK && e.code != E_BUSY)
		e = db_open_begin_unlocked(&db, p, e);
	if (e.code == E_OK) {
		*ret_started = true;
		e = work(&db, arg);
	}
	if (e.code == E_OK && *ret_started)
		e = transaction_end(&db);
	db_close(&db);
	fork_gate_drop();
	return e;
}

static uint64_t now_ms(void)
{
	struct timespec ts = {0};

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t) ts.tv_sec * 1000 + (uint64_t) ts.tv_nsec / 1000000;
}

/* Short at first, and not in step with others who wait. */
static void wait_a_little(unsigned tries)
{
	unsigned us = tries < 4 ? 500u << tries : 8000u;
	struct timespec ts = {
		.tv_nsec = (long) (us + (us * (unsigned) (getpid() & 15)) / 16) * 1000};

	(void) nanosleep(&ts, NULL);
}

struct err db_transact(const struct db_place *place, db_work *work, void *arg)
{
	uint64_t start = now_ms();

	for (unsigned tries = 0;; tries++) {
		bool started = false;
		struct err e = transact_once(place, work, arg, &started);

		if (e.code != E_BUSY || started)
			return e;
		if (now_ms() - start >= place->wait_ms) {
			log_error(
				"%s: another process has held its lock for too long", place->path);
			return e;
		}
		wait_a_little(tries);
	}
}

struct err db_integrity(struct db *db, struct err (*line)(void *arg, const char *text), void *arg)
{
	bool row = false;
	STMT(s);

	TRY(db_prepare(db, "PRAGMA integrity_check", &s));
	for (;;) {
		const char *text;

		TRY(db_step(&s, &row));
		if (!row)
			return OK;
		text = (const char *) sqlite3_column_text(s.stmt, 0);
		if (text != NULL && strcmp(text, "ok") != 0)
			TRY(line(arg, text));
	}
}
