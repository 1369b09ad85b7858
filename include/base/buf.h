/* SPDX-License-Identifier: BSD-2-Clause */
/* Building and reading serialised forms: struct buf grows and owns what it holds; struct reader
 * walks a borrowed range and never past its end. All integers are big endian. A buf wipes what it
 * held when it is released, so that it may carry encodings of attributes, but the home of keys,
 * PINs and KEKs is struct secret. */
#pragma once

#include "bytes.h"
#include "err.h"

#define BUF_MAX ((size_t) 64 << 20) /* bytes; beyond it: E_LIMIT */

struct buf {
	uint8_t *ptr;
	size_t len;
	size_t cap;
};

/* Each appends all or nothing. */
NODISCARD struct err buf_put(struct buf *b, struct bytes data);
NODISCARD struct err buf_put_u8(struct buf *b, uint8_t v);
NODISCARD struct err buf_put_u16(struct buf *b, uint16_t v);
NODISCARD struct err buf_put_u32(struct buf *b, uint32_t v);
NODISCARD struct err buf_put_u64(struct buf *b, uint64_t v);
/* A u32 length and then the bytes. */
NODISCARD struct err buf_put_lv(struct buf *b, struct bytes data);
/* Text for people; no NUL is counted, but one always follows the content. */
NODISCARD struct err buf_printf(struct buf *b, const char *format, ...) _printf_(2, 3);
/* Appends n bytes for the caller to fill in; *ret stays valid until the next append. */
NODISCARD struct err buf_grow(struct buf *b, size_t n, uint8_t **ret);
/* Wipes and frees the content; the buf is empty and usable afterwards. NULL-safe on an empty buf.
 */
void buf_done(struct buf *b);

#define BUF(name) _cleanup_(buf_done) struct buf name = {0}

static inline struct bytes buf_bytes(const struct buf *b)
{
	return BYTES(b->ptr, b->len);
}

struct reader {
	struct bytes left; /* what has not been read yet */
};

static inline struct reader reader_of(struct bytes b)
{
	return (struct reader){.left = b};
}

/* Each takes all that it asks for or nothing; too little left is E_CORRUPT. Ranges borrow from the
 * input. */
NODISCARD struct err reader_u8(struct reader *r, uint8_t *ret);
NODISCARD struct err reader_u16(struct reader *r, uint16_t *ret);
NODISCARD struct err reader_u32(struct reader *r, uint32_t *ret);
NODISCARD struct err reader_u64(struct reader *r, uint64_t *ret);
NODISCARD struct err reader_bytes(struct reader *r, size_t n, struct bytes *ret);
/* A u32 length, at most max, and then the bytes. */
NODISCARD struct err reader_lv(struct reader *r, size_t max, struct bytes *ret);
/* Copies exactly n bytes out. */
NODISCARD struct err reader_copy(struct reader *r, uint8_t *ret, size_t n);
/* E_CORRUPT if anything is left. */
NODISCARD struct err reader_end(const struct reader *r);
