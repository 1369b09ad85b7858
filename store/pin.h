/* SPDX-License-Identifier: BSD-2-Clause */
/* From a PIN to what opens a seal: scrypt, and two keys of its result. */
#pragma once

#include "buf.h"
#include "keyring.h"
#include "secret.h"

#define PIN_SALT_LEN 32u
#define PIN_KEY_LEN  32u

/* How one seal's PIN is stretched; stored with the seal. */
struct pin_kdf {
	uint8_t log2_n;
	uint32_t r, p;
	uint8_t salt[PIN_SALT_LEN];
};

/* Today's costs and a fresh salt. */
NODISCARD struct err pin_kdf_new(struct pin_kdf *ret);
NODISCARD struct err pin_kdf_put(const struct pin_kdf *k, struct buf *ret);
/* E_CORRUPT for costs out of bounds: too low would weaken the PIN, too high would be a way to stop
 * the host. */
NODISCARD struct err pin_kdf_read(struct reader *r, struct pin_kdf *ret);
/* auth is for the source (its last byte is never zero), kpin stays here. Takes a tenth of a second
 * and 32 MiB. */
NODISCARD struct err pin_derive(const struct pin_kdf *kdf, const struct secret *pin,
	const uint8_t seal_id[static ID_LEN], struct secret **ret_auth, struct secret **ret_kpin);
