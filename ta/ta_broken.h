/* SPDX-License-Identifier: BSD-2-Clause */
/* Negative controls, as in the module's base/: only a native test build has them; in a TEE BROKEN()
 * is the constant false. */
#pragma once

#include <stdbool.h>

#ifdef BULLA_BROKEN
bool broken_now(const char *name);
#define BROKEN(name) broken_now(name)
#else
#define BROKEN(name) false
#endif
