/* SPDX-License-Identifier: BSD-2-Clause */
/* The trusted key: which seal opens it, and the budget of tries before the source is asked. */
#include "login.h"

#include "broken.h"
#include "log.h"
#include "token_priv.h"

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

bool unlock_counts_by_seal(const char *source)
{
	const struct trust_ops *ops = NULL;

	return trust_find(source, &ops).code == E_OK && ops->counts_by_seal;
}

/* ---- one seal ---- */

struct attempt {
	struct token *token;
	uint8_t token_id[ID_LEN];
	const struct secret *pin;
};

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

static void budget_report(struct err e)
{
	if (e.code != E_OK)
		log_error("the budget of tries cannot be kept: %s", err_str(e));
}

/* A source that counts for the whole machine: a stale PIN must not lock it. */
static struct err try_on_budget(const struct attempt *a, struct bytes seal, enum seal_role role,
	struct seal_request *rq, struct keyring **ret)
{
	struct token *t = a->token;
	_cleanup_(store_budget_leave) int turn = -1;
	bool taken = false;
	struct err e;

	TRY(store_budget_enter(t->store, t->config->queue_timeout_ms, &turn));
	TRY(budget_take(t, role, &taken));
	e = keyring_unlock(a->token_id, seal, rq, ret);
	if (taken)
		budget_report(store_budget_settle(
			t->store, role, e.code == E_AUTH, &rq->count, unlock_now_s()));
	return e;
}

static struct err seal_try(const struct attempt *a, struct bytes seal, const struct seal_info *info,
	struct keyring **ret)
{
	struct trust_env env = unlock_env(a->token);
	struct seal_request rq = {.env = &env, .pin = a->pin};
	bool by_seal = unlock_counts_by_seal(info->source);
	struct err e;

	if (info->policy.pin && !by_seal)
		return try_on_budget(a, seal, info->role, &rq, ret);
	e = keyring_unlock(a->token_id, seal, &rq, ret);
	if (info->policy.pin && rq.count.known)
		budget_report(
			store_budget_note(a->token->store, info->role, &rq.count, unlock_now_s()));
	return e;
}

/* ---- the seals of a role ---- */

/* How much a failure says to the person who typed the PIN, when no seal opens. */
static size_t telling(struct err e)
{
	/* E_OK: every other one, such as damage or a want of memory */
	static const enum err_code order[] = {
		E_NOT_FOUND, E_FOREIGN, E_UNAVAILABLE, E_OK, E_POLICY, E_LOCKED};
	size_t other = 0;

	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		if (order[i] == e.code)
			return i;
		if (order[i] == E_OK)
			other = i;
	}
	return other;
}

static void seal_report(const struct seal_info *info, size_t n, struct err e)
{
	char hex[2 * ID_LEN + 1];

	bytes_hex(BYTES_OF(info->id), hex);
	log_error("seal %zu (%s, source %s) does not open: %s", n, hex, info->source, err_str(e));
}

/* In the table's order. What does not open here (its source is away or another machine's, its
 * policy does not hold, its count is full) leaves it to the next; a PIN that was refused does not:
 * it would cost a try of each. */
static struct err seals_try(
	const struct attempt *a, enum seal_role role, struct bytes seals, struct keyring **ret)
{
	struct err result = ERR(E_NOT_FOUND);
	struct bytes one;

	for (size_t n = 0; n < STORE_SEALS_MAX && load_seal(seals, n, &one); n++) {
		struct seal_info info = {0};
		struct err e = seal_info_read(one, &info);

		if (e.code == E_OK && (info.role != role || info.policy.pin != (a->pin != NULL)))
			continue;
		if (e.code == E_OK)
			e = seal_try(a, one, &info, ret);
		if (e.code == E_OK)
			return e;
		seal_report(&info, n, e);
		if (e.code == E_AUTH && !BROKEN("seal-one-try"))
			return e;
		if (telling(e) > telling(result))
			result = e;
	}
	return result;
}

static struct err unlock_try(
	struct token *t, enum seal_role role, const struct secret *pin, struct keyring **ret)
{
	struct attempt a = {.token = t, .pin = pin};
	struct err copied;
	BUF(seals);

	/* a copy: another thread's load may replace them while the source works */
	lock_take(&t->lock);
	memcpy(a.token_id, t->record.id, ID_LEN);
	copied = buf_put(&seals, buf_bytes(&t->seals));
	lock_drop(&t->lock);
	TRY(copied);
	return seals_try(&a, role, buf_bytes(&seals), ret);
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
