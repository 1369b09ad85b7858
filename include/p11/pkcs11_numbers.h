/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of PKCS #11 3.0, 3.1 and 3.2 that the system's header (2.40) does not have, from the
 * published constants. Where it has another number than OASIS, OASIS wins. Included by pkcs11.h
 * alone. */
#pragma once

/* p11-kit has some of them from 0.25 on, spelt otherwise; nobody need hear of that. */
#pragma GCC system_header

/* Flags of mechanisms, messages, interfaces, sessions and tokens. */
#define CKF_MESSAGE_ENCRYPT         0x2UL
#define CKF_MESSAGE_DECRYPT         0x4UL
#define CKF_MESSAGE_SIGN            0x8UL
#define CKF_MESSAGE_VERIFY          0x10UL
#define CKF_MULTI_MESSAGE           0x20UL
#define CKF_FIND_OBJECTS            0x40UL
#define CKF_EC_F_2M                 0x200000UL
#define CKF_EC_ECPARAMETERS         0x400000UL
#define CKF_EC_OID                  0x800000UL
#define CKF_EC_CURVENAME            0x4000000UL
#define CKF_END_OF_MESSAGE          0x1UL
#define CKF_INTERFACE_FORK_SAFE     0x1UL
#define CKF_HKDF_SALT_NULL          0x1UL
#define CKF_HKDF_SALT_DATA          0x2UL
#define CKF_HKDF_SALT_KEY           0x4UL
#define CKF_SEED_RANDOM_REQUIRED    0x2000000UL
#define CKF_ASYNC_SESSION_SUPPORTED 0x4000000UL
#define CKF_ASYNC_SESSION           0x8UL
#define CKF_ENCAPSULATE             0x10000000UL
#define CKF_DECAPSULATE             0x20000000UL

/* Object classes. */
#define CKO_PROFILE    0x9UL
#define CKO_VALIDATION 0xaUL
#define CKO_TRUST      0xbUL

/* Profiles, PRFs and parameter sets. */
#define CKP_INVALID_ID                  0x0UL
#define CKP_BASELINE_PROVIDER           0x1UL
#define CKP_EXTENDED_PROVIDER           0x2UL
#define CKP_AUTHENTICATION_TOKEN        0x3UL
#define CKP_PUBLIC_CERTIFICATES_TOKEN   0x4UL
#define CKP_COMPLETE_PROVIDER           0x5UL
#define CKP_HKDF_TLS_TOKEN              0x6UL
#define CKP_VENDOR_DEFINED              0x80000000UL
#define CKP_PKCS5_PBKD2_HMAC_SHA1       0x1UL
#define CKP_PKCS5_PBKD2_HMAC_SHA224     0x3UL
#define CKP_PKCS5_PBKD2_HMAC_SHA256     0x4UL
#define CKP_PKCS5_PBKD2_HMAC_SHA384     0x5UL
#define CKP_PKCS5_PBKD2_HMAC_SHA512     0x6UL
#define CKP_PKCS5_PBKD2_HMAC_SHA512_224 0x7UL
#define CKP_PKCS5_PBKD2_HMAC_SHA512_256 0x8UL
#define CKP_ML_DSA_44                   0x1UL
#define CKP_ML_DSA_65                   0x2UL
#define CKP_ML_DSA_87                   0x3UL
#define CKP_SLH_DSA_SHA2_128S           0x1UL
#define CKP_SLH_DSA_SHAKE_128S          0x2UL
#define CKP_SLH_DSA_SHA2_128F           0x3UL
#define CKP_SLH_DSA_SHAKE_128F          0x4UL
#define CKP_SLH_DSA_SHA2_192S           0x5UL
#define CKP_SLH_DSA_SHAKE_192S          0x6UL
#define CKP_SLH_DSA_SHA2_192F           0x7UL
#define CKP_SLH_DSA_SHAKE_192F          0x8UL
#define CKP_SLH_DSA_SHA2_256S           0x9UL
#define CKP_SLH_DSA_SHAKE_256S          0xaUL
#define CKP_SLH_DSA_SHA2_256F           0xbUL
#define CKP_SLH_DSA_SHAKE_256F          0xcUL
#define CKP_ML_KEM_512                  0x1UL
#define CKP_ML_KEM_768                  0x2UL
#define CKP_ML_KEM_1024                 0x3UL

