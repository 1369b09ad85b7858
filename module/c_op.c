/* SPDX-License-Identifier: BSD-2-Clause */
#include "c_op.h"

CK_RV c_op_init(struct c_op op, const CK_MECHANISM *mech, CK_OBJECT_HANDLE key)
{
	_cleanup_(call_end) struct call c = call_begin(op.func, op.session);

	if (c.rv == CKR_OK)
		c.rv = session_op_init(c.session, op.verb, mech, key);
	return c.rv;
}

static CK_RV bad(struct call *c, enum op_verb verb)
{
	session_op_cancel(c->session, verb);
	return c->rv = CKR_ARGUMENTS_BAD;
}

CK_RV c_op_oneshot(
	struct c_op op, const CK_BYTE *in, CK_ULONG in_len, CK_BYTE *out, CK_ULONG *out_len)
{
	_cleanup_(call_end) struct call c = call_begin(op.func, op.session);

	if (c.rv != CKR_OK)
		return c.rv;
	if (out_len == NULL || call_bad_range(in, in_len))
		return bad(&c, op.verb);
	return c.rv = session_op_oneshot(c.session, op.verb, BYTES(in, in_len), out, out_len);
}

CK_RV c_op_feed(struct c_op op, const CK_BYTE *in, CK_ULONG in_len)
{
	_cleanup_(call_end) struct call c = call_begin(op.func, op.session);

	if (c.rv != CKR_OK)
		return c.rv;
	if (call_bad_range(in, in_len))
		return bad(&c, op.verb);
	return c.rv = session_op_update(c.session, op.verb, BYTES(in, in_len), NULL, NULL);
}

CK_RV c_op_update(
	struct c_op op, const CK_BYTE *in, CK_ULONG in_len, CK_BYTE *out, CK_ULONG *out_len)
{
	_cleanup_(call_end) struct call c = call_begin(op.func, op.session);

	if (c.rv != CKR_OK)
		return c.rv;
	if (out_len == NULL || call_bad_range(in, in_len))
		return bad(&c, op.verb);
	return c.rv = session_op_update(c.session, op.verb, BYTES(in, in_len), out, out_len);
}

CK_RV c_op_final(struct c_op op, CK_BYTE *out, CK_ULONG *out_len)
{
	_cleanup_(call_end) struct call c = call_begin(op.func, op.session);

	if (c.rv != CKR_OK)
		return c.rv;
	if (out_len == NULL)
		return bad(&c, op.verb);
	return c.rv = session_op_final(c.session, op.verb, out, out_len);
}
