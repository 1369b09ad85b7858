/* SPDX-License-Identifier: BSD-2-Clause */
/* What attributes an object may and must have: one row per attribute and class, with its type, its
 * default, who may set it when, and which way it may still change (PKCS #11 4.1 ff., DESIGN section
 * 5). The rows are the authority: encoding, secrecy and defaults are read from them, too. */
#pragma once

#include "attrs.h"
#include "config.h"
#include "object.h"
#include "token.h"

enum attr_kind {
	ATTR_BYTES,
	ATTR_ULONG,
	ATTR_BOOL,
	ATTR_DATE,   /* empty or CK_DATE */
	ATTR_BIGNUM, /* unsigned, big endian, no leading zero kept */
	ATTR_MECHS,  /* array of CK_MECHANISM_TYPE */
};

enum rules_how {
	RULES_CREATE, /* C_CreateObject: ALWAYS_SENSITIVE, NEVER_EXTRACTABLE and LOCAL become false
		       */
	RULES_GENERATE, /* they become what the template makes them */
	RULES_UNWRAP,   /* as create; EXTRACTABLE may be asked for */
	RULES_DERIVE,   /* the base's ALWAYS_SENSITIVE and NEVER_EXTRACTABLE count */
	RULES_COPY,     /* protection only grows */
};

struct rules_context {
	enum rules_how how;
	struct who who;
	const struct config *config;
	CK_OBJECT_CLASS cls;  /* of generated, unwrapped, derived objects; else from the template */
	CK_KEY_TYPE key_type; /* likewise; CK_UNAVAILABLE_INFORMATION: from the template */
	CK_MECHANISM_TYPE
	mech;         /* CKA_KEY_GEN_MECHANISM of generated keys; else CK_UNAVAILABLE_INFORMATION */
	bool one_way; /* derive: key agreement or one-way KDF: exempt from "never weaker" */
	/* derive: the base key; unwrap: the unwrapping key; copy: the original, whose secret
	 * attributes the caller adds between the two steps */
	const struct object *base;
};

/* Makes a finished object's attributes of a template, in two steps so that a mechanism can put the
 * key's value between them. rules_begin: every attribute is known, of the right type and allowed to
 * be given; what the context fixes is consistent. CKR_ATTRIBUTE_TYPE_INVALID,
 * CKR_ATTRIBUTE_VALUE_INVALID, CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT. rules_finish:
 * the value's attributes are there; nothing is missing (CKR_TEMPLATE_INCOMPLETE); defaults filled
 * in; token keys raised to sensitive; usage separation; secret attributes moved to ret_secrets. */
NODISCARD CK_RV rules_begin(const struct rules_context *c, struct attrs *attrs);
NODISCARD CK_RV rules_finish(
	const struct rules_context *c, struct attrs *attrs, struct attrs *ret_secrets);

/* C_SetAttributeValue: applies `changes` to a copy of the object's attributes. */
NODISCARD CK_RV rules_set(const struct who *who, const struct object *o,
	const struct attrs *changes, struct attrs *ret);

/* ATTR_BYTES and false for unknown types. */
enum attr_kind rules_kind(CK_ATTRIBUTE_TYPE type, bool *ret_known);
/* Is it a secret of objects like this one (sealed at rest; never revealed of sensitive ones)? */
bool rules_secret(CK_OBJECT_CLASS cls, CK_KEY_TYPE key_type, bool private_, CK_ATTRIBUTE_TYPE type);
