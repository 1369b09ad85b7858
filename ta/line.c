/* SPDX-License-Identifier: BSD-2-Clause */
#include "line.h"
#include "ta_broken.h"

#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>

static enum ta_status status_of(TEE_Result res)
{
	switch (res) {
	case TEE_SUCCESS:
		return TA_ST_OK;
	case TEE_ERROR_OUT_OF_MEMORY:
		return TA_ST_MEMORY;
	case TEE_ERROR_STORAGE_NO_SPACE:
		return TA_ST_FULL;
	case TEE_ERROR_ITEM_NOT_FOUND:
		return TA_ST_GONE;
	default:
		return TA_ST_STORAGE;
	}
}

struct line_name {
	uint8_t bytes[1 + TA_ID_LEN];
};

/* Borrows the name. */
static struct object_id object_of(const struct line *l, struct line_name *name)
{
	const uint32_t storage =
		l->storage == TA_STORAGE_RPMB ? TEE_STORAGE_PRIVATE_RPMB : TEE_STORAGE_PRIVATE;

	name->bytes[0] = 'L';
	TEE_MemMove(name->bytes + 1, l->id, TA_ID_LEN);
	return (struct object_id){storage, name->bytes, sizeof(name->bytes)};
}

static void record_put(const struct line_state *s, uint8_t ret[TA_LINE_LEN])
{
	struct wire_out out = {.buf = ret, .max = TA_LINE_LEN};

	wire_put_u8(&out, TA_LINE_VERSION);
	wire_put_u8(&out, 0);
	wire_put_u32(&out, s->epoch);
	wire_put_u32(&out, s->issued);
	wire_put_u32(&out, s->failed[0]);
	wire_put_u32(&out, s->failed[1]);
}

static enum ta_status record_read(const uint8_t *record, size_t len, struct line_state *ret)
{
	struct wire_in in = {.at = record, .left = len};
	const uint8_t version = wire_u8(&in), zero = wire_u8(&in);

	ret->epoch = wire_u32(&in);
	ret->issued = wire_u32(&in);
	ret->failed[0] = wire_u32(&in);
	ret->failed[1] = wire_u32(&in);
	if (!wire_ended(&in) || version != TA_LINE_VERSION || zero != 0)
		return TA_ST_STORAGE;
	return ret->epoch >= LINE_EPOCH_FIRST && ret->epoch < LINE_EPOCH_NONE ? TA_ST_OK
									      : TA_ST_STORAGE;
}

void line_close(struct line *l)
{
	object_close(&l->object);
}

uint32_t line_rollback_level(void)
{
	uint32_t level;

	if (TEE_GetPropertyAsU32(TEE_PROPSET_TEE_IMPLEMENTATION,
		    "gpd.tee.trustedStorage.antiRollback.protectionLevel", &level) != TEE_SUCCESS)
		return 0;
	return level;
}

static TEE_Result create_in(struct line *l, uint8_t storage)
{
	uint8_t record[TA_LINE_LEN];
	struct line_name name;
	struct object_id id;

	l->storage = storage;
	id = object_of(l, &name);
	record_put(&l->state, record);
	return object_create(&id, record, sizeof(record), &l->object);
}

enum ta_status line_create(struct line *ret)
{
	TEE_Result res = TEE_ERROR_STORAGE_NOT_AVAILABLE;

	*ret = (struct line){.state = {.epoch = LINE_EPOCH_FIRST, .issued = LINE_EPOCH_FIRST}};
	TEE_GenerateRandom(ret->id, sizeof(ret->id));
	if (line_rollback_level() >= TA_ROLLBACK_HARDWARE)
		res = create_in(ret, TA_STORAGE_RPMB);
	/* Announced, but not there: the blob says which storage it is, and so does its description.
	 */
	if (res == TEE_ERROR_STORAGE_NOT_AVAILABLE || res == TEE_ERROR_ITEM_NOT_FOUND)
		res = create_in(ret, TA_STORAGE_PRIVATE);
	if (res == TEE_ERROR_ITEM_NOT_FOUND)
		return TA_ST_STORAGE;
	return status_of(res);
}

/* RPMB cannot be rolled back: its records need no memory. */
static bool remembered(const struct line *l)
{
	return l->storage != TA_STORAGE_RPMB;
}

enum ta_status line_open(const uint8_t id[TA_ID_LEN], uint8_t storage, struct line *ret)
{
	uint8_t record[TA_LINE_LEN + 1];
	struct line_name name;
	struct object_id object;
	size_t len = 0;
	enum ta_status st;
	TEE_Result res;

	*ret = (struct line){.storage = storage};
	TEE_MemMove(ret->id, id, sizeof(ret->id));
	object = object_of(ret, &name);
	res = object_open(&object, &ret->object);
	if (res == TEE_ERROR_ITEM_NOT_FOUND && BROKEN("ta-missing-counter"))
		res = create_in(ret, storage);
	if (res != TEE_SUCCESS)
		return status_of(res);
	res = object_read(&ret->object, record, sizeof(record), &len);
	if (res == TEE_ERROR_ITEM_NOT_FOUND) /* that is said of the record alone */
		return TA_ST_STORAGE;
	if (res != TEE_SUCCESS)
		return status_of(res);
	st = record_read(record, len, &ret->state);
	if (st != TA_ST_OK)
		return st;
	if (remembered(ret))
		memory_merge(id, &ret->state);
	return ret->state.epoch == LINE_EPOCH_NONE ? TA_ST_GONE : TA_ST_OK;
}

enum ta_status line_write(struct line *l, const struct line_state *state)
{
	uint8_t record[TA_LINE_LEN];
	TEE_Result res;

	record_put(state, record);
	res = object_write(&l->object, record, sizeof(record));
	if (res == TEE_ERROR_ITEM_NOT_FOUND)
		return TA_ST_STORAGE;
	if (res != TEE_SUCCESS)
		return status_of(res);
	if (remembered(l))
		memory_note(l->id, &l->state, state);
	l->state = *state;
	return TA_ST_OK;
}

enum ta_status line_delete(struct line *l)
{
	struct line_state none = l->state;
	TEE_Result res = object_delete(&l->object);

	if (res != TEE_SUCCESS)
		return TA_ST_STORAGE;
	none.epoch = LINE_EPOCH_NONE;
	if (remembered(l))
		memory_note(l->id, &l->state, &none);
	return TA_ST_OK;
}
