/* SPDX-License-Identifier: BSD-2-Clause */
/* What a file tells the fake sources to do; its words are in trust_fake.h and trust_fake2.h. */
#pragma once

#include "err.h"

#include <stdbool.h>
#include <stdint.h>

#define FAKE_MAX 32u /* wrong tries that lock, where the file says nothing */

struct script {
	enum err_code fail_seal, fail_open, fail_settle, fail_destroy;
	unsigned state; /* 1 + enum trust_state; 0: found out */
	uint32_t changed, max, interval;
	uint64_t now;
	bool foreign, any_auth, counts; /* counts: there is a file at all */
};

/* Reads the file that this environment variable names. A word that is none ends the program. */
struct script fake_script_read(const char *variable);
const char *fake_code_name(enum err_code code);
