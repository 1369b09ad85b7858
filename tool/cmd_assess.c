/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla assess: which trust sources these are, what is known about them, which assumptions of the
 * threat model hold on this host, and what that means for each token. A report, not a verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

#include "trust.h"

#include "assess.h"
#include "cmd.h"
#include "fail.h"
#include "finding.h"
#include "js.h"
#include "seals_show.h"
#include "site.h"
#include "ui.h"

#define SOURCES_MAX 16u /* different ones; seals name them freely */

static const struct assess_kind *const kinds[] = {
	[TRUST_KIND_TPM] = &assess_tpm,
	[TRUST_KIND_TEE] = &assess_tee,
};

/* The sources that the configuration or a token names. */
struct sources {
	struct assessed list[SOURCES_MAX];
	size_t count;
	struct seals *tokens; /* one for each token of the site; borrows from its files */
};

static struct assessed *source_find(struct sources *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->list[i].name, name) == 0)
			return &all->list[i];
	return NULL;
}

static void source_note(struct sources *all, const char *name)
{
	struct assessed *a;

	if (all->count == SOURCES_MAX || source_find(all, name) != NULL)
		return;
	a = &all->list[all->count++];
	*a = (struct assessed){.name = name};
	if (trust_find(name, &a->ops).code != E_OK)
		a->ops = NULL;
}

static bool sources_collect(const struct site *s, struct sources *ret)
{
	ret->tokens = calloc(s->count + 1, sizeof(ret->tokens[0]));
	if (ret->tokens == NULL)
		return false;
	source_note(ret, s->config->source);
	for (size_t i = 0; i < s->count; i++) {
		struct seals *seals = &ret->tokens[i];

		seals_read(buf_bytes(&s->files[i].seals), seals);
		for (size_t n = 0; n < seals->count; n++)
			source_note(ret, seals->list[n].source);
	}
	return true;
}

static void sources_done(struct sources *all)
{
	free(all->tokens);
	all->tokens = NULL;
}

static size_t length(json_object *array)
{
	return array == NULL ? 0 : json_object_array_length(array);
}

/* Adds, to the source's name, what was found out about it; findings of several sources stand in one
 * list. */
static void judge(const struct assessed *a, json_object *findings)
{
	size_t before = length(findings);

	kinds[a->ops->kind]->judge(findings, a);
	for (size_t i = before; i < length(findings); i++)
		js_text(json_object_array_get_idx(findings, i), "source", a->name);
}

static bool source_assess(const struct site *s, struct assessed *a, json_object *tree)
{
	struct trust_env env = site_env(s, NULL);
	const struct policy any = {0};
	json_object *o = js_push(js_get_node(tree, "sources"), js_object());
	struct err e = ERR(E_NOT_FOUND);

	js_text(o, "name", a->name);
	js_flag(o, "configured", strcmp(a->name, s->config->source) == 0);
	if (a->ops != NULL)
		e = a->ops->describe(&env, BYTES_NONE, &any, &a->info);
	a->there = e.code == E_OK && a->info.state != TRUST_UNAVAILABLE;
	js_flag(o, "available", a->there);
	js_text(o, "detail",
		a->ops == NULL   ? "this build has no such trust source"
		: e.code != E_OK ? err_str(e)
				 : a->info.detail);
	if (a->ops == NULL)
		return false;
	judge(a, js_get_node(tree, "assumptions"));
	if (!a->there)
		return false;
	kinds[a->ops->kind]->show(o, &env, &a->info);
	kinds[a->ops->kind]->weak(js_get_node(tree, "weaknesses"), &a->info);
	return true;
}

/* ---- what it means for a token ---- */

/* What the weakest of the seals by this source demands, part by part; false: there is none. */
static bool weakest_of(const struct seals *seals, const char *source, struct policy *ret)
{
	bool found = false;

	for (size_t i = 0; i < seals->count; i++) {
		const struct policy *p = &seals->list[i].policy;

		if (strcmp(seals->list[i].source, source) != 0)
			continue;
		if (!found)
			*ret = *p;
		found = true;
		ret->pin = ret->pin && p->pin;
		ret->pcrs &= p->pcrs;
		if (p->login < POLICY_LOGIN_USER)
			ret->login = POLICY_LOGIN_NONE;
	}
	return found;
}

