/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects: reading them all with verification, and changes that verify and renew only the buckets
 * that they touch. */
#include "integrity.h"
#include "log.h"
#include "place.h"
#include "state.h"
#include "store.h"

#include "broken.h"

#include <stdlib.h>

#define RECORD_MAX (STORE_ATTRS_MAX + STORE_SEALED_MAX + 64) /* bytes */
#define ROW_ID_MAX 4096u /* bytes, of an id that is none of ours */

/* The smallest id of a bucket, and of the next one; the last bucket has no next one. */
static void bucket_range(
	unsigned bucket, uint8_t from[static ID_LEN], uint8_t to[static ID_LEN + 1])
{
	memset(from, 0, ID_LEN);
	from[0] = (uint8_t) bucket;
	memset(to, bucket == LIST_BUCKETS - 1 ? 0xff : 0, ID_LEN + 1);
	if (bucket < LIST_BUCKETS - 1)
		to[0] = (uint8_t) (bucket + 1);
}

static struct err entry_read(struct db_stmt *s, struct buf *entries)
{
	struct bytes id, mac;
	uint64_t version = 0;

	TRY(db_blob(s, 0, ID_LEN, &id));
	TRY(db_u64(s, 1, &version));
	TRY(db_blob(s, 2, KEYRING_MAC_LEN, &mac));
	if (id.len != ID_LEN)
		return ERR(E_CORRUPT);
	return integrity_entry_put(id.ptr, version, mac, entries);
}

/* One row's entry. A row that we cannot have written must not hide: it changes the bucket. */
static struct err entry_add(struct db_stmt *s, struct buf *entries)
{
	struct err e = entry_read(s, entries);

	return e.code == E_CORRUPT ? buf_put_u8(entries, 0xff) : e;
}

/* One statement serves all buckets of a change: to parse it costs more than to run it. */
static struct err bucket_prepare(struct db *db, struct db_stmt *ret)
{
	return db_prepare(db,
		"SELECT id, version, mac FROM object WHERE id >= ?1 AND id < ?2 ORDER BY id", ret);
}

static struct err bucket_make(struct db_stmt *s, const struct keyring *k, unsigned bucket,
	uint8_t ret[static KEYRING_MAC_LEN])
{
	uint8_t from[ID_LEN], to[ID_LEN + 1];
	bool row = false;
	BUF(entries);

	bucket_range(bucket, from, to);
	db_reset(s);
	TRY(db_bind_blob(s, 1, BYTES_OF(from)));
	TRY(db_bind_blob(s, 2, BYTES_OF(to)));
	for (;;) {
		TRY(db_step(s, &row));
		if (!row) {
			db_reset(s); /* what is bound is ours */
			return integrity_bucket(k, (uint8_t) bucket, buf_bytes(&entries), ret);
		}
		TRY(entry_add(s, &entries));
	}
}

static bool bucket_ours(const struct record_list *l, unsigned bucket, const uint8_t *mac)
{
	return bytes_eq_ct(BYTES_OF(l->bucket[bucket]), BYTES(mac, KEYRING_MAC_LEN)) ||
	       BROKEN("list-mac");
}

/* ---- reading ---- */

struct reading {
	struct store *store;
	const struct keyring *keyring; /* NULL: nothing is verified */
	const struct store_visitor *visitor;
	bool bad[LIST_BUCKETS];
	struct state state;
};

static void reading_done(struct reading **rp)
{
	if (*rp != NULL)
		state_done(&(*rp)->state);
	free(*rp);
}

/* Judges a bucket by all of its entries, and empties them for the next. */
static struct err bucket_judge(struct reading *r, unsigned bucket, struct buf *entries)
{
	uint8_t mac[KEYRING_MAC_LEN];
	bool empty = entries->len == 0;

	TRY(integrity_bucket(r->keyring, (uint8_t) bucket, buf_bytes(entries), mac));
	entries->len = 0;
	if (bucket_ours(&r->state.list, bucket, mac))
		return OK;
	r->bad[bucket] = true;
	log_error("%s: the objects of bucket %u are not the list's", store_path(r->store), bucket);
	if (!empty || r->visitor->missing == NULL)
		return OK;
	return r->visitor->missing(r->visitor->arg, bucket);
}

/* The first byte of the row's id; rows without one come first. */
static struct err row_bucket(struct db_stmt *s, unsigned *ret)
{
	struct bytes id = BYTES_NONE;
	struct err e = db_blob(s, 0, ROW_ID_MAX, &id);

