/* SPDX-License-Identifier: BSD-2-Clause */
/* C_Initialize and C_Finalize: every form of CK_C_INITIALIZE_ARGS, the application's mutexes. */
#include "p11.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static atomic_long made, gone, taken, dropped;

static CK_RV mutex_create(void **mutex)
{
	pthread_mutex_t *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return CKR_HOST_MEMORY;
	pthread_mutex_init(m, NULL);
	*mutex = m;
	made++;
	return CKR_OK;
}

static CK_RV mutex_destroy(void *mutex)
{
	pthread_mutex_destroy(mutex);
	free(mutex);
	gone++;
	return CKR_OK;
}

static CK_RV mutex_take(void *mutex)
{
	taken++;
	return pthread_mutex_lock(mutex) == 0 ? CKR_OK : CKR_MUTEX_BAD;
}

static CK_RV mutex_drop(void *mutex)
{
	dropped++;
	return pthread_mutex_unlock(mutex) == 0 ? CKR_OK : CKR_MUTEX_NOT_LOCKED;
}

static CK_RV mutex_create_fails(void **mutex)
{
	(void) mutex;
	return CKR_HOST_MEMORY;
}

#define ALL mutex_create, mutex_destroy, mutex_take, mutex_drop

static void every_form_of_the_arguments(void)
{
	static const struct {
		CK_C_INITIALIZE_ARGS args;
		CK_RV rv;
		bool ours; /* the application's mutexes must not be used */
	} rows[] = {
		{{NULL, NULL, NULL, NULL, 0, NULL}, CKR_OK, true},
		{{NULL, NULL, NULL, NULL, CKF_OS_LOCKING_OK, NULL}, CKR_OK, true},
		{{NULL, NULL, NULL, NULL, CKF_LIBRARY_CANT_CREATE_OS_THREADS, NULL}, CKR_OK, true},
		{{ALL, 0, NULL}, CKR_OK, false},
		{{ALL, CKF_LIBRARY_CANT_CREATE_OS_THREADS, NULL}, CKR_OK, false},
		{{ALL, CKF_OS_LOCKING_OK, NULL}, CKR_OK, true},
		{{mutex_create, NULL, NULL, NULL, 0, NULL}, CKR_ARGUMENTS_BAD, true},
		{{NULL, mutex_destroy, mutex_take, mutex_drop, 0, NULL}, CKR_ARGUMENTS_BAD, true},
		{{mutex_create, mutex_destroy, mutex_take, NULL, CKF_OS_LOCKING_OK, NULL},
			CKR_ARGUMENTS_BAD, true},
		{{NULL, NULL, NULL, NULL, 0, (void *) "source=fake policy=pin"}, CKR_OK, true},
		{{NULL, NULL, NULL, NULL, 0, (void *) "no-such-key=1"}, CKR_ARGUMENTS_BAD, true},
		{{NULL, NULL, NULL, NULL, 0, (void *) ""}, CKR_OK, true},
	};
	_cleanup_(world_done) struct world w = world_bare();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CK_C_INITIALIZE_ARGS args = rows[i].args;

		made = gone = taken = dropped = 0;
		if (!CHECK_RV(p11->C_Initialize(&args), rows[i].rv))
			printf("in row %zu\n", i);
		if (rows[i].rv != CKR_OK) {
			CHECK_RV(p11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
			continue;
		}
		CHECK_RV(p11->C_Initialize(&args), CKR_CRYPTOKI_ALREADY_INITIALIZED);
		CHECK((made > 0) == !rows[i].ours);
		CHECK_RV(p11->C_Finalize((void *) "x"), CKR_ARGUMENTS_BAD);
		CHECK_RV(p11->C_Finalize(NULL), CKR_OK);
		CHECK_EQ(made, gone);
		CHECK_EQ(taken, dropped);
	}
}

static void application_mutexes_are_all_given_back(void)
{
	_cleanup_(world_done) struct world w = world_bare();
	CK_C_INITIALIZE_ARGS args = {ALL, 0, NULL};
	CK_OBJECT_HANDLE pub, priv;
	CK_SESSION_HANDLE s, more;
	long before;

	made = gone = taken = dropped = 0;
	REQUIRE_RV(p11->C_Initialize(&args), CKR_OK);
	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	CHECK_RV(p11_login(s), CKR_OK);
	CHECK_RV(p11_ec_pair(s, true, "k", &pub, &priv), CKR_OK);
	CHECK_RV(p11_ec_use(s, pub, priv), CKR_OK);
	more = world_rw(&w);
	CHECK_RV(p11->C_CloseSession(more), CKR_OK);
	before = made;
	for (int i = 0; i < 100; i++) { /* the place of a closed session is used again */
		more = world_rw(&w);
		CHECK_RV(p11->C_CloseSession(more), CKR_OK);
	}
	CHECK_EQ(made, before);
	CHECK(taken > 0);
	CHECK_RV(p11->C_Finalize(NULL), CKR_OK);
	CHECK_EQ(made, gone);
	CHECK_EQ(taken, dropped);
}

static void failing_mutexes_fail_initialise(void)
{
	_cleanup_(world_done) struct world w = world_bare();
	CK_C_INITIALIZE_ARGS args = {
		mutex_create_fails, mutex_destroy, mutex_take, mutex_drop, 0, NULL};
	CK_RV rv = p11->C_Initialize(&args);

	CHECK(rv == CKR_HOST_MEMORY || rv == CKR_CANT_LOCK);
	CHECK_RV(p11->C_Initialize(NULL), CKR_OK);
}

