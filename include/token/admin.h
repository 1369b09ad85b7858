/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command asks of a token beside the calls of PKCS #11: objects' attributes in one go, and
 * keys and certificates brought in from files. Rules and access are those of every caller. */
#pragma once

#include "token.h"

#define ADMIN_ID_LEN 20u /* bytes: SHA-1 of the subjectPublicKey (RFC 5280 4.2.1.2, method 1) */
#define ADMIN_ID_MAX 64u /* of a key that is there already */

/* Copies everything of an object but its secret attributes, CKA_UNIQUE_ID included.
 * CKR_OBJECT_HANDLE_INVALID. */
NODISCARD CK_RV admin_attributes(
	struct token *t, const struct who *who, CK_OBJECT_HANDLE h, struct attrs *ret);

/* libcrypto's types, by the names behind its typedefs: this header shows nobody libcrypto. */
struct evp_pkey_st;
struct x509_st;

/* One thing to bring in, as token object, with the CKA_ID that key and certificate share: that of
 * the private key which is in the token already, if there is one, and ADMIN_ID_LEN bytes otherwise.
 * A private key comes with its public key, both or none, sensitive, not extractable. */
struct admin_import {
	CK_OBJECT_CLASS cls;            /* CKO_PRIVATE_KEY, CKO_PUBLIC_KEY or CKO_CERTIFICATE */
	const struct evp_pkey_st *pkey; /* for keys; borrowed */
	struct x509_st *cert;           /* for certificates; borrowed */
	struct bytes label;             /* may be empty */
	uint8_t id[ADMIN_ID_MAX];       /* out */
	size_t id_len;                  /* out */
	CK_OBJECT_HANDLE handle;        /* out */
};
NODISCARD CK_RV admin_import(struct token *t, const struct who *who, struct admin_import *i);
