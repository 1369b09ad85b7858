/* SPDX-License-Identifier: BSD-2-Clause */
/* See harden.h. The filter is written out here, since it is short and libseccomp would be one more
 * library in this process. Unknown calls fail with EPERM; those that only an attacker would make
 * kill the process. */
#include "harden.h"

#include "attr.h"
#include "broken.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define SANDBOX_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define SANDBOX_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define SANDBOX_ARCH AUDIT_ARCH_RISCV64
#else
#define SANDBOX_ARCH 0u /* other calls, other arguments: no filter, and the answer says so */
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARG_LOW(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#else
#define ARG_LOW(n) (offsetof(struct seccomp_data, args) + 8 * (n) + 4)
#endif

#define HEAP_LOCKED  (1 << 20) /* bytes */
#define STACK_LOCKED (256 << 10)

/* Calls that some architectures lack: a number that no call has. */
#define NO_CALL 0xffffffffu
#ifndef __NR_poll
#define __NR_poll NO_CALL
#endif
#ifndef __NR_select
#define __NR_select NO_CALL
#endif
#ifndef __NR_time
#define __NR_time NO_CALL
#endif
#ifndef __NR_stat
#define __NR_stat NO_CALL
#endif
#ifndef __NR_alarm
#define __NR_alarm NO_CALL
#endif
#ifndef __NR_rseq
#define __NR_rseq NO_CALL
#endif
#ifndef __NR_fork
#define __NR_fork NO_CALL
#endif
#ifndef __NR_vfork
#define __NR_vfork NO_CALL
#endif
#ifndef __NR_mmap
#define __NR_mmap NO_CALL
#endif
#ifndef __NR_open
#define __NR_open NO_CALL
#endif
#ifndef __NR_mmap2
#define __NR_mmap2 NO_CALL
#endif

static const uint32_t calls_common[] = {
	__NR_read,
	__NR_write,
	__NR_readv,
	__NR_writev,
	__NR_close,
	__NR_lseek,
	__NR_fstat,
	__NR_newfstatat,
	__NR_fcntl,
	__NR_ppoll,
	__NR_pselect6,
	__NR_munmap,
	__NR_mremap,
	__NR_madvise,
	__NR_brk,
	__NR_futex,
	__NR_getrandom,
	__NR_clock_gettime,
	__NR_clock_nanosleep,
	__NR_nanosleep,
	__NR_gettimeofday,
	__NR_sched_yield,
	__NR_getpid,
	__NR_gettid,
	__NR_getuid,
	__NR_geteuid,
	__NR_getgid,
	__NR_getegid,
	__NR_rt_sigaction,
	__NR_rt_sigprocmask,
	__NR_rt_sigreturn,
	__NR_restart_syscall,
	__NR_setitimer,
	__NR_exit,
	__NR_exit_group,
	__NR_mlock,
	__NR_munlock,
	__NR_mlockall,
	__NR_sendto,
	__NR_recvfrom,
	__NR_sendmsg,
	__NR_recvmsg,
	__NR_shutdown,
	__NR_getrusage,
	__NR_sysinfo,
	__NR_uname,
	__NR_poll,
	__NR_select,
	__NR_time,
	__NR_stat,
	__NR_alarm,
	__NR_sigaltstack,
};

static const uint32_t calls_net[] = {__NR_socket, __NR_connect, __NR_getsockopt, __NR_setsockopt,
	__NR_getsockname, __NR_getpeername};

static const uint32_t calls_threads[] = {
	__NR_set_robust_list,
	__NR_sched_getaffinity,
	__NR_eventfd2,
	__NR_pipe2,
	__NR_sched_setattr,
	__NR_sched_getattr,
	__NR_rseq,
};

static const uint32_t calls_deadly[] = {
	__NR_execve,
	__NR_execveat,
	__NR_ptrace,
	__NR_process_vm_readv,
	__NR_process_vm_writev,
	__NR_fork,
	__NR_vfork,
};

void harden_process(void)
{
	const struct rlimit none = {0, 0};

	if (!BROKEN("helper-dumpable"))
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &none);
}

/* The heap as it is now: what sbrk has given so far. */
static bool heap_range(uintptr_t *ret_low, uintptr_t *ret_high)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	bool found = false;

	if (maps == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), maps) != NULL)
		if (strstr(line, "[heap]") != NULL)
			found = sscanf(line, "%" SCNxPTR "-%" SCNxPTR, ret_low, ret_high) == 2;
	fclose(maps);
	return found;
}

