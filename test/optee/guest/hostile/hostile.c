/* SPDX-License-Identifier: BSD-2-Clause */
/* A trusted application that is after Bulla's secrets, see hostile_proto.h. It is for tests alone
 * and reports each return code as it is. */
#include "hostile_proto.h"
#include "ta_proto.h"

#include <pta_system.h>
#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>

#define ID_MAX 64u
#define TYPES(a, b, c)   \
	TEE_PARAM_TYPES( \
		TEE_PARAM_TYPE_##a, TEE_PARAM_TYPE_##b, TEE_PARAM_TYPE_##c, TEE_PARAM_TYPE_NONE)

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param p[4], void **session)
{
	(void) types;
	(void) p;
	*session = NULL;
	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *session)
{
	(void) session;
}

static TEE_Result enumerate(TEE_Param *ids, TEE_Param *count)
{
	TEE_ObjectEnumHandle e;
	TEE_ObjectInfo info;
	uint8_t id[ID_MAX], *out = ids->memref.buffer;
	size_t len, used = 0;
	TEE_Result result = TEE_AllocatePersistentObjectEnumerator(&e);

	if (result != TEE_SUCCESS)
		return result;
	count->value.a = 0;
	result = TEE_StartPersistentObjectEnumerator(e, TEE_STORAGE_PRIVATE);
	while (result == TEE_SUCCESS) {
		len = sizeof(id);
		result = TEE_GetNextPersistentObject(e, &info, id, &len);
		if (result != TEE_SUCCESS)
			break;
		count->value.a++;
		if (len + 1 > ids->memref.size - used)
			continue;
		out[used] = (uint8_t) len;
		TEE_MemMove(out + used + 1, id, len);
		used += len + 1;
	}
	TEE_FreePersistentObjectEnumerator(e);
	ids->memref.size = used;
	return result == TEE_ERROR_ITEM_NOT_FOUND ? TEE_SUCCESS : result;
}

/* Ids must not lie in shared memory. */
static TEE_Result open_object(const TEE_Param *id, uint32_t flags, TEE_ObjectHandle *ret)
{
	uint8_t copy[ID_MAX];

	if (id->memref.buffer == NULL || id->memref.size > sizeof(copy))
		return TEE_ERROR_BAD_PARAMETERS;
	TEE_MemMove(copy, id->memref.buffer, id->memref.size);
	return TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, copy, id->memref.size, flags, ret);
}

static TEE_Result read_object(const TEE_Param *id, TEE_Param *data)
{
	TEE_ObjectHandle object;
	TEE_Result result =
		open_object(id, TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_SHARE_READ, &object);

	if (result != TEE_SUCCESS)
		return result;
	result = TEE_ReadObjectData(
		object, data->memref.buffer, data->memref.size, &data->memref.size);
	TEE_CloseObject(object);
	return result;
}

static TEE_Result delete_object(const TEE_Param *id)
{
	TEE_ObjectHandle object;
	TEE_Result result = open_object(id, TEE_DATA_FLAG_ACCESS_WRITE_META, &object);

	return result != TEE_SUCCESS ? result : TEE_CloseAndDeletePersistentObject1(object);
}

/* The key that the TEE derives from the hardware's for whom this runs as. */
static TEE_Result derive(uint8_t ret[32])
{
	static const TEE_UUID system = PTA_SYSTEM_UUID;
	TEE_Param p[4] = {
		{.memref = {.buffer = (void *) TA_LABEL_SEAL, .size = sizeof(TA_LABEL_SEAL) - 1}},
		{.memref = {.buffer = ret, .size = 32}},
	};
	TEE_TASessionHandle session;
	uint32_t origin;
	TEE_Result result =
		TEE_OpenTASession(&system, TEE_TIMEOUT_INFINITE, 0, NULL, &session, &origin);

	if (result != TEE_SUCCESS)
		return result;
	result = TEE_InvokeTACommand(session, TEE_TIMEOUT_INFINITE, PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY,
		TYPES(MEMREF_INPUT, MEMREF_OUTPUT, NONE), p, &origin);
	TEE_CloseTASession(session);
	return result;
}

