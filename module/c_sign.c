/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11 5.13: signing and MACs. */
#include "c_op.h"

_public_ CK_RV C_SignInit(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_OBJECT_HANDLE key)
{
	return c_op_init(C_OP(h, OP_SIGN), mech, key);
}

_public_ CK_RV C_Sign(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature,
	CK_ULONG *signature_len)
{
	return c_op_oneshot(C_OP(h, OP_SIGN), data, data_len, signature, signature_len);
}

_public_ CK_RV C_SignUpdate(CK_SESSION_HANDLE h, CK_BYTE *part, CK_ULONG part_len)
{
	return c_op_feed(C_OP(h, OP_SIGN), part, part_len);
}

_public_ CK_RV C_SignFinal(CK_SESSION_HANDLE h, CK_BYTE *signature, CK_ULONG *signature_len)
{
	return c_op_final(C_OP(h, OP_SIGN), signature, signature_len);
}

_public_ CK_RV C_SignRecoverInit(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_OBJECT_HANDLE key)
{
	return c_op_init(C_OP(h, OP_SIGN_RECOVER), mech, key);
}

_public_ CK_RV C_SignRecover(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG data_len,
	CK_BYTE *signature, CK_ULONG *signature_len)
{
	return c_op_oneshot(C_OP(h, OP_SIGN_RECOVER), data, data_len, signature, signature_len);
}
