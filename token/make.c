/* SPDX-License-Identifier: BSD-2-Clause */
/* New objects: generated, created, copied. What a template may say is rules.c's, who may make what
 * access.c's, what a value is the mechanisms' and the codec's; here they meet. */
#include "make.h"

#include "access.h"
#include "broken.h"
#include "codec.h"
#include "login.h"
#include "make_priv.h"
#include "rv.h"

#define PARTS_MAKE_MAX 2u

/* ---- shared ---- */

static void objects_done(struct object *(*o)[PARTS_MAKE_MAX])
{
	for (size_t i = 0; i < PARTS_MAKE_MAX; i++)
		object_unref(&(*o)[i]);
}

static void secrets_done(struct attrs (*a)[PARTS_MAKE_MAX])
{
	for (size_t i = 0; i < PARTS_MAKE_MAX; i++)
		attrs_done(&(*a)[i]);
}

static CK_RV part_allowed(const struct make_part *p)
{
	return access_create(&p->rules.who, attrs_bool(p->attrs, CKA_TOKEN, false),
		attrs_bool(p->attrs, CKA_PRIVATE, false));
}

CK_RV make_publish(struct token *t, struct make_part *parts, size_t count, CK_OBJECT_HANDLE *ret)
{
	_cleanup_(objects_done) struct object *objects[PARTS_MAKE_MAX] = {0};
	_cleanup_(secrets_done) struct attrs secrets[PARTS_MAKE_MAX] = {0};

	if (count > PARTS_MAKE_MAX)
		return CKR_GENERAL_ERROR;
	for (size_t i = 0; i < count; i++) {
		RV_TRY(rules_finish(&parts[i].rules, parts[i].attrs, &secrets[i]));
		RV_TRY(part_allowed(&parts[i]));
		RV_TRY(object_new(parts[i].attrs, &objects[i]));
	}
	RV_TRY(token_add(t, &parts[0].rules.who, objects, secrets, count));
	for (size_t i = 0; i < count; i++)
		ret[i] = objects[i]->handle;
	return CKR_OK;
}

CK_RV make_row(
	const CK_MECHANISM *mech, CK_FLAGS flag, struct params *params, const struct mech **ret)
{
	const struct mech *row;

	if (mech == NULL)
		return CKR_ARGUMENTS_BAD;
	row = mech_find(mech->mechanism);
	if (row == NULL || (row->ops & flag) == 0)
		return CKR_MECHANISM_INVALID;
	RV_TRY(params_read(mech, row->params, params));
	*ret = row;
	return CKR_OK;
}

CK_RV make_take(struct token *t, const struct who *who, const struct make_use *use,
	struct object **ret_object, struct key **ret_key)
{
	OBJECT(o);
	KEY(k);

	if (token_object(t, who, use->handle, &o) != CKR_OK)
		return use->invalid;
	if (o->cls != CKO_SECRET_KEY && o->cls != CKO_PRIVATE_KEY && o->cls != CKO_PUBLIC_KEY)
		return use->invalid;
	RV_TRY(access_use(who, o, use->usage, use->mech));
	if (attrs_bool(&o->attrs, CKA_ALWAYS_AUTHENTICATE, false))
		return CKR_USER_NOT_LOGGED_IN;
	RV_TRY(key_open(t, o, &k));
	*ret_object = TAKE(o);
	*ret_key = TAKE(k);
	return CKR_OK;
}

/* ---- key pairs ---- */

/* Refuses before the work what would be refused after it. */
static CK_RV early_check(const struct who *who, const struct attrs *templ)
{
	return access_create(
		who, attrs_bool(templ, CKA_TOKEN, false), attrs_bool(templ, CKA_PRIVATE, false));
}

static CK_RV add_public_info(const EVP_PKEY *pkey, struct attrs *attrs)
{
	BUF(spki);

	RV_TRY(codec_spki_from_pkey(pkey, &spki));
	return attrs_set(attrs, CKA_PUBLIC_KEY_INFO, buf_bytes(&spki));
}

CK_RV make_pair(struct token *t, const struct who *who, const CK_MECHANISM *mech,
	struct attrs templ[2], CK_OBJECT_HANDLE ret[2])
{
	_cleanup_(evp_pkey_done) EVP_PKEY *pkey = NULL;
	struct make_part parts[2] = {{.attrs = &templ[0]}, {.attrs = &templ[1]}};
	const struct mech *row = NULL;
	PARAMS(params);

	RV_TRY(make_row(mech, CKF_GENERATE_KEY_PAIR, &params, &row));
	for (size_t i = 0; i < 2; i++) {
		parts[i].rules = (struct rules_context){.how = RULES_GENERATE,
			.who = *who,
			.config = token_config(t),
			.cls = i == 0 ? CKO_PUBLIC_KEY : CKO_PRIVATE_KEY,
			.key_type = row->run->makes,
			.mech = row->type};
		RV_TRY(rules_begin(&parts[i].rules, &templ[i]));
		RV_TRY(early_check(who, &templ[i]));
	}
	RV_TRY(row->run->generate_pair(row, &params, &templ[0], &templ[1]));
	RV_TRY(codec_pkey_from_attrs(CKO_PUBLIC_KEY, row->run->makes, &templ[0], NULL, &pkey));
	RV_TRY(add_public_info(pkey, &templ[0]));
	RV_TRY(add_public_info(pkey, &templ[1]));
	return make_publish(t, parts, 2, ret);
}

/* ---- secret keys ---- */

