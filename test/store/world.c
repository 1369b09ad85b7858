/* SPDX-License-Identifier: BSD-2-Clause */
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct trust_env env = {0};
static const uint8_t token_id[ID_LEN] = {0x77};

static void must(struct err e, const char *what)
{
	if (e.code == E_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, err_str(e));
	abort();
}

struct world world_make(const char *dir)
{
	struct seal_request rq = {.env = &env, .source = "fake", .role = ROLE_USER};
	_cleanup_(keyring_free) struct keyring *k = NULL;
	_cleanup_(store_close) struct store *s = NULL;
	struct store_token t = {.created_s = 1};
	struct world w = {0};
	struct bytes seals[1];
	BUF(seal);

	memcpy(t.id, token_id, ID_LEN);
	must(keyring_create(token_id, &k), "keyring_create");
	must(keyring_add_seal(k, &rq, &seal), "keyring_add_seal");
	seals[0] = buf_bytes(&seal);
	must(store_create(dir, &t, k, seals, 1, &s), "store_create");
	snprintf(w.dir, sizeof(w.dir), "%s", dir);
	snprintf(w.file, sizeof(w.file), "token-%08lx.db", store_slot_id(s));
	return w;
}

void door_close(struct door *d)
{
	store_close(&d->store);
	keyring_free(&d->keyring);
}

struct err door_open(const struct world *w, struct door *ret)
{
	struct seal_request rq = {.env = &env};
	_cleanup_(door_close) struct door d = {0};
	struct store_token t;
	struct reader r;
	struct bytes seal;
	BUF(seals);

	TRY(store_open(w->dir, w->file, &d.store));
	TRY(store_read_token(d.store, NULL, &t, &seals));
	r = reader_of(buf_bytes(&seals));
	TRY(reader_lv(&r, r.left.len, &seal));
	TRY(keyring_unlock(t.id, seal, &rq, &d.keyring));
	*ret = d;
	d = (struct door){0};
	return OK;
}

/* The attributes and the secret of one half at one version. */
static struct bytes text_of(
	char text[static 64], const char *kind, unsigned writer, unsigned pair, uint64_t version)
{
	int n = snprintf(text, 64, "%s %u %u %" PRIu64, kind, writer, pair, version);

	return BYTES(text, (size_t) n);
}

static void half_id(unsigned writer, unsigned pair, unsigned half, uint8_t ret[static ID_LEN])
{
	memset(ret, 0, ID_LEN);
	ret[0] = (uint8_t) (pair * 7 + half * 101); /* buckets that the writers share */
	ret[1] = (uint8_t) writer;
	ret[2] = (uint8_t) pair;
	ret[3] = (uint8_t) half;
}

struct err pair_write(
	const struct door *d, unsigned writer, unsigned pair, uint64_t now, uint64_t version)
{
	struct store_change c[2] = {{.remove = version == 0}, {.remove = version == 0}};
	char attrs[64], secret[64];
	BUF(sealed0);
	BUF(sealed1);
	struct buf *sealed[2] = {&sealed0, &sealed1};

	for (unsigned half = 0; half < 2; half++) {
		struct stored_object *o = &c[half].object;

		half_id(writer, pair, half, o->id);
		o->version = version == 0 ? now : version;
		o->attrs = text_of(attrs, "public", writer, pair, o->version);
		TRY(keyring_seal_object(d->keyring, o->id, o->attrs,
			text_of(secret, "secret", writer, pair, o->version), sealed[half]));
		o->sealed = buf_bytes(sealed[half]);
	}
	return store_apply(d->store, d->keyring, c, 2);
}

struct counting {
	const struct door *door;
	struct census *census;
	uint64_t half[4][PAIRS][2];
};

static void complain(struct census *c, const char *what, const struct stored_object *o)
{
	c->wrong++;
	fprintf(stderr, "object %02x/%u/%u/%u version %" PRIu64 ": %s\n", o->id[0], o->id[1],
		o->id[2], o->id[3], o->version, what);
}

static struct err count_object(void *arg, const struct stored_object *o, enum store_damage damage)
{
	struct counting *c = arg;
	uint8_t id[ID_LEN];
	char text[64];
	SECRET(secret);

	if (damage != STORE_SOUND || o->id[1] >= 4 || o->id[2] >= PAIRS || o->id[3] > 1) {
		complain(c->census, "damaged", o);
		return OK;
	}
	half_id(o->id[1], o->id[2], o->id[3], id);
	if (memcmp(id, o->id, ID_LEN) != 0 ||
		!bytes_eq(o->attrs, text_of(text, "public", o->id[1], o->id[2], o->version)))
		complain(c->census, "not what was written", o);
	if (keyring_open_object(c->door->keyring, o->id, o->attrs, o->sealed, &secret).code !=
			E_OK ||
		!bytes_eq(secret_view(secret),
			text_of(text, "secret", o->id[1], o->id[2], o->version)))
		complain(c->census, "its secret does not open", o);
	c->half[o->id[1]][o->id[2]][o->id[3]] = o->version;
	return OK;
}

static struct err count_missing(void *arg, unsigned bucket)
{
	struct counting *c = arg;

	c->census->wrong++;
	fprintf(stderr, "bucket %u misses an object\n", bucket);
	return OK;
}

struct err census_take(const struct door *d, struct census *ret)
{
	struct counting c = {.door = d, .census = ret};
	struct store_visitor v = {.arg = &c, .object = count_object, .missing = count_missing};
	uint64_t generation;
	BUF(problems);

	*ret = (struct census){0};
	TRY(store_check(d->store, &problems));
	if (problems.len > 0) {
		ret->wrong++;
		fprintf(stderr, "%s", problems.ptr);
	}
	TRY(store_each(d->store, d->keyring, &v, &generation));
	for (unsigned w = 0; w < 4; w++)
		for (unsigned p = 0; p < PAIRS; p++) {
			if (c.half[w][p][0] != c.half[w][p][1]) {
				ret->wrong++;
				fprintf(stderr, "pair %u/%u: one half only\n", w, p);
			}
			ret->version[w][p] = c.half[w][p][0];
		}
	return OK;
}
