/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be said of a token's file without its key: SQLite's own check, and the syntax of
 * everything in it. */
#include "integrity.h"
#include "place.h"
#include "state.h"
#include "store.h"

struct check {
	struct store *store;
	struct buf *problems;
};

static struct err problem(void *arg, const char *text)
{
	return buf_printf(arg, "%s\n", text);
}

static struct err seals_check(const struct state *st, struct buf *problems)
{
	struct reader r = reader_of(buf_bytes(&st->seals));

	for (unsigned n = 1; r.left.len > 0; n++) {
		struct bytes seal;
		struct seal_info info;
		struct err e;

		TRY(reader_lv(&r, r.left.len, &seal));
		e = seal_info_read(seal, &info);
		if (e.code != E_OK)
			TRY(buf_printf(problems, "seal %u: %s\n", n, err_str(e)));
	}
	return OK;
}

static struct err state_check(struct db *db, struct buf *problems)
{
	struct store_token t;
	struct err e;
	STATE(st);

	e = state_read(db, &st);
	if (e.code == E_OK)
		e = record_token_read(buf_bytes(&st.token), &t);
	if (e.code == E_NOMEM)
		return e;
	if (e.code != E_OK)
		TRY(buf_printf(problems, "the token's own record: %s\n", err_str(e)));
	return seals_check(&st, problems);
}

static struct err check_work(struct db *db, void *arg)
{
	struct check *c = arg;

	TRY(db_integrity(db, problem, c->problems));
	return state_check(db, c->problems);
}

static struct err object_check(void *arg, const struct stored_object *o, enum store_damage damage)
{
	char id[2 * ID_LEN + 1];

	if (damage == STORE_SOUND)
		return OK;
	bytes_hex(BYTES_OF(o->id), id);
	return buf_printf(arg, "object %s: its record does not parse\n", id);
}

struct err store_check(struct store *s, struct buf *ret_problems)
{
	struct store_visitor v = {.arg = ret_problems, .object = object_check};
	struct check c = {.store = s, .problems = ret_problems};
	uint64_t generation;

	TRY(place_read(s, 0, check_work, &c));
	return store_each(s, NULL, &v, &generation);
}
