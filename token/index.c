/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists that an entry is in, each found through a hash of what it is found by. */
#include "index.h"

#include "ossl.h"
#include "rv.h"

#include <limits.h>
#include <stdlib.h>

/* The lists of an entry. LIST_ALL has one chain for everything. */
enum list {
	LIST_HANDLE,
	LIST_RECORD,
	LIST_ID, /* class and CKA_ID are asked for together: by the ID, which is the rarer one */
	LIST_LABEL,
	LIST_CLASS,
	LIST_OWNER, /* session objects, by their session */
	LIST_ALL,
	LISTS
};

struct link {
	struct index_entry *next;
	struct index_entry **prev; /* what points here; NULL: not in this list */
};

struct index_entry {
	struct object *object;
	CK_OBJECT_HANDLE handle;
	uint64_t fingerprint;
	unsigned mark;
	struct link links[LISTS];
};

#define BUCKETS_MIN 64u
#define NUMBER_BITS (sizeof(CK_OBJECT_HANDLE) == 8 ? 40u : 24u)
#define NUMBER_MAX  (((CK_OBJECT_HANDLE) 1 << NUMBER_BITS) - 1)

struct index {
	struct index_entry **heads[LISTS];
	size_t buckets; /* of each, a power of two */
	size_t count;
	uint64_t seed;
	CK_OBJECT_HANDLE number; /* the last one given out */
	unsigned mark;
};

/* ---- hashing ---- */

static uint64_t hash_bytes(uint64_t seed, struct bytes b)
{
	uint64_t h = seed ^ 0xcbf29ce484222325u;

	for (size_t i = 0; i < b.len; i++)
		h = (h ^ b.ptr[i]) * 0x100000001b3u;
	return h ^ h >> 29;
}

static uint64_t hash_number(uint64_t seed, uint64_t n)
{
	n = (n ^ seed) * 0x9e3779b97f4a7c15u;
	return n ^ n >> 32;
}

/* False: the entry is not in this list. */
static bool list_hash(
	const struct index *ix, const struct index_entry *e, enum list list, uint64_t *ret)
{
	const struct attrs *a = &e->object->attrs;
	const struct attr *found;

	switch (list) {
	case LIST_HANDLE:
		*ret = hash_number(ix->seed, e->handle);
		return e->handle != 0;
	case LIST_RECORD:
		*ret = hash_bytes(ix->seed, BYTES_OF(e->object->id));
		return true;
	case LIST_ID:
	case LIST_LABEL:
		found = attrs_get(a, list == LIST_ID ? CKA_ID : CKA_LABEL);
		*ret = hash_bytes(ix->seed, attr_bytes(found));
		return found != NULL && found->len > 0;
	case LIST_CLASS:
		*ret = hash_number(ix->seed, e->object->cls);
		return true;
	case LIST_OWNER:
		*ret = hash_number(ix->seed, e->object->owner);
		return e->object->owner != 0;
	case LIST_ALL:
	case LISTS:
		break;
	}
	*ret = 0;
	return true;
}

static struct index_entry **bucket(const struct index *ix, enum list list, uint64_t hash)
{
	return &ix->heads[list][hash & (ix->buckets - 1)];
}

/* ---- links ---- */

static void link_in(struct index *ix, struct index_entry *e, enum list list)
{
	struct index_entry **head;
	struct link *l = &e->links[list];
	uint64_t hash;

	if (!list_hash(ix, e, list, &hash))
		return;
	head = bucket(ix, list, hash);
	l->next = *head;
	l->prev = head;
	if (l->next != NULL)
		l->next->links[list].prev = &l->next;
	*head = e;
}

static void link_out(struct index_entry *e, enum list list)
{
	struct link *l = &e->links[list];

	if (l->prev == NULL)
		return;
	*l->prev = l->next;
	if (l->next != NULL)
		l->next->links[list].prev = l->prev;
	*l = (struct link){0};
}

static void entry_link(struct index *ix, struct index_entry *e)
{
	for (enum list list = 0; list < LISTS; list++)
		link_in(ix, e, list);
	ix->count++;
}

static void entry_unlink(struct index *ix, struct index_entry *e)
{
	for (enum list list = 0; list < LISTS; list++)
		link_out(e, list);
	ix->count--;
}

static void entry_free(struct index_entry *e)
{
	object_unref(&e->object);
	free(e);
}

/* ---- growing ---- */

static void heads_free(struct index_entry **heads[static LISTS])
{
	for (enum list list = 0; list < LISTS; list++) {
		free(heads[list]);
		heads[list] = NULL;
	}
}

