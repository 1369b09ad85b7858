/* SPDX-License-Identifier: BSD-2-Clause */
/* One state machine for all verbs, and the length-query rule, once (PKCS #11 5.2: NULL buffer or
 * CKR_BUFFER_TOO_SMALL keep the operation; every other result but success of an update ends it).
 * Caller-locked: the session's lock. */
#pragma once

#include "attr.h"
#include "bytes.h"
#include "pkcs11.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum op_verb {
	OP_DIGEST,
	OP_SIGN,
	OP_VERIFY,
	OP_SIGN_RECOVER,
	OP_VERIFY_RECOVER,
	OP_ENCRYPT,
	OP_DECRYPT,
	OP_VERBS
};

struct op;
struct key;
struct token;

/* bytes that parts may bring where the input is needed whole */
#define OP_INPUT_MAX ((size_t) 16 << 20)

/* One verb's place in a session; no memory is taken until it is used. */
struct op_slot {
	struct op *op;   /* NULL: no operation is active */
	struct op *idle; /* the last one's memory, without its key: for the next one */
};

/* mech: the caller's, read here through params.c. key: NULL for digests; a reference is taken. */
NODISCARD CK_RV op_init(
	struct op_slot *s, enum op_verb verb, const CK_MECHANISM *mech, struct key *key);
/* The same, but takes the caller's reference. It is the caller's still after CKR_OPERATION_ACTIVE,
 * CKR_ARGUMENTS_BAD and CKR_HOST_MEMORY: *key says so. */
NODISCARD CK_RV op_init_taking(
	struct op_slot *s, enum op_verb verb, const CK_MECHANISM *mech, struct key **key);
/* out NULL asks for the length. CKR_OPERATION_NOT_INITIALIZED. Digest, sign and verify updates have
 * no output. */
NODISCARD CK_RV op_update(struct op_slot *s, struct bytes in, uint8_t *out, CK_ULONG *out_len);
NODISCARD CK_RV op_final(struct op_slot *s, uint8_t *out, CK_ULONG *out_len);
NODISCARD CK_RV op_oneshot(struct op_slot *s, struct bytes in, uint8_t *out, CK_ULONG *out_len);
/* Verify: in one go, or after updates (data empty and multi true). */
NODISCARD CK_RV op_verify(struct op_slot *s, struct bytes data, struct bytes signature);
NODISCARD CK_RV op_verify_final(struct op_slot *s, struct bytes signature);
/* C_DigestKey. */
NODISCARD CK_RV op_digest_key(struct op_slot *s, struct key *key);
/* Ends it, whatever its state; the prepared context goes back to its key. */
void op_cancel(struct op_slot *s);
/* The session ends: cancels, and frees what is idle. */
void op_slot_done(struct op_slot *s);
static inline bool op_active(const struct op_slot *s)
{
	return s->op != NULL;
}
/* Does it use a key that dies at logout, opened under a login generation before this one? */
bool op_stale(const struct op_slot *s, uint64_t generation);
/* A context-specific login is due before the first use (CKA_ALWAYS_AUTHENTICATE), or was done. */
void op_need_login(struct op_slot *s);
void op_allow(struct op_slot *s);
bool op_waits_for_login(const struct op_slot *s);
