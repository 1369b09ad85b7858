/* SPDX-License-Identifier: BSD-2-Clause */
#include "object.h"
#include "ta_broken.h"

#include <utee_syscalls.h>

#define ACCESS \
	(TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE | TEE_DATA_FLAG_ACCESS_WRITE_META)

/* OP-TEE has closed, and deleted, what it found corrupt. */
static TEE_Result object_checked(struct object *o, TEE_Result res)
{
	if (BROKEN("ta-storage-ends") && res == TEE_ERROR_GENERIC)
		TEE_Panic(res); /* as OP-TEE's library does */
	if (res == TEE_ERROR_CORRUPT_OBJECT)
		o->handle = 0;
	return res;
}

void object_close(struct object *o)
{
	if (o->handle != 0)
		(void) _utee_cryp_obj_close(o->handle);
	o->handle = 0;
}

TEE_Result object_create(
	const struct object_id *id, const void *data, size_t len, struct object *ret)
{
	uint32_t handle = 0;
	TEE_Result res = _utee_storage_obj_create(
		id->storage, id->bytes, id->len, ACCESS, 0, data, len, &handle);

	if (res == TEE_SUCCESS)
		ret->handle = handle;
	return res;
}

TEE_Result object_open(const struct object_id *id, struct object *ret)
{
	uint32_t handle = 0;
	TEE_Result res = _utee_storage_obj_open(id->storage, id->bytes, id->len, ACCESS, &handle);

	if (res == TEE_SUCCESS)
		ret->handle = handle;
	return object_checked(ret, res);
}

TEE_Result object_read(struct object *o, void *ret, size_t max, size_t *ret_len)
{
	TEE_Result res = _utee_storage_obj_seek(o->handle, 0, TEE_DATA_SEEK_SET);
	uint64_t len = 0;

	if (res == TEE_SUCCESS)
		res = _utee_storage_obj_read(o->handle, ret, max, &len);
	*ret_len = (size_t) len;
	return object_checked(o, res);
}

TEE_Result object_write(struct object *o, const void *data, size_t len)
{
	TEE_Result res = _utee_storage_obj_seek(o->handle, 0, TEE_DATA_SEEK_SET);

	if (res == TEE_SUCCESS)
		res = _utee_storage_obj_write(o->handle, data, len);
	return object_checked(o, res);
}

TEE_Result object_delete(struct object *o)
{
	TEE_Result res = _utee_storage_obj_del(o->handle);

	o->handle = 0;
	return res;
}
