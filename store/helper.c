/* SPDX-License-Identifier: BSD-2-Clause */
/* See helper.h. The host is somebody else's program: it may ignore SIGCHLD, wait for any child, be
 * process 1, have hundreds of threads. So a middle process that shares our memory (and never
 * becomes a program) starts the helper, waits for it and ends; it raises no signal and
 * only we can wait for it. */
#include "helper.h"

#include "broken.h"
#include "fd.h"
#include "log.h"
#include "tpm_proto.h"

#include "queue.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FOREIGN_STACK __attribute__((no_sanitize("address", "thread", "undefined"), noinline))
#else
#define FOREIGN_STACK __attribute__((noinline))
#endif

#define STACK_LEN ((size_t) 64 << 10) /* each of the two processes' */
#define REAP_MS   500u                /* for a helper that was killed to be gone */

/* Where the helper is, seen from the object that contains this code: installed, and in the build
 * tree. */
static const char *const places[] = {
	"/../bulla/bulla-tpm",          /* libdir/pkcs11/bulla-pkcs11.so */
	"/bulla/bulla-tpm",             /* libdir/bulla-pkcs11.so */
	"/../tpm/bulla-tpm",            /* build/module, build/tool, build/test */
	"/../../tpm/bulla-tpm",         /* build/test/unit */
	("/" BULLA_HELPER_FROM_BINDIR), /* bindir/bulla */
};

/* What a tabrmd needs to be found; everything else of the host's environment stays with the host.
 */
static const char *const env_tabrmd[] = {
	"DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS", "DBUS_STARTER_BUS_TYPE"};
#ifdef BULLA_BROKEN
static const char *const env_test[] = {"BREAK"};
#else
static const char *const env_test[] = {NULL};
#endif

enum { ENV_MAX = 8, ENV_LEN = 4096 };

/* Everything that the two processes need, made before there are any: they call nothing but system
 * calls. */
struct start {
	const char *path;
	char *argv[2], *envp[ENV_MAX];
	char env_text[ENV_LEN];
	size_t env_used, env_count;
	int socket; /* the helper's end */
	struct timespec limit;
	uint8_t *helper_stack; /* its upper end */
	pid_t middle;
	/* out */
	int error; /* errno of what did not work in a process of ours; 0: the helper ran */
	bool timed_out;
};

static struct timespec timespec_of(unsigned ms)
{
	return (struct timespec){
		.tv_sec = (time_t) (ms / 1000), .tv_nsec = (long) (ms % 1000) * 1000000};
}

/* ---- where ---- */

static bool own_path(char ret[static PATH_MAX])
{
	struct link_map *map = NULL;
	char path[PATH_MAX];
	Dl_info info;
	ssize_t n;

	if (dladdr1((const void *) (uintptr_t) own_path, &info, (void **) &map, RTLD_DL_LINKMAP) !=
			0 &&
		map != NULL && map->l_name != NULL && map->l_name[0] != '\0')
		return realpath(map->l_name, ret) != NULL;
	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return realpath(path, ret) != NULL;
}

static struct err helper_find(char ret[static PATH_MAX])
{
	char here[PATH_MAX], try[PATH_MAX];
	char *slash;

	if (!own_path(here) || (slash = strrchr(here, '/')) == NULL)
		return ERR(E_UNAVAILABLE);
	*slash = '\0';
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (snprintf(try, sizeof(try), "%s%s", here, places[i]) >= (int) sizeof(try))
			continue;
		if (realpath(try, ret) != NULL && access(ret, X_OK) == 0)
			return OK;
	}
	log_error("the helper bulla-tpm is not where it belongs, or not executable, seen from %s",
		here);
	return ERR(E_UNAVAILABLE);
}

/* ---- the environment ---- */

static void env_add(struct start *s, const char *name, const char *value)
{
	size_t room = sizeof(s->env_text) - s->env_used;
	int n;

	if (value == NULL || s->env_count + 1 >= ENV_MAX)
		return;
	n = snprintf(s->env_text + s->env_used, room, "%s=%s", name, value);
	if (n < 0 || (size_t) n >= room)
		return;
	s->envp[s->env_count++] = s->env_text + s->env_used;
	s->env_used += (size_t) n + 1;
}

