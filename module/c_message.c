/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11 3.0, 5.9, 5.11, 5.14, 5.16: the message API, which no mechanism has yet. */
#include "call.h"

static CK_RV unsupported(const char *func, CK_SESSION_HANDLE h)
{
	_cleanup_(call_end) struct call c = call_pin(func, h);

	if (c.rv == CKR_OK)
		c.rv = CKR_FUNCTION_NOT_SUPPORTED;
	return c.rv;
}

_public_ CK_RV C_MessageEncryptInit(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_OBJECT_HANDLE key)
{
	(void) mech;
	(void) key;
	return unsupported(__func__, h);
}

_public_ CK_RV C_EncryptMessage(CK_SESSION_HANDLE h, void *param, CK_ULONG param_len, CK_BYTE *aad,
	CK_ULONG aad_len, CK_BYTE *plain, CK_ULONG plain_len, CK_BYTE *cipher, CK_ULONG *cipher_len)
{
	(void) param;
	(void) param_len;
	(void) aad;
	(void) aad_len;
	(void) plain;
	(void) plain_len;
	(void) cipher;
	(void) cipher_len;
	return unsupported(__func__, h);
}

_public_ CK_RV C_EncryptMessageBegin(
	CK_SESSION_HANDLE h, void *param, CK_ULONG param_len, CK_BYTE *aad, CK_ULONG aad_len)
{
	(void) param;
	(void) param_len;
	(void) aad;
	(void) aad_len;
	return unsupported(__func__, h);
}

_public_ CK_RV C_EncryptMessageNext(CK_SESSION_HANDLE h, void *param, CK_ULONG param_len,
	CK_BYTE *plain, CK_ULONG plain_len, CK_BYTE *cipher, CK_ULONG *cipher_len, CK_FLAGS flags)
{
	(void) param;
	(void) param_len;
	(void) plain;
	(void) plain_len;
	(void) cipher;
	(void) cipher_len;
	(void) flags;
	return unsupported(__func__, h);
}

_public_ CK_RV C_MessageEncryptFinal(CK_SESSION_HANDLE h)
{
	return unsupported(__func__, h);
}

_public_ CK_RV C_MessageDecryptInit(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_OBJECT_HANDLE key)
{
	(void) mech;
	(void) key;
	return unsupported(__func__, h);
}

_public_ CK_RV C_DecryptMessage(CK_SESSION_HANDLE h, void *param, CK_ULONG param_len, CK_BYTE *aad,
	CK_ULONG aad_len, CK_BYTE *cipher, CK_ULONG cipher_len, CK_BYTE *plain, CK_ULONG *plain_len)
{
	(void) param;
	(void) param_len;
	(void) aad;
	(void) aad_len;
	(void) cipher;
	(void) cipher_len;
	(void) plain;
	(void) plain_len;
	return unsupported(__func__, h);
}

_public_ CK_RV C_DecryptMessageBegin(
	CK_SESSION_HANDLE h, void *param, CK_ULONG param_len, CK_BYTE *aad, CK_ULONG aad_len)
{
	(void) param;
	(void) param_len;
	(void) aad;
	(void) aad_len;
	return unsupported(__func__, h);
}

_public_ CK_RV C_DecryptMessageNext(CK_SESSION_HANDLE h, void *param, CK_ULONG param_len,
	CK_BYTE *cipher, CK_ULONG cipher_len, CK_BYTE *plain, CK_ULONG *plain_len, CK_FLAGS flags)
{
	(void) param;
	(void) param_len;
	(void) cipher;
	(void) cipher_len;
	(void) plain;
	(void) plain_len;
	(void) flags;
	return unsupported(__func__, h);
}

_public_ CK_RV C_MessageDecryptFinal(CK_SESSION_HANDLE h)
{
	return unsupported(__func__, h);
}

_public_ CK_RV C_MessageSignInit(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_OBJECT_HANDLE key)
{
	(void) mech;
	(void) key;
	return unsupported(__func__, h);
}

_public_ CK_RV C_SignMessage(CK_SESSION_HANDLE h, void *param, CK_ULONG param_len, CK_BYTE *data,
	CK_ULONG data_len, CK_BYTE *signature, CK_ULONG *signature_len)
{
	(void) param;
	(void) param_len;
	(void) data;
	(void) data_len;
	(void) signature;
	(void) signature_len;
	return unsupported(__func__, h);
}

_public_ CK_RV C_SignMessageBegin(CK_SESSION_HANDLE h, void *param, CK_ULONG param_len)
{
	(void) param;
	(void) param_len;
	return unsupported(__func__, h);
}

_public_ CK_RV C_SignMessageNext(CK_SESSION_HANDLE h, void *param, CK_ULONG param_len,
	CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature, CK_ULONG *signature_len)
{
	(void) param;
	(void) param_len;
	(void) data;
	(void) data_len;
	(void) signature;
	(void) signature_len;
	return unsupported(__func__, h);
}

_public_ CK_RV C_MessageSignFinal(CK_SESSION_HANDLE h)
{
	return unsupported(__func__, h);
}

_public_ CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_OBJECT_HANDLE key)
{
	(void) mech;
	(void) key;
	return unsupported(__func__, h);
}

_public_ CK_RV C_VerifyMessage(CK_SESSION_HANDLE h, void *param, CK_ULONG param_len, CK_BYTE *data,
	CK_ULONG data_len, CK_BYTE *signature, CK_ULONG signature_len)
{
	(void) param;
	(void) param_len;
	(void) data;
	(void) data_len;
	(void) signature;
	(void) signature_len;
	return unsupported(__func__, h);
}

_public_ CK_RV C_VerifyMessageBegin(CK_SESSION_HANDLE h, void *param, CK_ULONG param_len)
{
	(void) param;
	(void) param_len;
	return unsupported(__func__, h);
}

_public_ CK_RV C_VerifyMessageNext(CK_SESSION_HANDLE h, void *param, CK_ULONG param_len,
	CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature, CK_ULONG signature_len)
{
	(void) param;
	(void) param_len;
	(void) data;
	(void) data_len;
	(void) signature;
	(void) signature_len;
	return unsupported(__func__, h);
}

_public_ CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE h)
{
	return unsupported(__func__, h);
}
