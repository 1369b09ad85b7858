/* SPDX-License-Identifier: BSD-2-Clause */
#include "line.h"
#include "ta_broken.h"

#include <tee_internal_api_extensions.h>

#define OBJECT_ID_LEN (1 + TA_ID_LEN)
#define ACCESS \
	(TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE | TEE_DATA_FLAG_ACCESS_WRITE_META)

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

static void object_id(const struct line *l, uint8_t ret[OBJECT_ID_LEN])
{
	ret[0] = 'L';
	TEE_MemMove(ret + 1, l->id, TA_ID_LEN);
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

static uint32_t storage_id(const struct line *l)
{
	return l->storage == TA_STORAGE_RPMB ? TEE_STORAGE_PRIVATE_RPMB : TEE_STORAGE_PRIVATE;
}

void line_close(struct line *l)
{
	TEE_CloseObject(l->handle); /* takes TEE_HANDLE_NULL */
	l->handle = TEE_HANDLE_NULL;
}

/* The API has closed the handle of a corrupt object. */
static enum ta_status line_failed(struct line *l, TEE_Result res)
{
	if (res == TEE_ERROR_CORRUPT_OBJECT)
		l->handle = TEE_HANDLE_NULL;
	return res == TEE_SUCCESS ? TA_ST_STORAGE : status_of(res);
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
	uint8_t id[OBJECT_ID_LEN], record[TA_LINE_LEN];

	l->storage = storage;
	object_id(l, id);
	record_put(&l->state, record);
	return TEE_CreatePersistentObject(storage_id(l), id, sizeof(id), ACCESS, TEE_HANDLE_NULL,
		record, sizeof(record), &l->handle);
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
	uint8_t object[OBJECT_ID_LEN], record[TA_LINE_LEN + 1];
	size_t len = 0;
	enum ta_status st;
	TEE_Result res;

	*ret = (struct line){.storage = storage};
	TEE_MemMove(ret->id, id, sizeof(ret->id));
	object_id(ret, object);
	res = TEE_OpenPersistentObject(
		storage_id(ret), object, sizeof(object), ACCESS, &ret->handle);
	if (res == TEE_ERROR_ITEM_NOT_FOUND && BROKEN("ta-missing-counter"))
		res = create_in(ret, storage);
	if (res != TEE_SUCCESS)
		return status_of(res);
	res = TEE_ReadObjectData(ret->handle, record, sizeof(record), &len);
	if (res != TEE_SUCCESS)
		return line_failed(ret, res);
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
	TEE_Result res = TEE_SeekObjectData(l->handle, 0, TEE_DATA_SEEK_SET);

	record_put(state, record);
	if (res == TEE_SUCCESS)
		res = TEE_WriteObjectData(l->handle, record, sizeof(record));
	if (res != TEE_SUCCESS)
		return line_failed(l, res);
	if (remembered(l))
		memory_note(l->id, &l->state, state);
	l->state = *state;
	return TA_ST_OK;
}

enum ta_status line_delete(struct line *l)
{
	struct line_state none = l->state;
	TEE_Result res = TEE_CloseAndDeletePersistentObject1(l->handle);

	l->handle = TEE_HANDLE_NULL; /* whatever happened */
	if (res != TEE_SUCCESS)
		return TA_ST_STORAGE;
	none.epoch = LINE_EPOCH_NONE;
	if (remembered(l))
		memory_note(l->id, &l->state, &none);
	return TA_ST_OK;
}
