/* SPDX-License-Identifier: BSD-2-Clause */
/* Which seal opens the trusted key (docs/decisions/0025), and the budget of tries before a source
 * that counts for the whole machine is asked (0014). */
#include "broken.h"
#include "log.h"
#include "store.h"

bool store_counts_by_seal(const char *source)
{
	const struct trust_ops *ops = NULL;

	return trust_find(source, &ops).code == E_OK && ops->counts_by_seal;
}

bool store_seal(struct bytes seals, size_t n, struct bytes *ret)
{
	struct reader r = reader_of(seals);
	struct bytes one = BYTES_NONE;

	for (size_t i = 0; i <= n; i++)
		if (r.left.len == 0 || reader_lv(&r, seals.len, &one).code != E_OK)
			return false;
	*ret = one;
	return true;
}

/* ---- one seal ---- */

/* The budget protects the source's own counter, not the key: where it cannot be written (a store
 * that may only be read, a full disk), the source still counts. */
static struct err budget_take(struct store *s, const struct store_unlock *u, bool *ret_taken)
{
	struct err e = store_budget_take(s, u->role, u->pin_tries, u->now_s);

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
static struct err try_on_budget(struct store *s, const struct store_unlock *u, struct bytes seal,
	struct seal_request *rq, struct keyring **ret)
{
	_cleanup_(store_budget_leave) int turn = -1;
	bool taken = false;
	struct err e;

	TRY(store_budget_enter(s, u->env, &turn));
	TRY(budget_take(s, u, &taken));
	e = keyring_unlock(u->token_id, seal, rq, ret);
	if (taken)
		budget_report(
			store_budget_settle(s, u->role, e.code == E_AUTH, &rq->count, u->now_s));
	return e;
}

static struct err seal_try(struct store *s, const struct store_unlock *u, struct bytes seal,
	const struct seal_info *info, struct keyring **ret)
{
	struct seal_request rq = {.env = u->env, .pin = u->pin};
	struct err e;

	if (info->policy.pin && !store_counts_by_seal(info->source))
		return try_on_budget(s, u, seal, &rq, ret);
	e = keyring_unlock(u->token_id, seal, &rq, ret);
	if (info->policy.pin && rq.count.known)
		budget_report(store_budget_note(s, u->role, &rq.count, u->now_s));
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

struct err store_unlock(struct store *s, const struct store_unlock *u, struct keyring **ret)
{
	struct err result = ERR(E_NOT_FOUND);
	struct bytes one;

	for (size_t n = 0; n < STORE_SEALS_MAX && store_seal(u->seals, n, &one); n++) {
		struct seal_info info = {0};
		struct err e = seal_info_read(one, &info);

		if (e.code == E_OK && (info.role != u->role || info.policy.pin != (u->pin != NULL)))
			continue;
		if (e.code == E_OK)
			e = seal_try(s, u, one, &info, ret);
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
