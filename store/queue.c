/* SPDX-License-Identifier: BSD-2-Clause */
/* The mark of a turn is a shared lock on one byte, far behind the end of the file, whose place says
 * when the turn began: it needs no right to write, it is seen by whoever may read the file, and it
 * is gone with its process. */
#include "queue.h"

#include "broken.h"
#include "fd.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MIN_MS 2u
#define PAUSE_MAX_MS 50u
#define MARK_BASE    ((off_t) 1 << 48)
#define MARK_NONE    0u

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

static int file_open(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/* ---- marks ---- */

/* Without one (a file system that knows no such locks) others see no more than that we are there.
 */
static void mark_set(int fd, short type, uint64_t began_ms)
{
	struct flock l = {.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = MARK_BASE + (off_t) began_ms,
		.l_len = type == F_UNLCK ? 0 : 1};

	(void) fcntl(fd, F_OFD_SETLK, &l);
}

/* When the turn that somebody has began; MARK_NONE: nobody has it, or nobody can tell. */
static uint64_t mark_get(int fd)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = MARK_BASE};

	if (fd < 0 || fcntl(fd, F_OFD_GETLK, &l) != 0 || l.l_type == F_UNLCK)
		return MARK_NONE;
	return l.l_start > MARK_BASE ? (uint64_t) (l.l_start - MARK_BASE) : MARK_NONE;
}

void queue_leave(int *fd)
{
	if (*fd >= 0) { /* a child of fork may hold a copy of the descriptor */
		mark_set(*fd, F_UNLCK, 0);
		flock(*fd, LOCK_UN);
		close(*fd);
	}
	*fd = -1;
}

/* ---- waiting ---- */

/* What we saw when we last looked. */
struct watch {
	uint64_t turn, work; /* marks */
	uint64_t began_ms;   /* our waiting */
	uint64_t moved_ms;   /* since when they are what they are */
	bool vain;           /* a turn at work has lasted too long */
};

/* Has the turn at work that we last saw lasted too long by now? The mark's time may be of another
 * machine's or container's clock: then what we saw ourselves must do. */
static bool watch_silent(const struct watch *s, unsigned still_ms, uint64_t now)
{
	uint64_t age = now > s->work ? now - s->work : 0;

	if (s->work == MARK_NONE || BROKEN("queue-silent"))
		return false;
	return (age >= still_ms && age / 2 <= still_ms) || now - s->moved_ms >= still_ms;
}

/* A turn that was in vain may end between two looks: so what was seen counts before what is. Its
 * holder has our turn for a while longer, to write down what came of it. */
static void watch_look(struct watch *s, int fd, int work_fd, unsigned still_ms)
{
	uint64_t turn = mark_get(fd), work = work_fd < 0 ? turn : mark_get(work_fd);
	uint64_t now = now_ms();

	s->vain = s->vain || watch_silent(s, still_ms, now);
	if (turn != s->turn || work != s->work)
		s->moved_ms = now;
	s->turn = turn;
	s->work = work;
}

static struct err watch_judge(const struct watch *s, const struct trust_env *env)
{
	uint64_t now = now_ms();

	if (s->vain)
		return ERR(E_UNAVAILABLE);
	if (now - s->began_ms >= env->queue_timeout_ms || now - s->moved_ms >= env->tpm_timeout_ms)
		return ERR(E_BUSY);
	return OK;
}

/* flock has no time limit: small pauses, growing. */
static struct err turn_await(int fd, int work_fd, const struct trust_env *env)
{
	struct watch s = {.began_ms = now_ms(), .moved_ms = now_ms()};
	unsigned pause = PAUSE_MIN_MS;

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			log_error("our turn cannot be taken: flock: %s", strerror(errno));
			return ERR(E_BUSY);
		}
		watch_look(&s, fd, work_fd, env->tpm_timeout_ms);
		TRY(watch_judge(&s, env));
		pause_ms(pause);
		pause = pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause * 2;
	}
	/* who was before us waited in vain: so would we */
	return s.vain || watch_silent(&s, env->tpm_timeout_ms, now_ms()) ? ERR(E_UNAVAILABLE) : OK;
}

struct err queue_enter(const char *path, const struct trust_env *env, int *ret)
{
	bool apart = env->lock_path != NULL && strcmp(path, env->lock_path) != 0;
	_cleanup_(fd_done) int work_fd = apart ? file_open(env->lock_path) : -1;
	int fd = file_open(path);
	struct err e;

	if (fd < 0)
		return OK;
	e = turn_await(fd, work_fd, env);
	if (e.code == E_UNAVAILABLE)
		queue_silence(env);
	if (e.code != E_OK) {
		flock(fd, LOCK_UN);
		close(fd);
		return e;
	}
	mark_set(fd, F_RDLCK, now_ms());
	*ret = fd;
	return OK;
}

/* ---- after waiting in vain ---- */

/* A host may ask again at once, for another key, another seal, another token: it waits once. */
void queue_silence(const struct trust_env *env)
{
	if (env->silence != NULL)
		atomic_store(&env->silence->until_ms, now_ms() + env->tpm_timeout_ms);
}

bool queue_silent(const struct trust_env *env)
{
	return env->silence != NULL && !BROKEN("silence") &&
	       now_ms() < atomic_load(&env->silence->until_ms);
}
