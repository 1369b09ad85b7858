/* SPDX-License-Identifier: BSD-2-Clause */
/* A trust source seals S (32 bytes) under a policy and opens it again while the policy holds. Three
 * operations and no state: a source is opened, used and left within one call, so that an idle
 * module holds nothing of it. */
#pragma once

#include "policy.h"
#include "secret.h"
#include "trust_info.h"

#define TRUST_S_LEN    32u                 /* bytes */
#define TRUST_AUTH_LEN 32u                 /* bytes; the last one is never zero */
#define TRUST_BLOB_MAX ((size_t) 16 << 10) /* bytes */

/* Where and how long; borrowed for the call. */
struct trust_env {
	const char *tcti;
	const char *lock_path; /* the queue's lock file; may not exist (a store that may only be
				  read): no queue then */
	unsigned tpm_timeout_ms, queue_timeout_ms;
};

struct trust_ops {
	const char *name; /* exact match; shown to people */
	/* Makes S, seals it, and opens it once more before it reports success. auth: NULL for a
	 * policy without PIN. */
	struct err (*seal)(const struct trust_env *, const struct policy *,
		const struct secret *auth, struct buf *ret_blob, struct secret **ret_s,
		struct trust_count *ret_count);
	/* E_AUTH, E_LOCKED, E_POLICY (no try spent), E_FOREIGN, E_UNAVAILABLE, E_BUSY, E_CORRUPT.
	 * ret_count is filled in on failure, too. */
	struct err (*open)(const struct trust_env *, struct bytes blob, const struct policy *,
		const struct secret *auth, struct secret **ret_s, struct trust_count *ret_count);
	/* blob may be empty: the source alone. Succeeds where the source is away, too: state says
	 * so. */
	struct err (*describe)(const struct trust_env *, struct bytes blob, const struct policy *,
		struct trust_info *ret);
};

/* E_NOT_FOUND for a name that is none. */
NODISCARD struct err trust_find(const char *name, const struct trust_ops **ret);
/* NULL-terminated; in a file of its own (trust_table.c) so that tests link another one. */
extern const struct trust_ops *const trust_sources[];
