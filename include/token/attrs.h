/* SPDX-License-Identifier: BSD-2-Clause */
/* Owned arrays of attributes, sorted by type, each type at most once. The only code that follows
 * the pointers of a caller's CK_ATTRIBUTE. Values are wiped when released. Values are kept as PKCS
 * #11 gives them: CK_ULONG in host form, CK_BBOOL one byte. */
#pragma once

#include "buf.h"
#include "bytes.h"
#include "pkcs11.h"

#include <stdbool.h>

#define ATTRS_MAX      128u                /* attributes in one template */
#define ATTR_VALUE_MAX ((size_t) 64 << 10) /* bytes, one value */

struct attr {
	CK_ATTRIBUTE_TYPE type;
	uint8_t *ptr; /* NULL when len is 0 */
	size_t len;
};

struct attrs {
	struct attr *list;
	size_t count, cap;
	bool packed; /* one block for list and values (attrs_pack); it cannot change any more */
};

#define ATTRS(name) _cleanup_(attrs_done) struct attrs name = {0}

/* Deep copy of a caller's template. CKR_ARGUMENTS_BAD (NULL list or value with a length, count over
 * ATTRS_MAX), CKR_ATTRIBUTE_VALUE_INVALID (a value over ATTR_VALUE_MAX, or
 * CK_UNAVAILABLE_INFORMATION as a length), CKR_TEMPLATE_INCONSISTENT (a type twice). *ret is empty
 * before and after a failure. */
NODISCARD CK_RV attrs_copy_in(const CK_ATTRIBUTE *templ, CK_ULONG count, struct attrs *ret);
NODISCARD CK_RV attrs_copy(const struct attrs *from, struct attrs *ret);
void attrs_done(struct attrs *a);

/* Borrowed; NULL if absent. */
const struct attr *attrs_get(const struct attrs *a, CK_ATTRIBUTE_TYPE type);
static inline struct bytes attr_bytes(const struct attr *a)
{
	return a == NULL ? BYTES_NONE : BYTES(a->ptr, a->len);
}
/* Absent, or of another size: def. */
CK_ULONG attrs_ulong(const struct attrs *a, CK_ATTRIBUTE_TYPE type, CK_ULONG def);
bool attrs_bool(const struct attrs *a, CK_ATTRIBUTE_TYPE type, bool def);

/* Replaces or adds; copies. CKR_HOST_MEMORY. */
NODISCARD CK_RV attrs_set(struct attrs *a, CK_ATTRIBUTE_TYPE type, struct bytes value);
NODISCARD CK_RV attrs_set_ulong(struct attrs *a, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
NODISCARD CK_RV attrs_set_bool(struct attrs *a, CK_ATTRIBUTE_TYPE type, bool value);
void attrs_remove(struct attrs *a, CK_ATTRIBUTE_TYPE type);
/* Moves one attribute (nothing happens if it is absent). */
NODISCARD CK_RV attrs_move(struct attrs *from, struct attrs *to, CK_ATTRIBUTE_TYPE type);

/* Moves everything into one block of memory, for objects that stay: only attrs_done and reading
 * afterwards. CKR_HOST_MEMORY: nothing changed. */
NODISCARD CK_RV attrs_pack(struct attrs *a);

/* Does `a` have every attribute of `wanted` with the same value? */
bool attrs_match(const struct attrs *a, const struct attrs *wanted);

/* One slot of C_GetAttributeValue's output (PKCS #11 5.7.5): length query, too small, unavailable.
 */
NODISCARD CK_RV attr_copy_out(const struct attr *a, CK_ATTRIBUTE *out);
