/* SPDX-License-Identifier: BSD-2-Clause */
/* Static SQL text. What the columns hold is drawn in docs/formats.md. Small columns stand before
 * the large one, so that reading them touches no overflow page. */
#include "schema.h"

#include "attr.h"

const char *const schema_tables[] = {
	"CREATE TABLE token(one INTEGER PRIMARY KEY CHECK(one=1), record BLOB NOT NULL, list BLOB "
	"NOT NULL) STRICT",
	"CREATE TABLE seal(position INTEGER PRIMARY KEY, seal BLOB NOT NULL) STRICT",
	"CREATE TABLE object(number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, version INTEGER "
	"NOT NULL, mac BLOB NOT NULL, record BLOB NOT NULL) STRICT",
	"CREATE TABLE budget(role INTEGER PRIMARY KEY, failed INTEGER NOT NULL, counted_s INTEGER "
	"NOT NULL, known INTEGER NOT NULL, locked INTEGER NOT NULL, source_failed INTEGER NOT "
	"NULL, source_max INTEGER NOT NULL, interval_s INTEGER NOT NULL, recovery_s INTEGER NOT "
	"NULL, last_s INTEGER NOT NULL) STRICT",
};
const size_t schema_table_count = ARRAY_LEN(schema_tables);
const char schema_index[] = "sqlite_autoindex_object_1";
const char schema_marks[] = "PRAGMA application_id=1114991713; PRAGMA user_version=1";
