/* SPDX-License-Identifier: BSD-2-Clause */
/* A descriptor that is closed when its block ends: FD(name); -1 is none. */
#pragma once

#include "attr.h"

#include <unistd.h>

static inline void fd_done(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#define FD(name) _cleanup_(fd_done) int name = -1
