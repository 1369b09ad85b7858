/* SPDX-License-Identifier: BSD-2-Clause */
/* How it is measured: turns of a few milliseconds, raw and module by turns, medians. */
#include "bench.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TURNS     41u
#define TURN_NS   4e6 /* one turn of one side */
#define TURNS_TWO 15u
#define TWO_NS    40e6

unsigned missed;

void must(bool ok, const char *what, const char *file, int line)
{
	if (ok)
		return;
	printf("%s:%d: failed: %s\n", file, line, what);
	exit(2);
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

/* Lives as long as the program. */
struct room room_new(size_t len)
{
	size_t in_room = (len + 4095) / 4096 * 4096;
	uint8_t *pages = aligned_alloc(4096, in_room + (len + ROOM_MORE + 8191) / 4096 * 4096);

	MUST(pages != NULL);
	memset(pages, 0, in_room);
	return (struct room){.in = pages, .out = pages + in_room + 1024};
}

static double time_of(work *w, void *arg, unsigned times)
{
	uint64_t start = now_ns();

	w(arg, times);
	return (double) (now_ns() - start);
}

/* How often it is to be done in one turn. */
static unsigned calibrate(work *w, void *arg, double turn_ns)
{
	unsigned times = 1;

	w(arg, 1); /* keys are opened and algorithms fetched at first use */
	for (;;) {
		double ns = time_of(w, arg, times);

		if (ns > turn_ns / 4)
			return (unsigned) (times * turn_ns / ns) + 1;
		times *= 4;
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return x < y ? -1 : x > y;
}

double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_value);
	return values[count / 2];
}

double alone_us(work *w, void *arg, double turn_ms)
{
	unsigned times = calibrate(w, arg, turn_ms * 1e6);
	double values[9];

	for (unsigned i = 0; i < 9; i++)
		values[i] = time_of(w, arg, times) / times / 1000;
	return median(values, 9);
}

static void line(const char *name, double raw, double module, double ratio, double bound)
{
	bool ok = bound == 0 || ratio >= bound;

	printf("%-28s raw %9.3f us  module %9.3f us  ratio %5.3f", name, raw, module, ratio);
	if (bound > 0)
		printf("  (at least %.2f) %s", bound, ok ? "ok" : "MISSED");
	printf("\n");
	fflush(stdout);
	missed += !ok;
}

void paired(
	const char *name, work *raw, void *raw_arg, work *module, void *module_arg, double bound)
{
	unsigned raw_times = calibrate(raw, raw_arg, TURN_NS);
	unsigned module_times = calibrate(module, module_arg, TURN_NS);
	double raws[TURNS], modules[TURNS], ratios[TURNS];

	for (unsigned i = 0; i < TURNS; i++) {
		raws[i] = time_of(raw, raw_arg, raw_times) / raw_times / 1000;
		modules[i] = time_of(module, module_arg, module_times) / module_times / 1000;
		ratios[i] = raws[i] / modules[i];
	}
	line(name, median(raws, TURNS), median(modules, TURNS), median(ratios, TURNS), bound);
}

struct half {
	work *w;
	void *arg;
	unsigned times;
	pthread_barrier_t *start;
};

static void *half_run(void *arg)
{
	struct half *h = arg;

	pthread_barrier_wait(h->start);
	h->w(h->arg, h->times);
	return NULL;
}

static double time_of_two(work *w, void *args[2], unsigned times)
{
	pthread_barrier_t start;
	pthread_t threads[2];
	struct half halves[2];
	uint64_t begin;

	pthread_barrier_init(&start, NULL, 3);
	for (unsigned i = 0; i < 2; i++) {
		halves[i] = (struct half){w, args[i], times, &start};
		MUST(pthread_create(&threads[i], NULL, half_run, &halves[i]) == 0);
	}
	pthread_barrier_wait(&start);
	begin = now_ns();
	for (unsigned i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&start);
	return (double) (now_ns() - begin);
}

void paired_two(const char *name, work *raw, void *raw_args[2], work *module, void *module_args[2],
	double bound)
{
	unsigned raw_times = calibrate(raw, raw_args[0], TWO_NS);
	unsigned module_times = calibrate(module, module_args[0], TWO_NS);
	double raws[TURNS_TWO], modules[TURNS_TWO], ratios[TURNS_TWO];

	for (unsigned i = 0; i < TURNS_TWO; i++) {
		raws[i] = time_of_two(raw, raw_args, raw_times) / raw_times / 2000;
		modules[i] = time_of_two(module, module_args, module_times) / module_times / 2000;
		ratios[i] = raws[i] / modules[i];
	}
	line(name, median(raws, TURNS_TWO), median(modules, TURNS_TWO), median(ratios, TURNS_TWO),
		bound);
}

void at_most(const char *name, double value, const char *unit, double bound)
{
	bool ok = bound == 0 || value <= bound;

	printf("%-28s %13.3f %s", name, value, unit);
	if (bound > 0)
		printf("  (at most %g) %s", bound, ok ? "ok" : "MISSED");
	printf("\n");
	fflush(stdout);
	missed += !ok;
}
