/* SPDX-License-Identifier: BSD-2-Clause */
/* A seal's blob: what it says, in the open and encrypted. */
#pragma once

#include "identity.h"

struct blob {
	uint8_t machine[TA_ID_LEN], line[TA_ID_LEN];
	uint32_t epoch;
	uint8_t storage; /* enum ta_storage */
	struct identity bound;
	bool pin;
	uint32_t tries; /* 0 without a PIN */
	struct secret32 verifier, s, owner;
};
void blob_wipe(struct blob *b);

/* As many as a seal with or without a PIN may have. */
bool blob_tries_fit(bool pin, uint32_t tries);
/* Sealed to this device, whatever b->machine says. */
enum ta_status blob_put(struct blob *b, uint8_t ret[TA_BLOB_LEN]);
/* TA_ST_VERSION, TA_ST_FOREIGN, TA_ST_CORRUPT. */
enum ta_status blob_read(const uint8_t *bytes, size_t len, struct blob *ret);
