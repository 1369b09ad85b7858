/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11 5.7: objects. */
#include "call.h"

#define TEMPLATE(list, count) ((struct session_template){(list), (count)})

_public_ CK_RV C_CreateObject(
	CK_SESSION_HANDLE h, CK_ATTRIBUTE *templ, CK_ULONG count, CK_OBJECT_HANDLE *object)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (templ == NULL || object == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_create(c.session, TEMPLATE(templ, count), object);
}

_public_ CK_RV C_CopyObject(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE from, CK_ATTRIBUTE *templ,
	CK_ULONG count, CK_OBJECT_HANDLE *object)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if ((templ == NULL && count > 0) || object == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_copy(c.session, from, TEMPLATE(templ, count), object);
}

_public_ CK_RV C_DestroyObject(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE object)
{
	CALL_BEGIN(h);

	if (c.rv == CKR_OK)
		c.rv = session_destroy(c.session, object);
	return c.rv;
}

_public_ CK_RV C_GetObjectSize(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE object, CK_ULONG *size)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (size == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_object_size(c.session, object, size);
}

/* A list of so many attributes cannot be in memory. */
static bool bad_list(const CK_ATTRIBUTE *templ, CK_ULONG count)
{
	return (templ == NULL && count > 0) || count > CALL_INPUT_MAX / sizeof(*templ);
}

_public_ CK_RV C_GetAttributeValue(
	CK_SESSION_HANDLE h, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (bad_list(templ, count))
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_get_attributes(c.session, object, templ, count);
}

_public_ CK_RV C_SetAttributeValue(
	CK_SESSION_HANDLE h, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (templ == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_set_attributes(c.session, object, TEMPLATE(templ, count));
}

_public_ CK_RV C_FindObjectsInit(CK_SESSION_HANDLE h, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (templ == NULL && count > 0)
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_find_init(c.session, TEMPLATE(templ, count));
}

_public_ CK_RV C_FindObjects(
	CK_SESSION_HANDLE h, CK_OBJECT_HANDLE *objects, CK_ULONG max, CK_ULONG *count)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (count == NULL || (objects == NULL && max > 0))
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_find(c.session, objects, max, count);
}

_public_ CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE h)
{
	CALL_BEGIN(h);

	if (c.rv == CKR_OK)
		c.rv = session_find_final(c.session);
	return c.rv;
}
