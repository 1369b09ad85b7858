/* SPDX-License-Identifier: BSD-2-Clause */
/* What a child of fork sees: nothing until it initialises, then a life of its own. */
#include "p11.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct two {
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE pub, priv;
	struct world *w;
};

static bool two_make(struct world *w, struct two *t)
{
	t->w = w;
	if (!CHECK_RV(world_token(w), CKR_OK))
		return false;
	t->s = world_rw(w);
	return CHECK_RV(p11_login(t->s), CKR_OK) &&
	       CHECK_RV(p11_ec_pair(t->s, true, "k", &t->pub, &t->priv), CKR_OK) &&
	       CHECK_RV(p11_ec_use(t->s, t->pub, t->priv), CKR_OK);
}

static int child_is_not_initialised(void *arg)
{
	struct two *t = arg;
	CK_SESSION_INFO info;
	CK_ULONG n;
	CK_BYTE sig[64];

	test_failures = 0;
	CHECK_RV(p11->C_GetSessionInfo(t->s, &info), CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_GetSlotList(0, NULL, &n), CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_Sign(t->s, sig, 3, sig, &n), CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_CloseSession(t->s), CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	return test_failures != 0;
}

static void child_sees_nothing_and_parent_goes_on(void)
{
	WORLD(w);
	struct two t;
	CK_BYTE data[3] = "abc", sig[64];
	CK_ULONG n = sizeof(sig);

	REQUIRE(two_make(&w, &t));
	REQUIRE_RV(p11->C_SignInit(t.s, MECH(CKM_ECDSA_SHA256), t.priv), CKR_OK);
	CHECK_RV(p11->C_SignUpdate(t.s, data, 3), CKR_OK);
	CHECK_EQ(p11_in_child(child_is_not_initialised, &t), 0);
	CHECK_RV(p11->C_SignFinal(t.s, sig, &n), CKR_OK);
	CHECK_RV(p11_ec_use(t.s, t.pub, t.priv), CKR_OK);
}

static int child_begins_anew(void *arg)
{
	struct two *t = arg;
	CK_OBJECT_HANDLE pub, priv;
	CK_SESSION_HANDLE s;

	test_failures = 0;
	CHECK_RV(p11->C_Initialize(NULL), CKR_OK);
	CHECK_RV(p11->C_CloseSession(t->s), CKR_SESSION_HANDLE_INVALID);
	s = world_rw(t->w);
	CHECK_EQ(p11_state(s), CKS_RW_PUBLIC_SESSION); /* not the parent's login */
	CHECK_RV(p11->C_SignInit(s, MECH(CKM_ECDSA_SHA256), t->priv), CKR_KEY_HANDLE_INVALID);
	CHECK_RV(p11_login(s), CKR_OK);
	CHECK_EQ(p11_count(s, "k"), 2);
	CHECK_RV(p11_ec_pair(s, true, "child", &pub, &priv), CKR_OK);
	CHECK_RV(p11_ec_use(s, pub, priv), CKR_OK);
	CHECK_EQ(p11_in_child(child_is_not_initialised, &(struct two){.s = s}), 0);
	CHECK_RV(p11_ec_use(s, pub, priv), CKR_OK);
	CHECK_RV(p11->C_Finalize(NULL), CKR_OK);
	return test_failures != 0;
}

static void child_may_begin_anew(void)
{
	WORLD(w);
	struct two t;

	REQUIRE(two_make(&w, &t));
	CHECK_EQ(p11_in_child(child_begins_anew, &t), 0);
	CHECK_RV(p11_ec_use(t.s, t.pub, t.priv), CKR_OK);
	CHECK_EQ(p11_count(t.s, "child"), 2); /* what it wrote is there */
}

/* clone() without fork's handlers: the page tells. */
static void child_without_handlers_sees_nothing(void)
{
	WORLD(w);
	struct two t;
	int status = -1;
	pid_t pid;

	REQUIRE(two_make(&w, &t));
	fflush(stdout);
	pid = (pid_t) syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		_exit(p11->C_CloseSession(t.s) == CKR_CRYPTOKI_NOT_INITIALIZED ? 0 : 1);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
	CHECK_RV(p11_ec_use(t.s, t.pub, t.priv), CKR_OK);
}

static atomic_bool stop;

static void *worker(void *arg)
{
	struct two *t = arg;
	CK_SESSION_HANDLE s = CK_INVALID_HANDLE;
	CK_OBJECT_HANDLE o;
	long bad = 0;

	bad += p11->C_OpenSession(
		       t->w->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s) != CKR_OK;
	while (!atomic_load(&stop)) {
		bad += p11_ec_use(s, t->pub, t->priv) != CKR_OK;
		bad += p11_data(s, true, false, "w", &o) != CKR_OK;
		bad += p11->C_DestroyObject(s, o) != CKR_OK;
	}
	return (void *) bad;
}

static int child_logs_in(void *arg)
{
	struct two *t = arg;
	CK_SESSION_HANDLE s;

	p11_alarm(15);
	test_failures = 0;
	CHECK_RV(p11->C_Initialize(NULL), CKR_OK);
	s = world_rw(t->w);
	CHECK_RV(p11_login(s), CKR_OK);
	CHECK_EQ(p11_count(s, "k"), 2);
	return test_failures != 0;
}

/* Other threads sign and write at the moment of the fork: no lock may stay behind in the child. */
static void fork_while_others_work(void)
{
	WORLD(w);
	pthread_t threads[3];
	struct two t;
	void *bad;

	p11_alarm(60);
	REQUIRE(two_make(&w, &t));
	atomic_store(&stop, false);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		REQUIRE(pthread_create(&threads[i], NULL, worker, &t) == 0);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(p11_in_child(child_logs_in, &t), 0);
	atomic_store(&stop, true);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		pthread_join(threads[i], &bad);
		CHECK_EQ((long) bad, 0);
	}
	CHECK_RV(p11_ec_use(t.s, t.pub, t.priv), CKR_OK);
	p11_alarm(0);
}

static const struct test tests[] = {
	TEST(child_sees_nothing_and_parent_goes_on),
	TEST(child_may_begin_anew),
	TEST(child_without_handlers_sees_nothing),
	TEST(fork_while_others_work),
};
TEST_MAIN(tests)
