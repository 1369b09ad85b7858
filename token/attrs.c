/* SPDX-License-Identifier: BSD-2-Clause */
/* Owned arrays of attributes: in from a caller's template, out into a caller's buffers. */
#include "attrs.h"

#include "num.h"

#include <stdlib.h>

static void attr_done(struct attr *a)
{
	if (a->ptr != NULL) {
		explicit_bzero(a->ptr, a->len);
		free(a->ptr);
	}
	*a = (struct attr){0};
}

static CK_RV attr_new(CK_ATTRIBUTE_TYPE type, struct bytes value, struct attr *ret)
{
	struct attr a = {.type = type, .len = value.len};

	if (value.len > 0) {
		a.ptr = calloc(1, value.len);
		if (a.ptr == NULL)
			return CKR_HOST_MEMORY;
		memcpy(a.ptr, value.ptr, value.len);
	}
	*ret = a;
	return CKR_OK;
}

void attrs_done(struct attrs *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (!a->packed)
			attr_done(&a->list[i]);
		else if (a->list[i].ptr != NULL)
			explicit_bzero(a->list[i].ptr, a->list[i].len);
	free(a->list);
	*a = (struct attrs){0};
}

/* Where type is, or where it belongs. */
static size_t attrs_place(const struct attrs *a, CK_ATTRIBUTE_TYPE type)
{
	size_t low = 0, high = a->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (a->list[mid].type < type)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct attr *attrs_get(const struct attrs *a, CK_ATTRIBUTE_TYPE type)
{
	size_t at = attrs_place(a, type);

	return at < a->count && a->list[at].type == type ? &a->list[at] : NULL;
}

static CK_RV attrs_reserve(struct attrs *a, size_t count)
{
	size_t cap = a->cap == 0 ? 8 : a->cap;
	struct attr *list;

	if (a->packed)
		return CKR_GENERAL_ERROR;
	if (count <= a->cap)
		return CKR_OK;
	while (cap < count)
		cap *= 2;
	list = calloc(cap, sizeof(*list));
	if (list == NULL)
		return CKR_HOST_MEMORY;
	if (a->count > 0)
		memcpy(list, a->list, a->count * sizeof(*list));
	free(a->list);
	a->list = list;
	a->cap = cap;
	return CKR_OK;
}

/* There is room, and no such type yet. */
static void attrs_insert(struct attrs *a, struct attr new)
{
	size_t at = attrs_place(a, new.type);

	memmove(&a->list[at + 1], &a->list[at], (a->count - at) * sizeof(*a->list));
	a->list[at] = new;
	a->count++;
}

static CK_RV attrs_add_foreign(struct attrs *a, const CK_ATTRIBUTE *from)
{
	struct attr new = {0};
	CK_RV rv;

	if (from->ulValueLen == CK_UNAVAILABLE_INFORMATION || from->ulValueLen > ATTR_VALUE_MAX)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (from->pValue == NULL && from->ulValueLen > 0)
		return CKR_ARGUMENTS_BAD;
	if (attrs_get(a, from->type) != NULL)
		return CKR_TEMPLATE_INCONSISTENT;
	rv = attr_new(from->type, BYTES(from->pValue, from->ulValueLen), &new);
	if (rv == CKR_OK)
		attrs_insert(a, new);
	return rv;
}

CK_RV attrs_copy_in(const CK_ATTRIBUTE *templ, CK_ULONG count, struct attrs *ret)
{
	ATTRS(a);
	CK_RV rv;

	if ((templ == NULL && count > 0) || count > ATTRS_MAX)
		return CKR_ARGUMENTS_BAD;
	rv = attrs_reserve(&a, count);
	for (CK_ULONG i = 0; i < count && rv == CKR_OK; i++)
		rv = attrs_add_foreign(&a, &templ[i]);
	if (rv != CKR_OK)
		return rv;
	*ret = a;
	a = (struct attrs){0};
	return CKR_OK;
}

CK_RV attrs_copy(const struct attrs *from, struct attrs *ret)
{
	ATTRS(a);
	CK_RV rv;

	rv = attrs_reserve(&a, from->count);
	for (size_t i = 0; i < from->count && rv == CKR_OK; i++) {
		const struct attr *one = &from->list[i];

		rv = attr_new(one->type, BYTES(one->ptr, one->len), &a.list[i]);
		if (rv == CKR_OK)
			a.count++;
	}
	if (rv != CKR_OK)
		return rv;
	*ret = a;
	a = (struct attrs){0};
	return CKR_OK;
}

CK_ULONG attrs_ulong(const struct attrs *a, CK_ATTRIBUTE_TYPE type, CK_ULONG def)
{
	const struct attr *found = attrs_get(a, type);
	CK_ULONG value;

	if (found == NULL || found->len != sizeof(value))
		return def;
	memcpy(&value, found->ptr, sizeof(value));
	return value;
}

bool attrs_bool(const struct attrs *a, CK_ATTRIBUTE_TYPE type, bool def)
{
	const struct attr *found = attrs_get(a, type);

	return found == NULL || found->len != sizeof(CK_BBOOL) ? def : found->ptr[0] != CK_FALSE;
}

CK_RV attrs_set(struct attrs *a, CK_ATTRIBUTE_TYPE type, struct bytes value)
{
	struct attr new = {0};
	size_t at;
	CK_RV rv;

	rv = attrs_reserve(a, a->count + 1);
	if (rv == CKR_OK)
		rv = attr_new(type, value, &new);
	if (rv != CKR_OK)
		return rv;
	at = attrs_place(a, type);
	if (at == a->count || a->list[at].type != type) {
		attrs_insert(a, new);
		return CKR_OK;
	}
	attr_done(&a->list[at]);
	a->list[at] = new;
	return CKR_OK;
}

CK_RV attrs_set_ulong(struct attrs *a, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	return attrs_set(a, type, BYTES(&value, sizeof(value)));
}

CK_RV attrs_set_bool(struct attrs *a, CK_ATTRIBUTE_TYPE type, bool value)
{
	CK_BBOOL b = value ? CK_TRUE : CK_FALSE;

	return attrs_set(a, type, BYTES(&b, sizeof(b)));
}

/* Takes one out of the list; its value is the caller's. */
static struct attr attrs_extract(struct attrs *a, size_t at)
{
	struct attr out = a->list[at];

	a->count--;
	memmove(&a->list[at], &a->list[at + 1], (a->count - at) * sizeof(*a->list));
	a->list[a->count] = (struct attr){0};
	return out;
}

void attrs_remove(struct attrs *a, CK_ATTRIBUTE_TYPE type)
{
	size_t at = attrs_place(a, type);

	if (!a->packed && at < a->count && a->list[at].type == type) {
		struct attr out = attrs_extract(a, at);

		attr_done(&out);
	}
}

CK_RV attrs_move(struct attrs *from, struct attrs *to, CK_ATTRIBUTE_TYPE type)
{
	size_t at = attrs_place(from, type);
	CK_RV rv;

	if (at == from->count || from->list[at].type != type)
		return CKR_OK;
	if (from->packed)
		return CKR_GENERAL_ERROR;
	rv = attrs_reserve(to, to->count + 1);
	if (rv != CKR_OK)
		return rv;
	attrs_remove(to, type);
	attrs_insert(to, attrs_extract(from, at));
	return CKR_OK;
}

CK_RV attrs_pack(struct attrs *a)
{
	size_t size = a->count * sizeof(*a->list);
	struct attr *list;
	uint8_t *next;

	if (a->packed || a->count == 0)
		return CKR_OK;
	for (size_t i = 0; i < a->count; i++)
		if (!size_add(size, a->list[i].len, &size))
			return CKR_HOST_MEMORY;
	list = calloc(1, size);
	if (list == NULL)
		return CKR_HOST_MEMORY;
	next = (uint8_t *) &list[a->count];
	for (size_t i = 0; i < a->count; i++) {
		const struct attr *old = &a->list[i];

		list[i] = (struct attr){.type = old->type, .len = old->len};
		if (old->len == 0)
			continue;
		list[i].ptr = memcpy(next, old->ptr, old->len);
		next += old->len;
	}
	size = a->count;
	attrs_done(a);
	*a = (struct attrs){.list = list, .count = size, .cap = size, .packed = true};
	return CKR_OK;
}

bool attrs_match(const struct attrs *a, const struct attrs *wanted)
{
	for (size_t i = 0; i < wanted->count; i++) {
		const struct attr *w = &wanted->list[i], *have = attrs_get(a, w->type);

		if (have == NULL || !bytes_eq(attr_bytes(have), attr_bytes(w)))
			return false;
	}
	return true;
}

CK_RV attr_copy_out(const struct attr *a, CK_ATTRIBUTE *out)
{
	if (a == NULL) {
		out->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_ATTRIBUTE_TYPE_INVALID;
	}
	if (out->pValue != NULL && out->ulValueLen < a->len) {
		out->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_BUFFER_TOO_SMALL;
	}
	if (out->pValue != NULL && a->len > 0)
		memcpy(out->pValue, a->ptr, a->len);
	out->ulValueLen = a->len;
	return CKR_OK;
}
