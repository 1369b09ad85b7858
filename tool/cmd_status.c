/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla status: what each token is bound to, and whether it would open now. Asks the trust sources,
 * but spends no PIN try and opens nothing. */
#include <stdio.h>
#include <sys/stat.h>

#include "secret.h"

#include "cmd.h"
#include "fail.h"
#include "js.h"
#include "seals_show.h"
#include "site.h"
#include "ui.h"

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

/* A store that is not used although it is there. Returns whether there is any. */
static bool stores_show(const struct site *s, json_object *tree)
{
	json_object *list = js_add(tree, "stores", js_array()), *one;
	bool any = false;
	struct err e;

	for (size_t i = 0; i < s->config->store_count; i++) {
		fail_forget();
		e = store_look(s->config->stores[i]);
		one = js_push(list, js_object());
		js_text(one, "path", s->config->stores[i]);
		js_flag(one, "there", e.code != E_NOT_FOUND);
		js_flag(one, "used", e.code == E_OK);
		if (e.code == E_OK || e.code == E_NOT_FOUND)
			continue;
		any = true;
		js_text(one, "error", *fail_heard() == '\0' ? err_str(e) : fail_heard());
	}
	fail_forget();
	return any;
}

/* ---- text ---- */

static void stores_print(json_object *tree)
{
	json_object *stores = js_get_node(tree, "stores"), *one;

	for (size_t i = 0; i < json_object_array_length(stores); i++) {
		one = json_object_array_get_idx(stores, i);
		if (js_has(one, "error"))
			printf("store %s\n  is not used: %s\n", js_get(one, "path"),
				js_get(one, "error"));
		else if (!js_get_flag(one, "there"))
			printf("store %s\n  is not there yet\n", js_get(one, "path"));
	}
}

static void token_print(json_object *token)
{
	json_object *store = js_get_node(token, "store");

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
	seals_print(token);
}

static void all_print(json_object *tree)
{
	json_object *tokens = js_get_node(tree, "tokens");
	size_t n = tokens == NULL ? 0 : json_object_array_length(tokens);

	if (n == 0) {
		printf("no token\n");
		stores_print(tree);
	}
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
	bool well = true, left_out;
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
	left_out = stores_show(&s, tree);
	/* a system's store that is not for this user is no matter to who has tokens of his own */
	well = well && (s.count > 0 || !left_out);
	js_text(tree, "secret_memory", kinds[secret_kind()]);
	if (!js_ok())
		return fail_err(ERR(E_NOMEM), "cannot tell the status");
	if (!o->json)
		all_print(tree);
	code = o->json ? ui_json(&tree) : ui_flush();
	return code != UI_OK ? code : well ? UI_OK : UI_PROBLEM;
}
