/* SPDX-License-Identifier: BSD-2-Clause */
/* Logging in and out, and PINs. One at a time per token, under login_lock, since the trust source
 * may take seconds; token->lock is taken only to look and to publish. */
#include "login.h"

#include "log.h"
#include "ossl.h"
#include "policy.h"
#include "token_priv.h"

/* ---- PINs ---- */

static CK_RV pin_secret(struct bytes pin, struct secret **ret)
{
	return rv_from_err(secret_copy_in(pin, ret));
}

/* What cannot be right costs no try. */
static bool pin_possible(struct bytes pin)
{
	return pin.len >= PIN_LEN_MIN && pin.len <= PIN_LEN_MAX;
}

/* Opens TK by this role's PIN. login_lock is held. */
static CK_RV pin_open(struct token *t, enum seal_role role, struct bytes pin, struct keyring **ret)
{
	SECRET(secret);

	if (!pin_possible(pin))
		return CKR_PIN_INCORRECT;
	RV_TRY(pin_secret(pin, &secret));
	return rv_from_err_login(unlock_try(t, role, secret, ret));
}

/* ---- logging in ---- */

/* Looks at the store and at who is logged in; nothing is held afterwards but login_lock. */
static CK_RV look(struct token *t, enum login_state *ret_state, struct token_seals *ret_seals)
{
	LOCKED(&t->lock);

	RV_TRY(load_record(t));
	*ret_state = t->login;
	*ret_seals = t->summary;
	return CKR_OK;
}

static CK_RV start_enter(struct token *t, enum login_state state, struct keyring **tk)
{
	CK_RV rv;

	LOCKED(&t->lock);
	load_enter(t, state, tk);
	if (t->tk == NULL)
		return CKR_OK; /* no PIN: the source is asked when a key is */
	rv = load_changes(t);  /* now the records can be verified */
	if (rv != CKR_OK)
		load_leave(t);
	return rv;
}

CK_RV login_start(struct token *t, CK_USER_TYPE user, struct bytes pin)
{
	enum login_state wanted = user == CKU_SO ? LOGIN_SO : LOGIN_USER, now;
	_cleanup_(keyring_free) struct keyring *tk = NULL;
	struct token_seals seals;

	if (user != CKU_SO && user != CKU_USER)
		return CKR_USER_TYPE_INVALID;
	LOCKED(&t->login_lock);
	RV_TRY(look(t, &now, &seals));
	if (now == wanted)
		return CKR_USER_ALREADY_LOGGED_IN;
	if (now != LOGIN_NONE)
		return CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
	if (wanted == LOGIN_USER && seals.no_login)
		return pin.len == 0 ? start_enter(t, wanted, &tk) : CKR_PIN_INCORRECT;
	if (!(wanted == LOGIN_SO ? seals.so : seals.user))
		return wanted == LOGIN_SO ? CKR_PIN_INCORRECT : CKR_USER_PIN_NOT_INITIALIZED;
	RV_TRY(pin_open(t, wanted == LOGIN_SO ? ROLE_SO : ROLE_USER, pin, &tk));
	return start_enter(t, wanted, &tk);
}

CK_RV login_context(struct token *t, struct bytes pin)
{
	_cleanup_(keyring_free) struct keyring *tk = NULL;
	struct token_seals seals;
	enum login_state now;

	LOCKED(&t->login_lock);
	RV_TRY(look(t, &now, &seals));
	if (seals.no_login && now != LOGIN_SO)
		return pin.len == 0 ? CKR_OK : CKR_PIN_INCORRECT;
	if (now != LOGIN_USER)
		return CKR_USER_NOT_LOGGED_IN;
	return pin_open(t, ROLE_USER, pin, &tk);
}

