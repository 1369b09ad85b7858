/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla seal: the ways in which a token opens, shown, added and taken away. */
#include <stdio.h>

#include "cmd.h"
#include "fail.h"
#include "js.h"
#include "seals_show.h"
#include "site.h"
#include "ui.h"

static void list_print(json_object *tree)
{
	json_object *tokens = js_get_node(tree, "tokens");

	if (json_object_array_length(tokens) == 0)
		printf("no token\n");
	for (size_t i = 0; i < json_object_array_length(tokens); i++) {
		json_object *token = json_object_array_get_idx(tokens, i);

		printf("token \"%s\"\n", js_get(token, "label"));
		if (js_has(token, "error"))
			printf("  cannot be read: %s\n", js_get(token, "error"));
		else
			seals_print(token);
	}
}

int cmd_seal_list(const struct opts *o)
{
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
		const struct token_file *f = &s.files[i];
		json_object *one = js_push(list, js_object());

		js_text(one, "label", f->name);
		js_number(one, "slot", f->entry->slot_id);
		if (f->why.code != E_OK)
			js_text(one, "error", err_str(f->why));
		well = f->why.code == E_OK && seals_show(&s, f, o->quick, one) && well;
	}
	if (!js_ok())
		return fail_err(ERR(E_NOMEM), "cannot list the seals");
	if (!o->json)
		list_print(tree);
	code = o->json ? ui_json(&tree) : ui_flush();
	return code != UI_OK ? code : well ? UI_OK : UI_PROBLEM;
}