/* Key types. */
#define CKK_CAST5           0x18UL
#define CKK_CHACHA20        0x33UL
#define CKK_POLY1305        0x34UL
#define CKK_AES_XTS         0x35UL
#define CKK_SHA3_224_HMAC   0x36UL
#define CKK_SHA3_256_HMAC   0x37UL
#define CKK_SHA3_384_HMAC   0x38UL
#define CKK_SHA3_512_HMAC   0x39UL
#define CKK_SALSA20         0x3eUL
#define CKK_EC_MONTGOMERY   0x41UL
#define CKK_HKDF            0x42UL
#define CKK_SHA512_224_HMAC 0x43UL
#define CKK_SHA512_256_HMAC 0x44UL
#define CKK_SHA512_T_HMAC   0x45UL
#define CKK_HSS             0x46UL
#define CKK_XMSS            0x47UL
#define CKK_XMSSMT          0x48UL
#define CKK_ML_KEM          0x49UL
#define CKK_ML_DSA          0x4aUL
#define CKK_SLH_DSA         0x4bUL

/* Attributes. */
#define CKA_UNIQUE_ID                         0x4UL
#define CKA_SUBPRIME_BITS                     0x134UL
#define CKA_PROFILE_ID                        0x601UL
#define CKA_HSS_LEVELS                        0x617UL
#define CKA_HSS_LMS_TYPE                      0x618UL
#define CKA_HSS_LMOTS_TYPE                    0x619UL
#define CKA_HSS_LMS_TYPES                     0x61aUL
#define CKA_HSS_LMOTS_TYPES                   0x61bUL
#define CKA_HSS_KEYS_REMAINING                0x61cUL
#define CKA_PARAMETER_SET                     0x61dUL
#define CKA_OBJECT_VALIDATION_FLAGS           0x61eUL
#define CKA_VALIDATION_TYPE                   0x61fUL
#define CKA_VALIDATION_VERSION                0x620UL
#define CKA_VALIDATION_LEVEL                  0x621UL
#define CKA_VALIDATION_MODULE_ID              0x622UL
#define CKA_VALIDATION_FLAG                   0x623UL
#define CKA_VALIDATION_AUTHORITY_TYPE         0x624UL
#define CKA_VALIDATION_COUNTRY                0x625UL
#define CKA_VALIDATION_CERTIFICATE_IDENTIFIER 0x626UL
#define CKA_VALIDATION_CERTIFICATE_URI        0x627UL
#define CKA_VALIDATION_VENDOR_URI             0x628UL
#define CKA_VALIDATION_PROFILE                0x629UL
#define CKA_ENCAPSULATE_TEMPLATE              0x62aUL
#define CKA_DECAPSULATE_TEMPLATE              0x62bUL
#define CKA_TRUST_SERVER_AUTH                 0x62cUL
#define CKA_TRUST_CLIENT_AUTH                 0x62dUL
#define CKA_TRUST_CODE_SIGNING                0x62eUL
#define CKA_TRUST_EMAIL_PROTECTION            0x62fUL
#define CKA_TRUST_TIME_STAMPING               0x631UL
#define CKA_TRUST_OCSP_SIGNING                0x632UL
#define CKA_ENCAPSULATE                       0x633UL
#define CKA_DECAPSULATE                       0x634UL
#define CKA_HASH_OF_CERTIFICATE               0x635UL
#define CKA_PUBLIC_CRC64_VALUE                0x636UL
#define CKA_SEED                              0x637UL

