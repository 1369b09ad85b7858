/* SPDX-License-Identifier: BSD-2-Clause */
/* The trusted key: which seal opens it, and the budget of tries before the source is asked. */
#include "token_priv.h"

#include "log.h"

#include <time.h>

struct trust_env unlock_env(const struct token *t)
{
	return (struct trust_env){.tcti = t->config->tcti,
		.lock_path = store_lock_path(t->store),
		.tpm_timeout_ms = t->config->tpm_timeout_ms,
		.queue_timeout_ms = t->config->queue_timeout_ms};
}

uint64_t unlock_now_s(void)
{
	return (uint64_t) time(NULL);
}

/* The budget protects the source's own counter, not the key: where it cannot be written (a store
 * that may only be read, a full disk), the source still counts. */
static struct err budget_take(struct token *t, enum seal_role role, bool *ret_taken)
{
	struct err e = store_budget_take(t->store, role, t->config->pin_tries, unlock_now_s());

	*ret_taken = e.code == E_OK;
	if (e.code == E_READ_ONLY || e.code == E_PERMISSION || e.code == E_FULL)
		return OK;
	return e;
}

struct attempt {
	struct token *token;
	uint8_t token_id[ID_LEN];
	const struct secret *pin;
};

static struct err seal_try(const struct attempt *a, struct bytes seal, const struct seal_info *info,
	struct keyring **ret)
{
	struct token *t = a->token;
	struct trust_env env = unlock_env(t);
	struct seal_request rq = {.env = &env, .pin = a->pin};
	_cleanup_(store_budget_leave) int turn = -1;
	bool taken = false;
	struct err e;

	if (info->policy.pin)
		TRY(store_budget_enter(t->store, t->config->queue_timeout_ms, &turn));
	if (info->policy.pin)
		TRY(budget_take(t, info->role, &taken));
	e = keyring_unlock(a->token_id, seal, &rq, ret);
	if (taken) {
		struct err settled = store_budget_settle(
			t->store, info->role, e.code == E_AUTH, &rq.count, unlock_now_s());

		if (settled.code != E_OK)
			log_error("the budget of tries cannot be kept: %s", err_str(settled));
	}
	return e;
}

/* Which of two failures says more to the person who typed the PIN. */
static struct err worse(struct err a, struct err b)
{
	return a.code == E_NOT_FOUND ? b : a;
}

struct err unlock_try(
	struct token *t, enum seal_role role, const struct secret *pin, struct keyring **ret)
{
	struct attempt a = {.token = t, .pin = pin};
	struct err result;
	struct bytes one;
	BUF(seals);

	/* a copy: another thread's load may replace them while the source works */
	lock_take(&t->lock);
	memcpy(a.token_id, t->record.id, ID_LEN);
	result = buf_put(&seals, buf_bytes(&t->seals));
	lock_drop(&t->lock);
	TRY(result);
	result = ERR(E_NOT_FOUND);
	for (size_t n = 0; n < STORE_SEALS_MAX && load_seal(buf_bytes(&seals), n, &one); n++) {
		struct seal_info info = {0};
		struct err e = seal_info_read(one, &info);

		if (e.code == E_OK && (info.role != role || info.policy.pin != (pin != NULL)))
			continue;
		if (e.code == E_OK)
			e = seal_try(&a, one, &info, ret);
		if (e.code == E_OK)
			return e;
		log_error("seal %zu (source %s) does not open: %s", n, info.source, err_str(e));
		/* a wrong PIN is not tried on every seal: each would cost a try */
		if (e.code == E_AUTH || e.code == E_LOCKED)
			return e;
		result = worse(result, e);
	}
	return result;
}

CK_RV unlock_lazy(struct token *t)
{
	struct keyring *tk = NULL;
	bool open, ours;

	LOCKED(&t->login_lock);
	lock_take(&t->lock);
	open = t->tk != NULL;
	ours = t->login == LOGIN_USER || (t->login == LOGIN_NONE && t->summary.no_login);
	lock_drop(&t->lock);
	if (!ours)
		return CKR_USER_NOT_LOGGED_IN;
	if (open) /* another thread was faster */
		return CKR_OK;
	RV_TRY(rv_from_err(unlock_try(t, ROLE_USER, NULL, &tk)));
	lock_take(&t->lock);
	t->tk = tk;
	lock_drop(&t->lock);
	return CKR_OK;
}