	if (e.code != E_OK && e.code != E_CORRUPT)
		return e;
	*ret = e.code == E_OK && id.len > 0 ? id.ptr[0] : 0;
	return OK;
}

static struct err buckets_verify(struct db *db, struct reading *r)
{
	struct state *st = &r->state;
	unsigned at = 0;
	bool row = false;
	BUF(entries);
	STMT(s);

	TRY(state_read(db, st));
	TRY(integrity_verify(r->keyring, buf_bytes(&st->token), buf_bytes(&st->seals), &st->list));
	TRY(db_prepare(db, "SELECT id, version, mac FROM object ORDER BY id", &s));
	for (;;) {
		unsigned bucket = LIST_BUCKETS;

		TRY(db_step(&s, &row));
		if (row)
			TRY(row_bucket(&s, &bucket));
		for (; at < bucket; at++)
			TRY(bucket_judge(r, at, &entries));
		if (!row)
			return OK;
		TRY(entry_add(&s, &entries));
	}
}

/* The record's bytes against the row's columns and its MAC. */
static struct err record_judge(const struct reading *r, struct bytes record, struct bytes mac,
	const struct stored_object *row, struct stored_object *ret, enum store_damage *ret_damage)
{
	uint8_t made[KEYRING_MAC_LEN];
	struct stored_object o = *row;
	struct err e = record_object_read(record, &o);

	*ret = *row;
	*ret_damage = STORE_BAD_RECORD;
	if (e.code == E_VERSION)
		return e;
	if (e.code != E_OK || !bytes_eq(BYTES_OF(o.id), BYTES_OF(row->id)) ||
		o.version != row->version)
		return OK;
	if (r->keyring != NULL) {
		TRY(integrity_record(r->keyring, record, made));
		if (!bytes_eq_ct(BYTES_OF(made), mac) && !BROKEN("record-mac"))
			return OK;
	}
	*ret = o;
	*ret_damage = r->bad[o.id[0]] ? STORE_BAD_LIST : STORE_SOUND;
	return OK;
}

static struct err row_visit(const struct reading *r, struct db_stmt *s)
{
	struct stored_object row = {0}, o = {0};
	enum store_damage damage = STORE_BAD_RECORD;
	struct bytes id = BYTES_NONE, mac, record;
	struct err e;

	e = db_blob(s, 0, ID_LEN, &id);
	if (e.code == E_OK && id.len == ID_LEN)
		memcpy(row.id, id.ptr, ID_LEN);
	if (e.code == E_OK)
		e = db_u64(s, 1, &row.version);
	if (e.code == E_OK)
		e = db_blob(s, 2, KEYRING_MAC_LEN, &mac);
	if (e.code == E_OK)
		e = db_blob(s, 3, RECORD_MAX, &record);
	if (e.code == E_OK && id.len != ID_LEN)
		e = ERR(E_CORRUPT);
	if (e.code == E_OK)
		e = record_judge(r, record, mac, &row, &o, &damage);
	else if (e.code == E_CORRUPT)
		o = row, e = OK;
	TRY(e);
	if (damage != STORE_SOUND)
		log_error("%s: an object is damaged", store_path(r->store));
	return r->visitor->object(r->visitor->arg, &o, damage);
}

static struct err each_work(struct db *db, void *arg)
{
	struct reading *r = arg;
	bool row = false;
	STMT(s);

	if (r->keyring != NULL)
		TRY(buckets_verify(db, r));
	TRY(db_prepare(db, "SELECT id, version, mac, record FROM object ORDER BY number", &s));
	for (;;) {
		TRY(db_step(&s, &row));
		if (!row)
			return OK;
		TRY(row_visit(r, &s));
	}
}

struct err store_each(struct store *s, const struct keyring *k, const struct store_visitor *v,
	uint64_t *ret_generation)
{
	_cleanup_(reading_done) struct reading *r = calloc(1, sizeof(*r));
	uint64_t generation = store_generation(s); /* before: a change after it is seen again */

	if (r == NULL)
		return ERR(E_NOMEM);
	r->store = s;
	r->keyring = k;
	r->visitor = v;
	TRY(place_read(s, 0, each_work, r));
	*ret_generation = generation;
	return OK;
}

/* ---- changing ---- */

struct applying {
	struct store *store;
	const struct keyring *keyring;
	const struct store_change *changes;
	size_t count;
	bool touched[LIST_BUCKETS];
};

static struct err object_insert(
	struct db *db, const struct stored_object *o, struct bytes record, struct bytes mac)
{
	STMT(s);

