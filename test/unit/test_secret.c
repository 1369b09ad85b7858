/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

#include "lock.h"
#include "secret.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void new_secret_is_zero_and_freed_is_null(void)
{
	SECRET(s);

	REQUIRE_OK(secret_new(100, &s));
	CHECK(secret_len(s) == 100 && secret_view(s).len == 100);
	for (unsigned i = 0; i < 100; i++)
		CHECK(secret_bytes(s)[i] == 0);
	secret_free(&s);
	CHECK(s == NULL && secret_len(s) == 0 && secret_view(s).len == 0);
	secret_free(&s);
}

static void freed_pages_are_wiped_and_used_again(void)
{
	SECRET(s);
	SECRET(again);
	const uint8_t *where;

	REQUIRE_OK(secret_copy_in(bytes_str("very secret"), &s));
	where = secret_view(s).ptr;
	secret_free(&s);
	CHECK(where[0] == 0 && where[10] == 0); /* the arena's pages stay mapped */
	REQUIRE_OK(secret_new(11, &again));
	CHECK(secret_view(again).ptr == where);
}

static void random_secrets_differ(void)
{
	SECRET(a);
	SECRET(b);

	REQUIRE_OK(secret_random(32, &a));
	REQUIRE_OK(secret_random(32, &b));
	CHECK(!bytes_eq(secret_view(a), secret_view(b)));
}

static void arena_is_bounded(void)
{
	struct secret *all[64] = {0};
	size_t n = 0;
	SECRET(large);

	CHECK_ERR(secret_new(SECRET_MAX + 1, &large), E_LIMIT);
	while (n < 64 && secret_new(SECRET_MAX, &all[n]).code == E_OK)
		n++;
	CHECK(n > 8 && n <= SECRET_ARENA_MAX / SECRET_MAX);
	CHECK_ERR(secret_new(SECRET_MAX, &large), E_LIMIT);
	for (size_t i = 0; i < n; i++)
		secret_free(&all[i]);
	CHECK_OK(secret_new(SECRET_MAX, &large));
}

static bool is_mapped(const uint8_t *at)
{
	uintptr_t page = (uintptr_t) sysconf(_SC_PAGESIZE);
	unsigned char core;

	return mincore((void *) ((uintptr_t) at / page * page), 1, &core) == 0;
}

static void trim_gives_back_pages_without_secrets(void)
{
	struct secret *first = NULL, *last = NULL;
	const uint8_t *where;

	REQUIRE_OK(secret_new(SECRET_MAX, &first));
	REQUIRE_OK(secret_new(SECRET_MAX, &last)); /* in a chunk of its own */
	where = secret_view(last).ptr;
	secret_trim();
	CHECK(is_mapped(where));
	secret_free(&last);
	secret_trim();
	CHECK(!is_mapped(where) && is_mapped(secret_view(first).ptr));
	where = secret_view(first).ptr;
	secret_free(&first);
	secret_trim();
	CHECK(!is_mapped(where));
	secret_trim();
	REQUIRE_OK(secret_copy_in(bytes_str("again"), &first));
	CHECK(bytes_eq(secret_view(first), bytes_str("again")));
	secret_free(&first);
}

/* A child has neither the bytes nor a crash from asking for them. */
static void child_of_fork_has_nothing(void)
{
	SECRET(s);
	int status = 0;
	pid_t pid;

	REQUIRE_OK(secret_copy_in(bytes_str("very secret"), &s));
	pid = fork();
	if (pid == 0) {
		struct secret *own = NULL;
		bool ok =
			secret_len(s) == 0 && secret_view(s).ptr == NULL && secret_bytes(s) == NULL;

		secret_free(&s);
		ok = ok && secret_copy_in(bytes_str("own"), &own).code == E_OK &&
		     bytes_eq(secret_view(own), bytes_str("own"));
		secret_free(&own);
		_exit(ok ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK(bytes_eq(secret_view(s), bytes_str("very secret")));
}

/* As systemd's SystemCallFilter= does: memfd_secret, and with what. */
static bool filter(unsigned action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_secret, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void filter_of_system_calls_is_survived(void)
{
	static const struct {
		unsigned action;
		bool memfd; /* as without a filter */
	} filters[] = {
		{SECCOMP_RET_KILL_PROCESS, false},
		{SECCOMP_RET_KILL_THREAD, false},
		{SECCOMP_RET_TRAP, false},
		{SECCOMP_RET_ERRNO | EPERM, false},
		{SECCOMP_RET_ALLOW, true},
	};
	enum secret_kind without = SECRET_PLAIN;
	SECRET(s);

	REQUIRE_OK(secret_copy_in(bytes_str("text"), &s));
	without = secret_kind();
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0) {
			struct secret *own = NULL;
			bool ok = filter(filters[i].action) &&
				  secret_copy_in(bytes_str("own"), &own).code == E_OK &&
				  bytes_eq(secret_view(own), bytes_str("own"));

			ok = ok && (filters[i].memfd ? secret_kind() == without
						     : secret_kind() != SECRET_MEMFD);
			/* the one who tried is nobody's child to wait for */
			ok = ok && wait(NULL) == -1 && errno == ECHILD;
			_exit(ok ? 0 : 1);
		}
		waitpid(pid, &status, 0);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

static const struct test tests[] = {
	TEST(new_secret_is_zero_and_freed_is_null),
	TEST(freed_pages_are_wiped_and_used_again),
	TEST(random_secrets_differ),
	TEST(arena_is_bounded),
	TEST(trim_gives_back_pages_without_secrets),
	TEST(child_of_fork_has_nothing),
	TEST(filter_of_system_calls_is_survived),
};
TEST_MAIN(tests)