/* Mechanisms. */
#define CKM_SHA3_256_RSA_PKCS                   0x60UL
#define CKM_SHA3_384_RSA_PKCS                   0x61UL
#define CKM_SHA3_512_RSA_PKCS                   0x62UL
#define CKM_SHA3_256_RSA_PKCS_PSS               0x63UL
#define CKM_SHA3_384_RSA_PKCS_PSS               0x64UL
#define CKM_SHA3_512_RSA_PKCS_PSS               0x65UL
#define CKM_SHA3_224_RSA_PKCS                   0x66UL
#define CKM_SHA3_224_RSA_PKCS_PSS               0x67UL
#define CKM_SHA3_256                            0x2b0UL
#define CKM_SHA3_256_HMAC                       0x2b1UL
#define CKM_SHA3_256_HMAC_GENERAL               0x2b2UL
#define CKM_SHA3_256_KEY_GEN                    0x2b3UL
#define CKM_SHA3_224                            0x2b5UL
#define CKM_SHA3_224_HMAC                       0x2b6UL
#define CKM_SHA3_224_HMAC_GENERAL               0x2b7UL
#define CKM_SHA3_224_KEY_GEN                    0x2b8UL
#define CKM_SHA3_384                            0x2c0UL
#define CKM_SHA3_384_HMAC                       0x2c1UL
#define CKM_SHA3_384_HMAC_GENERAL               0x2c2UL
#define CKM_SHA3_384_KEY_GEN                    0x2c3UL
#define CKM_SHA3_512                            0x2d0UL
#define CKM_SHA3_512_HMAC                       0x2d1UL
#define CKM_SHA3_512_HMAC_GENERAL               0x2d2UL
#define CKM_SHA3_512_KEY_GEN                    0x2d3UL
#define CKM_SHA3_256_KEY_DERIVATION             0x397UL
#define CKM_SHA3_224_KEY_DERIVATION             0x398UL
#define CKM_SHA3_384_KEY_DERIVATION             0x399UL
#define CKM_SHA3_512_KEY_DERIVATION             0x39aUL
#define CKM_SHAKE_128_KEY_DERIVATION            0x39bUL
#define CKM_SHAKE_256_KEY_DERIVATION            0x39cUL
#define CKM_SHA3_256_KEY_DERIVE                 CKM_SHA3_256_KEY_DERIVATION
#define CKM_SHA3_224_KEY_DERIVE                 CKM_SHA3_224_KEY_DERIVATION
#define CKM_SHA3_384_KEY_DERIVE                 CKM_SHA3_384_KEY_DERIVATION
#define CKM_SHA3_512_KEY_DERIVE                 CKM_SHA3_512_KEY_DERIVATION
#define CKM_SHAKE_128_KEY_DERIVE                CKM_SHAKE_128_KEY_DERIVATION
#define CKM_SHAKE_256_KEY_DERIVE                CKM_SHAKE_256_KEY_DERIVATION
#define CKM_EC_KEY_PAIR_GEN_W_EXTRA_BITS        0x140bUL
#define CKM_AES_XTS                             0x1071UL
#define CKM_AES_XTS_KEY_GEN                     0x1072UL
#define CKM_CHACHA20_KEY_GEN                    0x1225UL
#define CKM_CHACHA20                            0x1226UL
#define CKM_POLY1305_KEY_GEN                    0x1227UL
#define CKM_POLY1305                            0x1228UL
#define CKM_AES_KEY_WRAP_KWP                    0x210bUL
#define CKM_AES_KEY_WRAP_PKCS7                  0x210cUL
#define CKM_SHA_1_KEY_GEN                       0x4003UL
#define CKM_SHA224_KEY_GEN                      0x4004UL
#define CKM_SHA256_KEY_GEN                      0x4005UL
#define CKM_SHA384_KEY_GEN                      0x4006UL
#define CKM_SHA512_KEY_GEN                      0x4007UL
#define CKM_SHA512_224_KEY_GEN                  0x4008UL
#define CKM_SHA512_256_KEY_GEN                  0x4009UL
#define CKM_SHA512_T_KEY_GEN                    0x400aUL
#define CKM_CHACHA20_POLY1305                   0x4021UL
#define CKM_SALSA20_POLY1305                    0x4022UL
#define CKM_XEDDSA                              0x4029UL
#define CKM_HKDF_DERIVE                         0x402aUL
#define CKM_HKDF_DATA                           0x402bUL
#define CKM_HKDF_KEY_GEN                        0x402cUL
#define CKM_SALSA20_KEY_GEN                     0x402dUL
#define CKM_ECDSA_SHA3_224                      0x1047UL
#define CKM_ECDSA_SHA3_256                      0x1048UL
#define CKM_ECDSA_SHA3_384                      0x1049UL
#define CKM_ECDSA_SHA3_512                      0x104aUL
#define CKM_EC_MONTGOMERY_KEY_PAIR_GEN          0x1056UL
#define CKM_SP800_108_COUNTER_KDF               0x3acUL
#define CKM_SP800_108_FEEDBACK_KDF              0x3adUL
#define CKM_SP800_108_DOUBLE_PIPELINE_KDF       0x3aeUL
#define CKM_HSS_KEY_PAIR_GEN                    0x4032UL
#define CKM_HSS                                 0x4033UL
#define CKM_XMSS_KEY_PAIR_GEN                   0x4034UL
#define CKM_XMSSMT_KEY_PAIR_GEN                 0x4035UL
#define CKM_XMSS                                0x4036UL
#define CKM_XMSSMT                              0x4037UL
#define CKM_ECDH_X_AES_KEY_WRAP                 0x4038UL
#define CKM_ECDH_COF_AES_KEY_WRAP               0x4039UL
#define CKM_PUB_KEY_FROM_PRIV_KEY               0x403aUL
#define CKM_ML_KEM_KEY_PAIR_GEN                 0xfUL
#define CKM_ML_KEM                              0x17UL
#define CKM_ML_DSA_KEY_PAIR_GEN                 0x1cUL
#define CKM_ML_DSA                              0x1dUL
#define CKM_HASH_ML_DSA                         0x1fUL
#define CKM_HASH_ML_DSA_SHA224                  0x23UL
#define CKM_HASH_ML_DSA_SHA256                  0x24UL
#define CKM_HASH_ML_DSA_SHA384                  0x25UL
#define CKM_HASH_ML_DSA_SHA512                  0x26UL
#define CKM_HASH_ML_DSA_SHA3_224                0x27UL
#define CKM_HASH_ML_DSA_SHA3_256                0x28UL
#define CKM_HASH_ML_DSA_SHA3_384                0x29UL
#define CKM_HASH_ML_DSA_SHA3_512                0x2aUL
#define CKM_HASH_ML_DSA_SHAKE128                0x2bUL
#define CKM_HASH_ML_DSA_SHAKE256                0x2cUL
#define CKM_SLH_DSA_KEY_PAIR_GEN                0x2dUL
#define CKM_SLH_DSA                             0x2eUL
#define CKM_HASH_SLH_DSA                        0x34UL
#define CKM_HASH_SLH_DSA_SHA224                 0x36UL
#define CKM_HASH_SLH_DSA_SHA256                 0x37UL
#define CKM_HASH_SLH_DSA_SHA384                 0x38UL
#define CKM_HASH_SLH_DSA_SHA512                 0x39UL
#define CKM_HASH_SLH_DSA_SHA3_224               0x3aUL
#define CKM_HASH_SLH_DSA_SHA3_256               0x3bUL
#define CKM_HASH_SLH_DSA_SHA3_384               0x3cUL
#define CKM_HASH_SLH_DSA_SHA3_512               0x3dUL
#define CKM_HASH_SLH_DSA_SHAKE128               0x3eUL
#define CKM_HASH_SLH_DSA_SHAKE256               0x3fUL
#define CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE    0x56UL
#define CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH 0x57UL

