/* SPDX-License-Identifier: BSD-2-Clause */
/* A line's record in secure storage, and in memory: one write of the whole record for each change,
 * so that a power cut leaves it as it was or as it shall be. */
#pragma once

#include "memory.h"
#include "object.h"

struct line {
	uint8_t id[TA_ID_LEN];
	uint8_t storage; /* enum ta_storage */
	struct line_state state;
	struct object object;
};
/* Forgets the handle; not the line. */
void line_close(struct line *l);
#define _closed_ __attribute__((cleanup(line_close)))

/* gpd.tee.trustedStorage.antiRollback.protectionLevel; 0: there is no such property. */
uint32_t line_rollback_level(void);
/* A new one with an id of its own, in the best storage that there is. */
enum ta_status line_create(struct line *ret);
/* The line of this id, of this storage. TA_ST_GONE: there is none. */
enum ta_status line_open(const uint8_t id[TA_ID_LEN], uint8_t storage, struct line *ret);
/* Durable when it returns; on failure what was before is what is. */
enum ta_status line_write(struct line *l, const struct line_state *state);
enum ta_status line_delete(struct line *l);
