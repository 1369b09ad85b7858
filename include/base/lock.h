/* SPDX-License-Identifier: BSD-2-Clause */
/* A mutex that may be the application's (C_Initialize can hand over mutex functions and nothing
 * else, so there is no rwlock and no condition), and what fork does to us. Lock order:
 * docs/decisions/0003. */
#pragma once

#include "err.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* The application's mutex functions (PKCS #11 3.7); zero is success. All four, or create == NULL
 * for our own. */
struct lock_ops {
	unsigned long (*create)(void **mutex);
	unsigned long (*destroy)(void *mutex);
	unsigned long (*take)(void *mutex);
	unsigned long (*drop)(void *mutex);
};

struct lock {
	const struct lock_ops *ops; /* NULL: native. Borrowed: outlives the lock */
	void *app;
	pthread_mutex_t native;
};

NODISCARD struct err lock_init(struct lock *l, const struct lock_ops *ops);
void lock_done(struct lock *l);
/* Not recursive. A failing application mutex is logged and then treated as taken: the application
 * asked for it. */
void lock_take(struct lock *l);
void lock_drop(struct lock *l);

/* Holds a lock to the end of the block: LOCKED(&token->lock); */
static inline void lock_dropp(struct lock **l)
{
	if (*l != NULL)
		lock_drop(*l);
}
#define LOCKED_NAME2(line) locked_##line
#define LOCKED_NAME(line)  LOCKED_NAME2(line)
#define LOCKED(l)          _cleanup_(lock_dropp) struct lock *LOCKED_NAME(__LINE__) = (lock_take(l), (l))

/* Fork. One page that the kernel empties in a child tells us, at the price of a load, that this
 * process is not the one that initialised. fork_init is called before anything else that asks;
 * idempotent. */
NODISCARD struct err fork_init(void);
/* 0 before fork_init, else a number that grows by one in each generation of children that ask. */
uint64_t fork_generation(void);

/* The gate: held around every use of SQLite, and by fork itself (the module's fork handlers), so
 * that no connection is open in a process at the moment it forks. A leaf: nothing else is taken
 * while it is held, and nobody waits under it. */
void fork_gate_take(void);
void fork_gate_drop(void);
