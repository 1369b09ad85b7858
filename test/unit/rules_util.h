/* SPDX-License-Identifier: BSD-2-Clause */
/* Templates of every kind of object, and objects made of them by the rules alone, for the tests of
 * rules.c and access.c. */
#pragma once

#include "test.h"

#include "object.h"
#include "rules.h"

#include <stdlib.h>

struct kind_case {
	CK_OBJECT_CLASS cls;
	CK_KEY_TYPE type;
	bool generated;
	const char *create; /* what its creation needs: "attribute type in hex=value ..." */
};

#define NO_TYPE CK_UNAVAILABLE_INFORMATION
static const struct kind_case kind_cases[] = {
	{CKO_DATA, NO_TYPE, false, "11=value"},
	{CKO_CERTIFICATE, NO_TYPE, false, "11=der 101=subject"},
	{CKO_PUBLIC_KEY, CKK_RSA, true, "120=modulus 122=e"},
	{CKO_PUBLIC_KEY, CKK_EC, true, "180=params 181=point"},
	{CKO_PUBLIC_KEY, CKK_EC_EDWARDS, true, "180=params 181=point"},
	{CKO_PUBLIC_KEY, CKK_EC_MONTGOMERY, true, "180=params 181=point"},
	{CKO_PRIVATE_KEY, CKK_RSA, true, "120=modulus 123=d"},
	{CKO_PRIVATE_KEY, CKK_EC, true, "180=params 11=value"},
	{CKO_PRIVATE_KEY, CKK_EC_EDWARDS, true, "180=params 11=value"},
	{CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY, true, "180=params 11=value"},
	{CKO_SECRET_KEY, CKK_AES, true, "11=0123456789abcdef"},
	{CKO_SECRET_KEY, CKK_GENERIC_SECRET, true, "11=0123456789abcdef"},
	{CKO_SECRET_KEY, CKK_SHA256_HMAC, true, "11=0123456789abcdef"},
	{CKO_SECRET_KEY, CKK_HKDF, true, "11=0123456789abcdef"},
	{CKO_DOMAIN_PARAMETERS, CKK_DSA, false, "130=p 131=q 132=g"},
	{CKO_DOMAIN_PARAMETERS, CKK_DH, false, "130=p 132=g"},
};
static const size_t kind_case_count = ARRAY_LEN(kind_cases);

static const struct who user = {
	.login = LOGIN_USER, .rw = true, .trust_open = true, .generation = 2, .session = 7};
static const struct config no_config;

static inline const struct kind_case *kind_find(CK_OBJECT_CLASS cls, CK_KEY_TYPE type)
{
	for (size_t i = 0; i < kind_case_count; i++)
		if (kind_cases[i].cls == cls && kind_cases[i].type == type)
			return &kind_cases[i];
	return NULL;
}

static inline struct rules_context context(enum rules_how how, const struct kind_case *k)
{
	bool create = how == RULES_CREATE;

	return (struct rules_context){.how = how,
		.who = user,
		.config = &no_config,
		.cls = create ? CK_UNAVAILABLE_INFORMATION : k->cls,
		.key_type = create ? CK_UNAVAILABLE_INFORMATION : k->type,
		.mech = how == RULES_GENERATE ? CKM_AES_KEY_GEN : CK_UNAVAILABLE_INFORMATION};
}

/* The values that a mechanism or a C_CreateObject template brings. */
static inline void value_template(const struct kind_case *k, struct attrs *a)
{
	char text[128], *rest = text;

	snprintf(text, sizeof(text), "%s", k->create);
	for (char *one; (one = strsep(&rest, " ")) != NULL;) {
		char *value = strchr(one, '=');

		*value++ = '\0';
		CHECK_EQ(attrs_set(a, strtoul(one, NULL, 16), bytes_str(value)), CKR_OK);
	}
}

static inline void base_template(enum rules_how how, const struct kind_case *k, struct attrs *a)
{
	if (how != RULES_CREATE)
		return;
	CHECK_EQ(attrs_set_ulong(a, CKA_CLASS, k->cls), CKR_OK);
	if (k->type != NO_TYPE)
		CHECK_EQ(attrs_set_ulong(a, CKA_KEY_TYPE, k->type), CKR_OK);
	if (k->cls == CKO_CERTIFICATE)
		CHECK_EQ(attrs_set_ulong(a, CKA_CERTIFICATE_TYPE, CKC_X_509), CKR_OK);
	value_template(k, a);
}

struct change {
	CK_ATTRIBUTE_TYPE type;
	bool value;
};

/* Rules only; the secret attributes are counted and dropped. rv may be NULL where it must be
 * CKR_OK.
 */
static inline struct object *made_by(const struct rules_context *c, const struct kind_case *k,
	const struct change *asked, size_t count, CK_RV *ret_rv)
{
	struct object *o = NULL;
	CK_RV rv;
	ATTRS(a);
	ATTRS(secrets);

	if (c->how != RULES_COPY)
		base_template(c->how, k, &a);
	for (size_t i = 0; i < count; i++)
		CHECK_EQ(attrs_set_bool(&a, asked[i].type, asked[i].value), CKR_OK);
	rv = rules_begin(c, &a);
	if (rv == CKR_OK && c->how != RULES_CREATE)
		value_template(k, &a); /* as the mechanism does, or the copy's caller */
	if (rv == CKR_OK)
		rv = rules_finish(c, &a, &secrets);
	if (rv == CKR_OK)
		rv = object_new(&a, &o);
	if (rv == CKR_OK) {
		o->secret_count = (unsigned) secrets.count;
		o->owner = attrs_bool(&o->attrs, CKA_TOKEN, false) ? 0 : c->who.session;
	}
	if (ret_rv != NULL)
		*ret_rv = rv;
	else
		CHECK_EQ(rv, CKR_OK);
	return o;
}

static inline struct object *made(
	enum rules_how how, const struct kind_case *k, const struct change *asked, size_t count)
{
	struct rules_context c = context(how, k);

	return made_by(&c, k, asked, count, NULL);
}
