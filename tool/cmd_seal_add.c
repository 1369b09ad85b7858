/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla seal add: one more way in. A token is as safe as its weakest seal, so what the policy was
 * and what it will be is shown before anything is done, and a weaker one is agreed to. */
#include <stdio.h>
#include <string.h>

#include "broken.h"

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
#include "wish.h"

struct adding {
	const struct opts *o;
	const struct token_file *f;
	struct wish wish;
	enum seal_role role;
	struct seals before;
	bool weaker;        /* demands less than any seal that is there */
	bool hollow;        /* by a source, new to the token, that says it protects nothing */
	CK_USER_TYPE login; /* as whom it is done */
	struct secret *login_pin, *seal_pin;
};

static void adding_done(struct adding *a)
{
	secret_free(&a->login_pin);
	secret_free(&a->seal_pin);
}

static int role_take(const struct opts *o, enum seal_role *ret)
{
	*ret = ROLE_USER;
	if (o->role == NULL || strcmp(o->role, "user") == 0)
		return UI_OK;
	*ret = ROLE_SO;
	if (strcmp(o->role, "so") == 0)
		return UI_OK;
	ui_error("--role is user or so");
	return UI_USAGE;
}

static bool role_has_pin(const struct adding *a)
{
	for (size_t i = 0; i < a->before.count; i++)
		if (a->before.list[i].role == a->role && a->before.list[i].policy.pin)
			return true;
	return false;
}

/* Not weaker if one that is there demands no more: the OR of all stays what it was. */
static bool is_weaker(const struct adding *a)
{
	if (BROKEN("weaker-seal"))
		return false;
	for (size_t i = 0; i < a->before.count; i++)
		if (policy_covers(&a->wish.policy, &a->before.list[i].policy))
			return false;
	return true;
}

static int check(const struct adding *a)
{
	if (a->role == ROLE_SO && !a->wish.policy.pin) {
		ui_error("a seal of the SO has a PIN: \"pin\" must be in its policy");
		return UI_USAGE;
	}
	if (!a->before.whole) {
		ui_error("the seals of \"%s\" cannot all be read", a->f->name);
		ui_hint("`bulla check` says what is damaged");
		return UI_PROBLEM;
	}
	for (size_t i = 0; i < a->before.count && !a->o->force; i++) {
		const struct seal_info *seal = &a->before.list[i];

		if (seal->role != a->role || strcmp(seal->source, a->wish.ops->name) != 0 ||
			!policy_eq(&seal->policy, &a->wish.policy))
			continue;
		ui_error("\"%s\" has such a seal", a->f->name);
		ui_hint("--force adds another one");
		return UI_FAILED;
	}
	if (a->before.count < STORE_SEALS_MAX)
		return UI_OK;
	ui_error("\"%s\" has %u seals, and no room for more", a->f->name, STORE_SEALS_MAX);
	return UI_FAILED;
}

/* What the source says of itself, before a PIN is asked for: that it is away, or hollow. */
static int source_ask(const struct site *s, struct adding *a)
{
	const struct policy any = {0};
	struct trust_env env = site_env(s, a->f);
	struct trust_info info = {0};
	struct err e = a->wish.ops->describe(&env, BYTES_NONE, &any, &info);

	if (e.code == E_OK && info.state == TRUST_UNAVAILABLE) {
		ui_error("the trust source %s is away: %s", a->wish.ops->name, info.detail);
		ui_hint("`bulla assess` says more");
		return UI_PROBLEM;
	}
	a->hollow = e.code == E_OK && (info.software || info.tee.development_huk);
	for (size_t i = 0; i < a->before.count; i++)
		if (strcmp(a->before.list[i].source, a->wish.ops->name) == 0)
			a->hollow = false;
	return UI_OK;
}

static int agree(const struct adding *a, json_object *tree)
{
	struct seals after = a->before;
	struct seal_info *mine = &after.list[after.count++];
	json_object *now, *then;

	*mine = (struct seal_info){.role = a->role, .policy = a->wish.policy};
	snprintf(mine->source, sizeof(mine->source), "%s", a->wish.ops->name);
	seals_effective(tree, "before", &a->before);
	seals_effective(tree, "after", &after);
	now = js_get_node(tree, "before");
	then = js_get_node(tree, "after");
	ui_note("\"%s\" opens with: %s", a->f->name, js_get(now, "policy_named"));
	ui_note("with this seal also: %s", js_get(then, "policy_named"));
	if (!a->weaker && !a->hollow)
		return UI_OK;
	if (!a->weaker)
		return ui_agree(a->o->yes,
			"The trust source says of itself that it protects nothing "
			"from this machine's administrator, or from whoever has a "
			"copy of the store. Add it?");
	return ui_agree(a->o->yes, "This seal demands less than those that are there, and a token "
				   "is as safe as its weakest seal. Add it?");
}

