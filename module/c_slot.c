/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11 5.5: slots and tokens. */
#include "call.h"
#include "out.h"

#define EVENT_POLL_MS 1000u /* how often a waiting C_WaitForSlotEvent looks at the directories */

_public_ CK_RV C_GetSlotList(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *count)
{
	CALL_ENTER();

	if (c.rv != CKR_OK)
		return c.rv;
	if (count == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = slots_list(c.slots, present != CK_FALSE, list, count);
}

_public_ CK_RV C_GetSlotInfo(CK_SLOT_ID id, CK_SLOT_INFO *info)
{
	CALL_ENTER();

	if (c.rv != CKR_OK)
		return c.rv;
	if (info == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	c.rv = slots_info(c.slots, id, info);
	if (c.rv == CKR_OK)
		info->firmwareVersion = out_version();
	return c.rv;
}

static struct slot *slot_get(struct call *c, CK_SLOT_ID id)
{
	struct slot *slot = NULL;

	if (c->rv == CKR_OK)
		c->rv = slots_get(c->slots, id, &slot);
	return slot;
}

_public_ CK_RV C_GetTokenInfo(CK_SLOT_ID id, CK_TOKEN_INFO *info)
{
	CALL_ENTER();
	struct slot *slot = slot_get(&c, id);

	if (c.rv != CKR_OK)
		return c.rv;
	if (info == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	c.rv = sessions_token_info(c.sessions, c.slots, slot, info);
	if (c.rv == CKR_OK)
		info->firmwareVersion = out_version();
	return c.rv;
}

_public_ CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, void *reserved)
{
	CALL_ENTER();

	if (c.rv != CKR_OK)
		return c.rv;
	if (slot == NULL || reserved != NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	do {
		c.rv = slots_event(c.slots, slot);
		if (c.rv != CKR_NO_EVENT || (flags & CKF_DONT_BLOCK) != 0)
			return c.rv;
	} while (module_wait(EVENT_POLL_MS));
	return c.rv = CKR_CRYPTOKI_NOT_INITIALIZED;
}

_public_ CK_RV C_GetMechanismList(CK_SLOT_ID id, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
	CALL_ENTER();

	(void) slot_get(&c, id);
	if (c.rv != CKR_OK)
		return c.rv;
	if (count == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = slots_mechs(list, count);
}

_public_ CK_RV C_GetMechanismInfo(CK_SLOT_ID id, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	CALL_ENTER();

	(void) slot_get(&c, id);
	if (c.rv != CKR_OK)
		return c.rv;
	if (info == NULL)
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = slots_mech_info(type, info);
}

_public_ CK_RV C_InitToken(CK_SLOT_ID id, CK_UTF8CHAR *pin, CK_ULONG pin_len, CK_UTF8CHAR *label)
{
	CALL_ENTER();
	struct slot *slot = slot_get(&c, id);

	if (c.rv != CKR_OK)
		return c.rv;
	if (label == NULL || call_bad_range(pin, pin_len))
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = sessions_init_token(c.sessions, c.slots, slot, BYTES(pin, pin_len), label);
}
