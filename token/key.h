/* SPDX-License-Identifier: BSD-2-Clause */
/* A usable key: libcrypto's object or a secret value, opened when first used, kept in a bounded
 * cache of the token until logout. Idle prepared contexts live in here, in a small pool per
 * mechanism row and verb, so that logout, destroy and fork find them. Counted; self-locked. */
#pragma once

#include "object.h"
#include "ossl.h"
#include "token.h"

struct key;

#define KEYS_CACHED_MAX 1024u /* keys of one token */

/* From the cache, or opened. CKR_USER_NOT_LOGGED_IN, CKR_DEVICE_ERROR (damaged), ... Referenced. */
NODISCARD CK_RV key_open(struct token *t, struct object *o, struct key **ret);
struct key *key_ref(struct key *k);
void key_unref(struct key **k);

EVP_PKEY *key_pkey(const struct key *k);     /* NULL for secret keys */
struct bytes key_value(const struct key *k); /* empty for asymmetric ones; for one expression */
CK_KEY_TYPE key_type(const struct key *k);
size_t key_bits(const struct key *k);   /* modulus, field, or 8 * length of the value */
bool key_private(const struct key *k);  /* does it die at logout? */
uint64_t key_born(const struct key *k); /* login generation under which it was opened */
