/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows behind rules.c: which attribute may be on which object, and how. Data only. */
#pragma once

#include "rules.h"

/* classes */
#define RULE_DATA   (1u << CKO_DATA)
#define RULE_CERT   (1u << CKO_CERTIFICATE)
#define RULE_PUB    (1u << CKO_PUBLIC_KEY)
#define RULE_PRIV   (1u << CKO_PRIVATE_KEY)
#define RULE_SECRET (1u << CKO_SECRET_KEY)
#define RULE_DOMAIN (1u << CKO_DOMAIN_PARAMETERS)

/* key types, by what their attributes have in common; 0 in a row: any */
enum rule_keys {
	RULE_RSA = 1u << 0,
	RULE_EC = 1u << 1,
	RULE_ED = 1u << 2,
	RULE_MONT = 1u << 3,
	RULE_AES = 1u << 4,
	RULE_MAC = 1u << 5, /* generic secrets and those typed for one HMAC */
	RULE_HKDF = 1u << 6,
	RULE_DSA = 1u << 7, /* domain parameters only */
	RULE_DH = 1u << 8,  /* likewise */
};

/* Which way the value of an existing object may go, by C_SetAttributeValue or in a copy. */
enum rule_change {
	CHANGE_NO,
	CHANGE_FREE,
	CHANGE_UP,   /* false to true */
	CHANGE_DOWN, /* true to false */
	CHANGE_SO,   /* by the SO only; so is giving it as true */
	CHANGE_COPY, /* in a copy only */
	CHANGE_COPY_UP,
	CHANGE_COPY_DOWN,
};

/* What it is when nobody gave it. Those that depend on more than the row: rules.c. */
enum rule_default {
	DEF_ABSENT,
	DEF_EMPTY,
	DEF_FALSE,
	DEF_TRUE,
	DEF_ZERO,
	DEF_RULES, /* rules.c knows */
};

struct attr_rule {
	CK_ATTRIBUTE_TYPE type;
	unsigned classes, keys;
	enum attr_kind kind;
	unsigned give; /* bits 1 << enum rules_how: the caller may give it then */
	unsigned need; /* it must be there in the end, from whomever */
	enum rule_change change;
	enum rule_default def;
	bool secret;  /* sealed */
	bool private; /* sealed if the object is private */
};

/* By type, ascending. */
extern const struct attr_rule attr_rules[];
extern const size_t attr_rules_count;

/* 0 for a key type that is not supported on objects of this class. */
unsigned rules_key_bit(CK_OBJECT_CLASS cls, CK_KEY_TYPE type);
/* NULL if objects of this class and key type have none of this type. */
const struct attr_rule *rules_row(CK_ATTRIBUTE_TYPE type, CK_OBJECT_CLASS cls, unsigned key_bit);
bool rules_class_known(CK_OBJECT_CLASS cls);
