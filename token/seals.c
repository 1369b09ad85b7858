/* SPDX-License-Identifier: BSD-2-Clause */
/* A token's table of seals, and who may change it (docs/decisions/0025). In this order, always: the
 * sources make what is new, one transaction stores it, the sources forget what it replaced. So a
 * loss of power leaves the old table or the new one, and each opens. */
#include "seals.h"

#include "broken.h"
#include "log.h"
#include "seals_priv.h"

void seals_work_done(struct seals_work *w)
{
	buf_done(&w->table);
	for (size_t i = 0; i < w->count; i++)
		buf_done(&w->items[i].seal);
}

/* For the log: what `bulla seal list` calls it. */
struct seal_name {
	char hex[2 * ID_LEN + 1];
};

static struct seal_name seal_name(const struct seal_info *info)
{
	struct seal_name name;

	bytes_hex(BYTES_OF(info->id), name.hex);
	return name;
}

/* ---- making ---- */

CK_RV seals_begin(struct token *t, const struct keyring *tk, struct seals_work *ret)
{
	ret->env = unlock_env(t);
	ret->tk = tk;
	LOCKED(&t->lock);
	return rv_from_err(buf_put(&ret->table, buf_bytes(&t->seals)));
}

/* What the person who waits can do about it. */
static void make_report(const struct seal_info *like, struct bytes before, struct err e)
{
	log_error("no seal could be made (source %s): %s", like->source, err_str(e));
	if (before.len > 0)
		log_error("nothing was changed: the seal %s has to be made anew with the others; "
			  "where its source is gone for good, \"bulla seal remove\" takes it out",
			seal_name(like).hex);
}

CK_RV seals_make(
	struct seals_work *w, const struct seal_info *like, struct bytes before, struct bytes pin)
{
	struct seal_request rq = {.env = &w->env,
		.source = like->source,
		.role = like->role,
		.policy = like->policy,
		.before = before};
	struct seals_item *item = &w->items[w->count];
	SECRET(secret);
	struct err e;

	if (w->count == STORE_SEALS_MAX)
		return CKR_DEVICE_MEMORY;
	if (like->policy.pin) {
		RV_TRY(rv_from_err(secret_copy_in(pin, &secret)));
		rq.pin = secret;
	}
	*item = (struct seals_item){.before = before,
		.by_seal = like->policy.pin && store_counts_by_seal(like->source)};
	e = keyring_add_seal(w->tk, &rq, &item->seal);
	if (e.code != E_OK) {
		buf_done(&item->seal);
		make_report(like, before, e);
		return rv_from_err_login(e);
	}
	item->count = rq.count;
	w->role = like->role;
	w->count++;
	return CKR_OK;
}

CK_RV seals_make_like(
	struct seals_work *w, enum seal_role from, enum seal_role to, struct bytes pin)
{
	struct bytes one;

	for (size_t n = 0; store_seal(buf_bytes(&w->table), n, &one); n++) {
		struct seal_info like;

		if (seal_info_read(one, &like).code != E_OK || like.role != from)
			continue;
		like.role = to;
		RV_TRY(seals_make(w, &like, BYTES_NONE, pin));
	}
	return CKR_OK;
}

/* Each seal of the role with a PIN, or each without one, anew and with a PIN. */
static CK_RV make_anew(struct seals_work *w, enum seal_role role, bool has_pin, struct bytes pin)
{
	struct bytes one;

	for (size_t n = 0; store_seal(buf_bytes(&w->table), n, &one); n++) {
		struct seal_info like;

		if (seal_info_read(one, &like).code != E_OK || like.role != role ||
			like.policy.pin != has_pin)
			continue;
		like.policy.pin = true;
		RV_TRY(seals_make(w, &like, one, pin));
	}
	return CKR_OK;
}

/* ---- storing ---- */

struct seal_list {
	struct bytes list[STORE_SEALS_MAX];
	size_t count;
};

