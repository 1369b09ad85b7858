/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of the store share: a token with a keyring and no seal, and objects for it. */
#pragma once

#include "test.h"

#include "keyring.h"
#include "store.h"
#include "tmpdir.h"

struct fixture {
	struct tmpdir dir;
	struct keyring *keyring;
	struct store *store;
	struct store_token token;
};

static inline void fixture_done(struct fixture *f)
{
	store_close(&f->store);
	keyring_free(&f->keyring);
	tmpdir_done(&f->dir);
}
#define FIXTURE(name) _cleanup_(fixture_done) struct fixture name = fixture_new()

static inline struct fixture fixture_new(void)
{
	struct fixture f = {.dir = tmpdir_new(), .token = {.id = {0x70, 0x6b}, .created_s = 1000}};
	struct seal_request rq = {
		.env = &(const struct trust_env){0}, .source = "fake", .role = ROLE_USER};
	struct bytes seals[1];
	BUF(seal);

	memset(f.token.label, ' ', sizeof(f.token.label));
	memcpy(f.token.label, "test", 4);
	(void) CHECK_OK(keyring_create(f.token.id, &f.keyring));
	(void) CHECK_OK(keyring_add_seal(f.keyring, &rq, &seal));
	seals[0] = buf_bytes(&seal);
	(void) CHECK_OK(store_create(f.dir.path, &f.token, f.keyring, seals, 1, &f.store));
	return f;
}

static inline struct store_change change_put(uint8_t first, uint64_t version, const char *attrs)
{
	return (struct store_change){
		.object = {.id = {first, 1}, .version = version, .attrs = bytes_str(attrs)}};
}

static inline struct err put_one(
	struct fixture *f, uint8_t first, uint64_t version, const char *attrs)
{
	struct store_change c = change_put(first, version, attrs);

	return store_apply(f->store, f->keyring, &c, 1);
}

/* What a visit saw. */
struct seen {
	unsigned sound, bad_record, bad_list, missing;
	char last[64]; /* attributes of the last sound object, as text */
};

static inline struct err seen_object(
	void *arg, const struct stored_object *o, enum store_damage damage)
{
	struct seen *s = arg;

	s->sound += damage == STORE_SOUND;
	s->bad_record += damage == STORE_BAD_RECORD;
	s->bad_list += damage == STORE_BAD_LIST;
	if (damage == STORE_SOUND && o->attrs.len < sizeof(s->last))
		snprintf(s->last, sizeof(s->last), "%.*s", (int) o->attrs.len,
			(const char *) o->attrs.ptr);
	return OK;
}

static inline struct err seen_missing(void *arg, unsigned bucket)
{
	struct seen *s = arg;

	(void) bucket;
	s->missing++;
	return OK;
}

static inline struct err see(struct store *s, const struct keyring *k, struct seen *ret)
{
	struct store_visitor v = {.arg = ret, .object = seen_object, .missing = seen_missing};
	uint64_t generation;

	*ret = (struct seen){0};
	return store_each(s, k, &v, &generation);
}
