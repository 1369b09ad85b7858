/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of Bulla's trusted application (TA), one function each: a request is written, an
 * answer is read and believed in nothing but its form. What it means for a seal, and what is said
 * when, is trust_tee.c's. */
#pragma once

#include "teec.h"

#define TEE_TRIES 10u /* wrong PINs that lock a seal; no time heals them */

/* The head of an answer. The functions below succeed whatever the status; what else they return is
 * set only where it is TA_ST_OK. E_CORRUPT and E_VERSION: the answer's form; else teec_invoke's. */
struct tee_answer {
	enum ta_status status;
	struct trust_count count;
};

struct tee_made {
	struct secret *s;
	uint8_t blob[TA_BLOB_LEN]; /* begins with 0: there is none */
};
void tee_made_done(struct tee_made *m);

struct tee_described {
	enum ta_state state;
	uint32_t flags, rollback, epoch;
	struct bytes maker, vendor, firmware; /* borrowed from the conversation */
};

/* After a failure, too, the blob is there if the TA has made one. */
NODISCARD struct err tee_ask_seal(struct teec *t, const struct trust_wish *w,
	struct tee_answer *ret, struct tee_made *ret_made);
NODISCARD struct err tee_ask_change(struct teec *t, const struct trust_wish *w,
	struct tee_answer *ret, struct tee_made *ret_made);
NODISCARD struct err tee_ask_open(struct teec *t, struct bytes blob, const struct secret *auth,
	struct tee_answer *ret, struct secret **ret_s);
/* blob may be empty. */
NODISCARD struct err tee_ask_describe(
	struct teec *t, struct bytes blob, struct tee_answer *ret, struct tee_described *ret_d);
/* TA_CMD_SETTLE or TA_CMD_DESTROY. */
NODISCARD struct err tee_ask_owner(struct teec *t, enum ta_cmd cmd, struct bytes blob,
	const struct secret *owner, struct tee_answer *ret);

/* Can it be a blob of ours? E_CORRUPT, E_VERSION. */
NODISCARD struct err tee_blob_sound(struct bytes blob);
/* What a status is to people; NULL where its code says it all. */
const char *tee_status_words(enum ta_status s);
/* The error of a status, logged. pin: has the seal's policy one? A seal that can count no more is
 * locked for good. */
NODISCARD struct err tee_status_err(enum ta_status s, bool pin);
