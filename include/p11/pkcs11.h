/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11: the system's header (p11-kit's, 2.40 or 3.0) and what it lacks of 3.0 and later:
 * numbers (pkcs11_numbers.h), parameter structures, functions and interfaces, from the published
 * constants. Where the two disagree, OASIS (the CKR codes from 0x1B5 on). */
#pragma once

/* What p11-kit has from 0.25 on, in part with other members than OASIS: out of our way. */
#define CK_INTERFACE                            p11kit_CK_INTERFACE
#define CK_INTERFACE_PTR                        p11kit_CK_INTERFACE_PTR
#define CK_INTERFACE_PTR_PTR                    p11kit_CK_INTERFACE_PTR_PTR
#define CK_FUNCTION_LIST_3_0                    p11kit_CK_FUNCTION_LIST_3_0
#define CK_FUNCTION_LIST_3_0_PTR                p11kit_CK_FUNCTION_LIST_3_0_PTR
#define CK_FUNCTION_LIST_3_0_PTR_PTR            p11kit_CK_FUNCTION_LIST_3_0_PTR_PTR
#define CK_C_GetInterface                       p11kit_CK_C_GetInterface
#define CK_C_GetInterfaceList                   p11kit_CK_C_GetInterfaceList
#define C_GetInterface                          p11kit_C_GetInterface
#define C_GetInterfaceList                      p11kit_C_GetInterfaceList
#define CK_GCM_MESSAGE_PARAMS                   p11kit_CK_GCM_MESSAGE_PARAMS
#define CK_CHACHA20_PARAMS                      p11kit_CK_CHACHA20_PARAMS
#define CK_SALSA20_CHACHA20_POLY1305_PARAMS     p11kit_CK_SALSA20_CHACHA20_POLY1305_PARAMS
#define CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS p11kit_CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS
#include <p11-kit/pkcs11.h>
#undef CK_INTERFACE
#undef CK_INTERFACE_PTR
#undef CK_INTERFACE_PTR_PTR
#undef CK_FUNCTION_LIST_3_0
#undef CK_FUNCTION_LIST_3_0_PTR
#undef CK_FUNCTION_LIST_3_0_PTR_PTR
#undef CK_C_GetInterface
#undef CK_C_GetInterfaceList
#undef C_GetInterface
#undef C_GetInterfaceList
#undef CK_GCM_MESSAGE_PARAMS
#undef CK_CHACHA20_PARAMS
#undef CK_SALSA20_CHACHA20_POLY1305_PARAMS
#undef CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS

#include "pkcs11_numbers.h"

/* The system's header leaves these defined; they would rename members of other structures. */
#undef hash_alg
#undef s_len
#undef source_data
#undef source_data_len
#undef counter_bits
#undef iv_ptr
#undef iv_len
#undef iv_bits
#undef aad_ptr
#undef aad_len
#undef tag_bits
#undef shared_data_len
#undef shared_data
#undef public_data_len
#undef public_data
#undef string_data
#undef string_data_len
#undef data_params

typedef CK_ULONG CK_EC_KDF_TYPE;
typedef CK_ULONG CK_EXTRACT_PARAMS;
typedef CK_ULONG CK_GENERATOR_FUNCTION;
typedef CK_ULONG CK_HEDGE_TYPE;
typedef CK_ULONG CK_MAC_GENERAL_PARAMS;
typedef CK_ULONG CK_PKCS5_PBKD2_PSEUDO_RANDOM_FUNCTION_TYPE;
typedef CK_ULONG CK_PKCS5_PBKDF2_SALT_SOURCE_TYPE;
typedef CK_ULONG CK_PRF_DATA_TYPE;
typedef CK_ULONG CK_PROFILE_ID;
typedef CK_ULONG CK_SP800_108_DKM_LENGTH_METHOD;
typedef CK_MECHANISM_TYPE CK_SP800_108_PRF_TYPE;
typedef CK_ULONG CK_XEDDSA_HASH_TYPE;

typedef struct CK_SSL3_RANDOM_DATA {
	CK_BYTE *pClientRandom;
	CK_ULONG ulClientRandomLen;
	CK_BYTE *pServerRandom;
	CK_ULONG ulServerRandomLen;
} CK_SSL3_RANDOM_DATA;

