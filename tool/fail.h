/* SPDX-License-Identifier: BSD-2-Clause */
/* What went wrong, in words, with a way out: rows for err_codes and for return codes of PKCS #11.
 */
#pragma once

#include <stdbool.h>

#include "err.h"
#include "pkcs11.h"

/* Remembers what lower floors log, so that fail_* can say what exactly happened. debug: print it
 * all on standard error instead. */
void fail_listen(bool debug);

/* What was remembered since the last failure or fail_forget, or "" (also with debug). */
const char *fail_heard(void);
/* Forgets it. */
void fail_forget(void);

/* "cannot WHAT: ..."; a hint where there is one. Returns the exit code. */
NODISCARD int fail_err(struct err e, const char *format, ...) _printf_(2, 3);
NODISCARD int fail_rv(CK_RV rv, const char *format, ...) _printf_(2, 3);
