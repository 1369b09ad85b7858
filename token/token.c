/* SPDX-License-Identifier: BSD-2-Clause */
/* A token and its objects in this process. Knows nothing of sessions; who asks comes as a value. */
#include "access.h"
#include "log.h"
#include "token_priv.h"

#include <stdlib.h>
#include <time.h>

/* ---- opening and closing ---- */

static CK_RV token_locks(struct token *t, const struct lock_ops *locks)
{
	RV_TRY(rv_from_err(lock_init(&t->lock, locks)));
	if (lock_init(&t->login_lock, locks).code != E_OK) {
		lock_done(&t->lock);
		return CKR_HOST_MEMORY;
	}
	if (key_cache_init(&t->keys, locks) != CKR_OK) {
		lock_done(&t->login_lock);
		lock_done(&t->lock);
		return CKR_HOST_MEMORY;
	}
	return CKR_OK;
}

CK_RV token_open(const struct config *c, const struct lock_ops *locks, const char *dir,
	const char *file, struct token **ret)
{
	struct token *t = calloc(1, sizeof(*t));
	CK_RV rv;

	if (t == NULL)
		return CKR_HOST_MEMORY;
	rv = token_locks(t, locks);
	if (rv != CKR_OK) {
		free(t);
		return rv;
	}
	t->config = c;
	atomic_init(&t->generation, 1);
	rv = rv_from_err_open(store_open(dir, file, &t->store));
	if (rv == CKR_OK)
		rv = index_new(&t->index);
	if (rv != CKR_OK) {
		token_close(&t);
		return rv;
	}
	t->slot_id = store_slot_id(t->store);
	*ret = t;
	return CKR_OK;
}

void token_close(struct token **tp)
{
	struct token *t = *tp;

	*tp = NULL;
	if (t == NULL)
		return;
	key_cache_flush(&t->keys, true);
	index_free(&t->index);
	key_cache_done(&t->keys);
	keyring_free(&t->tk);
	keyring_free(&t->session);
	buf_done(&t->seals);
	if (t->store != NULL)
		store_close(&t->store);
	lock_done(&t->login_lock);
	lock_done(&t->lock);
	free(t);
}

CK_SLOT_ID token_slot_id(const struct token *t)
{
	return t->slot_id;
}

const struct config *token_config(const struct token *t)
{
	return t->config;
}

uint64_t token_generation(const struct token *t)
{
	return load_generation(t);
}

struct key *token_key(struct token *t, struct object *o)
{
	LOCKED(&t->lock);

	return key_cache_get(&o->key);
}

void token_key_put(struct token *t, struct object *o, struct key *k)
{
	LOCKED(&t->lock);

	/* logged out meanwhile: the flush has been */
	if (key_private(k) && key_born(k) != token_generation(t))
		return;
	key_cache_put(&t->keys, &o->key, k);
}

/* token->lock is held. */
static struct who who_now(const struct token *t, bool rw, CK_SESSION_HANDLE session)
{
	return (struct who){.login = t->login,
		.rw = rw,
		.no_login = t->summary.no_login,
		.trust_open = t->tk != NULL,
		.generation = token_generation(t),
		.session = session};
}

struct who token_who(struct token *t, bool rw, CK_SESSION_HANDLE session)
{
	LOCKED(&t->lock);

	return who_now(t, rw, session);
}

/* ---- looking at the store ---- */

static uint64_t tick_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

CK_RV token_refresh(struct token *t, bool always)
{
	uint64_t tick = tick_now();

	if (!always && atomic_load_explicit(&t->looked, memory_order_relaxed) == tick)
		return CKR_OK;
	LOCKED(&t->lock);
	RV_TRY(load_changes(t));
	atomic_store_explicit(&t->looked, tick, memory_order_relaxed);
	return CKR_OK;
}

/* token->lock is held. Borrowed; NULL also for what `who` may not see. */
static struct object *object_now(const struct token *t, const struct who *who, CK_OBJECT_HANDLE h)
{
	struct index_entry *e = h == 0 ? NULL : index_by_handle(t->index, h);