/* Return values. */
#undef CKR_EXCEEDED_MAX_ITERATIONS
#undef CKR_FIPS_SELF_TEST_FAILED
#undef CKR_LIBRARY_LOAD_FAILED
#undef CKR_PIN_TOO_WEAK
#undef CKR_PUBLIC_KEY_INVALID
#define CKR_EXCEEDED_MAX_ITERATIONS     0x1b5UL
#define CKR_FIPS_SELF_TEST_FAILED       0x1b6UL
#define CKR_LIBRARY_LOAD_FAILED         0x1b7UL
#define CKR_PIN_TOO_WEAK                0x1b8UL
#define CKR_PUBLIC_KEY_INVALID          0x1b9UL
#define CKR_AEAD_DECRYPT_FAILED         0x42UL
#define CKR_TOKEN_RESOURCE_EXCEEDED     0x201UL
#define CKR_OPERATION_CANCEL_FAILED     0x202UL
#define CKR_KEY_EXHAUSTED               0x203UL
#define CKR_PENDING                     0x204UL
#define CKR_SESSION_ASYNC_NOT_SUPPORTED 0x205UL
#define CKR_SEED_RANDOM_REQUIRED        0x206UL
#define CKR_OPERATION_NOT_VALIDATED     0x207UL
#define CKR_TOKEN_NOT_INITIALIZED       0x208UL
#define CKR_PARAMETER_SET_NOT_SUPPORTED 0x209UL

