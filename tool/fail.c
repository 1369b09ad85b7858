/* SPDX-License-Identifier: BSD-2-Clause */
/* Failures by rows. The last thing that a lower floor logged is the detail. */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#include "ui.h"

static char detail[512]; /* what was logged: the first line, and the last; "" when none was */
static size_t first_len;

struct err_row {
	enum err_code code;
	int exit;
	const char *hint; /* NULL: none */
};

struct rv_row {
	CK_RV rv;
	int exit;
	const char *text, *hint;
};

#define HINT_POLICY                                                                              \
	"the machine is not in the state, or you are not the user or group, that the token was " \
	"sealed for; `bulla status` says which, and which PCRs changed"
#define HINT_LOCKED                                                                           \
	"`bulla status` says what counts wrong PINs, and whether time or the SO (`bulla pin " \
	"--reset`) ends the lock"
#define HINT_AWAY                                                                               \
	"is there such a trust source (a TPM, a TEE), and may you use it? `bulla assess` says " \
	"more; BULLA_TCTI says which TPM"

static const struct err_row err_rows[] = {
	{E_AUTH, UI_PIN, NULL},
	{E_LOCKED, UI_PIN, HINT_LOCKED},
	{E_POLICY, UI_PROBLEM, HINT_POLICY},
	{E_FOREIGN, UI_PROBLEM,
		"the token belongs to another machine, or its trust source was cleared, or the "
		"seal was replaced"},
	{E_UNAVAILABLE, UI_PROBLEM, HINT_AWAY},
	{E_CORRUPT, UI_PROBLEM, "`bulla check` says what is damaged"},
	{E_TAMPERED, UI_PROBLEM, "`bulla check` says what is damaged"},
	{E_VERSION, UI_PROBLEM, "it was written by a newer version: use that one"},
	{E_BUSY, UI_FAILED, "something else is using it: try again"},
	{E_PERMISSION, UI_FAILED,
		"a store must belong to you or to root, and nobody else may write in it"},
};

static const struct rv_row rv_rows[] = {
	{CKR_HOST_MEMORY, UI_FAILED, "out of memory", NULL},
	{CKR_GENERAL_ERROR, UI_FAILED, "an internal error", "--verbose shows more"},
	{CKR_FUNCTION_FAILED, UI_PROBLEM, "refused by the trust source",
		"`bulla status` says what each token is bound to, and which PCRs changed, or "
		"that it is sealed for another user or group"},
	{CKR_ARGUMENTS_BAD, UI_FAILED, "it makes no sense", NULL},
	{CKR_DEVICE_ERROR, UI_PROBLEM, "the trust source or the store fails",
		"`bulla assess` shows the trust source, `bulla status` whether the token would "
		"open, "
		"and `bulla check` what is damaged"},
	{CKR_DEVICE_MEMORY, UI_FAILED, "no space is left", NULL},
	{CKR_DEVICE_REMOVED, UI_PROBLEM, "the token or its trust source is gone", HINT_AWAY},
	{CKR_TOKEN_NOT_PRESENT, UI_PROBLEM, "the token or its trust source is away", HINT_AWAY},
	{CKR_TOKEN_NOT_RECOGNIZED, UI_PROBLEM, "the token is damaged or of a newer version",
		"`bulla check` says what is damaged"},
	{CKR_TOKEN_WRITE_PROTECTED, UI_FAILED, "the store may only be read", NULL},
	{CKR_PIN_INCORRECT, UI_PIN, "wrong PIN", NULL},
	{CKR_PIN_LOCKED, UI_PIN, "too many wrong PINs: no try was made", HINT_LOCKED},
	{CKR_PIN_LEN_RANGE, UI_FAILED, "a PIN has 4 to 255 bytes", NULL},
	{CKR_PIN_INVALID, UI_FAILED, "that cannot be a PIN", NULL},
	{CKR_USER_PIN_NOT_INITIALIZED, UI_FAILED, "the token has no user PIN yet",
		"`bulla pin --reset` sets one, with the SO PIN"},
	{CKR_USER_NOT_LOGGED_IN, UI_FAILED, "the token is not open", NULL},
	{CKR_USER_TYPE_INVALID, UI_FAILED, "the token has no such role", NULL},
	{CKR_ATTRIBUTE_VALUE_INVALID, UI_FAILED, "a value is not valid", NULL},
	{CKR_TEMPLATE_INCONSISTENT, UI_FAILED, "the attributes contradict each other", NULL},
	{CKR_TEMPLATE_INCOMPLETE, UI_FAILED, "attributes are missing", NULL},
	{CKR_KEY_SIZE_RANGE, UI_FAILED, "keys of this size are not taken", NULL},
	{CKR_CURVE_NOT_SUPPORTED, UI_FAILED, "this curve is not supported", NULL},
	{CKR_KEY_TYPE_INCONSISTENT, UI_FAILED, "keys of this type are not supported", NULL},
	{CKR_FUNCTION_NOT_SUPPORTED, UI_FAILED, "that is not supported here", NULL},
};

static void remember(void *arg, enum log_level level, const char *text)
{
	(void) arg;
	(void) level;
	if (detail[0] == '\0') {
		snprintf(detail, sizeof(detail) / 2, "%s", text);
		first_len = strlen(detail);
		return;
	}
	if (strncmp(detail, text, first_len) != 0)
		snprintf(detail + first_len, sizeof(detail) - first_len, "; %s", text);
}

static void show(void *arg, enum log_level level, const char *text)
{
	(void) arg;
	(void) level;
	ui_note("%s", text);
}

void fail_listen(bool debug)
{
	log_set_sink(debug ? show : remember, NULL, debug ? LOG_DEBUG : LOG_ERROR);
}

const char *fail_heard(void)
{
	return detail;
}

void fail_forget(void)
{
	detail[0] = '\0';
}

static void fail_say(const char *what, const char *why, const char *hint)
{
	TEXT(clean);

	clean = ui_clean(bytes_str(detail));
	if (clean == NULL || *clean == '\0')
		ui_error("%s: %s", what, why);
	else
		ui_error("%s: %s (%s)", what, why, clean);
	if (hint != NULL)
		ui_hint("%s", hint);
	fail_forget();
}

int fail_err(struct err e, const char *format, ...)
{
	const struct err_row *row = NULL;
	char what[320];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	for (size_t i = 0; i < ARRAY_LEN(err_rows); i++)
		if (err_rows[i].code == e.code)
			row = &err_rows[i];
	fail_say(what, err_str(e), row == NULL ? NULL : row->hint);
	return row == NULL ? UI_FAILED : row->exit;
}

int fail_rv(CK_RV rv, const char *format, ...)
{
	const struct rv_row *row = NULL;
	char what[320], why[48];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	for (size_t i = 0; i < ARRAY_LEN(rv_rows); i++)
		if (rv_rows[i].rv == rv)
			row = &rv_rows[i];
	snprintf(why, sizeof(why), "return code 0x%lx", (unsigned long) rv);
	fail_say(what, row == NULL ? why : row->text, row == NULL ? NULL : row->hint);
	return row == NULL ? UI_FAILED : row->exit;
}
