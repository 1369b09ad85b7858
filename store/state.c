/* SPDX-License-Identifier: BSD-2-Clause */
#include "state.h"

#define RECORD_MAX 1024u                                 /* bytes, the token's own record */
#define SEAL_MAX   (TRUST_BLOB_MAX + ((size_t) 4 << 10)) /* bytes */

void state_done(struct state *st)
{
	buf_done(&st->token);
	buf_done(&st->seals);
}

static struct err token_read(struct db *db, struct state *st)
{
	struct bytes record, list;
	bool row = false;
	STMT(s);

	TRY(db_prepare(db, "SELECT record, list FROM token", &s));
	TRY(db_step(&s, &row));
	if (!row)
		return ERR(E_CORRUPT);
	TRY(db_blob(&s, 0, RECORD_MAX, &record));
	TRY(db_blob(&s, 1, sizeof(st->list) + 64, &list));
	TRY(buf_put(&st->token, record));
	return record_list_read(list, &st->list);
}

static struct err seals_read(struct db *db, struct state *st)
{
	bool row = false;
	STMT(s);

	TRY(db_prepare(db, "SELECT seal FROM seal ORDER BY position", &s));
	for (unsigned n = 0;; n++) {
		struct bytes seal;

		TRY(db_step(&s, &row));
		if (!row)
			return OK;
		if (n == STORE_SEALS_MAX)
			return ERR(E_CORRUPT);
		TRY(db_blob(&s, 0, SEAL_MAX, &seal));
		TRY(buf_put_lv(&st->seals, seal));
	}
}

struct err state_read(struct db *db, struct state *ret)
{
	TRY(token_read(db, ret));
	return seals_read(db, ret);
}

struct err state_set(
	struct state *st, const struct store_token *t, const struct bytes *seals, size_t seal_count)
{
	struct seal_info info;

	if (seal_count > STORE_SEALS_MAX)
		return ERR(E_LIMIT);
	buf_done(&st->token);
	buf_done(&st->seals);
	TRY(record_token_put(t, &st->token));
	for (size_t i = 0; i < seal_count; i++) {
		if (seals[i].len > SEAL_MAX || seal_info_read(seals[i], &info).code != E_OK)
			return ERR(E_INVALID);
		TRY(buf_put_lv(&st->seals, seals[i]));
	}
	return OK;
}

static struct err seals_write(struct db *db, const struct state *st)
{
	struct reader r = reader_of(buf_bytes(&st->seals));
	STMT(insert);

	TRY(db_exec(db, "DELETE FROM seal"));
	TRY(db_prepare(db, "INSERT INTO seal(position, seal) VALUES(?1, ?2)", &insert));
	for (uint64_t n = 1; r.left.len > 0; n++) {
		struct bytes seal;

		TRY(reader_lv(&r, SEAL_MAX, &seal));
		TRY(db_bind_u64(&insert, 1, n));
		TRY(db_bind_blob(&insert, 2, seal));
		TRY(db_run(&insert, NULL));
	}
	return OK;
}

struct err state_write(struct db *db, const struct state *st)
{
	STMT(replace);
	BUF(list);

	TRY(record_list_put(&st->list, &list));
	TRY(db_prepare(
		db, "INSERT OR REPLACE INTO token(one, record, list) VALUES(1, ?1, ?2)", &replace));
	TRY(db_bind_blob(&replace, 1, buf_bytes(&st->token)));
	TRY(db_bind_blob(&replace, 2, buf_bytes(&list)));
	TRY(db_run(&replace, NULL));
	return seals_write(db, st);
}

struct err state_write_list(struct db *db, const struct record_list *l)
{
	unsigned changed = 0;
	STMT(update);
	BUF(list);

	TRY(record_list_put(l, &list));
	TRY(db_prepare(db, "UPDATE token SET list=?1 WHERE one=1", &update));
	TRY(db_bind_blob(&update, 1, buf_bytes(&list)));
	TRY(db_run(&update, &changed));
	return changed == 1 ? OK : ERR(E_CORRUPT);
}
