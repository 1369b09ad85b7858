/* SPDX-License-Identifier: BSD-2-Clause */
/* A token's objects, found by handle, by record id, by CKA_ID, by CKA_LABEL and by class without
 * looking at the others. Gives out handles. Caller-locked: the token's lock. Holds a reference of
 * each object. */
#pragma once

#include "object.h"

struct index;

NODISCARD CK_RV index_new(struct index **ret);
void index_free(struct index **ix);

/* Publishing in two steps, so that nothing can fail after the store has committed: entries are made
 * first. entries: an array of count NULLs. */
struct index_entry;
NODISCARD CK_RV index_prepare(struct index *ix, struct object *const *objects, size_t count,
	struct index_entry **entries);
/* Takes the entries. visible: private objects get handles, too, of this login generation. Writes
 * object->handle. */
void index_publish(struct index *ix, struct index_entry **entries, size_t count, bool visible,
	uint64_t generation);
void index_entries_free(struct index_entry **entries, size_t count);
/* `changed` takes the place of `old`, under its handle. */
void index_replace(struct index *ix, struct index_entry *old, struct index_entry **changed);
void index_remove(struct index *ix, struct index_entry *e);

/* Removes every object for which `which` says so. */
void index_drop(
	struct index *ix, bool (*which)(const struct object *, const void *arg), const void *arg);
/* Removes the session objects of one session; costs nothing if there are none. */
void index_drop_session(struct index *ix, CK_SESSION_HANDLE session);

/* NULL if there is none. */
struct index_entry *index_by_handle(const struct index *ix, CK_OBJECT_HANDLE h);
struct index_entry *index_by_id(const struct index *ix, const uint8_t id[static ID_LEN]);
struct object *index_object(const struct index_entry *e);
CK_OBJECT_HANDLE index_handle(const struct index_entry *e); /* 0: not now */
size_t index_count(const struct index *ix);

/* Whatever private objects had as handles is dead; with visible they get new ones. */
void index_renew_private(struct index *ix, bool visible, uint64_t generation);

/* Every entry that may match `wanted`, by the narrowest list there is; e NULL: the first. */
struct index_cursor {
	const struct attrs *wanted;
	struct index_entry *next;
	unsigned list;
};
struct index_cursor index_search(const struct index *ix, const struct attrs *wanted);
struct index_entry *index_next(struct index_cursor *c);

/* Sweeping: what was not marked since index_unmark is removed by index_sweep, token objects only.
 */
void index_unmark(struct index *ix);
void index_mark(struct index *ix, struct index_entry *e);
void index_sweep(struct index *ix);
/* What the record was, so that an unchanged one is not read again. */
uint64_t index_fingerprint(const struct index_entry *e);
void index_set_fingerprint(struct index_entry *e, uint64_t fingerprint);

/* In the order of making: sorts handles found by index_next, where private ones carry a generation.
 */
void index_sort(CK_OBJECT_HANDLE *handles, size_t count);
