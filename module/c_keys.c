/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11 5.18: making, wrapping, unwrapping and deriving keys. */
#include "call.h"

static bool bad_template(const CK_ATTRIBUTE *templ, CK_ULONG count)
{
	return templ == NULL && count > 0;
}

_public_ CK_RV C_GenerateKey(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_ATTRIBUTE *templ,
	CK_ULONG count, CK_OBJECT_HANDLE *key)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (mech == NULL || key == NULL || bad_template(templ, count))
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_generate(
		       c.session, mech, (struct session_template){templ, count}, key);
}

_public_ CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE h, CK_MECHANISM *mech,
	CK_ATTRIBUTE *public_templ, CK_ULONG public_count, CK_ATTRIBUTE *private_templ,
	CK_ULONG private_count, CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
	const struct session_template templ[2] = {
		{public_templ, public_count}, {private_templ, private_count}};
	CK_OBJECT_HANDLE keys[2];
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (mech == NULL || public_key == NULL || private_key == NULL ||
		bad_template(public_templ, public_count) ||
		bad_template(private_templ, private_count))
		return c.rv = CKR_ARGUMENTS_BAD;
	c.rv = session_generate_pair(c.session, mech, templ, keys);
	if (c.rv == CKR_OK) {
		*public_key = keys[0];
		*private_key = keys[1];
	}
	return c.rv;
}

_public_ CK_RV C_WrapKey(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_OBJECT_HANDLE wrapping_key,
	CK_OBJECT_HANDLE key, CK_BYTE *wrapped, CK_ULONG *wrapped_len)
{
	const CK_OBJECT_HANDLE keys[2] = {wrapping_key, key};
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (mech == NULL || wrapped_len == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_wrap(c.session, mech, keys, wrapped, wrapped_len);
}

_public_ CK_RV C_UnwrapKey(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_OBJECT_HANDLE unwrapping_key,
	CK_BYTE *wrapped, CK_ULONG wrapped_len, CK_ATTRIBUTE *templ, CK_ULONG count,
	CK_OBJECT_HANDLE *key)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (mech == NULL || wrapped == NULL || key == NULL ||
		call_bad_range(wrapped, wrapped_len) || bad_template(templ, count))
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_unwrap(c.session, mech, unwrapping_key, BYTES(wrapped, wrapped_len),
		       (struct session_template){templ, count}, key);
}

/* key may be NULL where the mechanism gives its keys elsewhere; no mechanism here does. */
_public_ CK_RV C_DeriveKey(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_OBJECT_HANDLE base,
	CK_ATTRIBUTE *templ, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (mech == NULL || key == NULL || bad_template(templ, count))
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_derive(
		       c.session, mech, base, (struct session_template){templ, count}, key);
}
