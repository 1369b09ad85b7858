/* SPDX-License-Identifier: BSD-2-Clause */
#include "nth.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINTS_MAX 200000ul

static unsigned long countdown; /* 0: nothing fails */
static const char *failed;      /* the call that did */
static pthread_t whose;         /* other threads' calls do not count */

bool nth_fails(const char *name)
{
	if (countdown == 0 || !pthread_equal(whose, pthread_self()) || --countdown > 0)
		return false;
	failed = name;
	return true;
}

/* false: the case is wrong. ret_points: calls that were made to fail. */
static bool case_run(const struct fault_case *c, unsigned long first, unsigned long *ret_points)
{
	bool right = true;

	whose = pthread_self();
	for (unsigned long n = first; n < POINTS_MAX; n++) {
		void *arg = c->setup != NULL ? c->setup() : NULL;
		bool ok;

		failed = NULL;
		countdown = n; /* in the first run nothing fails: it must succeed */
		ok = c->run(arg);
		countdown = 0;
		if (n == 0 && !ok) {
			printf("%s: fails without a failure\n", c->name);
			right = false;
		}
		if (c->check != NULL && !c->check(arg, ok)) {
			printf("%s: not whole after failure %lu, of %s (%s)\n", c->name, n,
				failed != NULL ? failed : "nothing",
				ok ? "it succeeded" : "it failed");
			right = false;
		}
		if (c->done != NULL)
			c->done(arg);
		if (n > 0 && failed == NULL) {
			*ret_points = n - 1;
			return right && ok;
		}
	}
	printf("%s: does not end\n", c->name);
	return false;
}

/* The committed least number of this case; 0: there is none. */
static unsigned long least_points(const char *path, const char *program, const char *name)
{
	FILE *f = path == NULL ? NULL : fopen(path, "re");
	char line[256], a[64], b[64];
	unsigned long n, found = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (line[0] != '#' && sscanf(line, "%63s %63s %lu", a, b, &n) == 3 &&
			strcmp(a, program) == 0 && strcmp(b, name) == 0)
			found = n;
	if (f != NULL)
		fclose(f);
	return found;
}

int fault_main(
	const char *program, const struct fault_case *cases, size_t count, int argc, char **argv)
{
	const char *points = argc > 1 ? argv[1] : NULL;
	unsigned long total = 0, bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < count; i++) {
		unsigned long n = 0, least = least_points(points, program, cases[i].name);
		bool right;

		if (argc > 2 && strcmp(argv[2], cases[i].name) != 0)
			continue;
		right = case_run(&cases[i], argc > 3 ? strtoul(argv[3], NULL, 10) : 0, &n);

		printf("%s %s %lu failure points (at least %lu)%s\n", program, cases[i].name, n,
			least, right ? "" : " WRONG");
		if (least == 0 || n < least)
			printf("%s: fewer than points.txt says, or not in it\n", cases[i].name);
		bad += !right || least == 0 || n < least;
		total += n;
	}
	printf("%zu cases, %lu failure points, %lu cases failed\n", count, total, bad);
	return bad > 0 || total == 0;
}
