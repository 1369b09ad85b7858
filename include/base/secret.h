/* SPDX-License-Identifier: BSD-2-Clause */
/* The only home of PINs, what is stretched from them, S, KEKs and trusted keys. The bytes live in
 * one arena of the process: memfd_secret pages where the kernel has them, else locked pages that
 * are not dumped; never inherited by a child of fork (touching one there is prevented: a secret
 * from before the fork reads as empty). Self-locked. */
#pragma once

#include "bytes.h"
#include "err.h"

#define SECRET_MAX       ((size_t) 128 << 10) /* bytes, one secret */
#define SECRET_ARENA_MAX ((size_t) 4 << 20)   /* bytes, all of them; beyond it: E_LIMIT */

struct secret;

/* Zeroed. Fails with E_LIMIT when the arena is full, E_NOMEM when no page is to be had. */
NODISCARD struct err secret_new(size_t len, struct secret **ret);
/* From the kernel's generator, through libcrypto's private one as well (the two are combined by
 * libcrypto). */
NODISCARD struct err secret_random(size_t len, struct secret **ret);
/* Copies; the caller wipes its own. */
NODISCARD struct err secret_copy_in(struct bytes from, struct secret **ret);
/* Wipes and frees, and nulls *s. Accepts NULL in *s. Abandons, untouched, what was made before a
 * fork. */
void secret_free(struct secret **s);

size_t secret_len(const struct secret *s);
/* For one expression; never store it. Empty for NULL and for a secret from before a fork. */
struct bytes secret_view(const struct secret *s);
/* The bytes to fill in; NULL for a secret from before a fork. */
uint8_t *secret_bytes(struct secret *s);

#define SECRET(name) _cleanup_(secret_free) struct secret *name = NULL

/* How well the arena's pages are kept, best first. Tells without allocating where an arena exists
 * already. */
enum secret_kind {
	SECRET_MEMFD,  /* memfd_secret: not even the kernel's own map has them */
	SECRET_LOCKED, /* mlock and MADV_DONTDUMP */
	SECRET_PLAIN,  /* neither was to be had: may reach swap; status says so */
};
enum secret_kind secret_kind(void);

/* Gives back the pages that no secret is in: a module that is unloaded must not leave them locked
 * in its host's memory. */
void secret_trim(void);

/* Fork holds the arena's lock (the module's fork handlers), so that a child never inherits it taken
 * by a thread that is not there. */
void secret_fork_hold(void);
void secret_fork_release(void);
