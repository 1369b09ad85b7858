/* SPDX-License-Identifier: BSD-2-Clause */
/* Key material between attributes, libcrypto's objects and the encodings of the outside (PKCS #8,
 * SubjectPublicKeyInfo). */
#pragma once

#include "attrs.h"
#include "buf.h"
#include "ossl.h"

/* An EVP_PKEY of a private key's public and secret attributes together, or of a public key's.
 * CKR_ATTRIBUTE_VALUE_INVALID (bad point, even modulus ...), CKR_CURVE_NOT_SUPPORTED,
 * CKR_KEY_SIZE_RANGE, CKR_DOMAIN_PARAMS_INVALID. */
NODISCARD CK_RV codec_pkey_from_attrs(CK_OBJECT_CLASS cls, CK_KEY_TYPE key_type,
	const struct attrs *attrs, const struct attrs *secrets, EVP_PKEY **ret);
/* The attributes that hold its value (CKA_MODULUS, CKA_EC_POINT, CKA_PRIVATE_EXPONENT, CKA_VALUE
 * ...) are set; RSA private keys get their public exponent and all CRT parts, EC private keys
 * CKA_EC_PARAMS and also CKA_EC_POINT if it can be had. */
NODISCARD CK_RV codec_attrs_from_pkey(const EVP_PKEY *pkey, CK_OBJECT_CLASS cls, struct attrs *ret);
/* Key type and curve OIDs. */
NODISCARD CK_RV codec_pkey_type(const EVP_PKEY *pkey, CK_KEY_TYPE *ret);
/* PKCS #8 PrivateKeyInfo, DER, unencrypted; ret is wiped by its owner. */
NODISCARD CK_RV codec_pkcs8_from_pkey(const EVP_PKEY *pkey, struct buf *ret);
NODISCARD CK_RV codec_pkey_from_pkcs8(struct bytes der, EVP_PKEY **ret);
/* CKA_PUBLIC_KEY_INFO. */
NODISCARD CK_RV codec_spki_from_pkey(const EVP_PKEY *pkey, struct buf *ret);
/* DER of CKA_EC_PARAMS (named curve OID, or PrintableString "edwards25519"/"curve25519") to
 * libcrypto's group name and back; bits: the field's. */
NODISCARD CK_RV codec_curve(
	struct bytes ec_params, const char **ret_group, CK_KEY_TYPE *ret_type, unsigned *ret_bits);
