/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects as a session sees them: finding, reading, changing, making. */
#include "session_priv.h"

#include "access.h"
#include "make.h"
#include "ossl.h"
#include "rules.h"
#include "rv.h"

#include <stdlib.h>

/* Who asks, after having looked for what other processes changed. */
static CK_RV fresh_who(struct session *s, struct who *ret)
{
	RV_TRY(token_refresh(s->token, true));
	*ret = session_who(s);
	return CKR_OK;
}

/* ---- making ---- */

CK_RV session_create(struct session *s, struct session_template templ, CK_OBJECT_HANDLE *ret)
{
	struct who who;
	ATTRS(a);

	RV_TRY(attrs_copy_in(templ.list, templ.count, &a));
	RV_TRY(fresh_who(s, &who));
	return make_object(s->token, &who, &a, ret);
}

CK_RV session_copy(struct session *s, CK_OBJECT_HANDLE from, struct session_template templ,
	CK_OBJECT_HANDLE *ret)
{
	struct who who;
	ATTRS(a);

	RV_TRY(attrs_copy_in(templ.list, templ.count, &a));
	RV_TRY(fresh_who(s, &who));
	return make_copy(s->token, &who, from, &a, ret);
}

CK_RV session_generate(struct session *s, const CK_MECHANISM *mech, struct session_template templ,
	CK_OBJECT_HANDLE *ret)
{
	struct who who;
	ATTRS(a);

	RV_TRY(attrs_copy_in(templ.list, templ.count, &a));
	RV_TRY(fresh_who(s, &who));
	return make_key(s->token, &who, mech, &a, ret);
}

static void attrs_pair_done(struct attrs (*a)[2])
{
	attrs_done(&(*a)[0]);
	attrs_done(&(*a)[1]);
}

CK_RV session_generate_pair(struct session *s, const CK_MECHANISM *mech,
	const struct session_template templ[static 2], CK_OBJECT_HANDLE ret[static 2])
{
	_cleanup_(attrs_pair_done) struct attrs a[2] = {0};
	struct who who;

	RV_TRY(attrs_copy_in(templ[0].list, templ[0].count, &a[0]));
	RV_TRY(attrs_copy_in(templ[1].list, templ[1].count, &a[1]));
	RV_TRY(fresh_who(s, &who));
	return make_pair(s->token, &who, mech, a, ret);
}

CK_RV session_wrap(struct session *s, const CK_MECHANISM *mech,
	const CK_OBJECT_HANDLE keys[static 2], CK_BYTE *out, CK_ULONG *out_len)
{
	struct who who;

	RV_TRY(fresh_who(s, &who));
	return make_wrapped(s->token, &who, mech, keys, out, out_len);
}

CK_RV session_unwrap(struct session *s, const CK_MECHANISM *mech, CK_OBJECT_HANDLE key,
	struct bytes wrapped, struct session_template templ, CK_OBJECT_HANDLE *ret)
{
	struct who who;
	ATTRS(a);

	RV_TRY(attrs_copy_in(templ.list, templ.count, &a));
	RV_TRY(fresh_who(s, &who));
	return make_unwrapped(
		s->token, &who, mech, &(struct make_wrapped_key){key, wrapped}, &a, ret);
}

CK_RV session_derive(struct session *s, const CK_MECHANISM *mech, CK_OBJECT_HANDLE base,
	struct session_template templ, CK_OBJECT_HANDLE *ret)
{
	struct who who;
	ATTRS(a);

	RV_TRY(attrs_copy_in(templ.list, templ.count, &a));
	RV_TRY(fresh_who(s, &who));
	return make_derived(s->token, &who, mech, base, &a, ret);
}

CK_RV session_random(CK_BYTE *ret, size_t len)
{
	return rv_from_err(ossl_random_public(ret, len));
}

/* ---- changing ---- */

CK_RV session_destroy(struct session *s, CK_OBJECT_HANDLE h)
{
	struct who who;
	OBJECT(o);

	RV_TRY(fresh_who(s, &who));
	RV_TRY(token_object(s->token, &who, h, &o));
	RV_TRY(access_destroy(&who, o));
	return token_remove(s->token, &who, o);
}

