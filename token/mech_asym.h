/* SPDX-License-Identifier: BSD-2-Clause */
/* What RSA and the curves share: a context of libcrypto for the key, and a digest before it where
 * the row has one. */
#pragma once

#include "mech.h"

#define ASYM_DIGEST_MAX 64u /* bytes */

struct asym_ctx {
	struct mech_ctx base;
	EVP_MD *md;           /* borrowed; NULL: the caller hashed */
	EVP_MD_CTX *hash;     /* NULL likewise */
	EVP_PKEY_CTX *pkey;   /* initialised for the verb */
	size_t len;           /* bytes: of the modulus, or of the order */
	struct params params; /* the family's: what pkey was last told */
};

/* To be used as mech_run's members, or from them. */
NODISCARD CK_RV asym_prepare(
	const struct mech *row, enum op_verb verb, struct key *key, struct mech_ctx **ret);
void asym_release(struct mech_ctx *base);
NODISCARD CK_RV asym_begin(struct mech_ctx *base, const struct params *params);
NODISCARD CK_RV asym_update(struct mech_ctx *base, struct bytes in, uint8_t *out, size_t *ret_len);

/* What is to be signed: the digest of what came, written to room, or in itself where the caller
 * hashed. */
NODISCARD CK_RV asym_message(struct asym_ctx *ctx, struct bytes in,
	uint8_t room[static ASYM_DIGEST_MAX], struct bytes *ret);
/* Readies ctx->pkey for its verb again, which forgets all parameters. */
NODISCARD CK_RV asym_restart(struct asym_ctx *ctx);

/* A key pair on the curve of this key type that public_'s CKA_EC_PARAMS names: mech_run's
 * generate_pair. */
NODISCARD CK_RV asym_generate_curve(
	CK_KEY_TYPE type, struct attrs *public_, struct attrs *private_);
