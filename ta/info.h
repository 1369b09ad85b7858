/* SPDX-License-Identifier: BSD-2-Clause */
/* What the TA says of the TEE that it runs in. */
#pragma once

#include "wire.h"

struct info {
	enum ta_state state;
	uint32_t epoch;
	bool line_rpmb;
};
enum ta_status info_put(const struct info *i, struct wire_out *out);