CK_RV login_end(struct token *t)
{
	LOCKED(&t->login_lock);
	LOCKED(&t->lock);

	if (t->login != LOGIN_NONE) {
		load_leave(t);
		return CKR_OK;
	}
	/* nobody was, but a token without a PIN may be open; its handles stay */
	keyring_free(&t->tk);
	key_cache_flush(&t->keys, false);
	return CKR_USER_NOT_LOGGED_IN;
}

CK_RV login_lazy_open(struct token *t)
{
	return unlock_lazy(t);
}

/* ---- seals ---- */

struct seal_list {
	struct bytes list[STORE_SEALS_MAX];
	size_t count;
};

static CK_RV seals_add(struct seal_list *l, struct bytes seal)
{
	if (l->count == STORE_SEALS_MAX)
		return CKR_DEVICE_MEMORY;
	l->list[l->count++] = seal;
	return CKR_OK;
}

/* Everybody's seals but this role's. */
static CK_RV seals_others(struct bytes seals, enum seal_role role, struct seal_list *ret)
{
	struct bytes one;

	for (size_t n = 0; load_seal(seals, n, &one); n++) {
		struct seal_info info;

		/* one that cannot be read is somebody's */
		if (seal_info_read(one, &info).code == E_OK && info.role == role)
			continue;
		RV_TRY(seals_add(ret, one));
	}
	return CKR_OK;
}

/* The first seal of a role. */
static bool seals_find(struct bytes seals, enum seal_role role, struct seal_info *ret)
{
	struct bytes one;

	for (size_t n = 0; load_seal(seals, n, &one); n++)
		if (seal_info_read(one, ret).code == E_OK && ret->role == role)
			return true;
	return false;
}

/* A new seal of this role, where the source and the policy are those of `like`. */
static CK_RV seal_new(const struct trust_env *env, const struct keyring *tk,
	const struct seal_info *like, struct bytes pin, struct buf *ret)
{
	struct seal_request rq = {
		.env = env, .source = like->source, .role = like->role, .policy = like->policy};
	SECRET(secret);
	struct err e;

	if (like->policy.pin) {
		RV_TRY(pin_secret(pin, &secret));
		rq.pin = secret;
	}
	e = keyring_add_seal(tk, &rq, ret);
	if (e.code != E_OK)
		log_error("no seal could be made (source %s): %s", like->source, err_str(e));
	return rv_from_err_login(e);
}

/* Puts the seal in the place of those of its role, in one transaction. The table is read again
 * first: another process may have added a seal while ours was being made. */
static CK_RV seal_store(
	struct token *t, const struct keyring *tk, enum seal_role role, struct bytes seal)
{
	_cleanup_(store_budget_leave) int turn = -1;
	struct store_token record = {0};
	struct seal_list list = {0};
	struct err e;
	BUF(seals);

	/* nobody else's change may come between our reading and our writing */
	RV_TRY(rv_from_err_login(store_budget_enter(t->store, t->config->queue_timeout_ms, &turn)));
	LOCKED(&t->lock);
	RV_TRY(rv_from_err(store_read_token(t->store, tk, &record, &seals)));
	RV_TRY(seals_others(buf_bytes(&seals), role, &list));
	RV_TRY(seals_add(&list, seal));
	e = store_write_token(t->store, tk, &record, list.list, list.count);
	if (e.code != E_OK) {
		log_error("the seals were not changed: %s", err_str(e));
		return rv_from_err(e);
	}
	return load_changes(t);
}

/* A copy of the seals, and which one the new one shall be like. */
static CK_RV seal_model(
	struct token *t, enum seal_role role, struct buf *ret_seals, struct seal_info *ret)
{
	LOCKED(&t->lock);

	RV_TRY(rv_from_err(buf_put(ret_seals, buf_bytes(&t->seals))));
	if (seals_find(buf_bytes(ret_seals), role, ret))
		return CKR_OK;
	/* a first user PIN: as the token was made, which the SO's seal tells */
	if (role == ROLE_USER && seals_find(buf_bytes(ret_seals), ROLE_SO, ret)) {
		ret->role = ROLE_USER;
		return CKR_OK;
	}
	return CKR_USER_PIN_NOT_INITIALIZED;
}

