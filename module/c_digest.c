/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11 5.12: message digesting. */
#include "c_op.h"

_public_ CK_RV C_DigestInit(CK_SESSION_HANDLE h, CK_MECHANISM *mech)
{
	return c_op_init(C_OP(h, OP_DIGEST), mech, CK_INVALID_HANDLE);
}

_public_ CK_RV C_Digest(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *digest,
	CK_ULONG *digest_len)
{
	return c_op_oneshot(C_OP(h, OP_DIGEST), data, data_len, digest, digest_len);
}

_public_ CK_RV C_DigestUpdate(CK_SESSION_HANDLE h, CK_BYTE *part, CK_ULONG part_len)
{
	return c_op_feed(C_OP(h, OP_DIGEST), part, part_len);
}

_public_ CK_RV C_DigestKey(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE key)
{
	CALL_BEGIN(h);

	if (c.rv == CKR_OK)
		c.rv = session_digest_key(c.session, key);
	return c.rv;
}

_public_ CK_RV C_DigestFinal(CK_SESSION_HANDLE h, CK_BYTE *digest, CK_ULONG *digest_len)
{
	return c_op_final(C_OP(h, OP_DIGEST), digest, digest_len);
}
