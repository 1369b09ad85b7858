/* SPDX-License-Identifier: BSD-2-Clause */
/* A full disk, and everything else that a write can meet: the n-th write, sync, unlink or
 * truncation of a change fails, n = 1, 2, 3 ... until none does. Each time the change is refused
 * with the right code and the store holds what it held, or, where only the last step failed, the
 * change as a whole. Then a file system that is really full, and one that is really read-only. */
#include "hooks.h"
#include "tmpdir.h"
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/wait.h>

static unsigned wrong, left; /* left: this hooked call fails; 0: none */
static int fail_errno;
static bool fail_for_good; /* and all writes after it */

static bool on_before(enum hook_call call, const char *name, size_t *len)
{
	(void) name;
	(void) len;
	if (left == 0 || (fail_errno == ENOSPC && call != HOOK_PWRITE))
		return true;
	if (--left > 0)
		return true;
	left = fail_for_good ? 1 : 0;
	errno = fail_errno;
	return false;
}

static void complain(const char *what, unsigned n, struct err e)
{
	wrong++;
	fprintf(stderr, "%s, %u: %s\n", what, n, err_str(e));
}

static uint64_t version_now(const struct world *w, unsigned pair)
{
	struct door d = {0};
	struct census c = {0};

	if (door_open(w, &d).code != E_OK || census_take(&d, &c).code != E_OK || c.wrong > 0)
		complain("the token does not open as it was", pair, OK);
	door_close(&d);
	return c.version[0][pair];
}

/* How many calls could fail. */
static unsigned each_call_fails(
	const struct world *w, unsigned pair, int errno_now, bool for_good, enum err_code want)
{
	for (unsigned n = 1;; n++) {
		uint64_t before = version_now(w, pair), after;
		struct door d = {0};
		struct err e;

		if (door_open(w, &d).code != E_OK)
			abort();
		fail_errno = errno_now;
		fail_for_good = for_good;
		left = n;
		hook_before = on_before;
		e = pair_write(&d, 0, pair, before, before + 1);
		hook_before = NULL;
		door_close(&d);
		after = version_now(w, pair);
		if (e.code == E_OK && after != before + 1)
			complain("acknowledged and not there", n, e);
		if (e.code == E_OK && left > 0 && !(for_good && left == 1))
			return n - 1;
		if (e.code != E_OK && e.code != want)
			complain("another code", n, e);
		if (e.code != E_OK && after != before &&
			(errno_now == ENOSPC || after != before + 1))
			complain("refused and yet there", n, e);
		if (n > 500)
			abort();
	}
}

/* ---- real file systems; they need a mount namespace ---- */