static CK_RV list_add(struct seal_list *l, struct bytes seal)
{
	if (l->count == STORE_SEALS_MAX) {
		log_error("a token has at most %u seals", STORE_SEALS_MAX);
		return CKR_DEVICE_MEMORY;
	}
	l->list[l->count++] = seal;
	return CKR_OK;
}

static bool table_has(struct bytes table, struct bytes seal)
{
	struct bytes one;

	for (size_t n = 0; store_seal(table, n, &one); n++)
		if (bytes_eq(one, seal))
			return true;
	return false;
}

static bool is_pin_seal(struct bytes seal, enum seal_role role)
{
	struct seal_info info;

	return seal_info_read(seal, &info).code == E_OK && info.role == role && info.policy.pin;
}

static bool table_has_pin(struct bytes table, enum seal_role role)
{
	struct bytes one;

	for (size_t n = 0; store_seal(table, n, &one); n++)
		if (is_pin_seal(one, role))
			return true;
	return false;
}

/* Are the role's seals with a PIN in `a` all in `b`? */
static bool pins_within(struct bytes a, struct bytes b, enum seal_role role)
{
	struct bytes one;

	for (size_t n = 0; store_seal(a, n, &one); n++)
		if (is_pin_seal(one, role) && !table_has(b, one))
			return false;
	return true;
}

static CK_RV conflict(void)
{
	log_error("the seals were not changed: another process changed them meanwhile");
	return CKR_FUNCTION_FAILED;
}

/* The item that takes this seal's place; NULL: it stays. */
static const struct seals_item *item_of(const struct seals_work *w, struct bytes seal)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->items[i].before.len > 0 && bytes_eq(w->items[i].before, seal))
			return &w->items[i];
	return NULL;
}

/* The work's changes to the table as it is now. What others added meanwhile stays, but the PIN
 * seals of the role must be those that we know: all have one PIN. */
static CK_RV table_merge(const struct seals_work *w, struct bytes now, struct seal_list *ret)
{
	struct bytes then = buf_bytes(&w->table), one;

	if (!pins_within(then, now, w->role) || !pins_within(now, then, w->role))
		return conflict();
	for (size_t i = 0; i < w->count; i++)
		if (w->items[i].before.len > 0 && !table_has(now, w->items[i].before))
			return conflict();
	for (size_t n = 0; store_seal(now, n, &one); n++) {
		const struct seals_item *item = item_of(w, one);

		if (item == NULL || item->seal.len > 0)
			RV_TRY(list_add(ret, item == NULL ? one : buf_bytes(&item->seal)));
	}
	for (size_t i = 0; i < w->count; i++)
		if (w->items[i].before.len == 0)
			RV_TRY(list_add(ret, buf_bytes(&w->items[i].seal)));
	if (ret->count > 0)
		return CKR_OK;
	log_error("the last seal stays: nothing else would open the token");
	return CKR_FUNCTION_FAILED;
}

static CK_RV table_store(struct token *t, const struct seals_work *w)
{
	_cleanup_(store_budget_leave) int turn = -1;
	struct store_token record = {0};
	struct seal_list list = {0};
	struct err e;
	BUF(now);

	/* nobody else's change may come between our reading and our writing */
	RV_TRY(rv_from_err_login(store_budget_enter(t->store, &w->env, &turn)));
	LOCKED(&t->lock);
	RV_TRY(rv_from_err(store_read_token(t->store, w->tk, &record, &now)));
	RV_TRY(table_merge(w, buf_bytes(&now), &list));
	e = store_write_token(t->store, w->tk, &record, list.list, list.count);
	if (e.code != E_OK) {
		log_error("the seals were not changed: %s", err_str(e));
		return rv_from_err(e);
	}
	/* it is done, whatever reading says; the next look tries again */
	if (load_changes(t) != CKR_OK)
		log_info("the new seals cannot be read back yet");
	return CKR_OK;
}

/* ---- what the sources keep ---- */

