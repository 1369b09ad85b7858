/* SPDX-License-Identifier: BSD-2-Clause */
/* What the TEE must know of the TA before it starts it. */
#pragma once

#include "ta_proto.h"

#define TA_UUID TA_BULLA_UUID

/* One instance that stays: what it remembers of wrong PINs must outlive its clients. Should it ever
 * crash, then none until the next boot, rather than one that has forgotten (OP-TEE has that since
 * 4.7, and starts another one before). */
#ifdef TA_FLAG_INSTANCE_KEEP_CRASHED
#define TA_STAYS (TA_FLAG_INSTANCE_KEEP_ALIVE | TA_FLAG_INSTANCE_KEEP_CRASHED)
#else
#define TA_STAYS TA_FLAG_INSTANCE_KEEP_ALIVE
#endif
#define TA_FLAGS (TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION | TA_STAYS)

#define TA_STACK_SIZE (8 * 1024)
#define TA_DATA_SIZE  (32 * 1024)

#define TA_VERSION     "1"
#define TA_DESCRIPTION "Bulla: keeps the keys of PKCS #11 tokens sealed"
