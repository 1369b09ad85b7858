/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: one table of options for all commands, each command naming those it takes. No
 * option's value is a secret. */
#pragma once

#include "attr.h"

#include <stdbool.h>
#include <stdint.h>

/* Where a PIN or passphrase comes from; neither: the terminal. */
struct secret_from {
	int fd;           /* -1: none */
	const char *file; /* NULL: none */
};

struct opts {
	bool json, yes, verbose;
	bool no_pin, force, reset, strict, quick;
	bool so;           /* --so */
	const char *so_as; /* --so=VALUE */
	const char *store, *token, *label, *source, *policy, *role;
	struct secret_from pin, so_pin, new_pin, passphrase;
	char **args; /* what is left over */
	int arg_count;
};

/* Bits for struct command.takes; --json, --store, --verbose and --help go everywhere. */
#define TAKES_TOKEN      (1u << 0)
#define TAKES_PIN        (1u << 1)
#define TAKES_SO_PIN     (1u << 2)
#define TAKES_NEW_PIN    (1u << 3)
#define TAKES_PASSPHRASE (1u << 4)
#define TAKES_LABEL      (1u << 5)
#define TAKES_POLICY     (1u << 6) /* --policy, --no-pin, --source, --force */
#define TAKES_SO         (1u << 7)
#define TAKES_YES        (1u << 8)
#define TAKES_RESET      (1u << 9)
#define TAKES_STRICT     (1u << 10)
#define TAKES_QUICK      (1u << 11)
#define TAKES_SOURCE     (1u << 12)
#define TAKES_ROLE       (1u << 13)

struct command {
	const char *name;
	int (*run)(const struct opts *o); /* returns an exit code */
	unsigned takes;
	int args_min, args_max;
	const char *usage, *help;
};

/* argv[0] is the command's name. Prints what is wrong. Returns 0, or the exit code to end with;
 * *ret_help: --help was asked for. */
NODISCARD int opts_parse(
	const struct command *cmd, int argc, char **argv, struct opts *ret, bool *ret_help);
