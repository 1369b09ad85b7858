/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations of a session: which key, may it be used so, and two operations at once. The machine
 * itself is op.c. */
#include "session_priv.h"

#include "access.h"
#include "key.h"
#include "rv.h"

/* What a key must allow, and what C_SessionCancel calls it. */
static const struct {
	CK_ATTRIBUTE_TYPE usage;
	CK_FLAGS flag;
} verbs[OP_VERBS] = {
	[OP_DIGEST] = {0, CKF_DIGEST},
	[OP_SIGN] = {CKA_SIGN, CKF_SIGN},
	[OP_VERIFY] = {CKA_VERIFY, CKF_VERIFY},
	[OP_SIGN_RECOVER] = {CKA_SIGN_RECOVER, CKF_SIGN_RECOVER},
	[OP_VERIFY_RECOVER] = {CKA_VERIFY_RECOVER, CKF_VERIFY_RECOVER},
	[OP_ENCRYPT] = {CKA_ENCRYPT, CKF_ENCRYPT},
	[OP_DECRYPT] = {CKA_DECRYPT, CKF_DECRYPT},
};

static CK_RV init_with_key(
	struct session *s, enum op_verb verb, const CK_MECHANISM *mech, CK_OBJECT_HANDLE h)
{
	struct token_use use = {.rw = s->rw,
		.session = session_handle(s),
		.handle = h,
		.usage = verbs[verb].usage,
		.mech = mech->mechanism};
	OBJECT(o);
	KEY(key);

	RV_TRY(token_refresh(s->token, false));
	RV_TRY(token_use(s->token, &use));
	o = use.object;
	key = use.key;
	if (key == NULL)
		RV_TRY(key_open(s->token, o, &key));
	RV_TRY(op_init_taking(&s->ops[verb], verb, mech, &key));
	if (use.ask_login)
		op_need_login(&s->ops[verb]);
	return CKR_OK;
}

CK_RV session_op_init(
	struct session *s, enum op_verb verb, const CK_MECHANISM *mech, CK_OBJECT_HANDLE key)
{
	if (mech == NULL) {
		if (!op_active(&s->ops[verb]))
			return CKR_ARGUMENTS_BAD;
		op_cancel(&s->ops[verb]);
		return CKR_OK;
	}
	if (op_active(&s->ops[verb]))
		return CKR_OPERATION_ACTIVE;
	s->inits++;
	if (verb == OP_DIGEST)
		return op_init(&s->ops[verb], verb, mech, NULL);
	return init_with_key(s, verb, mech, key);
}

CK_RV session_op_oneshot(
	struct session *s, enum op_verb verb, struct bytes in, CK_BYTE *out, CK_ULONG *out_len)
{
	return op_oneshot(&s->ops[verb], in, out, out_len);
}

CK_RV session_op_update(
	struct session *s, enum op_verb verb, struct bytes in, CK_BYTE *out, CK_ULONG *out_len)
{
	return op_update(&s->ops[verb], in, out, out_len);
}

CK_RV session_op_final(struct session *s, enum op_verb verb, CK_BYTE *out, CK_ULONG *out_len)
{
	return op_final(&s->ops[verb], out, out_len);
}

CK_RV session_op_verify(struct session *s, struct bytes data, struct bytes signature)
{
	return op_verify(&s->ops[OP_VERIFY], data, signature);
}

CK_RV session_op_verify_final(struct session *s, struct bytes signature)
{
	return op_verify_final(&s->ops[OP_VERIFY], signature);
}

CK_RV session_digest_key(struct session *s, CK_OBJECT_HANDLE h)
{
	struct who who = session_who(s);
	OBJECT(o);
	KEY(key);

	if (!op_active(&s->ops[OP_DIGEST]))
		return CKR_OPERATION_NOT_INITIALIZED;
	if (token_object(s->token, &who, h, &o) != CKR_OK)
		return CKR_KEY_HANDLE_INVALID;
	if (o->cls != CKO_SECRET_KEY)
		return CKR_KEY_INDIGESTIBLE;
	RV_TRY(key_open(s->token, o, &key));
	return op_digest_key(&s->ops[OP_DIGEST], key);
}

void session_op_cancel(struct session *s, enum op_verb verb)
{
	op_cancel(&s->ops[verb]);
}

CK_RV session_cancel(struct session *s, CK_FLAGS flags)
{
	for (unsigned i = 0; i < OP_VERBS; i++)
		if ((flags & verbs[i].flag) != 0 && op_active(&s->ops[i]))
			op_cancel(&s->ops[i]);
	if ((flags & CKF_FIND_OBJECTS) != 0 && s->finding)
		return session_find_final(s);
	return CKR_OK;
}

bool session_op_any(const struct session *s)
{
	for (unsigned i = 0; i < OP_VERBS; i++)
		if (op_active(&s->ops[i]))
			return true;
	return false;
}

/* ---- two at once ---- */

static CK_RV dual_check(struct session *s, enum op_verb a, enum op_verb b)
{
	return op_active(&s->ops[a]) && op_active(&s->ops[b]) ? CKR_OK
							      : CKR_OPERATION_NOT_INITIALIZED;
}

/* The output's length is settled first, so that nothing is hashed twice when the call comes again;
 * the plain text is hashed before it is encrypted, because out may be where it is. */
CK_RV session_dual_encrypt(
	struct session *s, enum op_verb with, struct bytes plain, CK_BYTE *out, CK_ULONG *out_len)
{
	CK_ULONG need = 0;
	CK_RV rv;

	RV_TRY(dual_check(s, OP_ENCRYPT, with));
	RV_TRY(op_update(&s->ops[OP_ENCRYPT], plain, NULL, &need));
	if (out == NULL || *out_len < need) {
		*out_len = need;
		return out == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	}
	rv = op_update(&s->ops[with], plain, NULL, NULL);
	if (rv != CKR_OK) {
		op_cancel(&s->ops[OP_ENCRYPT]);
		return rv;
	}
	rv = op_update(&s->ops[OP_ENCRYPT], plain, out, out_len);
	if (rv != CKR_OK)
		op_cancel(&s->ops[with]);
	return rv;
}

CK_RV session_dual_decrypt(
	struct session *s, enum op_verb with, struct bytes cipher, CK_BYTE *out, CK_ULONG *out_len)
{
	CK_RV rv;

	RV_TRY(dual_check(s, OP_DECRYPT, with));
	rv = op_update(&s->ops[OP_DECRYPT], cipher, out, out_len);
	if (rv == CKR_OK && out != NULL)
		rv = op_update(&s->ops[with], BYTES(out, *out_len), NULL, NULL);
	if (rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL) {
		op_cancel(&s->ops[OP_DECRYPT]);
		op_cancel(&s->ops[with]);
	}
	return rv;
}
