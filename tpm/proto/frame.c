/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames between the module and the TPM helper, as docs/formats.md draws them. Both sides treat the
 * other's frame as hostile. */
#include "tpm_proto.h"

#include "buf.h"

#define FRAME_HEAD 6u /* length, version, code */

static void frame_store_u32(uint8_t *p, uint32_t v)
{
	for (int i = 3; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t) v;
}

static struct err frame_take(struct tpm_writer *w, size_t n, uint8_t **ret)
{
	size_t max = w->cap < TPM_PROTO_MAX ? w->cap : TPM_PROTO_MAX;

	if (w->len > max || n > max - w->len)
		return ERR(E_LIMIT);
	*ret = w->ptr + w->len;
	w->len += n;
	return OK;
}

struct err tpm_frame_begin(struct tpm_writer *w, uint8_t code)
{
	uint8_t *p;

	w->len = 0;
	TRY(frame_take(w, FRAME_HEAD, &p));
	memset(p, 0, 4);
	p[4] = TPM_PROTO_VERSION;
	p[5] = code;
	return OK;
}

struct err tpm_frame_put(struct tpm_writer *w, enum tpm_tag tag, struct bytes value)
{
	uint8_t *p;

	if (value.len > TPM_PROTO_MAX)
		return ERR(E_LIMIT);
	TRY(frame_take(w, 5 + value.len, &p));
	p[0] = (uint8_t) tag;
	frame_store_u32(p + 1, (uint32_t) value.len);
	if (value.len > 0)
		memcpy(p + 5, value.ptr, value.len);
	return OK;
}

struct err tpm_frame_put_u32(struct tpm_writer *w, enum tpm_tag tag, uint32_t value)
{
	uint8_t v[4];

	frame_store_u32(v, value);
	return tpm_frame_put(w, tag, BYTES_OF(v));
}

struct err tpm_frame_end(struct tpm_writer *w)
{
	if (w->len < FRAME_HEAD)
		return ERR(E_INTERNAL);
	frame_store_u32(w->ptr, (uint32_t) (w->len - 4));
	return OK;
}

struct err tpm_frame_len(const uint8_t head[static 4], size_t *ret)
{
	struct reader r = reader_of(BYTES(head, 4));
	uint32_t n;

	TRY(reader_u32(&r, &n));
	if (n < FRAME_HEAD - 4 || n > TPM_PROTO_MAX - 4)
		return ERR(E_CORRUPT);
	*ret = (size_t) n + 4;
	return OK;
}

struct err tpm_frame_read(struct bytes in, struct tpm_frame *ret)
{
	struct tpm_frame f = {0};
	struct reader r = reader_of(in);
	uint8_t version, tag;
	uint32_t n;

	TRY(reader_u32(&r, &n));
	if (n != r.left.len || in.len > TPM_PROTO_MAX)
		return ERR(E_CORRUPT);
	TRY(reader_u8(&r, &version));
	if (version != TPM_PROTO_VERSION)
		return ERR(E_VERSION);
	TRY(reader_u8(&r, &f.code));
	while (r.left.len > 0) {
		TRY(reader_u8(&r, &tag));
		if (tag == 0 || tag >= TPM_TAG_END || f.field[tag].ptr != NULL)
			return ERR(E_CORRUPT);
		TRY(reader_lv(&r, TPM_PROTO_MAX, &f.field[tag]));
		if (f.field[tag].ptr == NULL)
			f.field[tag].ptr = in.ptr; /* empty, but there */
	}
	*ret = f;
	return OK;
}

struct err tpm_frame_u32(const struct tpm_frame *f, enum tpm_tag tag, uint32_t *ret)
{
	struct reader r = reader_of(f->field[tag]);
	uint32_t v;

	TRY(reader_u32(&r, &v));
	TRY(reader_end(&r));
	*ret = v;
	return OK;
}
