/* SPDX-License-Identifier: BSD-2-Clause */
/* Writers are killed with SIGKILL, 300 rounds: in every second one from outside at a random moment,
 * in the others at a random write, sync, unlink or truncation of a commit, before it, after it, or
 * with half of a write done. Another writer works on meanwhile. Afterwards the store must hold
 * exactly what was acknowledged, and of the one change under way all or nothing.
 * Arguments: rounds, commits (how many kills must have hit one), seed. */
#include "hooks.h"
#include "tmpdir.h"
#include "world.h"

#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

/* What a writer tells the driver, in memory that outlives it. */
struct report {
	_Atomic uint64_t acked[PAIRS];     /* versions, 0: absent */
	_Atomic unsigned pair;             /* the change under way ... */
	_Atomic uint64_t wanted;           /* ... and the version that it makes */
	_Atomic bool under_way, in_commit; /* in_commit: between the journal's sync and its end */
	_Atomic unsigned long done;        /* changes acknowledged */
	_Atomic bool stop, failed;
	/* the driver's order: die at the n-th hooked call within a commit; 0: do not */
	_Atomic unsigned die_at, die_how; /* 0: before, 1: after, 2: half a write */
};

static struct report *mine;
static bool unlinked;

static void die(void)
{
	kill(getpid(), SIGKILL);
	pause();
}

static bool at_point(bool is_after)
{
	unsigned left = atomic_load(&mine->die_at);

	if (!atomic_load(&mine->in_commit) || left == 0)
		return false;
	if (is_after && atomic_load(&mine->die_how) == 1)
		return left == 1;
	return !is_after && left == 1 && atomic_load(&mine->die_how) != 1;
}

static bool on_before(enum hook_call call, const char *name, size_t *len)
{
	(void) name;
	if (call == HOOK_SYNC && !atomic_load(&mine->in_commit) && atomic_load(&mine->under_way) &&
		!unlinked)
		atomic_store(&mine->in_commit, true);
	if (at_point(false)) {
		if (call != HOOK_PWRITE || atomic_load(&mine->die_how) == 0)
			die();
		*len = *len / 2; /* on_after ends it */
	}
	return true;
}

static void on_after(enum hook_call call, const char *name)
{
	if (at_point(true) || (call == HOOK_PWRITE && at_point(false)))
		die();
	if (atomic_load(&mine->in_commit) && atomic_load(&mine->die_at) > 0)
		atomic_fetch_sub(&mine->die_at, 1);
	if (call == HOOK_SYNC && unlinked)
		atomic_store(&mine->in_commit, false); /* the directory's: it is over */
	if (call == HOOK_UNLINK && strstr(name, "-journal") != NULL &&
		atomic_load(&mine->in_commit))
		unlinked = true;
}

