/* SPDX-License-Identifier: BSD-2-Clause */
/* The trust source "tee": seals that Bulla's trusted application makes and opens. In a build
 * without libteec's header its row is there and says so. */
#pragma once

#include "trust.h"

extern const struct trust_ops trust_tee;
