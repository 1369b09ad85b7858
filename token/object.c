/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects: counted, sealed and opened, written down and read back. Encoded attributes are
 * independent of the machine; what is read is not believed. */
#include "object.h"

#include "key.h"
#include "num.h"
#include "ossl.h"
#include "rules.h"
#include "rv.h"

#include <stdlib.h>

#define ENCODING_VERSION 1u

/* How a value is written; stays readable where the type is not known. Numbers of docs/formats.md.
 */
enum wire {
	WIRE_BYTES = 0,
	WIRE_ULONG = 1,
	WIRE_BOOL = 2,
	WIRE_ULONGS = 3,
};

static enum wire wire_of(CK_ATTRIBUTE_TYPE type, bool *ret_known)
{
	switch (rules_kind(type, ret_known)) {
	case ATTR_ULONG:
		return WIRE_ULONG;
	case ATTR_BOOL:
		return WIRE_BOOL;
	case ATTR_MECHS:
		return WIRE_ULONGS;
	case ATTR_BYTES:
	case ATTR_DATE:
	case ATTR_BIGNUM:
		return WIRE_BYTES;
	}
	return WIRE_BYTES;
}

/* ---- encoding ---- */

static struct err encode_numbers(const struct attr *a, struct buf *ret)
{
	size_t n = a->len / sizeof(CK_ULONG);

	if (a->len % sizeof(CK_ULONG) != 0)
		return ERR(E_INTERNAL);
	TRY(buf_put_u32(ret, (uint32_t) (8 * n)));
	for (size_t i = 0; i < n; i++) {
		CK_ULONG v;

		memcpy(&v, a->ptr + i * sizeof(v), sizeof(v));
		TRY(buf_put_u64(ret, v == CK_UNAVAILABLE_INFORMATION ? UINT64_MAX : v));
	}
	return OK;
}

struct err object_encode(const struct attrs *a, unsigned secrets, struct buf *ret)
{
	if (a->count > 4 * ATTRS_MAX || secrets > UINT8_MAX)
		return ERR(E_LIMIT);
	TRY(buf_put_u8(ret, ENCODING_VERSION));
	TRY(buf_put_u8(ret, (uint8_t) secrets));
	TRY(buf_put_u16(ret, (uint16_t) (a->count - (attrs_get(a, CKA_UNIQUE_ID) != NULL))));
	for (size_t i = 0; i < a->count; i++) {
		const struct attr *one = &a->list[i];
		bool known;
		enum wire wire = wire_of(one->type, &known);
		uint32_t type;

		if (one->type == CKA_UNIQUE_ID) /* it is the record's id */
			continue;
		if (!u32_from_size(one->type, &type))
			return ERR(E_INTERNAL);
		TRY(buf_put_u32(ret, type));
		TRY(buf_put_u8(ret, (uint8_t) wire));
		if (wire == WIRE_ULONG || wire == WIRE_ULONGS)
			TRY(encode_numbers(one, ret));
		else
			TRY(buf_put_lv(ret, attr_bytes(one)));
	}
	return OK;
}

static struct err err_from_rv(CK_RV rv)
{
	return rv == CKR_OK ? OK : ERR(rv == CKR_HOST_MEMORY ? E_NOMEM : E_INTERNAL);
}

static struct err decode_numbers(CK_ATTRIBUTE_TYPE type, struct bytes value, struct attrs *ret)
{
	struct reader r = reader_of(value);
	BUF(numbers);

	if (value.len % 8 != 0)
		return ERR(E_CORRUPT);
	while (r.left.len > 0) {
		uint64_t v = 0;
		unsigned long n = CK_UNAVAILABLE_INFORMATION;

		TRY(reader_u64(&r, &v));
		if (v != UINT64_MAX && !ulong_from_u64(v, &n))
			return ERR(E_CORRUPT);
		TRY(buf_put(&numbers, BYTES(&n, sizeof(n))));
	}
	return err_from_rv(attrs_set(ret, type, buf_bytes(&numbers)));
}

