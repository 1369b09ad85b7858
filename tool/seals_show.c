/* SPDX-License-Identifier: BSD-2-Clause */
/* Seals as a tree, and the tree as text. What a source does is asked of it, or is data of its row:
 * none is known here by its name. */
#include "seals_show.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "trust.h"

#include "fail.h"
#include "policy_text.h"

#define NO_SOURCE "would not open: this build has no such trust source"

const char *seal_role_name(enum seal_role role)
{
	switch (role) {
	case ROLE_USER:
		return "user";
	case ROLE_SO:
		return "so";
	case ROLE_RECOVERY:
		return "recovery";
	case ROLE_MACHINE:
		return "machine";
	}
	return "unknown";
}

static const char *state_name(enum trust_state state)
{
	switch (state) {
	case TRUST_OPENS:
		return "opens";
	case TRUST_UNAVAILABLE:
		return "unavailable";
	case TRUST_FOREIGN:
		return "foreign";
	case TRUST_PCR_CHANGED:
		return "pcr-changed";
	case TRUST_LOCKED:
		return "locked";
	case TRUST_BROKEN:
		return "broken";
	case TRUST_IDENTITY:
		return "identity";
	case TRUST_REVOKED:
		return "revoked";
	}
	return "unknown";
}

/* Does time heal what this source counts? */
static bool heals(const struct trust_count *c)
{
	return !c->known || c->interval_s > 0 || c->recovery_s > 0;
}

static const char *state_words(enum trust_state state, const struct trust_count *count)
{
	switch (state) {
	case TRUST_OPENS:
		return "would open now";
	case TRUST_UNAVAILABLE:
		return "would not open: the trust source is away, or cannot be asked";
	case TRUST_FOREIGN:
		return "would not open: sealed by another machine, or the trust source was "
		       "cleared";
	case TRUST_PCR_CHANGED:
		return "would not open: PCRs are not what they were when it was sealed";
	case TRUST_LOCKED:
		return heals(count) ? "would not open: too many wrong PINs, wait"
				    : "would not open: too many wrong PINs, and no time ends that";
	case TRUST_BROKEN:
		return "would not open: the trust source or the seal is broken";
	case TRUST_IDENTITY:
		return "would not open for you: sealed to another user or group";
	case TRUST_REVOKED:
		return "would not open, ever: it was replaced or destroyed";
	}
	return "unknown";
}

static void pcrs_show(json_object *o, uint32_t pcrs)
{
	json_object *list = js_add(o, "changed_pcrs", js_array());

	for (int n = 0; n < 24; n++)
		if ((pcrs & 1u << n) != 0)
			js_push(list, json_object_new_int(n));
}

/* unblocks: who ends a count that no time ends; NULL: nobody. */
static void count_show(json_object *o, const struct trust_count *c, const char *unblocks)
{
	json_object *count;

	if (!c->known) {
		js_null(o, "source_count");
		return;
	}
	count = js_add(o, "source_count", js_object());
	js_flag(count, "locked", c->locked);
	js_number(count, "failed", c->failed);
	js_number(count, "max", c->max);
	js_number(count, "interval_s", c->interval_s);
	js_number(count, "recovery_s", c->recovery_s);
	if (!heals(c))
		js_text(count, "unblocks", unblocks);
}

/* Why a source cannot be asked is told by the log alone: where it answered, it said so itself. */
static const char *seal_detail(const struct trust_info *info)
{
	bool silent = info->state == TRUST_UNAVAILABLE &&
		      (strcmp(info->detail, err_str(ERR(E_UNAVAILABLE))) == 0 ||
			      strcmp(info->detail, err_str(ERR(E_BUSY))) == 0);

	return silent && *fail_heard() != '\0' ? fail_heard() : info->detail;
}

/* What the source says of one seal. */
static void seal_ask(const struct site *s, const struct token_file *f, const struct seal_info *seal,
	json_object *o)
{
	struct trust_env env = site_env(s, f);
	const struct trust_ops *ops = NULL;
	struct trust_info info = {0};
	struct err e = trust_find(seal->source, &ops);
	const char *words =
		e.code == E_OK ? state_words(TRUST_UNAVAILABLE, &info.count) : NO_SOURCE;

	fail_forget();
	if (e.code == E_OK)
		e = ops->describe(&env, seal->blob, &seal->policy, &info);
	if (e.code != E_OK) {
		js_text(o, "state", "unavailable");
		js_flag(o, "would_open", false);
		js_text(o, "words", words);
		js_text(o, "detail", ops == NULL ? "" : err_str(e));
		return;
	}
	js_text(o, "state", state_name(info.state));
	js_flag(o, "would_open", info.state == TRUST_OPENS);
	js_text(o, "words", state_words(info.state, &info.count));
	js_text(o, "detail", seal_detail(&info));
	fail_forget();
	pcrs_show(o, info.changed_pcrs);
	count_show(
		o, &info.count, seal->role == ROLE_USER && site_has_role(f, ROLE_SO) ? "so" : NULL);
	js_flag(o, "software", info.software);
	if (info.tee.known)
		js_flag(o, "development_huk", info.tee.development_huk);
}

