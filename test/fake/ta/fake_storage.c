/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake TEE's secure storage: an object is a file. A change is the whole file, or nothing. What
 * fails does so with results that OP-TEE has, and with TEE_ERROR_GENERIC and TEE_ERROR_SECURITY:
 * the normal world does the work, and chooses. */
#include "fake.h"

#include <tee_internal_api_extensions.h>
#include <utee_syscalls.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OBJECT_MAX 4096u

static struct fake_object *objects;
static uint32_t numbers; /* of objects that were opened: a number is never used again */

static void need(bool right, const char *name, const char *why)
{
	if (!right)
		fake_panic(name, why);
}

struct fake_object *fake_object_new(bool persistent)
{
	struct fake_object *o = calloc(1, sizeof(*o));

	need(o != NULL, __func__, "memory");
	o->persistent = persistent;
	o->number = ++numbers;
	o->next = objects;
	objects = o;
	fake_handles(1);
	return o;
}

void fake_object_free(struct fake_object *o)
{
	struct fake_object **at = &objects;

	while (*at != NULL && *at != o)
		at = &(*at)->next;
	need(*at != NULL, __func__, "no such object");
	*at = o->next;
	free(o);
	fake_handles(-1);
}

void fake_objects_drop(void)
{
	while (objects != NULL)
		fake_object_free(objects);
}

bool fake_object_busy(const char *path)
{
	for (const struct fake_object *o = objects; o != NULL; o = o->next)
		if (o->persistent && strcmp(o->path, path) == 0)
			return true;
	return false;
}

static struct fake_object *persistent(unsigned long number, const char *name)
{
	struct fake_object *o = objects;

	while (o != NULL && o->number != number)
		o = o->next;
	need(o != NULL && o->persistent, name, "not an open object");
	return o;
}

static TEE_Result object_path(
	unsigned long storage, const void *id, size_t len, char ret[static 512])
{
	const uint8_t *bytes = id;
	int n;

	if (storage != TEE_STORAGE_PRIVATE && (storage != TEE_STORAGE_PRIVATE_RPMB || !fake_rpmb()))
		return TEE_ERROR_ITEM_NOT_FOUND;
	n = snprintf(ret, 512 - 130, "%s/%s", fake_storage_dir(),
		storage == TEE_STORAGE_PRIVATE ? "p-" : "r-");
	need(n > 0 && n < 512 - 130 && len <= 64, __func__, "too long");
	for (size_t i = 0; i < len; i++)
		n += snprintf(ret + n, 3, "%02x", bytes[i]);
	return TEE_SUCCESS;
}

/* How many bytes; -1: there is none. */
static ssize_t file_read(const char *path, uint8_t ret[static OBJECT_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, ret, OBJECT_MAX) : -1;

	if (fd >= 0)
		close(fd);
	return n;
}

static void file_write(const char *path, const uint8_t *bytes, size_t len)
{
	char new[520];
	int fd;

	snprintf(new, sizeof(new), "%s.new", path);
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	need(fd >= 0 && write(fd, bytes, len) == (ssize_t) len && close(fd) == 0, __func__,
		"no write");
	fake_power();
	need(rename(new, path) == 0, __func__, "no rename");
	fake_written();
	fake_power();
}

TEE_Result _utee_storage_obj_open(
	unsigned long storage, const void *id, size_t id_len, unsigned long flags, uint32_t *object)
{
	char path[512];
	struct fake_object *o;
	TEE_Result res = object_path(storage, id, id_len, path);
	TEE_Result fails = FAILS(TEE_ERROR_STORAGE_NOT_AVAILABLE, TEE_ERROR_CORRUPT_OBJECT,
		TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_GENERIC,
		TEE_ERROR_SECURITY);

	(void) flags;
	if (fails == TEE_ERROR_CORRUPT_OBJECT && res == TEE_SUCCESS)
		unlink(path); /* a corrupt object is deleted */
	if (fails != TEE_SUCCESS || res != TEE_SUCCESS)
		return fails != TEE_SUCCESS ? fails : res;
	if (access(path, F_OK) != 0)
		return TEE_ERROR_ITEM_NOT_FOUND;
	if (fake_object_busy(path))
		return TEE_ERROR_ACCESS_CONFLICT;
	o = fake_object_new(true);
	memcpy(o->path, path, sizeof(path));
	*object = o->number;
	return TEE_SUCCESS;
}