static void env_make(struct start *s, const char *tcti)
{
	if (strncmp(tcti, "tabrmd", 6) == 0)
		for (size_t i = 0; i < ARRAY_LEN(env_tabrmd); i++)
			env_add(s, env_tabrmd[i], secure_getenv(env_tabrmd[i]));
	if (env_test[0] != NULL)
		env_add(s, env_test[0], secure_getenv(env_test[0]));
}

/* ---- in the two processes: shared memory, a stack of ours, system calls only ---- */

FOREIGN_STACK static void signals_reset(void)
{
	struct sigaction dfl;
	sigset_t none;

	sigemptyset(&none);
	for (int n = 1; n < NSIG; n++) {
		dfl = (struct sigaction){.sa_handler = SIG_DFL};
		sigaction(n, &dfl, NULL);
	}
	sigprocmask(SIG_SETMASK, &none, NULL);
}

FOREIGN_STACK static bool descriptors_make(int socket)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), moved;

	if (null < 0)
		return false;
	/* neither may be in the way of what it becomes */
	moved = fcntl(socket, F_DUPFD, TPM_HELPER_FD + 1);
	null = fcntl(null, F_DUPFD, TPM_HELPER_FD + 1);
	if (moved < 0 || null < 0)
		return false;
	for (int fd = 0; fd < TPM_HELPER_FD; fd++)
		if (dup2(null, fd) < 0)
			return false;
	return dup2(moved, TPM_HELPER_FD) >= 0 &&
	       syscall(SYS_close_range, TPM_HELPER_FD + 1, ~0u, 0) == 0;
}

/* A copy of the descriptors, but still our memory, until execve. */
FOREIGN_STACK static int helper_main(void *arg)
{
	struct start *s = arg;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != s->middle)
		_exit(127);
	signals_reset();
	setsid();
	if (!descriptors_make(s->socket)) {
		s->error = errno;
		_exit(127);
	}
	execve(s->path, s->argv, s->envp);
	s->error = errno;
	_exit(127);
}

/* A process that was killed stays while a driver waits for its chip. Then it is left to the system:
 * nobody waits for it for longer than a moment. */
FOREIGN_STACK static void helper_end(pid_t helper, const sigset_t *chld)
{
	const struct timespec moment = {.tv_nsec = (long) REAP_MS * 1000000};

	kill(helper, SIGKILL);
	while (waitpid(helper, NULL, WNOHANG) == 0)
		if (sigtimedwait(chld, NULL, &moment) < 0 && errno == EAGAIN)
			return;
}

FOREIGN_STACK static int middle_main(void *arg)
{
	struct start *s = arg;
	/* a helper that is stopped and continued says nothing: the limit goes on */
	struct sigaction dfl = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP};
	sigset_t chld;
	pid_t helper;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	s->middle = getpid();
	/* our own copy of the handlers: where the host ignores SIGCHLD, children vanish unseen */
	sigaction(SIGCHLD, &dfl, NULL);
	helper = clone(helper_main, s->helper_stack, CLONE_VM | CLONE_VFORK | SIGCHLD, s);
	if (helper < 0) {
		s->error = errno;
		_exit(0);
	}
	/* its copies would keep the host's pipes and sockets open for as long as the TPM takes */
	(void) syscall(SYS_close_range, 0, ~0u, 0);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	/* all signals are blocked here, so SIGCHLD waits for us if it came already */
	while (waitpid(helper, NULL, WNOHANG) == 0) {
		if (sigtimedwait(&chld, NULL, &s->limit) < 0 && errno == EAGAIN) {
			s->timed_out = true;
			helper_end(helper, &chld);
			break;
		}
	}
	_exit(0);
}

/* ---- here ---- */

