/* SPDX-License-Identifier: BSD-2-Clause */
/* Key material between attributes, libcrypto's objects and the encodings of the outside (PKCS #8,
 * SubjectPublicKeyInfo). */
#pragma once

#include "attrs.h"
#include "buf.h"
#include "ossl.h"

/* Bits of a modulus. Keys of our own are not smaller; other people's public keys may be, and are
 * good for verifying what they once signed. */
#define CODEC_RSA_PRIVATE_MIN 2048u
#define CODEC_RSA_PRIVATE_MAX 4096u
#define CODEC_RSA_PUBLIC_MIN  1024u
#define CODEC_RSA_PUBLIC_MAX  8192u
/* libcrypto verifies with no larger exponent where the modulus is large. */
#define CODEC_RSA_E_BITS_MAX 64

/* An EVP_PKEY of a private key's public and secret attributes together (either argument may hold
 * any of them, secrets may be NULL), or of a public key's. Checks what is cheap: sizes, parity,
 * that points are on their curve. RSA private keys need both primes; what else is missing is
 * computed. CKR_ATTRIBUTE_VALUE_INVALID (bad point, even modulus ...), CKR_CURVE_NOT_SUPPORTED,
 * CKR_KEY_SIZE_RANGE, CKR_DOMAIN_PARAMS_INVALID, CKR_TEMPLATE_INCOMPLETE,
 * CKR_KEY_TYPE_INCONSISTENT.
 */
NODISCARD CK_RV codec_pkey_from_attrs(CK_OBJECT_CLASS cls, CK_KEY_TYPE key_type,
	const struct attrs *attrs, const struct attrs *secrets, EVP_PKEY **ret);
/* The expensive checks, once, when a key comes from outside: the private part belongs to the public
 * one, the primes are primes, a point is not in a small subgroup. CKR_ATTRIBUTE_VALUE_INVALID. */
NODISCARD CK_RV codec_check(const EVP_PKEY *pkey, CK_OBJECT_CLASS cls);
/* The attributes that hold its value (CKA_MODULUS, CKA_EC_POINT, CKA_PRIVATE_EXPONENT, CKA_VALUE
 * ...) are set; RSA private keys get their public exponent and all CRT parts, EC private keys
 * CKA_EC_PARAMS and also CKA_EC_POINT if it can be had. */
NODISCARD CK_RV codec_attrs_from_pkey(const EVP_PKEY *pkey, CK_OBJECT_CLASS cls, struct attrs *ret);
/* Key type and curve OIDs. */
NODISCARD CK_RV codec_pkey_type(const EVP_PKEY *pkey, CK_KEY_TYPE *ret);
/* PKCS #8 PrivateKeyInfo, DER, unencrypted; ret is wiped by its owner. */
NODISCARD CK_RV codec_pkcs8_from_pkey(const EVP_PKEY *pkey, struct buf *ret);
/* CKR_WRAPPED_KEY_INVALID for what does not parse or has something behind it. Check the result. */
NODISCARD CK_RV codec_pkey_from_pkcs8(struct bytes der, EVP_PKEY **ret);
/* CKA_PUBLIC_KEY_INFO. */
NODISCARD CK_RV codec_spki_from_pkey(const EVP_PKEY *pkey, struct buf *ret);
/* SubjectPublicKeyInfo, DER. CKR_ATTRIBUTE_VALUE_INVALID. Check the result. */
NODISCARD CK_RV codec_pkey_from_spki(struct bytes der, EVP_PKEY **ret);
