/* SPDX-License-Identifier: BSD-2-Clause */
/* Logging in and out, and PINs. One at a time per token, under login_lock, since the trust source
 * may take seconds; token->lock is taken only to look and to publish. */
#include "login.h"

#include "log.h"
#include "ossl.h"
#include "policy.h"
#include "seals_priv.h"

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

/* A copy of TK: who sees that another process made the token anew drops ours at once. */
static CK_RV own_key(struct token *t, struct keyring **ret)
{
	LOCKED(&t->lock);

	return t->tk == NULL ? CKR_USER_NOT_LOGGED_IN : rv_from_err(keyring_copy(t->tk, ret));
}

/* Where there are seals with a PIN, too, those without have to open now: who is logged in already
 * cannot be told later that he needs to. */
static CK_RV start_without_pin(struct token *t, const struct token_seals *seals, struct bytes pin)
{
	struct keyring *none = NULL;
	CK_RV rv;

	if (pin.len > 0)
		return CKR_PIN_INCORRECT;
	rv = seals->user_pin ? unlock_lazy_held(t) : CKR_OK;
	if (rv == CKR_USER_NOT_LOGGED_IN)
		return CKR_PIN_INCORRECT;
	return rv == CKR_OK ? start_enter(t, LOGIN_USER, &none) : rv;
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
	if (wanted == LOGIN_USER && seals.no_login && (pin.len == 0 || !seals.user_pin))
		return start_without_pin(t, &seals, pin);
	if (!(wanted == LOGIN_SO ? seals.so : seals.user))
		return wanted == LOGIN_SO ? CKR_PIN_INCORRECT : CKR_USER_PIN_NOT_INITIALIZED;
	RV_TRY(unlock_pin(t, wanted == LOGIN_SO ? ROLE_SO : ROLE_USER, pin, &tk));
	return start_enter(t, wanted, &tk);
}

