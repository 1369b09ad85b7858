/* SPDX-License-Identifier: BSD-2-Clause */
/* The curves, a row each: how CKA_EC_PARAMS names them, how libcrypto does, how long things are. */
#pragma once

#include "buf.h"
#include "ossl.h"
#include "pkcs11.h"

#define CURVE_PARAMS_MAX 3u
#define CURVE_POINT_MAX  133u /* bytes: an uncompressed point of P-521 */
#define CURVE_FIELD_MAX  66u  /* bytes */

struct curve {
	const char
		*group;  /* libcrypto's group name; of Edwards and Montgomery curves its key type */
	const char *oid; /* what ossl_pkey_ctx is asked for */
	CK_KEY_TYPE type; /* CKK_EC, CKK_EC_EDWARDS, CKK_EC_MONTGOMERY */
	unsigned bits;    /* of the field, as mechanism infos count them */
	size_t len;       /* bytes: a coordinate and a private value; 57 for Ed448 */
	struct bytes params[CURVE_PARAMS_MAX]; /* DER that CKA_EC_PARAMS may hold; the first is what
						  we write */
};

/* CKR_CURVE_NOT_SUPPORTED for another named curve or explicit parameters, CKR_DOMAIN_PARAMS_INVALID
 * for what is neither. */
NODISCARD CK_RV curve_of_params(struct bytes ec_params, const struct curve **ret);
/* CKR_KEY_TYPE_INCONSISTENT if it has none, CKR_CURVE_NOT_SUPPORTED. */
NODISCARD CK_RV curve_of_pkey(const EVP_PKEY *pkey, const struct curve **ret);
/* The n-th row; NULL past the end. For tests and for finding the largest. */
const struct curve *curve_at(size_t n);

/* The point of CKA_EC_POINT or of an ECDH partner, without its DER: an OCTET STRING or a BIT STRING
 * (some applications write one), or raw. The length alone decides. CKR_ATTRIBUTE_VALUE_INVALID.
 * Whether it is on the curve is not checked here. */
NODISCARD CK_RV curve_point(const struct curve *c, struct bytes value, struct bytes *ret);
/* Edwards only: is this the canonical encoding of a point on the curve that is not of small order?
 * libcrypto does not ask before it verifies. */
NODISCARD CK_RV curve_check_edwards(const struct curve *c, struct bytes point);
