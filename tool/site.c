/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds tokens by label, serial number or slot id. A file that cannot be read stays in the list
 * with its reason, so that status can say so. */
#include "site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#include "login.h"

#include "fail.h"
#include "ui.h"

static void token_file_done(struct token_file *f)
{
	store_close(&f->store);
	buf_done(&f->seals);
	ui_text_done(&f->name);
}

void site_done(struct site *s)
{
	for (size_t i = 0; i < s->count; i++)
		token_file_done(&s->files[i]);
	free(s->files);
	s->files = NULL;
	s->count = 0;
	store_list_done(&s->list);
	config_free(&s->config);
}

/* Stores are absolute: the module is used in programs that run elsewhere. */
static char *path_absolute(const char *path)
{
	TEXT(here);
	char *all = NULL;

	if (path[0] == '/')
		return strdup(path);
	here = getcwd(NULL, 0);
	if (here == NULL || asprintf(&all, "%s/%s", here, path) < 0)
		return NULL;
	return all;
}

int site_config(const struct opts *o, struct site *ret)
{
	struct err e = config_load(NULL, &ret->config);
	char *dir;

	if (e.code != E_OK)
		return fail_err(e, "cannot use the configuration");
	if (ret->config->log != NULL && !o->verbose) {
		log_set_sink(NULL, NULL, LOG_OFF);
		log_open(ret->config->log);
	}
	if (o->store == NULL)
		return UI_OK;
	dir = path_absolute(o->store);
	if (dir == NULL)
		return fail_err(ERR(E_NOMEM), "cannot use the configuration");
	for (size_t i = 0; i < ret->config->store_count; i++)
		free(ret->config->stores[i]);
	ret->config->stores[0] = dir;
	ret->config->store_count = 1;
	return UI_OK;
}

static struct bytes label_of(const struct store_token *t)
{
	size_t len = STORE_LABEL_LEN;

	while (len > 0 && (t->label[len - 1] == ' ' || t->label[len - 1] == '\0'))
		len--;
	return BYTES(t->label, len);
}

static bool token_file_read(const struct store_entry *entry, struct token_file *ret)
{
	ret->entry = entry;
	ret->why = store_open(entry->dir, entry->file, &ret->store);
	if (ret->why.code == E_OK)
		ret->why = store_read_token(ret->store, NULL, &ret->record, &ret->seals);
	ret->name = ret->why.code == E_OK ? ui_clean(label_of(&ret->record))
					  : ui_clean(bytes_str(entry->file));
	return ret->name != NULL;
}

static bool token_file_is(const struct token_file *f, const char *wanted)
{
	char *end = NULL;
	unsigned long slot;

	if (f->why.code == E_OK) {
		if (bytes_eq(label_of(&f->record), bytes_str(wanted)) ||
			strcasecmp(f->record.serial, wanted) == 0)
			return true;
	}
	errno = 0;
	slot = strtoul(wanted, &end, 0);
	return errno == 0 && end != wanted && *end == '\0' && slot == f->entry->slot_id;
}

static int site_read(const struct opts *o, struct site *s)
{
	for (size_t i = 0; i < s->list.count; i++) {
		struct token_file f = {0};

		if (!token_file_read(&s->list.entries[i], &f)) {
			token_file_done(&f);
			return fail_err(ERR(E_NOMEM), "cannot read the stores");
		}
		if (o->token == NULL || token_file_is(&f, o->token))
			s->files[s->count++] = f;
		else
			token_file_done(&f);
	}
	return UI_OK;
}

int site_open(const struct opts *o, struct site *ret)
{
	int code = site_config(o, ret);
	struct err e;

	if (code != UI_OK)
		return code;
	e = store_list(ret->config, &ret->list);
	if (e.code != E_OK)
		return fail_err(e, "cannot read the stores");
	ret->files = calloc(ret->list.count + 1, sizeof(ret->files[0]));
	if (ret->files == NULL)
		return fail_err(ERR(E_NOMEM), "cannot read the stores");
	code = site_read(o, ret);
	if (code == UI_OK && ret->count == 0 && o->token != NULL) {
		ui_error("there is no token \"%s\"", o->token);
		ui_hint("`bulla list` shows labels, serial numbers and slot ids");
		return UI_FAILED;
	}
	return code;
}

int site_one(const struct site *s, struct token_file **ret)
{
	if (s->count == 0) {
		ui_error("there is no token");
		ui_hint("`bulla init --label TEXT` makes one; --store DIR looks elsewhere");
		return UI_FAILED;
	}
	if (s->count > 1) {
		ui_error("there are %zu tokens that could be meant", s->count);
		ui_hint("--token takes a label, a serial number or a slot id");
		return UI_USAGE;
	}
	if (s->files[0].why.code != E_OK)
		return fail_err(s->files[0].why, "cannot read %s/%s", s->files[0].entry->dir,
			s->files[0].entry->file);
	*ret = &s->files[0];
	return UI_OK;
}

int site_token(const struct site *s, const struct token_file *f, struct token **ret)
{
	CK_RV rv = token_open(s->config, NULL, f->entry->dir, f->entry->file, ret);

	return rv == CKR_OK ? UI_OK : fail_rv(rv, "cannot open \"%s\"", f->name);
}

struct err site_next_seal(struct reader *left, struct bytes *ret, struct seal_info *info)
{
	TRY(reader_lv(left, left->left.len, ret));
	return seal_info_read(*ret, info);
}

bool site_needs_pin(const struct token_file *f)
{
	struct reader left = reader_of(buf_bytes(&f->seals));
	struct seal_info info;
	struct bytes seal;

	while (left.left.len > 0) {
		if (site_next_seal(&left, &seal, &info).code != E_OK)
			return true;
		if (info.role == ROLE_USER && !info.policy.pin)
			return false;
	}
	return true;
}

bool site_has_role(const struct token_file *f, enum seal_role role)
{
	struct reader left = reader_of(buf_bytes(&f->seals));
	struct seal_info info;
	struct bytes seal;

	while (left.left.len > 0 && site_next_seal(&left, &seal, &info).code == E_OK)
		if (info.role == role)
			return true;
	return false;
}

struct trust_env site_env(const struct site *s, const struct token_file *f)
{
	return config_trust_env(s->config, f == NULL ? NULL : store_lock_path(f->store));
}

int site_pin(const struct token_file *f, const struct secret_from *from, const char *whose,
	bool is_new, struct secret **ret)
{
	char prompt[200];

	snprintf(prompt, sizeof(prompt), "%s of \"%s\"", whose, f->name);
	return ui_secret(from, prompt, is_new, ret);
}

int site_login(const struct token_file *f, struct token *t, CK_USER_TYPE user,
	const struct secret_from *from)
{
	bool pin = user == CKU_SO || site_needs_pin(f);
	SECRET(secret);
	CK_RV rv;
	int code;

	if (pin) {
		code = site_pin(f, from, user == CKU_SO ? "SO PIN" : "PIN", false, &secret);
		if (code != UI_OK)
			return code;
	}
	rv = login_start(t, user, secret_view(secret));
	return rv == CKR_OK ? UI_OK : fail_rv(rv, "cannot log in to \"%s\"", f->name);
}