/* Whose login it takes: that role's; the SO's where the user's would ask for no PIN and the token
 * gets weaker, or where there is no user yet; the user's where there is no SO yet. */
static CK_USER_TYPE login_of(const struct adding *a)
{
	bool so = site_has_role(a->f, ROLE_SO), user = site_has_role(a->f, ROLE_USER);

	if (a->role == ROLE_SO)
		return so ? CKU_SO : CKU_USER;
	return so && (!user || (a->weaker && !site_needs_pin(a->f))) ? CKU_SO : CKU_USER;
}

static int pins_take(struct adding *a)
{
	const struct opts *o = a->o;
	bool so = a->login == CKU_SO, known = role_has_pin(a);
	int code = UI_OK;

	if (so || site_needs_pin(a->f))
		code = site_pin(a->f, so ? &o->so_pin : &o->pin, so ? "SO PIN" : "PIN", false,
			&a->login_pin);
	if (code != UI_OK || !a->wish.policy.pin)
		return code;
	if (known && a->login_pin != NULL && so == (a->role == ROLE_SO)) {
		a->seal_pin = TAKE(a->login_pin);
		return UI_OK;
	}
	if (a->role == ROLE_SO)
		return site_pin(
			a->f, &o->so_pin, known ? "SO PIN" : "New SO PIN", !known, &a->seal_pin);
	return site_pin(a->f, &o->pin, known ? "PIN" : "New PIN", !known, &a->seal_pin);
}

static int seal_add(const struct site *s, struct adding *a, uint8_t ret_id[static SEALS_ID_LEN])
{
	const struct secret *login_pin = a->login_pin != NULL ? a->login_pin : a->seal_pin;
	bool asks = a->login == CKU_SO || site_needs_pin(a->f);
	struct seals_new n = {
		.source = a->wish.ops->name,
		.policy = &a->wish.policy,
		.user = a->role == ROLE_SO ? CKU_SO : CKU_USER,
		.pin = secret_view(a->seal_pin),
	};
	TOKEN(t);
	CK_RV rv;
	int code = site_token(s, a->f, &t);

	if (code != UI_OK)
		return code;
	rv = login_start(t, a->login, asks ? secret_view(login_pin) : BYTES_NONE);
	if (rv != CKR_OK)
		return fail_rv(rv, "cannot log in to \"%s\"", a->f->name);
	rv = seals_add(t, &n, ret_id);
	return rv == CKR_OK ? UI_OK : fail_rv(rv, "cannot add a seal to \"%s\"", a->f->name);
}

static int report(const struct adding *a, const uint8_t id[static SEALS_ID_LEN], json_object **tree)
{
	char hex[2 * SEALS_ID_LEN + 1];

	bytes_hex(BYTES(id, SEALS_ID_LEN), hex);
	js_text(*tree, "label", a->f->name);
	js_text(*tree, "id", hex);
	hex[SEAL_SHORT_LEN] = '\0';
	js_text(*tree, "short_id", hex);
	js_text(*tree, "role", seal_role_name(a->role));
	js_text(*tree, "source", a->wish.ops->name);
	policy_show(*tree, &a->wish.policy);
	if (!js_ok())
		return fail_err(ERR(E_NOMEM), "the seal was added, but");
	if (a->o->json)
		return ui_json(tree);
	printf("added seal %s to \"%s\": %s, %s, %s\neffective: %s\n", hex, a->f->name,
		js_get(*tree, "role"), js_get(*tree, "source"), js_get(*tree, "policy_named"),
		js_get(js_get_node(*tree, "after"), "policy_named"));
	return ui_flush();
}

int cmd_seal_add(const struct opts *o)
{
	_cleanup_(adding_done) struct adding a = {.o = o};
	uint8_t id[SEALS_ID_LEN];
	struct token_file *f = NULL;
	JS(tree);
	SITE(s);
	int code = role_take(o, &a.role);

	if (code == UI_OK)
		code = site_open(o, &s);
	if (code == UI_OK)
		code = site_one(&s, &f);
	if (code == UI_OK)
		code = wish_take(o, s.config, &a.wish);
	if (code != UI_OK)
		return code;
	a.f = f;
	seals_read(buf_bytes(&f->seals), &a.before);
	a.weaker = is_weaker(&a);
	a.login = login_of(&a);
	tree = js_object();
	code = check(&a);
	if (code == UI_OK)
		code = source_ask(&s, &a);
	if (code == UI_OK)
		code = agree(&a, tree);
	if (code == UI_OK)
		code = pins_take(&a);
	if (code == UI_OK)
		code = seal_add(&s, &a, id);
	return code == UI_OK ? report(&a, id, &tree) : code;
}