static CK_RV pin_replace(
	struct token *t, const struct keyring *tk, enum seal_role role, struct bytes pin)
{
	struct trust_env env = unlock_env(t);
	struct seal_info like = {0};
	BUF(seals);
	BUF(seal);

	RV_TRY(seal_model(t, role, &seals, &like));
	like.policy.pin = true;
	RV_TRY(seal_new(&env, tk, &like, pin, &seal));
	return seal_store(t, tk, role, buf_bytes(&seal));
}

CK_RV login_init_pin(struct token *t, struct bytes pin)
{
	struct token_seals seals;
	enum login_state now;

	LOCKED(&t->login_lock);
	RV_TRY(look(t, &now, &seals));
	if (now != LOGIN_SO)
		return CKR_USER_NOT_LOGGED_IN;
	if (!pin_possible(pin))
		return CKR_PIN_LEN_RANGE;
	/* tk is replaced under login_lock only, and that is ours */
	return pin_replace(t, t->tk, ROLE_USER, pin);
}

CK_RV login_set_pin(struct token *t, struct bytes old_pin, struct bytes new_pin)
{
	_cleanup_(keyring_free) struct keyring *tk = NULL;
	struct token_seals seals;
	enum login_state now;
	enum seal_role role;

	LOCKED(&t->login_lock);
	RV_TRY(look(t, &now, &seals));
	role = now == LOGIN_SO ? ROLE_SO : ROLE_USER;
	if (role == ROLE_USER && seals.no_login) {
		log_error("the token has no PIN to change; the SO can give it one");
		return old_pin.len == 0 ? CKR_FUNCTION_FAILED : CKR_PIN_INCORRECT;
	}
	if (role == ROLE_USER && !seals.user)
		return CKR_USER_PIN_NOT_INITIALIZED;
	if (!pin_possible(new_pin))
		return CKR_PIN_LEN_RANGE;
	RV_TRY(pin_open(t, role, old_pin, &tk));
	return pin_replace(t, tk, role, new_pin);
}

/* ---- making tokens ---- */

static CK_RV record_new(struct bytes label, struct store_token *ret)
{
	struct store_token r = {0};
	char hex[2 * ID_LEN + 1];

	if (label.len > sizeof(r.label))
		return CKR_ARGUMENTS_BAD;
	RV_TRY(rv_from_err(ossl_random_public(r.id, sizeof(r.id))));
	memset(r.label, ' ', sizeof(r.label));
	if (label.len > 0)
		memcpy(r.label, label.ptr, label.len);
	bytes_hex(BYTES_OF(r.id), hex);
	memcpy(r.serial, hex, sizeof(r.serial) - 1);
	r.created_s = unlock_now_s();
	*ret = r;
	return CKR_OK;
}

/* What a token is made of until it is stored. */
struct draft {
	struct store_token record;
	struct keyring *tk;
	struct buf seals[2];
	struct bytes list[2];
	size_t count;
};

static void draft_done(struct draft *d)
{
	keyring_free(&d->tk);
	buf_done(&d->seals[0]);
	buf_done(&d->seals[1]);
}

static CK_RV draft_start(struct bytes label, struct draft *d)
{
	RV_TRY(record_new(label, &d->record));
	return rv_from_err(keyring_create(d->record.id, &d->tk));
}

static CK_RV draft_seal(struct draft *d, const struct trust_env *env, const struct seal_info *like,
	struct bytes pin)
{
	if (like->policy.pin && !pin_possible(pin))
		return CKR_PIN_LEN_RANGE;
	RV_TRY(seal_new(env, d->tk, like, pin, &d->seals[d->count]));
	d->list[d->count] = buf_bytes(&d->seals[d->count]);
	d->count++;
	return CKR_OK;
}

