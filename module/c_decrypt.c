/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11 5.10: decryption. */
#include "c_op.h"

_public_ CK_RV C_DecryptInit(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_OBJECT_HANDLE key)
{
	return c_op_init(C_OP(h, OP_DECRYPT), mech, key);
}

_public_ CK_RV C_Decrypt(
	CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *out, CK_ULONG *out_len)
{
	return c_op_oneshot(C_OP(h, OP_DECRYPT), data, data_len, out, out_len);
}

_public_ CK_RV C_DecryptUpdate(
	CK_SESSION_HANDLE h, CK_BYTE *part, CK_ULONG part_len, CK_BYTE *out, CK_ULONG *out_len)
{
	return c_op_update(C_OP(h, OP_DECRYPT), part, part_len, out, out_len);
}

_public_ CK_RV C_DecryptFinal(CK_SESSION_HANDLE h, CK_BYTE *out, CK_ULONG *out_len)
{
	return c_op_final(C_OP(h, OP_DECRYPT), out, out_len);
}
