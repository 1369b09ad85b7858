/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11 5.8: encryption. */
#include "c_op.h"

_public_ CK_RV C_EncryptInit(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_OBJECT_HANDLE key)
{
	return c_op_init(C_OP(h, OP_ENCRYPT), mech, key);
}

_public_ CK_RV C_Encrypt(
	CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *out, CK_ULONG *out_len)
{
	return c_op_oneshot(C_OP(h, OP_ENCRYPT), data, data_len, out, out_len);
}

_public_ CK_RV C_EncryptUpdate(
	CK_SESSION_HANDLE h, CK_BYTE *part, CK_ULONG part_len, CK_BYTE *out, CK_ULONG *out_len)
{
	return c_op_update(C_OP(h, OP_ENCRYPT), part, part_len, out, out_len);
}

_public_ CK_RV C_EncryptFinal(CK_SESSION_HANDLE h, CK_BYTE *out, CK_ULONG *out_len)
{
	return c_op_final(C_OP(h, OP_ENCRYPT), out, out_len);
}
