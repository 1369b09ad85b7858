/* SPDX-License-Identifier: BSD-2-Clause */
/* The function lists and interfaces. They may be asked for at any time, also before C_Initialize,
 * and what is given out is read-only for the process's life. */
#include "attr.h"
#include "pkcs11.h"

#include <stdbool.h>
#include <string.h>

#define MEMBER(name) .name = name,

static CK_FUNCTION_LIST list_2_40 = {
	.version = {2, 40}, P11_NAMES_2_40(MEMBER) /* */
};

static CK_FUNCTION_LIST_3_0 list_3_0 = {
	.version = {3, 0}, P11_NAMES_2_40(MEMBER) P11_NAMES_3_0(MEMBER) /* */
};

static CK_UTF8CHAR interface_name[] = "PKCS 11";

/* The first one is the default. No function of ours works in a child of fork before it
 * initialised: not CKF_INTERFACE_FORK_SAFE. */
static CK_INTERFACE interfaces[] = {
	{interface_name, &list_3_0, 0},
	{interface_name, &list_2_40, 0},
};

_public_ CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	if (list == NULL)
		return CKR_ARGUMENTS_BAD;
	*list = &list_2_40;
	return CKR_OK;
}

_public_ CK_RV C_GetInterfaceList(CK_INTERFACE *list, CK_ULONG *count)
{
	CK_ULONG room;

	if (count == NULL)
		return CKR_ARGUMENTS_BAD;
	room = *count;
	*count = ARRAY_LEN(interfaces);
	if (list == NULL)
		return CKR_OK;
	if (room < ARRAY_LEN(interfaces))
		return CKR_BUFFER_TOO_SMALL;
	memcpy(list, interfaces, sizeof(interfaces));
	return CKR_OK;
}

static bool interface_is(
	const CK_INTERFACE *i, const CK_UTF8CHAR *name, const CK_VERSION *version, CK_FLAGS flags)
{
	const CK_VERSION *have = i->pFunctionList; /* every list begins with its version */

	if (name != NULL && strcmp((const char *) name, (const char *) i->pInterfaceName) != 0)
		return false;
	if (version != NULL && (version->major != have->major || version->minor != have->minor))
		return false;
	return (flags & ~i->flags) == 0;
}

_public_ CK_RV C_GetInterface(
	CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **ret, CK_FLAGS flags)
{
	if (ret == NULL)
		return CKR_ARGUMENTS_BAD;
	for (size_t i = 0; i < ARRAY_LEN(interfaces); i++) {
		if (!interface_is(&interfaces[i], name, version, flags))
			continue;
		*ret = &interfaces[i];
		return CKR_OK;
	}
	return CKR_ARGUMENTS_BAD;
}
