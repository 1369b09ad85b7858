/* SPDX-License-Identifier: BSD-2-Clause */
/* The trusted key: by a PIN, or by itself where none is needed. */
#include "login.h"

#include "token_priv.h"

#include <time.h>

struct trust_env unlock_env(const struct token *t)
{
	return config_trust_env(t->config, store_lock_path(t->store));
}

uint64_t unlock_now_s(void)
{
	return (uint64_t) time(NULL);
}

static struct err unlock_try(
	struct token *t, enum seal_role role, const struct secret *pin, struct keyring **ret)
{
	struct trust_env env = unlock_env(t);
	uint8_t id[ID_LEN];
	struct store_unlock u = {.env = &env,
		.token_id = id,
		.role = role,
		.pin = pin,
		.pin_tries = t->config->pin_tries,
		.now_s = unlock_now_s()};
	struct err copied;
	BUF(seals);

	/* a copy: another thread's load may replace them while the source works */
	lock_take(&t->lock);
	memcpy(id, t->record.id, ID_LEN);
	copied = buf_put(&seals, buf_bytes(&t->seals));
	lock_drop(&t->lock);
	TRY(copied);
	u.seals = buf_bytes(&seals);
	return store_unlock(t->store, &u, ret);
}

bool unlock_pin_possible(struct bytes pin)
{
	return pin.len >= PIN_LEN_MIN && pin.len <= PIN_LEN_MAX;
}

CK_RV unlock_pin(struct token *t, enum seal_role role, struct bytes pin, struct keyring **ret)
{
	SECRET(secret);

	if (!unlock_pin_possible(pin))
		return CKR_PIN_INCORRECT;
	RV_TRY(rv_from_err(secret_copy_in(pin, &secret)));
	return rv_from_err_login(unlock_try(t, role, secret, ret));
}

/* ---- without a PIN ---- */

/* The seals without a PIN do not open here and now, but there are others: then it is a token that
 * needs a login, until one of them opens again. */
static CK_RV lazy_refused(struct token *t, struct err e)
{
	bool ours = e.code == E_NOMEM || e.code == E_LIMIT || e.code == E_INTERNAL;

	LOCKED(&t->lock);
	if (!t->summary.user_pin || ours)
		return rv_from_err(e);
	t->lazy_refused = true;
	return CKR_USER_NOT_LOGGED_IN;
}

CK_RV unlock_lazy_held(struct token *t)
{
	struct keyring *tk = NULL;
	bool open, ours;
	struct err e;

	lock_take(&t->lock);
	open = t->tk != NULL;
	ours = t->login == LOGIN_USER || (t->login == LOGIN_NONE && t->summary.no_login);
	lock_drop(&t->lock);
	if (!ours)
		return CKR_USER_NOT_LOGGED_IN;
	if (open) /* another thread was faster */
		return CKR_OK;
	e = unlock_try(t, ROLE_USER, NULL, &tk);
	if (e.code != E_OK)
		return lazy_refused(t, e);
	lock_take(&t->lock);
	t->tk = tk;
	t->lazy_refused = false;
	lock_drop(&t->lock);
	return CKR_OK;
}

CK_RV unlock_lazy(struct token *t)
{
	LOCKED(&t->login_lock);

	return unlock_lazy_held(t);
}