CK_RV session_set_attributes(struct session *s, CK_OBJECT_HANDLE h, struct session_template templ)
{
	struct who who;
	ATTRS(changes);
	ATTRS(a);
	OBJECT(o);
	OBJECT(changed);

	RV_TRY(attrs_copy_in(templ.list, templ.count, &changes));
	RV_TRY(fresh_who(s, &who));
	RV_TRY(token_object(s->token, &who, h, &o));
	RV_TRY(access_modify(&who, o));
	RV_TRY(rules_set(&who, o, &changes, &a));
	RV_TRY(object_new(&a, &changed));
	return token_replace(s->token, &who, o, changed);
}

/* ---- reading ---- */

CK_RV session_object_size(struct session *s, CK_OBJECT_HANDLE h, CK_ULONG *ret)
{
	struct who who = session_who(s);
	CK_ULONG size = 0;
	OBJECT(o);

	RV_TRY(token_object(s->token, &who, h, &o));
	for (size_t i = 0; i < o->attrs.count; i++)
		size += sizeof(CK_ATTRIBUTE_TYPE) + o->attrs.list[i].len;
	*ret = size + o->sealed.len;
	return CKR_OK;
}

/* One attribute of a template. secrets: opened when first needed. */
static CK_RV get_one(struct session *s, const struct who *who, const struct object *o,
	struct attrs *secrets, CK_ATTRIBUTE *out)
{
	uint8_t no = CK_FALSE;
	const struct attr *a;

	RV_TRY(access_reveal(who, o, out->type));
	a = attrs_get(&o->attrs, out->type);
	if (a != NULL && a->type == CKA_TRUSTED && !who->trust_open) /* nobody verified it yet */
		return attr_copy_out(&(struct attr){CKA_TRUSTED, &no, sizeof(no)}, out);
	if (a == NULL) {
		if (secrets->count == 0)
			RV_TRY(token_open_secrets(s->token, o, secrets));
		a = attrs_get(secrets, out->type);
	}
	if (a == NULL)
		return CKR_ATTRIBUTE_TYPE_INVALID;
	return attr_copy_out(a, out);
}

CK_RV session_get_attributes(
	struct session *s, CK_OBJECT_HANDLE h, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	struct who who = session_who(s);
	CK_RV worst = CKR_OK;
	ATTRS(secrets);
	OBJECT(o);

	RV_TRY(token_object(s->token, &who, h, &o));
	for (CK_ULONG i = 0; i < count; i++) {
		CK_RV rv = get_one(s, &who, o, &secrets, &templ[i]);

		if (rv == CKR_OK)
			continue;
		templ[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
		if (rv != CKR_ATTRIBUTE_SENSITIVE && rv != CKR_ATTRIBUTE_TYPE_INVALID &&
			rv != CKR_BUFFER_TOO_SMALL)
			return rv;
		if (worst == CKR_OK)
			worst = rv;
	}
	return worst;
}

/* ---- finding ---- */

CK_RV session_find_init(struct session *s, struct session_template templ)
{
	struct who who;
	ATTRS(wanted);

	if (s->finding)
		return CKR_OPERATION_ACTIVE;
	RV_TRY(attrs_copy_in(templ.list, templ.count, &wanted));
	RV_TRY(fresh_who(s, &who));
	RV_TRY(token_find(s->token, &who, &wanted, &s->found, &s->found_count));
	s->found_at = 0;
	s->finding = true;
	return CKR_OK;
}

CK_RV session_find(struct session *s, CK_OBJECT_HANDLE *ret, CK_ULONG max, CK_ULONG *ret_count)
{
	size_t n;

	if (!s->finding)
		return CKR_OPERATION_NOT_INITIALIZED;
	n = s->found_count - s->found_at;
	if (n > max)
		n = max;
	if (n > 0)
		memcpy(ret, s->found + s->found_at, n * sizeof(*ret));
	s->found_at += n;
	*ret_count = n;
	return CKR_OK;
}

CK_RV session_find_final(struct session *s)
{
	if (!s->finding)
		return CKR_OPERATION_NOT_INITIALIZED;
	free(s->found);
	s->found = NULL;
	s->finding = false;
	return CKR_OK;
}