TEE_Result _utee_storage_obj_create(unsigned long storage, const void *id, size_t id_len,
	unsigned long flags, unsigned long attributes, const void *data, size_t len,
	uint32_t *object)
{
	char path[512];
	struct fake_object *o;
	TEE_Result res = object_path(storage, id, id_len, path);
	TEE_Result fails = FAILS(TEE_ERROR_STORAGE_NO_SPACE, TEE_ERROR_STORAGE_NOT_AVAILABLE,
		TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_GENERIC, TEE_ERROR_SECURITY);

	(void) flags;
	need(attributes == 0 && len <= OBJECT_MAX, __func__, "not data");
	if (fails != TEE_SUCCESS || res != TEE_SUCCESS)
		return fails != TEE_SUCCESS ? fails : res;
	if (access(path, F_OK) == 0)
		return TEE_ERROR_ACCESS_CONFLICT;
	file_write(path, data, len);
	o = fake_object_new(true);
	memcpy(o->path, path, sizeof(path));
	*object = o->number;
	return TEE_SUCCESS;
}

TEE_Result _utee_cryp_obj_close(unsigned long object)
{
	fake_object_free(persistent(object, __func__));
	return TEE_SUCCESS;
}

TEE_Result _utee_storage_obj_del(unsigned long object)
{
	struct fake_object *o = persistent(object, __func__);
	TEE_Result res =
		FAILS(TEE_ERROR_STORAGE_NOT_AVAILABLE, TEE_ERROR_GENERIC, TEE_ERROR_ITEM_NOT_FOUND);

	fake_power();
	if (res == TEE_SUCCESS) {
		unlink(o->path);
		fake_written();
		fake_power();
	}
	fake_object_free(o);
	return res;
}

/* A corrupt object is deleted, and its handle closed. */
static TEE_Result corrupt(struct fake_object *o)
{
	unlink(o->path);
	fake_object_free(o);
	return TEE_ERROR_CORRUPT_OBJECT;
}

TEE_Result _utee_storage_obj_read(unsigned long object, void *buffer, size_t size, uint64_t *count)
{
	struct fake_object *o = persistent(object, __func__);
	TEE_Result res = FAILS(TEE_ERROR_STORAGE_NOT_AVAILABLE, TEE_ERROR_CORRUPT_OBJECT,
		TEE_ERROR_GENERIC, TEE_ERROR_SECURITY, TEE_ERROR_ITEM_NOT_FOUND);
	uint8_t bytes[OBJECT_MAX];
	ssize_t len;

	*count = 0;
	if (res == TEE_ERROR_CORRUPT_OBJECT)
		return corrupt(o);
	if (res != TEE_SUCCESS)
		return res;
	len = file_read(o->path, bytes);
	if (len < 0)
		return corrupt(o);
	if (o->at < (size_t) len)
		*count = (size_t) len - o->at < size ? (size_t) len - o->at : size;
	memcpy(buffer, bytes + o->at, *count);
	o->at += *count;
	return TEE_SUCCESS;
}

TEE_Result _utee_storage_obj_write(unsigned long object, const void *buffer, size_t size)
{
	struct fake_object *o = persistent(object, __func__);
	TEE_Result res = FAILS(TEE_ERROR_STORAGE_NO_SPACE, TEE_ERROR_STORAGE_NOT_AVAILABLE,
		TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_GENERIC, TEE_ERROR_SECURITY,
		TEE_ERROR_ITEM_NOT_FOUND);
	uint8_t bytes[OBJECT_MAX] = {0};
	ssize_t len;

	if (res == TEE_ERROR_CORRUPT_OBJECT)
		return corrupt(o);
	if (res != TEE_SUCCESS)
		return res;
	len = file_read(o->path, bytes);
	need(len >= 0 && o->at + size <= sizeof(bytes), __func__, "no such place");
	memcpy(bytes + o->at, buffer, size);
	o->at += size;
	file_write(o->path, bytes, o->at > (size_t) len ? o->at : (size_t) len);
	return TEE_SUCCESS;
}

TEE_Result _utee_storage_obj_seek(unsigned long object, int32_t offset, unsigned long whence)
{
	struct fake_object *o = persistent(object, __func__);
	TEE_Result res = FAILS(TEE_ERROR_STORAGE_NOT_AVAILABLE, TEE_ERROR_OVERFLOW);

	if (res != TEE_SUCCESS)
		return res;
	need(whence == TEE_DATA_SEEK_SET && offset >= 0, __func__, "not from the start");
	o->at = (size_t) offset;
	return TEE_SUCCESS;
}
