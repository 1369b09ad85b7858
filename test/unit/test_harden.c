/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's sandbox: each call that it forbids is tried by a child that has put it on. */
#include "test.h"

#include "harden.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child does inside; its exit status is an errno, 0 for success. */
static int try_execve(void)
{
	char *argv[] = {(char[]){"true"}, NULL};

	execve("/bin/true", argv, NULL);
	return errno;
}

static int try_fork(void)
{
	return fork() < 0 ? errno : 0;
}

static int try_clone_process(void)
{
	return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) < 0 ? errno : 0;
}

static int try_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

static int try_vm_read(void)
{
	return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0) < 0 ? errno : 0;
}

static int try_write_file(void)
{
	return open("/dev/null", O_WRONLY) < 0 ? errno : 0;
}

static int try_create_file(void)
{
	return open("/tmp/bulla-harden-test", O_RDONLY | O_CREAT, 0600) < 0 ? errno : 0;
}

static int try_read_file(void)
{
	return open("/dev/null", O_RDONLY) < 0 ? errno : 0;
}

static int try_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? errno
		       : 0;
}

static int try_memory(void)
{
	void *p = calloc(1, 4 << 20);

	free(p);
	return p == NULL ? ENOMEM : 0;
}

static int try_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int try_kill(void)
{
	return kill(getppid(), 0) < 0 ? errno : 0;
}

static void *nothing(void *arg)
{
	return arg;
}

static int try_thread(void)
{
	pthread_t t;
	int r = pthread_create(&t, NULL, nothing, NULL);

	return r != 0 ? r : pthread_join(t, NULL);
}

#define DIES 1000 /* by SIGSYS */

static int outcome(int (*try)(void), unsigned extra)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		signal(SIGSYS, SIG_DFL);
		if (!harden_sandbox(extra))
			_exit(255);
		_exit(try());
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? DIES : -WTERMSIG(status);
	return WEXITSTATUS(status);
}

static void sandbox_kills_what_only_an_attacker_does(void)
{
	CHECK_EQ(outcome(try_execve, 0), DIES);
	CHECK_EQ(outcome(try_fork, 0), DIES);
	CHECK_EQ(outcome(try_clone_process, 0), DIES);
	CHECK_EQ(outcome(try_clone_process, SANDBOX_THREADS), DIES);
	CHECK_EQ(outcome(try_ptrace, 0), DIES);
	CHECK_EQ(outcome(try_vm_read, 0), DIES);
	CHECK_EQ(outcome(try_execve, SANDBOX_NET | SANDBOX_THREADS), DIES);
}

static void sandbox_refuses_what_is_not_needed(void)
{
	CHECK_EQ(outcome(try_write_file, 0), EPERM);
	CHECK_EQ(outcome(try_create_file, 0), EPERM);
	CHECK_EQ(outcome(try_code, 0), EPERM);
	CHECK_EQ(outcome(try_socket, 0), EPERM);
	CHECK_EQ(outcome(try_kill, 0), EPERM);
}

static void sandbox_leaves_what_is_needed(void)
{
	CHECK_EQ(outcome(try_read_file, 0), 0);
	CHECK_EQ(outcome(try_memory, 0), 0);
	CHECK_EQ(outcome(try_socket, SANDBOX_NET), 0);
	CHECK_EQ(outcome(try_thread, SANDBOX_NET | SANDBOX_THREADS), 0);
}

static const struct test tests[] = {
	TEST(sandbox_kills_what_only_an_attacker_does),
	TEST(sandbox_refuses_what_is_not_needed),
	TEST(sandbox_leaves_what_is_needed),
};

TEST_MAIN(tests)
