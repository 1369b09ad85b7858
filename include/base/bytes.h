/* SPDX-License-Identifier: BSD-2-Clause */
/* A borrowed, read-only range of bytes. Owns nothing; ptr may be NULL when len is 0. */
#pragma once

#include "attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *ptr;
	size_t len;
};

#define BYTES(p, n)     ((struct bytes){.ptr = (const uint8_t *) (p), .len = (n)})
#define BYTES_OF(array) BYTES(array, sizeof(array))
#define BYTES_NONE      ((struct bytes){.ptr = NULL, .len = 0})

/* The bytes of a C string, without its NUL. */
static inline struct bytes bytes_str(const char *s)
{
	return BYTES(s, strlen(s));
}

/* For public data only. */
bool bytes_eq(struct bytes a, struct bytes b);
/* Takes the same time wherever the contents differ; the lengths are public. */
bool bytes_eq_ct(struct bytes a, struct bytes b);
/* Lower-case hex, NUL-terminated; ret must have 2 * b.len + 1 characters. */
void bytes_hex(struct bytes b, char *ret);
/* The reverse: exactly 2 * len hex digits of either case. False, with ret undefined, otherwise. */
bool bytes_from_hex(const char *hex, uint8_t *ret, size_t len);