static bool proc_write(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t) strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool namespace_enter(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	char uids[32], gids[32];

	snprintf(uids, sizeof(uids), "0 %u 1", uid);
	snprintf(gids, sizeof(gids), "0 %u 1", gid);
	if (unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0)
		return false;
	if (uid != 0 && (!proc_write("/proc/self/setgroups", "deny") ||
				!proc_write("/proc/self/uid_map", uids) ||
				!proc_write("/proc/self/gid_map", gids)))
		return false;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* A store on a tmpfs of 200 KiB takes objects until it is full, and is then what it was. */
static void small_disk(const char *dir)
{
	struct door d = {0};
	struct census c = {0};
	uint64_t versions[PAIRS] = {0};
	struct err e = OK;
	struct world w;
	char filler[96];
	int fd;

	if (mount("tmpfs", dir, "tmpfs", 0, "size=200k,mode=0700") != 0)
		_exit(3);
	w = world_make(dir);
	snprintf(filler, sizeof(filler), "%s/filler", dir);
	fd = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	for (char block[1024] = {0}; write(fd, block, sizeof(block)) > 0;)
		;
	/* a little room, which the journal of a change uses up sooner or later */
	(void) !ftruncate(fd, lseek(fd, 0, SEEK_END) - 24 * 1024);
	close(fd);
	if (door_open(&w, &d).code != E_OK)
		_exit(1);
	for (unsigned i = 0; i < 400 && e.code == E_OK; i++) {
		e = pair_write(&d, 0, i % PAIRS, versions[i % PAIRS], versions[i % PAIRS] + 1);
		if (e.code == E_OK)
			versions[i % PAIRS]++;
	}
	if (e.code != E_FULL)
		complain("a full disk", 0, e);
	if (census_take(&d, &c).code != E_OK || c.wrong > 0 ||
		memcmp(c.version[0], versions, sizeof(versions)) != 0)
		complain("after a full disk", 0, OK);
	if (unlink(filler) != 0 || pair_write(&d, 0, 0, versions[0], versions[0] + 1).code != E_OK)
		complain("with room again", 0, OK);
	_exit(wrong > 0);
}

static void read_only_disk(const char *dir)
{
	struct store_token t;
	struct door d = {0};
	struct census c = {0};
	struct err e;
	struct world w = world_make(dir);
	BUF(seals);

	if (door_open(&w, &d).code != E_OK || pair_write(&d, 0, 3, 0, 1).code != E_OK)
		_exit(1);
	door_close(&d);
	if (mount(dir, dir, NULL, MS_BIND, NULL) != 0 ||
		mount(NULL, dir, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) != 0)
		_exit(3);
	e = door_open(&w, &d);
	if (e.code != E_OK || store_writable(d.store))
		complain("opening a store on a read-only disk", 0, e);
	if (e.code == E_OK && (census_take(&d, &c).code != E_OK || c.version[0][3] != 1))
		complain("reading a store on a read-only disk", 0, OK);
	e = pair_write(&d, 0, 3, 1, 2);
	if (e.code != E_READ_ONLY)
		complain("writing a store on a read-only disk", 0, e);
	e = store_budget_take(d.store, ROLE_USER, 5, 1000);
	if (e.code != E_OK || store_read_token(d.store, NULL, &t, &seals).code != E_OK)
		complain("a pin on a read-only disk", 0, e);
	_exit(wrong > 0);
}

static unsigned passed, failed, skipped;

/* One case is over; what went wrong in it was said by complain. */
static void tell(const char *what, bool right)
{
	printf("%s: %s\n", what, right ? "right" : "WRONG");
	passed += right;
	failed += !right;
}

static void in_namespace(void (*run)(const char *dir), const char *what)
{
	TMPDIR(dir);
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (!namespace_enter())
			_exit(3);
		run(dir.path);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 3) {
		printf("SKIPPED %s: this user may not mount\n", what);
		skipped++;
		return;
	}
	tell(what, status == 0);
}

/* A directory that this user may only read; root gives itself up for it. */
static void no_permission(const char *dir)
{
	struct door d = {0};
	struct census c = {0};
	struct err e;
	struct world w;

	if (getuid() == 0 &&
		(chown(dir, 65534, 65534) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
		_exit(1);
	w = world_make(dir);
	if (door_open(&w, &d).code != E_OK || pair_write(&d, 0, 3, 0, 1).code != E_OK ||
		chmod(dir, 0500) != 0)
		_exit(1);
	door_close(&d);
	e = door_open(&w, &d);
	if (e.code != E_OK || census_take(&d, &c).code != E_OK || c.version[0][3] != 1)
		complain("reading a store in a read-only directory", 0, e);
	e = pair_write(&d, 0, 3, 1, 2);
	if (e.code != E_READ_ONLY)
		complain("writing a store in a read-only directory", 0, e);
	(void) !chmod(dir, 0777);
	door_close(&d);
	e = door_open(&w, &d);
	if (e.code != E_PERMISSION)
		complain("a directory that everybody may write", 0, e);
	(void) !chmod(dir, 0700);
	_exit(wrong > 0);
}

int main(void)
{
	unsigned n, before;
	pid_t pid;
	int status = 0;
	TMPDIR(dir);
	TMPDIR(other);
	struct world w = world_make(dir.path);

	n = each_call_fails(&w, 1, ENOSPC, true, E_FULL);
	printf("%u writes of a change, none of which found room\n", n);
	tell("no room for a write", wrong == 0 && n >= 3);
	before = wrong;
	n = each_call_fails(&w, 2, EIO, false, E_IO);
	printf("%u calls of a change, each of which failed once\n", n);
	tell("each call fails once", wrong == before && n >= 8);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		wrong = 0;
		no_permission(other.path);
	}
	waitpid(pid, &status, 0);
	tell("a directory that may only be read", status == 0);
	in_namespace(small_disk, "a disk that is full");
	in_namespace(read_only_disk, "a disk that is read-only");
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed > 0 ? 1 : 0;
}
