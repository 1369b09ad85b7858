/* SPDX-License-Identifier: BSD-2-Clause */
/* The arena. Blocks of 64-byte granules in chunks of pages, first fit by a byte per granule; the
 * headers live on the ordinary heap, so that freeing a secret of a parent touches none of its
 * pages. A canary follows every block: finding one overwritten is memory corruption next to keys,
 * and the one case in which this code ends the process. */
#include "secret.h"

#include "broken.h"
#include "lock.h"
#include "log.h"
#include "ossl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define GRANULE    ((size_t) 64)
#define CHUNK_LEN  ((size_t) 256 << 10)
#define GRANULES   (CHUNK_LEN / GRANULE)
#define CHUNKS_MAX (SECRET_ARENA_MAX / CHUNK_LEN)
#define CANARY_LEN ((size_t) 16)

struct chunk {
	uint8_t *base;
	uint8_t used[GRANULES]; /* 0 or 1 */
	size_t hint;            /* below it everything is in use */
};

static struct {
	pthread_mutex_t lock;
	uint64_t generation; /* of fork: the chunks belong to it */
	enum secret_kind kind;
	size_t count;
	struct chunk *chunks[CHUNKS_MAX];
	uint8_t canary[CANARY_LEN];
} arena = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct secret {
	uint64_t generation;
	size_t chunk, first, granules;
	uint8_t *ptr;
	size_t len;
};

/* A filter of system calls may end the process at one that it does not know, and many do not know
 * this one (systemd's @system-service, for one). Under a filter a child tries it first. The child
 * is nobody's business: it runs no handlers, sends no SIGCHLD, is not seen by the host's wait, and
 * leaves no core. */
static bool memfd_is_safe(void)
{
	int status = 0;
	pid_t pid;

	if (prctl(PR_GET_SECCOMP) != SECCOMP_MODE_FILTER || BROKEN("memfd-filter"))
		return true;
	pid = (pid_t) syscall(SYS_clone, 0ul, NULL, NULL, NULL, 0ul);
	if (pid == 0) {
		(void) prctl(PR_SET_DUMPABLE, 0);
		(void) syscall(SYS_memfd_secret, O_CLOEXEC);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, &status, (int) __WCLONE) < 0)
		if (errno != EINTR)
			return false;
	return pid > 0 && WIFEXITED(status);
}

