/* SPDX-License-Identifier: BSD-2-Clause */
/* From a template to an object's attributes, and which changes an object allows. The rows decide;
 * here is what depends on more than one attribute. */
#include "rules.h"

#include "broken.h"
#include "check_value.h"
#include "rules_rows.h"
#include "rv.h"

#define CERT_CATEGORY_MAX 3u /* CK_CERTIFICATE_CATEGORY_OTHER_ENTITY */
#define MIDP_DOMAIN_MAX   3u

/* ---- one attribute ---- */

static bool date_valid(struct bytes v)
{
	if (v.len == 0)
		return true;
	if (v.len != sizeof(CK_DATE))
		return false;
	for (size_t i = 0; i < v.len; i++)
		if (v.ptr[i] < '0' || v.ptr[i] > '9')
			return false;
	return true;
}

static bool value_valid(const struct attr_rule *r, const struct attr *a)
{
	CK_ULONG n = 0;

	if (r->kind == ATTR_ULONG && a->len == sizeof(n))
		memcpy(&n, a->ptr, sizeof(n));
	if ((r->type == CKA_CERTIFICATE_CATEGORY && n > CERT_CATEGORY_MAX) ||
		(r->type == CKA_JAVA_MIDP_SECURITY_DOMAIN && n > MIDP_DOMAIN_MAX) ||
		(r->type == CKA_CERTIFICATE_TYPE && n != CKC_X_509))
		return false;
	switch (r->kind) {
	case ATTR_ULONG:
		return a->len == sizeof(n);
	case ATTR_BOOL:
		return a->len == sizeof(CK_BBOOL) && a->ptr[0] <= CK_TRUE;
	case ATTR_DATE:
		return date_valid(attr_bytes(a));
	case ATTR_MECHS:
		return a->len % sizeof(CK_MECHANISM_TYPE) == 0;
	case ATTR_BYTES:
	case ATTR_BIGNUM:
		return true;
	}
	return false;
}

/* Big numbers have one form: no leading zeros. */
static CK_RV number_trim(struct attrs *attrs, const struct attr *a)
{
	struct bytes v = attr_bytes(a);
	ATTRS(one);

	while (v.len > 0 && v.ptr[0] == 0)
		v = BYTES(v.ptr + 1, v.len - 1);
	if (v.len == a->len)
		return CKR_OK;
	RV_TRY(attrs_set(&one, a->type, v)); /* attrs_set frees what v borrows */
	return attrs_move(&one, attrs, a->type);
}

/* A type that no object has, or one that this object does not have. */
static CK_RV no_row(CK_ATTRIBUTE_TYPE type)
{
	bool known;

	(void) rules_kind(type, &known);
	return known ? CKR_TEMPLATE_INCONSISTENT : CKR_ATTRIBUTE_TYPE_INVALID;
}

/* ---- what kind of object ---- */

struct kind {
	CK_OBJECT_CLASS cls;
	CK_KEY_TYPE key_type;
	unsigned key_bit;
};

/* What the context fixes must not be contradicted by the template. */
static CK_RV fixed_number(
	const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG fixed, CK_ULONG *ret)
{
	const struct attr *a = attrs_get(attrs, type);
	CK_ULONG given = attrs_ulong(attrs, type, CK_UNAVAILABLE_INFORMATION);

	if (a != NULL && a->len != sizeof(given))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (a != NULL && fixed != CK_UNAVAILABLE_INFORMATION && given != fixed)
		return CKR_TEMPLATE_INCONSISTENT;
	*ret = fixed != CK_UNAVAILABLE_INFORMATION ? fixed : given;
	return CKR_OK;
}

