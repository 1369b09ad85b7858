/* SPDX-License-Identifier: BSD-2-Clause */
/* What the AES families share: keyed cipher contexts, and input of any length in pieces that
 * libcrypto's int takes. */
#pragma once

#include "mech.h"

/* A context keyed for the verb (OP_ENCRYPT or OP_DECRYPT) with "AES-%zu-<mode>". mode: a row's
 * scheme. */
NODISCARD CK_RV aes_cipher_ctx(
	enum scheme scheme, enum op_verb verb, const struct key *key, EVP_CIPHER_CTX **ret);
/* EVP_CipherUpdate; out NULL: additional data. */
NODISCARD CK_RV aes_cipher_update(
	EVP_CIPHER_CTX *ctx, struct bytes in, uint8_t *out, size_t *ret_len);