bool seals_forget(const struct keyring *tk, const struct trust_env *env, struct bytes seal)
{
	struct err e = BROKEN("seal-forget") ? OK : keyring_destroy_seal(tk, env, seal);
	struct seal_info info;

	if (e.code == E_OK)
		return true;
	if (seal_info_read(seal, &info).code == E_OK)
		log_error("the seal %s is stored no more, but its source %s keeps it: %s",
			seal_name(&info).hex, info.source, err_str(e));
	return false;
}

/* Perhaps it was stored after all: a failure may come after the commit. */
static bool maybe_stored(struct token *t, struct bytes seal)
{
	struct store_token record = {0};
	BUF(now);

	if (t == NULL)
		return false;
	LOCKED(&t->lock);
	return store_read_token(t->store, NULL, &record, &now).code != E_OK ||
	       table_has(buf_bytes(&now), seal);
}

void seals_discard(struct token *t, const struct seals_work *w)
{
	for (size_t i = 0; i < w->count; i++) {
		struct bytes seal = buf_bytes(&w->items[i].seal);

		if (w->items[i].before.len == 0 && seal.len > 0 && !maybe_stored(t, seal))
			(void) seals_forget(w->tk, &w->env, seal);
	}
}

static void note_count(struct token *t, enum seal_role role, const struct trust_count *count)
{
	struct err e = store_budget_note(t->store, role, count, unlock_now_s());

	if (e.code != E_OK)
		log_info("the count of wrong pins cannot be kept: %s", err_str(e));
}

static void seals_settle(struct token *t, const struct seals_work *w)
{
	for (size_t i = 0; i < w->count; i++) {
		const struct seals_item *item = &w->items[i];
		struct err e = OK;

		if (item->by_seal)
			note_count(t, w->role, &item->count);
		if (item->before.len > 0 && !BROKEN("seal-settle"))
			e = keyring_settle_seal(w->tk, &w->env, buf_bytes(&item->seal));
		if (e.code != E_OK)
			log_info("what was replaced opens until the new seal first does: %s",
				err_str(e));
	}
}

static CK_RV seals_finish(struct token *t, const struct seals_work *w)
{
	CK_RV rv;

	if (BROKEN("seal-order"))
		seals_settle(t, w);
	rv = table_store(t, w);
	if (rv == CKR_OK)
		seals_settle(t, w);
	else
		seals_discard(t, w);
	return rv;
}

/* ---- PINs ---- */

static CK_RV make_pins(struct seals_work *w, enum seal_role role, struct bytes pin)
{
	RV_TRY(make_anew(w, role, true, pin));
	if (w->count == 0)
		RV_TRY(make_anew(w, role, false, pin));
	if (w->count == 0 && role == ROLE_USER)
		RV_TRY(seals_make_like(w, ROLE_SO, ROLE_USER, pin));
	return w->count > 0 ? CKR_OK : CKR_USER_PIN_NOT_INITIALIZED;
}

CK_RV seals_change_pin(
	struct token *t, const struct keyring *tk, enum seal_role role, struct bytes pin)
{
	SEALS_WORK(w);
	CK_RV rv;

	RV_TRY(seals_begin(t, tk, &w));
	w.role = role;
	rv = make_pins(&w, role, pin);
	if (rv == CKR_OK)
		return seals_finish(t, &w);
	seals_discard(t, &w);
	return rv;
}

/* ---- adding and removing ---- */

/* Who may change this role's seals? A copy of TK, so that nobody takes it away meanwhile. */
static CK_RV admit(struct token *t, enum seal_role role, struct keyring **ret)
{
	bool so, admitted, open;

	lock_take(&t->lock);
	so = t->login == LOGIN_SO;
	admitted = so || (role == ROLE_SO && t->summary.so ? false : load_private_visible(t));
	open = t->tk != NULL;
	lock_drop(&t->lock);
	if (!admitted)
		return CKR_USER_NOT_LOGGED_IN;
	if (!open)
		RV_TRY(unlock_lazy_held(t));
	LOCKED(&t->lock);
	if (t->tk == NULL)
		return CKR_USER_NOT_LOGGED_IN;
	return rv_from_err(keyring_copy(t->tk, ret));
}

