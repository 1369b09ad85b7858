/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory.h"
#include "ta_broken.h"

#include <tee_internal_api.h>

/* An entry is kept for a line with wrong PINs, and for one whose epochs have changed. When the
 * table is full, the entry with the fewest wrong PINs makes room, and `floor` keeps how many that
 * were: a line without an entry counts as having so many. So nobody gets more tries by filling the
 * table. */
static struct entry {
	uint8_t id[TA_ID_LEN];
	struct line_state state;
	bool used, raised;
} table[MEMORY_LINES];
static uint32_t floor_failed;

void memory_init(void)
{
	TEE_MemFill(table, 0, sizeof(table));
	floor_failed = 0;
}

static struct entry *entry_find(const uint8_t id[TA_ID_LEN])
{
	for (size_t i = 0; i < MEMORY_LINES; i++)
		if (table[i].used && TEE_MemCompare(table[i].id, id, TA_ID_LEN) == 0)
			return &table[i];
	return NULL;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t count_of(const struct entry *e)
{
	return larger(e->state.failed[0], e->state.failed[1]);
}

/* A free entry, or one that is forgotten for it. */
static struct entry *entry_make(const uint8_t id[TA_ID_LEN])
{
	struct entry *least = &table[0];

	for (size_t i = 0; i < MEMORY_LINES && least->used; i++)
		if (!table[i].used || count_of(&table[i]) < count_of(least))
			least = &table[i];
	if (least->used)
		floor_failed = larger(floor_failed, count_of(least));
	TEE_MemFill(least, 0, sizeof(*least));
	TEE_MemMove(least->id, id, TA_ID_LEN);
	least->used = true;
	return least;
}

void memory_merge(const uint8_t id[TA_ID_LEN], struct line_state *state)
{
	const struct entry *e = entry_find(id);
	struct line_state known = {.failed = {floor_failed, floor_failed}};

	if (BROKEN("ta-memory-count"))
		return;
	if (e != NULL)
		known = e->state;
	else
		known.epoch = state->epoch;
	state->issued = larger(state->issued, known.issued);
	for (size_t i = 0; i < 2; i++)
		if (known.epoch > state->epoch)
			state->failed[i] = known.failed[i];
		else /* to blobs of an epoch that is later than the known one, its second count was
		      */
			state->failed[i] = larger(
				state->failed[i], known.failed[known.epoch < state->epoch ? 1 : i]);
	state->epoch = larger(state->epoch, known.epoch);
}

void memory_note(const uint8_t id[TA_ID_LEN], const struct line_state *before,
	const struct line_state *state)
{
	const bool raised = before->epoch != state->epoch || before->issued != state->issued;
	const bool failed = state->failed[0] > 0 || state->failed[1] > 0;
	struct entry *e = entry_find(id);

	if (e == NULL && (raised || failed))
		e = entry_make(id);
	if (e == NULL)
		return;
	e->state = *state;
	e->raised = e->raised || raised;
	e->used = e->raised || failed;
}
