/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of slots. It knows files and tokens, and nothing of sessions. */
#include "slots.h"

#include "config.h"
#include "log.h"
#include "login.h"
#include "mech.h"
#include "ossl.h"
#include "rv.h"
#include "secret.h"
#include "store.h"
#include "token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct slots {
	struct lock lock;
	const struct lock_ops *ops;
	struct config *config;
	size_t count;
	struct slot *list[SLOTS_MAX];
	bool scanned; /* what comes from now on is an event */
};

static void text_pad(CK_UTF8CHAR *ret, size_t len, const char *text)
{
	size_t n = strnlen(text, len);

	memset(ret, ' ', len);
	memcpy(ret, text, n);
}

/* ---- where a new token goes ---- */

/* May a file be made in dir, or dir itself, with what is missing above it? */
static bool dir_usable(const char *dir)
{
	char *slash, *copy = strdup(dir);
	bool usable = false;

	while (copy != NULL && copy[0] == '/') {
		if (access(copy, F_OK) == 0) {
			usable = access(copy, W_OK | X_OK) == 0;
			break;
		}
		slash = strrchr(copy, '/');
		if (errno != ENOENT || slash == NULL)
			break;
		slash[slash == copy ? 1 : 0] = '\0';
	}
	free(copy);
	return usable;
}

/* The first configured store that may be written; NULL if none may. */
static const char *home_dir(const struct config *c)
{
	for (size_t i = 0; i < c->store_count; i++)
		if (dir_usable(c->stores[i]))
			return c->stores[i];
	return NULL;
}

/* ---- the list; the lock is held ---- */

static struct slot *slot_by_id(struct slots *s, CK_SLOT_ID id)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->list[i]->id == id)
			return s->list[i];
	return NULL;
}

static struct slot *slot_blank(struct slots *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->list[i]->file == NULL)
			return s->list[i];
	return NULL;
}

static struct slot *slot_by_file(struct slots *s, const struct store_entry *e)
{
	for (size_t i = 0; i < s->count; i++) {
		struct slot *slot = s->list[i];

		if (slot->file != NULL && strcmp(slot->file, e->file) == 0 &&
			strcmp(slot->dir, e->dir) == 0)
			return slot;
	}
	return NULL;
}

static void slot_free(struct slot **slot)
{
	if (*slot == NULL)
		return;
	if ((*slot)->token != NULL)
		token_close(&(*slot)->token);
	free((*slot)->dir);
	free((*slot)->file);
	free(*slot);
	*slot = NULL;
}

static CK_RV slot_add(struct slots *s, CK_SLOT_ID id, struct slot **ret)
{
	struct slot *slot;

	if (s->count == SLOTS_MAX) {
		log_error("there are more than %u tokens: the rest is left out", SLOTS_MAX);
		return CKR_DEVICE_MEMORY;
	}
	slot = calloc(1, sizeof(*slot));
	if (slot == NULL)
		return CKR_HOST_MEMORY;
	slot->id = id;
	s->list[s->count++] = slot;
	*ret = slot;
	return CKR_OK;
}

static CK_RV slot_set_file(struct slot *slot, const char *dir, const char *file)
{
	char *d = strdup(dir), *f = strdup(file);

	if (d == NULL || f == NULL) {
		free(d);
		free(f);
		return CKR_HOST_MEMORY;
	}
	slot->dir = d;
	slot->file = f;
	return CKR_OK;
}

/* A number that stays the same until a token takes it, in this process and in the next: pkcs11-tool
 * shows it in one call and is told it in another. FNV-1a of the directory, and on from there past
 * what is in use. */
static CK_SLOT_ID blank_id(struct slots *s, const char *dir)
{
	uint32_t hash = 2166136261u;

	for (; *dir != '\0'; dir++)
		hash = (hash ^ (uint8_t) *dir) * 16777619u;
	for (;; hash++) {
		CK_SLOT_ID id = hash & 0x7fffffffu;

		if (id != 0 && slot_by_id(s, id) == NULL)
			return id;
	}
}

/* The slot of a token's file that no slot has: the uninitialised one if the file has its id. */
static CK_RV scan_new(struct slots *s, const struct store_entry *e, struct slot **ret)
{
	struct slot *slot = slot_blank(s);
	CK_SLOT_ID id = e->slot_id;

	if (slot != NULL && slot->id == id) {
		*ret = slot;
		return slot_set_file(slot, e->dir, e->file);
	}
	while (id == 0 || slot_by_id(s, id) != NULL) /* a copy of another token's file */
		id = (id + 1) & 0x7fffffffu;
	RV_TRY(slot_add(s, id, &slot));
	if (slot_set_file(slot, e->dir, e->file) != CKR_OK) {
		s->count--;
		slot_free(&slot);
		return CKR_HOST_MEMORY;
	}
	*ret = slot;
	return CKR_OK;
}

