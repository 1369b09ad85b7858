/* SPDX-License-Identifier: BSD-2-Clause */
/* A second trust source for tests, as protective as the first, that keeps something of its seals as
 * a TEE does: a line for each (one seal and those that replace it) with an epoch, its own count of
 * wrong PINs and its owner. It is away unless the environment variable BULLA_FAKE2 names a file,
 * which tells it what to do as BULLA_FAKE does the first one (fail, fail-seal, fail-open, foreign,
 * any-auth, max (default 10)), and besides:
 *
 *   fail-settle=E_CODE    settling answers this code
 *   fail-destroy=E_CODE   destroying does
 *
 * FILE.lines beside it keeps the lines; FILE.log, as text, each call: "seal", "change", "open",
 * "settle" or "destroy", the line in hexadecimal, the blob's epoch, the code. */
#pragma once

#include "trust.h"

extern const struct trust_ops trust_fake2;
/* What happens elsewhere while it seals; once. */
extern void (*trust_fake2_meanwhile)(void);