typedef struct CK_SSL3_KEY_MAT_OUT {
	CK_OBJECT_HANDLE hClientMacSecret;
	CK_OBJECT_HANDLE hServerMacSecret;
	CK_OBJECT_HANDLE hClientKey;
	CK_OBJECT_HANDLE hServerKey;
	CK_BYTE *pIVClient;
	CK_BYTE *pIVServer;
} CK_SSL3_KEY_MAT_OUT;

typedef struct CK_TLS12_MASTER_KEY_DERIVE_PARAMS {
	CK_SSL3_RANDOM_DATA RandomInfo;
	CK_VERSION *pVersion;
	CK_MECHANISM_TYPE prfHashMechanism;
} CK_TLS12_MASTER_KEY_DERIVE_PARAMS;

typedef struct CK_TLS12_KEY_MAT_PARAMS {
	CK_ULONG ulMacSizeInBits;
	CK_ULONG ulKeySizeInBits;
	CK_ULONG ulIVSizeInBits;
	CK_BBOOL bIsExport;
	CK_SSL3_RANDOM_DATA RandomInfo;
	CK_SSL3_KEY_MAT_OUT *pReturnedKeyMaterial;
	CK_MECHANISM_TYPE prfHashMechanism;
} CK_TLS12_KEY_MAT_PARAMS;

typedef struct CK_TLS_KDF_PARAMS {
	CK_MECHANISM_TYPE prfMechanism;
	CK_BYTE *pLabel;
	CK_ULONG ulLabelLength;
	CK_SSL3_RANDOM_DATA RandomInfo;
	CK_BYTE *pContextData;
	CK_ULONG ulContextDataLength;
} CK_TLS_KDF_PARAMS;

typedef struct CK_TLS_MAC_PARAMS {
	CK_MECHANISM_TYPE prfHashMechanism;
	CK_ULONG ulMacLength;
	CK_ULONG ulServerOrClient;
} CK_TLS_MAC_PARAMS;

typedef struct CK_PKCS5_PBKD2_PARAMS {
	CK_PKCS5_PBKDF2_SALT_SOURCE_TYPE saltSource;
	void *pSaltSourceData;
	CK_ULONG ulSaltSourceDataLen;
	CK_ULONG iterations;
	CK_PKCS5_PBKD2_PSEUDO_RANDOM_FUNCTION_TYPE prf;
	void *pPrfData;
	CK_ULONG ulPrfDataLen;
	CK_UTF8CHAR *pPassword;
	CK_ULONG *ulPasswordLen;
} CK_PKCS5_PBKD2_PARAMS;

typedef struct CK_PKCS5_PBKD2_PARAMS2 {
	CK_PKCS5_PBKDF2_SALT_SOURCE_TYPE saltSource;
	void *pSaltSourceData;
	CK_ULONG ulSaltSourceDataLen;
	CK_ULONG iterations;
	CK_PKCS5_PBKD2_PSEUDO_RANDOM_FUNCTION_TYPE prf;
	void *pPrfData;
	CK_ULONG ulPrfDataLen;
	CK_UTF8CHAR *pPassword;
	CK_ULONG ulPasswordLen;
} CK_PKCS5_PBKD2_PARAMS2;

typedef struct CK_RSA_AES_KEY_WRAP_PARAMS {
	CK_ULONG ulAESKeyBits;
	CK_RSA_PKCS_OAEP_PARAMS *pOAEPParams;
} CK_RSA_AES_KEY_WRAP_PARAMS;

typedef struct CK_ECDH_AES_KEY_WRAP_PARAMS {
	CK_ULONG ulAESKeyBits;
	CK_EC_KDF_TYPE kdf;
	CK_ULONG ulSharedDataLen;
	CK_BYTE *pSharedData;
} CK_ECDH_AES_KEY_WRAP_PARAMS;

typedef struct CK_GCM_MESSAGE_PARAMS {
	CK_BYTE *pIv;
	CK_ULONG ulIvLen;
	CK_ULONG ulIvFixedBits;
	CK_GENERATOR_FUNCTION ivGenerator;
	CK_BYTE *pTag;
	CK_ULONG ulTagBits;
} CK_GCM_MESSAGE_PARAMS;

