/* SPDX-License-Identifier: BSD-2-Clause */
/* Options by rows: what it is called, which commands take it, where its value goes. */
#include "opts.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "ui.h"

enum opt_kind {
	KIND_FLAG,     /* bool */
	KIND_TEXT,     /* const char * */
	KIND_FD,       /* struct secret_from.fd */
	KIND_FILE,     /* struct secret_from.file */
	KIND_FLAG_OR_, /* --so or --so=VALUE */
};

struct opt_row {
	const char *name;
	enum opt_kind kind;
	size_t at; /* offset in struct opts */
	unsigned takes;
};

#define AT(field) offsetof(struct opts, field)

/* clang-format off */
static const struct opt_row rows[] = {
	{"json",            KIND_FLAG,     AT(json),       0},
	{"store",           KIND_TEXT,     AT(store),      0},
	{"verbose",         KIND_FLAG,     AT(verbose),    0},
	{"token",           KIND_TEXT,     AT(token),      TAKES_TOKEN},
	{"pin-fd",          KIND_FD,       AT(pin),        TAKES_PIN},
	{"pin-file",        KIND_FILE,     AT(pin),        TAKES_PIN},
	{"so-pin-fd",       KIND_FD,       AT(so_pin),     TAKES_SO_PIN},
	{"so-pin-file",     KIND_FILE,     AT(so_pin),     TAKES_SO_PIN},
	{"new-pin-fd",      KIND_FD,       AT(new_pin),    TAKES_NEW_PIN},
	{"new-pin-file",    KIND_FILE,     AT(new_pin),    TAKES_NEW_PIN},
	{"passphrase-fd",   KIND_FD,       AT(passphrase), TAKES_PASSPHRASE},
	{"passphrase-file", KIND_FILE,     AT(passphrase), TAKES_PASSPHRASE},
	{"label",           KIND_TEXT,     AT(label),      TAKES_LABEL},
	{"source",          KIND_TEXT,     AT(source),     TAKES_POLICY | TAKES_SOURCE},
	{"policy",          KIND_TEXT,     AT(policy),     TAKES_POLICY},
	{"no-pin",          KIND_FLAG,     AT(no_pin),     TAKES_POLICY},
	{"force",           KIND_FLAG,     AT(force),      TAKES_POLICY},
	{"role",            KIND_TEXT,     AT(role),       TAKES_ROLE},
	{"so",              KIND_FLAG_OR_, AT(so),         TAKES_SO},
	{"yes",             KIND_FLAG,     AT(yes),        TAKES_YES},
	{"reset",           KIND_FLAG,     AT(reset),      TAKES_RESET},
	{"strict",          KIND_FLAG,     AT(strict),     TAKES_STRICT},
	{"quick",           KIND_FLAG,     AT(quick),      TAKES_QUICK},
};
/* clang-format on */

#define VAL_HELP 'h'
#define VAL_ROW  1000 /* + index in rows */

static int has_arg(enum opt_kind kind)
{
	switch (kind) {
	case KIND_FLAG:
		return no_argument;
	case KIND_FLAG_OR_:
		return optional_argument;
	case KIND_TEXT:
	case KIND_FD:
	case KIND_FILE:
		break;
	}
	return required_argument;
}

static int fd_parse(const char *text, int *ret)
{
	char *end = NULL;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < 0 || n > INT_MAX ||
		fcntl((int) n, F_GETFD) < 0) {
		ui_error("\"%s\" is not an open file descriptor", text);
		return UI_USAGE;
	}
	*ret = (int) n;
	return UI_OK;
}

static int row_set(const struct opt_row *row, const char *value, struct opts *o)
{
	char *field = (char *) o + row->at;

	switch (row->kind) {
	case KIND_FLAG:
		*(bool *) (void *) field = true;
		return UI_OK;
	case KIND_FLAG_OR_:
		o->so = true;
		o->so_as = value;
		return UI_OK;
	case KIND_TEXT:
		*(const char **) (void *) field = value;
		return UI_OK;
	case KIND_FILE:
		((struct secret_from *) (void *) field)->file = value;
		return UI_OK;
	case KIND_FD:
		return fd_parse(value, &((struct secret_from *) (void *) field)->fd);
	}
	return UI_FAILED;
}

static void table_make(const struct command *cmd, struct option table[static ARRAY_LEN(rows) + 2])
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].takes != 0 && (cmd->takes & rows[i].takes) == 0)
			continue;
		table[n++] = (struct option){
			rows[i].name, has_arg(rows[i].kind), NULL, VAL_ROW + (int) i};
	}
	table[n++] = (struct option){"help", no_argument, NULL, VAL_HELP};
	table[n] = (struct option){0};
}

static int one_place(const struct secret_from *from)
{
	if (from->fd < 0 || from->file == NULL)
		return UI_OK;
	ui_error("a secret comes from a descriptor or from a file, not from both");
	return UI_USAGE;
}

static int opts_check(const struct command *cmd, const struct opts *o)
{
	const struct secret_from *from[] = {&o->pin, &o->so_pin, &o->new_pin, &o->passphrase};

	for (size_t i = 0; i < ARRAY_LEN(from); i++)
		if (one_place(from[i]) != UI_OK)
			return UI_USAGE;
	if (o->arg_count < cmd->args_min || o->arg_count > cmd->args_max) {
		ui_error("%s", o->arg_count < cmd->args_min ? "something is missing"
							    : "too many arguments");
		ui_hint("bulla %s %s", cmd->name, cmd->usage);
		return UI_USAGE;
	}
	return UI_OK;
}

int opts_parse(const struct command *cmd, int argc, char **argv, struct opts *ret, bool *ret_help)
{
	const struct secret_from none = {.fd = -1};
	struct option table[ARRAY_LEN(rows) + 2];
	int val, code = UI_OK;

	*ret = (struct opts){.pin = none, .so_pin = none, .new_pin = none, .passphrase = none};
	*ret_help = false;
	table_make(cmd, table);
	opterr = 0;
	optind = 1;
	while ((val = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		if (val == VAL_HELP) {
			*ret_help = true;
			return UI_OK;
		}
		if (val < VAL_ROW) {
			ui_error(val == ':' ? "%s needs a value" : "%s is not an option here",
				argv[optind - 1]);
			ui_hint("bulla %s %s", cmd->name, cmd->usage);
			return UI_USAGE;
		}
		code = row_set(&rows[val - VAL_ROW], optarg, ret);
		if (code != UI_OK)
			return code;
	}
	ret->args = argv + optind;
	ret->arg_count = argc - optind;
	return opts_check(cmd, ret);
}
