/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts the TPM helper for one request so that the host process sees nothing of it: no signal, no
 * child in its wait calls, no zombie, no inherited descriptor (docs/decisions/0007). */
#pragma once

#include "secret.h"
#include "trust.h"

/* request: a frame, which lives in secret memory. ret: the answer's frame. E_UNAVAILABLE: it cannot
 * be started, or ended without an answer; E_BUSY: our turn did not come. Says in the log what
 * happened. */
NODISCARD struct err helper_call(
	const struct trust_env *env, struct bytes request, struct secret **ret);
