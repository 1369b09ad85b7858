/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11 5.4, without C_Initialize and C_Finalize (module.c) and the lists (list.c). */
#include "call.h"
#include "out.h"

_public_ CK_RV C_GetInfo(CK_INFO *info)
{
	CALL_ENTER();

	if (c.rv != CKR_OK)
		return c.rv;
	if (info == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	*info = (CK_INFO){.cryptokiVersion = {3, 0}, .libraryVersion = out_version()};
	out_text(info->manufacturerID, sizeof(info->manufacturerID), "Bulla");
	out_text(info->libraryDescription, sizeof(info->libraryDescription), "Bulla sealed keys");
	return CKR_OK;
}
