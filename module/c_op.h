/* SPDX-License-Identifier: BSD-2-Clause */
/* The one shape of all C_ functions that work with an operation. Arguments that make no sense end
 * the operation (PKCS #11 5.2: only a length query and CKR_BUFFER_TOO_SMALL leave it). */
#pragma once

#include "call.h"

/* Where it came from and what is meant. */
struct c_op {
	const char *func;
	CK_SESSION_HANDLE session;
	enum op_verb verb;
};
#define C_OP(h, verb) ((struct c_op){__func__, (h), (verb)})

NODISCARD CK_RV c_op_init(struct c_op op, const CK_MECHANISM *mech, CK_OBJECT_HANDLE key);
NODISCARD CK_RV c_op_oneshot(
	struct c_op op, const CK_BYTE *in, CK_ULONG in_len, CK_BYTE *out, CK_ULONG *out_len);
/* Without output: digests, signatures. */
NODISCARD CK_RV c_op_feed(struct c_op op, const CK_BYTE *in, CK_ULONG in_len);
NODISCARD CK_RV c_op_update(
	struct c_op op, const CK_BYTE *in, CK_ULONG in_len, CK_BYTE *out, CK_ULONG *out_len);
NODISCARD CK_RV c_op_final(struct c_op op, CK_BYTE *out, CK_ULONG *out_len);
