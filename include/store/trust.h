/* SPDX-License-Identifier: BSD-2-Clause */
/* A trust source seals S (32 bytes) under a policy and opens it again while the policy holds. A few
 * operations and no state here: a source is opened, used and left within one call, so that an idle
 * module holds nothing of it. What a source cannot do is data of its row, or NULL. */
#pragma once

#include "policy.h"
#include "secret.h"
#include "trust_info.h"

#include <stdatomic.h>
#include <stdbool.h>

#define TRUST_S_LEN     32u                 /* bytes */
#define TRUST_AUTH_LEN  32u                 /* bytes; the last one is never zero */
#define TRUST_OWNER_LEN 32u                 /* bytes */
#define TRUST_BLOB_MAX  ((size_t) 16 << 10) /* bytes */

/* The source did not answer: whoever shares this does not ask it again before the time (of
 * CLOCK_MONOTONIC, in ms). All zero at first. */
struct trust_silence {
	_Atomic uint64_t until_ms;
};

/* Where and how long; borrowed for the call. */
struct trust_env {
	const char *tcti;
	const char *lock_path;     /* the queue's lock file; may not exist (a store that may only be
				      read): no queue then */
	unsigned tpm_timeout_ms;   /* the TEE's, too: of one call, all in all */
	unsigned queue_timeout_ms; /* in a queue that moves */
	struct trust_silence *silence; /* of the TPM; NULL: it is asked each time */
};

/* What shall be sealed; borrowed for the call. */
struct trust_wish {
	const struct policy *policy;
	const struct secret *auth;  /* TRUST_AUTH_LEN bytes; NULL: a policy without PIN */
	const struct secret *owner; /* TRUST_OWNER_LEN bytes that only who has TK knows: sources
				       that keep something of a seal give way to its owner alone */
	struct bytes before; /* the source's blob of the seal that this one replaces; empty: a
				new seal */
};

/* What kind of thing a source is: which assumptions of the threat model are about it. */
enum trust_kind {
	TRUST_KIND_TPM,
	TRUST_KIND_TEE,
};

struct trust_ops {
	const char *name; /* exact match; shown to people */
	enum trust_kind kind;
	unsigned honours;    /* POLICY_PART_*: what its seals can be bound to */
	bool counts_by_seal; /* wrong PINs are counted for each seal alone, and a right one ends the
				count: no budget of ours is needed to keep it from harm */
	/* Makes S, seals it, and makes sure that it opens. Where the source can, what is replaced
	 * keeps opening until settle. */
	struct err (*seal)(const struct trust_env *, const struct trust_wish *,
		struct buf *ret_blob, struct secret **ret_s, struct trust_count *ret_count);
	/* E_AUTH, E_LOCKED, E_POLICY (no try spent), E_FOREIGN, E_UNAVAILABLE, E_BUSY, E_CORRUPT.
	 * ret_count is filled in on failure, too. */
	struct err (*open)(const struct trust_env *, struct bytes blob, const struct policy *,
		const struct secret *auth, struct secret **ret_s, struct trust_count *ret_count);
	/* blob may be empty: the source alone. Succeeds where the source is away, too: state says
	 * so. */
	struct err (*describe)(const struct trust_env *, struct bytes blob, const struct policy *,
		struct trust_info *ret);
	/* This seal is stored and what it replaced is not: the source forgets that one. NULL: it
	 * keeps nothing. Not done, it is done when the seal first opens. */
	struct err (*settle)(
		const struct trust_env *, struct bytes blob, const struct secret *owner);
	/* This seal is in no store any more: nothing shall open it. NULL: cannot be. */
	struct err (*destroy)(
		const struct trust_env *, struct bytes blob, const struct secret *owner);
};

/* E_UNSUPPORTED, logged, if the source cannot bind to a part of the policy. */
NODISCARD struct err trust_can(const struct trust_ops *ops, const struct policy *p);
/* E_NOT_FOUND for a name that is none. */
NODISCARD struct err trust_find(const char *name, const struct trust_ops **ret);
/* NULL-terminated; in a file of its own (trust_table.c) so that tests link another one. */
extern const struct trust_ops *const trust_sources[];
