/* SPDX-License-Identifier: BSD-2-Clause */
/* Somebody else's hands in a token's file. */
#include "store_util.h"

#include <fcntl.h>
#include <sqlite3.h>

/* Three objects in buckets of their own, and two that share one. */
static struct fixture five_objects(void)
{
	struct fixture f = fixture_new();
	struct store_change c[5] = {change_put(1, 1, "one"), change_put(2, 1, "two"),
		change_put(3, 1, "three"), change_put(4, 1, "four"), change_put(4, 1, "five")};

	c[4].object.id[1] = 2;
	(void) CHECK_OK(store_apply(f.store, f.keyring, c, 5));
	return f;
}
#define FIVE(name) _cleanup_(fixture_done) struct fixture name = five_objects()

/* altered(blob, n): the n-th byte, from 1, is another one for certain. */
static void sql_altered(sqlite3_context *c, int count, sqlite3_value **args)
{
	const uint8_t *blob = sqlite3_value_blob(args[0]);
	int len = sqlite3_value_bytes(args[0]), n = sqlite3_value_int(args[1]);
	uint8_t *copy = blob == NULL ? NULL : sqlite3_malloc(len);

	if (count != 2 || copy == NULL || n < 1 || n > len)
		abort();
	memcpy(copy, blob, (size_t) len);
	copy[n - 1] ^= 0xff;
	sqlite3_result_blob(c, copy, len, sqlite3_free);
}

static void sql(const struct fixture *f, const char *text)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(store_path(f->store), &db) != SQLITE_OK ||
		sqlite3_create_function(db, "altered", 2, SQLITE_UTF8, NULL, sql_altered, NULL,
			NULL) != SQLITE_OK ||
		sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", text, sqlite3_errmsg(db));
		abort();
	}
	sqlite3_close(db);
}

/* Rows set aside in a file of their own, for replay. */
static void sql_kept(const struct fixture *f, const char *text)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "ATTACH '%s/kept' AS kept; %s; DETACH kept", f->dir.path,
		text);
	sql(f, whole);
}

#define SEE(f, seen) REQUIRE_OK(see((f).store, (f).keyring, &(seen)))

static void untouched_all_are_sound(void)
{
	struct seen seen;
	FIVE(f);

	SEE(f, seen);
	CHECK(seen.sound == 5 && seen.bad_list + seen.bad_record + seen.missing == 0);
}

static void record_flipped_is_named_and_others_stay(void)
{
	struct seen seen;
	FIVE(f);

	/* the last byte is of the sealed part's length, the 30th of the attributes */
	sql(&f, "UPDATE object SET record=altered(record, 30) WHERE number=2");
	SEE(f, seen);
	CHECK(seen.sound == 4 && seen.bad_record == 1 && seen.bad_list == 0);
	/* the bucket can still be written: the list speaks of MACs */
	CHECK_OK(put_one(&f, 1, 2, "changed"));
}

static void record_any_changed_byte_is_seen(void)
{
	char text[256];
	FIVE(f);

	sql_kept(&f, "CREATE TABLE kept.row AS SELECT * FROM object WHERE number=1");
	for (unsigned i = 1; i <= 36; i++) {
		struct seen seen;
		struct err e;

		snprintf(text, sizeof(text),
			"UPDATE object SET record=altered(record, %u) WHERE number=1", i);
		sql(&f, text);
		e = see(f.store, f.keyring, &seen);
		if (i == 1)
			CHECK(e.code == E_VERSION);
		else
			CHECK(e.code == E_OK && seen.sound == 4 && seen.bad_record == 1);
		sql_kept(&f,
			"UPDATE object SET record=(SELECT record FROM kept.row) WHERE number=1");
	}
}

static void record_truncated_is_named(void)
{
	struct seen seen;
	FIVE(f);

	sql(&f, "UPDATE object SET record=substr(record, 1, 20) WHERE number=3");
	sql(&f, "UPDATE object SET record=x'' WHERE number=1");
	SEE(f, seen);
	CHECK(seen.sound == 3 && seen.bad_record == 2);
}

static void records_exchanged_are_named(void)
{
	struct seen seen;
	FIVE(f);

	sql_kept(&f, "CREATE TABLE kept.row AS SELECT * FROM object");
	sql_kept(&f, "UPDATE object SET record=(SELECT record FROM kept.row WHERE "
		     "row.number=3-object.number) WHERE number < 3");
	SEE(f, seen);
	CHECK(seen.sound == 3 && seen.bad_record == 2);
}

