/* SPDX-License-Identifier: BSD-2-Clause */
/* Who the client of the current call is: what the TEE says, and the normal world's kernel said. */
#pragma once

#include "wire.h"

struct identity {
	uint8_t login;           /* enum ta_login, or IDENTITY_OTHER */
	uint8_t uuid[TA_ID_LEN]; /* as RFC 9562 writes it; zero unless a user or a group */
};
#define IDENTITY_OTHER 0xffu /* a login that no seal can be bound to */

enum ta_status identity_now(struct identity *ret);
/* May the client open what is bound to `bound`? */
bool identity_fits(const struct identity *bound, const struct identity *client);