typedef struct CK_CCM_PARAMS {
	CK_ULONG ulDataLen;
	CK_BYTE *pNonce;
	CK_ULONG ulNonceLen;
	CK_BYTE *pAAD;
	CK_ULONG ulAADLen;
	CK_ULONG ulMACLen;
} CK_CCM_PARAMS;

typedef struct CK_CCM_MESSAGE_PARAMS {
	CK_ULONG ulDataLen;
	CK_BYTE *pNonce;
	CK_ULONG ulNonceLen;
	CK_ULONG ulNonceFixedBits;
	CK_GENERATOR_FUNCTION nonceGenerator;
	CK_BYTE *pMAC;
	CK_ULONG ulMACLen;
} CK_CCM_MESSAGE_PARAMS;

typedef struct CK_CHACHA20_PARAMS {
	CK_BYTE *pBlockCounter;
	CK_ULONG blockCounterBits;
	CK_BYTE *pNonce;
	CK_ULONG ulNonceBits;
} CK_CHACHA20_PARAMS;

typedef struct CK_SALSA20_CHACHA20_POLY1305_PARAMS {
	CK_BYTE *pNonce;
	CK_ULONG ulNonceLen;
	CK_BYTE *pAAD;
	CK_ULONG ulAADLen;
} CK_SALSA20_CHACHA20_POLY1305_PARAMS;

typedef struct CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS {
	CK_BYTE *pNonce;
	CK_ULONG ulNonceLen;
	CK_BYTE *pTag;
} CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS;

typedef struct CK_EDDSA_PARAMS {
	CK_BBOOL phFlag;
	CK_ULONG ulContextDataLen;
	CK_BYTE *pContextData;
} CK_EDDSA_PARAMS;

typedef struct CK_XEDDSA_PARAMS {
	CK_XEDDSA_HASH_TYPE hash;
} CK_XEDDSA_PARAMS;

typedef struct CK_HKDF_PARAMS {
	CK_BBOOL bExtract;
	CK_BBOOL bExpand;
	CK_MECHANISM_TYPE prfHashMechanism;
	CK_ULONG ulSaltType;
	CK_BYTE *pSalt;
	CK_ULONG ulSaltLen;
	CK_OBJECT_HANDLE hSaltKey;
	CK_BYTE *pInfo;
	CK_ULONG ulInfoLen;
} CK_HKDF_PARAMS;

typedef struct CK_PRF_DATA_PARAM {
	CK_PRF_DATA_TYPE type;
	void *pValue;
	CK_ULONG ulValueLen;
} CK_PRF_DATA_PARAM;

typedef struct CK_SP800_108_COUNTER_FORMAT {
	CK_BBOOL bLittleEndian;
	CK_ULONG ulWidthInBits;
} CK_SP800_108_COUNTER_FORMAT;

typedef struct CK_SP800_108_DKM_LENGTH_FORMAT {
	CK_SP800_108_DKM_LENGTH_METHOD dkmLengthMethod;
	CK_BBOOL bLittleEndian;
	CK_ULONG ulWidthInBits;
} CK_SP800_108_DKM_LENGTH_FORMAT;

typedef struct CK_DERIVED_KEY {
	CK_ATTRIBUTE *pTemplate;
	CK_ULONG ulAttributeCount;
	CK_OBJECT_HANDLE *phKey;
} CK_DERIVED_KEY;

typedef struct CK_SP800_108_KDF_PARAMS {
	CK_SP800_108_PRF_TYPE prfType;
	CK_ULONG ulNumberOfDataParams;
	CK_PRF_DATA_PARAM *pDataParams;
	CK_ULONG ulAdditionalDerivedKeys;
	CK_DERIVED_KEY *pAdditionalDerivedKeys;
} CK_SP800_108_KDF_PARAMS;

typedef struct CK_SP800_108_FEEDBACK_KDF_PARAMS {
	CK_SP800_108_PRF_TYPE prfType;
	CK_ULONG ulNumberOfDataParams;
	CK_PRF_DATA_PARAM *pDataParams;
	CK_ULONG ulIVLen;
	CK_BYTE *pIV;
	CK_ULONG ulAdditionalDerivedKeys;
	CK_DERIVED_KEY *pAdditionalDerivedKeys;
} CK_SP800_108_FEEDBACK_KDF_PARAMS;

