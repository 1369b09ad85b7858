/* SPDX-License-Identifier: BSD-2-Clause */
/* A turn among processes: an exclusive flock on a file, waited for with a limit. It ends with the
 * process that holds it. */
#pragma once

#include "err.h"

/* E_BUSY when the turn did not come in time. A file that does not exist or may not be read: OK, no
 * queue and no turn. */
NODISCARD struct err queue_enter(const char *path, unsigned timeout_ms, int *ret);
/* For _cleanup_; -1 is no turn. */
void queue_leave(int *fd);
