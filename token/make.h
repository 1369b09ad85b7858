/* SPDX-License-Identifier: BSD-2-Clause */
/* Making new keys with a mechanism: generate, wrap, unwrap, derive. Everything that a refused call
 * did is undone: nothing of it is published. Callers hold the session's lock. */
#pragma once

#include "token.h"

NODISCARD CK_RV make_key(struct token *t, const struct who *who, const CK_MECHANISM *mech,
	struct attrs *templ, CK_OBJECT_HANDLE *ret);
NODISCARD CK_RV make_pair(struct token *t, const struct who *who, const CK_MECHANISM *mech,
	struct attrs templ[2], CK_OBJECT_HANDLE ret[2]); /* [0] public, [1] private */
/* out NULL asks for the length. */
NODISCARD CK_RV make_wrapped(struct token *t, const struct who *who, const CK_MECHANISM *mech,
	const CK_OBJECT_HANDLE keys[2] /* wrapping, wrapped */, uint8_t *out, CK_ULONG *out_len);
struct make_wrapped_key {
	CK_OBJECT_HANDLE unwrapping; /* the key that opens it */
	struct bytes bytes;
};
NODISCARD CK_RV make_unwrapped(struct token *t, const struct who *who, const CK_MECHANISM *mech,
	const struct make_wrapped_key *wrapped, struct attrs *templ, CK_OBJECT_HANDLE *ret);
NODISCARD CK_RV make_derived(struct token *t, const struct who *who, const CK_MECHANISM *mech,
	CK_OBJECT_HANDLE base, struct attrs *templ, CK_OBJECT_HANDLE *ret);
/* C_CreateObject and C_CopyObject: the same path without a mechanism. */
NODISCARD CK_RV make_object(
	struct token *t, const struct who *who, struct attrs *templ, CK_OBJECT_HANDLE *ret);
NODISCARD CK_RV make_copy(struct token *t, const struct who *who, CK_OBJECT_HANDLE from,
	struct attrs *templ, CK_OBJECT_HANDLE *ret);
