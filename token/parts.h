/* SPDX-License-Identifier: BSD-2-Clause */
/* What EVP_PKEY_fromdata takes, in memory of our own that is wiped. */
#pragma once

#include "buf.h"
#include "ossl.h"
#include "pkcs11.h"

#define PARTS_MAX 8u

struct parts {
	const char *oid; /* the key type's */
	OSSL_PARAM params[PARTS_MAX + 1];
	struct buf values[PARTS_MAX];
	size_t count;
};

void parts_done(struct parts *p);
#define PARTS(name) _cleanup_(parts_done) struct parts name = {0}

static inline void parts_oid(struct parts *p, const char *oid)
{
	p->oid = oid;
}
/* Terminated; borrowed from p. */
OSSL_PARAM *parts_params(struct parts *p);
/* name: a literal of libcrypto's. */
NODISCARD struct err parts_utf8(struct parts *p, const char *name, const char *text);
NODISCARD struct err parts_octets(struct parts *p, const char *name, struct bytes value);
/* An unsigned number, big endian. */
NODISCARD struct err parts_number(struct parts *p, const char *name, struct bytes value);

/* The other way: appends a number of a key, big endian, at least min bytes long.
 * CKR_ATTRIBUTE_VALUE_INVALID if the key has none. */
NODISCARD CK_RV parts_get_number(
	const EVP_PKEY *pkey, const char *name, size_t min, struct buf *ret);
