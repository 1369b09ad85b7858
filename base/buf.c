/* SPDX-License-Identifier: BSD-2-Clause */
/* Serialised forms: growing, and reading within bounds. Growing copies and wipes; nothing stays in
 * a freed block. */
#include "buf.h"

#include "num.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static struct err buf_reserve(struct buf *b, size_t more)
{
	size_t need, cap = b->cap == 0 ? 64 : b->cap;
	uint8_t *ptr;

	/* one more than asked for: buf_printf's NUL */
	if (!size_add(b->len, more, &need) || !size_add(need, 1, &need) || need > BUF_MAX)
		return ERR(E_LIMIT);
	if (need <= b->cap)
		return OK;
	while (cap < need)
		cap *= 2;
	ptr = malloc(cap);
	if (ptr == NULL)
		return ERR(E_NOMEM);
	if (b->ptr != NULL) {
		memcpy(ptr, b->ptr, b->len);
		OPENSSL_cleanse(b->ptr, b->cap);
		free(b->ptr);
	}
	b->ptr = ptr;
	b->cap = cap;
	return OK;
}

struct err buf_grow(struct buf *b, size_t n, uint8_t **ret)
{
	TRY(buf_reserve(b, n));
	*ret = b->ptr + b->len;
	memset(*ret, 0, n);
	b->len += n;
	return OK;
}

struct err buf_put(struct buf *b, struct bytes data)
{
	TRY(buf_reserve(b, data.len));
	if (data.len > 0)
		memcpy(b->ptr + b->len, data.ptr, data.len);
	b->len += data.len;
	return OK;
}

struct err buf_put_u8(struct buf *b, uint8_t v)
{
	return buf_put(b, BYTES(&v, 1));
}

struct err buf_put_u16(struct buf *b, uint16_t v)
{
	const uint8_t out[2] = {(uint8_t) (v >> 8), (uint8_t) v};

	return buf_put(b, BYTES_OF(out));
}

struct err buf_put_u32(struct buf *b, uint32_t v)
{
	const uint8_t out[4] = {
		(uint8_t) (v >> 24), (uint8_t) (v >> 16), (uint8_t) (v >> 8), (uint8_t) v};

	return buf_put(b, BYTES_OF(out));
}

struct err buf_put_u64(struct buf *b, uint64_t v)
{
	uint8_t out[8];

	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t) (v >> (56 - 8 * i));
	return buf_put(b, BYTES_OF(out));
}

struct err buf_put_lv(struct buf *b, struct bytes data)
{
	uint32_t len;
	size_t need;

	if (!u32_from_size(data.len, &len) || !size_add(data.len, 4, &need))
		return ERR(E_LIMIT);
	TRY(buf_reserve(b, need));
	TRY(buf_put_u32(b, len));
	return buf_put(b, data);
}

struct err buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0 || buf_reserve(b, (size_t) n).code != E_OK) {
		va_end(again);
		return ERR(n < 0 ? E_INTERNAL : E_NOMEM);
	}
	vsnprintf((char *) b->ptr + b->len, (size_t) n + 1, format, again);
	va_end(again);
	b->len += (size_t) n;
	return OK;
}

void buf_done(struct buf *b)
{
	if (b->ptr != NULL) {
		OPENSSL_cleanse(b->ptr, b->cap);
		free(b->ptr);
	}
	*b = (struct buf){0};
}

struct err reader_bytes(struct reader *r, size_t n, struct bytes *ret)
{
	if (n > r->left.len)
		return ERR(E_CORRUPT);
	*ret = BYTES(r->left.ptr, n);
	if (n > 0)
		r->left = BYTES(r->left.ptr + n, r->left.len - n);
	return OK;
}

static struct err reader_uint(struct reader *r, size_t n, uint64_t *ret)
{
	struct bytes b;
	uint64_t v = 0;

	TRY(reader_bytes(r, n, &b));
	for (size_t i = 0; i < n; i++)
		v = v << 8 | b.ptr[i];
	*ret = v;
	return OK;
}

struct err reader_u8(struct reader *r, uint8_t *ret)
{
	uint64_t v = 0;

	TRY(reader_uint(r, 1, &v));
	*ret = (uint8_t) v;
	return OK;
}

struct err reader_u16(struct reader *r, uint16_t *ret)
{
	uint64_t v = 0;

	TRY(reader_uint(r, 2, &v));
	*ret = (uint16_t) v;
	return OK;
}

struct err reader_u32(struct reader *r, uint32_t *ret)
{
	uint64_t v = 0;

	TRY(reader_uint(r, 4, &v));
	*ret = (uint32_t) v;
	return OK;
}

struct err reader_u64(struct reader *r, uint64_t *ret)
{
	return reader_uint(r, 8, ret);
}

struct err reader_lv(struct reader *r, size_t max, struct bytes *ret)
{
	struct reader start = *r;
	uint32_t len = 0;
	struct err e;

	TRY(reader_u32(r, &len));
	e = len > max ? ERR(E_CORRUPT) : reader_bytes(r, len, ret);
	if (e.code != E_OK)
		*r = start;
	return e;
}

struct err reader_copy(struct reader *r, uint8_t *ret, size_t n)
{
	struct bytes b;

	TRY(reader_bytes(r, n, &b));
	if (n > 0)
		memcpy(ret, b.ptr, n);
	return OK;
}

struct err reader_end(const struct reader *r)
{
	return r->left.len == 0 ? OK : ERR(E_CORRUPT);
}