static CK_RV draft_model(
	const struct config *c, const struct login_new_token *n, struct seal_info *ret)
{
	const char *source = n->source != NULL ? n->source : c->source;
	size_t len = strlen(source);

	if (len >= sizeof(ret->source))
		return CKR_ARGUMENTS_BAD;
	memcpy(ret->source, source, len + 1);
	if (n->policy != NULL) {
		ret->policy = *n->policy;
		return CKR_OK;
	}
	return rv_from_err(policy_parse(c->policy, false, &ret->policy));
}

static CK_RV draft_seals(struct draft *d, const struct trust_env *env, struct seal_info *like,
	const struct login_new_token *n)
{
	bool user_pin = like->policy.pin;

	if (n->user_pin.ptr != NULL || !user_pin) {
		like->role = ROLE_USER;
		RV_TRY(draft_seal(d, env, like, n->user_pin));
	}
	if (n->so_pin.len > 0) {
		like->role = ROLE_SO;
		like->policy.pin = true;
		RV_TRY(draft_seal(d, env, like, n->so_pin));
	}
	/* without any seal nothing would ever open it */
	return d->count > 0 ? CKR_OK : CKR_PIN_LEN_RANGE;
}

CK_RV login_create_token(
	const struct config *c, const struct login_new_token *n, CK_SLOT_ID *ret_slot_id)
{
	_cleanup_(draft_done) struct draft d = {0};
	_cleanup_(store_close) struct store *store = NULL;
	struct trust_env env = {.tcti = c->tcti,
		.tpm_timeout_ms = c->tpm_timeout_ms,
		.queue_timeout_ms = c->queue_timeout_ms};
	struct seal_info like = {0};
	BUF(lock_path);
	struct err e;

	RV_TRY(rv_from_err(buf_printf(&lock_path, "%s/%s", n->dir, STORE_LOCK_NAME)));
	env.lock_path = (const char *) lock_path.ptr;
	RV_TRY(draft_model(c, n, &like));
	RV_TRY(draft_start(n->label, &d));
	d.record.slot_id = n->slot_id;
	RV_TRY(draft_seals(&d, &env, &like, n));
	e = store_create(n->dir, &d.record, d.tk, d.list, d.count, &store);
	if (e.code != E_OK) {
		log_error("no token could be made in %s: %s", n->dir, err_str(e));
		return rv_from_err(e);
	}
	*ret_slot_id = store_slot_id(store);
	return CKR_OK;
}

static CK_RV reinit_store(struct token *t, struct draft *d)
{
	struct keyring *none = NULL;
	struct err e;

	LOCKED(&t->lock);
	e = store_reinit(t->store, &d->record, d->tk, d->list, d->count);
	if (e.code != E_OK) {
		log_error("the token was not initialised: %s", err_str(e));
		return rv_from_err(e);
	}
	load_enter(t, LOGIN_NONE, &none);
	key_cache_flush(&t->keys, true);
	t->loaded = false;
	return load_changes(t);
}

CK_RV login_reinit_token(struct token *t, struct bytes so_pin, struct bytes label)
{
	_cleanup_(keyring_free) struct keyring *old = NULL;
	_cleanup_(draft_done) struct draft d = {0};
	struct trust_env env = unlock_env(t);
	struct seal_info like = {0};
	struct token_seals seals;
	enum login_state now;
	BUF(bytes);

	LOCKED(&t->login_lock);
	RV_TRY(look(t, &now, &seals));
	if (now != LOGIN_NONE)
		return CKR_SESSION_EXISTS;
	if (!seals.so) {
		log_error("the token was made without an SO: only the command can replace it");
		return CKR_PIN_INCORRECT;
	}
	RV_TRY(pin_open(t, ROLE_SO, so_pin, &old));
	RV_TRY(seal_model(t, ROLE_SO, &bytes, &like));
	RV_TRY(draft_start(label, &d));
	RV_TRY(draft_seal(&d, &env, &like, so_pin));
	return reinit_store(t, &d);
}