static CK_RV kind_of(const struct rules_context *c, const struct attrs *attrs, struct kind *ret)
{
	bool made = c->how != RULES_CREATE && c->how != RULES_UNWRAP;
	struct kind k = {0};

	if (c->how == RULES_COPY) {
		k.cls = c->base->cls;
		k.key_type = c->base->key_type;
		k.key_bit = rules_key_bit(k.cls, k.key_type);
		*ret = k;
		return CKR_OK;
	}
	RV_TRY(fixed_number(attrs, CKA_CLASS,
		c->how == RULES_CREATE ? CK_UNAVAILABLE_INFORMATION : c->cls, &k.cls));
	if (k.cls == CK_UNAVAILABLE_INFORMATION)
		return CKR_TEMPLATE_INCOMPLETE;
	if (!rules_class_known(k.cls))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (rules_row(CKA_KEY_TYPE, k.cls, 0) == NULL) {
		k.key_type = CK_UNAVAILABLE_INFORMATION;
		*ret = k;
		return CKR_OK;
	}
	RV_TRY(fixed_number(attrs, CKA_KEY_TYPE,
		c->how == RULES_CREATE ? CK_UNAVAILABLE_INFORMATION : c->key_type, &k.key_type));
	if (k.key_type == CK_UNAVAILABLE_INFORMATION)
		return made && c->how != RULES_DERIVE ? CKR_GENERAL_ERROR : CKR_TEMPLATE_INCOMPLETE;
	k.key_bit = rules_key_bit(k.cls, k.key_type);
	if (k.key_bit == 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	*ret = k;
	return CKR_OK;
}

/* ---- changes of what exists: by C_SetAttributeValue, and in a copy ---- */

/* Keys whose value no caller has: token keys, and session keys that cannot be read. */
static bool unknown_value(const struct attrs *a)
{
	return attrs_bool(a, CKA_TOKEN, false) || attrs_bool(a, CKA_SENSITIVE, true) ||
	       !attrs_bool(a, CKA_EXTRACTABLE, false);
}

/* A usage that, together with one that the key has or had, would take keys out of their wrapping or
 * bring chosen ones in. It may be given up and not be regained. */
static bool one_way_usage(CK_OBJECT_CLASS cls, CK_ATTRIBUTE_TYPE type)
{
	return (cls == CKO_SECRET_KEY || cls == CKO_PRIVATE_KEY) &&
	       (type == CKA_WRAP || type == CKA_UNWRAP || type == CKA_ENCRYPT ||
		       type == CKA_DECRYPT);
}

static bool change_direction(enum rule_change change, bool copy, bool so, bool was, bool is)
{
	if (copy ? BROKEN("copy-grows") : BROKEN("set-grows"))
		return true;
	switch (change) {
	case CHANGE_NO:
		return false;
	case CHANGE_FREE:
		return true;
	case CHANGE_UP:
		return is || !was;
	case CHANGE_DOWN:
		return was || !is;
	case CHANGE_SO:
		return so || was == is || BROKEN("trusted-so");
	case CHANGE_COPY:
		return copy;
	case CHANGE_COPY_UP:
		return copy && (is || !was);
	case CHANGE_COPY_DOWN:
		return copy && (was || !is);
	}
	return false;
}

static CK_RV change_check(
	const struct who *who, const struct object *o, bool copy, const struct attr *new)
{
	const struct attr_rule *r =
		rules_row(new->type, o->cls, rules_key_bit(o->cls, o->key_type));
	bool was = attrs_bool(&o->attrs, new->type, false), is;

	if (r == NULL)
		return no_row(new->type) == CKR_TEMPLATE_INCONSISTENT && copy
			       ? CKR_TEMPLATE_INCONSISTENT
			       : CKR_ATTRIBUTE_TYPE_INVALID;
	if (!value_valid(r, new))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	is = r->kind == ATTR_BOOL && new->ptr[0] != CK_FALSE;
	/* naming the same class and so on in a copy's template changes nothing */
	if (copy && bytes_eq(attr_bytes(new), attr_bytes(attrs_get(&o->attrs, new->type))) &&
		!r->secret)
		return CKR_OK;
	if (!change_direction(r->change, copy, who->login == LOGIN_SO, was, is))
		return CKR_ATTRIBUTE_READ_ONLY;
	if (is && !was && one_way_usage(o->cls, new->type) && unknown_value(&o->attrs) &&
		!BROKEN("usage-separation"))
		return CKR_ATTRIBUTE_READ_ONLY;
	return CKR_OK;
}

/* No wrap with decrypt, no unwrap with encrypt: with both, a wrapped key can be decrypted, or a
 * chosen value be unwrapped. Of pairs, only the public half wraps and encrypts. */
static bool usage_mixed(const struct attrs *a)
{
	return attrs_ulong(a, CKA_CLASS, 0) == CKO_SECRET_KEY &&
	       ((attrs_bool(a, CKA_WRAP, false) && attrs_bool(a, CKA_DECRYPT, false)) ||
		       (attrs_bool(a, CKA_UNWRAP, false) && attrs_bool(a, CKA_ENCRYPT, false)));
}

static CK_RV change_all(const struct who *who, const struct object *o, bool copy,
	const struct attrs *changes, struct attrs *ret)
{
	ATTRS(a);

	for (size_t i = 0; i < changes->count; i++)
		RV_TRY(change_check(who, o, copy, &changes->list[i]));
	RV_TRY(attrs_copy(&o->attrs, &a));
	for (size_t i = 0; i < changes->count; i++)
		RV_TRY(attrs_set(&a, changes->list[i].type, attr_bytes(&changes->list[i])));
	*ret = a;
	a = (struct attrs){0};
	return CKR_OK;
}

CK_RV rules_set(const struct who *who, const struct object *o, const struct attrs *changes,
	struct attrs *ret)
{
	return change_all(who, o, false, changes, ret);
}

/* The copy's attributes take the template's place. */
static CK_RV copy_begin(const struct rules_context *c, struct attrs *attrs)
{
	struct attrs all = {0};

	RV_TRY(change_all(&c->who, c->base, true, attrs, &all));
	attrs_remove(&all, CKA_UNIQUE_ID);
	attrs_done(attrs);
	*attrs = all;
	return CKR_OK;
}

/* ---- beginning: the template ---- */

static CK_RV begin_one(
	const struct rules_context *c, const struct kind *k, struct attrs *attrs, size_t at)
{
	const struct attr *a = &attrs->list[at];
	const struct attr_rule *r = rules_row(a->type, k->cls, k->key_bit);

	if (r == NULL)
		return no_row(a->type);
	if ((r->give & 1u << c->how) == 0)
		return CKR_ATTRIBUTE_READ_ONLY;
	if (!value_valid(r, a))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (r->change == CHANGE_SO && a->ptr[0] != CK_FALSE && c->who.login != LOGIN_SO &&
		!BROKEN("trusted-so"))
		return CKR_ATTRIBUTE_READ_ONLY;
	return r->kind == ATTR_BIGNUM ? number_trim(attrs, a) : CKR_OK;
}

CK_RV rules_begin(const struct rules_context *c, struct attrs *attrs)
{
	struct kind k = {0};

	if (c->how == RULES_COPY)
		return copy_begin(c, attrs);
	RV_TRY(kind_of(c, attrs, &k));
	for (size_t i = 0; i < attrs->count; i++)
		RV_TRY(begin_one(c, &k, attrs, i));
	RV_TRY(attrs_set_ulong(attrs, CKA_CLASS, k.cls));
	if (k.key_type != CK_UNAVAILABLE_INFORMATION)
		RV_TRY(attrs_set_ulong(attrs, CKA_KEY_TYPE, k.key_type));
	return CKR_OK;
}

/* ---- finishing: what nobody gave ---- */

static bool key_hidden(CK_OBJECT_CLASS cls)
{
	return cls == CKO_PRIVATE_KEY || cls == CKO_SECRET_KEY;
}

/* Private where the caller may have private objects; a token key always, so that making one
 * without a login is refused and not made public. */
static bool default_private(
	const struct rules_context *c, const struct attrs *a, CK_OBJECT_CLASS cls)
{
	return key_hidden(cls) &&
	       (attrs_bool(a, CKA_TOKEN, false) || c->who.login == LOGIN_USER || c->who.no_login);
}

/* Session keys that the caller brought are his, as the specification's default has it. */
static bool default_sensitive(
	const struct rules_context *c, const struct attrs *a, CK_OBJECT_CLASS cls)
{
	return cls == CKO_PRIVATE_KEY || c->how != RULES_CREATE || attrs_bool(a, CKA_TOKEN, false);
}

/* ENCRYPT and DECRYPT of secret keys: on where the key type can and nothing else that was asked for
 * speaks against it. */
static bool default_cipher(const struct attrs *a, const struct kind *k, CK_ATTRIBUTE_TYPE against)
{
	return k->key_bit == RULE_AES && !attrs_bool(a, against, false);
}

static CK_RV default_rules(const struct rules_context *c, const struct kind *k, struct attrs *a,
	CK_ATTRIBUTE_TYPE type)
{
	switch (type) {
	case CKA_PRIVATE:
		return attrs_set_bool(a, type, default_private(c, a, k->cls));
	case CKA_SENSITIVE:
		return attrs_set_bool(a, type, default_sensitive(c, a, k->cls));
	case CKA_ENCRYPT:
		return attrs_set_bool(a, type, default_cipher(a, k, CKA_UNWRAP));
	case CKA_DECRYPT:
		return attrs_set_bool(a, type, default_cipher(a, k, CKA_WRAP));
	default: /* computed from others in the end */
		return CKR_OK;
	}
}

static CK_RV default_one(const struct rules_context *c, const struct kind *k,
	const struct attr_rule *r, struct attrs *a)
{
	if (attrs_get(a, r->type) != NULL)
		return CKR_OK;
	switch (r->def) {
	case DEF_ABSENT:
		return CKR_OK;
	case DEF_EMPTY:
		return attrs_set(a, r->type, BYTES_NONE);
	case DEF_FALSE:
	case DEF_TRUE:
		return attrs_set_bool(a, r->type, r->def == DEF_TRUE);
	case DEF_ZERO:
		return attrs_set_ulong(a, r->type, 0);
	case DEF_RULES:
		return default_rules(c, k, a, r->type);
	}
	return CKR_GENERAL_ERROR;
}

static bool row_applies(const struct attr_rule *r, const struct kind *k)
{
	return (r->classes & 1u << k->cls) && (r->keys == 0 || (r->keys & k->key_bit));
}

static CK_RV defaults_fill(const struct rules_context *c, const struct kind *k, struct attrs *a)
{
	for (size_t i = 0; i < attr_rules_count; i++)
		if (row_applies(&attr_rules[i], k))
			RV_TRY(default_one(c, k, &attr_rules[i], a));
	return CKR_OK;
}

/* ---- finishing: protection ---- */

/* The result of unwrapping is as readable as C_Decrypt with the same key would make it, and no
 * more; of deriving, as the base, but for one-way derivations. */
static bool base_forces_sensitive(const struct rules_context *c)
{
	const struct object *b = c->base;

	if (c->how == RULES_UNWRAP && BROKEN("unwrap-raises"))
		return false;
	if (b == NULL)
		return c->how == RULES_UNWRAP;
	if (c->how == RULES_UNWRAP)
		return unknown_value(&b->attrs) && !attrs_bool(&b->attrs, CKA_DECRYPT, false);
	return c->how == RULES_DERIVE && !c->one_way && attrs_bool(&b->attrs, CKA_SENSITIVE, true);
}

static CK_RV protect(const struct rules_context *c, struct attrs *a)
{
	bool base_ok = c->base != NULL && (c->how == RULES_DERIVE || c->how == RULES_COPY);
	bool generated = c->how == RULES_GENERATE, sensitive, extractable;

	if ((attrs_bool(a, CKA_TOKEN, false) && !BROKEN("token-raises")) ||
		base_forces_sensitive(c))
		RV_TRY(attrs_set_bool(a, CKA_SENSITIVE, true));
	if (c->how == RULES_DERIVE && !c->one_way && c->base != NULL &&
		!attrs_bool(&c->base->attrs, CKA_EXTRACTABLE, false))
		RV_TRY(attrs_set_bool(a, CKA_EXTRACTABLE, false));
	sensitive = attrs_bool(a, CKA_SENSITIVE, true);
	extractable = attrs_bool(a, CKA_EXTRACTABLE, false);
	RV_TRY(attrs_set_bool(a, CKA_ALWAYS_SENSITIVE,
		sensitive && (generated || (base_ok && attrs_bool(&c->base->attrs,
							       CKA_ALWAYS_SENSITIVE, false)))));
	return attrs_set_bool(a, CKA_NEVER_EXTRACTABLE,
		!extractable && (generated || (base_ok && attrs_bool(&c->base->attrs,
								  CKA_NEVER_EXTRACTABLE, false))));
}

static CK_RV origin(const struct rules_context *c, const struct kind *k, struct attrs *a)
{
	if (rules_row(CKA_LOCAL, k->cls, k->key_bit) == NULL || c->how == RULES_COPY)
		return CKR_OK;
	RV_TRY(attrs_set_bool(a, CKA_LOCAL, c->how == RULES_GENERATE));
	if (rules_row(CKA_KEY_GEN_MECHANISM, k->cls, k->key_bit) == NULL)
		return CKR_OK;
	return attrs_set_ulong(a, CKA_KEY_GEN_MECHANISM,
		c->how == RULES_GENERATE ? c->mech : CK_UNAVAILABLE_INFORMATION);
}

/* ---- finishing: values ---- */

static CK_RV value_len(struct attrs *a)
{
	const struct attr *value = attrs_get(a, CKA_VALUE);

	if (value == NULL)
		return CKR_TEMPLATE_INCOMPLETE;
	if (value->len == 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (attrs_ulong(a, CKA_VALUE_LEN, value->len) != value->len)
		return CKR_TEMPLATE_INCONSISTENT;
	return attrs_set_ulong(a, CKA_VALUE_LEN, value->len);
}

static CK_RV modulus_bits(struct attrs *a)
{
	const struct attr *n = attrs_get(a, CKA_MODULUS);
	CK_ULONG bits;

	if (n == NULL)
		return CKR_TEMPLATE_INCOMPLETE;
	if (n->len == 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	bits = 8 * (n->len - 1);
	for (unsigned top = n->ptr[0]; top != 0; top >>= 1)
		bits++;
	return attrs_set_ulong(a, CKA_MODULUS_BITS, bits);
}

/* Given by the caller it must be right; empty: none is wanted. */
static CK_RV check_value(const struct kind *k, struct attrs *a)
{
	const struct attr *given = attrs_get(a, CKA_CHECK_VALUE);
	uint8_t kcv[CHECK_VALUE_LEN];

	if (given != NULL && given->len == 0)
		return CKR_OK;
	if (!check_value_of(k->cls, k->key_type, attr_bytes(attrs_get(a, CKA_VALUE)), kcv))
		return CKR_OK;
	if (given != NULL && !bytes_eq(attr_bytes(given), BYTES_OF(kcv)))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return attrs_set(a, CKA_CHECK_VALUE, BYTES_OF(kcv));
}

static CK_RV values(const struct kind *k, struct attrs *a)
{
	if (k->cls == CKO_SECRET_KEY) {
		CK_ULONG len = attr_bytes(attrs_get(a, CKA_VALUE)).len;

		RV_TRY(value_len(a));
		if (k->key_bit == RULE_AES && len != 16 && len != 24 && len != 32)
			return CKR_ATTRIBUTE_VALUE_INVALID;
	}
	if (k->cls == CKO_PUBLIC_KEY && k->key_bit == RULE_RSA)
		RV_TRY(modulus_bits(a));
	if (k->cls == CKO_CERTIFICATE && attr_bytes(attrs_get(a, CKA_VALUE)).len == 0 &&
		attr_bytes(attrs_get(a, CKA_URL)).len == 0)
		return CKR_TEMPLATE_INCOMPLETE;
	if (k->cls == CKO_SECRET_KEY || k->cls == CKO_CERTIFICATE)
		return check_value(k, a);
	return CKR_OK;
}

static CK_RV needs(const struct rules_context *c, const struct kind *k, const struct attrs *a)
{
	for (size_t i = 0; i < attr_rules_count; i++)
		if (row_applies(&attr_rules[i], k) && (attr_rules[i].need & 1u << c->how) &&
			attrs_get(a, attr_rules[i].type) == NULL)
			return CKR_TEMPLATE_INCOMPLETE;
	return CKR_OK;
}

/* ---- finishing: contradictions ---- */

static CK_RV consistent(const struct rules_context *c, const struct kind *k, const struct attrs *a)
{
	bool token = attrs_bool(a, CKA_TOKEN, false), known;

	if (attrs_bool(a, CKA_ALWAYS_AUTHENTICATE, false) && !attrs_bool(a, CKA_PRIVATE, false))
		return CKR_TEMPLATE_INCONSISTENT;
	if (k->cls != CKO_SECRET_KEY || !usage_mixed(a) || BROKEN("usage-separation"))
		return CKR_OK;
	known = !token && (c->how == RULES_CREATE || !unknown_value(a));
	/* the copy of a session key that was exempt stays so while it is no token object */
	if (c->how == RULES_COPY && !token && usage_mixed(&c->base->attrs))
		known = true;
	return known ? CKR_OK : CKR_TEMPLATE_INCONSISTENT;
}

static CK_RV secrets_split(const struct kind *k, struct attrs *attrs, struct attrs *ret)
{
	bool private_ = attrs_bool(attrs, CKA_PRIVATE, false);

	for (size_t i = attrs->count; i > 0; i--) {
		CK_ATTRIBUTE_TYPE type = attrs->list[i - 1].type;

		if (rules_secret(k->cls, k->key_type, private_, type))
			RV_TRY(attrs_move(attrs, ret, type));
	}
	return CKR_OK;
}

CK_RV rules_finish(const struct rules_context *c, struct attrs *attrs, struct attrs *ret_secrets)
{
	struct kind k = {0};
	ATTRS(secrets);

	k.cls = attrs_ulong(attrs, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
	k.key_type = attrs_ulong(attrs, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
	k.key_bit = rules_key_bit(k.cls, k.key_type);
	RV_TRY(defaults_fill(c, &k, attrs));
	/* the SO vouches for the object that he saw, not for copies of it */
	if (c->how == RULES_COPY && c->who.login != LOGIN_SO &&
		attrs_get(attrs, CKA_TRUSTED) != NULL)
		RV_TRY(attrs_set_bool(attrs, CKA_TRUSTED, false));
	if (key_hidden(k.cls))
		RV_TRY(protect(c, attrs));
	RV_TRY(origin(c, &k, attrs));
	RV_TRY(values(&k, attrs));
	RV_TRY(needs(c, &k, attrs));
	RV_TRY(consistent(c, &k, attrs));
	RV_TRY(secrets_split(&k, attrs, &secrets));
	*ret_secrets = secrets;
	secrets = (struct attrs){0};
	return CKR_OK;
}