static bool heads_new(struct index_entry **heads[static LISTS], size_t buckets)
{
	for (enum list list = 0; list < LISTS; list++) {
		/* everything is in one chain: list_hash says 0 */
		heads[list] = calloc(list == LIST_ALL ? 1 : buckets, sizeof(struct index_entry *));
		if (heads[list] == NULL) {
			heads_free(heads);
			return false;
		}
	}
	return true;
}

/* Twice the buckets. Without memory for them it works on, slower. */
static void index_grow(struct index *ix)
{
	struct index_entry **old[LISTS], **new[LISTS] = {0}, *e, *next;

	if (!heads_new(new, 2 * ix->buckets))
		return;
	memcpy(old, ix->heads, sizeof(old));
	memcpy(ix->heads, new, sizeof(new));
	ix->buckets *= 2;
	for (e = *old[LIST_ALL]; e != NULL; e = next) {
		next = e->links[LIST_ALL].next;
		memset(e->links, 0, sizeof(e->links));
		for (enum list list = 0; list < LISTS; list++)
			link_in(ix, e, list);
	}
	heads_free(old);
}

CK_RV index_new(struct index **ret)
{
	_cleanup_(index_free) struct index *ix = calloc(1, sizeof(*ix));
	uint64_t random[2];

	if (ix == NULL)
		return CKR_HOST_MEMORY;
	RV_TRY(rv_from_err(ossl_random_public((uint8_t *) random, sizeof(random))));
	ix->seed = random[0];
	/* somewhere in the lower half: room to grow, and another place after each fork and start,
	 * so that a handle from elsewhere is not by chance one of ours */
	ix->number = (CK_OBJECT_HANDLE) (random[1] & (NUMBER_MAX >> 1));
	ix->buckets = BUCKETS_MIN;
	if (!heads_new(ix->heads, ix->buckets))
		return CKR_HOST_MEMORY;
	*ret = TAKE(ix);
	return CKR_OK;
}

void index_free(struct index **ixp)
{
	struct index *ix = *ixp;

	*ixp = NULL;
	if (ix == NULL)
		return;
	while (ix->heads[LIST_ALL] != NULL && *ix->heads[LIST_ALL] != NULL)
		index_remove(ix, *ix->heads[LIST_ALL]);
	heads_free(ix->heads);
	free(ix);
}

/* ---- publishing ---- */

CK_RV index_prepare(
	struct index *ix, struct object *const *objects, size_t count, struct index_entry **entries)
{
	if (count > NUMBER_MAX - ix->number)
		return CKR_DEVICE_MEMORY; /* all handles of this process were given out */
	for (size_t i = 0; i < count; i++) {
		entries[i] = calloc(1, sizeof(*entries[i]));
		if (entries[i] == NULL) {
			index_entries_free(entries, i);
			return CKR_HOST_MEMORY;
		}
		entries[i]->object = object_ref(objects[i]);
	}
	return CKR_OK;
}

void index_entries_free(struct index_entry **entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (entries[i] != NULL)
			entry_free(entries[i]);
		entries[i] = NULL;
	}
}

/* A handle of no object before. A private object's also says under which login it was given. */
static CK_OBJECT_HANDLE handle_next(struct index *ix, const struct object *o, uint64_t generation)
{
	if (ix->number < NUMBER_MAX)
		ix->number++;
	if (!o->private_)
		return ix->number;
	return ix->number | (CK_OBJECT_HANDLE) generation << NUMBER_BITS;
}

void index_publish(struct index *ix, struct index_entry **entries, size_t count, bool visible,
	uint64_t generation)
{
	for (size_t i = 0; i < count; i++) {
		struct index_entry *e = TAKE(entries[i]);

		if (!e->object->private_ || visible)
			e->handle = handle_next(ix, e->object, generation);
		e->object->handle = e->handle;
		e->object->born = generation;
		e->mark = ix->mark;
		if (ix->count >= ix->buckets)
			index_grow(ix);
		entry_link(ix, e);
	}
}

void index_replace(struct index *ix, struct index_entry *old, struct index_entry **changed)
{
	struct index_entry *e = TAKE(*changed);

	e->handle = old->handle;
	e->object->handle = old->handle;
	e->object->born = old->object->born;
	e->mark = ix->mark;
	index_remove(ix, old);
	entry_link(ix, e);
}

void index_remove(struct index *ix, struct index_entry *e)
{
	entry_unlink(ix, e);
	entry_free(e);
}

void index_drop(
	struct index *ix, bool (*which)(const struct object *, const void *arg), const void *arg)
{
	struct index_entry *next;

	for (struct index_entry *e = *ix->heads[LIST_ALL]; e != NULL; e = next) {
		next = e->links[LIST_ALL].next;
		if (which(e->object, arg))
			index_remove(ix, e);
	}
}