static void source_means(
	const struct assessed *a, const struct policy *weakest, bool alone, json_object *means)
{
	char text[400];
	JS(list);

	list = js_array();
	if (a->ops == NULL)
		js_push_text(list, "this build has no such trust source: it opens nothing here");
	else
		kinds[a->ops->kind]->means(list, a, weakest);
	for (size_t i = 0; i < length(list); i++) {
		snprintf(text, sizeof(text), "%s%s%s", alone ? "" : a->name, alone ? "" : ": ",
			json_object_get_string(json_object_array_get_idx(list, i)));
		js_push_text(means, text);
	}
}

static void token_assess(const struct token_file *f, const struct sources *all,
	const struct seals *seals, json_object *o)
{
	json_object *means = js_add(o, "means", js_array());
	struct policy weakest[SOURCES_MAX];
	bool uses[SOURCES_MAX] = {false};
	size_t used = 0;

	js_text(o, "label", f->name);
	js_number(o, "slot", f->entry->slot_id);
	if (f->why.code != E_OK) {
		js_push_text(means, "cannot be read: nothing is known of it");
		return;
	}
	seals_effective(o, "effective", seals);
	for (size_t i = 0; i < all->count; i++) {
		uses[i] = weakest_of(seals, all->list[i].name, &weakest[i]);
		used += uses[i];
	}
	if (used > 1)
		js_push_text(means, "opens by each of several trust sources: it is worth what the "
				    "weakest of them is");
	for (size_t i = 0; i < all->count; i++)
		if (uses[i])
			source_means(&all->list[i], &weakest[i], used == 1, means);
	if (site_has_role(f, ROLE_RECOVERY) || site_has_role(f, ROLE_MACHINE))
		js_push_text(means, "has a seal that opens without this machine");
	js_push_text(means, "while it is open its keys in use are in the memory of the programs "
			    "that use them");
}

static void tokens_assess(const struct site *s, const struct sources *all, json_object *tree)
{
	json_object *list = js_add(tree, "tokens", js_array());

	for (size_t i = 0; i < s->count; i++)
		token_assess(&s->files[i], all, &all->tokens[i], js_push(list, js_object()));
}

/* ---- text ---- */

static void sources_print(const struct sources *all, json_object *list)
{
	for (size_t i = 0; i < length(list); i++) {
		json_object *one = json_object_array_get_idx(list, i);

		printf("trust source: %s%s\n", js_get(one, "name"),
			js_get_flag(one, "configured") ? ""
						       : " (of tokens; not the configured one)");
		if (!js_get_flag(one, "available"))
			printf("  away: %s\n", js_get(one, "detail"));
		else
			kinds[all->list[i].ops->kind]->print(one);
	}
}

static bool all_hold(json_object *list)
{
	for (size_t i = 0; i < length(list); i++)
		if (strcmp(js_get(json_object_array_get_idx(list, i), "holds"), "no") == 0)
			return false;
	return true;
}

int cmd_assess(const struct opts *o)
{
	_cleanup_(sources_done) struct sources all = {0};
	bool well = true;
	JS(tree);
	SITE(s);
	int code = site_open(o, &s);

	if (code != UI_OK)
		return code;
	tree = js_object();
	js_add(tree, "sources", js_array());
	js_add(tree, "assumptions", js_array());
	js_add(tree, "weaknesses", js_array());
	if (!sources_collect(&s, &all))
		return fail_err(ERR(E_NOMEM), "cannot assess");
	for (size_t i = 0; i < all.count; i++)
		well = source_assess(&s, &all.list[i], tree) && well;
	host_assess(js_get_node(tree, "assumptions"));
	tokens_assess(&s, &all, tree);
	well = well && all_hold(js_get_node(tree, "assumptions"));
	if (!js_ok())
		return fail_err(ERR(E_NOMEM), "cannot assess");
	if (!o->json) {
		sources_print(&all, js_get_node(tree, "sources"));
		assess_print_findings(js_get_node(tree, "assumptions"));
		assess_print_rest(tree);
	}
	code = o->json ? ui_json(&tree) : ui_flush();
	return code != UI_OK ? code : well || !o->strict ? UI_OK : UI_PROBLEM;
}
