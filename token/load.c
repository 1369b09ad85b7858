/* SPDX-License-Identifier: BSD-2-Clause */
/* From the store into the index: the token's record and seals, and the objects that changed since
 * the last look. */
#include "token_priv.h"

#include "log.h"

#include <stdlib.h>

static struct token_seals seals_summary(struct bytes seals)
{
	struct token_seals s = {0};
	struct seal_info info;
	struct bytes one;

	for (size_t n = 0; n < STORE_SEALS_MAX && store_seal(seals, n, &one); n++) {
		if (seal_info_read(one, &info).code != E_OK) {
			log_error("seal %zu of the token cannot be read", n);
			continue;
		}
		if ((info.role == ROLE_USER && !s.user) ||
			(info.role == ROLE_SO && !s.user && !s.so))
			memcpy(s.source, info.source, sizeof(s.source));
		s.user = s.user || info.role == ROLE_USER;
		s.so = s.so || info.role == ROLE_SO;
		s.user_pin = s.user_pin || (info.role == ROLE_USER && info.policy.pin);
		s.no_login = s.no_login || (info.role == ROLE_USER && !info.policy.pin);
	}
	return s;
}

bool load_private_visible(const struct token *t)
{
	return t->login == LOGIN_USER || (t->login == LOGIN_NONE && t->summary.no_login);
}

/* ---- who is logged in ---- */

/* Everything that hangs on who is logged in, at once. Takes the keyring. lock is held. */
void load_enter(struct token *t, enum login_state state, struct keyring **tk)
{
	bool visible = load_private_visible(t), stays;

	/* a login without a PIN brings no keyring; one that is open stays */
	if (*tk != NULL || state != LOGIN_USER)
		keyring_free(&t->tk);
	if (*tk != NULL)
		t->tk = TAKE(*tk);
	t->login = state;
	atomic_fetch_add_explicit(&t->generation, 1, memory_order_acq_rel);
	stays = visible && load_private_visible(t) && state != LOGIN_NONE;
	/* a login on a token whose private objects anybody sees changes no handle */
	if (!stays)
		index_renew_private(t->index, load_private_visible(t), load_generation(t));
}

static bool dies_at_logout(const struct object *o, const void *arg)
{
	(void) arg;
	return o->owner != 0 && o->private_;
}

void load_leave(struct token *t)
{
	struct keyring *none = NULL;

	index_drop(t->index, dies_at_logout, NULL);
	load_enter(t, LOGIN_NONE, &none);
	key_cache_flush(&t->keys, false);
}

/* ---- record and seals ---- */

/* Is it another token's by now? Then what we hold opens nothing of it. */
static bool record_replaced(struct token *t)
{
	struct store_token now = {0};
	BUF(seals);

	return store_read_token(t->store, NULL, &now, &seals).code == E_OK &&
	       !bytes_eq(BYTES_OF(now.id), BYTES_OF(t->record.id));
}

static CK_RV record_read(struct token *t)
{
	struct store_token record = {0};
	bool visible = load_private_visible(t);
	struct err e;
	BUF(seals);

	e = store_read_token(t->store, t->tk, &record, &seals);
	if (e.code == E_TAMPERED && record_replaced(t)) {
		log_error("%s was initialised anew by another process", store_path(t->store));
		load_leave(t);
		e = store_read_token(t->store, NULL, &record, &seals);
	}
	RV_TRY(rv_from_err_open(e));
	t->record = record;
	buf_done(&t->seals);
	t->seals = seals;
	seals = (struct buf){0};
	t->summary = seals_summary(buf_bytes(&t->seals));
	t->lazy_refused = t->lazy_refused && t->summary.no_login;
	t->record_loaded = true;
	if (visible != load_private_visible(t))
		index_renew_private(t->index, !visible, load_generation(t));
	return CKR_OK;
}

