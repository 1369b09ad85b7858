/* SPDX-License-Identifier: BSD-2-Clause */
/* Mutexes, ours or the application's; the fork mark and the fork gate. */
#include "lock.h"

#include "log.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

struct err lock_init(struct lock *l, const struct lock_ops *ops)
{
	l->ops = ops != NULL && ops->create != NULL ? ops : NULL;
	l->app = NULL;
	if (l->ops != NULL)
		return l->ops->create(&l->app) == 0 ? OK : ERR(E_NOMEM);
	return pthread_mutex_init(&l->native, NULL) == 0 ? OK : ERR(E_NOMEM);
}

void lock_done(struct lock *l)
{
	if (l->ops != NULL)
		(void) l->ops->destroy(l->app);
	else
		pthread_mutex_destroy(&l->native);
}

void lock_take(struct lock *l)
{
	if (l->ops == NULL)
		pthread_mutex_lock(&l->native);
	else if (l->ops->take(l->app) != 0)
		log_error("the application's mutex cannot be locked");
}

void lock_drop(struct lock *l)
{
	if (l->ops == NULL)
		pthread_mutex_unlock(&l->native);
	else if (l->ops->drop(l->app) != 0)
		log_error("the application's mutex cannot be unlocked");
}

#define FORK_MARK 0x62756c6cu

static _Atomic(volatile uint32_t *) fork_page;
static _Atomic uint64_t fork_count;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

struct err fork_init(void)
{
	volatile uint32_t *page = atomic_load(&fork_page), *none = NULL;
	size_t size = (size_t) sysconf(_SC_PAGESIZE);

	if (page != NULL)
		return OK;
	page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return ERR(E_NOMEM);
	if (madvise((void *) page, size, MADV_WIPEONFORK) != 0) {
		munmap((void *) page, size);
		return ERR(E_UNSUPPORTED); /* Linux before 4.14 */
	}
	*page = FORK_MARK;
	atomic_store(&fork_count, 1);
	if (!atomic_compare_exchange_strong(&fork_page, &none, page))
		munmap((void *) page, size);
	return OK;
}

uint64_t fork_generation(void)
{
	volatile uint32_t *page = atomic_load_explicit(&fork_page, memory_order_acquire);

	if (page == NULL)
		return 0;
	if (*page != FORK_MARK) { /* a new child: one thread, so nobody races us here */
		*page = FORK_MARK;
		atomic_fetch_add(&fork_count, 1);
	}
	return atomic_load_explicit(&fork_count, memory_order_relaxed);
}

void fork_gate_take(void)
{
	pthread_mutex_lock(&gate);
}

void fork_gate_drop(void)
{
	pthread_mutex_unlock(&gate);
}