static CK_RV look(struct token *t)
{
	LOCKED(&t->lock);

	return load_record(t);
}

static CK_RV new_read(const struct seals_new *n, struct seal_info *ret)
{
	size_t len = strlen(n->source);

	if (len >= sizeof(ret->source) || (n->user != CKU_USER && n->user != CKU_SO))
		return CKR_ARGUMENTS_BAD;
	if (n->policy->pin != (n->pin.len > 0) || (n->user == CKU_SO && !n->policy->pin))
		return CKR_ARGUMENTS_BAD;
	if (n->policy->pin && !unlock_pin_possible(n->pin))
		return CKR_PIN_LEN_RANGE;
	memcpy(ret->source, n->source, len + 1);
	ret->role = n->user == CKU_SO ? ROLE_SO : ROLE_USER;
	ret->policy = *n->policy;
	return CKR_OK;
}

/* The role's PIN, if it has one: a login by one seal must not differ from one by another. */
static CK_RV pin_matches(
	struct token *t, struct bytes table, const struct seal_info *like, struct bytes pin)
{
	_cleanup_(keyring_free) struct keyring *proof = NULL;

	if (!like->policy.pin || !table_has_pin(table, like->role) || BROKEN("seal-pin"))
		return CKR_OK;
	return unlock_pin(t, like->role, pin, &proof);
}

CK_RV seals_add(struct token *t, const struct seals_new *n, uint8_t ret_id[static SEALS_ID_LEN])
{
	_cleanup_(keyring_free) struct keyring *tk = NULL;
	struct seal_info like = {0}, made;
	SEALS_WORK(w);

	RV_TRY(new_read(n, &like));
	LOCKED(&t->login_lock);
	RV_TRY(look(t));
	RV_TRY(admit(t, like.role, &tk));
	RV_TRY(seals_begin(t, tk, &w));
	RV_TRY(pin_matches(t, buf_bytes(&w.table), &like, n->pin));
	RV_TRY(seals_make(&w, &like, BYTES_NONE, n->pin));
	RV_TRY(seals_finish(t, &w));
	RV_TRY(rv_from_err(seal_info_read(buf_bytes(&w.items[0].seal), &made)));
	memcpy(ret_id, made.id, SEALS_ID_LEN);
	return CKR_OK;
}

static CK_RV seal_by_id(
	struct bytes table, const uint8_t id[static ID_LEN], struct bytes *ret, struct seal_info *i)
{
	for (size_t n = 0; store_seal(table, n, ret); n++)
		if (seal_info_read(*ret, i).code == E_OK &&
			bytes_eq(BYTES_OF(i->id), BYTES(id, ID_LEN)))
			return CKR_OK;
	return CKR_ARGUMENTS_BAD;
}

CK_RV seals_remove(struct token *t, const uint8_t id[static SEALS_ID_LEN], bool *ret_forgotten)
{
	static const struct trust_count unknown = {0};
	_cleanup_(keyring_free) struct keyring *tk = NULL;
	struct seal_info info;
	SEALS_WORK(table);
	SEALS_WORK(w);
	struct bytes seal;

	LOCKED(&t->login_lock);
	RV_TRY(look(t));
	RV_TRY(seals_begin(t, NULL, &table));
	RV_TRY(seal_by_id(buf_bytes(&table.table), id, &seal, &info));
	RV_TRY(admit(t, info.role, &tk));
	RV_TRY(seals_begin(t, tk, &w));
	w.role = info.role;
	w.items[w.count++] = (struct seals_item){.before = seal};
	RV_TRY(table_store(t, &w));
	if (info.policy.pin && store_counts_by_seal(info.source))
		note_count(t, info.role, &unknown);
	*ret_forgotten = seals_forget(tk, &w.env, seal);
	return CKR_OK;
}