/* Key derivation functions. */
#define CKD_SHA3_224_KDF       0xaUL
#define CKD_SHA3_256_KDF       0xbUL
#define CKD_SHA3_384_KDF       0xcUL
#define CKD_SHA3_512_KDF       0xdUL
#define CKD_SHA1_KDF_SP800     0xeUL
#define CKD_SHA224_KDF_SP800   0xfUL
#define CKD_SHA256_KDF_SP800   0x10UL
#define CKD_SHA384_KDF_SP800   0x11UL
#define CKD_SHA512_KDF_SP800   0x12UL
#define CKD_SHA3_224_KDF_SP800 0x13UL
#define CKD_SHA3_256_KDF_SP800 0x14UL
#define CKD_SHA3_384_KDF_SP800 0x15UL
#define CKD_SHA3_512_KDF_SP800 0x16UL

/* Mask and IV generators. */
#define CKG_MGF1_SHA3_224        0x6UL
#define CKG_MGF1_SHA3_256        0x7UL
#define CKG_MGF1_SHA3_384        0x8UL
#define CKG_MGF1_SHA3_512        0x9UL
#define CKG_NO_GENERATE          0x0UL
#define CKG_GENERATE             0x1UL
#define CKG_GENERATE_COUNTER     0x2UL
#define CKG_GENERATE_RANDOM      0x3UL
#define CKG_GENERATE_COUNTER_XOR 0x4UL

/* Hedging of signatures. */
#define CKH_HEDGE_PREFERRED        0x0UL
#define CKH_HEDGE_REQUIRED         0x1UL
#define CKH_DETERMINISTIC_REQUIRED 0x2UL

/* Trust. */
#define CKT_TRUST_UNKNOWN           0x0UL
#define CKT_TRUSTED                 0x1UL
#define CKT_TRUST_ANCHOR            0x2UL
#define CKT_NOT_TRUSTED             0x3UL
#define CKT_TRUST_MUST_VERIFY_TRUST 0x4UL

/* Validation. */
#define CKV_AUTHORITY_TYPE_UNSPECIFIED     0x0UL
#define CKV_AUTHORITY_TYPE_NIST_CMVP       0x1UL
#define CKV_AUTHORITY_TYPE_COMMON_CRITERIA 0x2UL
#define CKV_TYPE_UNSPECIFIED               0x0UL
#define CKV_TYPE_SOFTWARE                  0x1UL
#define CKV_TYPE_HARDWARE                  0x2UL
#define CKV_TYPE_FIRMWARE                  0x3UL
#define CKV_TYPE_HYBRID                    0x4UL

/* Session validation. */
#define CKS_LAST_VALIDATION_OK 0x1UL

/* Salt sources. */
#define CKZ_SALT_SPECIFIED 0x1UL

/* Other. */
#define CK_CERTIFICATE_CATEGORY_UNSPECIFIED     0x0UL
#define CK_CERTIFICATE_CATEGORY_TOKEN_USER      0x1UL
#define CK_CERTIFICATE_CATEGORY_AUTHORITY       0x2UL
#define CK_CERTIFICATE_CATEGORY_OTHER_ENTITY    0x3UL
#define CK_SECURITY_DOMAIN_UNSPECIFIED          0x0UL
#define CK_SECURITY_DOMAIN_MANUFACTURER         0x1UL
#define CK_SECURITY_DOMAIN_OPERATOR             0x2UL
#define CK_SECURITY_DOMAIN_THIRD_PARTY          0x3UL
#define CK_SP800_108_ITERATION_VARIABLE         0x1UL
#define CK_SP800_108_OPTIONAL_COUNTER           0x2UL
#define CK_SP800_108_DKM_LENGTH                 0x3UL
#define CK_SP800_108_BYTE_ARRAY                 0x4UL
#define CK_SP800_108_COUNTER                    CK_SP800_108_OPTIONAL_COUNTER
#define CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS     0x1UL
#define CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS 0x2UL
#define CK_SP800_108_KEY_HANDLE                 0x5UL
