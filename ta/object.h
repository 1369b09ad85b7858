/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects in secure storage, asked for at OP-TEE itself and not by the library between: that one
 * ends the TA on every result which it does not expect, and the normal world chooses results (it is
 * enough to move the storage's directory away; CVE-2025-46733). A TA that ended has forgotten what
 * memory.c remembers. Here every result is a result. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <tee_internal_api.h>

struct object {
	uint32_t handle; /* 0: none */
};
/* Takes none, too. */
void object_close(struct object *o);

struct object_id {
	uint32_t storage; /* TEE_STORAGE_* */
	const void *bytes;
	size_t len;
};
/* Must not exist. */
TEE_Result object_create(
	const struct object_id *id, const void *data, size_t len, struct object *ret);
TEE_Result object_open(const struct object_id *id, struct object *ret);
/* From its beginning; *ret_len may be less than max. */
TEE_Result object_read(struct object *o, void *ret, size_t max, size_t *ret_len);
/* At its beginning; on failure it is as it was. */
TEE_Result object_write(struct object *o, const void *data, size_t len);
/* Closes it, whatever happens. */
TEE_Result object_delete(struct object *o);
