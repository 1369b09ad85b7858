/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of a token's database. A file whose schema is not literally this one is not ours. */
#pragma once

#include <stddef.h>

#define SCHEMA_APPLICATION_ID 0x42756c61 /* "Bula" */
#define SCHEMA_VERSION        1          /* PRAGMA user_version */

extern const char *const schema_tables[]; /* in the order in which they are made */
extern const size_t schema_table_count;
extern const char schema_index[]; /* the one index, which SQLite makes by itself */
extern const char schema_marks[]; /* sets the application id and the version */
