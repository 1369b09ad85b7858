/* SPDX-License-Identifier: BSD-2-Clause */
/* C_WrapKey and C_UnwrapKey. What may leave under which key is access_wrap's decision, what comes
 * in as which key rules.c's. Unwrapping answers everything that is wrong with the wrapped bytes
 * with one code, whichever step found it: the difference would decrypt for an attacker. */
#include "access.h"
#include "broken.h"
#include "codec.h"
#include "make.h"
#include "make_priv.h"
#include "rv.h"

/* A mechanism that stays safe whatever the caller chooses: it has no initialisation vector that
 * could be used twice (GCM then shows the difference of two keys), and it notices every change (the
 * padding of CBC is an oracle). */
static bool key_wrap(const struct mech *row)
{
	return row->scheme == SCHEME_KW || row->scheme == SCHEME_KWP;
}

/* ---- wrapping ---- */

/* The key's bytes as they are encrypted: the value, or PKCS #8. */
static CK_RV plain_of(struct token *t, struct object *o, struct buf *ret)
{
	KEY(k);

	RV_TRY(key_open(t, o, &k));
	if (o->cls == CKO_PRIVATE_KEY)
		return codec_pkcs8_from_pkey(key_pkey(k), ret);
	return rv_from_err(buf_put(ret, key_value(k)));
}

static CK_RV wrapping_code(CK_RV rv)
{
	switch (rv) {
	case CKR_KEY_TYPE_INCONSISTENT:
		return CKR_WRAPPING_KEY_TYPE_INCONSISTENT;
	case CKR_KEY_SIZE_RANGE:
		return CKR_WRAPPING_KEY_SIZE_RANGE;
	case CKR_DATA_LEN_RANGE: /* the key does not fit: of RSA, or no multiple of 8 for KW */
		return CKR_KEY_SIZE_RANGE;
	default:
		return rv;
	}
}

static CK_RV wrap_now(struct token *t, const struct mech *row, const struct params *params,
	struct key *wrapping, struct object *key, struct buf *ret)
{
	BUF(plain);

	RV_TRY(plain_of(t, key, &plain));
	return wrapping_code(mech_apply(row, OP_ENCRYPT, params, wrapping, buf_bytes(&plain), ret));
}

static CK_RV wrapped_key(
	struct token *t, const struct who *who, CK_OBJECT_HANDLE h, struct object **ret)
{
	OBJECT(o);

	if (token_object(t, who, h, &o) != CKR_OK)
		return CKR_KEY_HANDLE_INVALID;
	if (o->cls != CKO_SECRET_KEY && o->cls != CKO_PRIVATE_KEY)
		return o->cls == CKO_PUBLIC_KEY ? CKR_KEY_NOT_WRAPPABLE : CKR_KEY_HANDLE_INVALID;
	*ret = TAKE(o);
	return CKR_OK;
}

CK_RV make_wrapped(struct token *t, const struct who *who, const CK_MECHANISM *mech,
	const CK_OBJECT_HANDLE keys[2], uint8_t *out, CK_ULONG *out_len)
{
	struct make_use use = {keys[0], CKA_WRAP, 0, CKR_WRAPPING_KEY_HANDLE_INVALID};
	const struct mech *row = NULL;
	OBJECT(wrapping);
	OBJECT(key);
	PARAMS(params);
	BUF(wrapped);
	KEY(k);
	CK_RV rv;

	RV_TRY(make_row(mech, CKF_WRAP, &params, &row));
	use.mech = row->type;
	RV_TRY(make_take(t, who, &use, &wrapping, &k));
	RV_TRY(wrapping_code(mech_for(row->type, CKF_WRAP, k, &row)));
	RV_TRY(wrapped_key(t, who, keys[1], &key));
	rv = access_wrap(token_config(t), who, wrapping, key, key_wrap(row));
	if (rv != CKR_OK && !BROKEN("wrap-rules"))
		return rv;
	RV_TRY(wrap_now(t, row, &params, k, key, &wrapped));
	if (out == NULL || *out_len < wrapped.len) {
		*out_len = wrapped.len;
		return out == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	}
	memcpy(out, wrapped.ptr, wrapped.len);
	*out_len = wrapped.len;
	return CKR_OK;
}

/* ---- unwrapping ---- */

