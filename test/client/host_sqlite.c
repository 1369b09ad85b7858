/* SPDX-License-Identifier: BSD-2-Clause */
/* The SQLite of a host that has one of its own, such as a browser. Each of these names is exported
 * by the program; a module whose own calls arrive here has been given somebody else's database
 * library. */
#include <stdio.h>
#include <stdlib.h>

#define HOST_SQLITE(name)                                             \
	__attribute__((visibility("default"))) int name(void);        \
	int name(void)                                                \
	{                                                             \
		fprintf(stderr, "the host's " #name " was called\n"); \
		abort();                                              \
	}

HOST_SQLITE(sqlite3_initialize)
HOST_SQLITE(sqlite3_config)
HOST_SQLITE(sqlite3_open)
HOST_SQLITE(sqlite3_open_v2)
HOST_SQLITE(sqlite3_close)
HOST_SQLITE(sqlite3_close_v2)
HOST_SQLITE(sqlite3_exec)
HOST_SQLITE(sqlite3_prepare)
HOST_SQLITE(sqlite3_prepare_v2)
HOST_SQLITE(sqlite3_prepare_v3)
HOST_SQLITE(sqlite3_step)
HOST_SQLITE(sqlite3_reset)
HOST_SQLITE(sqlite3_finalize)
HOST_SQLITE(sqlite3_bind_blob)
HOST_SQLITE(sqlite3_bind_int64)
HOST_SQLITE(sqlite3_bind_text)
HOST_SQLITE(sqlite3_column_blob)
HOST_SQLITE(sqlite3_column_bytes)
HOST_SQLITE(sqlite3_column_int64)
HOST_SQLITE(sqlite3_column_text)
HOST_SQLITE(sqlite3_errmsg)
HOST_SQLITE(sqlite3_errcode)
HOST_SQLITE(sqlite3_extended_errcode)
HOST_SQLITE(sqlite3_busy_timeout)
HOST_SQLITE(sqlite3_db_config)
HOST_SQLITE(sqlite3_malloc)
HOST_SQLITE(sqlite3_malloc64)
HOST_SQLITE(sqlite3_free)
HOST_SQLITE(sqlite3_vfs_find)
HOST_SQLITE(sqlite3_mutex_alloc)