/* Where the source counts for each seal alone, its count is the only one. */
static bool tries_of_source(
	const struct seal_info *seal, json_object *count, struct store_budget *ret)
{
	const struct trust_ops *ops = NULL;

	if (trust_find(seal->source, &ops).code != E_OK || !ops->counts_by_seal)
		return false;
	ret->failed = (uint32_t) js_get_number(count, "failed");
	ret->allowed = (uint32_t) js_get_number(count, "max");
	ret->locked = js_get_flag(count, "locked");
	return true;
}

static bool tries_of_store(const struct site *s, const struct token_file *f, enum seal_role role,
	json_object *count, struct store_budget *ret)
{
	uint64_t max = js_get_number(count, "max");

	if (store_budget_read(f->store, role, s->config->pin_tries, (uint64_t) time(NULL), ret)
			.code != E_OK)
		return false;
	/* the store learns the source's limit with the first login only */
	if (ret->allowed > 0 && max > 1 && ret->allowed >= max)
		ret->allowed = (uint32_t) max - 1;
	return true;
}

static void tries_show(const struct site *s, const struct token_file *f,
	const struct seal_info *seal, json_object *o)
{
	json_object *count = js_get_node(o, "source_count"), *tries;
	struct store_budget b = {0};
	bool by_source = tries_of_source(seal, count, &b);

	if (by_source ? count == NULL : !tries_of_store(s, f, seal->role, count, &b)) {
		js_null(o, "tries");
		return;
	}
	if (b.locked && js_get_flag(o, "would_open")) {
		js_text(o, "state", state_name(TRUST_LOCKED));
		js_flag(o, "would_open", false);
		js_text(o, "words", state_words(TRUST_LOCKED, &b.last));
		js_text(o, "detail",
			"the token refuses by itself, before the source locks all out");
	}
	tries = js_add(o, "tries", js_object());
	js_number(tries, "failed", b.failed);
	js_number(tries, "allowed", b.allowed);
	js_number(tries, "left", b.allowed > b.failed ? b.allowed - b.failed : 0);
	js_flag(tries, "locked", b.locked);
}

void seals_read(struct bytes bytes, struct seals *ret)
{
	struct reader left = reader_of(bytes);
	struct bytes one;

	*ret = (struct seals){.whole = true};
	while (left.left.len > 0 && ret->whole) {
		ret->whole = ret->count < STORE_SEALS_MAX &&
			     site_next_seal(&left, &one, &ret->list[ret->count]).code == E_OK;
		ret->count += ret->whole;
	}
}

static bool one_source(const struct seals *s)
{
	for (size_t i = 1; i < s->count; i++)
		if (strcmp(s->list[0].source, s->list[i].source) != 0)
			return false;
	return true;
}

/* Said already, by a seal before this one? */
static bool effective_seen(const struct seals *s, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (policy_eq(&s->list[i].policy, &s->list[j].policy) &&
			strcmp(s->list[i].source, s->list[j].source) == 0)
			return true;
	return false;
}

/* What policies demand can be compared, what sources are worth cannot. */
static const char *weakest_of(const struct seals *s)
{
	for (size_t i = 0; i < s->count && one_source(s); i++) {
		bool weakest = true;

		for (size_t j = 0; j < s->count; j++)
			weakest = weakest && policy_covers(&s->list[j].policy, &s->list[i].policy);
		if (weakest)
			return seal_role_name(s->list[i].role);
	}
	return NULL;
}

typedef struct err format_policy(const struct policy *p, struct buf *ret);

static struct err effective_text(const struct seals *s, format_policy *format, struct buf *ret)
{
	for (size_t i = 0; i < s->count; i++) {
		if (effective_seen(s, i))
			continue;
		if (ret->len > 0)
			TRY(buf_printf(ret, " or "));
		TRY(format(&s->list[i].policy, ret));
		if (!one_source(s))
			TRY(buf_printf(ret, " on %s", s->list[i].source));
	}
	return OK;
}

void seals_effective(json_object *o, const char *key, const struct seals *seals)
{
	json_object *eff = js_add(o, key, js_object());
	BUF(text);
	BUF(named);

	if (effective_text(seals, policy_format, &text).code == E_OK &&
		effective_text(seals, policy_named, &named).code == E_OK) {
		js_bytes_text(eff, "policy", buf_bytes(&text));
		js_bytes_text(eff, "policy_named", buf_bytes(&named));
	}
	js_text(eff, "weakest", weakest_of(seals));
	js_flag(eff, "one_source", one_source(seals));
}

