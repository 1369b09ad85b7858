/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla check: is the store sound? The file's structure always; every record's and the list's MAC
 * where the token can be opened, which needs the user's PIN or the SO's. Changes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "keyring.h"
#include "trust.h"

#include "cmd.h"
#include "fail.h"
#include "js.h"
#include "seals_show.h"
#include "site.h"
#include "ui.h"

struct tally {
	json_object *damaged; /* array */
	uint64_t sound;
};

static struct err object_seen(void *arg, const struct stored_object *o, enum store_damage damage)
{
	struct tally *t = arg;
	json_object *one;

	if (damage == STORE_SOUND) {
		t->sound++;
		return OK;
	}
	one = js_push(t->damaged, js_object());
	js_hex(one, "object", BYTES_OF(o->id));
	js_number(one, "version", o->version);
	js_text(one, "damage",
		damage == STORE_BAD_RECORD ? "its content is not what was written"
					   : "it is not the list's: replayed, added, or a "
					     "neighbour is missing");
	return OK;
}

static struct err object_missing(void *arg, unsigned bucket)
{
	struct tally *t = arg;
	json_object *one = js_push(t->damaged, js_object());

	js_null(one, "object");
	js_number(one, "bucket", bucket);
	js_text(one, "damage", "objects of this bucket of the list are missing or were changed");
	return OK;
}

/* Has the role a seal that needs this? */
static bool has_seal(const struct token_file *f, enum seal_role role, bool pin)
{
	struct seal_info info;
	struct bytes seal;

	for (size_t n = 0; store_seal(buf_bytes(&f->seals), n, &seal); n++)
		if (seal_info_read(seal, &info).code == E_OK && info.role == role &&
			info.policy.pin == pin)
			return true;
	return false;
}

/* The keyring, as a login gets it: by the seals of the role whose PIN was given, or by those that
 * need none. */
static int keyring_get(const struct opts *o, const struct site *s, const struct token_file *f,
	struct keyring **ret)
{
	bool so = o->so_pin.fd >= 0 || o->so_pin.file != NULL;
	struct trust_env env = site_env(s, f);
	struct store_unlock u = {.env = &env,
		.token_id = f->record.id,
		.seals = buf_bytes(&f->seals),
		.role = so ? ROLE_SO : ROLE_USER,
		.pin_tries = s->config->pin_tries,
		.now_s = (uint64_t) time(NULL)};
	struct err e = ERR(E_NOT_FOUND);
	SECRET(pin);
	int code;

	if (has_seal(f, u.role, false))
		e = store_unlock(f->store, &u, ret);
	if (e.code != E_OK && has_seal(f, u.role, true)) {
		code = so ? site_pin(f, &o->so_pin, "SO PIN", false, &pin)
			  : site_pin(f, &o->pin, "PIN", false, &pin);
		if (code != UI_OK)
			return code;
		u.pin = pin;
		e = store_unlock(f->store, &u, ret);
	}
	return e.code == E_OK ? UI_OK : fail_err(e, "cannot open \"%s\" to verify it", f->name);
}

static int verify(const struct opts *o, const struct site *s, const struct token_file *f,
	struct tally *t, json_object *tree)
{
	_cleanup_(keyring_free) struct keyring *k = NULL;
	const struct store_visitor visitor = {t, object_seen, object_missing};
	struct store_token record;
	uint64_t generation;
	BUF(seals);
	struct err e;
	int code = keyring_get(o, s, f, &k);

	if (code != UI_OK)
		return code;
	e = store_read_token(f->store, k, &record, &seals);
	js_flag(tree, "seals_sound", e.code == E_OK);
	if (e.code != E_OK && e.code != E_TAMPERED)
		return fail_err(e, "cannot read \"%s\"", f->name);
	e = store_each(f->store, k, &visitor, &generation);
	js_flag(tree, "list_sound", e.code == E_OK);
	if (e.code != E_OK && e.code != E_TAMPERED && e.code != E_CORRUPT)
		return fail_err(e, "cannot read the objects of \"%s\"", f->name);
	return UI_OK;
}

static void problems_show(json_object *tree, struct bytes text)
{
	json_object *list = js_add(tree, "problems", js_array());
	size_t from = 0;

	for (size_t i = 0; i < text.len; i++) {
		TEXT(line);

		if (text.ptr[i] != '\n' && i + 1 != text.len)
			continue;
		line = ui_clean(BYTES(text.ptr + from, i + (text.ptr[i] != '\n') - from));
		from = i + 1;
		if (line != NULL && *line != '\0')
			js_push_text(list, line);
	}
}