	return e == NULL || !access_see(who, index_object(e)) ? NULL : index_object(e);
}

CK_RV token_object(struct token *t, const struct who *who, CK_OBJECT_HANDLE h, struct object **ret)
{
	LOCKED(&t->lock);
	struct object *o = object_now(t, who, h);

	if (o == NULL)
		return CKR_OBJECT_HANDLE_INVALID;
	*ret = object_ref(o);
	return CKR_OK;
}

CK_RV token_use(struct token *t, struct token_use *u)
{
	LOCKED(&t->lock);
	struct who who = who_now(t, u->rw, u->session);
	struct object *o = object_now(t, &who, u->handle);

	if (o == NULL || o->key_type == CK_UNAVAILABLE_INFORMATION)
		return CKR_KEY_HANDLE_INVALID;
	RV_TRY(access_use(&who, o, u->usage, u->mech));
	u->ask_login =
		(u->usage == CKA_SIGN || u->usage == CKA_SIGN_RECOVER || u->usage == CKA_DECRYPT) &&
		attrs_bool(&o->attrs, CKA_ALWAYS_AUTHENTICATE, false);
	u->key = key_cache_get(&o->key);
	u->object = u->key == NULL ? object_ref(o) : NULL;
	return CKR_OK;
}

/* ---- finding ---- */

/* As attrs_match; CKA_TRUSTED is not believed before the store is verified. */
static bool object_match(const struct who *who, const struct object *o, const struct attrs *wanted)
{
	static const uint8_t no[] = {CK_FALSE};

	for (size_t i = 0; i < wanted->count; i++) {
		const struct attr *w = &wanted->list[i], *have = attrs_get(&o->attrs, w->type);
		bool unverified = w->type == CKA_TRUSTED && !who->trust_open;

		if (have == NULL ||
			!bytes_eq(unverified ? BYTES_OF(no) : attr_bytes(have), attr_bytes(w)))
			return false;
	}
	return true;
}

struct found {
	CK_OBJECT_HANDLE *list;
	size_t count, cap;
};

static CK_RV found_add(struct found *f, CK_OBJECT_HANDLE h)
{
	CK_OBJECT_HANDLE *list;
	size_t cap = f->cap == 0 ? 16 : 2 * f->cap;

	if (f->count == f->cap) {
		list = reallocarray(f->list, cap, sizeof(*list));
		if (list == NULL)
			return CKR_HOST_MEMORY;
		f->list = list;
		f->cap = cap;
	}
	f->list[f->count++] = h;
	return CKR_OK;
}

CK_RV token_find(struct token *t, const struct who *who, const struct attrs *wanted,
	CK_OBJECT_HANDLE **ret, size_t *ret_count)
{
	LOCKED(&t->lock);
	struct index_cursor c = index_search(t->index, wanted);
	struct found f = {0};
	struct index_entry *e;

	while ((e = index_next(&c)) != NULL) {
		if (index_handle(e) == 0 || !access_see(who, index_object(e)) ||
			!object_match(who, index_object(e), wanted))
			continue;
		if (found_add(&f, index_handle(e)) != CKR_OK) {
			free(f.list);
			return CKR_HOST_MEMORY;
		}
	}
	index_sort(f.list, f.count);
	*ret = f.list;
	*ret_count = f.count;
	return CKR_OK;
}

/* ---- secrets ---- */

static CK_RV session_keyring(struct token *t)
{
	if (t->session != NULL)
		return CKR_OK;
	return rv_from_err(keyring_create_session(&t->session));
}

static CK_RV secrets_open(struct token *t, const struct object *o, struct attrs *ret)
{
	LOCKED(&t->lock);
	const struct keyring *k = o->owner != 0 ? t->session : t->tk;

	if (k == NULL)
		return CKR_USER_NOT_LOGGED_IN;
	/* logged out, and perhaps in again, since the caller found the object */
	if (o->private_ && !load_private_visible(t))
		return CKR_USER_NOT_LOGGED_IN;
	return object_open(o, k, ret);
}