static struct err decode_one(struct reader *r, uint32_t *last, struct attrs *ret)
{
	uint32_t type = 0;
	uint8_t wire = 0;
	struct bytes value = BYTES_NONE;
	bool known;

	TRY(reader_u32(r, &type));
	TRY(reader_u8(r, &wire));
	TRY(reader_lv(r, ATTR_VALUE_MAX, &value));
	/* ascending, so each at most once, and one encoding only */
	if ((ret->count > 0 && type <= *last) || type == CKA_UNIQUE_ID)
		return ERR(E_CORRUPT);
	*last = type;
	if (wire_of(type, &known) != wire && known)
		return ERR(E_CORRUPT);
	switch (wire) {
	case WIRE_ULONG:
		return value.len == 8 ? decode_numbers(type, value, ret) : ERR(E_CORRUPT);
	case WIRE_ULONGS:
		return decode_numbers(type, value, ret);
	case WIRE_BOOL:
		if (value.len != 1 || value.ptr[0] > 1)
			return ERR(E_CORRUPT);
		return err_from_rv(attrs_set(ret, type, value));
	case WIRE_BYTES:
		return err_from_rv(attrs_set(ret, type, value));
	default:
		return ERR(E_CORRUPT);
	}
}

struct err object_decode(struct bytes b, struct attrs *ret, unsigned *ret_secrets)
{
	struct reader r = reader_of(b);
	uint8_t version = 0, secrets = 0;
	uint16_t count = 0;
	uint32_t last = 0;
	ATTRS(a);

	TRY(reader_u8(&r, &version));
	if (version != ENCODING_VERSION)
		return ERR(version > ENCODING_VERSION ? E_VERSION : E_CORRUPT);
	TRY(reader_u8(&r, &secrets));
	TRY(reader_u16(&r, &count));
	if (count > 4 * ATTRS_MAX)
		return ERR(E_CORRUPT);
	for (unsigned i = 0; i < count; i++)
		TRY(decode_one(&r, &last, &a));
	TRY(reader_end(&r));
	*ret = a;
	a = (struct attrs){0};
	*ret_secrets = secrets;
	return OK;
}

/* ---- objects ---- */

static CK_RV object_name(struct object *o)
{
	char hex[2 * ID_LEN + 1];

	bytes_hex(BYTES_OF(o->id), hex);
	return attrs_set(&o->attrs, CKA_UNIQUE_ID, bytes_str(hex));
}

