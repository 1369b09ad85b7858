/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of a token's database that every verification and every write needs: its record, its
 * seals, its list. Read and written within a transaction of the caller's. */
#pragma once

#include "buf.h"
#include "db.h"
#include "record.h"

struct state {
	struct buf token; /* record_token_put's bytes */
	struct buf seals; /* each with its u32 length, in order */
	struct record_list list;
};
void state_done(struct state *st);
#define STATE(name) _cleanup_(state_done) struct state name = {0}

NODISCARD struct err state_read(struct db *db, struct state *ret);
/* Fills in token and seals of a state that was never written. E_INVALID, E_LIMIT. */
NODISCARD struct err state_set(struct state *st, const struct store_token *t,
	const struct bytes *seals, size_t seal_count);
/* Replaces all three. */
NODISCARD struct err state_write(struct db *db, const struct state *st);
/* The list alone. */
NODISCARD struct err state_write_list(struct db *db, const struct record_list *l);