CK_RV token_open_secrets(struct token *t, const struct object *o, struct attrs *ret)
{
	CK_RV rv;

	if (o->secret_count == 0) {
		*ret = (struct attrs){0};
		return CKR_OK;
	}
	rv = secrets_open(t, o, ret);
	if (rv != CKR_USER_NOT_LOGGED_IN)
		return rv;
	RV_TRY(unlock_lazy(t));
	return secrets_open(t, o, ret);
}

/* ---- changing ---- */

/* After a change of ours: if it was the only one since the last look, nothing need be read again.
 */
static void changed_ourselves(struct token *t, uint64_t before)
{
	uint64_t after = store_generation(t->store);

	if (t->loaded && t->store_generation == before && after == before + 1) {
		t->store_generation = after;
		t->record_generation = after;
	}
}

static CK_RV changes_apply(struct token *t, const struct store_change *changes, size_t count)
{
	uint64_t before = store_generation(t->store);
	struct err e = store_apply(t->store, t->tk, changes, count);

	if (e.code == E_OK) {
		changed_ourselves(t, before);
		return CKR_OK;
	}
	log_error("%s was not changed: %s", store_path(t->store), err_str(e));
	if (e.code == E_CONFLICT || e.code == E_NOT_FOUND)
		return load_changes(t) == CKR_OK ? CKR_FUNCTION_FAILED : CKR_DEVICE_ERROR;
	return rv_from_err(e);
}

/* What one object needs before it can be stored or published. */
static CK_RV add_one(
	struct token *t, const struct who *who, struct object *o, const struct attrs *secrets)
{
	bool token_object = attrs_bool(&o->attrs, CKA_TOKEN, false);

	o->version = token_object ? 1 : 0;
	o->owner = token_object ? 0 : who->session;
	if (!token_object && who->session == 0)
		return CKR_SESSION_HANDLE_INVALID;
	if (!token_object && secrets->count > 0)
		RV_TRY(session_keyring(t));
	RV_TRY(object_seal(o, token_object ? t->tk : t->session, secrets));
	return attrs_pack(&o->attrs);
}

#define ADD_MAX 2u /* a key pair */

/* Those that are token objects, in one transaction. */
static CK_RV add_store(struct token *t, struct object *const *objects, size_t count)
{
	struct store_change changes[ADD_MAX] = {0};
	struct buf encoded[ADD_MAX] = {0};
	CK_RV rv = CKR_OK;
	size_t n = 0;

	for (size_t i = 0; i < count && rv == CKR_OK; i++) {
		if (objects[i]->owner != 0)
			continue;
		rv = object_to_stored(objects[i], &encoded[n], &changes[n].object);
		n++;
	}
	if (rv == CKR_OK && n > 0)
		rv = changes_apply(t, changes, n);
	for (size_t i = 0; i < n; i++)
		buf_done(&encoded[i]);
	return rv;
}

static CK_RV add_locked(struct token *t, const struct who *who, struct object *const *objects,
	const struct attrs *secrets, size_t count)
{
	struct index_entry *entries[ADD_MAX] = {0};
	CK_RV rv;

	for (size_t i = 0; i < count; i++) {
		if ((objects[i]->private_ && who->generation != token_generation(t)) ||
			(attrs_bool(&objects[i]->attrs, CKA_TOKEN, false) && t->tk == NULL))
			return CKR_USER_NOT_LOGGED_IN;
		RV_TRY(add_one(t, who, objects[i], &secrets[i]));
	}
	RV_TRY(index_prepare(t->index, objects, count, entries));
	rv = add_store(t, objects, count);
	if (rv == CKR_OK)
		index_publish(
			t->index, entries, count, load_private_visible(t), token_generation(t));
	index_entries_free(entries, count);
	return rv;
}