CK_RV load_record(struct token *t)
{
	uint64_t generation = store_generation(t->store);

	if (t->record_loaded && t->record_generation == generation)
		return CKR_OK;
	RV_TRY(record_read(t));
	t->record_generation = generation;
	return CKR_OK;
}

/* ---- objects ---- */

static uint64_t fingerprint(const struct stored_object *s)
{
	uint64_t h = s->version + 0xcbf29ce484222325u;
	uint64_t word;
	size_t i = 0;

	for (; i + sizeof(word) <= s->attrs.len; i += sizeof(word)) {
		memcpy(&word, s->attrs.ptr + i, sizeof(word));
		h = (h ^ word) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	for (; i < s->attrs.len; i++)
		h = (h ^ s->attrs.ptr[i]) * 0x100000001b3u;
	return h;
}

static void object_report(const uint8_t id[static ID_LEN], const char *what)
{
	char hex[2 * ID_LEN + 1];

	bytes_hex(BYTES(id, ID_LEN), hex);
	log_error("object %s left out: %s", hex, what);
}

static CK_RV object_put(struct token *t, const struct stored_object *s, struct index_entry *old)
{
	struct index_entry *entry = NULL;
	OBJECT(o);
	CK_RV rv;

	rv = object_from_stored(s, &o);
	if (rv == CKR_HOST_MEMORY)
		return rv;
	if (rv != CKR_OK) {
		object_report(s->id, "its record does not parse");
		return CKR_OK; /* unmarked: an older state of it goes with the sweep */
	}
	RV_TRY(index_prepare(t->index, &o, 1, &entry));
	index_set_fingerprint(entry, fingerprint(s));
	/* another kind of object under the same id is another object: its handle must not pass */
	if (old != NULL &&
		(index_object(old)->private_ != o->private_ || index_object(old)->cls != o->cls)) {
		index_remove(t->index, old);
		old = NULL;
	}
	if (old != NULL)
		index_replace(t->index, old, &entry);
	else
		index_publish(t->index, &entry, 1, load_private_visible(t), load_generation(t));
	return CKR_OK;
}

static struct err visit_object(void *arg, const struct stored_object *s, enum store_damage damage)
{
	struct token *t = arg;
	struct index_entry *old = index_by_id(t->index, s->id);

	if (damage != STORE_SOUND) {
		object_report(s->id, damage == STORE_BAD_RECORD
					     ? "its record was changed from outside"
					     : "it does not belong to this state of the token");
		return OK;
	}
	if (old != NULL && index_object(old)->owner != 0)
		return ERR(E_INTERNAL);
	if (old != NULL && index_object(old)->version == s->version &&
		index_fingerprint(old) == fingerprint(s) &&
		bytes_eq(buf_bytes(&index_object(old)->sealed), s->sealed)) {
		index_mark(t->index, old);
		return OK;
	}
	return object_put(t, s, old) == CKR_OK ? OK : ERR(E_NOMEM);
}

static struct err visit_missing(void *arg, unsigned bucket)
{
	(void) arg;
	log_error(
		"an object is missing: its record was taken out from outside (bucket %u)", bucket);
	return OK;
}

CK_RV load_changes(struct token *t)
{
	struct store_visitor v = {.arg = t, .object = visit_object, .missing = visit_missing};
	/* as it was before: what changes while we read is read again at the next look */
	uint64_t generation = store_generation(t->store), then = 0;
	struct err e;

	if (t->loaded && t->store_generation == generation && (t->verified || t->tk == NULL))
		return CKR_OK;
	RV_TRY(record_read(t));
	t->record_generation = generation;
	index_unmark(t->index);
	e = store_each(t->store, t->tk, &v, &then);
	if (e.code != E_OK) {
		/* what is there stays, nothing is swept; the next look tries again */
		log_error("%s cannot be read: %s", store_path(t->store), err_str(e));
		t->loaded = false;
		return rv_from_err_open(e);
	}
	index_sweep(t->index);
	t->store_generation = generation;
	t->verified = t->tk != NULL;
	t->loaded = true;
	return CKR_OK;
}
