/* SPDX-License-Identifier: BSD-2-Clause */
/* The trust source "tpm". */
#pragma once

#include "trust.h"

extern const struct trust_ops trust_tpm;
