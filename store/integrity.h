/* SPDX-License-Identifier: BSD-2-Clause */
/* The MACs over objects, the list of objects in 256 buckets, and the root over these, the token's
 * record and its seals (docs/decisions/0009). */
#pragma once

#include "keyring.h"
#include "record.h"

/* Of one object: over record_object_put's bytes. */
NODISCARD struct err integrity_record(
	const struct keyring *k, struct bytes record, uint8_t ret[static KEYRING_MAC_LEN]);
/* An object's part in its bucket: id, version, MAC. */
NODISCARD struct err integrity_entry_put(
	const uint8_t id[static ID_LEN], uint64_t version, struct bytes mac, struct buf *entries);
/* entries: ascending by id. */
NODISCARD struct err integrity_bucket(const struct keyring *k, uint8_t bucket, struct bytes entries,
	uint8_t ret[static KEYRING_MAC_LEN]);
/* token: record_token_put's bytes; seals: each with its u32 length. Sets list->root. */
NODISCARD struct err integrity_sign(
	const struct keyring *k, struct bytes token, struct bytes seals, struct record_list *list);
/* E_TAMPERED if the root is not this one. */
NODISCARD struct err integrity_verify(const struct keyring *k, struct bytes token,
	struct bytes seals, const struct record_list *list);
/* The list of a token without objects. */
NODISCARD struct err integrity_empty(
	const struct keyring *k, struct bytes token, struct bytes seals, struct record_list *ret);
