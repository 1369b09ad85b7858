/* SPDX-License-Identifier: BSD-2-Clause */
#include "info.h"
#include "box.h"
#include "line.h"

#include <tee_internal_api.h>

#define TEXT_MAX 64u

/* box_machine() where the hardware unique key is 16 zero bytes, as OP-TEE's stub has it: the first
 * half of HMAC-SHA256(key: 16 zero bytes; u32 3, little endian | this TA's UUID as it lies in
 * memory, little endian | TA_LABEL_MACHINE). test_ta.c computes it. */
static const uint8_t zero_machine[TA_ID_LEN] = {0x6b, 0x20, 0x99, 0x5e, 0x72, 0x20, 0x8a, 0xea,
	0x58, 0x87, 0x73, 0xb9, 0xcc, 0x4f, 0x91, 0x1c};

static bool huk_is_zero(const uint8_t machine[TA_ID_LEN])
{
	return TEE_MemCompare(machine, zero_machine, TA_ID_LEN) == 0;
}

/* A property of the TEE: printable ASCII, cut where it is too long; empty where there is none. */
static void text_put(struct wire_out *out, const char *name)
{
	char text[TEXT_MAX] = "";
	size_t size = sizeof(text), len = 0;
	TEE_Result res = TEE_GetPropertyAsString(TEE_PROPSET_TEE_IMPLEMENTATION, name, text, &size);

	while (res == TEE_SUCCESS && len < sizeof(text) && text[len] >= ' ' && text[len] <= '~')
		len++;
	wire_put_u8(out, (uint8_t) len);
	wire_put_bytes(out, text, len);
}

enum ta_status info_put(const struct info *i, struct wire_out *out)
{
	const uint32_t level = line_rollback_level();
	uint8_t machine[TA_ID_LEN];
	enum ta_status st = box_machine(machine);
	uint32_t flags = 0;

	if (st != TA_ST_OK)
		return st;
	flags |= huk_is_zero(machine) ? TA_INFO_DEVELOPMENT_HUK : 0;
	flags |= level >= TA_ROLLBACK_HARDWARE ? TA_INFO_RPMB : 0;
	flags |= i->line_rpmb ? TA_INFO_LINE_RPMB : 0;
	wire_put_u8(out, TA_INFO_VERSION);
	wire_put_u8(out, (uint8_t) i->state);
	wire_put_u32(out, flags);
	wire_put_u32(out, level);
	wire_put_u32(out, i->epoch);
	text_put(out, "gpd.tee.trustedos.manufacturer");
	text_put(out, "gpd.tee.description");
	text_put(out, "gpd.tee.trustedos.implementation.version");
	return TA_ST_OK;
}
