/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands: what they mean, in which order things are looked at, and what is counted when. Of
 * request and answer they see copies in the TA's own memory. */
#pragma once

#include "wire.h"

struct seal_call {
	struct wire_in in;   /* the request behind its version */
	struct wire_out out; /* what the command answers */
	bool counted;        /* failed and tries are known */
	uint32_t failed, tries;
};
enum ta_status seal_cmd_run(uint32_t cmd, struct seal_call *call);
