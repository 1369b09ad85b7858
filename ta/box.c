/* SPDX-License-Identifier: BSD-2-Clause */
#include "box.h"

#include <pta_system.h>
#include <tee_internal_api.h>

#define KEY_BITS 256u

static enum ta_status status_of(TEE_Result res)
{
	if (res == TEE_SUCCESS)
		return TA_ST_OK;
	if (res == TEE_ERROR_OUT_OF_MEMORY)
		return TA_ST_MEMORY;
	return res == TEE_ERROR_MAC_INVALID ? TA_ST_CORRUPT : TA_ST_INTERNAL;
}

static void operation_free(TEE_OperationHandle *op)
{
	TEE_FreeOperation(*op); /* takes TEE_HANDLE_NULL */
}

static void object_free(TEE_ObjectHandle *object)
{
	TEE_FreeTransientObject(*object);
}

static size_t text_len(const char *text)
{
	size_t len = 0;

	while (text[len] != 0)
		len++;
	return len;
}

enum ta_status box_hash(
	const char *label, const struct secret32 *a, const struct secret32 *b, struct secret32 *ret)
{
	__attribute__((cleanup(operation_free))) TEE_OperationHandle op = TEE_HANDLE_NULL;
	size_t len = sizeof(ret->b);
	TEE_Result res = TEE_AllocateOperation(&op, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0);

	if (res != TEE_SUCCESS)
		return status_of(res);
	TEE_DigestUpdate(op, label, text_len(label));
	TEE_DigestUpdate(op, a->b, sizeof(a->b));
	if (b != NULL)
		TEE_DigestUpdate(op, b->b, sizeof(b->b));
	res = TEE_DigestDoFinal(op, NULL, 0, ret->b, &len);
	return res == TEE_SUCCESS && len != sizeof(ret->b) ? TA_ST_INTERNAL : status_of(res);
}

/* The device's key for this TA and label: 32 bytes. */
static enum ta_status key_derive(const char *label, struct secret32 *ret)
{
	static const TEE_UUID system_uuid = PTA_SYSTEM_UUID;
	TEE_TASessionHandle session = TEE_HANDLE_NULL;
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	uint32_t origin;
	TEE_Result res =
		TEE_OpenTASession(&system_uuid, TEE_TIMEOUT_INFINITE, 0, NULL, &session, &origin);

	if (res != TEE_SUCCESS)
		return status_of(res);
	params[0].memref.buffer = (void *) (uintptr_t) label; /* input: only read */
	params[0].memref.size = text_len(label);
	params[1].memref.buffer = ret->b;
	params[1].memref.size = sizeof(ret->b);
	res = TEE_InvokeTACommand(session, TEE_TIMEOUT_INFINITE, PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY,
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT,
			TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE),
		params, &origin);
	TEE_CloseTASession(session);
	if (res == TEE_SUCCESS && params[1].memref.size != sizeof(ret->b))
		return TA_ST_INTERNAL;
	return status_of(res);
}

enum ta_status box_machine(uint8_t ret[TA_ID_LEN])
{
	_wiped_(secret32) struct secret32 id = {0};
	enum ta_status st = key_derive(TA_LABEL_MACHINE, &id);

	if (st == TA_ST_OK)
		TEE_MemMove(ret, id.b, TA_ID_LEN);
	return st;
}

static TEE_Result key_load(TEE_ObjectHandle object, const struct secret32 *key)
{
	TEE_Attribute value;

	TEE_InitRefAttribute(&value, TEE_ATTR_SECRET_VALUE, key->b, sizeof(key->b));
	return TEE_PopulateTransientObject(object, &value, 1);
}

/* An operation with the sealing key; the caller frees it. */
static enum ta_status gcm_start(uint32_t mode, TEE_OperationHandle *ret)
{
	__attribute__((cleanup(object_free))) TEE_ObjectHandle object = TEE_HANDLE_NULL;
	_wiped_(secret32) struct secret32 key = {0};
	enum ta_status st = key_derive(TA_LABEL_SEAL, &key);
	TEE_Result res;

	if (st != TA_ST_OK)
		return st;
	res = TEE_AllocateTransientObject(TEE_TYPE_AES, KEY_BITS, &object);
	if (res == TEE_SUCCESS)
		res = key_load(object, &key);
	if (res == TEE_SUCCESS)
		res = TEE_AllocateOperation(ret, TEE_ALG_AES_GCM, mode, KEY_BITS);
	if (res == TEE_SUCCESS)
		res = TEE_SetOperationKey(*ret, object);
	return status_of(res);
}

enum ta_status box_seal(struct box_head head, const uint8_t *plain, size_t len, uint8_t *ret)
{
	__attribute__((cleanup(operation_free))) TEE_OperationHandle op = TEE_HANDLE_NULL;
	size_t out = len, tag = BOX_TAG_LEN;
	enum ta_status st = gcm_start(TEE_MODE_ENCRYPT, &op);
	TEE_Result res;

	if (st != TA_ST_OK)
		return st;
	TEE_GenerateRandom(ret, BOX_NONCE_LEN);
	res = TEE_AEInit(op, ret, BOX_NONCE_LEN, BOX_TAG_LEN * 8, 0, 0);
	if (res != TEE_SUCCESS)
		return status_of(res);
	TEE_AEUpdateAAD(op, head.bytes, head.len);
	res = TEE_AEEncryptFinal(
		op, plain, len, ret + BOX_NONCE_LEN, &out, ret + BOX_NONCE_LEN + len, &tag);
	if (res == TEE_SUCCESS && (out != len || tag != BOX_TAG_LEN))
		return TA_ST_INTERNAL;
	return status_of(res);
}

enum ta_status box_open(struct box_head head, const uint8_t *box, size_t len, uint8_t *ret)
{
	__attribute__((cleanup(operation_free))) TEE_OperationHandle op = TEE_HANDLE_NULL;
	const size_t plain = len - BOX_EXTRA;
	uint8_t tag[BOX_TAG_LEN];
	size_t out = plain;
	enum ta_status st = gcm_start(TEE_MODE_DECRYPT, &op);
	TEE_Result res;

	if (st != TA_ST_OK)
		return st;
	res = TEE_AEInit(op, box, BOX_NONCE_LEN, BOX_TAG_LEN * 8, 0, 0);
	if (res != TEE_SUCCESS)
		return status_of(res);
	TEE_AEUpdateAAD(op, head.bytes, head.len);
	TEE_MemMove(tag, box + BOX_NONCE_LEN + plain, sizeof(tag));
	res = TEE_AEDecryptFinal(op, box + BOX_NONCE_LEN, plain, ret, &out, tag, sizeof(tag));
	st = res == TEE_SUCCESS && out != plain ? TA_ST_INTERNAL : status_of(res);
	if (st != TA_ST_OK)
		wire_wipe(ret, plain);
	return st;
}
