/* SPDX-License-Identifier: BSD-2-Clause */
/* A client of Bulla's trusted application that does exactly as a test says: it speaks the protocol
 * of ta_proto.h through libteec by itself, without any of the project's own code. For programs that
 * run inside the guest. Nothing here is thread-safe; each thread has a client of its own. */
#pragma once

#include "ta_proto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tee_client_api.h>

struct client {
	TEEC_Context context;
	TEEC_Session session;
	bool has_context, has_session;
};
#define CLIENT(name) __attribute__((cleanup(client_close))) struct client name = {0}

/* The users and groups of the guest. */
enum {
	ALICE = 1000, /* in shared */
	BOB = 1001,   /* in shared */
	CAROL = 1002,
	DAVE = 1003, /* may not open /dev/tee0 */
	SHARED = 2000,
};

extern const TEEC_UUID client_bulla;
/* A session with this trusted application. id: the group's, for TA_LOGIN_GROUP. */
TEEC_Result client_open(struct client *c, const TEEC_UUID *ta, enum ta_login login, uint32_t id);
void client_close(struct client *c);

struct request {
	uint8_t bytes[TA_REQUEST_MAX + 64];
	size_t len;
};
void request_put(struct request *r, const void *ptr, size_t len);
void request_u8(struct request *r, uint8_t v);
void request_u32(struct request *r, uint32_t v);

struct answer {
	TEEC_Result result; /* the rest counts only if it is TEEC_SUCCESS */
	uint32_t origin;
	uint8_t bytes[TA_ANSWER_MAX];
	size_t len;
	bool counted;
	uint8_t status;
	uint32_t failed, tries;
};
/* Reads what a command answered; a malformed answer becomes TEEC_ERROR_BAD_FORMAT. */
void answer_read(struct answer *a);
/* A trusted application that died is not opened again: that is for tests to see. */
struct answer client_call(struct client *c, uint32_t command, const struct request *r);

/* What this client knows of a seal: everything. */
struct sealed {
	uint8_t blob[TA_BLOB_LEN], s[TA_S_LEN], auth[TA_AUTH_LEN], owner[TA_OWNER_LEN];
	bool pin;
};
void client_random(void *ptr, size_t len);
/* auth and owner are made up; without a PIN auth stays zero. */
struct answer client_seal(
	struct client *c, enum ta_login login, uint32_t tries, bool pin, struct sealed *ret);
/* s: NULL, or for the answer's. */
struct answer client_unseal(
	struct client *c, const uint8_t *blob, const uint8_t *auth, uint8_t *ret_s);
/* Opens with what is known, and s is the one that was sealed. */
bool client_opens(struct client *c, const struct sealed *s);
/* ret: a new auth, the same owner value. */
struct answer client_change(
	struct client *c, const struct sealed *s, uint32_t tries, struct sealed *ret);
struct answer client_settle(struct client *c, const struct sealed *s);
struct answer client_destroy(struct client *c, const struct sealed *s);
/* The state (enum ta_state) in *ret_state. */
struct answer client_describe(struct client *c, const uint8_t *blob, uint8_t *ret_state);
/* Wrong PINs that count now; UINT32_MAX if it is not told. */
uint32_t client_failed(struct client *c, const struct sealed *s);
/* This and all that follows in the process is done by another user. False: it cannot be. */
bool client_become(uint32_t uid);