static void rows_exchanged_whole_are_named(void)
{
	struct seen seen;
	FIVE(f);

	/* the second object's content under the first one's id */
	sql(&f, "UPDATE object SET (mac, record)=(SELECT mac, record FROM object o WHERE "
		"o.number=2) WHERE number=1");
	SEE(f, seen);
	CHECK(seen.sound == 4 && seen.bad_record == 1);
}

static void record_replayed_is_not_the_lists(void)
{
	struct store_change c = change_put(1, 1, "x");
	struct seen seen;
	FIVE(f);

	sql_kept(&f, "CREATE TABLE kept.row AS SELECT * FROM object WHERE number=1");
	REQUIRE_OK(put_one(&f, 1, 2, "newer"));
	sql_kept(&f, "UPDATE object SET (version, mac, record)=(SELECT version, mac, record FROM "
		     "kept.row) WHERE number=1");
	SEE(f, seen);
	CHECK(seen.sound == 4 && seen.bad_list == 1 && seen.bad_record == 0);
	/* and what is damaged is never signed */
	c.object.id[1] = 9;
	CHECK_ERR(store_apply(f.store, f.keyring, &c, 1), E_TAMPERED);
	CHECK_OK(put_one(&f, 0x77, 1, "elsewhere"));
}

static void row_deleted_is_missed(void)
{
	struct seen seen;
	FIVE(f);

	sql(&f, "DELETE FROM object WHERE number=1 OR number=5");
	SEE(f, seen);
	CHECK(seen.missing == 1 && seen.bad_list == 1 && seen.sound == 2);
}

static void row_added_is_not_the_lists(void)
{
	struct store_change gone = change_put(3, 1, "");
	struct seen seen;
	FIVE(f);

	/* a record with a good MAC that the list does not have: one that was removed */
	sql_kept(&f, "CREATE TABLE kept.row AS SELECT * FROM object WHERE number=3");
	gone.remove = true;
	REQUIRE_OK(store_apply(f.store, f.keyring, &gone, 1));
	sql_kept(&f, "INSERT INTO object SELECT * FROM kept.row");
	SEE(f, seen);
	CHECK(seen.sound == 4 && seen.bad_list == 1);
}

static void list_replayed_is_seen(void)
{
	struct seen seen;
	FIVE(f);

	sql_kept(&f, "CREATE TABLE kept.row AS SELECT list FROM token");
	REQUIRE_OK(put_one(&f, 9, 1, "after"));
	sql_kept(&f, "UPDATE token SET list=(SELECT list FROM kept.row)");
	SEE(f, seen);
	CHECK(seen.sound == 5 && seen.bad_list == 1);
}

static void list_or_token_changed_is_tampered(void)
{
	static const char *const rows[] = {
		"UPDATE token SET list=altered(list, 100)",
		"UPDATE token SET list=altered(list, 8201)",
		"UPDATE token SET list=altered(list, 5)",
		"UPDATE token SET record=altered(record, 21)",
		"UPDATE seal SET seal=altered(seal, 21)",
		"DELETE FROM seal",
		"INSERT INTO seal SELECT position + 1, seal FROM seal",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct store_change c = change_put(1, 2, "x");
		struct store_token t;
		struct seen seen;
		BUF(seals);
		FIVE(f);

		sql(&f, rows[i]);
		CHECK_ERR(see(f.store, f.keyring, &seen), E_TAMPERED);
		CHECK(seen.sound == 0);
		CHECK_ERR(store_apply(f.store, f.keyring, &c, 1), E_TAMPERED);
		CHECK_ERR(store_read_token(f.store, f.keyring, &t, &seals), E_TAMPERED);
		CHECK_ERR(store_write_token(f.store, f.keyring, &f.token, NULL, 0), E_TAMPERED);
	}
}

