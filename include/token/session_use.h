/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done in a session. The caller holds the session's lock in all of these. */
#pragma once

#include "bytes.h"
#include "op.h"
#include "session.h"

/* ---- operations ---- */

/* mech NULL ends an active operation (PKCS #11 3.0); without one it is CKR_ARGUMENTS_BAD. */
NODISCARD CK_RV session_op_init(
	struct session *s, enum op_verb verb, const CK_MECHANISM *mech, CK_OBJECT_HANDLE key);
/* As op_oneshot, op_update, op_final, op_verify, op_verify_final. */
NODISCARD CK_RV session_op_oneshot(
	struct session *s, enum op_verb verb, struct bytes in, CK_BYTE *out, CK_ULONG *out_len);
NODISCARD CK_RV session_op_update(
	struct session *s, enum op_verb verb, struct bytes in, CK_BYTE *out, CK_ULONG *out_len);
NODISCARD CK_RV session_op_final(
	struct session *s, enum op_verb verb, CK_BYTE *out, CK_ULONG *out_len);
NODISCARD CK_RV session_op_verify(struct session *s, struct bytes data, struct bytes signature);
NODISCARD CK_RV session_op_verify_final(struct session *s, struct bytes signature);
NODISCARD CK_RV session_digest_key(struct session *s, CK_OBJECT_HANDLE key);
/* Bad arguments end an operation, too. */
void session_op_cancel(struct session *s, enum op_verb verb);
/* C_SessionCancel: CKF_SIGN, CKF_FIND_OBJECTS ... */
NODISCARD CK_RV session_cancel(struct session *s, CK_FLAGS flags);
/* Is any operation active whose state could be asked for? */
bool session_op_any(const struct session *s);

/* Two operations at once (C_DigestEncryptUpdate, C_SignEncryptUpdate): the first sees the plain
 * text. */
NODISCARD CK_RV session_dual_encrypt(
	struct session *s, enum op_verb with, struct bytes plain, CK_BYTE *out, CK_ULONG *out_len);
/* C_DecryptDigestUpdate, C_DecryptVerifyUpdate. */
NODISCARD CK_RV session_dual_decrypt(
	struct session *s, enum op_verb with, struct bytes cipher, CK_BYTE *out, CK_ULONG *out_len);

/* ---- objects ---- */

/* A caller's template, as it is. */
struct session_template {
	const CK_ATTRIBUTE *list;
	CK_ULONG count;
};

NODISCARD CK_RV session_create(
	struct session *s, struct session_template templ, CK_OBJECT_HANDLE *ret);
NODISCARD CK_RV session_copy(struct session *s, CK_OBJECT_HANDLE from,
	struct session_template templ, CK_OBJECT_HANDLE *ret);
NODISCARD CK_RV session_destroy(struct session *s, CK_OBJECT_HANDLE h);
NODISCARD CK_RV session_object_size(struct session *s, CK_OBJECT_HANDLE h, CK_ULONG *ret);
/* Fills in every attribute that can be had, whatever happens to others. */
NODISCARD CK_RV session_get_attributes(
	struct session *s, CK_OBJECT_HANDLE h, CK_ATTRIBUTE *templ, CK_ULONG count);
NODISCARD CK_RV session_set_attributes(
	struct session *s, CK_OBJECT_HANDLE h, struct session_template templ);
NODISCARD CK_RV session_find_init(struct session *s, struct session_template templ);
NODISCARD CK_RV session_find(
	struct session *s, CK_OBJECT_HANDLE *ret, CK_ULONG max, CK_ULONG *ret_count);
NODISCARD CK_RV session_find_final(struct session *s);

/* ---- making keys ---- */

NODISCARD CK_RV session_generate(struct session *s, const CK_MECHANISM *mech,
	struct session_template templ, CK_OBJECT_HANDLE *ret);
/* [0] public, [1] private. */
NODISCARD CK_RV session_generate_pair(struct session *s, const CK_MECHANISM *mech,
	const struct session_template templ[static 2], CK_OBJECT_HANDLE ret[static 2]);
/* keys: [0] wraps [1]. out NULL asks for the length. */
NODISCARD CK_RV session_wrap(struct session *s, const CK_MECHANISM *mech,
	const CK_OBJECT_HANDLE keys[static 2], CK_BYTE *out, CK_ULONG *out_len);
NODISCARD CK_RV session_unwrap(struct session *s, const CK_MECHANISM *mech, CK_OBJECT_HANDLE key,
	struct bytes wrapped, struct session_template templ, CK_OBJECT_HANDLE *ret);
NODISCARD CK_RV session_derive(struct session *s, const CK_MECHANISM *mech, CK_OBJECT_HANDLE base,
	struct session_template templ, CK_OBJECT_HANDLE *ret);
NODISCARD CK_RV session_random(CK_BYTE *ret, size_t len);
