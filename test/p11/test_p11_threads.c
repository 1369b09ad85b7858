/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything at once: 16 threads in each of two processes log in and out, close all, find, sign,
 * create and destroy. Nothing may hang, crash, or answer what no rule names. */
#include "p11.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 16u
#define SECONDS \
	6u /* of work; ten times that where the machine is so busy that a job got nowhere yet */

static CK_SLOT_ID slot;
static atomic_ulong surprises, done[8], signed_at_logout;
static struct timespec until;

static bool time_left(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec >= until.tv_sec + 9 * (time_t) SECONDS)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(done); i++)
		if (atomic_load(&done[i]) == 0)
			return true;
	return now.tv_sec < until.tv_sec ||
	       (now.tv_sec == until.tv_sec && now.tv_nsec < until.tv_nsec);
}

/* Codes that are right while others log out, close sessions and destroy objects. */
static bool expected(CK_RV rv)
{
	switch (rv) {
	case CKR_OK:
	case CKR_SESSION_HANDLE_INVALID:
	case CKR_SESSION_CLOSED:
	case CKR_USER_NOT_LOGGED_IN:
	case CKR_USER_ALREADY_LOGGED_IN:
	case CKR_OBJECT_HANDLE_INVALID:
	case CKR_KEY_HANDLE_INVALID:
	case CKR_OPERATION_NOT_INITIALIZED:
		return true;
	default:
		return false;
	}
}

static CK_RV note(unsigned what, CK_RV rv)
{
	if (rv == CKR_OK)
		atomic_fetch_add(&done[what], 1);
	if (!expected(rv)) {
		atomic_fetch_add(&surprises, 1);
		printf("job %u: 0x%lx\n", what, rv);
	}
	return rv;
}

static CK_RV open_session(CK_SESSION_HANDLE *s)
{
	return p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, s);
}

static void job_login(CK_SESSION_HANDLE s)
{
	note(0, p11_login(s));
}

static void job_logout(CK_SESSION_HANDLE s)
{
	note(1, p11->C_Logout(s));
}

static void job_close_all(CK_SESSION_HANDLE s)
{
	(void) s;
	note(2, p11->C_CloseAllSessions(slot));
}

static void job_find(CK_SESSION_HANDLE s)
{
	CK_OBJECT_HANDLE found[16];
	CK_ULONG n;

	if (note(3, p11->C_FindObjectsInit(s, NULL, 0)) != CKR_OK)
		return;
	note(3, p11->C_FindObjects(s, found, ARRAY_LEN(found), &n));
	note(3, p11->C_FindObjectsFinal(s));
}

static void job_sign(CK_SESSION_HANDLE s)
{
	CK_OBJECT_CLASS cls = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE t = {CKA_CLASS, &cls, sizeof(cls)};
	CK_BYTE data[32] = {1}, sig[64];
	CK_ULONG n = 0, len = sizeof(sig);
	CK_OBJECT_HANDLE key;

	if (p11->C_FindObjectsInit(s, &t, 1) != CKR_OK)
		return;
	if (p11->C_FindObjects(s, &key, 1, &n) != CKR_OK)
		return;
	(void) p11->C_FindObjectsFinal(s);
	if (n == 1 && note(4, p11->C_SignInit(s, MECH(CKM_ECDSA), key)) == CKR_OK)
		note(4, p11->C_Sign(s, data, sizeof(data), sig, &len));
}

static void job_objects(CK_SESSION_HANDLE s)
{
	CK_OBJECT_HANDLE o;

	if (note(5, p11_data(s, false, false, "session object", &o)) == CKR_OK)
		note(5, p11->C_DestroyObject(s, o));
}

static void job_token_objects(CK_SESSION_HANDLE s)
{
	CK_OBJECT_HANDLE o;

	if (note(6, p11_data(s, true, false, "token object", &o)) == CKR_OK)
		note(6, p11->C_DestroyObject(s, o));
}

static void job_info(CK_SESSION_HANDLE s)
{
	CK_SESSION_INFO info;
	CK_TOKEN_INFO token;

	note(7, p11->C_GetSessionInfo(s, &info));
	note(7, p11->C_GetTokenInfo(slot, &token));
}

static void (*const jobs[])(CK_SESSION_HANDLE) = {job_login, job_logout, job_close_all, job_find,
	job_sign, job_objects, job_token_objects, job_info};

/* Each logout lets a signature or two happen first, mostly: a login takes a hundred milliseconds,
 * and threads that do nothing but log out would leave no time between. */
static bool may_log_out(unsigned *seed)
{
	unsigned long now = atomic_load(&done[4]);

	if (now < atomic_load(&signed_at_logout) + 2 && rand_r(seed) % 4096 != 0)
		return false;
	atomic_store(&signed_at_logout, now);
	return true;
}