/* One heap, grown once, never returned; and the stack, down to where we shall not go. */
static bool lock_heap_and_stack(void)
{
	uint8_t here[STACK_LOCKED];
	uintptr_t low, high;
	void *grow;

	mallopt(M_MMAP_THRESHOLD, HEAP_LOCKED);
	mallopt(M_TRIM_THRESHOLD, 2 * HEAP_LOCKED);
	mallopt(M_TOP_PAD, HEAP_LOCKED);
	mallopt(M_ARENA_MAX, 1);
	grow = calloc(1, HEAP_LOCKED / 2);
	if (grow == NULL)
		return false;
	free(grow);
	return heap_range(&low, &high) && mlock((void *) low, high - low) == 0 &&
	       mlock(here, sizeof(here)) == 0;
}

bool harden_memory(void)
{
	struct rlimit lim;
	void *later;

	if (getrlimit(RLIMIT_MEMLOCK, &lim) == 0) {
		lim.rlim_cur = lim.rlim_max;
		setrlimit(RLIMIT_MEMLOCK, &lim);
	}
	if (mlockall(MCL_CURRENT | MCL_FUTURE) == 0) {
		/* what is mapped later must fit, too: try now */
		later = mmap(NULL, HEAP_LOCKED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
		if (later != MAP_FAILED) {
			munmap(later, HEAP_LOCKED);
			return true;
		}
		munlockall();
	}
	return lock_heap_and_stack();
}

/* ---- seccomp ---- */

enum { PROGRAM_MAX = 256 };
struct program {
	struct sock_filter at[PROGRAM_MAX];
	unsigned short len;
};

static void emit(struct program *p, struct sock_filter f)
{
	if (p->len < PROGRAM_MAX)
		p->at[p->len++] = f;
}

static void emit_calls(struct program *p, const uint32_t *calls, size_t n, uint32_t action)
{
	for (size_t i = 0; i < n; i++) {
		emit(p, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1));
		emit(p, (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, action));
	}
}

/* The call is allowed if (argument & mask) == want, else it gets `action`. */
struct mask_rule {
	uint32_t call;
	unsigned char arg;
	uint32_t mask, want, action;
};

static void emit_mask(struct program *p, const struct mask_rule *r)
{
	emit(p, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, r->call, 0, 5));
	emit(p, (struct sock_filter) BPF_STMT(
			BPF_LD | BPF_W | BPF_ABS, (uint32_t) ARG_LOW(r->arg)));
	emit(p, (struct sock_filter) BPF_STMT(BPF_ALU | BPF_AND | BPF_K, r->mask));
	emit(p, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, r->want, 0, 1));
	emit(p, (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	emit(p, (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, r->action));
}

static void program_make(struct program *p, unsigned extra)
{
	static const struct mask_rule rules[] = {
		{__NR_openat, 2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0,
			SECCOMP_RET_ERRNO | EPERM},
		{__NR_open, 1, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, SECCOMP_RET_ERRNO | EPERM},
		{__NR_mmap, 2, PROT_EXEC, 0, SECCOMP_RET_ERRNO | EPERM},
		{__NR_mmap2, 2, PROT_EXEC, 0, SECCOMP_RET_ERRNO | EPERM},
		{__NR_mprotect, 2, PROT_EXEC, 0, SECCOMP_RET_ERRNO | EPERM},
	};
	static const struct mask_rule thread = {
		__NR_clone, 0, CLONE_THREAD, CLONE_THREAD, SECCOMP_RET_KILL_PROCESS};
	static const uint32_t clones[] = {__NR_clone};
	static const uint32_t clone3[] = {__NR_clone3};

	emit(p, (struct sock_filter) BPF_STMT(
			BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
	emit(p, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SANDBOX_ARCH, 1, 0));
	emit(p, (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	emit(p, (struct sock_filter) BPF_STMT(
			BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	emit_calls(p, calls_common, ARRAY_LEN(calls_common), SECCOMP_RET_ALLOW);
	emit_calls(p, calls_deadly, ARRAY_LEN(calls_deadly), SECCOMP_RET_KILL_PROCESS);
	/* the C library falls back to clone, whose flags can be seen */
	emit_calls(p, clone3, 1, SECCOMP_RET_ERRNO | ENOSYS);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		emit_mask(p, &rules[i]);
	if ((extra & SANDBOX_NET) != 0)
		emit_calls(p, calls_net, ARRAY_LEN(calls_net), SECCOMP_RET_ALLOW);
	if ((extra & SANDBOX_THREADS) != 0) {
		emit_calls(p, calls_threads, ARRAY_LEN(calls_threads), SECCOMP_RET_ALLOW);
		emit_mask(p, &thread);
	} else {
		emit_calls(p, clones, 1, SECCOMP_RET_KILL_PROCESS);
	}
	emit(p, (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
}

bool harden_sandbox(unsigned extra)
{
	struct program p = {.len = 0};
	struct sock_fprog prog;

	if (BROKEN("helper-sandbox"))
		return true;
	program_make(&p, extra);
	if (SANDBOX_ARCH == 0 || p.len >= PROGRAM_MAX)
		return false;
	prog = (struct sock_fprog){.len = p.len, .filter = p.at};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0;
}
