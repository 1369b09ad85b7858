/* SPDX-License-Identifier: BSD-2-Clause */
/* Who the hostile trusted application says it is: HOSTILE_AS, from the Makefile. */
#pragma once

#include "hostile_proto.h"
#include "ta_proto.h"

#define TA_UUID        HOSTILE_AS
#define TA_FLAGS       TA_FLAG_EXEC_DDR
#define TA_STACK_SIZE  (4 * 1024)
#define TA_DATA_SIZE   (32 * 1024)
#define TA_VERSION     "1.0"
#define TA_DESCRIPTION "tests: after Bulla's secrets"
