/* SPDX-License-Identifier: BSD-2-Clause */
/* For LD_PRELOAD: the program takes itself for another user, so that the store that it finds is
 * somebody else's. The kernel knows better, and what modes allow stays as it is. */
#include <unistd.h>

#define SOMEBODY 54321u
#define SEEN     __attribute__((visibility("default")))

SEEN uid_t geteuid(void)
{
	return SOMEBODY;
}
