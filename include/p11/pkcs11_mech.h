/* SPDX-License-Identifier: BSD-2-Clause */
/* Mechanisms, key types and parameters of PKCS #11 3.0 that the system's header lacks. Included by
 * pkcs11.h, after it. */
#pragma once

/* Key types */
#define CKK_SHA3_224_HMAC   0x0036UL
#define CKK_SHA3_256_HMAC   0x0037UL
#define CKK_SHA3_384_HMAC   0x0038UL
#define CKK_SHA3_512_HMAC   0x0039UL
#define CKK_EC_MONTGOMERY   0x0041UL
#define CKK_HKDF            0x0042UL
#define CKK_SHA512_224_HMAC 0x0043UL
#define CKK_SHA512_256_HMAC 0x0044UL

/* RSA and EC */
#define CKM_SHA3_256_RSA_PKCS          0x0060UL
#define CKM_SHA3_384_RSA_PKCS          0x0061UL
#define CKM_SHA3_512_RSA_PKCS          0x0062UL
#define CKM_SHA3_256_RSA_PKCS_PSS      0x0063UL
#define CKM_SHA3_384_RSA_PKCS_PSS      0x0064UL
#define CKM_SHA3_512_RSA_PKCS_PSS      0x0065UL
#define CKM_SHA3_224_RSA_PKCS          0x0066UL
#define CKM_SHA3_224_RSA_PKCS_PSS      0x0067UL
#define CKM_ECDSA_SHA3_224             0x1047UL
#define CKM_ECDSA_SHA3_256             0x1048UL
#define CKM_ECDSA_SHA3_384             0x1049UL
#define CKM_ECDSA_SHA3_512             0x104aUL
#define CKM_EC_MONTGOMERY_KEY_PAIR_GEN 0x1056UL

/* Digests and HMAC */
#define CKM_SHA3_256              0x02b0UL
#define CKM_SHA3_256_HMAC         0x02b1UL
#define CKM_SHA3_256_HMAC_GENERAL 0x02b2UL
#define CKM_SHA3_224              0x02b5UL
#define CKM_SHA3_224_HMAC         0x02b6UL
#define CKM_SHA3_224_HMAC_GENERAL 0x02b7UL
#define CKM_SHA3_384              0x02c0UL
#define CKM_SHA3_384_HMAC         0x02c1UL
#define CKM_SHA3_384_HMAC_GENERAL 0x02c2UL
#define CKM_SHA3_512              0x02d0UL
#define CKM_SHA3_512_HMAC         0x02d1UL
#define CKM_SHA3_512_HMAC_GENERAL 0x02d2UL

/* AES */
#define CKM_AES_KEY_WRAP_KWP 0x210bUL

/* Mask generation functions */
#define CKG_MGF1_SHA3_224 0x0006UL
#define CKG_MGF1_SHA3_256 0x0007UL
#define CKG_MGF1_SHA3_384 0x0008UL
#define CKG_MGF1_SHA3_512 0x0009UL

typedef struct CK_EDDSA_PARAMS {
	CK_BBOOL phFlag;
	CK_ULONG ulContextDataLen;
	CK_BYTE_PTR pContextData;
} CK_EDDSA_PARAMS;
typedef CK_EDDSA_PARAMS *CK_EDDSA_PARAMS_PTR;