static size_t length(json_object *o, const char *key)
{
	json_object *list = js_get_node(o, key);

	return list == NULL ? 0 : json_object_array_length(list);
}

static bool is_well(json_object *tree)
{
	return length(tree, "problems") == 0 && length(tree, "damaged") == 0 &&
	       (!js_get_flag(tree, "verified") ||
		       (js_get_flag(tree, "seals_sound") && js_get_flag(tree, "list_sound")));
}

static void print(json_object *tree)
{
	json_object *problems = js_get_node(tree, "problems");
	json_object *damaged = js_get_node(tree, "damaged");

	for (size_t i = 0; i < length(tree, "problems"); i++)
		printf("%s\n", json_object_get_string(json_object_array_get_idx(problems, i)));
	for (size_t i = 0; i < length(tree, "damaged"); i++) {
		json_object *one = json_object_array_get_idx(damaged, i);

		if (js_has(one, "object"))
			printf("object %s: %s\n", js_get(one, "object"), js_get(one, "damage"));
		else
			printf("bucket %lu: %s\n", (unsigned long) js_get_number(one, "bucket"),
				js_get(one, "damage"));
	}
	for (size_t i = 0; i < length(tree, "unknown_sources"); i++)
		printf("a seal is by the trust source \"%s\", which this build has not\n",
			json_object_get_string(json_object_array_get_idx(
				js_get_node(tree, "unknown_sources"), i)));
	if (js_get_flag(tree, "verified") && !js_get_flag(tree, "seals_sound"))
		printf("the token's record or its seals are not what was written\n");
	if (js_get_flag(tree, "verified") && !js_get_flag(tree, "list_sound"))
		printf("the list of objects is not what was written\n");
	printf("token \"%s\": %s", js_get(tree, "label"), is_well(tree) ? "sound" : "DAMAGED");
	if (js_get_flag(tree, "verified"))
		printf(", %lu objects verified\n", (unsigned long) js_get_number(tree, "sound"));
	else
		printf(", structure only (without --quick the PIN is asked for, and all of it "
		       "verified)\n");
}

/* A seal that does not parse is damage; one of a source that this build has not is none, but what
 * it opens with cannot be told here. */
static void seals_check(const struct token_file *f, json_object *tree)
{
	json_object *unknown = js_add(tree, "unknown_sources", js_array());
	const struct trust_ops *ops = NULL;
	struct seals seals;

	seals_read(buf_bytes(&f->seals), &seals);
	js_number(tree, "seals", seals.count);
	for (size_t i = 0; i < seals.count; i++)
		if (trust_find(seals.list[i].source, &ops).code != E_OK)
			js_push_text(unknown, seals.list[i].source);
	if (!seals.whole)
		js_push_text(js_get_node(tree, "problems"), "a seal cannot be read");
}

static int check(const struct opts *o, const struct site *s, const struct token_file *f)
{
	struct tally tally = {0};
	BUF(text);
	JS(tree);
	int code;
	struct err e = store_check(f->store, &text);

	if (e.code != E_OK && e.code != E_CORRUPT && e.code != E_TAMPERED)
		return fail_err(e, "cannot check \"%s\"", f->name);
	tree = js_object();
	js_text(tree, "label", f->name);
	js_text(tree, "store", store_path(f->store));
	problems_show(tree, buf_bytes(&text));
	if (e.code != E_OK && length(tree, "problems") == 0)
		js_push_text(js_get_node(tree, "problems"), err_str(e));
	seals_check(f, tree);
	tally.damaged = js_add(tree, "damaged", js_array());
	js_flag(tree, "verified", !o->quick);
	code = o->quick ? UI_OK : verify(o, s, f, &tally, tree);
	if (code != UI_OK)
		return code;
	js_number(tree, "sound", tally.sound);
	js_flag(tree, "well", is_well(tree));
	if (!js_ok())
		return fail_err(ERR(E_NOMEM), "cannot check \"%s\"", f->name);
	if (!o->json)
		print(tree);
	code = is_well(tree) ? UI_OK : UI_PROBLEM;
	if ((o->json ? ui_json(&tree) : ui_flush()) != UI_OK)
		return UI_FAILED;
	return code;
}

int cmd_check(const struct opts *o)
{
	struct token_file *f = NULL;
	SITE(s);
	int code = site_open(o, &s);

	if (code == UI_OK)
		code = site_one(&s, &f);
	return code == UI_OK ? check(o, &s, f) : code;
}
