/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11 5.15: verifying signatures and MACs. */
#include "c_op.h"

_public_ CK_RV C_VerifyInit(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_OBJECT_HANDLE key)
{
	return c_op_init(C_OP(h, OP_VERIFY), mech, key);
}

_public_ CK_RV C_Verify(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature,
	CK_ULONG signature_len)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (call_bad_range(data, data_len) || call_bad_range(signature, signature_len)) {
		session_op_cancel(c.session, OP_VERIFY);
		return c.rv = CKR_ARGUMENTS_BAD;
	}
	return c.rv = session_op_verify(
		       c.session, BYTES(data, data_len), BYTES(signature, signature_len));
}

_public_ CK_RV C_VerifyUpdate(CK_SESSION_HANDLE h, CK_BYTE *part, CK_ULONG part_len)
{
	return c_op_feed(C_OP(h, OP_VERIFY), part, part_len);
}

_public_ CK_RV C_VerifyFinal(CK_SESSION_HANDLE h, CK_BYTE *signature, CK_ULONG signature_len)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (call_bad_range(signature, signature_len)) {
		session_op_cancel(c.session, OP_VERIFY);
		return c.rv = CKR_ARGUMENTS_BAD;
	}
	return c.rv = session_op_verify_final(c.session, BYTES(signature, signature_len));
}

_public_ CK_RV C_VerifyRecoverInit(CK_SESSION_HANDLE h, CK_MECHANISM *mech, CK_OBJECT_HANDLE key)
{
	return c_op_init(C_OP(h, OP_VERIFY_RECOVER), mech, key);
}

_public_ CK_RV C_VerifyRecover(CK_SESSION_HANDLE h, CK_BYTE *signature, CK_ULONG signature_len,
	CK_BYTE *data, CK_ULONG *data_len)
{
	return c_op_oneshot(C_OP(h, OP_VERIFY_RECOVER), signature, signature_len, data, data_len);
}
