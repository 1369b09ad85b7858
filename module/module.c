/* SPDX-License-Identifier: BSD-2-Clause */
/* The only global, C_Initialize and C_Finalize, and what happens at a fork (docs/decisions/0013).
 */
#include "module.h"

#include "attr.h"
#include "broken.h"
#include "lock.h"
#include "log.h"
#include "ossl.h"
#include "secret.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* All that one C_Initialize made. */
struct state {
	struct lock_ops ops; /* the application's mutexes; no create: our own */
	struct slots *slots;
	struct sessions *sessions;
	uint64_t generation;     /* of forks: it belongs to this process */
	struct state *abandoned; /* a parent's: never touched again, but not lost sight of */
};

static struct module {
	pthread_mutex_t lock;        /* of initialising, finalising, waiting, and over a fork */
	pthread_cond_t wake;         /* in_flight may be 0, or closing changed */
	_Atomic(struct state *) now; /* NULL or closing: not initialised */
	_Atomic bool closing;
	_Atomic uint32_t in_flight; /* calls */
	bool fork_handlers;         /* are registered */
	uint64_t held;              /* generation of the state whose locks a fork holds */
	struct state *abandoned;
} module = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

/* Ours: not what a fork left us. */
static struct state *state_now(void)
{
	struct state *st = atomic_load_explicit(&module.now, memory_order_acquire);

	if (st == NULL || (st->generation != fork_generation() && !BROKEN("fork-page")))
		return NULL;
	return st;
}

/* ---- calls ---- */

void module_leave(void)
{
	if (atomic_fetch_sub(&module.in_flight, 1) != 1 || !atomic_load(&module.closing))
		return;
	pthread_mutex_lock(&module.lock);
	pthread_cond_broadcast(&module.wake);
	pthread_mutex_unlock(&module.lock);
}

CK_RV module_enter(struct slots **ret_slots, struct sessions **ret_sessions)
{
	struct state *st;

	if (atomic_load_explicit(&module.now, memory_order_relaxed) == NULL)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	/* Counted before looked at again: C_Finalize sets closing before it looks at the count. */
	atomic_fetch_add(&module.in_flight, 1);
	st = state_now();
	if (st == NULL || atomic_load(&module.closing)) {
		module_leave();
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	}
	ossl_used_here();
	*ret_slots = st->slots;
	*ret_sessions = st->sessions;
	return CKR_OK;
}

bool module_wait(unsigned ms)
{
	struct timespec until;
	bool go_on;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long) ms * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&module.lock);
	if (!atomic_load(&module.closing))
		pthread_cond_clockwait(&module.wake, &module.lock, CLOCK_MONOTONIC, &until);
	go_on = !atomic_load(&module.closing);
	pthread_mutex_unlock(&module.lock);
	return go_on;
}

/* ---- fork ---- */

static void fork_prepare(void)
{
	struct state *st;

	pthread_mutex_lock(&module.lock);
	st = state_now();
	module.held = st == NULL ? 0 : st->generation;
	slots_fork_hold(st == NULL ? NULL : st->slots);
}

static void fork_parent(void)
{
	struct state *st = state_now();

	slots_fork_release(st == NULL ? NULL : st->slots);
	pthread_mutex_unlock(&module.lock);
}

/* One thread, and the state is the parent's: its locks may belong to threads that are not here, so
 * none is taken; its operations may be half done, so none is touched. What no operation holds is
 * freed, and the rest forgotten. */
static void fork_child(void)
{
	struct state *st = atomic_load(&module.now);

	/* What was held was not what clone() had left behind. */
	if (st != NULL && st->generation != module.held)
		st = NULL;
	slots_fork_release(st == NULL ? NULL : st->slots);
	if (st != NULL) {
		slots_fork_child(st->slots);
		st->abandoned = module.abandoned;
		module.abandoned = st;
	}
	atomic_store(&module.now, NULL);
	atomic_store(&module.closing, false);
	atomic_store(&module.in_flight, 0);
	module.wake = (pthread_cond_t) PTHREAD_COND_INITIALIZER;
	pthread_mutex_unlock(&module.lock);
}

/* ---- C_Initialize ---- */

static CK_RV read_args(const CK_C_INITIALIZE_ARGS *a, struct lock_ops *ops)
{
	int given = (a->CreateMutex != NULL) + (a->DestroyMutex != NULL) + (a->LockMutex != NULL) +
		    (a->UnlockMutex != NULL);

	if (given != 0 && given != 4)
		return CKR_ARGUMENTS_BAD;
	if (given == 4 && (a->flags & CKF_OS_LOCKING_OK) == 0)
		*ops = (struct lock_ops){
			a->CreateMutex, a->DestroyMutex, a->LockMutex, a->UnlockMutex};
	return CKR_OK;
}

static void state_free(struct state **sp)
{
	struct state *st = *sp;

	*sp = NULL;
	if (st == NULL)
		return;
	sessions_free(&st->sessions);
	slots_close(&st->slots);
	free(st);
	secret_trim();
}

static CK_RV state_new(const CK_C_INITIALIZE_ARGS *a, struct state **ret)
{
	_cleanup_(state_free) struct state *st = calloc(1, sizeof(*st));
	CK_RV rv = CKR_OK;

	if (st == NULL || fork_init().code != E_OK)
		return CKR_HOST_MEMORY;
	if (a != NULL)
		rv = read_args(a, &st->ops);
	if (rv == CKR_OK)
		rv = slots_open(a == NULL ? NULL : a->pReserved, &st->ops, &st->slots);
	if (rv == CKR_OK)
		rv = sessions_new(&st->ops, &st->sessions);
	if (rv != CKR_OK)
		return rv;
	st->generation = fork_generation();
	*ret = TAKE(st);
	return CKR_OK;
}

static void module_unlock(pthread_mutex_t **m)
{
	pthread_mutex_unlock(*m);
}
#define MODULE_LOCKED()                                                         \
	_cleanup_(module_unlock) pthread_mutex_t *module_locked = &module.lock; \
	pthread_mutex_lock(module_locked)

_public_ CK_RV C_Initialize(void *args)
{
	struct state *st, *old;
	CK_RV rv;

	MODULE_LOCKED();
	if (state_now() != NULL)
		return CKR_CRYPTOKI_ALREADY_INITIALIZED;
	if (!module.fork_handlers && pthread_atfork(fork_prepare, fork_parent, fork_child) != 0)
		return CKR_HOST_MEMORY;
	module.fork_handlers = true;
	rv = state_new(args, &st);
	if (rv != CKR_OK) {
		log_close();
		return rv;
	}
	old = atomic_load(&module.now);
	if (old != NULL) { /* a parent's, and no fork handler ran: clone() */
		old->abandoned = module.abandoned;
		module.abandoned = old;
		atomic_store(&module.in_flight, 0);
	}
	atomic_store(&module.closing, false);
	atomic_store_explicit(&module.now, st, memory_order_release);
	log_debug("initialised");
	return CKR_OK;
}

_public_ CK_RV C_Finalize(void *reserved)
{
	struct state *st;

	MODULE_LOCKED();
	st = state_now();
	if (st == NULL || atomic_load(&module.closing))
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (reserved != NULL)
		return CKR_ARGUMENTS_BAD;
	atomic_store(&module.closing, true);
	pthread_cond_broadcast(&module.wake);
	while (atomic_load(&module.in_flight) > 0)
		pthread_cond_wait(&module.wake, &module.lock);
	atomic_store(&module.now, NULL);
	state_free(&st);
	log_debug("finalised");
	log_close();
	return CKR_OK;
}