CK_RV login_context(struct token *t, struct bytes pin)
{
	_cleanup_(keyring_free) struct keyring *tk = NULL;
	struct token_seals seals;
	enum login_state now;

	LOCKED(&t->login_lock);
	RV_TRY(look(t, &now, &seals));
	if (seals.no_login && now != LOGIN_SO && (pin.len == 0 || !seals.user_pin))
		return pin.len == 0 ? CKR_OK : CKR_PIN_INCORRECT;
	if (now != LOGIN_USER && (now == LOGIN_SO || !seals.no_login))
		return CKR_USER_NOT_LOGGED_IN;
	return unlock_pin(t, ROLE_USER, pin, &tk);
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

/* ---- PINs ---- */

CK_RV login_init_pin(struct token *t, struct bytes pin)
{
	_cleanup_(keyring_free) struct keyring *tk = NULL;
	struct token_seals seals;
	enum login_state now;

	LOCKED(&t->login_lock);
	RV_TRY(look(t, &now, &seals));
	if (now != LOGIN_SO)
		return CKR_USER_NOT_LOGGED_IN;
	if (!unlock_pin_possible(pin))
		return CKR_PIN_LEN_RANGE;
	RV_TRY(own_key(t, &tk));
	return seals_change_pin(t, tk, ROLE_USER, pin);
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
	if (role == ROLE_USER && seals.no_login && !seals.user_pin) {
		log_error("the token has no PIN to change; the SO can give it one");
		return old_pin.len == 0 ? CKR_FUNCTION_FAILED : CKR_PIN_INCORRECT;
	}
	if (role == ROLE_USER && !seals.user)
		return CKR_USER_PIN_NOT_INITIALIZED;
	if (!unlock_pin_possible(new_pin))
		return CKR_PIN_LEN_RANGE;
	RV_TRY(unlock_pin(t, role, old_pin, &tk));
	return seals_change_pin(t, tk, role, new_pin);
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
	struct seals_work seals;
};

static void draft_done(struct draft *d)
{
	keyring_free(&d->tk);
	seals_work_done(&d->seals);
}

static CK_RV draft_start(struct bytes label, struct draft *d)
{
	RV_TRY(record_new(label, &d->record));
	RV_TRY(rv_from_err(keyring_create(d->record.id, &d->tk)));
	d->seals.tk = d->tk;
	return CKR_OK;
}

static CK_RV draft_seal(struct draft *d, const struct seal_info *like, struct bytes pin)
{
	if (like->policy.pin && !unlock_pin_possible(pin))
		return CKR_PIN_LEN_RANGE;
	return seals_make(&d->seals, like, BYTES_NONE, pin);
}

struct draft_list {
	struct bytes list[STORE_SEALS_MAX];
};

static struct draft_list draft_list(const struct draft *d)
{
	struct draft_list l = {0};

	for (size_t i = 0; i < d->seals.count; i++)
		l.list[i] = buf_bytes(&d->seals.items[i].seal);
	return l;
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

static CK_RV draft_seals(struct draft *d, struct seal_info *like, const struct login_new_token *n)
{
	bool user_pin = like->policy.pin;

	if (n->user_pin.ptr != NULL || !user_pin) {
		like->role = ROLE_USER;
		RV_TRY(draft_seal(d, like, n->user_pin));
	}
	if (n->so_pin.len > 0) {
		like->role = ROLE_SO;
		like->policy.pin = true;
		RV_TRY(draft_seal(d, like, n->so_pin));
	}
	/* without any seal nothing would ever open it */
	return d->seals.count > 0 ? CKR_OK : CKR_PIN_LEN_RANGE;
}

static CK_RV draft_create(struct draft *d, struct seal_info *like, const struct login_new_token *n,
	CK_SLOT_ID *ret_slot_id)
{
	_cleanup_(store_close) struct store *store = NULL;
	struct draft_list l;
	struct err e;

	RV_TRY(draft_seals(d, like, n));
	l = draft_list(d);
	e = store_create(n->dir, &d->record, d->tk, l.list, d->seals.count, &store);
	if (e.code != E_OK) {
		log_error("no token could be made in %s: %s", n->dir, err_str(e));
		return rv_from_err(e);
	}
	*ret_slot_id = store_slot_id(store);
	return CKR_OK;
}

CK_RV login_create_token(
	const struct config *c, const struct login_new_token *n, CK_SLOT_ID *ret_slot_id)
{
	_cleanup_(draft_done) struct draft d = {0};
	struct seal_info like = {0};
	BUF(lock_path);
	CK_RV rv;

	RV_TRY(rv_from_err(buf_printf(&lock_path, "%s/%s", n->dir, STORE_LOCK_NAME)));
	RV_TRY(draft_model(c, n, &like));
	RV_TRY(draft_start(n->label, &d));
	d.record.slot_id = n->slot_id;
	d.seals.env = config_trust_env(c, (const char *) lock_path.ptr);
	rv = draft_create(&d, &like, n, ret_slot_id);
	if (rv != CKR_OK)
		seals_discard(NULL, &d.seals);
	return rv;
}

static CK_RV reinit_store(struct token *t, struct draft *d)
{
	struct keyring *none = NULL;
	struct draft_list l = draft_list(d);
	struct err e;

	LOCKED(&t->lock);
	e = store_reinit(t->store, &d->record, d->tk, l.list, d->seals.count);
	if (e.code != E_OK) {
		log_error("the token was not initialised: %s", err_str(e));
		return rv_from_err(e);
	}
	load_enter(t, LOGIN_NONE, &none);
	key_cache_flush(&t->keys, true);
	t->loaded = false;
	/* it is done, whatever reading says; the next look tries again */
	if (load_changes(t) != CKR_OK)
		log_info("the new token cannot be read back yet");
	return CKR_OK;
}

/* The old table is the draft's; the old key is what its sources know us by. */
static void reinit_forget(struct draft *d, const struct keyring *old)
{
	struct bytes one;

	for (size_t n = 0; store_seal(buf_bytes(&d->seals.table), n, &one); n++)
		(void) seals_forget(old, &d->seals.env, one);
}

CK_RV login_reinit_token(struct token *t, struct bytes so_pin, struct bytes label)
{
	_cleanup_(keyring_free) struct keyring *old = NULL;
	_cleanup_(draft_done) struct draft d = {0};
	struct token_seals seals;
	enum login_state now;
	CK_RV rv;

	LOCKED(&t->login_lock);
	RV_TRY(look(t, &now, &seals));
	if (now != LOGIN_NONE)
		return CKR_SESSION_EXISTS;
	if (!seals.so) {
		log_error("the token was made without an SO: only the command can replace it");
		return CKR_PIN_INCORRECT;
	}
	RV_TRY(unlock_pin(t, ROLE_SO, so_pin, &old));
	RV_TRY(draft_start(label, &d));
	RV_TRY(seals_begin(t, d.tk, &d.seals));
	rv = seals_make_like(&d.seals, ROLE_SO, ROLE_SO, so_pin);
	if (rv == CKR_OK)
		rv = reinit_store(t, &d);
	if (rv == CKR_OK)
		reinit_forget(&d, old);
	else
		seals_discard(t, &d.seals);
	return rv;
}
