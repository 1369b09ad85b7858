/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11 5.17: two operations at once. */
#include "c_op.h"

static CK_RV bad(struct call *c, enum op_verb a, enum op_verb b)
{
	session_op_cancel(c->session, a);
	session_op_cancel(c->session, b);
	return c->rv = CKR_ARGUMENTS_BAD;
}

_public_ CK_RV C_DigestEncryptUpdate(
	CK_SESSION_HANDLE h, CK_BYTE *part, CK_ULONG part_len, CK_BYTE *out, CK_ULONG *out_len)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (out_len == NULL || call_bad_range(part, part_len))
		return bad(&c, OP_DIGEST, OP_ENCRYPT);
	return c.rv = session_dual_encrypt(
		       c.session, OP_DIGEST, BYTES(part, part_len), out, out_len);
}

_public_ CK_RV C_DecryptDigestUpdate(
	CK_SESSION_HANDLE h, CK_BYTE *part, CK_ULONG part_len, CK_BYTE *out, CK_ULONG *out_len)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (out_len == NULL || call_bad_range(part, part_len))
		return bad(&c, OP_DIGEST, OP_DECRYPT);
	return c.rv = session_dual_decrypt(
		       c.session, OP_DIGEST, BYTES(part, part_len), out, out_len);
}

_public_ CK_RV C_SignEncryptUpdate(
	CK_SESSION_HANDLE h, CK_BYTE *part, CK_ULONG part_len, CK_BYTE *out, CK_ULONG *out_len)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (out_len == NULL || call_bad_range(part, part_len))
		return bad(&c, OP_SIGN, OP_ENCRYPT);
	return c.rv = session_dual_encrypt(c.session, OP_SIGN, BYTES(part, part_len), out, out_len);
}

_public_ CK_RV C_DecryptVerifyUpdate(
	CK_SESSION_HANDLE h, CK_BYTE *part, CK_ULONG part_len, CK_BYTE *out, CK_ULONG *out_len)
{
	CALL_BEGIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (out_len == NULL || call_bad_range(part, part_len))
		return bad(&c, OP_VERIFY, OP_DECRYPT);
	return c.rv = session_dual_decrypt(
		       c.session, OP_VERIFY, BYTES(part, part_len), out, out_len);
}
