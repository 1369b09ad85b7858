/* SPDX-License-Identifier: BSD-2-Clause */
/* Negative controls. A test build (meson -Dbroken=true, never installed) can switch one security
 * mechanism off, by its name in the environment variable BREAK (or several, joined by commas), to
 * show that the mechanism's test then fails. In every other build BROKEN() is the constant false
 * and none of it exists. Names: grep for BROKEN(. */
#pragma once

#include <stdbool.h>

#ifdef BULLA_BROKEN
bool broken_now(const char *name);
#define BROKEN(name) broken_now(name)
#else
#define BROKEN(name) false
#endif
