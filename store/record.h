/* SPDX-License-Identifier: BSD-2-Clause */
/* The stored forms of an object, of a token and of the integrity list, as bytes (docs/formats.md).
 * Reading is of hostile input. */
#pragma once

#include "buf.h"
#include "store.h"

/* Everything of the object: the bytes that its MAC is over. E_LIMIT. */
NODISCARD struct err record_object_put(const struct stored_object *o, struct buf *ret);
/* Ranges borrow from the bytes. E_CORRUPT, E_VERSION. */
NODISCARD struct err record_object_read(struct bytes b, struct stored_object *ret);

NODISCARD struct err record_token_put(const struct store_token *t, struct buf *ret);
NODISCARD struct err record_token_read(struct bytes b, struct store_token *ret);

#define LIST_BUCKETS 256u /* by the first byte of the object's id */

struct record_list {
	uint32_t count; /* of objects */
	uint8_t bucket[LIST_BUCKETS][KEYRING_MAC_LEN];
	uint8_t root[KEYRING_MAC_LEN];
};
NODISCARD struct err record_list_put(const struct record_list *l, struct buf *ret);
NODISCARD struct err record_list_read(struct bytes b, struct record_list *ret);