static void seal_show(const struct site *s, const struct token_file *f,
	const struct seal_info *seal, bool quick, json_object *o)
{
	char id[2 * ID_LEN + 1];

	bytes_hex(BYTES_OF(seal->id), id);
	js_text(o, "id", id);
	id[SEAL_SHORT_LEN] = '\0';
	js_text(o, "short_id", id);
	js_text(o, "role", seal_role_name(seal->role));
	js_text(o, "source", seal->source);
	policy_show(o, &seal->policy);
	js_time(o, "created", seal->created_s);
	if (!quick)
		seal_ask(s, f, seal, o);
	if (seal->policy.pin)
		tries_show(s, f, seal, o);
}

bool seals_show(const struct site *s, const struct token_file *f, bool quick, json_object *o)
{
	json_object *list = js_add(o, "seals", js_array());
	bool user_opens = false, user_there = false;
	struct seals seals;

	seals_read(buf_bytes(&f->seals), &seals);
	for (size_t i = 0; i < seals.count; i++) {
		json_object *one = js_push(list, js_object());

		seal_show(s, f, &seals.list[i], quick, one);
		if (!quick && seals.list[i].role == ROLE_USER) {
			user_there = true;
			user_opens = user_opens || js_get_flag(one, "would_open");
		}
	}
	if (!seals.whole) {
		json_object *one = js_push(list, js_object());

		js_text(one, "state", "broken");
		js_text(one, "words", "does not parse");
	}
	seals_effective(o, "effective", &seals);
	return quick || user_opens || !user_there;
}

/* ---- text ---- */

static void pcrs_print(json_object *seal)
{
	json_object *list = js_get_node(seal, "changed_pcrs");
	size_t n = list == NULL ? 0 : json_object_array_length(list);

	if (n == 0)
		return;
	printf("             changed: PCR");
	for (size_t i = 0; i < n; i++)
		printf("%s %s", i == 0 ? "" : ",",
			json_object_get_string(json_object_array_get_idx(list, i)));
	printf("\n");
}

static void count_print(json_object *count)
{
	unsigned long interval = (unsigned long) js_get_number(count, "interval_s");

	printf("             the source itself counts %lu of %lu failures, and ",
		(unsigned long) js_get_number(count, "failed"),
		(unsigned long) js_get_number(count, "max"));
	if (interval > 0)
		printf("forgets one in %lu s", interval);
	else
		printf("never forgets one: a right PIN ends the count, %s unblocks",
			js_has(count, "unblocks") ? "the SO" : "nobody");
	printf("%s\n", js_get_flag(count, "locked") ? " (locked now)" : "");
}

static void tries_print(json_object *seal)
{
	json_object *tries = js_get_node(seal, "tries"), *count = js_get_node(seal, "source_count");
	bool for_now = js_get_number(count, "interval_s") > 0 || count == NULL;

	if (tries != NULL && js_get_number(tries, "allowed") > 0)
		printf("             PIN tries left: %lu of %lu%s\n",
			(unsigned long) js_get_number(tries, "left"),
			(unsigned long) js_get_number(tries, "allowed"),
			!js_get_flag(tries, "locked") ? ""
			: for_now                     ? " (locked for now)"
						      : " (locked)");
	if (count != NULL)
		count_print(count);
}

static void seal_print(json_object *seal, size_t number)
{
	bool asks = js_get_flag(seal, "would_open") && js_has(seal, "tries");

	printf("  seal %zu:    %s, %s, %s, made %s, id %s\n", number, js_get(seal, "role"),
		js_get(seal, "source"), js_get(seal, "policy_named"), js_get(seal, "created"),
		js_get(seal, "short_id"));
	if (js_has(seal, "words"))
		printf("             %s%s\n", js_get(seal, "words"),
			asks ? " (given its PIN)" : "");
	if (*js_get(seal, "detail") != '\0')
		printf("             %s\n", js_get(seal, "detail"));
	pcrs_print(seal);
	tries_print(seal);
	if (js_get_flag(seal, "software"))
		printf("             a software TPM: protects nothing from this machine's "
		       "administrator\n");
	if (js_get_flag(seal, "development_huk"))
		printf("             a development key: protects nothing from whoever has the "
		       "store\n");
}

void seals_print(json_object *o)
{
	json_object *seals = js_get_node(o, "seals"), *eff = js_get_node(o, "effective");

	for (size_t i = 0; seals != NULL && i < json_object_array_length(seals); i++)
		seal_print(json_object_array_get_idx(seals, i), i + 1);
	printf("  effective: %s", js_get(eff, "policy_named"));
	if (js_has(eff, "weakest"))
		printf(" (the weakest seal is the %s's)\n", js_get(eff, "weakest"));
	else if (js_get_flag(eff, "one_source"))
		printf(" (no seal is weaker than all others)\n");
	else
		printf(" (each source opens it alone: the weakest decides)\n");
}
