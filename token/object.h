/* SPDX-License-Identifier: BSD-2-Clause */
/* An object. What other threads can see of it never changes after it was published in an index: a
 * modified object is a new struct object under the same handle. Counted; the last unref wipes. */
#pragma once

#include "attrs.h"
#include "keyring.h"
#include "store.h"

#include <stdatomic.h>

struct key;

struct object {
	atomic_uint refs;
	uint8_t id[ID_LEN];      /* of the stored record; also CKA_UNIQUE_ID, in hex */
	uint64_t version;        /* of the stored record; 0: a session object */
	CK_OBJECT_HANDLE handle; /* set once, by the index that publishes it */
	CK_SESSION_HANDLE owner; /* session objects: the session that made it; 0: a token object */
	CK_OBJECT_CLASS cls;
	CK_KEY_TYPE key_type; /* CK_UNAVAILABLE_INFORMATION if it is no key */
	bool private_, sensitive;
	struct attrs attrs; /* everything but the secret attributes */
	struct buf
		sealed; /* keyring_seal_object of the secret attributes; empty if there are none */
	unsigned secret_count;     /* how many secret attributes are in there */
	uint64_t born;             /* login generation of the token when it was published */
	_Atomic(struct key *) key; /* cache, owned and guarded by key.c */
};

/* Takes the attributes (public part): *attrs is empty afterwards. Fills cls, key_type, private_,
 * sensitive from them. A fresh random id. */
NODISCARD CK_RV object_new(struct attrs *attrs, struct object **ret);
struct object *object_ref(struct object *o);
/* Nulls *o; accepts NULL. */
void object_unref(struct object **o);
#define OBJECT(name) _cleanup_(object_unref) struct object *name = NULL

/* Seals `secrets` (may be empty) under the keyring, bound to the object's id, version and public
 * attributes. */
NODISCARD CK_RV object_seal(struct object *o, const struct keyring *k, const struct attrs *secrets);
/* The reverse; the attributes live on the ordinary heap until attrs_done wipes them. For keys that
 * become EVP objects; errors as rv_from_err. */
NODISCARD CK_RV object_open(const struct object *o, const struct keyring *k, struct attrs *ret);

/* To and from what the store keeps (docs/formats.md). encoded owns the attrs bytes that ret
 * borrows. */
NODISCARD CK_RV object_to_stored(
	const struct object *o, struct buf *encoded, struct stored_object *ret);
NODISCARD CK_RV object_from_stored(const struct stored_object *s, struct object **ret);

/* Bytes of all its attributes, for C_GetObjectSize. */
size_t object_size(const struct object *o);

/* Attributes as bytes (docs/formats.md), the same on every machine: CK_ULONG as eight bytes.
 * secrets: how many secret attributes go along elsewhere. object_decode takes hostile input:
 * E_CORRUPT, E_VERSION. */
NODISCARD struct err object_encode(const struct attrs *a, unsigned secrets, struct buf *ret);
NODISCARD struct err object_decode(struct bytes b, struct attrs *ret, unsigned *ret_secrets);
