/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11 5.6: sessions, logging in and out, PINs. What changes a login or closes a session holds
 * no session's lock: it has to wait for others who hold theirs. */
#include "call.h"

_public_ CK_RV C_OpenSession(CK_SLOT_ID id, CK_FLAGS flags, void *application, CK_NOTIFY notify,
	CK_SESSION_HANDLE *session)
{
	CALL_ENTER();
	struct slot *slot;

	(void) application; /* there is nothing to notify of */
	(void) notify;
	if (c.rv == CKR_OK)
		c.rv = slots_get(c.slots, id, &slot);
	if (c.rv != CKR_OK)
		return c.rv;
	if (session == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_open(c.sessions, c.slots, slot, flags, session);
}

_public_ CK_RV C_CloseSession(CK_SESSION_HANDLE h)
{
	CALL_PIN(h);

	if (c.rv == CKR_OK)
		c.rv = session_close(c.sessions, &c.session);
	return c.rv;
}

_public_ CK_RV C_CloseAllSessions(CK_SLOT_ID id)
{
	CALL_ENTER();
	struct slot *slot;

	if (c.rv == CKR_OK)
		c.rv = slots_get(c.slots, id, &slot);
	if (c.rv == CKR_OK)
		sessions_close_slot(c.sessions, slot);
	return c.rv;
}

_public_ CK_RV C_GetSessionInfo(CK_SESSION_HANDLE h, CK_SESSION_INFO *info)
{
	CALL_PIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (info == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_info(c.session, info);
}

_public_ CK_RV C_Login(CK_SESSION_HANDLE h, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG pin_len)
{
	CALL_PIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (call_bad_range(pin, pin_len))
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_login(c.sessions, c.session, user, BYTES(pin, pin_len));
}

/* There are no users with names here: only the empty one, who is CKU_USER or CKU_SO. */
_public_ CK_RV C_LoginUser(CK_SESSION_HANDLE h, CK_USER_TYPE user, CK_UTF8CHAR *pin,
	CK_ULONG pin_len, CK_UTF8CHAR *name, CK_ULONG name_len)
{
	CALL_PIN(h);

	(void) name;
	if (c.rv != CKR_OK)
		return c.rv;
	if (call_bad_range(pin, pin_len) || name_len > 0)
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_login(c.sessions, c.session, user, BYTES(pin, pin_len));
}

_public_ CK_RV C_Logout(CK_SESSION_HANDLE h)
{
	CALL_PIN(h);

	if (c.rv == CKR_OK)
		c.rv = session_logout(c.sessions, c.session);
	return c.rv;
}

_public_ CK_RV C_InitPIN(CK_SESSION_HANDLE h, CK_UTF8CHAR *pin, CK_ULONG pin_len)
{
	CALL_PIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (call_bad_range(pin, pin_len))
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_init_pin(c.session, BYTES(pin, pin_len));
}

_public_ CK_RV C_SetPIN(CK_SESSION_HANDLE h, CK_UTF8CHAR *old_pin, CK_ULONG old_len,
	CK_UTF8CHAR *new_pin, CK_ULONG new_len)
{
	CALL_PIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (call_bad_range(old_pin, old_len) || call_bad_range(new_pin, new_len))
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_set_pin(c.session, BYTES(old_pin, old_len), BYTES(new_pin, new_len));
}

_public_ CK_RV C_GetOperationState(CK_SESSION_HANDLE h, CK_BYTE *state, CK_ULONG *len)
{
	CALL_BEGIN(h);

	(void) state;
	if (c.rv != CKR_OK)
		return c.rv;
	if (len == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_op_any(c.session) ? CKR_STATE_UNSAVEABLE
						: CKR_OPERATION_NOT_INITIALIZED;
}

_public_ CK_RV C_SetOperationState(CK_SESSION_HANDLE h, CK_BYTE *state, CK_ULONG len,
	CK_OBJECT_HANDLE encryption_key, CK_OBJECT_HANDLE authentication_key)
{
	CALL_BEGIN(h);

	(void) encryption_key;
	(void) authentication_key;
	if (c.rv != CKR_OK)
		return c.rv;
	if (state == NULL || call_bad_range(state, len))
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = CKR_SAVED_STATE_INVALID; /* none was ever given out */
}

_public_ CK_RV C_SessionCancel(CK_SESSION_HANDLE h, CK_FLAGS flags)
{
	CALL_BEGIN(h);

	if (c.rv == CKR_OK)
		c.rv = session_cancel(c.session, flags);
	return c.rv;
}

/* The two functions of the time before 2.0. */
_public_ CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE h)
{
	CALL_PIN(h);

	return c.rv == CKR_OK ? CKR_FUNCTION_NOT_PARALLEL : c.rv;
}

_public_ CK_RV C_CancelFunction(CK_SESSION_HANDLE h)
{
	CALL_PIN(h);

	return c.rv == CKR_OK ? CKR_FUNCTION_NOT_PARALLEL : c.rv;
}
