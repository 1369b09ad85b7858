/* SPDX-License-Identifier: BSD-2-Clause */
/* A libteec.so.2 for machines without a TEE: behind it is Bulla's trusted application (TA) on the
 * fake of the internal API (test/fake/ta). It is found by the test programs' own run path. The
 * environment variable BULLA_FAKE_TEE names a directory, which is the TEE; without it there is
 * none. Several processes share it: each has its turn under a lock, and a TA that another process
 * has used since is a rebooted one to us (the storage tells what it needs to know). In the
 * directory:
 *
 *   storage/   the secure storage, made when missing
 *   turn       "pid contexts sessions commands", counted since the directory was made
 *   script     what is to happen, if it is there, a line each:
 *              fail FUNCTION CODE ORIGIN TIMES   this function of libteec does, CODE in hex; times:
 * 0 is always huk HEX                           the hardware unique key, 16 bytes; all zero without
 *              rollback LEVEL RPMB               anti-rollback level, and whether RPMB works (0, 1)
 *
 * Clients are identified as Linux does it: the UUID of a user or group is made of its number
 * (version 5, a namespace of its own), and membership is looked up. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What a program may have and export (export_dynamic) to have a say itself. Each may be missing. */

/* Not 0: this function of libteec fails so. */
uint32_t libteec_fake_fails(const char *function, uint32_t *ret_origin);
/* True: the command was answered here, and not by the TA. */
bool libteec_fake_answers(
	uint32_t cmd, const uint8_t *request, size_t request_len, uint8_t *answer, size_t *len);
/* The memory that is about to be released. */
void libteec_fake_released(const uint8_t *memory, size_t len);

struct libteec_fake_counts {
	int pid;
	unsigned long contexts, sessions, commands;
};

static inline struct libteec_fake_counts libteec_fake_counts(const char *dir)
{
	struct libteec_fake_counts c = {0};
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/turn", dir);
	f = fopen(path, "re");
	if (f == NULL)
		return c;
	if (fscanf(f, "%d %lu %lu %lu", &c.pid, &c.contexts, &c.sessions, &c.commands) != 4)
		c = (struct libteec_fake_counts){0};
	fclose(f);
	return c;
}
