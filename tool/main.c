/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla: what PKCS #11 has no words for. One table of commands; everything else is in their files.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "fail.h"
#include "js.h"
#include "opts.h"
#include "ui.h"

#define PINS (TAKES_PIN | TAKES_SO_PIN)

/* clang-format off */
static const struct command commands[] = {
	{"init", cmd_init, PINS | TAKES_LABEL | TAKES_POLICY | TAKES_SO | TAKES_YES, 0, 0,
		"--label TEXT [--policy POLICY | --no-pin] [--so=none] [--source NAME]",
		"make a token"},
	{"list", cmd_list, TAKES_TOKEN | TAKES_PIN, 0, 0,
		"[--token TOKEN] [--pin-fd N | --pin-file FILE]",
		"tokens and the public attributes of their objects"},
	{"status", cmd_status, TAKES_TOKEN | TAKES_QUICK, 0, 0,
		"[--token TOKEN] [--quick]",
		"what each token is bound to, and whether it would open now"},
	{"assess", cmd_assess, TAKES_STRICT, 0, 0,
		"[--strict]",
		"what the trust source and this host are worth"},
	{"pin", cmd_pin, PINS | TAKES_NEW_PIN | TAKES_TOKEN | TAKES_SO | TAKES_RESET, 0, 0,
		"[--so | --reset] [--token TOKEN]",
		"change the user's PIN, the SO's, or reset the user's by the SO's"},
	{"seal list", cmd_seal_list, TAKES_TOKEN | TAKES_QUICK, 0, 0,
		"[--token TOKEN] [--quick]",
		"a token's seals: the ways in which it opens"},
	{"seal add", cmd_seal_add,
		PINS | TAKES_TOKEN | TAKES_POLICY | TAKES_ROLE | TAKES_YES, 0, 0,
		"[--token TOKEN] [--source NAME] [--policy POLICY] [--role user|so]",
		"one more way in: another source, policy, or both"},
	{"seal remove", cmd_seal_remove,
		PINS | TAKES_TOKEN | TAKES_SOURCE | TAKES_ROLE | TAKES_SO | TAKES_YES, 0, 1,
		"[--token TOKEN] [--so] [--source NAME] [--role user|so] [ID]",
		"one way in less"},
	{"import", cmd_import,
		TAKES_TOKEN | TAKES_PIN | TAKES_LABEL | TAKES_PASSPHRASE, 1, 1,
		"[--token TOKEN] [--label TEXT] FILE",
		"put a key or certificate into a token (PEM or DER)"},
	{"check", cmd_check, TAKES_TOKEN | PINS | TAKES_QUICK, 0, 0,
		"[--token TOKEN] [--quick]",
		"find damage in a token's store"},
	{"version", cmd_version, 0, 0, 0, "", "print the version"},
};
/* clang-format on */

static int help(FILE *to)
{
	fputs("usage: bulla COMMAND [OPTIONS]\n\n", to);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(to, "  %-11s  %s\n", commands[i].name, commands[i].help);
	fputs("\nEvery command takes --json, --store DIR, --verbose and --help.\n"
	      "PINs come from the terminal, a descriptor (--pin-fd N) or a file (--pin-file "
	      "FILE).\n"
	      "Exit codes: 0 done, 1 failed, 2 usage, 3 would not open or is damaged, 4 wrong "
	      "PIN.\n"
	      "Keys are made and used with pkcs11-tool, p11tool and every other PKCS #11 "
	      "program.\n",
		to);
	return to == stdout ? ui_flush() : UI_USAGE;
}

int cmd_version(const struct opts *o)
{
	JS(tree);

	if (!o->json) {
		puts("bulla " BULLA_VERSION);
		return ui_flush();
	}
	tree = js_object();
	js_text(tree, "name", "bulla");
	js_text(tree, "version", BULLA_VERSION);
	return ui_json(&tree);
}

/* A program that starts with 0, 1 or 2 closed would write its messages into the next file that it
 * opens. */
static bool standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* How many of the arguments name this command: 0 if they do not. */
static int command_is(const struct command *c, int argc, char **argv)
{
	size_t len = strcspn(c->name, " ");

	if (argc < 1 || strlen(argv[0]) != len || strncmp(c->name, argv[0], len) != 0)
		return 0;
	if (c->name[len] == '\0')
		return 1;
	return argc > 1 && strcmp(c->name + len + 1, argv[1]) == 0 ? 2 : 0;
}

static const struct command *command_find(int argc, char **argv, int *ret_words)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		*ret_words = command_is(&commands[i], argc, argv);
		if (*ret_words > 0)
			return &commands[i];
	}
	return NULL;
}

/* A word that is the first of two; asked for help it has it. */
static int group_help(int argc, char **argv)
{
	bool asked = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
	size_t len = strlen(argv[0]), found = 0;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const struct command *c = &commands[i];

		if (strncmp(c->name, argv[0], len) != 0 || c->name[len] != ' ')
			continue;
		if (found++ == 0 && !asked)
			ui_error("%s what?", argv[0]);
		fprintf(asked ? stdout : stderr, "usage: bulla %s %s\n", c->name, c->usage);
	}
	if (found == 0) {
		ui_error("\"%s\" is not a command", argv[0]);
		ui_hint("`bulla help` lists them");
	}
	return found > 0 && asked ? ui_flush() : UI_USAGE;
}

int main(int argc, char **argv)
{
	const struct command *cmd;
	struct opts o;
	bool asks_help;
	int code, words;

	if (!standard_fds())
		return UI_FAILED;
	if (argc < 2)
		return help(stderr);
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
		strcmp(argv[1], "-h") == 0)
		return help(stdout);
	if (strcmp(argv[1], "--version") == 0)
		argv[1] += 2; /* a command like the others */
	cmd = command_find(argc - 1, argv + 1, &words);
	if (cmd == NULL)
		return group_help(argc - 1, argv + 1);
	code = opts_parse(cmd, argc - words, argv + words, &o, &asks_help);
	if (code != UI_OK)
		return code;
	if (asks_help) {
		printf("usage: bulla %s %s\n\n%s\n", cmd->name, cmd->usage, cmd->help);
		return ui_flush();
	}
	fail_listen(o.verbose);
	return cmd->run(&o);
}
