/* SPDX-License-Identifier: BSD-2-Clause */
/* What the TA remembers of lines until the TEE is switched off, so that storage which the normal
 * world puts back to an earlier state is worth nothing before that. */
#pragma once

#include "wire.h"

/* What a line's record says. */
struct line_state {
	uint32_t epoch, issued;
	uint32_t failed[2]; /* wrong PINs: at blobs of the epoch; at later ones */
};
#define LINE_EPOCH_FIRST 1u
#define LINE_EPOCH_NONE  UINT32_MAX /* of a destroyed line, in memory only */

#define MEMORY_LINES 256u

void memory_init(void);
/* The stored state becomes the larger of itself and what is remembered. */
void memory_merge(const uint8_t id[TA_ID_LEN], struct line_state *state);
/* This is what storage has from now on; before: what it had, merged. */
void memory_note(const uint8_t id[TA_ID_LEN], const struct line_state *before,
	const struct line_state *state);
