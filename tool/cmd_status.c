/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla status: what each token is bound to, and whether it would open now. Asks the trust sources,
 * but spends no PIN try and opens nothing. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "policy.h"
#include "secret.h"

#include "keyring.h"
#include "trust.h"

#include "cmd.h"
#include "fail.h"
#include "js.h"
#include "site.h"
#include "ui.h"

static const char *role_name(enum seal_role role)
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

static const char *state_words(enum trust_state state)
{
	switch (state) {
	case TRUST_OPENS:
		return "would open now";
	case TRUST_UNAVAILABLE:
		return "would not open: the trust source is away";
	case TRUST_FOREIGN:
		return "would not open: sealed by another machine, or the trust source was "
		       "cleared";
	case TRUST_PCR_CHANGED:
		return "would not open: PCRs are not what they were when it was sealed";
	case TRUST_LOCKED:
		return "would not open: too many wrong PINs, wait";
	case TRUST_BROKEN:
		return "would not open: the trust source or the seal is broken";
	case TRUST_IDENTITY:
		return "would not open: sealed to another user or group";
	case TRUST_REVOKED:
		return "would not open, ever: it was replaced or destroyed";
	}
	return "unknown";
}

static void policy_show(json_object *o, const char *key, const struct policy *p)
{
	BUF(text);

	if (policy_format(p, &text).code == E_OK)
		js_bytes_text(o, key, buf_bytes(&text));
	else
		js_null(o, key);
}

static void pcrs_show(json_object *o, uint32_t pcrs)
{
	json_object *list = js_add(o, "changed_pcrs", js_array());

	for (int n = 0; n < 24; n++)
		if ((pcrs & 1u << n) != 0)
			js_push(list, json_object_new_int(n));
}

static void count_show(json_object *o, const struct trust_count *c)
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
}

/* What the source says of one seal. */
static void seal_ask(const struct site *s, const struct token_file *f, const struct seal_info *seal,
	json_object *o)
{
	struct trust_env env = site_env(s, f);
	const struct trust_ops *ops = NULL;
	struct trust_info info = {0};
	struct err e = trust_find(seal->source, &ops);

	if (e.code == E_OK)
		e = ops->describe(&env, seal->blob, &seal->policy, &info);
	if (e.code != E_OK) {
		js_text(o, "state", "unavailable");
		js_flag(o, "would_open", false);
		js_text(o, "words", state_words(TRUST_UNAVAILABLE));
		js_text(o, "detail", err_str(e));
		return;
	}
	js_text(o, "state", state_name(info.state));
	js_flag(o, "would_open", info.state == TRUST_OPENS);
	js_text(o, "words", state_words(info.state));
	js_text(o, "detail", info.detail);
	pcrs_show(o, info.changed_pcrs);
	count_show(o, &info.count);
	js_flag(o, "software", info.software);
}

static void tries_show(
	const struct site *s, const struct token_file *f, enum seal_role role, json_object *o)
{
	uint64_t max = js_get_number(js_get_node(o, "source_count"), "max");
	struct store_budget b = {0};
	json_object *tries;

	if (store_budget_read(f->store, role, s->config->pin_tries, (uint64_t) time(NULL), &b)
			.code != E_OK) {
		js_null(o, "tries");
		return;
	}
	/* the store learns the source's limit with the first login only */
	if (b.allowed > 0 && max > 1 && b.allowed >= max)
		b.allowed = (uint32_t) max - 1;
	tries = js_add(o, "tries", js_object());
	js_number(tries, "failed", b.failed);
	js_number(tries, "allowed", b.allowed);
	js_number(tries, "left", b.allowed > b.failed ? b.allowed - b.failed : 0);
	js_flag(tries, "locked", b.locked);
}

/* All seals are ways in, so the weakest decides. */
static void effective_show(json_object *o, const struct seal_info *seals, size_t count)
{
	json_object *eff = js_add(o, "effective", js_object());
	BUF(text);
	struct err e = OK;

	for (size_t i = 0; i < count && e.code == E_OK; i++) {
		bool seen = false, weakest = true;

		for (size_t j = 0; j < count; j++) {
			seen = seen || (j < i && policy_eq(&seals[i].policy, &seals[j].policy));
			weakest = weakest && policy_covers(&seals[j].policy, &seals[i].policy);
		}
		if (weakest && !js_has(eff, "weakest"))
			js_text(eff, "weakest", role_name(seals[i].role));
		if (seen)
			continue;
		if (text.len > 0)
			e = buf_printf(&text, " or ");
		if (e.code == E_OK)
			e = policy_format(&seals[i].policy, &text);
	}
	js_bytes_text(eff, "policy", buf_bytes(&text));
	if (!js_has(eff, "weakest"))
		js_null(eff, "weakest");
}

static bool seals_show(const struct site *s, const struct token_file *f, bool quick, json_object *o)
{
	struct reader left = reader_of(buf_bytes(&f->seals));
	json_object *list = js_add(o, "seals", js_array());
	struct seal_info seals[STORE_SEALS_MAX];
	bool user_opens = false, user_there = false;
	struct bytes bytes;
	size_t count = 0;

	while (left.left.len > 0 && count < STORE_SEALS_MAX) {
		struct seal_info *seal = &seals[count];
		json_object *one = js_push(list, js_object());

		if (site_next_seal(&left, &bytes, seal).code != E_OK) {
			js_text(one, "state", "broken");
			js_text(one, "words", "does not parse");
			break;
		}
		count++;
		js_hex(one, "id", BYTES_OF(seal->id));
		js_text(one, "role", role_name(seal->role));
		js_text(one, "source", seal->source);
		policy_show(one, "policy", &seal->policy);
		js_time(one, "created", seal->created_s);
		if (!quick)
			seal_ask(s, f, seal, one);
		if (seal->policy.pin)
			tries_show(s, f, seal->role, one);
		if (!quick && seal->role == ROLE_USER) {
			user_there = true;
			user_opens = user_opens || js_get_flag(one, "would_open");
		}
	}
	effective_show(o, seals, count);
	return quick || user_opens || !user_there;
}

