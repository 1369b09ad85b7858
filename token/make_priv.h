/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that make keys share. */
#pragma once

#include "key.h"
#include "mech.h"
#include "object.h"
#include "rules.h"
#include "token.h"

/* The last steps of everything that is made: the template, with the value in it, through
 * rules_finish and access_create into the token, all objects or none. */
struct make_part {
	struct rules_context rules;
	struct attrs *attrs; /* borrowed; used up */
};
NODISCARD CK_RV make_publish(
	struct token *t, struct make_part *parts, size_t count, CK_OBJECT_HANDLE *ret);

/* A row that can do this, and its parameters. CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID.
 */
NODISCARD CK_RV make_row(
	const CK_MECHANISM *mech, CK_FLAGS flag, struct params *params, const struct mech **ret);

/* An object that takes part with its value, and its key. invalid: the code for a handle that is
 * none. A key that wants a PIN for each use cannot be used here: there is no operation between
 * whose start and end the PIN could be given. */
struct make_use {
	CK_OBJECT_HANDLE handle;
	CK_ATTRIBUTE_TYPE usage; /* CKA_WRAP, CKA_UNWRAP, CKA_DERIVE */
	CK_MECHANISM_TYPE mech;
	CK_RV invalid;
};
NODISCARD CK_RV make_take(struct token *t, const struct who *who, const struct make_use *use,
	struct object **ret_object, struct key **ret_key);

/* Checks the value that attrs hold as hard as can be, and adds what it lacks: RSA's CRT parts, a
 * point's DER, CKA_PUBLIC_KEY_INFO. Errors as codec_pkey_from_attrs. */
NODISCARD CK_RV make_complete(CK_OBJECT_CLASS cls, CK_KEY_TYPE type, struct attrs *attrs);
