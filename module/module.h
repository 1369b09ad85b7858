/* SPDX-License-Identifier: BSD-2-Clause */
/* The module's one global, behind functions. */
#pragma once

#include "session.h"

/* A call comes in: CKR_CRYPTOKI_NOT_INITIALIZED, or the two stay until module_leave. */
NODISCARD CK_RV module_enter(struct slots **ret_slots, struct sessions **ret_sessions);
void module_leave(void);
/* For a call that waits: sleeps a little; false when C_Finalize wants it to end. */
bool module_wait(unsigned ms);
