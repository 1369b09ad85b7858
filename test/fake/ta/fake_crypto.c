/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake TEE's cryptography: libcrypto's, behind the internal API's calls. */
#include "fake.h"
#include "ta_proto.h"

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pta_system.h>
#include <stdlib.h>
#include <string.h>

struct fake_session {
	int unused;
};
static struct fake_session system_session;
static struct fake_operation *operations;

static void need(bool right, const char *name, const char *why)
{
	if (!right)
		fake_panic(name, why);
}

/* -- the pseudo TA "system" ------------------------------------------------------------------- */

TEE_Result TEE_OpenTASession(const TEE_UUID *destination, uint32_t timeout, uint32_t types,
	TEE_Param params[TEE_NUM_PARAMS], TEE_TASessionHandle *session, uint32_t *origin)
{
	static const TEE_UUID uuid = PTA_SYSTEM_UUID;
	TEE_Result res = FAILS(TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_BUSY);

	(void) timeout;
	(void) params;
	*origin = 3;
	if (res == TEE_SUCCESS && (memcmp(destination, &uuid, sizeof(uuid)) != 0 || types != 0))
		res = TEE_ERROR_ITEM_NOT_FOUND;
	if (res != TEE_SUCCESS)
		return res;
	*session = &system_session;
	fake_handles(1);
	return TEE_SUCCESS;
}

void TEE_CloseTASession(TEE_TASessionHandle session)
{
	if (session != TEE_HANDLE_NULL)
		fake_handles(-1);
}

/* As OP-TEE does it: HMAC-SHA256 under the hardware unique key of the usage's number, the TA's UUID
 * and the extra data. */
TEE_Result TEE_InvokeTACommand(TEE_TASessionHandle session, uint32_t timeout, uint32_t command,
	uint32_t types, TEE_Param params[TEE_NUM_PARAMS], uint32_t *origin)
{
	static const TEE_UUID ta = TA_BULLA_UUID;
	const uint32_t usage = 3;
	uint8_t data[4 + sizeof(ta) + 1024], mac[32];
	size_t len = params[0].memref.size;
	TEE_Result res = FAILS(TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_GENERIC);

	(void) timeout;
	*origin = 4;
	if (res != TEE_SUCCESS)
		return res;
	need(session == &system_session, __func__, "no session");
	if (command != PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY || len > 1024 ||
		types != TEE_PARAM_TYPES(
				 TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0) ||
		params[1].memref.size < 16 || params[1].memref.size > sizeof(mac))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(data, &usage, 4);
	memcpy(data + 4, &ta, sizeof(ta));
	memcpy(data + 4 + sizeof(ta), params[0].memref.buffer, len);
	need(HMAC(EVP_sha256(), fake_huk(), 16, data, 4 + sizeof(ta) + len, mac, NULL) != NULL,
		__func__, "libcrypto");
	memcpy(params[1].memref.buffer, mac, params[1].memref.size);
	return TEE_SUCCESS;
}

/* -- keys and operations -------------------------------------------------------------------- */

TEE_Result TEE_AllocateTransientObject(uint32_t type, uint32_t bits, TEE_ObjectHandle *object)
{
	TEE_Result res = FAILS(TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_NOT_SUPPORTED);

	if (res == TEE_SUCCESS && (type != TEE_TYPE_AES || bits != 256))
		res = TEE_ERROR_NOT_SUPPORTED;
	if (res == TEE_SUCCESS)
		*object = fake_object_new(false);
	return res;
}

void TEE_FreeTransientObject(TEE_ObjectHandle object)
{
	if (object == TEE_HANDLE_NULL)
		return;
	need(!object->persistent, __func__, "not a transient object");
	fake_object_free(object);
}

void TEE_InitRefAttribute(TEE_Attribute *attr, uint32_t id, const void *buffer, size_t length)
{
	attr->attributeID = id;
	attr->content.ref.buffer = (void *) (uintptr_t) buffer;
	attr->content.ref.length = length;
}

TEE_Result TEE_PopulateTransientObject(
	TEE_ObjectHandle object, const TEE_Attribute *attrs, uint32_t count)
{
	TEE_Result res = FAILS(TEE_ERROR_BAD_PARAMETERS);

	if (res != TEE_SUCCESS)
		return res;
	need(!object->persistent && !object->keyed && count == 1 &&
			attrs->attributeID == TEE_ATTR_SECRET_VALUE &&
			attrs->content.ref.length == sizeof(object->key),
		__func__, "not a new AES-256 key");
	memcpy(object->key, attrs->content.ref.buffer, sizeof(object->key));
	object->keyed = true;
	return TEE_SUCCESS;
}

TEE_Result TEE_AllocateOperation(
	TEE_OperationHandle *operation, uint32_t algorithm, uint32_t mode, uint32_t bits)
{
	TEE_Result res = FAILS(TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_NOT_SUPPORTED);
	struct fake_operation *op;

	*operation = TEE_HANDLE_NULL;
	if (res != TEE_SUCCESS)
		return res;
	if (!(algorithm == TEE_ALG_SHA256 && mode == TEE_MODE_DIGEST && bits == 0) &&
		!(algorithm == TEE_ALG_AES_GCM && mode <= TEE_MODE_DECRYPT && bits == 256))
		return TEE_ERROR_NOT_SUPPORTED;
	op = calloc(1, sizeof(*op));
	need(op != NULL, __func__, "memory");
	op->mode = mode;
	op->md = algorithm == TEE_ALG_SHA256 ? EVP_MD_CTX_new() : NULL;
	op->cipher = algorithm == TEE_ALG_AES_GCM ? EVP_CIPHER_CTX_new() : NULL;
	op->next = operations;
	operations = op;
	fake_handles(1);
	need(op->md == NULL || EVP_DigestInit_ex2(op->md, EVP_sha256(), NULL) == 1, __func__,
		"libcrypto");
	*operation = op;
	return TEE_SUCCESS;
}

