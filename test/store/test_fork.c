/* SPDX-License-Identifier: BSD-2-Clause */
/* Fork with an open store: while one thread of the parent writes, the parent forks again and again;
 * each child gives the inherited store up, opens the token anew and writes; a third process writes
 * all the time. Every change that was acknowledged to anybody must be there. The fork handlers are
 * those of the module. */
#include "lock.h"
#include "ossl.h"
#include "tmpdir.h"
#include "world.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define FORKS  40u
#define WRITES 6u /* of one child */

struct shared {
	_Atomic uint64_t acked[3][PAIRS]; /* 0: the parent's thread, 1: children, 2: the third */
	_Atomic bool stop;
	_Atomic unsigned failed;
};

static struct shared *shared;
static struct world world;

static void hold(void)
{
	fork_gate_take();
	secret_fork_hold();
	ossl_fork_hold();
}

static void release(void)
{
	ossl_fork_release();
	secret_fork_release();
	fork_gate_drop();
}

static void fail(const char *who, struct err e)
{
	fprintf(stderr, "%s: %s\n", who, err_str(e));
	atomic_fetch_add(&shared->failed, 1);
}

static struct err write_next(const struct door *d, unsigned who, unsigned pair)
{
	uint64_t now = atomic_load(&shared->acked[who][pair]);

	TRY(pair_write(d, who, pair, now, now + 1));
	atomic_store(&shared->acked[who][pair], now + 1);
	return OK;
}

static void *thread_run(void *arg)
{
	const struct door *d = arg;

	for (unsigned i = 0; !atomic_load(&shared->stop); i++) {
		struct err e = write_next(d, 0, i % PAIRS);

		if (e.code != E_OK) {
			fail("thread", e);
			break;
		}
	}
	return NULL;
}

static void third_run(void)
{
	struct door d = {0};
	struct err e = door_open(&world, &d);

	for (unsigned i = 0; e.code == E_OK && !atomic_load(&shared->stop); i++)
		e = write_next(&d, 2, i % PAIRS);
	if (e.code != E_OK)
		fail("third process", e);
	door_close(&d);
	_exit(0);
}

static void child_run(struct door *inherited, unsigned turn)
{
	struct door d = {0};
	struct err e;

	store_fork_child(inherited->store);
	door_close(inherited);
	e = door_open(&world, &d);
	for (unsigned i = 0; e.code == E_OK && i < WRITES; i++)
		e = write_next(&d, 1, (turn * WRITES + i) % PAIRS);
	if (e.code != E_OK)
		fail("child", e);
	door_close(&d);
	_exit(0);
}

static unsigned compare(const struct census *c)
{
	unsigned wrong = c->wrong;

	for (unsigned w = 0; w < 3; w++)
		for (unsigned p = 0; p < PAIRS; p++)
			if (c->version[w][p] != atomic_load(&shared->acked[w][p])) {
				wrong++;
				fprintf(stderr,
					"pair %u/%u: acknowledged %" PRIu64 ", there %" PRIu64 "\n",
					w, p, atomic_load(&shared->acked[w][p]), c->version[w][p]);
			}
	return wrong;
}

static unsigned long total(unsigned who)
{
	unsigned long n = 0;

	for (unsigned p = 0; p < PAIRS; p++)
		n += atomic_load(&shared->acked[who][p]);
	return n;
}

static void forks_run(struct door *d)
{
	for (unsigned turn = 0; turn < FORKS; turn++) {
		pid_t pid = fork();
		int status = 0;

		if (pid == 0)
			child_run(d, turn);
		if (waitpid(pid, &status, 0) != pid || status != 0)
			atomic_fetch_add(&shared->failed, 1);
	}
}

int main(void)
{
	struct door d = {0}, after = {0};
	struct census c = {0};
	pthread_t thread;
	unsigned wrong;
	pid_t third;
	TMPDIR(dir);

	shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || pthread_atfork(hold, release, release) != 0)
		return 1;
	world = world_make(dir.path);
	third = fork();
	if (third == 0)
		third_run();
	if (door_open(&world, &d).code != E_OK ||
		pthread_create(&thread, NULL, thread_run, &d) != 0)
		return 1;
	forks_run(&d);
	atomic_store(&shared->stop, true);
	pthread_join(thread, NULL);
	waitpid(third, NULL, 0);
	door_close(&d);
	if (door_open(&world, &after).code != E_OK || census_take(&after, &c).code != E_OK)
		return 1;
	door_close(&after);
	wrong = compare(&c) + atomic_load(&shared->failed);
	printf("%u forks; %lu changes by the parent's thread, %lu by children, %lu by a third "
	       "process; %u wrong\n",
		FORKS, total(0), total(1), total(2), wrong);
	return wrong > 0 || total(0) == 0 || total(1) != FORKS * WRITES || total(2) == 0;
}