static uint64_t dice(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Every version of an object is one more than the last; a removed one starts again at 1. */
static struct err writer_step(const struct door *d, struct report *r, unsigned who, uint64_t *seed)
{
	unsigned pair = (unsigned) (dice(seed) % PAIRS);
	uint64_t now = atomic_load(&r->acked[pair]);
	uint64_t wanted = now > 0 && dice(seed) % 4 == 0 ? 0 : now + 1;

	unlinked = false;
	atomic_store(&r->in_commit, false);
	atomic_store(&r->pair, pair);
	atomic_store(&r->wanted, wanted);
	atomic_store(&r->under_way, true);
	TRY(pair_write(d, who, pair, now, wanted));
	atomic_store(&r->acked[pair], wanted);
	atomic_store(&r->under_way, false);
	atomic_fetch_add(&r->done, 1);
	return OK;
}

static void writer(const struct world *w, struct report *r, unsigned who, uint64_t seed)
{
	struct door d = {0};
	struct err e = door_open(w, &d);

	mine = r;
	hook_before = on_before;
	hook_after = on_after;
	while (e.code == E_OK && !atomic_load(&r->stop))
		e = writer_step(&d, r, who, &seed);
	if (e.code != E_OK) {
		fprintf(stderr, "writer %u: %s\n", who, err_str(e));
		atomic_store(&r->failed, true);
	}
	_exit(e.code != E_OK);
}

static pid_t writer_start(const struct world *w, struct report *r, unsigned who, uint64_t seed)
{
	pid_t pid;

	atomic_store(&r->under_way, false);
	atomic_store(&r->in_commit, false);
	atomic_store(&r->stop, false);
	atomic_store(&r->done, 0);
	pid = fork();
	if (pid == 0)
		writer(w, r, who, seed);
	return pid;
}

/* What was acknowledged is there; what was under way is there whole or not at all. */
static unsigned compare(const struct census *c, struct report *r, unsigned who)
{
	unsigned wrong = 0;

	for (unsigned p = 0; p < PAIRS; p++) {
		uint64_t there = c->version[who][p], acked = atomic_load(&r->acked[p]);
		bool allowed = atomic_load(&r->under_way) && atomic_load(&r->pair) == p &&
			       there == atomic_load(&r->wanted);

		if (there != acked && !allowed) {
			wrong++;
			fprintf(stderr,
				"pair %u/%u: version %" PRIu64 " was acknowledged, %" PRIu64
				" is there\n",
				who, p, acked, there);
		}
		atomic_store(&r->acked[p], there);
	}
	return wrong;
}

struct tally {
	unsigned in_commit, aimed, half, wrong;
	unsigned long changes;
};

static void wait_ms_or_end(pid_t pid, unsigned ms, int *status)
{
	struct timespec step = {.tv_nsec = 200000};

	for (unsigned i = 0; i < ms * 5; i++) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return;
		nanosleep(&step, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, status, 0);
}

static void round_run(
	const struct world *w, struct report *r, bool aimed, uint64_t *seed, struct tally *t)
{
	int status = 0, other_status = 0;
	struct door d = {0};
	struct census c;
	pid_t victim, other;

	atomic_store(&r[0].die_at, aimed ? 1 + (unsigned) (dice(seed) % 14) : 0);
	atomic_store(&r[0].die_how, (unsigned) (dice(seed) % 3));
	atomic_store(&r[1].die_at, 0);
	victim = writer_start(w, &r[0], 0, dice(seed));
	other = writer_start(w, &r[1], 1, dice(seed));
	wait_ms_or_end(victim, aimed ? 5000 : 2 + (unsigned) (dice(seed) % 25), &status);
	if (!WIFSIGNALED(status) || atomic_load(&r[0].failed))
		t->wrong++;
	t->in_commit += atomic_load(&r[0].in_commit);
	t->aimed += aimed;
	t->half += aimed && atomic_load(&r[0].die_how) == 2;
	atomic_store(&r[1].stop, true);
	waitpid(other, &other_status, 0);
	if (other_status != 0)
		t->wrong++;
	t->changes += atomic_load(&r[0].done) + atomic_load(&r[1].done);
	if (door_open(w, &d).code != E_OK || census_take(&d, &c).code != E_OK) {
		fprintf(stderr, "the token does not open\n");
		t->wrong++;
	} else {
		t->wrong += c.wrong + compare(&c, &r[0], 0) + compare(&c, &r[1], 1);
	}
	door_close(&d);
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned) strtoul(argv[1], NULL, 10) : 300;
	unsigned commits = argc > 2 ? (unsigned) strtoul(argv[2], NULL, 10) : 50;
	uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t) time(NULL);
	uint64_t seed = first * 2654435761u + 88172645463325252u;
	struct report *r;
	struct tally t = {0};
	TMPDIR(dir);
	struct world w = world_make(dir.path);

	r = mmap(NULL, 2 * sizeof(*r), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r == MAP_FAILED)
		return 1;
	for (unsigned i = 0; i < rounds && t.wrong == 0; i++)
		round_run(&w, r, i % 2 == 1, &seed, &t);
	printf("%u rounds (seed %" PRIu64 "), %u of them killed inside a commit, %u aimed, %u with "
	       "half a write; %lu changes acknowledged; %u wrong\n",
		rounds, first, t.in_commit, t.aimed, t.half, t.changes, t.wrong);
	return t.wrong > 0 || t.in_commit < commits;
}