/* The uninitialised slot, where there is to be one. It stays once it was shown. */
static CK_RV scan_blank(struct slots *s, size_t tokens)
{
	const struct config *c = s->config;
	const char *dir;
	struct slot *slot;

	if (slot_blank(s) != NULL || c->no_blank_slot || (tokens > 0 && !c->blank_slot))
		return CKR_OK;
	dir = home_dir(c);
	if (dir == NULL)
		return CKR_OK;
	RV_TRY(slot_add(s, blank_id(s, dir), &slot));
	slot->present = true;
	return CKR_OK;
}

static CK_RV scan(struct slots *s)
{
	_cleanup_(store_list_done) struct store_list l = {0};
	struct err e = store_list(s->config, &l);
	struct slot *slot;
	CK_RV rv;

	if (e.code != E_OK)
		return rv_from_err(e);
	for (size_t i = 0; i < s->count; i++)
		s->list[i]->seen = s->list[i]->file == NULL;
	for (size_t i = 0; i < l.count; i++) {
		slot = slot_by_file(s, &l.entries[i]);
		rv = slot == NULL ? scan_new(s, &l.entries[i], &slot) : CKR_OK;
		if (rv == CKR_DEVICE_MEMORY)
			break;
		RV_TRY(rv);
		slot->seen = true;
	}
	for (size_t i = 0; i < s->count; i++) {
		slot = s->list[i];
		slot->event |= s->scanned && slot->seen != slot->present;
		slot->present = slot->seen;
	}
	s->scanned = true;
	return scan_blank(s, l.count);
}

/* ---- the public face ---- */

CK_RV slots_open(const char *reserved, const struct lock_ops *ops, struct slots **ret)
{
	_cleanup_(slots_close) struct slots *s = calloc(1, sizeof(*s));
	struct err e;

	if (s == NULL)
		return CKR_HOST_MEMORY;
	if (lock_init(&s->lock, ops).code != E_OK) {
		free(TAKE(s));
		return CKR_HOST_MEMORY;
	}
	s->ops = ops;
	e = config_load(reserved, &s->config);
	if (e.code == E_INVALID && reserved != NULL && reserved[0] != '\0')
		return CKR_ARGUMENTS_BAD; /* or a configuration file: the log says which */
	if (e.code != E_OK)
		return rv_from_err(e);
	log_open(s->config->log);
	RV_TRY(scan(s));
	*ret = TAKE(s);
	return CKR_OK;
}

void slots_close(struct slots **sp)
{
	struct slots *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		slot_free(&s->list[i]);
	config_free(&s->config);
	lock_done(&s->lock);
	free(s);
	ossl_done();
}

