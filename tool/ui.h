/* SPDX-License-Identifier: BSD-2-Clause */
/* All terminal rules in one place: data on standard output, everything else on standard error or
 * the terminal; secrets from a terminal without echo, a descriptor or a file, never from arguments
 * or the environment. */
#pragma once

#include "bytes.h"
#include "opts.h"
#include "secret.h"

#include <json-c/json.h>

/* Exit codes (docs/man/bulla.1). */
enum ui_exit {
	UI_OK = 0,
	UI_FAILED = 1,
	UI_USAGE = 2,
	UI_PROBLEM = 3, /* it was looked at, and it is not well: would not open, is damaged */
	UI_PIN = 4,     /* a wrong PIN, or no try left */
};

#define UI_SECRET_MAX 255u /* bytes, a PIN or passphrase */

/* "bulla: error: ..." lower case, no full stop. */
void ui_error(const char *format, ...) _printf_(1, 2);
/* "bulla: hint: ..." what to do about it. */
void ui_hint(const char *format, ...) _printf_(1, 2);
/* "bulla: ..." progress and news, for people only. */
void ui_note(const char *format, ...) _printf_(1, 2);

/* Text that came from a store, a TPM or a file, fit for a terminal: what is not printable UTF-8
 * becomes \xNN. malloc'd; NULL when memory is short. */
char *ui_clean(struct bytes text);
/* Cleanup for what ui_clean and others malloc. */
void ui_text_done(char **text);
#define TEXT(name) _cleanup_(ui_text_done) char *name = NULL

/* Asks for a secret, twice if it is a new one. prompt: "PIN of \"x\"". Errors are printed; returns
 * an exit code. From a descriptor one line is read, not a byte more, so that several secrets may
 * come one after the other. */
NODISCARD int ui_secret(
	const struct secret_from *from, const char *prompt, bool is_new, struct secret **ret);
/* yes: it was agreed to on the command line. Returns UI_OK, or the exit code of a refusal. */
NODISCARD int ui_agree(bool yes, const char *question);

/* Prints to standard output, and says whether all of it got there. Releases *o. */
NODISCARD int ui_json(json_object **o);
/* Flushes standard output: UI_FAILED, with an error, if what was printed did not get there. */
NODISCARD int ui_flush(void);
