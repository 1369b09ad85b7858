/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session is made of: for session*.c only. */
#pragma once

#include "session_use.h"
#include "token.h"

#include <stdatomic.h>

#define SESSION_INDEX_BITS  16u
#define SESSION_SERIAL_BITS (sizeof(CK_ULONG) > 4 ? 40u : 16u)
#define SESSION_CHUNK       64u /* sessions that are allocated together */

/* The handle is serial << 16 | index. An index is used again under the next serial. */
struct session {
	/* serial << 24 | open << 23 | pins: one word, so that pinning needs no lock and cannot meet
	 * a session that is being closed or was replaced. */
	_Atomic uint64_t word;
	uint32_t index;
	uint32_t next_free; /* index + 1 of the next free one; guarded by the table's lock */
	struct slot *slot;  /* this, token and rw do not change while it is open */
	struct token *token;
	bool rw;
	bool finding;
	uint16_t inits;   /* operations begun, modulo: does a context login meet the one it saw? */
	struct lock lock; /* guards what follows */
	struct op_slot ops[OP_VERBS];
	CK_OBJECT_HANDLE *found;
	size_t found_count, found_at;
};

CK_SESSION_HANDLE session_handle(const struct session *s);
struct who session_who(const struct session *s);