void index_drop_session(struct index *ix, CK_SESSION_HANDLE session)
{
	struct index_entry *next;

	for (struct index_entry *e = *bucket(ix, LIST_OWNER, hash_number(ix->seed, session));
		e != NULL; e = next) {
		next = e->links[LIST_OWNER].next;
		if (e->object->owner == session)
			index_remove(ix, e);
	}
}

void index_renew_private(struct index *ix, bool visible, uint64_t generation)
{
	for (struct index_entry *e = *ix->heads[LIST_ALL]; e != NULL; e = e->links[LIST_ALL].next) {
		if (!e->object->private_)
			continue;
		link_out(e, LIST_HANDLE);
		e->handle = visible ? handle_next(ix, e->object, generation) : 0;
		link_in(ix, e, LIST_HANDLE);
	}
}

/* ---- finding ---- */

struct index_entry *index_by_handle(const struct index *ix, CK_OBJECT_HANDLE h)
{
	struct index_entry *e = *bucket(ix, LIST_HANDLE, hash_number(ix->seed, h));

	while (e != NULL && e->handle != h)
		e = e->links[LIST_HANDLE].next;
	return e;
}

struct index_entry *index_by_id(const struct index *ix, const uint8_t id[static ID_LEN])
{
	struct bytes wanted = BYTES(id, ID_LEN);
	struct index_entry *e = *bucket(ix, LIST_RECORD, hash_bytes(ix->seed, wanted));

	while (e != NULL && !bytes_eq(BYTES_OF(e->object->id), wanted))
		e = e->links[LIST_RECORD].next;
	return e;
}

struct object *index_object(const struct index_entry *e)
{
	return e->object;
}

CK_OBJECT_HANDLE index_handle(const struct index_entry *e)
{
	return e->handle;
}

size_t index_count(const struct index *ix)
{
	return ix->count;
}

static bool wanted_record(const struct attrs *wanted, uint8_t ret[static ID_LEN])
{
	struct bytes unique = attr_bytes(attrs_get(wanted, CKA_UNIQUE_ID));
	char hex[2 * ID_LEN + 1] = {0};

	if (unique.len != 2 * ID_LEN)
		return false;
	memcpy(hex, unique.ptr, unique.len);
	return bytes_from_hex(hex, ret, ID_LEN);
}

struct index_cursor index_search(const struct index *ix, const struct attrs *wanted)
{
	const struct attr *id = attrs_get(wanted, CKA_ID), *label = attrs_get(wanted, CKA_LABEL);
	CK_OBJECT_CLASS cls = attrs_ulong(wanted, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
	struct index_cursor c = {.wanted = wanted, .list = LIST_ALL};
	uint8_t record[ID_LEN];
	uint64_t hash = 0;

	if (wanted_record(wanted, record)) {
		c.list = LIST_RECORD;
		hash = hash_bytes(ix->seed, BYTES_OF(record));
	} else if (id != NULL && id->len > 0) {
		c.list = LIST_ID;
		hash = hash_bytes(ix->seed, attr_bytes(id));
	} else if (label != NULL && label->len > 0) {
		c.list = LIST_LABEL;
		hash = hash_bytes(ix->seed, attr_bytes(label));
	} else if (cls != CK_UNAVAILABLE_INFORMATION) {
		c.list = LIST_CLASS;
		hash = hash_number(ix->seed, cls);
	}
	c.next = *bucket(ix, c.list, hash);
	return c;
}

struct index_entry *index_next(struct index_cursor *c)
{
	struct index_entry *e = c->next;

	if (e != NULL)
		c->next = e->links[c->list].next;
	return e;
}

static int handle_order(const void *a, const void *b)
{
	CK_OBJECT_HANDLE x = *(const CK_OBJECT_HANDLE *) a & NUMBER_MAX;
	CK_OBJECT_HANDLE y = *(const CK_OBJECT_HANDLE *) b & NUMBER_MAX;

	return (x > y) - (x < y);
}

void index_sort(CK_OBJECT_HANDLE *handles, size_t count)
{
	if (count > 1)
		qsort(handles, count, sizeof(*handles), handle_order);
}

/* ---- sweeping ---- */

void index_unmark(struct index *ix)
{
	ix->mark++;
}

void index_mark(struct index *ix, struct index_entry *e)
{
	e->mark = ix->mark;
}

void index_sweep(struct index *ix)
{
	struct index_entry *next;

	for (struct index_entry *e = *ix->heads[LIST_ALL]; e != NULL; e = next) {
		next = e->links[LIST_ALL].next;
		if (e->object->owner == 0 && e->mark != ix->mark)
			index_remove(ix, e);
	}
}

uint64_t index_fingerprint(const struct index_entry *e)
{
	return e->fingerprint;
}

void index_set_fingerprint(struct index_entry *e, uint64_t fingerprint)
{
	e->fingerprint = fingerprint;
}