static void store_show(const struct token_file *f, json_object *o)
{
	json_object *store = js_add(o, "store", js_object());
	const char *path = store_path(f->store);
	struct stat st;
	char mode[8];

	js_text(store, "path", path);
	js_flag(store, "writable", store_writable(f->store));
	if (stat(path, &st) < 0)
		return;
	snprintf(mode, sizeof(mode), "%04o", (unsigned) (st.st_mode & 07777));
	js_text(store, "mode", mode);
	js_number(store, "uid", st.st_uid);
}

static bool token_show(const struct site *s, const struct token_file *f, bool quick, json_object *o)
{
	bool opens;

	js_text(o, "label", f->name);
	js_number(o, "slot", f->entry->slot_id);
	if (f->why.code != E_OK) {
		js_text(o, "error", err_str(f->why));
		return false;
	}
	js_text(o, "serial", f->record.serial);
	js_time(o, "created", f->record.created_s);
	store_show(f, o);
	opens = seals_show(s, f, quick, o);
	if (quick)
		js_null(o, "would_open");
	else
		js_flag(o, "would_open", opens);
	return opens;
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

static void tries_print(json_object *seal)
{
	json_object *tries = js_get_node(seal, "tries"), *count = js_get_node(seal, "source_count");

	if (tries != NULL && js_get_number(tries, "allowed") > 0)
		printf("             PIN tries left: %lu of %lu%s\n",
			(unsigned long) js_get_number(tries, "left"),
			(unsigned long) js_get_number(tries, "allowed"),
			js_get_flag(tries, "locked") ? " (locked for now)" : "");
	if (count != NULL)
		printf("             the source itself counts %lu of %lu failures, and forgets "
		       "one in %lu s%s\n",
			(unsigned long) js_get_number(count, "failed"),
			(unsigned long) js_get_number(count, "max"),
			(unsigned long) js_get_number(count, "interval_s"),
			js_get_flag(count, "locked") ? " (locked now)" : "");
}

static void seal_print(json_object *seal, size_t number)
{
	printf("  seal %zu:    %s, %s, %s, made %s\n", number, js_get(seal, "role"),
		js_get(seal, "source"), js_get(seal, "policy"), js_get(seal, "created"));
	if (js_has(seal, "words"))
		printf("             %s%s\n", js_get(seal, "words"),
			js_get_flag(seal, "would_open") && js_has(seal, "tries") ? " (given its "
										   "PIN)"
										 : "");
	if (*js_get(seal, "detail") != '\0')
		printf("             %s\n", js_get(seal, "detail"));
	pcrs_print(seal);
	tries_print(seal);
	if (js_get_flag(seal, "software"))
		printf("             a software TPM: protects nothing from this machine's "
		       "administrator\n");
}

static void token_print(json_object *token)
{
	json_object *store = js_get_node(token, "store"), *seals = js_get_node(token, "seals");
	json_object *eff = js_get_node(token, "effective");

	printf("token \"%s\", slot %lu", js_get(token, "label"),
		(unsigned long) js_get_number(token, "slot"));
	if (js_has(token, "error")) {
		printf("\n  cannot be read: %s\n", js_get(token, "error"));
		return;
	}
	printf(", serial %s, made %s\n", js_get(token, "serial"), js_get(token, "created"));
	printf("  store:     %s (mode %s, uid %lu, %s)\n", js_get(store, "path"),
		js_get(store, "mode"), (unsigned long) js_get_number(store, "uid"),
		js_get_flag(store, "writable") ? "writable" : "read-only");
	for (size_t i = 0; seals != NULL && i < json_object_array_length(seals); i++)
		seal_print(json_object_array_get_idx(seals, i), i + 1);
	printf("  effective: %s", js_get(eff, "policy"));
	if (js_has(eff, "weakest"))
		printf(" (the weakest seal is the %s's)\n", js_get(eff, "weakest"));
	else
		printf(" (no seal is weaker than all others)\n");
}

static void all_print(json_object *tree)
{
	json_object *tokens = js_get_node(tree, "tokens");
	size_t n = tokens == NULL ? 0 : json_object_array_length(tokens);

	if (n == 0)
		printf("no token\n");
	for (size_t i = 0; i < n; i++)
		token_print(json_object_array_get_idx(tokens, i));
	printf("secret memory: %s\n", js_get(tree, "secret_memory"));
}

int cmd_status(const struct opts *o)
{
	static const char *const kinds[] = {
		[SECRET_MEMFD] = "memfd_secret",
		[SECRET_LOCKED] = "locked pages",
		[SECRET_PLAIN] = "ordinary pages (RLIMIT_MEMLOCK is too low): may reach swap",
	};
	bool well = true;
	json_object *list;
	JS(tree);
	SITE(s);
	int code = site_open(o, &s);

	if (code != UI_OK)
		return code;
	tree = js_object();
	list = js_add(tree, "tokens", js_array());
	for (size_t i = 0; i < s.count; i++) {
		bool opens = token_show(&s, &s.files[i], o->quick, js_push(list, js_object()));

		well = well && opens;
	}
	js_text(tree, "secret_memory", kinds[secret_kind()]);
	if (!js_ok())
		return fail_err(ERR(E_NOMEM), "cannot tell the status");
	if (!o->json)
		all_print(tree);
	code = o->json ? ui_json(&tree) : ui_flush();
	return code != UI_OK ? code : well ? UI_OK : UI_PROBLEM;
}
