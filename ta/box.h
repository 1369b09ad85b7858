/* SPDX-License-Identifier: BSD-2-Clause */
/* The TA's cryptography: hashes with a label, what the device's unique key gives, and AES-256-GCM
 * under it. Nothing here knows what is in a blob. */
#pragma once

#include "wire.h"

#define BOX_NONCE_LEN 12u
#define BOX_TAG_LEN   16u
#define BOX_EXTRA     (BOX_NONCE_LEN + BOX_TAG_LEN)

/* SHA-256 of label (without its NUL), a and b. b may be NULL. */
enum ta_status box_hash(const char *label, const struct secret32 *a, const struct secret32 *b,
	struct secret32 *ret);
/* This device, as this TA sees it: no secret. */
enum ta_status box_machine(uint8_t ret[TA_ID_LEN]);
/* head: bound, and in the open. ret: len + BOX_EXTRA bytes, nonce | encrypted | tag. */
struct box_head {
	const uint8_t *bytes;
	size_t len;
};
enum ta_status box_seal(struct box_head head, const uint8_t *plain, size_t len, uint8_t *ret);
/* TA_ST_CORRUPT: not this head, or not this device's. ret: len - BOX_EXTRA bytes, zeroed on
 * failure. */
enum ta_status box_open(struct box_head head, const uint8_t *box, size_t len, uint8_t *ret);