static TEE_Result gcm_open(const uint8_t *key, const uint8_t *blob, void *ret, size_t *ret_len)
{
	const uint8_t *nonce = blob + TA_BLOB_HEAD, *text = nonce + 12;
	uint8_t tag[16];
	TEE_ObjectHandle object;
	TEE_OperationHandle op;
	TEE_Attribute value;
	TEE_Result result = TEE_AllocateTransientObject(TEE_TYPE_AES, 256, &object);

	if (result != TEE_SUCCESS)
		return result;
	TEE_MemMove(tag, text + BLOB_PLAIN, sizeof(tag));
	TEE_InitRefAttribute(&value, TEE_ATTR_SECRET_VALUE, key, 32);
	result = TEE_PopulateTransientObject(object, &value, 1);
	if (result == TEE_SUCCESS)
		result = TEE_AllocateOperation(&op, TEE_ALG_AES_GCM, TEE_MODE_DECRYPT, 256);
	if (result != TEE_SUCCESS)
		return result;
	result = TEE_SetOperationKey(op, object);
	if (result == TEE_SUCCESS)
		result = TEE_AEInit(op, nonce, 12, 128, 0, 0);
	if (result == TEE_SUCCESS) {
		TEE_AEUpdateAAD(op, blob, TA_BLOB_HEAD);
		result = TEE_AEDecryptFinal(op, text, BLOB_PLAIN, ret, ret_len, tag, sizeof(tag));
	}
	TEE_FreeOperation(op);
	TEE_FreeTransientObject(object);
	return result;
}

static TEE_Result unseal(const TEE_Param *in, TEE_Param *out)
{
	uint8_t key[32], blob[TA_BLOB_LEN], plain[BLOB_PLAIN];
	size_t len = sizeof(plain);
	TEE_Result result;

	if (in->memref.size != sizeof(blob) || out->memref.size < sizeof(plain))
		return TEE_ERROR_BAD_PARAMETERS;
	TEE_MemMove(blob, in->memref.buffer, sizeof(blob));
	result = derive(key);
	if (result == TEE_SUCCESS)
		result = gcm_open(key, blob, plain, &len);
	if (result != TEE_SUCCESS)
		return result;
	TEE_MemMove(out->memref.buffer, plain, len);
	out->memref.size = len;
	return TEE_SUCCESS;
}

static TEE_Result call(TEE_Param p[4])
{
	static const TEE_UUID bulla = TA_BULLA_UUID;
	TEE_Param forged[4] = {{.memref = p[0].memref}, {.memref = p[1].memref}};
	TEE_TASessionHandle session;
	uint32_t origin;
	TEE_Result result =
		TEE_OpenTASession(&bulla, TEE_TIMEOUT_INFINITE, 0, NULL, &session, &origin);

	if (result != TEE_SUCCESS)
		return result;
	result = TEE_InvokeTACommand(session, TEE_TIMEOUT_INFINITE, p[2].value.a,
		TYPES(MEMREF_INPUT, MEMREF_OUTPUT, NONE), forged, &origin);
	p[1].memref.size = forged[1].memref.size;
	TEE_CloseTASession(session);
	return result;
}

TEE_Result TA_InvokeCommandEntryPoint(
	void *session, uint32_t command, uint32_t types, TEE_Param p[4])
{
	(void) session;
	if (command == HOSTILE_ENUMERATE && types == TYPES(MEMREF_OUTPUT, VALUE_OUTPUT, NONE))
		return enumerate(&p[0], &p[1]);
	if (command == HOSTILE_READ && types == TYPES(MEMREF_INPUT, MEMREF_OUTPUT, NONE))
		return read_object(&p[0], &p[1]);
	if (command == HOSTILE_DELETE && types == TYPES(MEMREF_INPUT, NONE, NONE))
		return delete_object(&p[0]);
	if (command == HOSTILE_UNSEAL && types == TYPES(MEMREF_INPUT, MEMREF_OUTPUT, NONE))
		return unseal(&p[0], &p[1]);
	if (command == HOSTILE_CALL && types == TYPES(MEMREF_INPUT, MEMREF_OUTPUT, VALUE_INPUT))
		return call(p);
	return TEE_ERROR_BAD_PARAMETERS;
}