static uint8_t *pages_memfd(void)
{
	void *p;
	int fd = (int) syscall(SYS_memfd_secret, O_CLOEXEC);

	if (fd < 0)
		return NULL;
	p = ftruncate(fd, (off_t) CHUNK_LEN) == 0
		    ? mmap(NULL, CHUNK_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
		    : MAP_FAILED;
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

static uint8_t *pages_get(bool memfd, enum secret_kind *ret_kind)
{
	uint8_t *p = !memfd || BROKEN("secret-memory") ? NULL : pages_memfd();

	*ret_kind = SECRET_MEMFD;
	if (p == NULL) {
		p = mmap(NULL, CHUNK_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);
		if (p == MAP_FAILED)
			return NULL;
		*ret_kind = mlock(p, CHUNK_LEN) == 0 ? SECRET_LOCKED : SECRET_PLAIN;
		if (!BROKEN("secret-memory"))
			(void) madvise(p, CHUNK_LEN, MADV_DONTDUMP);
	}
	if (!BROKEN("secret-memory") && madvise(p, CHUNK_LEN, MADV_DONTFORK) != 0) {
		munmap(p, CHUNK_LEN);
		return NULL;
	}
	return p;
}

static struct err arena_grow(void)
{
	enum secret_kind kind;
	struct chunk *c;

	if (arena.count == CHUNKS_MAX)
		return ERR(E_LIMIT);
	if (arena.count == 0)
		TRY(ossl_random_public(arena.canary, sizeof(arena.canary)));
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return ERR(E_NOMEM);
	c->base = pages_get(arena.count == 0 ? memfd_is_safe() : arena.kind == SECRET_MEMFD, &kind);
	if (c->base == NULL) {
		free(c);
		return ERR(E_NOMEM);
	}
	if (kind > arena.kind || arena.count == 0)
		arena.kind = kind;
	if (kind == SECRET_PLAIN)
		log_error("secret memory is not locked: RLIMIT_MEMLOCK is too low");
	arena.chunks[arena.count++] = c;
	return OK;
}

/* In a child of fork the parent's chunks are not mapped: forget them. */
static void arena_check_fork(void)
{
	uint64_t now = fork_generation();

	if (arena.generation == now)
		return;
	for (size_t i = 0; i < arena.count; i++)
		free(arena.chunks[i]);
	arena.count = 0;
	arena.generation = now;
}

static bool chunk_find(struct chunk *c, size_t n, size_t *ret)
{
	for (size_t i = c->hint, run = 0; i < GRANULES; i++) {
		run = c->used[i] ? 0 : run + 1;
		if (run == n) {
			*ret = i + 1 - n;
			return true;
		}
	}
	return false;
}

static struct err arena_take(size_t n, struct secret *s)
{
	for (size_t i = 0;; i++) {
		if (i == arena.count)
			TRY(arena_grow());
		if (!chunk_find(arena.chunks[i], n, &s->first))
			continue;
		memset(arena.chunks[i]->used + s->first, 1, n);
		if (s->first == arena.chunks[i]->hint)
			arena.chunks[i]->hint += n;
		s->chunk = i;
		s->granules = n;
		s->ptr = arena.chunks[i]->base + s->first * GRANULE;
		return OK;
	}
}

struct err secret_new(size_t len, struct secret **ret)
{
	struct secret *s;
	struct err e;

	if (len > SECRET_MAX)
		return ERR(E_LIMIT);
	TRY(fork_init());
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ERR(E_NOMEM);
	pthread_mutex_lock(&arena.lock);
	arena_check_fork();
	e = arena_take((len + CANARY_LEN + GRANULE - 1) / GRANULE, s);
	if (e.code == E_OK) {
		s->generation = arena.generation;
		s->len = len;
		memset(s->ptr, 0, len);
		memcpy(s->ptr + len, arena.canary, CANARY_LEN);
	}
	pthread_mutex_unlock(&arena.lock);
	if (e.code != E_OK) {
		free(s);
		return e;
	}
	*ret = s;
	return OK;
}

void secret_free(struct secret **sp)
{
	struct secret *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	pthread_mutex_lock(&arena.lock);
	if (s->generation == fork_generation()) {
		struct chunk *c = arena.chunks[s->chunk];

		if (memcmp(s->ptr + s->len, arena.canary, CANARY_LEN) != 0)
			abort();
		if (!BROKEN("secret-wipe"))
			OPENSSL_cleanse(s->ptr, s->granules * GRANULE);
		memset(c->used + s->first, 0, s->granules);
		if (s->first < c->hint)
			c->hint = s->first;
	}
	pthread_mutex_unlock(&arena.lock);
	free(s);
}

struct err secret_random(size_t len, struct secret **ret)
{
	SECRET(s);

	TRY(secret_new(len, &s));
	TRY(ossl_random_private(secret_bytes(s), len));
	*ret = TAKE(s);
	return OK;
}

struct err secret_copy_in(struct bytes from, struct secret **ret)
{
	SECRET(s);

	TRY(secret_new(from.len, &s));
	if (from.len > 0)
		memcpy(secret_bytes(s), from.ptr, from.len);
	*ret = TAKE(s);
	return OK;
}

static bool secret_ours(const struct secret *s)
{
	return s != NULL && s->generation == fork_generation();
}

size_t secret_len(const struct secret *s)
{
	return secret_ours(s) ? s->len : 0;
}

struct bytes secret_view(const struct secret *s)
{
	return secret_ours(s) ? BYTES(s->ptr, s->len) : BYTES_NONE;
}

uint8_t *secret_bytes(struct secret *s)
{
	return secret_ours(s) ? s->ptr : NULL;
}

enum secret_kind secret_kind(void)
{
	enum secret_kind kind = SECRET_PLAIN;
	uint8_t *p;

	pthread_mutex_lock(&arena.lock);
	if (arena.count > 0) {
		kind = arena.kind;
	} else {
		p = pages_get(memfd_is_safe(), &kind);
		if (p != NULL)
			munmap(p, CHUNK_LEN);
	}
	pthread_mutex_unlock(&arena.lock);
	return kind;
}

void secret_trim(void)
{
	pthread_mutex_lock(&arena.lock);
	arena_check_fork();
	while (arena.count > 0 && !BROKEN("arena-trim")) {
		struct chunk *c = arena.chunks[arena.count - 1];

		if (memchr(c->used, 1, sizeof(c->used)) != NULL)
			break; /* a secret knows its chunk by number */
		munmap(c->base, CHUNK_LEN);
		free(c);
		arena.count--;
	}
	pthread_mutex_unlock(&arena.lock);
}

void secret_fork_hold(void)
{
	pthread_mutex_lock(&arena.lock);
}

void secret_fork_release(void)
{
	pthread_mutex_unlock(&arena.lock);
}
