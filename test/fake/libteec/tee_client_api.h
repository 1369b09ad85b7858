/* SPDX-License-Identifier: BSD-2-Clause */
/* As much of GlobalPlatform's TEE Client API as Bulla uses, with the names and values of its
 * specification and the layout of Linux' libteec.so.2: for machines that have no libteec. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEEC_SUCCESS              0x00000000u
#define TEEC_ERROR_GENERIC        0xffff0000u
#define TEEC_ERROR_ACCESS_DENIED  0xffff0001u
#define TEEC_ERROR_BAD_FORMAT     0xffff0005u
#define TEEC_ERROR_BAD_PARAMETERS 0xffff0006u
#define TEEC_ERROR_ITEM_NOT_FOUND 0xffff0008u
#define TEEC_ERROR_NOT_SUPPORTED  0xffff000au
#define TEEC_ERROR_OUT_OF_MEMORY  0xffff000cu
#define TEEC_ERROR_BUSY           0xffff000du
#define TEEC_ERROR_COMMUNICATION  0xffff000eu
#define TEEC_ERROR_SECURITY       0xffff000fu
#define TEEC_ERROR_SHORT_BUFFER   0xffff0010u

#define TEEC_ORIGIN_API         1u
#define TEEC_ORIGIN_COMMS       2u
#define TEEC_ORIGIN_TEE         3u
#define TEEC_ORIGIN_TRUSTED_APP 4u

#define TEEC_LOGIN_PUBLIC      0u
#define TEEC_LOGIN_USER        1u
#define TEEC_LOGIN_GROUP       2u
#define TEEC_LOGIN_APPLICATION 4u

#define TEEC_MEM_INPUT  1u
#define TEEC_MEM_OUTPUT 2u

#define TEEC_NONE                  0u
#define TEEC_MEMREF_PARTIAL_INPUT  13u
#define TEEC_MEMREF_PARTIAL_OUTPUT 14u
#define TEEC_PARAM_TYPES(a, b, c, d) \
	((uint32_t) (a) | (uint32_t) (b) << 4 | (uint32_t) (c) << 8 | (uint32_t) (d) << 12)

typedef uint32_t TEEC_Result;

typedef struct {
	struct {
		int fd;
		bool reg_mem, memref_null;
	} imp;
} TEEC_Context;

typedef struct {
	uint32_t timeLow;
	uint16_t timeMid, timeHiAndVersion;
	uint8_t clockSeqAndNode[8];
} TEEC_UUID;

typedef struct {
	void *buffer;
	size_t size;
	uint32_t flags;
	struct {
		int id;
		size_t alloced_size;
		void *shadow_buffer;
		int registered_fd;
		uint32_t flags;
	} imp;
} TEEC_SharedMemory;

typedef struct {
	void *buffer;
	size_t size;
} TEEC_TempMemoryReference;

typedef struct {
	TEEC_SharedMemory *parent;
	size_t size, offset;
} TEEC_RegisteredMemoryReference;

typedef struct {
	uint32_t a, b;
} TEEC_Value;

typedef union {
	TEEC_TempMemoryReference tmpref;
	TEEC_RegisteredMemoryReference memref;
	TEEC_Value value;
} TEEC_Parameter;

typedef struct {
	struct {
		TEEC_Context *ctx;
		uint32_t session_id;
	} imp;
} TEEC_Session;

typedef struct {
	uint32_t started, paramTypes;
	TEEC_Parameter params[4];
	struct {
		TEEC_Session *session;
	} imp;
} TEEC_Operation;

TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *context);
void TEEC_FinalizeContext(TEEC_Context *context);
TEEC_Result TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
	const TEEC_UUID *destination, uint32_t method, const void *data, TEEC_Operation *operation,
	uint32_t *ret_origin);
void TEEC_CloseSession(TEEC_Session *session);
TEEC_Result TEEC_InvokeCommand(
	TEEC_Session *session, uint32_t command, TEEC_Operation *operation, uint32_t *ret_origin);
TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context, TEEC_SharedMemory *memory);
void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *memory);
