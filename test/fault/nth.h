/* SPDX-License-Identifier: BSD-2-Clause */
/* The n-th call that can fail, fails: n = 1, 2, 3 ... until a run meets no failure. After each run
 * `check` says, with nothing failing any more, whether the world is whole. A program is a table of
 * cases and FAULT_MAIN; its arguments: points.txt, which has the least number of failure points of
 * each case; one case; the n to begin with. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct fault_case {
	const char *name;
	void *(*setup)(void);              /* nothing fails; NULL: it has none */
	bool (*run)(void *arg);            /* calls fail; did it succeed? */
	bool (*check)(void *arg, bool ok); /* nothing fails; NULL: there is nothing to see */
	void (*done)(void *arg);
};

/* Does this call fail now? For wraps.c. */
bool nth_fails(const char *name);

int fault_main(
	const char *program, const struct fault_case *cases, size_t count, int argc, char **argv);

#define FAULT_MAIN(program, cases)                                                                 \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		return fault_main(program, cases, sizeof(cases) / sizeof((cases)[0]), argc, argv); \
	}
