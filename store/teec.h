/* SPDX-License-Identifier: BSD-2-Clause */
/* One conversation with Bulla's trusted application (TA): libteec loaded, a session opened, memory
 * shared with the TEE, and all of it gone again at the end. Knows nothing of what is said. */
#pragma once

#include "policy.h"
#include "ta_proto.h"
#include "trust.h"

#define TEEC_DEVICE "/dev/tee0"

/* Whom the kernel is to call us; a group only if we are of it. */
struct teec_login {
	enum policy_login login;
	uint32_t id;
};

/* What went wrong, for people; "" if nothing did. */
struct teec_why {
	char text[sizeof(((struct trust_info *) 0)->detail)];
};

struct teec;

/* E_UNAVAILABLE, E_BUSY, E_POLICY (the kernel does not take us for whom we say), E_NOMEM, each
 * logged and said in *why, which outlives the conversation. */
NODISCARD struct err teec_open(const struct trust_env *env, const struct teec_login *login,
	struct teec_why *why, struct teec **ret);
/* Closes, and wipes what was shared. */
void teec_close(struct teec **t);

/* TA_REQUEST_MAX bytes to write the request to: shared with the TEE, in no core and no child. */
uint8_t *teec_request(struct teec *t);
/* Sends what stands there. The answer, at most TA_ANSWER_MAX bytes, is borrowed from the same
 * memory until the next command. A TEE that is busy is asked again for a while, a TA that panicked
 * once more; the command may then have been done twice. */
NODISCARD struct err teec_invoke(
	struct teec *t, enum ta_cmd cmd, size_t request_len, struct bytes *ret_answer);

/* Why a TEE could not be found at this device. */
void teec_device_why(const char *path, struct teec_why *ret);
