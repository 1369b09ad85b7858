/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes of the TA: secrets that are wiped, readers and writers of fixed buffers. A reader or writer
 * that came to the end is bad, and stays bad: ask once, when done. */
#pragma once

#include "ta_proto.h"

#include <stdbool.h>
#include <stddef.h>

#define _wiped_(type) __attribute__((cleanup(type##_wipe)))

/* S, auth, owner values, keys: all of them have 32 bytes. */
struct secret32 {
	uint8_t b[32];
};
void secret32_wipe(struct secret32 *s);
bool secret32_eq_ct(const struct secret32 *a, const struct secret32 *b);
bool secret32_zero_ct(const struct secret32 *s);

/* Not optimised away. */
void wire_wipe(void *p, size_t len);

struct wire_in {
	const uint8_t *at;
	size_t left;
	bool bad;
};
uint8_t wire_u8(struct wire_in *in);
uint32_t wire_u32(struct wire_in *in); /* big endian */
/* ret is zeroed if there are not so many. */
void wire_bytes(struct wire_in *in, void *ret, size_t len);
/* All was there, and nothing is left. */
bool wire_ended(const struct wire_in *in);

struct wire_out {
	uint8_t *buf;
	size_t len, max;
	bool bad;
};
void wire_put_u8(struct wire_out *out, uint8_t v);
void wire_put_u32(struct wire_out *out, uint32_t v);
void wire_put_bytes(struct wire_out *out, const void *src, size_t len);
