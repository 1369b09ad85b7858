/* SPDX-License-Identifier: BSD-2-Clause */
/* What kind of seal the options and the configuration ask for, and whether it can be had: settled
 * before any PIN is asked for. */
#pragma once

#include "opts.h"

#include "config.h"
#include "policy.h"
#include "trust.h"

struct wish {
	const struct trust_ops *ops;
	struct policy policy;
};

/* --source, --policy, --no-pin and --force over the configuration's. A configured policy is one for
 * the configured source: where another source cannot bind to it, "pin" is the default, and that is
 * said. Prints what is wrong; an exit code. */
NODISCARD int wish_take(const struct opts *o, const struct config *c, struct wish *ret);