	TRY(db_prepare(
		db, "INSERT INTO object(id, version, mac, record) VALUES(?1, ?2, ?3, ?4)", &s));
	TRY(db_bind_blob(&s, 1, BYTES_OF(o->id)));
	TRY(db_bind_u64(&s, 2, o->version));
	TRY(db_bind_blob(&s, 3, mac));
	TRY(db_bind_blob(&s, 4, record));
	return db_run(&s, NULL);
}

static struct err object_update(
	struct db *db, const struct stored_object *o, struct bytes record, struct bytes mac)
{
	unsigned changed = 0;
	STMT(s);

	TRY(db_prepare(db,
		"UPDATE object SET version=?2, mac=?3, record=?4 WHERE id=?1 AND version=?5", &s));
	TRY(db_bind_blob(&s, 1, BYTES_OF(o->id)));
	TRY(db_bind_u64(&s, 2, o->version));
	TRY(db_bind_blob(&s, 3, mac));
	TRY(db_bind_blob(&s, 4, record));
	TRY(db_bind_u64(&s, 5, o->version - 1));
	TRY(db_run(&s, &changed));
	return changed == 1 ? OK : ERR(E_CONFLICT);
}

static struct err object_delete(struct db *db, const struct stored_object *o)
{
	unsigned changed = 0;
	STMT(s);

	TRY(db_prepare(db, "DELETE FROM object WHERE id=?1 AND version=?2", &s));
	TRY(db_bind_blob(&s, 1, BYTES_OF(o->id)));
	TRY(db_bind_u64(&s, 2, o->version));
	TRY(db_run(&s, &changed));
	return changed == 1 ? OK : ERR(E_CONFLICT);
}

static struct err change_apply(struct db *db, const struct applying *a,
	const struct store_change *c, struct record_list *l)
{
	uint8_t mac[KEYRING_MAC_LEN];
	BUF(record);

	if (c->remove) {
		TRY(object_delete(db, &c->object));
		l->count -= l->count > 0 ? 1 : 0;
		return OK;
	}
	TRY(record_object_put(&c->object, &record));
	TRY(integrity_record(a->keyring, buf_bytes(&record), mac));
	if (c->object.version > 1)
		return object_update(db, &c->object, buf_bytes(&record), BYTES_OF(mac));
	if (l->count >= STORE_OBJECTS_MAX)
		return ERR(E_LIMIT);
	l->count++;
	return object_insert(db, &c->object, buf_bytes(&record), BYTES_OF(mac));
}

static struct err touched_verify(struct db *db, const struct applying *a, const struct state *st)
{
	STMT(s);

	TRY(bucket_prepare(db, &s));
	TRY(integrity_verify(a->keyring, buf_bytes(&st->token), buf_bytes(&st->seals), &st->list));
	for (unsigned b = 0; b < LIST_BUCKETS; b++) {
		uint8_t mac[KEYRING_MAC_LEN];

		if (!a->touched[b])
			continue;
		TRY(bucket_make(&s, a->keyring, b, mac));
		if (!bucket_ours(&st->list, b, mac)) {
			log_error("%s: the objects of bucket %u are not the list's: not written",
				store_path(a->store), b);
			return ERR(E_TAMPERED);
		}
	}
	return OK;
}

static struct err apply_work(struct db *db, void *arg)
{
	const struct applying *a = arg;
	STATE(st);
	STMT(s);

	TRY(state_read(db, &st));
	TRY(touched_verify(db, a, &st));
	for (size_t i = 0; i < a->count; i++)
		TRY(change_apply(db, a, &a->changes[i], &st.list));
	TRY(bucket_prepare(db, &s));
	for (unsigned b = 0; b < LIST_BUCKETS; b++)
		if (a->touched[b])
			TRY(bucket_make(&s, a->keyring, b, st.list.bucket[b]));
	TRY(integrity_sign(a->keyring, buf_bytes(&st.token), buf_bytes(&st.seals), &st.list));
	TRY(state_write_list(db, &st.list));
	return place_advance(a->store);
}

struct err store_apply(
	struct store *s, const struct keyring *k, const struct store_change *changes, size_t count)
{
	struct applying a = {.store = s, .keyring = k, .changes = changes, .count = count};

	if (count == 0)
		return OK;
	for (size_t i = 0; i < count; i++) {
		if (changes[i].object.version == 0)
			return ERR(E_INVALID);
		a.touched[changes[i].object.id[0]] = true;
	}
	return place_write(s, apply_work, &a);
}
