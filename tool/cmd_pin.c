/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla pin: the user's PIN, the SO's (--so), or the user's set anew by the SO (--reset). */
#include <stdio.h>
#include <string.h>

#include "trust.h"

#include "login.h"

#include "cmd.h"
#include "fail.h"
#include "js.h"
#include "seals_show.h"
#include "site.h"
#include "ui.h"

static int pin_change(const struct opts *o, const struct token_file *f, struct token *t)
{
	const char *whose = o->so ? "SO PIN" : "PIN";
	const char *new_whose = o->so ? "New SO PIN" : "New PIN";
	SECRET(before);
	SECRET(after);
	CK_RV rv;
	int code = site_pin(f, o->so ? &o->so_pin : &o->pin, whose, false, &before);

	if (code == UI_OK)
		code = site_pin(f, &o->new_pin, new_whose, true, &after);
	if (code != UI_OK)
		return code;
	/* C_SetPIN's rule: of whoever is logged in, the user's without a login. */
	if (o->so) {
		rv = login_start(t, CKU_SO, secret_view(before));
		if (rv != CKR_OK)
			return fail_rv(rv, "cannot change the SO PIN of \"%s\"", f->name);
	}
	rv = login_set_pin(t, secret_view(before), secret_view(after));
	return rv == CKR_OK ? UI_OK : fail_rv(rv, "cannot change the %s of \"%s\"", whose, f->name);
}

static int pin_reset(const struct opts *o, const struct token_file *f, struct token *t)
{
	SECRET(so);
	SECRET(after);
	CK_RV rv;
	int code = site_pin(f, &o->so_pin, "SO PIN", false, &so);

	if (code == UI_OK)
		code = site_pin(f, &o->new_pin, "New PIN", true, &after);
	if (code != UI_OK)
		return code;
	rv = login_start(t, CKU_SO, secret_view(so));
	if (rv == CKR_OK)
		rv = login_init_pin(t, secret_view(after));
	return rv == CKR_OK ? UI_OK : fail_rv(rv, "cannot reset the PIN of \"%s\"", f->name);
}

/* What is left of the old PIN, for each source of this role. Said each time, because it surprises:
 * what a TPM sealed cannot be revoked. */
static void old_pin_show(const struct token_file *f, enum seal_role role, json_object *list)
{
	struct seals seals;

	seals_read(buf_bytes(&f->seals), &seals);
	for (size_t i = 0; i < seals.count; i++) {
		const struct trust_ops *ops = NULL;
		bool seen = seals.list[i].role != role || !seals.list[i].policy.pin;

		for (size_t j = 0; j < i && !seen; j++)
			seen = seals.list[j].role == role &&
			       strcmp(seals.list[i].source, seals.list[j].source) == 0;
		if (seen || trust_find(seals.list[i].source, &ops).code != E_OK)
			continue;
		if (ops->settle == NULL) {
			js_push_text(list, ops->name);
			ui_note("a copy of the store from before still opens with the old PIN, on "
				"this machine (%s)",
				ops->name);
			continue;
		}
		ui_note("%s refuses the old PIN, also for copies of the store from before, as long "
			"as its own storage is not put back to before, too",
			ops->name);
	}
}

static int report(const struct opts *o, const struct token_file *f)
{
	json_object *opens;
	JS(tree);

	tree = js_object();
	opens = js_add(tree, "old_copies_open_by", js_array());
	old_pin_show(f, o->so ? ROLE_SO : ROLE_USER, opens);
	if (!o->json) {
		printf("the %s of \"%s\" is %s\n", o->so ? "SO PIN" : "PIN", f->name,
			o->reset ? "set" : "changed");
		return ui_flush();
	}
	js_text(tree, "label", f->name);
	js_text(tree, "changed", o->so ? "so" : "user");
	js_flag(tree, "reset", o->reset);
	return js_ok() ? ui_json(&tree) : fail_err(ERR(E_NOMEM), "the PIN was changed, but");
}

static int role_check(const struct opts *o, const struct token_file *f)
{
	if ((o->so || o->reset) && !site_has_role(f, ROLE_SO)) {
		ui_error("\"%s\" has no SO", f->name);
		return UI_FAILED;
	}
	if (!o->so && !o->reset && !site_needs_pin(f)) {
		ui_error("\"%s\" opens without a PIN", f->name);
		return UI_FAILED;
	}
	return UI_OK;
}

int cmd_pin(const struct opts *o)
{
	struct token_file *f = NULL;
	TOKEN(t);
	SITE(s);
	int code;

	if ((o->so && o->reset) || o->so_as != NULL) {
		ui_error(o->so_as != NULL ? "--so takes no value here"
					  : "--so and --reset exclude each other");
		return UI_USAGE;
	}
	code = site_open(o, &s);
	if (code == UI_OK)
		code = site_one(&s, &f);
	if (code == UI_OK)
		code = role_check(o, f);
	if (code == UI_OK)
		code = site_token(&s, f, &t);
	if (code == UI_OK)
		code = o->reset ? pin_reset(o, f, t) : pin_change(o, f, t);
	return code == UI_OK ? report(o, f) : code;
}
