/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla init: makes a token. The SO's seal carries the user's policy and a PIN; --so=none makes a
 * token that nobody but its user can open. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "policy.h"

#include "trust.h"

#include "login.h"

#include "cmd.h"
#include "fail.h"
#include "js.h"
#include "site.h"
#include "ui.h"

static int policy_of(const struct opts *o, const struct site *s, struct policy *ret)
{
	const char *text = o->policy != NULL ? o->policy : s->config->policy;
	struct err e = policy_parse(text, o->force, ret);

	if (e.code != E_OK) {
		int code = fail_err(e, "\"%s\" is not a policy that can be used", text);

		ui_hint("policies are pin, pcr=sha256:7,11, both joined by +, or none; what is "
			"weak "
			"needs --force");
		return code;
	}
	if (o->no_pin && o->policy != NULL && ret->pin) {
		ui_error("--no-pin contradicts the policy \"%s\"", text);
		return UI_USAGE;
	}
	if (o->no_pin)
		ret->pin = false;
	return UI_OK;
}

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

static int source_check(const struct opts *o, const struct site *s)
{
	const char *name = o->source != NULL ? o->source : s->config->source;
	const struct trust_ops *ops = NULL;

	if (trust_find(name, &ops).code == E_OK)
		return UI_OK;
	ui_error("there is no trust source \"%s\"", name);
	return o->source != NULL ? UI_USAGE : UI_FAILED;
}

/* An open door is made only by who says so twice. */
static int policy_agree(const struct opts *o, const struct policy *p)
{
	if (p->pin || p->pcrs != 0)
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

static int report(const struct opts *o, const struct policy *p, CK_SLOT_ID slot, const char *dir)
{
	BUF(text);
	JS(tree);

	if (policy_format(p, &text).code != E_OK)
		return fail_err(ERR(E_NOMEM), "the token was made, but");
	tree = js_object();
	js_text(tree, "label", o->label);
	js_number(tree, "slot", slot);
	js_bytes_text(tree, "policy", buf_bytes(&text));
	js_text(tree, "store", dir);
	js_flag(tree, "so", !o->so);
	if (o->json)
		return ui_json(&tree);
	printf("made token \"%s\", slot %lu, in %s\npolicy: %s%s\n", js_get(tree, "label"),
		(unsigned long) slot, dir, js_get(tree, "policy"),
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
	struct policy policy;
	CK_SLOT_ID slot = 0;
	SECRET(user);
	SECRET(so);
	SITE(s);
	CK_RV rv;
	int code = label_check(o);

	if (code == UI_OK)
		code = site_config(o, &s);
	if (code == UI_OK)
		code = source_check(o, &s);
	if (code == UI_OK)
		code = policy_of(o, &s, &policy);
	if (code == UI_OK)
		code = policy_agree(o, &policy);
	if (code == UI_OK)
		code = pins_ask(o, &policy, &user, &so);
	if (code != UI_OK)
		return code;
	if (s.config->store_count == 0) {
		ui_error("no store is configured");
		ui_hint("--store DIR says where");
		return UI_FAILED;
	}
	n.dir = store_choose(s.config);
	n.source = o->source;
	n.policy = &policy;
	n.label = bytes_str(o->label);
	n.user_pin = secret_view(user);
	n.so_pin = secret_view(so);
	rv = login_create_token(s.config, &n, &slot);
	if (rv != CKR_OK)
		return fail_rv(rv, "cannot make the token \"%s\"", o->label);
	return report(o, &policy, slot, n.dir);
}
