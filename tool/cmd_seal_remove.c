/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla seal remove: one way in less. What its source could not be told to forget is said: a copy
 * of the seal may still open there. */
#include <stdio.h>
#include <string.h>

#include "trust.h"

#include "login.h"
#include "seals.h"

#include "cmd.h"
#include "fail.h"
#include "js.h"
#include "policy_text.h"
#include "seals_show.h"
#include "site.h"
#include "ui.h"

#define ID_DIGITS_MIN 4u /* fewer hex digits are more likely a slip than a choice */

static bool seal_is_meant(const struct opts *o, const struct seal_info *seal)
{
	const char *wanted = o->arg_count > 0 ? o->args[0] : "";
	char id[2 * ID_LEN + 1];

	bytes_hex(BYTES_OF(seal->id), id);
	return strncasecmp(id, wanted, strlen(wanted)) == 0 &&
	       (o->source == NULL || strcmp(o->source, seal->source) == 0) &&
	       (o->role == NULL || strcmp(o->role, seal_role_name(seal->role)) == 0);
}

static int named(const struct opts *o)
{
	if (o->arg_count == 0 && o->source == NULL && o->role == NULL) {
		ui_error("which seal?");
		ui_hint("its id, or --source, --role or both where these mean one alone");
		return UI_USAGE;
	}
	if (o->arg_count > 0 &&
		(strlen(o->args[0]) < ID_DIGITS_MIN ||
			o->args[0][strspn(o->args[0], "0123456789abcdefABCDEF")] != '\0')) {
		ui_error("\"%s\" is not a seal's id", o->args[0]);
		ui_hint("an id is 32 hex digits; the first ones are enough, but no fewer than %u",
			ID_DIGITS_MIN);
		return UI_USAGE;
	}
	return UI_OK;
}

static int seal_find(const struct opts *o, const struct seals *seals, size_t *ret)
{
	size_t found = 0;

	for (size_t i = 0; i < seals->count; i++) {
		if (!seal_is_meant(o, &seals->list[i]))
			continue;
		*ret = i;
		found++;
	}
	if (found == 1)
		return UI_OK;
	if (found == 0)
		ui_error("there is no such seal");
	else
		ui_error("%zu seals could be meant", found);
	ui_hint("`bulla seal list` shows their ids");
	return found == 0 ? UI_FAILED : UI_USAGE;
}

static size_t of_role(const struct seals *seals, enum seal_role role)
{
	size_t count = 0;

	for (size_t i = 0; i < seals->count; i++)
		count += seals->list[i].role == role;
	return count;
}

static int agree(const struct opts *o, const struct seals *seals, size_t at, json_object *tree)
{
	enum seal_role role = seals->list[at].role;
	struct seals after = *seals;

	if (seals->count == 1) {
		ui_error("the last seal of a token stays: without it nothing opens it");
		return UI_FAILED;
	}
	after.count--;
	memmove(&after.list[at], &after.list[at + 1], (after.count - at) * sizeof(after.list[0]));
	seals_effective(tree, "before", seals);
	seals_effective(tree, "after", &after);
	ui_note("it opens with: %s", js_get(js_get_node(tree, "before"), "policy_named"));
	ui_note("without this seal with: %s", js_get(js_get_node(tree, "after"), "policy_named"));
	if (of_role(seals, role) > 1)
		return UI_OK;
	return ui_agree(o->yes,
		role == ROLE_USER
			? "It is the user's last seal: the token opens for the SO alone then, who "
			  "can give the user a new PIN. Remove it?"
			: "It is the SO's last seal: a forgotten PIN is final then. Remove it?");
}

/* The user's seals are the SO's to remove, too. */
static int log_in(const struct opts *o, const struct token_file *f, const struct seal_info *seal,
	struct token *t)
{
	bool so_said = o->so || o->so_pin.fd >= 0 || o->so_pin.file != NULL;

	if (seal->role == ROLE_USER && !so_said)
		return site_login(f, t, CKU_USER, &o->pin);
	return site_login(f, t, CKU_SO, &o->so_pin);
}

/* What a copy of this seal is good for from now on. */
static void forgotten_show(const struct seal_info *seal, bool forgotten, json_object *tree)
{
	const struct trust_ops *ops = NULL;
	bool can = trust_find(seal->source, &ops).code == E_OK && ops->destroy != NULL;

	js_flag(tree, "forgotten", can && forgotten);
	if (can && forgotten)
		return;
	if (can)
		ui_note("%s was away, or refused: a copy of the store from before still opens by "
			"it, under the policy that the seal had",
			seal->source);
	else
		ui_note("%s cannot be told to forget a seal: a copy of the store from before still "
			"opens by it on this machine, under the policy that the seal had",
			seal->source);
}

static int report(const struct opts *o, const struct token_file *f, const struct seal_info *seal,
	json_object **tree)
{
	char id[2 * ID_LEN + 1];

	bytes_hex(BYTES_OF(seal->id), id);
	js_text(*tree, "label", f->name);
	js_text(*tree, "id", id);
	id[SEAL_SHORT_LEN] = '\0';
	js_text(*tree, "short_id", id);
	js_text(*tree, "role", seal_role_name(seal->role));
	js_text(*tree, "source", seal->source);
	policy_show(*tree, &seal->policy);
	if (!js_ok())
		return fail_err(ERR(E_NOMEM), "the seal was removed, but");
	if (o->json)
		return ui_json(tree);
	printf("removed seal %s from \"%s\": %s, %s, %s\neffective: %s\n", id, f->name,
		js_get(*tree, "role"), js_get(*tree, "source"), js_get(*tree, "policy_named"),
		js_get(js_get_node(*tree, "after"), "policy_named"));
	return ui_flush();
}

static int seal_remove(const struct opts *o, const struct site *s, const struct token_file *f,
	const struct seal_info *seal, json_object *tree)
{
	bool forgotten = false;
	TOKEN(t);
	CK_RV rv;
	int code = site_token(s, f, &t);

	if (code == UI_OK)
		code = log_in(o, f, seal, t);
	if (code != UI_OK)
		return code;
	rv = seals_remove(t, seal->id, &forgotten);
	if (rv != CKR_OK)
		return fail_rv(rv, "cannot remove the seal from \"%s\"", f->name);
	forgotten_show(seal, forgotten, tree);
	return UI_OK;
}

int cmd_seal_remove(const struct opts *o)
{
	struct token_file *f = NULL;
	struct seals seals;
	size_t at = 0;
	JS(tree);
	SITE(s);
	int code = named(o);

	if (code == UI_OK)
		code = site_open(o, &s);
	if (code == UI_OK)
		code = site_one(&s, &f);
	if (code != UI_OK)
		return code;
	seals_read(buf_bytes(&f->seals), &seals);
	tree = js_object();
	code = seal_find(o, &seals, &at);
	if (code == UI_OK)
		code = agree(o, &seals, at, tree);
	if (code == UI_OK)
		code = seal_remove(o, &s, f, &seals.list[at], tree);
	return code == UI_OK ? report(o, f, &seals.list[at], &tree) : code;
}
