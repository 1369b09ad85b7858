/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes of objects, tokens and the list. Knows neither SQL nor keys. */
#include "record.h"

#define OBJECT_VERSION 1u
#define TOKEN_VERSION  1u
#define LIST_VERSION   1u

static struct err version_read(struct reader *r, uint8_t newest)
{
	uint8_t version = 0;

	TRY(reader_u8(r, &version));
	if (version == 0)
		return ERR(E_CORRUPT);
	return version > newest ? ERR(E_VERSION) : OK;
}

struct err record_object_put(const struct stored_object *o, struct buf *ret)
{
	BUF(b);

	if (o->attrs.len > STORE_ATTRS_MAX || o->sealed.len > STORE_SEALED_MAX)
		return ERR(E_LIMIT);
	if (o->version == 0 || o->version > INT64_MAX)
		return ERR(E_INVALID);
	TRY(buf_put_u8(&b, OBJECT_VERSION));
	TRY(buf_put(&b, BYTES_OF(o->id)));
	TRY(buf_put_u64(&b, o->version));
	TRY(buf_put_lv(&b, o->attrs));
	TRY(buf_put_lv(&b, o->sealed));
	return buf_put(ret, buf_bytes(&b));
}

struct err record_object_read(struct bytes b, struct stored_object *ret)
{
	struct reader r = reader_of(b);
	struct stored_object o;

	TRY(version_read(&r, OBJECT_VERSION));
	TRY(reader_copy(&r, o.id, ID_LEN));
	TRY(reader_u64(&r, &o.version));
	TRY(reader_lv(&r, STORE_ATTRS_MAX, &o.attrs));
	TRY(reader_lv(&r, STORE_SEALED_MAX, &o.sealed));
	TRY(reader_end(&r));
	if (o.version == 0 || o.version > INT64_MAX)
		return ERR(E_CORRUPT);
	*ret = o;
	return OK;
}

struct err record_token_put(const struct store_token *t, struct buf *ret)
{
	BUF(b);

	TRY(buf_put_u8(&b, TOKEN_VERSION));
	TRY(buf_put(&b, BYTES_OF(t->id)));
	TRY(buf_put(&b, BYTES_OF(t->label)));
	TRY(buf_put_u64(&b, t->created_s));
	return buf_put(ret, buf_bytes(&b));
}

struct err record_token_read(struct bytes b, struct store_token *ret)
{
	struct reader r = reader_of(b);
	struct store_token t;
	uint8_t label[STORE_LABEL_LEN];

	TRY(version_read(&r, TOKEN_VERSION));
	TRY(reader_copy(&r, t.id, ID_LEN));
	TRY(reader_copy(&r, label, sizeof(label)));
	TRY(reader_u64(&r, &t.created_s));
	TRY(reader_end(&r));
	memcpy(t.label, label, sizeof(label));
	bytes_hex(BYTES(t.id, (sizeof(t.serial) - 1) / 2), t.serial);
	*ret = t;
	return OK;
}

struct err record_list_put(const struct record_list *l, struct buf *ret)
{
	BUF(b);

	TRY(buf_put_u8(&b, LIST_VERSION));
	TRY(buf_put_u32(&b, l->count));
	TRY(buf_put(&b, BYTES_OF(l->bucket)));
	TRY(buf_put(&b, BYTES_OF(l->root)));
	return buf_put(ret, buf_bytes(&b));
}

struct err record_list_read(struct bytes b, struct record_list *ret)
{
	struct reader r = reader_of(b);
	uint32_t count = 0;
	struct bytes bucket, root;

	TRY(version_read(&r, LIST_VERSION));
	TRY(reader_u32(&r, &count));
	TRY(reader_bytes(&r, sizeof(ret->bucket), &bucket));
	TRY(reader_bytes(&r, sizeof(ret->root), &root));
	TRY(reader_end(&r));
	ret->count = count;
	memcpy(ret->bucket, bucket.ptr, bucket.len);
	memcpy(ret->root, root.ptr, root.len);
	return OK;
}