/* Takes the attributes, on success. */
static CK_RV object_make(const uint8_t id[static ID_LEN], struct attrs *attrs, struct object **ret)
{
	OBJECT(o);

	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return CKR_HOST_MEMORY;
	atomic_init(&o->refs, 1);
	memcpy(o->id, id, ID_LEN);
	o->attrs = *attrs;
	*attrs = (struct attrs){0};
	RV_TRY(object_name(o));
	o->cls = attrs_ulong(&o->attrs, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
	o->key_type = attrs_ulong(&o->attrs, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
	o->private_ = attrs_bool(&o->attrs, CKA_PRIVATE, false);
	/* what is absent where it matters counts as the stricter value */
	if (o->cls == CKO_PRIVATE_KEY || o->cls == CKO_SECRET_KEY)
		o->sensitive = attrs_bool(&o->attrs, CKA_SENSITIVE, true) ||
			       !attrs_bool(&o->attrs, CKA_EXTRACTABLE, false);
	*ret = TAKE(o);
	return CKR_OK;
}

CK_RV object_new(struct attrs *attrs, struct object **ret)
{
	uint8_t id[ID_LEN];

	RV_TRY(rv_from_err(ossl_random_public(id, sizeof(id))));
	return object_make(id, attrs, ret);
}

struct object *object_ref(struct object *o)
{
	atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
	return o;
}

void object_unref(struct object **op)
{
	struct object *o = *op;

	*op = NULL;
	if (o == NULL || atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) != 1)
		return;
	key_cache_forget(&o->key);
	attrs_done(&o->attrs);
	buf_done(&o->sealed);
	free(o);
}

/* What the sealed part is bound to besides the id: the version and the public attributes. */
static struct err object_aad(const struct object *o, struct buf *ret)
{
	TRY(buf_put_u64(ret, o->version));
	return object_encode(&o->attrs, o->secret_count, ret);
}

CK_RV object_seal(struct object *o, const struct keyring *k, const struct attrs *secrets)
{
	BUF(aad);
	BUF(plain);
	BUF(sealed);

	if (secrets->count > UINT8_MAX)
		return CKR_GENERAL_ERROR;
	o->secret_count = (unsigned) secrets->count;
	if (secrets->count > 0) {
		RV_TRY(rv_from_err(object_aad(o, &aad)));
		RV_TRY(rv_from_err(object_encode(secrets, 0, &plain)));
		RV_TRY(rv_from_err(keyring_seal_object(
			k, o->id, buf_bytes(&aad), buf_bytes(&plain), &sealed)));
	}
	buf_done(&o->sealed);
	o->sealed = sealed;
	sealed = (struct buf){0};
	return CKR_OK;
}

CK_RV object_open(const struct object *o, const struct keyring *k, struct attrs *ret)
{
	unsigned none;
	BUF(aad);
	SECRET(plain);
	ATTRS(a);

	if (o->secret_count == 0) {
		*ret = (struct attrs){0};
		return CKR_OK;
	}
	RV_TRY(rv_from_err(object_aad(o, &aad)));
	RV_TRY(rv_from_err(
		keyring_open_object(k, o->id, buf_bytes(&aad), buf_bytes(&o->sealed), &plain)));
	RV_TRY(rv_from_err(object_decode(secret_view(plain), &a, &none)));
	if (a.count != o->secret_count)
		return CKR_DEVICE_ERROR;
	*ret = a;
	a = (struct attrs){0};
	return CKR_OK;
}

CK_RV object_to_stored(const struct object *o, struct buf *encoded, struct stored_object *ret)
{
	RV_TRY(rv_from_err(object_encode(&o->attrs, o->secret_count, encoded)));
	*ret = (struct stored_object){.version = o->version,
		.attrs = buf_bytes(encoded),
		.sealed = buf_bytes(&o->sealed)};
	memcpy(ret->id, o->id, ID_LEN);
	return CKR_OK;
}

/* Nothing secret may stand among the public attributes, whatever wrote the record. */
static bool object_sane(const struct object *o)
{
	if (!attrs_bool(&o->attrs, CKA_TOKEN, false) || o->cls == CK_UNAVAILABLE_INFORMATION)
		return false;
	for (size_t i = 0; i < o->attrs.count; i++)
		if (rules_secret(o->cls, o->key_type, o->private_, o->attrs.list[i].type))
			return false;
	return true;
}

CK_RV object_from_stored(const struct stored_object *s, struct object **ret)
{
	unsigned secrets = 0;
	OBJECT(o);
	ATTRS(a);

	RV_TRY(rv_from_err(object_decode(s->attrs, &a, &secrets)));
	RV_TRY(object_make(s->id, &a, &o));
	o->version = s->version;
	o->secret_count = secrets;
	if (!object_sane(o) || (secrets == 0) != (s->sealed.len == 0))
		return CKR_DEVICE_ERROR;
	RV_TRY(rv_from_err(buf_put(&o->sealed, s->sealed)));
	RV_TRY(attrs_pack(&o->attrs));
	*ret = TAKE(o);
	return CKR_OK;
}

size_t object_size(const struct object *o)
{
	size_t size = o->sealed.len;

	for (size_t i = 0; i < o->attrs.count; i++)
		size += o->attrs.list[i].len;
	return size;
}