void TEE_FreeOperation(TEE_OperationHandle operation)
{
	struct fake_operation **at = &operations;

	if (operation == TEE_HANDLE_NULL)
		return;
	while (*at != NULL && *at != operation)
		at = &(*at)->next;
	need(*at != NULL, __func__, "no such operation");
	*at = operation->next;
	EVP_MD_CTX_free(operation->md);
	EVP_CIPHER_CTX_free(operation->cipher);
	free(operation);
	fake_handles(-1);
}

void fake_operations_drop(void)
{
	while (operations != NULL)
		TEE_FreeOperation(operations);
}

TEE_Result TEE_SetOperationKey(TEE_OperationHandle operation, TEE_ObjectHandle key)
{
	TEE_Result res = FAILS(TEE_ERROR_STORAGE_NOT_AVAILABLE);

	if (res != TEE_SUCCESS)
		return res;
	need(operation->cipher != NULL && key->keyed, __func__, "no key, or not for one");
	memcpy(operation->key, key->key, sizeof(operation->key));
	operation->keyed = true;
	return TEE_SUCCESS;
}

void TEE_DigestUpdate(TEE_OperationHandle operation, const void *chunk, size_t size)
{
	need(operation->md != NULL && EVP_DigestUpdate(operation->md, chunk, size) == 1, __func__,
		"not a digest");
}

TEE_Result TEE_DigestDoFinal(
	TEE_OperationHandle operation, const void *chunk, size_t len, void *hash, size_t *hash_len)
{
	TEE_Result res = FAILS(TEE_ERROR_SHORT_BUFFER);

	if (res != TEE_SUCCESS || *hash_len < 32)
		return TEE_ERROR_SHORT_BUFFER;
	TEE_DigestUpdate(operation, chunk, len);
	need(EVP_DigestFinal_ex(operation->md, hash, NULL) == 1, __func__, "libcrypto");
	*hash_len = 32;
	return TEE_SUCCESS;
}

TEE_Result TEE_AEInit(TEE_OperationHandle operation, const void *nonce, size_t nonce_len,
	uint32_t tag_bits, size_t aad_len, size_t payload_len)
{
	const int encrypt = operation->mode == TEE_MODE_ENCRYPT;
	TEE_Result res = FAILS(TEE_ERROR_NOT_SUPPORTED);

	(void) aad_len;
	(void) payload_len;
	if (res != TEE_SUCCESS)
		return res;
	need(operation->keyed && !operation->started && nonce_len == 12 && tag_bits == 128,
		__func__, "not a keyed AES-GCM operation, or not our parameters");
	need(EVP_CipherInit_ex2(operation->cipher, EVP_aes_256_gcm(), operation->key, nonce,
		     encrypt, NULL) == 1,
		__func__, "libcrypto");
	operation->started = true;
	return TEE_SUCCESS;
}

void TEE_AEUpdateAAD(TEE_OperationHandle operation, const void *aad, size_t len)
{
	int n;

	need(operation->started &&
			EVP_CipherUpdate(operation->cipher, NULL, &n, aad, (int) len) == 1,
		__func__, "not started");
}

TEE_Result TEE_AEEncryptFinal(TEE_OperationHandle operation, const void *src, size_t src_len,
	void *dst, size_t *dst_len, void *tag, size_t *tag_len)
{
	TEE_Result res = FAILS(TEE_ERROR_SHORT_BUFFER);
	int n;

	if (res != TEE_SUCCESS || *dst_len < src_len || *tag_len < 16)
		return TEE_ERROR_SHORT_BUFFER;
	need(operation->started && operation->mode == TEE_MODE_ENCRYPT, __func__, "not started");
	need(EVP_CipherUpdate(operation->cipher, dst, &n, src, (int) src_len) == 1 &&
			EVP_CipherFinal_ex(operation->cipher, (uint8_t *) dst + n, &n) == 1 &&
			EVP_CIPHER_CTX_ctrl(operation->cipher, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1,
		__func__, "libcrypto");
	*dst_len = src_len;
	*tag_len = 16;
	return TEE_SUCCESS;
}

TEE_Result TEE_AEDecryptFinal(TEE_OperationHandle operation, const void *src, size_t src_len,
	void *dst, size_t *dst_len, void *tag, size_t tag_len)
{
	TEE_Result res = FAILS(TEE_ERROR_SHORT_BUFFER, TEE_ERROR_MAC_INVALID);
	int n;

	if (res != TEE_SUCCESS)
		return res;
	if (*dst_len < src_len)
		return TEE_ERROR_SHORT_BUFFER;
	need(operation->started && operation->mode == TEE_MODE_DECRYPT && tag_len == 16, __func__,
		"not started");
	need(EVP_CipherUpdate(operation->cipher, dst, &n, src, (int) src_len) == 1 &&
			EVP_CIPHER_CTX_ctrl(operation->cipher, EVP_CTRL_AEAD_SET_TAG, 16, tag) == 1,
		__func__, "libcrypto");
	*dst_len = src_len;
	return EVP_CipherFinal_ex(operation->cipher, (uint8_t *) dst + n, &n) == 1
		       ? TEE_SUCCESS
		       : TEE_ERROR_MAC_INVALID;
}

void TEE_GenerateRandom(void *buffer, size_t len)
{
	need(RAND_bytes(buffer, (int) len) == 1, __func__, "libcrypto");
}
