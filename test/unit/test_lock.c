/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

#include "lock.h"

#include <sys/wait.h>
#include <unistd.h>

static unsigned made, destroyed, taken, dropped;
static unsigned long create_rv;

static unsigned long app_create(void **mutex)
{
	*mutex = &made;
	made++;
	return create_rv;
}

static unsigned long app_destroy(void *mutex)
{
	CHECK(mutex == &made);
	destroyed++;
	return 0;
}

static unsigned long app_take(void *mutex)
{
	CHECK(mutex == &made);
	taken++;
	return 0;
}

static unsigned long app_drop(void *mutex)
{
	CHECK(mutex == &made);
	dropped++;
	return 0;
}

static const struct lock_ops app = {app_create, app_destroy, app_take, app_drop};

static void applications_mutex_is_used(void)
{
	struct lock l;

	REQUIRE_OK(lock_init(&l, &app));
	{
		LOCKED(&l);
		CHECK(taken == 1 && dropped == 0);
	}
	CHECK(dropped == 1);
	lock_done(&l);
	CHECK(made == 1 && destroyed == 1);
	create_rv = 2;
	CHECK_ERR(lock_init(&l, &app), E_NOMEM);
}

static void *count_up(void *arg)
{
	struct {
		struct lock lock;
		unsigned long n;
	} *shared = arg;

	for (unsigned i = 0; i < 20000; i++) {
		LOCKED(&shared->lock);
		shared->n++;
	}
	return NULL;
}

static void native_mutex_excludes(void)
{
	struct {
		struct lock lock;
		unsigned long n;
	} shared = {.n = 0};
	pthread_t t[4];

	REQUIRE_OK(lock_init(&shared.lock, NULL));
	for (unsigned i = 0; i < 4; i++)
		REQUIRE(pthread_create(&t[i], NULL, count_up, &shared) == 0);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	CHECK(shared.n == 80000);
	lock_done(&shared.lock);
}

static void generation_grows_in_children_only(void)
{
	uint64_t before;
	int status = 0;
	pid_t pid;

	REQUIRE_OK(fork_init());
	REQUIRE_OK(fork_init());
	before = fork_generation();
	CHECK(before > 0 && fork_generation() == before);
	pid = fork();
	if (pid == 0) {
		bool ok = fork_generation() == before + 1 && fork_generation() == before + 1;

		if (ok && fork() == 0)
			_exit(fork_generation() == before + 2 ? 0 : 1);
		ok = ok && wait(&status) > 0 && status == 0;
		_exit(ok ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	CHECK(status == 0 && fork_generation() == before);
}

static const struct test tests[] = {
	TEST(applications_mutex_is_used),
	TEST(native_mutex_excludes),
	TEST(generation_grows_in_children_only),
};
TEST_MAIN(tests)