static void schema_of_others_is_corrupt(void)
{
	static const struct {
		const char *change;
		enum err_code code;
	} rows[] = {
		{"CREATE TABLE more(x)", E_CORRUPT},
		{"CREATE TRIGGER t AFTER INSERT ON object BEGIN DELETE FROM seal; END", E_CORRUPT},
		{"CREATE VIEW v AS SELECT * FROM object", E_CORRUPT},
		{"DROP TABLE budget", E_CORRUPT},
		{"ALTER TABLE object ADD COLUMN x BLOB", E_CORRUPT},
		{"CREATE INDEX i ON object(version)", E_CORRUPT},
		{"PRAGMA application_id=1", E_CORRUPT},
		{"PRAGMA user_version=0", E_CORRUPT},
		{"PRAGMA user_version=2", E_VERSION},
		{"PRAGMA journal_mode=WAL", E_CORRUPT},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct store_change c = change_put(1, 2, "x");
		struct seen seen;
		FIVE(f);

		sql(&f, rows[i].change);
		CHECK_ERR(see(f.store, f.keyring, &seen), rows[i].code);
		CHECK_ERR(store_apply(f.store, f.keyring, &c, 1), rows[i].code);
	}
}

static void rows_of_other_shape_do_no_harm(void)
{
	static const char *const rows[] = {
		"UPDATE object SET id=x'' WHERE number=1",
		"UPDATE object SET id=zeroblob(20) WHERE number=1",
		"UPDATE object SET mac=x'00' WHERE number=1",
		"UPDATE object SET version=-5 WHERE number=1",
		"UPDATE object SET version=7 WHERE number=1",
		"UPDATE object SET record=zeroblob(900000) WHERE number=1",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct seen seen;
		FIVE(f);

		sql(&f, rows[i]);
		SEE(f, seen);
		CHECK(seen.sound == 4 && seen.bad_record + seen.bad_list == 1);
	}
}

/* Whatever byte of the file is changed: an error, or what is called sound is what was written. */
static struct err sound_is_what_was_written(
	void *arg, const struct stored_object *o, enum store_damage damage)
{
	static const char *const texts[] = {"one", "two", "three", "four", "five"};
	bool known = damage != STORE_SOUND;

	(void) arg;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		known = known || bytes_eq(o->attrs, bytes_str(texts[i]));
	CHECK(known);
	return OK;
}

static void file_flipped_anywhere_never_lies(void)
{
	struct store_visitor v = {.object = sound_is_what_was_written};
	uint64_t generation;
	struct stat st;
	unsigned errors = 0;
	int fd;
	FIVE(f);

	REQUIRE(stat(store_path(f.store), &st) == 0);
	for (off_t at = 0; at < st.st_size; at += 61) {
		uint8_t byte, flipped;

		fd = open(store_path(f.store), O_RDWR | O_CLOEXEC);
		REQUIRE(fd >= 0 && pread(fd, &byte, 1, at) == 1);
		flipped = byte ^ 0x10;
		CHECK(pwrite(fd, &flipped, 1, at) == 1);
		close(fd);
		errors += store_each(f.store, f.keyring, &v, &generation).code != E_OK;
		fd = open(store_path(f.store), O_RDWR | O_CLOEXEC);
		CHECK(fd >= 0 && pwrite(fd, &byte, 1, at) == 1);
		close(fd);
	}
	CHECK(errors > 10);
	CHECK_OK(store_each(f.store, f.keyring, &v, &generation));
}

static void file_cut_or_foreign_is_corrupt(void)
{
	struct seen seen;
	FIVE(f);

	REQUIRE(truncate(store_path(f.store), 5000) == 0);
	CHECK_ERR(see(f.store, f.keyring, &seen), E_CORRUPT);
	REQUIRE(truncate(store_path(f.store), 0) == 0);
	CHECK_ERR(see(f.store, f.keyring, &seen), E_CORRUPT);
	CHECK_ERR(put_one(&f, 9, 1, "x"), E_CORRUPT);
	file_write(
		store_path(f.store), "this is no database at all, but some other text of a user");
	CHECK_ERR(see(f.store, f.keyring, &seen), E_CORRUPT);
}

static const struct test tests[] = {
	TEST(untouched_all_are_sound),
	TEST(record_flipped_is_named_and_others_stay),
	TEST(record_any_changed_byte_is_seen),
	TEST(record_truncated_is_named),
	TEST(records_exchanged_are_named),
	TEST(rows_exchanged_whole_are_named),
	TEST(record_replayed_is_not_the_lists),
	TEST(row_deleted_is_missed),
	TEST(row_added_is_not_the_lists),
	TEST(list_replayed_is_seen),
	TEST(list_or_token_changed_is_tampered),
	TEST(schema_of_others_is_corrupt),
	TEST(rows_of_other_shape_do_no_harm),
	TEST(file_flipped_anywhere_never_lies),
	TEST(file_cut_or_foreign_is_corrupt),
};
TEST_MAIN(tests)