CK_RV slots_list(struct slots *s, bool present, CK_SLOT_ID *list, CK_ULONG *count)
{
	LOCKED(&s->lock);
	CK_ULONG room = *count, n = 0;

	if (list == NULL)
		RV_TRY(scan(s));
	for (size_t i = 0; i < s->count; i++) {
		if (present && !s->list[i]->present)
			continue;
		if (list != NULL && n < room)
			list[n] = s->list[i]->id;
		n++;
	}
	*count = n;
	return list != NULL && n > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV slots_get(struct slots *s, CK_SLOT_ID id, struct slot **ret)
{
	LOCKED(&s->lock);
	struct slot *slot = slot_by_id(s, id);

	if (slot == NULL)
		return CKR_SLOT_ID_INVALID;
	*ret = slot;
	return CKR_OK;
}

CK_RV slots_info(struct slots *s, CK_SLOT_ID id, CK_SLOT_INFO *ret)
{
	LOCKED(&s->lock);
	const struct slot *slot = slot_by_id(s, id);
	char text[65];

	if (slot == NULL)
		return CKR_SLOT_ID_INVALID;
	memset(ret, 0, sizeof(*ret));
	if (slot->file == NULL)
		snprintf(text, sizeof(text), "Bulla: no token yet");
	else
		snprintf(text, sizeof(text), "Bulla: %s", slot->file);
	text_pad(ret->slotDescription, sizeof(ret->slotDescription), text);
	text_pad(ret->manufacturerID, sizeof(ret->manufacturerID), "Bulla");
	ret->flags = slot->present ? CKF_TOKEN_PRESENT : 0;
	return CKR_OK;
}

CK_RV slots_event(struct slots *s, CK_SLOT_ID *ret)
{
	LOCKED(&s->lock);

	RV_TRY(scan(s));
	for (size_t i = 0; i < s->count; i++) {
		if (!s->list[i]->event)
			continue;
		s->list[i]->event = false;
		*ret = s->list[i]->id;
		return CKR_OK;
	}
	return CKR_NO_EVENT;
}

CK_RV slots_token(struct slots *s, struct slot *slot, struct token **ret)
{
	LOCKED(&s->lock);

	if (slot->file == NULL)
		return CKR_TOKEN_NOT_RECOGNIZED;
	if (!slot->present)
		return CKR_TOKEN_NOT_PRESENT;
	if (slot->token == NULL)
		RV_TRY(token_open(s->config, s->ops, slot->dir, slot->file, &slot->token));
	*ret = slot->token;
	return CKR_OK;
}

static void blank_token_info(CK_TOKEN_INFO *ret)
{
	memset(ret, 0, sizeof(*ret));
	text_pad(ret->label, sizeof(ret->label), "");
	text_pad(ret->manufacturerID, sizeof(ret->manufacturerID), "Bulla");
	text_pad(ret->model, sizeof(ret->model), "Bulla");
	text_pad(ret->serialNumber, sizeof(ret->serialNumber), "");
	text_pad(ret->utcTime, sizeof(ret->utcTime), "");
	ret->flags = CKF_RNG | CKF_LOGIN_REQUIRED;
	ret->ulMinPinLen = PIN_LEN_MIN;
	ret->ulMaxPinLen = PIN_LEN_MAX;
	ret->ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION;
	ret->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
	ret->ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION;
	ret->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
}

static bool slot_is_blank(struct slots *s, const struct slot *slot)
{
	LOCKED(&s->lock);

	return slot->file == NULL;
}

CK_RV slots_token_info(struct slots *s, struct slot *slot, CK_TOKEN_INFO *ret)
{
	struct token *t;

	if (slot_is_blank(s, slot)) {
		blank_token_info(ret);
		return CKR_OK;
	}
	RV_TRY(slots_token(s, slot, &t));
	RV_TRY(token_info(t, ret));
	ret->flags |= CKF_DUAL_CRYPTO_OPERATIONS;
	return CKR_OK;
}

static CK_RV init_blank(
	struct slots *s, struct slot *slot, struct bytes so_pin, const CK_UTF8CHAR *label)
{
	const struct login_new_token new = {
		.dir = home_dir(s->config),
		.label = BYTES(label, 32),
		.so_pin = so_pin,
		.slot_id = slot->id,
	};
	CK_SLOT_ID id;

	if (new.dir == NULL)
		return CKR_TOKEN_WRITE_PROTECTED;
	if (so_pin.len == 0)
		return CKR_PIN_LEN_RANGE;
	RV_TRY(login_create_token(s->config, &new, &id));
	LOCKED(&s->lock);
	RV_TRY(scan(s));
	return slot->file != NULL ? CKR_OK : CKR_DEVICE_REMOVED;
}

CK_RV slots_init_token(
	struct slots *s, struct slot *slot, struct bytes so_pin, const CK_UTF8CHAR *label)
{
	struct token *t;

	if (slot_is_blank(s, slot))
		return init_blank(s, slot, so_pin, label);
	RV_TRY(slots_token(s, slot, &t));
	return login_reinit_token(t, so_pin, BYTES(label, 32));
}

CK_RV slots_mechs(CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
	CK_ULONG room = *count, n = 0;

	for (size_t i = 0; i < mech_count(); i++) {
		if (list != NULL && n < room)
			list[n] = mech_nth(i)->type;
		n++;
	}
	*count = n;
	return list != NULL && n > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV slots_mech_info(CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *ret)
{
	return mech_info(type, ret);
}

void slots_fork_hold(struct slots *s)
{
	if (s != NULL)
		lock_take(&s->lock);
	for (size_t i = 0; s != NULL && i < s->count; i++)
		if (s->list[i]->token != NULL)
			token_fork_hold(s->list[i]->token);
	fork_gate_take();
	secret_fork_hold();
	ossl_fork_hold();
}

void slots_fork_release(struct slots *s)
{
	ossl_fork_release();
	secret_fork_release();
	fork_gate_drop();
	for (size_t i = s == NULL ? 0 : s->count; i-- > 0;)
		if (s->list[i]->token != NULL)
			token_fork_release(s->list[i]->token);
	if (s != NULL)
		lock_drop(&s->lock);
}

void slots_fork_child(struct slots *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->list[i]->token != NULL)
			token_fork_child(s->list[i]->token);
}