static void *worker(void *arg)
{
	unsigned n = (unsigned) (uintptr_t) arg, seed = n + 1;
	CK_SESSION_HANDLE s = CK_INVALID_HANDLE;

	while (time_left()) {
		unsigned job = n % ARRAY_LEN(jobs);

		if ((job == 1 || job == 2) && !may_log_out(&seed))
			job = 4;
		if (s == CK_INVALID_HANDLE && note(7, open_session(&s)) != CKR_OK)
			return NULL;
		jobs[job](s);
		if (p11_state(s) == (CK_STATE) -1) /* closed by somebody */
			s = CK_INVALID_HANDLE;
		else if (rand_r(&seed) % 16 == 0)
			note(7, p11->C_CloseSession(s)), s = CK_INVALID_HANDLE;
	}
	return NULL;
}

static int process(void *arg)
{
	pthread_t threads[THREADS];

	p11_alarm(14 * SECONDS);
	if (arg != NULL && p11->C_Initialize(NULL) != CKR_OK)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += SECONDS;
	for (unsigned i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, worker, (void *) (uintptr_t) i) != 0)
			return 3;
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < ARRAY_LEN(done); i++) {
		printf("%s%lu", i == 0 ? "calls that succeeded: " : ", ", atomic_load(&done[i]));
		if (atomic_load(&done[i]) == 0)
			atomic_fetch_add(&surprises, 1); /* a job that never got anywhere */
	}
	printf("\n");
	if (arg != NULL)
		(void) p11->C_Finalize(NULL);
	p11_alarm(0);
	return atomic_load(&surprises) == 0 ? 0 : 1;
}

static void everything_at_once_in_two_processes(void)
{
	WORLD(w);
	CK_OBJECT_HANDLE pub, priv;
	CK_SESSION_HANDLE s;
	int status = -1;
	pid_t pid;

	REQUIRE_RV(world_token(&w), CKR_OK);
	slot = w.slot;
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	REQUIRE_RV(p11_ec_pair(s, true, "k", &pub, &priv), CKR_OK);
	REQUIRE_RV(p11->C_CloseSession(s), CKR_OK);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		status = process(&w);
		fflush(stdout);
		_exit(status);
	}
	CHECK_EQ(process(NULL), 0);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 0);
	/* And all is as it was. */
	CHECK_RV(p11->C_CloseAllSessions(slot), CKR_OK);
	s = world_rw(&w);
	CHECK_RV(p11_login(s), CKR_OK);
	CHECK_EQ(p11_count(s, "k"), 2);
	CHECK_EQ(p11_count(s, "session object"), 0);
}

/* Sessions opened and closed by many threads: the count comes out, no handle is given twice. */
static void *opener(void *arg)
{
	CK_SESSION_HANDLE s[8];

	(void) arg;
	for (int round = 0; round < 500; round++) {
		for (size_t i = 0; i < ARRAY_LEN(s); i++)
			note(7, open_session(&s[i]));
		for (size_t i = 0; i < ARRAY_LEN(s); i++)
			if (p11->C_CloseSession(s[i]) != CKR_OK)
				atomic_fetch_add(&surprises, 1);
	}
	return NULL;
}

static void sessions_are_counted_right(void)
{
	WORLD(w);
	pthread_t threads[8];
	CK_TOKEN_INFO info;

	p11_alarm(30);
	atomic_store(&surprises, 0);
	REQUIRE_RV(world_token(&w), CKR_OK);
	slot = w.slot;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		REQUIRE(pthread_create(&threads[i], NULL, opener, NULL) == 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(surprises, 0);
	REQUIRE_RV(p11->C_GetTokenInfo(slot, &info), CKR_OK);
	CHECK_EQ(info.ulSessionCount, 0);
	p11_alarm(0);
}

/* C_Finalize while others are in the middle of calls: they end, and nobody crashes. */
static void *until_gone(void *arg)
{
	CK_SESSION_HANDLE s;
	CK_RV rv;

	(void) arg;
	do {
		rv = open_session(&s);
		if (rv == CKR_OK)
			rv = p11->C_DigestInit(s, MECH(CKM_SHA256));
	} while (rv == CKR_OK);
	return (void *) rv;
}

static void finalise_waits_for_those_inside(void)
{
	WORLD(w);
	pthread_t threads[8];
	void *rv;

	p11_alarm(30);
	REQUIRE_RV(world_token(&w), CKR_OK);
	slot = w.slot;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		REQUIRE(pthread_create(&threads[i], NULL, until_gone, NULL) == 0);
	while (p11->C_GetSlotInfo(slot, &(CK_SLOT_INFO){0}) == CKR_OK) {
		CK_TOKEN_INFO info;

		if (p11->C_GetTokenInfo(slot, &info) == CKR_OK && info.ulSessionCount > 100)
			break;
	}
	CHECK_RV(p11->C_Finalize(NULL), CKR_OK);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		pthread_join(threads[i], &rv);
		CHECK_RV((CK_RV) rv, CKR_CRYPTOKI_NOT_INITIALIZED);
	}
	CHECK_RV(p11->C_Initialize(NULL), CKR_OK);
	p11_alarm(0);
}

static const struct test tests[] = {
	TEST(everything_at_once_in_two_processes),
	TEST(sessions_are_counted_right),
	TEST(finalise_waits_for_those_inside),
};
TEST_MAIN(tests)