static struct err start_failed(int error)
{
	log_error(
		"cannot start the helper bulla-tpm: %s (a sandboxed program cannot: run the module "
		"in a process of its own, see p11-kit server)",
		strerror(error));
	return ERR(E_UNAVAILABLE);
}

/* Starts, waits, reaps. The signals stay blocked from before the first clone to after the last
 * wait. */
static struct err start_run(struct start *s)
{
	uint8_t *stacks = mmap(NULL, 2 * STACK_LEN, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	int error = errno;
	sigset_t all, before;
	pid_t middle;

	if (stacks == MAP_FAILED)
		return ERR(E_NOMEM);
	s->helper_stack = stacks + 2 * STACK_LEN;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	middle = clone(middle_main, stacks + STACK_LEN, CLONE_VM | CLONE_VFORK, s);
	error = middle < 0 ? errno : 0;
	if (middle > 0)
		while (waitpid(middle, NULL, __WALL) < 0 && errno == EINTR)
			continue; /* ECHILD: a host that ignores SIGCHLD has no zombies */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	munmap(stacks, 2 * STACK_LEN);
	if (error != 0 || s->error != 0)
		return start_failed(error != 0 ? error : s->error);
	return OK;
}

/* ---- our turn ---- */

static struct err turn_take(const struct trust_env *env, int *ret)
{
	struct err e;

	if (env->lock_path == NULL || BROKEN("queue"))
		return OK;
	e = queue_enter(env->lock_path, env, ret);
	if (e.code == E_BUSY)
		log_error("our turn at the TPM did not come in time");
	if (e.code == E_UNAVAILABLE)
		log_error(
			"the TPM did not answer another program within %u ms", env->tpm_timeout_ms);
	return e;
}

/* ---- the conversation ---- */

static struct err request_send(int fd, struct bytes request)
{
	for (size_t at = 0; at < request.len;) {
		ssize_t n =
			send(fd, request.ptr + at, request.len - at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n <= 0)
			return ERR(E_UNAVAILABLE); /* does not fit the socket: it always does */
		at += (size_t) n;
	}
	return OK;
}

/* What the helper left in the socket; it is gone. */
static struct err answer_receive(int fd, struct secret **ret)
{
	SECRET(all);
	SECRET(answer);
	size_t len = 0, want;
	ssize_t n;

	TRY(secret_new(TPM_PROTO_MAX, &all));
	while (len < TPM_PROTO_MAX) {
		n = recv(fd, secret_bytes(all) + len, TPM_PROTO_MAX - len, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t) n;
	}
	if (len < 4) {
		log_error("the TPM's helper ended without an answer");
		return ERR(E_UNAVAILABLE);
	}
	TRY(tpm_frame_len(secret_view(all).ptr, &want));
	if (want != len)
		return ERR(E_CORRUPT);
	TRY(secret_copy_in(BYTES(secret_view(all).ptr, len), &answer));
	*ret = TAKE(answer);
	return OK;
}

struct err helper_call(const struct trust_env *env, struct bytes request, struct secret **ret)
{
	_cleanup_(queue_leave) int queue = -1;
	FD(ours);
	FD(theirs);
	char path[PATH_MAX];
	struct start s = {.path = path, .argv = {path, NULL}};
	int pair[2];

	TRY(helper_find(path));
	if (queue_silent(env)) {
		log_error("the TPM did not answer a moment ago, and is left alone for another");
		return ERR(E_UNAVAILABLE);
	}
	TRY(turn_take(env, &queue));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return start_failed(errno);
	ours = pair[0];
	theirs = pair[1];
	env_make(&s, env->tcti);
	s.socket = theirs;
	s.limit = timespec_of(env->tpm_timeout_ms);
	TRY(request_send(ours, request));
	TRY(start_run(&s));
	if (s.timed_out) {
		log_error("the TPM did not answer in time (%u ms): its helper was ended",
			env->tpm_timeout_ms);
		queue_silence(env);
		return ERR(E_UNAVAILABLE);
	}
	fd_done(&theirs);
	return answer_receive(ours, ret);
}
