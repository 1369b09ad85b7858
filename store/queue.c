/* SPDX-License-Identifier: BSD-2-Clause */
#include "queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MIN_MS 2u
#define PAUSE_MAX_MS 50u

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
}

static void pause_ms(unsigned ms)
{
	const struct timespec t = {.tv_nsec = (long) ms * 1000000};

	nanosleep(&t, NULL);
}

void queue_leave(int *fd)
{
	if (*fd >= 0) {
		flock(*fd, LOCK_UN); /* a child of fork may hold a copy of the descriptor */
		close(*fd);
	}
	*fd = -1;
}

/* flock has no time limit: small pauses, growing. Works on a file that may only be read. */
struct err queue_enter(const char *path, unsigned timeout_ms, int *ret)
{
	uint64_t end = now_ms() + timeout_ms;
	unsigned pause = PAUSE_MIN_MS;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return OK;
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || now_ms() >= end) {
			close(fd);
			return ERR(E_BUSY);
		}
		pause_ms(pause);
		pause = pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause * 2;
	}
	*ret = fd;
	return OK;
}
