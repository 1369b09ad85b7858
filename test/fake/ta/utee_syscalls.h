/* SPDX-License-Identifier: BSD-2-Clause */
/* OP-TEE's own calls, of which the TA uses those for objects in secure storage. What the library
 * does with their results does not happen here, as it does not in OP-TEE: nobody panics. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <tee_internal_api.h>

TEE_Result _utee_storage_obj_open(unsigned long storage, const void *id, size_t id_len,
	unsigned long flags, uint32_t *object);
TEE_Result _utee_storage_obj_create(unsigned long storage, const void *id, size_t id_len,
	unsigned long flags, unsigned long attributes, const void *data, size_t len,
	uint32_t *object);
TEE_Result _utee_storage_obj_del(unsigned long object);
TEE_Result _utee_storage_obj_read(unsigned long object, void *buffer, size_t size, uint64_t *count);
TEE_Result _utee_storage_obj_write(unsigned long object, const void *buffer, size_t size);
TEE_Result _utee_storage_obj_seek(unsigned long object, int32_t offset, unsigned long whence);
TEE_Result _utee_cryp_obj_close(unsigned long object);
