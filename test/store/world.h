/* SPDX-License-Identifier: BSD-2-Clause */
/* A token in a directory, opened as another process would open it, and objects in pairs whose
 * content follows from their version, so that anybody can tell what must be there. */
#pragma once

#include "keyring.h"
#include "store.h"

#include <stdint.h>

#define PAIRS 24u /* of one writer */

struct world {
	char dir[64];
	char file[32];
};
struct door {
	struct store *store;
	struct keyring *keyring;
};

/* Ends the program on failure: nothing can be tested then. */
struct world world_make(const char *dir);
struct err door_open(const struct world *w, struct door *ret);
void door_close(struct door *d);

/* Brings the pair `pair` of writer `writer` to this version, both halves in one transaction; 0
 * removes it. now: the version that is there. */
struct err pair_write(
	const struct door *d, unsigned writer, unsigned pair, uint64_t now, uint64_t version);

/* What is in the store; fills in versions, and complains of everything that is not as a writer
 * left it: damage, halves, content of another version, secrets that do not open. */
struct census {
	uint64_t version[4][PAIRS]; /* by writer; 0: absent */
	unsigned wrong;
};
struct err census_take(const struct door *d, struct census *ret);