CK_RV token_add(struct token *t, const struct who *who, struct object *const *objects,
	const struct attrs *secrets, size_t count)
{
	bool stored = false;

	if (count > ADD_MAX)
		return CKR_GENERAL_ERROR;
	for (size_t i = 0; i < count; i++) {
		bool token_object = attrs_bool(&objects[i]->attrs, CKA_TOKEN, false);

		RV_TRY(access_create(who, token_object, objects[i]->private_));
		stored = stored || token_object;
	}
	if (stored && who->no_login)
		RV_TRY(unlock_lazy(t));
	LOCKED(&t->lock);
	return add_locked(t, who, objects, secrets, count);
}

/* The new state becomes the old object's next version: its name, its owner, its secrets. */
static CK_RV replace_prepare(struct token *t, const struct object *old, struct object *changed)
{
	const struct keyring *k = old->owner != 0 ? t->session : t->tk;
	ATTRS(secrets);

	if (old->owner == 0 && k == NULL)
		return CKR_USER_NOT_LOGGED_IN;
	memcpy(changed->id, old->id, ID_LEN);
	RV_TRY(attrs_set(
		&changed->attrs, CKA_UNIQUE_ID, attr_bytes(attrs_get(&old->attrs, CKA_UNIQUE_ID))));
	changed->owner = old->owner;
	changed->version = old->owner != 0 ? 0 : old->version + 1;
	if (old->secret_count > 0) {
		RV_TRY(object_open(old, k, &secrets));
		RV_TRY(object_seal(changed, k, &secrets));
	}
	return attrs_pack(&changed->attrs);
}

CK_RV token_replace(
	struct token *t, const struct who *who, struct object *old, struct object *changed)
{
	struct index_entry *entry = NULL, *now;
	CK_RV rv;

	RV_TRY(access_create(who, old->owner == 0, old->private_));
	if (old->owner == 0 && who->no_login)
		RV_TRY(unlock_lazy(t));
	LOCKED(&t->lock);
	now = index_by_id(t->index, old->id);
	if (now == NULL || index_handle(now) == 0)
		return CKR_OBJECT_HANDLE_INVALID;
	if (index_object(now) != old)
		return CKR_FUNCTION_FAILED; /* changed between the caller's look and now */
	RV_TRY(replace_prepare(t, old, changed));
	RV_TRY(index_prepare(t->index, &changed, 1, &entry));
	rv = add_store(t, &changed, 1);
	/* after a conflict the index may have been loaded anew */
	now = rv == CKR_OK ? index_by_id(t->index, old->id) : NULL;
	if (rv == CKR_OK && now != NULL)
		index_replace(t->index, now, &entry);
	index_entries_free(&entry, 1);
	return rv;
}

CK_RV token_remove(struct token *t, const struct who *who, struct object *o)
{
	struct store_change change = {.remove = true, .object = {.version = o->version}};
	struct index_entry *now;
	CK_RV rv = CKR_OK;

	RV_TRY(access_destroy(who, o));
	if (o->owner == 0 && who->no_login)
		RV_TRY(unlock_lazy(t));
	LOCKED(&t->lock);
	now = index_by_id(t->index, o->id);
	if (now == NULL || index_handle(now) == 0)
		return CKR_OBJECT_HANDLE_INVALID;
	if (o->owner == 0 && t->tk == NULL)
		return CKR_USER_NOT_LOGGED_IN;
	memcpy(change.object.id, o->id, ID_LEN);
	if (o->owner == 0)
		rv = changes_apply(t, &change, 1);
	if (rv != CKR_OK)
		return index_by_id(t->index, o->id) == NULL ? CKR_OBJECT_HANDLE_INVALID : rv;
	index_remove(t->index, now);
	return CKR_OK;
}

void token_drop_session(struct token *t, CK_SESSION_HANDLE session)
{
	LOCKED(&t->lock);

	if (session != 0)
		index_drop_session(t->index, session);
}

/* ---- fork ---- */

void token_fork_hold(struct token *t)
{
	lock_take(&t->lock);
	key_cache_fork_hold(&t->keys);
}

void token_fork_release(struct token *t)
{
	key_cache_fork_release(&t->keys);
	lock_drop(&t->lock);
}

void token_fork_child(struct token *t)
{
	key_cache_fork_child(&t->keys);
	store_fork_child(t->store);
}