typedef struct CK_SIGN_ADDITIONAL_CONTEXT {
	CK_HEDGE_TYPE hedgeVariant;
	CK_BYTE *pContext;
	CK_ULONG ulContextLen;
} CK_SIGN_ADDITIONAL_CONTEXT;

typedef struct CK_INTERFACE {
	CK_UTF8CHAR *pInterfaceName;
	void *pFunctionList;
	CK_FLAGS flags;
} CK_INTERFACE;
typedef CK_INTERFACE *CK_INTERFACE_PTR;
typedef CK_INTERFACE **CK_INTERFACE_PTR_PTR;

/* The functions that 3.0 adds. */
/* clang-format off */
#define P11_FUNCTIONS_3_0(X) \
	X(C_GetInterfaceList, (CK_INTERFACE *list, CK_ULONG *count)) \
	X(C_GetInterface, (CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **ret, \
		CK_FLAGS flags)) \
	X(C_LoginUser, (CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, \
		CK_ULONG pin_len, CK_UTF8CHAR *name, CK_ULONG name_len)) \
	X(C_SessionCancel, (CK_SESSION_HANDLE session, CK_FLAGS flags)) \
	X(C_MessageEncryptInit, (CK_SESSION_HANDLE session, CK_MECHANISM *mech, \
		CK_OBJECT_HANDLE key)) \
	X(C_EncryptMessage, (CK_SESSION_HANDLE session, void *param, CK_ULONG param_len, \
		CK_BYTE *aad, CK_ULONG aad_len, CK_BYTE *plain, CK_ULONG plain_len, CK_BYTE *cipher, \
		CK_ULONG *cipher_len)) \
	X(C_EncryptMessageBegin, (CK_SESSION_HANDLE session, void *param, CK_ULONG \
		param_len, CK_BYTE *aad, CK_ULONG aad_len)) \
	X(C_EncryptMessageNext, (CK_SESSION_HANDLE session, void *param, CK_ULONG param_len, \
		CK_BYTE *plain, CK_ULONG plain_len, CK_BYTE *cipher, CK_ULONG *cipher_len, CK_FLAGS \
		flags)) \
	X(C_MessageEncryptFinal, (CK_SESSION_HANDLE session)) \
	X(C_MessageDecryptInit, (CK_SESSION_HANDLE session, CK_MECHANISM *mech, \
		CK_OBJECT_HANDLE key)) \
	X(C_DecryptMessage, (CK_SESSION_HANDLE session, void *param, CK_ULONG param_len, \
		CK_BYTE *aad, CK_ULONG aad_len, CK_BYTE *cipher, CK_ULONG cipher_len, CK_BYTE \
		*plain, CK_ULONG *plain_len)) \
	X(C_DecryptMessageBegin, (CK_SESSION_HANDLE session, void *param, CK_ULONG \
		param_len, CK_BYTE *aad, CK_ULONG aad_len)) \
	X(C_DecryptMessageNext, (CK_SESSION_HANDLE session, void *param, CK_ULONG param_len, \
		CK_BYTE *cipher, CK_ULONG cipher_len, CK_BYTE *plain, CK_ULONG *plain_len, CK_FLAGS \
		flags)) \
	X(C_MessageDecryptFinal, (CK_SESSION_HANDLE session)) \
	X(C_MessageSignInit, (CK_SESSION_HANDLE session, CK_MECHANISM *mech, \
		CK_OBJECT_HANDLE key)) \
	X(C_SignMessage, (CK_SESSION_HANDLE session, void *param, CK_ULONG param_len, \
		CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature, CK_ULONG *signature_len)) \
	X(C_SignMessageBegin, (CK_SESSION_HANDLE session, void *param, CK_ULONG param_len)) \
	X(C_SignMessageNext, (CK_SESSION_HANDLE session, void *param, CK_ULONG param_len, \
		CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature, CK_ULONG *signature_len)) \
	X(C_MessageSignFinal, (CK_SESSION_HANDLE session)) \
	X(C_MessageVerifyInit, (CK_SESSION_HANDLE session, CK_MECHANISM *mech, \
		CK_OBJECT_HANDLE key)) \
	X(C_VerifyMessage, (CK_SESSION_HANDLE session, void *param, CK_ULONG param_len, \
		CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature, CK_ULONG signature_len)) \
	X(C_VerifyMessageBegin, (CK_SESSION_HANDLE session, void *param, CK_ULONG param_len)) \
	X(C_VerifyMessageNext, (CK_SESSION_HANDLE session, void *param, CK_ULONG param_len, \
		CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature, CK_ULONG signature_len)) \
	X(C_MessageVerifyFinal, (CK_SESSION_HANDLE session))