static void everything_again_after_finalise(void)
{
	WORLD(w);
	CK_OBJECT_HANDLE pub, priv;
	CK_SESSION_HANDLE s, old = 0;

	REQUIRE_RV(world_token(&w), CKR_OK);
	for (int i = 0; i < 3; i++) {
		s = world_rw(&w);
		REQUIRE_RV(p11_login(s), CKR_OK);
		CHECK_EQ(p11_count(s, "again"), 2 * i);
		REQUIRE_RV(p11_ec_pair(s, true, "again", &pub, &priv), CKR_OK);
		CHECK_RV(p11_ec_use(s, pub, priv), CKR_OK);
		CHECK(s != old);
		old = s;
		REQUIRE_RV(p11->C_Finalize(NULL), CKR_OK);
		CHECK_RV(p11->C_CloseSession(s), CKR_CRYPTOKI_NOT_INITIALIZED);
		REQUIRE_RV(p11->C_Initialize(NULL), CKR_OK);
		CHECK_RV(p11->C_CloseSession(s), CKR_SESSION_HANDLE_INVALID);
	}
}

/* A host unloads the module while fork handlers of it are registered, and then forks. */
static int unload_and_fork(void *arg)
{
	(void) arg;
	if (p11->C_Initialize(NULL) != CKR_OK || p11->C_Finalize(NULL) != CKR_OK)
		return 1;
	if (dlclose(p11_handle) != 0)
		return 2;
	if (dlopen(getenv("BULLA_MODULE"), RTLD_NOW | RTLD_NOLOAD) != NULL)
		return 3; /* it is still there */
	p11 = NULL;
	switch (fork()) {
	case 0:
		_exit(0);
	case -1:
		return 4;
	default:
		return 0;
	}
}

static void unloading_leaves_no_fork_handler(void)
{
	_cleanup_(world_done) struct world w = world_bare();

	CHECK_EQ(p11_in_child(unload_and_fork, NULL), 0);
}

static void *finalise(void *arg)
{
	(void) arg;
	return (void *) p11->C_Finalize(NULL);
}

struct waiter {
	pthread_barrier_t ready;
	CK_RV rv;
};

static void *wait_for_event(void *arg)
{
	struct waiter *me = arg;
	CK_SLOT_ID slot;

	pthread_barrier_wait(&me->ready);
	me->rv = p11->C_WaitForSlotEvent(0, &slot, NULL);
	return NULL;
}

static void finalise_ends_a_waiting_call(void)
{
	WORLD(w);
	struct waiter waiter;
	pthread_t a, b;
	void *rv;

	p11_alarm(20);
	pthread_barrier_init(&waiter.ready, NULL, 2);
	REQUIRE(pthread_create(&a, NULL, wait_for_event, &waiter) == 0);
	pthread_barrier_wait(&waiter.ready);
	REQUIRE(pthread_create(&b, NULL, finalise, NULL) == 0);
	pthread_join(b, &rv);
	pthread_join(a, NULL);
	CHECK_RV((CK_RV) rv, CKR_OK);
	CHECK_RV(waiter.rv, CKR_CRYPTOKI_NOT_INITIALIZED);
	pthread_barrier_destroy(&waiter.ready);
	p11_alarm(0);
}

struct stayer {
	pthread_barrier_t used, finalised;
	CK_SESSION_HANDLE session;
	CK_RV rv;
};

static void *use_and_stay(void *arg)
{
	struct stayer *me = arg;
	uint8_t random[16];

	me->rv = p11->C_GenerateRandom(me->session, random, sizeof(random));
	pthread_barrier_wait(&me->used);
	pthread_barrier_wait(&me->finalised);
	return NULL; /* and libcrypto clears up what it kept for this thread */
}

/* A host's thread ends after another one finalised; what is freed is overwritten here. */
static int outlive(void *arg)
{
	struct world *w = arg;
	struct stayer stayer;
	pthread_t thread;
	uint8_t random[16];
	CK_RV rv = CKR_OK;

	mallopt(M_PERTURB, 0xa5);
	pthread_barrier_init(&stayer.used, NULL, 2);
	pthread_barrier_init(&stayer.finalised, NULL, 2);
	for (int i = 0; i < 3 && rv == CKR_OK; i++) {
		if (p11->C_Initialize(NULL) != CKR_OK)
			return 1;
		stayer.session = world_rw(w);
		if (pthread_create(&thread, NULL, use_and_stay, &stayer) != 0)
			return 2;
		pthread_barrier_wait(&stayer.used);
		rv = stayer.rv;
		if (rv == CKR_OK)
			rv = p11->C_GenerateRandom(stayer.session, random, sizeof(random));
		if (rv == CKR_OK)
			rv = p11->C_Finalize(NULL);
		pthread_barrier_wait(&stayer.finalised);
		pthread_join(thread, NULL);
	}
	return rv == CKR_OK ? 0 : 3;
}

static void threads_may_end_after_finalise(void)
{
	WORLD(w);

	REQUIRE_RV(world_token(&w), CKR_OK);
	REQUIRE_RV(p11->C_Finalize(NULL), CKR_OK);
	CHECK_EQ(p11_in_child(outlive, &w), 0);
	CHECK_RV(p11->C_Initialize(NULL), CKR_OK);
}

static const struct test tests[] = {
	TEST(every_form_of_the_arguments),
	TEST(application_mutexes_are_all_given_back),
	TEST(failing_mutexes_fail_initialise),
	TEST(everything_again_after_finalise),
	TEST(unloading_leaves_no_fork_handler),
	TEST(finalise_ends_a_waiting_call),
	TEST(threads_may_end_after_finalise),
};
TEST_MAIN(tests)
