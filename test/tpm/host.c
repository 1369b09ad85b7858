/* SPDX-License-Identifier: BSD-2-Clause */
/* A host program with habits that starting a helper must survive, and must not show through:
 *	host TCTI HABIT...
 * Exits 0 if all that it looks for is as it should be; says on standard output what is not. */
#include "log.h"
#include "trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int wrong;
static volatile sig_atomic_t signals_seen, stolen;
static struct trust_env env;

static void expect(bool is, const char *what)
{
	if (is)
		return;
	printf("not so: %s\n", what);
	wrong++;
}

static void on_child(int number)
{
	int kept = errno;

	(void) number;
	signals_seen++;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		stolen++;
	errno = kept;
}

static bool call(void)
{
	const struct trust_ops *ops;
	struct trust_info i = {0};

	return trust_find("tpm", &ops).code == E_OK &&
	       ops->describe(&env, BYTES_NONE, NULL, &i).code == E_OK && i.state == TRUST_OPENS;
}

static unsigned descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n;
}

/* No child, no zombie, no stranger that was left to us. */
static bool childless(void)
{
	return waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD;
}

static void habit_plain(void)
{
	sigset_t before, after;
	unsigned fds;

	call(); /* what the first call opens for good stays open */
	fds = descriptors();
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	expect(call(), "the call works");
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	expect(descriptors() == fds, "no descriptor is left");
	for (int n = 1; n < NSIG; n++)
		expect(sigismember(&before, n) == sigismember(&after, n), "the mask is the same");
	expect(childless(), "no child is left");
}

static void habit_ignored(void)
{
	signal(SIGCHLD, SIG_IGN);
	habit_plain();
	expect(signal(SIGCHLD, SIG_DFL) == SIG_IGN, "SIGCHLD is still ignored");
}

static void habit_handler(void)
{
	struct sigaction act = {.sa_handler = on_child};

	sigaction(SIGCHLD, &act, NULL);
	for (int i = 0; i < 5; i++)
		expect(call(), "the call works");
	expect(signals_seen == 0, "no signal is seen");
	expect(stolen == 0, "no child is there to be waited for");
	expect(childless(), "no child is left");
}

static pid_t resident;
static void *wait_for_any(void *arg)
{
	pid_t got;

	(void) arg;
	while ((got = waitpid(-1, NULL, 0)) > 0 && got != resident)
		stolen++;
	return NULL;
}

/* A thread that waits for any child, and a child of its own that keeps it waiting. */
static void habit_waiter(void)
{
	pthread_t t;

	resident = fork();
	if (resident == 0) {
		pause();
		_exit(0);
	}
	pthread_create(&t, NULL, wait_for_any, NULL);
	for (int i = 0; i < 5; i++)
		expect(call(), "the call works");
	kill(resident, SIGKILL);
	pthread_join(t, NULL);
	expect(stolen == 0, "nobody else's child is waited for");
	expect(childless(), "no child is left");
}

static void *many_calls(void *arg)
{
	bool *good = arg;

	for (int i = 0; i < 5; i++)
		*good = *good && call();
	return NULL;
}

static void habit_threads(void)
{
	enum { THREADS = 16 };
	pthread_t t[THREADS];
	bool good[THREADS];

	for (int i = 0; i < THREADS; i++) {
		good[i] = true;
		pthread_create(&t[i], NULL, many_calls, &good[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i], NULL);
		expect(good[i], "each call of each thread works");
	}
	expect(childless(), "no child is left");
}

static void habit_subreaper(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	habit_plain();
}

/* Counts the processes of a pid namespace of our own. */
static void habit_first(void)
{
	unsigned processes = 0;
	struct dirent *e;
	DIR *d;

	expect(getpid() == 1, "we are process 1");
	habit_plain();
	d = opendir("/proc");
	while (d != NULL && (e = readdir(d)) != NULL)
		processes += e->d_name[0] >= '1' && e->d_name[0] <= '9';
	if (d != NULL)
		closedir(d);
	expect(processes == 1, "nobody else is left");
}

/* Descriptors that everybody inherits: a helper that had the pipe's end would keep it open. */
static void habit_open(void)
{
	int ends[2];
	char byte;

	for (int i = 0; i < 60; i++)
		expect(dup(1) >= 0, "a descriptor more");
	expect(pipe(ends) == 0, "a pipe");
	if (fork() == 0) {
		close(ends[0]);
		call(); /* paused by the test until it has looked */
		_exit(0);
	}
	close(ends[1]);
	expect(read(ends[0], &byte, 1) == 0, "the pipe ends with our child, which waits for it");
	wait(NULL);
}

/* No end of standard input, output and error at all. */
static void habit_closed(void)
{
	int out = fcntl(1, F_DUPFD_CLOEXEC, 10);

	for (int fd = 0; fd < 3; fd++)
		close(fd);
	habit_plain();
	dup2(out, 1);
}

static const struct {
	const char *name;
	void (*run)(void);
} habits[] = {
	{"plain", habit_plain},
	{"ignored", habit_ignored},
	{"handler", habit_handler},
	{"waiter", habit_waiter},
	{"threads", habit_threads},
	{"subreaper", habit_subreaper},
	{"first", habit_first},
	{"open", habit_open},
	{"closed", habit_closed},
};

int main(int argc, char **argv)
{
	bool known = false;

	log_open(getenv("LOG"));
	if (argc != 3)
		return 2;
	env = (struct trust_env){.tcti = argv[1],
		.lock_path = getenv("LOCK"),
		.tpm_timeout_ms = 10000,
		.queue_timeout_ms = 60000};
	for (size_t i = 0; i < ARRAY_LEN(habits); i++) {
		if (strcmp(habits[i].name, argv[2]) == 0) {
			known = true;
			habits[i].run();
		}
	}
	return known ? wrong != 0 : 2;
}
