/* SPDX-License-Identifier: BSD-2-Clause */
/* The AEAD envelope: AES-256-GCM with a fresh random nonce in front and the tag behind. Which key
 * and which AAD is the caller's business. */
#pragma once

#include "buf.h"
#include "secret.h"

#define SEAL_KEY_LEN   32u
#define SEAL_NONCE_LEN 12u
#define SEAL_TAG_LEN   16u
#define SEAL_OVERHEAD  (SEAL_NONCE_LEN + SEAL_TAG_LEN)

/* Appends nonce, ciphertext and tag. */
NODISCARD struct err seal_put(
	const struct secret *key, struct bytes aad, struct bytes plain, struct buf *ret);
/* E_TAMPERED if key, aad or content are not those that were sealed; E_CORRUPT if it is too short.
 */
NODISCARD struct err seal_open(
	const struct secret *key, struct bytes aad, struct bytes sealed, struct secret **ret);
