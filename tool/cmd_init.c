/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla init: makes a token. The SO's seal carries the user's policy and a PIN; --so=none makes a
 * token that nobody but its user can open. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "login.h"

#include "cmd.h"
#include "fail.h"
#include "js.h"
#include "policy_text.h"
#include "site.h"
#include "ui.h"
#include "wish.h"

static int label_check(const struct opts *o)
{
	if (o->label == NULL || *o->label == '\0') {
		ui_error("a token needs a name");
		ui_hint("--label TEXT");
		return UI_USAGE;
	}
	if (strlen(o->label) > STORE_LABEL_LEN) {
		ui_error("a label has at most %u bytes", STORE_LABEL_LEN);
		return UI_USAGE;
	}
	if (o->so && (o->so_as == NULL || strcmp(o->so_as, "none") != 0)) {
		ui_error("--so takes the value none, or is left out");
		return UI_USAGE;
	}
	return UI_OK;
}

/* An open door is made only by who says so twice. */
static int policy_agree(const struct opts *o, const struct policy *p)
{
	if (p->pin || p->pcrs != 0 || p->login >= POLICY_LOGIN_USER)
		return UI_OK;
	return ui_agree(o->yes, "With this policy every program that may use this machine's trust "
				"source can open the token, whatever was booted. Make it?");
}

static int pins_ask(const struct opts *o, const struct policy *p, struct secret **ret_user,
	struct secret **ret_so)
{
	char prompt[120];
	int code = UI_OK;

	if (p->pin) {
		snprintf(prompt, sizeof(prompt), "New PIN of \"%s\"", o->label);
		code = ui_secret(&o->pin, prompt, true, ret_user);
	}
	if (code == UI_OK && !o->so) {
		snprintf(prompt, sizeof(prompt), "New SO PIN of \"%s\"", o->label);
		code = ui_secret(&o->so_pin, prompt, true, ret_so);
	}
	return code;
}

static int report(const struct opts *o, const struct wish *w, CK_SLOT_ID slot, const char *dir)
{
	JS(tree);

	tree = js_object();
	js_text(tree, "label", o->label);
	js_number(tree, "slot", slot);
	js_text(tree, "source", w->ops->name);
	policy_show(tree, &w->policy);
	js_text(tree, "store", dir);
	js_flag(tree, "so", !o->so);
	if (!js_ok())
		return fail_err(ERR(E_NOMEM), "the token was made, but");
	if (o->json)
		return ui_json(&tree);
	printf("made token \"%s\", slot %lu, in %s\nsealed by: %s\npolicy: %s%s\n",
		js_get(tree, "label"), (unsigned long) slot, dir, w->ops->name,
		js_get(tree, "policy_named"),
		o->so ? "; no SO" : "; the SO's seal has it, too, with a PIN of its own");
	return ui_flush();
}

/* The first store that we may write to, else the first that is not there yet, else the first. */
static const char *store_choose(const struct config *c)
{
	for (size_t i = 0; i < c->store_count; i++)
		if (access(c->stores[i], W_OK) == 0)
			return c->stores[i];
	for (size_t i = 0; i < c->store_count; i++)
		if (access(c->stores[i], F_OK) != 0)
			return c->stores[i];
	return c->stores[0];
}

int cmd_init(const struct opts *o)
{
	struct login_new_token n = {0};
	struct wish w = {0};
	CK_SLOT_ID slot = 0;
	SECRET(user);
	SECRET(so);
	SITE(s);
	CK_RV rv;
	int code = label_check(o);

	if (code == UI_OK)
		code = site_config(o, &s);
	if (code == UI_OK)
		code = wish_take(o, s.config, &w);
	if (code == UI_OK)
		code = policy_agree(o, &w.policy);
	if (code == UI_OK)
		code = pins_ask(o, &w.policy, &user, &so);
	if (code != UI_OK)
		return code;
	if (s.config->store_count == 0) {
		ui_error("no store is configured");
		ui_hint("--store DIR says where");
		return UI_FAILED;
	}
	n.dir = store_choose(s.config);
	n.source = w.ops->name;
	n.policy = &w.policy;
	n.label = bytes_str(o->label);
	n.user_pin = secret_view(user);
	n.so_pin = secret_view(so);
	rv = login_create_token(s.config, &n, &slot);
	if (rv != CKR_OK)
		return fail_rv(rv, "cannot make the token \"%s\"", o->label);
	return report(o, &w, slot, n.dir);
}
