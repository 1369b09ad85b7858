/* SPDX-License-Identifier: BSD-2-Clause */
/* What is there: the configuration, and the token files of its stores with what they say of
 * themselves before anything is opened. */
#pragma once

#include "opts.h"

#include "config.h"
#include "store.h"
#include "token.h"

/* One token file. */
struct token_file {
	const struct store_entry *entry; /* borrowed */
	struct err why;                  /* E_OK: what follows is there */
	struct store *store;
	struct store_token record; /* not verified */
	struct buf seals;          /* as store_read_token gives them */
	char *name;                /* the label without its blanks, cleaned; never NULL */
};

struct site {
	struct config *config;
	struct store_list list;
	struct token_file *files;
	size_t count;
};

#define SITE(name) _cleanup_(site_done) struct site name = {0}

/* The configuration, with --store in the place of its stores. Prints what is wrong; an exit code.
 */
NODISCARD int site_config(const struct opts *o, struct site *ret);
/* That, and the tokens: all, or those that --token means (at least one then). */
NODISCARD int site_open(const struct opts *o, struct site *ret);
void site_done(struct site *s);
/* The only one; more than one is an error that asks for --token. Borrowed. */
NODISCARD int site_one(const struct site *s, struct token_file **ret);

/* A token as the module sees it, not logged in. */
NODISCARD int site_token(const struct site *s, const struct token_file *f, struct token **ret);
#define TOKEN(name) _cleanup_(token_close) struct token *name = NULL

/* Whether any user seal of it has a PIN in its policy. */
NODISCARD bool site_needs_pin(const struct token_file *f);
/* Whether any seal of it has this role. */
NODISCARD bool site_has_role(const struct token_file *f, enum seal_role role);
/* Takes the next seal out of what is left of f->seals. */
NODISCARD struct err site_next_seal(struct reader *left, struct bytes *ret, struct seal_info *info);
/* How a trust source is reached for this token; borrows from both. f NULL: no token. */
struct trust_env site_env(const struct site *s, const struct token_file *f);
/* Asks for a PIN as ui_secret does: "PIN of "x"". */
NODISCARD int site_pin(const struct token_file *f, const struct secret_from *from,
	const char *whose, bool is_new, struct secret **ret);
/* Logs in as CKU_USER or CKU_SO; asks for the PIN only where there is one. */
NODISCARD int site_login(const struct token_file *f, struct token *t, CK_USER_TYPE user,
	const struct secret_from *from);