static CK_RV unwrapping_code(CK_RV rv)
{
	switch (rv) {
	case CKR_KEY_TYPE_INCONSISTENT:
		return CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT;
	case CKR_KEY_SIZE_RANGE:
		return CKR_UNWRAPPING_KEY_SIZE_RANGE;
	case CKR_ENCRYPTED_DATA_LEN_RANGE:
		return CKR_WRAPPED_KEY_LEN_RANGE;
	case CKR_ENCRYPTED_DATA_INVALID:
	case CKR_DATA_INVALID:
	case CKR_DATA_LEN_RANGE:
		return CKR_WRAPPED_KEY_INVALID;
	default:
		return rv;
	}
}

/* The value must be as long as was said and as the type has it: a shorter one could be searched. */
static CK_RV secret_put(struct bytes value, struct attrs *templ)
{
	CK_ULONG len = attrs_ulong(templ, CKA_VALUE_LEN, value.len);

	if (attrs_ulong(templ, CKA_KEY_TYPE, 0) == CKK_AES && value.len != 16 && value.len != 24 &&
		value.len != 32)
		return CKR_WRAPPED_KEY_INVALID;
	if (BROKEN("unwrap-length") && len < value.len)
		value.len = len;
	if (value.len == 0 || value.len != len)
		return CKR_WRAPPED_KEY_INVALID;
	return attrs_set(templ, CKA_VALUE, value);
}

static CK_RV private_put(struct bytes der, struct attrs *templ)
{
	_cleanup_(evp_pkey_done) EVP_PKEY *pkey = NULL;
	CK_KEY_TYPE type = CK_UNAVAILABLE_INFORMATION;
	CK_RV rv;

	RV_TRY(codec_pkey_from_pkcs8(der, &pkey));
	RV_TRY(codec_pkey_type(pkey, &type));
	if (type != attrs_ulong(templ, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION))
		return CKR_WRAPPED_KEY_INVALID;
	rv = codec_attrs_from_pkey(pkey, CKO_PRIVATE_KEY, templ);
	if (rv == CKR_OK)
		rv = make_complete(CKO_PRIVATE_KEY, type, templ);
	return rv == CKR_OK || rv == CKR_HOST_MEMORY ? rv : CKR_WRAPPED_KEY_INVALID;
}

static CK_RV unwrap_now(const struct mech *row, const struct params *params, struct key *k,
	struct bytes wrapped, struct attrs *templ)
{
	BUF(plain);

	RV_TRY(unwrapping_code(mech_apply(row, OP_DECRYPT, params, k, wrapped, &plain)));
	if (attrs_ulong(templ, CKA_CLASS, 0) == CKO_PRIVATE_KEY)
		return private_put(buf_bytes(&plain), templ);
	return secret_put(buf_bytes(&plain), templ);
}

CK_RV make_unwrapped(struct token *t, const struct who *who, const CK_MECHANISM *mech,
	const struct make_wrapped_key *wrapped, struct attrs *templ, CK_OBJECT_HANDLE *ret)
{
	struct make_use use = {
		wrapped->unwrapping, CKA_UNWRAP, 0, CKR_UNWRAPPING_KEY_HANDLE_INVALID};
	CK_OBJECT_CLASS cls = attrs_ulong(templ, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
	struct make_part part = {.attrs = templ};
	const struct mech *row = NULL;
	PARAMS(params);
	OBJECT(o);
	KEY(k);
	CK_RV rv;

	RV_TRY(make_row(mech, CKF_UNWRAP, &params, &row));
	use.mech = row->type;
	RV_TRY(make_take(t, who, &use, &o, &k));
	RV_TRY(unwrapping_code(mech_for(row->type, CKF_UNWRAP, k, &row)));
	rv = access_unwrap(token_config(t), o, key_wrap(row));
	if (rv != CKR_OK && !BROKEN("wrap-rules"))
		return rv;
	if (attrs_get(templ, CKA_CLASS) == NULL)
		return CKR_TEMPLATE_INCOMPLETE;
	if (cls != CKO_SECRET_KEY && cls != CKO_PRIVATE_KEY)
		return CKR_TEMPLATE_INCONSISTENT;
	part.rules = (struct rules_context){.how = RULES_UNWRAP,
		.who = *who,
		.config = token_config(t),
		.cls = cls,
		.key_type = CK_UNAVAILABLE_INFORMATION,
		.mech = CK_UNAVAILABLE_INFORMATION,
		.base = o};
	RV_TRY(rules_begin(&part.rules, templ));
	RV_TRY(unwrap_now(row, &params, k, wrapped->bytes, templ));
	return make_publish(t, &part, 1, ret);
}
