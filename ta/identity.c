/* SPDX-License-Identifier: BSD-2-Clause */
#include "identity.h"
#include "ta_broken.h"

#include <tee_internal_api.h>

static uint8_t login_of(uint32_t login)
{
	switch (login) {
	case TEE_LOGIN_PUBLIC:
		return TA_LOGIN_PUBLIC;
	case TEE_LOGIN_USER:
		return TA_LOGIN_USER;
	case TEE_LOGIN_GROUP:
		return TA_LOGIN_GROUP;
	default:
		return IDENTITY_OTHER;
	}
}

enum ta_status identity_now(struct identity *ret)
{
	struct wire_out out = {.buf = ret->uuid, .max = sizeof(ret->uuid)};
	TEE_Identity id = {0};
	TEE_Result res =
		TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT, "gpd.client.identity", &id);

	if (res != TEE_SUCCESS)
		return res == TEE_ERROR_OUT_OF_MEMORY ? TA_ST_MEMORY : TA_ST_INTERNAL;
	TEE_MemFill(ret, 0, sizeof(*ret));
	ret->login = login_of(id.login);
	if (ret->login == TA_LOGIN_PUBLIC || ret->login == IDENTITY_OTHER)
		return TA_ST_OK;
	wire_put_u32(&out, id.uuid.timeLow);
	wire_put_u8(&out, (uint8_t) (id.uuid.timeMid >> 8));
	wire_put_u8(&out, (uint8_t) id.uuid.timeMid);
	wire_put_u8(&out, (uint8_t) (id.uuid.timeHiAndVersion >> 8));
	wire_put_u8(&out, (uint8_t) id.uuid.timeHiAndVersion);
	wire_put_bytes(&out, id.uuid.clockSeqAndNode, sizeof(id.uuid.clockSeqAndNode));
	return TA_ST_OK;
}

bool identity_fits(const struct identity *bound, const struct identity *client)
{
	if (bound->login == TA_LOGIN_PUBLIC || BROKEN("ta-identity"))
		return true;
	return bound->login == client->login &&
	       TEE_MemCompare(bound->uuid, client->uuid, sizeof(bound->uuid)) == 0;
}