/* Plain bytes may be made as the key of a certain HMAC. */
static CK_KEY_TYPE secret_type(const struct mech *row, const struct attrs *templ)
{
	CK_KEY_TYPE asked = attrs_ulong(templ, CKA_KEY_TYPE, row->run->makes);

	if (row->run->makes == CKK_GENERIC_SECRET && key_kind_of(asked) >= MECH_KEY_SHA1_HMAC)
		return asked;
	return row->run->makes;
}

CK_RV make_key(struct token *t, const struct who *who, const CK_MECHANISM *mech,
	struct attrs *templ, CK_OBJECT_HANDLE *ret)
{
	struct make_part part = {.attrs = templ};
	const struct mech *row = NULL;
	PARAMS(params);

	RV_TRY(make_row(mech, CKF_GENERATE, &params, &row));
	part.rules = (struct rules_context){.how = RULES_GENERATE,
		.who = *who,
		.config = token_config(t),
		.cls = CKO_SECRET_KEY,
		.key_type = secret_type(row, templ),
		.mech = row->type};
	RV_TRY(rules_begin(&part.rules, templ));
	RV_TRY(early_check(who, templ));
	RV_TRY(row->run->generate(row, &params, templ));
	return make_publish(t, &part, 1, ret);
}

/* ---- C_CreateObject ---- */

/* What the codec writes but the template did not say; points and private values take its form. */
static CK_RV complete_from(const EVP_PKEY *pkey, CK_OBJECT_CLASS cls, struct attrs *attrs)
{
	ATTRS(full);

	RV_TRY(codec_attrs_from_pkey(pkey, cls, &full));
	for (size_t i = 0; i < full.count; i++) {
		const struct attr *a = &full.list[i];

		if (a->type == CKA_EC_POINT || a->type == CKA_VALUE ||
			attr_bytes(attrs_get(attrs, a->type)).len == 0)
			RV_TRY(attrs_set(attrs, a->type, attr_bytes(a)));
	}
	return CKR_OK;
}

CK_RV make_complete(CK_OBJECT_CLASS cls, CK_KEY_TYPE type, struct attrs *attrs)
{
	_cleanup_(evp_pkey_done) EVP_PKEY *pkey = NULL;
	BUF(spki);

	RV_TRY(codec_pkey_from_attrs(cls, type, attrs, NULL, &pkey));
	if (!BROKEN("import-check"))
		RV_TRY(codec_check(pkey, cls));
	RV_TRY(complete_from(pkey, cls, attrs));
	RV_TRY(codec_spki_from_pkey(pkey, &spki));
	if (attr_bytes(attrs_get(attrs, CKA_PUBLIC_KEY_INFO)).len > 0 &&
		!bytes_eq(attr_bytes(attrs_get(attrs, CKA_PUBLIC_KEY_INFO)), buf_bytes(&spki)))
		return CKR_TEMPLATE_INCONSISTENT;
	return attrs_set(attrs, CKA_PUBLIC_KEY_INFO, buf_bytes(&spki));
}

/* C_CreateObject knows no code for sizes. */
static CK_RV create_code(CK_RV rv)
{
	return rv == CKR_KEY_SIZE_RANGE || rv == CKR_KEY_TYPE_INCONSISTENT
		       ? CKR_ATTRIBUTE_VALUE_INVALID
		       : rv;
}

CK_RV make_object(
	struct token *t, const struct who *who, struct attrs *templ, CK_OBJECT_HANDLE *ret)
{
	struct make_part part = {.attrs = templ};
	CK_OBJECT_CLASS cls;

	part.rules = (struct rules_context){.how = RULES_CREATE,
		.who = *who,
		.config = token_config(t),
		.cls = CK_UNAVAILABLE_INFORMATION,
		.key_type = CK_UNAVAILABLE_INFORMATION,
		.mech = CK_UNAVAILABLE_INFORMATION};
	RV_TRY(rules_begin(&part.rules, templ));
	RV_TRY(early_check(who, templ));
	cls = attrs_ulong(templ, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
	if (cls == CKO_PUBLIC_KEY || cls == CKO_PRIVATE_KEY)
		RV_TRY(create_code(
			make_complete(cls, attrs_ulong(templ, CKA_KEY_TYPE, CKK_RSA), templ)));
	return make_publish(t, &part, 1, ret);
}

/* ---- C_CopyObject ---- */

static CK_RV secrets_of(struct token *t, const struct object *o, struct attrs *ret)
{
	CK_RV rv;

	if (o->secret_count == 0)
		return CKR_OK;
	rv = token_open_secrets(t, o, ret);
	if (rv != CKR_USER_NOT_LOGGED_IN)
		return rv;
	RV_TRY(login_lazy_open(t)); /* a token without a PIN; refuses for others */
	return token_open_secrets(t, o, ret);
}

CK_RV make_copy(struct token *t, const struct who *who, CK_OBJECT_HANDLE from, struct attrs *templ,
	CK_OBJECT_HANDLE *ret)
{
	struct make_part part = {.attrs = templ};
	ATTRS(secrets);
	OBJECT(o);

	RV_TRY(token_object(t, who, from, &o));
	if (!BROKEN("copyable"))
		RV_TRY(access_copy(who, o));
	part.rules = (struct rules_context){.how = RULES_COPY,
		.who = *who,
		.config = token_config(t),
		.cls = o->cls,
		.key_type = o->key_type,
		.mech = CK_UNAVAILABLE_INFORMATION,
		.base = o};
	RV_TRY(rules_begin(&part.rules, templ));
	RV_TRY(early_check(who, templ));
	RV_TRY(secrets_of(t, o, &secrets));
	while (secrets.count > 0)
		RV_TRY(attrs_move(&secrets, templ, secrets.list[secrets.count - 1].type));
	return make_publish(t, &part, 1, ret);
}