/* clang-format on */
#define P11_DECLARE(name, args)         \
	typedef CK_RV(*CK_##name) args; \
	CK_RV name args;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls" /* p11-kit's 3.0 declares them, too */
P11_FUNCTIONS_3_0(P11_DECLARE)
#pragma GCC diagnostic pop
#undef P11_DECLARE

/* All functions, in the order of the lists. */
/* clang-format off */
#define P11_NAMES_2_40(X) \
	X(C_Initialize) X(C_Finalize) X(C_GetInfo) X(C_GetFunctionList) X(C_GetSlotList) \
	X(C_GetSlotInfo) X(C_GetTokenInfo) X(C_GetMechanismList) X(C_GetMechanismInfo) \
	X(C_InitToken) X(C_InitPIN) X(C_SetPIN) X(C_OpenSession) X(C_CloseSession) \
	X(C_CloseAllSessions) X(C_GetSessionInfo) X(C_GetOperationState) \
	X(C_SetOperationState) X(C_Login) X(C_Logout) X(C_CreateObject) X(C_CopyObject) \
	X(C_DestroyObject) X(C_GetObjectSize) X(C_GetAttributeValue) X(C_SetAttributeValue) \
	X(C_FindObjectsInit) X(C_FindObjects) X(C_FindObjectsFinal) X(C_EncryptInit) \
	X(C_Encrypt) X(C_EncryptUpdate) X(C_EncryptFinal) X(C_DecryptInit) X(C_Decrypt) \
	X(C_DecryptUpdate) X(C_DecryptFinal) X(C_DigestInit) X(C_Digest) X(C_DigestUpdate) \
	X(C_DigestKey) X(C_DigestFinal) X(C_SignInit) X(C_Sign) X(C_SignUpdate) \
	X(C_SignFinal) X(C_SignRecoverInit) X(C_SignRecover) X(C_VerifyInit) X(C_Verify) \
	X(C_VerifyUpdate) X(C_VerifyFinal) X(C_VerifyRecoverInit) X(C_VerifyRecover) \
	X(C_DigestEncryptUpdate) X(C_DecryptDigestUpdate) X(C_SignEncryptUpdate) \
	X(C_DecryptVerifyUpdate) X(C_GenerateKey) X(C_GenerateKeyPair) X(C_WrapKey) \
	X(C_UnwrapKey) X(C_DeriveKey) X(C_SeedRandom) X(C_GenerateRandom) \
	X(C_GetFunctionStatus) X(C_CancelFunction) X(C_WaitForSlotEvent)

#define P11_NAMES_3_0(X) \
	X(C_GetInterfaceList) X(C_GetInterface) X(C_LoginUser) X(C_SessionCancel) \
	X(C_MessageEncryptInit) X(C_EncryptMessage) X(C_EncryptMessageBegin) \
	X(C_EncryptMessageNext) X(C_MessageEncryptFinal) X(C_MessageDecryptInit) \
	X(C_DecryptMessage) X(C_DecryptMessageBegin) X(C_DecryptMessageNext) \
	X(C_MessageDecryptFinal) X(C_MessageSignInit) X(C_SignMessage) X(C_SignMessageBegin) \
	X(C_SignMessageNext) X(C_MessageSignFinal) X(C_MessageVerifyInit) X(C_VerifyMessage) \
	X(C_VerifyMessageBegin) X(C_VerifyMessageNext) X(C_MessageVerifyFinal)
/* clang-format on */

typedef struct CK_FUNCTION_LIST_3_0 {
	CK_VERSION version;
#define P11_MEMBER(name) CK_##name name;
	P11_NAMES_2_40(P11_MEMBER)
	P11_NAMES_3_0(P11_MEMBER)
#undef P11_MEMBER
} CK_FUNCTION_LIST_3_0;
typedef CK_FUNCTION_LIST_3_0 *CK_FUNCTION_LIST_3_0_PTR;
typedef CK_FUNCTION_LIST_3_0 **CK_FUNCTION_LIST_3_0_PTR_PTR;
