/* SPDX-License-Identifier: BSD-2-Clause */
/* Of GlobalPlatform's TEE Internal Core API 1.3, names and values of what the TA uses. What it does
 * in this process: fake_core.c, fake_crypto.c, fake_storage.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t TEE_Result;
typedef struct {
	uint32_t timeLow;
	uint16_t timeMid;
	uint16_t timeHiAndVersion;
	uint8_t clockSeqAndNode[8];
} TEE_UUID;
typedef struct {
	uint32_t login;
	TEE_UUID uuid;
} TEE_Identity;
typedef union {
	struct {
		void *buffer;
		size_t size;
	} memref;
	struct {
		uint32_t a, b;
	} value;
} TEE_Param;
typedef struct {
	uint32_t attributeID;
	union {
		struct {
			void *buffer;
			size_t length;
		} ref;
		struct {
			uint32_t a, b;
		} value;
	} content;
} TEE_Attribute;
typedef struct fake_session *TEE_TASessionHandle;
typedef struct fake_object *TEE_ObjectHandle;
typedef struct fake_operation *TEE_OperationHandle;
typedef const struct fake_propset *TEE_PropSetHandle;
typedef uint32_t TEE_OperationMode;
typedef uint32_t TEE_Whence;

#define TEE_NUM_PARAMS       4
#define TEE_HANDLE_NULL      NULL
#define TEE_TIMEOUT_INFINITE 0xFFFFFFFFu

#define TEE_SUCCESS                     0x00000000u
#define TEE_ERROR_CORRUPT_OBJECT        0xF0100001u
#define TEE_ERROR_STORAGE_NOT_AVAILABLE 0xF0100003u
#define TEE_ERROR_GENERIC               0xFFFF0000u
#define TEE_ERROR_ACCESS_CONFLICT       0xFFFF0003u
#define TEE_ERROR_BAD_FORMAT            0xFFFF0005u
#define TEE_ERROR_BAD_PARAMETERS        0xFFFF0006u
#define TEE_ERROR_ITEM_NOT_FOUND        0xFFFF0008u
#define TEE_ERROR_NOT_SUPPORTED         0xFFFF000Au
#define TEE_ERROR_OUT_OF_MEMORY         0xFFFF000Cu
#define TEE_ERROR_BUSY                  0xFFFF000Du
#define TEE_ERROR_SECURITY              0xFFFF000Fu
#define TEE_ERROR_SHORT_BUFFER          0xFFFF0010u
#define TEE_ERROR_OVERFLOW              0xFFFF300Fu
#define TEE_ERROR_TARGET_DEAD           0xFFFF3024u
#define TEE_ERROR_STORAGE_NO_SPACE      0xFFFF3041u
#define TEE_ERROR_MAC_INVALID           0xFFFF3071u

#define TEE_PARAM_TYPE_NONE          0u
#define TEE_PARAM_TYPE_MEMREF_INPUT  5u
#define TEE_PARAM_TYPE_MEMREF_OUTPUT 6u
#define TEE_PARAM_TYPES(t0, t1, t2, t3) \
	((uint32_t) (t0) | (uint32_t) (t1) << 4 | (uint32_t) (t2) << 8 | (uint32_t) (t3) << 12)

#define TEE_LOGIN_PUBLIC      0x00000000u
#define TEE_LOGIN_USER        0x00000001u
#define TEE_LOGIN_GROUP       0x00000002u
#define TEE_LOGIN_TRUSTED_APP 0xF0000000u

#define TEE_PROPSET_TEE_IMPLEMENTATION ((TEE_PropSetHandle) (uintptr_t) 0xFFFFFFFDu)
#define TEE_PROPSET_CURRENT_CLIENT     ((TEE_PropSetHandle) (uintptr_t) 0xFFFFFFFEu)

#define TEE_STORAGE_PRIVATE             0x00000001u
#define TEE_DATA_FLAG_ACCESS_READ       0x00000001u
#define TEE_DATA_FLAG_ACCESS_WRITE      0x00000002u
#define TEE_DATA_FLAG_ACCESS_WRITE_META 0x00000004u
#define TEE_DATA_SEEK_SET               0x00000000u

#define TEE_TYPE_AES          0xA0000010u
#define TEE_ATTR_SECRET_VALUE 0xC0000000u
#define TEE_ALG_SHA256        0x50000004u
#define TEE_ALG_AES_GCM       0x40000810u
#define TEE_MODE_ENCRYPT      0x00000000u
#define TEE_MODE_DECRYPT      0x00000001u
#define TEE_MODE_DIGEST       0x00000005u

TEE_Result TA_CreateEntryPoint(void);
void TA_DestroyEntryPoint(void);
TEE_Result TA_OpenSessionEntryPoint(
	uint32_t types, TEE_Param params[TEE_NUM_PARAMS], void **session);
void TA_CloseSessionEntryPoint(void *session);
TEE_Result TA_InvokeCommandEntryPoint(
	void *session, uint32_t command, uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);

__attribute__((noreturn)) void TEE_Panic(TEE_Result code);
void TEE_MemMove(void *dest, const void *src, size_t size);
int32_t TEE_MemCompare(const void *buffer1, const void *buffer2, size_t size);
void TEE_MemFill(void *buffer, uint8_t x, size_t size);

TEE_Result TEE_GetPropertyAsString(
	TEE_PropSetHandle set, const char *name, char *value, size_t *size);
TEE_Result TEE_GetPropertyAsU32(TEE_PropSetHandle set, const char *name, uint32_t *value);
TEE_Result TEE_GetPropertyAsIdentity(TEE_PropSetHandle set, const char *name, TEE_Identity *value);

TEE_Result TEE_OpenTASession(const TEE_UUID *destination, uint32_t timeout, uint32_t types,
	TEE_Param params[TEE_NUM_PARAMS], TEE_TASessionHandle *session, uint32_t *origin);
TEE_Result TEE_InvokeTACommand(TEE_TASessionHandle session, uint32_t timeout, uint32_t command,
	uint32_t types, TEE_Param params[TEE_NUM_PARAMS], uint32_t *origin);
void TEE_CloseTASession(TEE_TASessionHandle session);

TEE_Result TEE_AllocateTransientObject(uint32_t type, uint32_t bits, TEE_ObjectHandle *object);
void TEE_FreeTransientObject(TEE_ObjectHandle object);
void TEE_InitRefAttribute(TEE_Attribute *attr, uint32_t id, const void *buffer, size_t length);
TEE_Result TEE_PopulateTransientObject(
	TEE_ObjectHandle object, const TEE_Attribute *attrs, uint32_t count);
TEE_Result TEE_AllocateOperation(
	TEE_OperationHandle *operation, uint32_t algorithm, uint32_t mode, uint32_t bits);
void TEE_FreeOperation(TEE_OperationHandle operation);
TEE_Result TEE_SetOperationKey(TEE_OperationHandle operation, TEE_ObjectHandle key);
void TEE_DigestUpdate(TEE_OperationHandle operation, const void *chunk, size_t size);
TEE_Result TEE_DigestDoFinal(
	TEE_OperationHandle operation, const void *chunk, size_t len, void *hash, size_t *hash_len);
TEE_Result TEE_AEInit(TEE_OperationHandle operation, const void *nonce, size_t nonce_len,
	uint32_t tag_bits, size_t aad_len, size_t payload_len);
void TEE_AEUpdateAAD(TEE_OperationHandle operation, const void *aad, size_t len);
TEE_Result TEE_AEEncryptFinal(TEE_OperationHandle operation, const void *src, size_t src_len,
	void *dst, size_t *dst_len, void *tag, size_t *tag_len);
TEE_Result TEE_AEDecryptFinal(TEE_OperationHandle operation, const void *src, size_t src_len,
	void *dst, size_t *dst_len, void *tag, size_t tag_len);
void TEE_GenerateRandom(void *buffer, size_t len);
