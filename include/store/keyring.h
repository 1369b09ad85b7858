/* SPDX-License-Identifier: BSD-2-Clause */
/* The trusted key (TK) in memory, and its seals. Blobs in, blobs out: no database. A keyring is not
 * locked: one owner (the token), who guards it. DESIGN section 3 in code; layouts in
 * docs/formats.md. */
#pragma once

#include "buf.h"
#include "policy.h"
#include "secret.h"
#include "trust.h"

#define ID_LEN          16u /* bytes: token ids, seal ids, object ids */
#define KEYRING_MAC_LEN 32u

enum seal_role {
	ROLE_USER = 1,
	ROLE_SO = 2,
	ROLE_RECOVERY = 3, /* not made yet: docs/formats.md keeps the number */
	ROLE_MACHINE = 4,  /* likewise */
};

struct keyring;

/* What a stored seal says of itself without being opened. Strings and ranges borrow from the seal's
 * bytes. */
struct seal_info {
	uint8_t id[ID_LEN];
	enum seal_role role;
	char source[16];
	struct policy policy;
	uint64_t created_s; /* seconds since 1970 */
	struct bytes blob;  /* the source's own */
};
/* seal: as stored. E_CORRUPT, E_VERSION. */
NODISCARD struct err seal_info_read(struct bytes seal, struct seal_info *ret);

/* A new random TK for the token of this id. */
NODISCARD struct err keyring_create(const uint8_t token_id[static ID_LEN], struct keyring **ret);
/* A TK that lives as long as the process: session objects are sealed under it. */
NODISCARD struct err keyring_create_session(struct keyring **ret);
/* The same TK once more, for who works with it while its owner may drop it. */
NODISCARD struct err keyring_copy(const struct keyring *k, struct keyring **ret);
void keyring_free(struct keyring **k);

/* What making and opening a seal needs besides the keyring. count is filled in by both, on failure,
 * too. */
struct seal_request {
	const struct trust_env *env;
	const char *source;       /* for a new seal */
	enum seal_role role;      /* for a new seal */
	struct policy policy;     /* for a new seal */
	const struct secret *pin; /* NULL: none. Must be there exactly if the policy has `pin` */
	struct bytes before;      /* the seal record, of the same source, that the new one will
				     replace; empty: none. The old one opens until
				     keyring_settle_seal */
	struct trust_count count; /* out */
};
/* Seals TK once more: appends a seal record to ret. May take seconds (scrypt, the source). */
NODISCARD struct err keyring_add_seal(
	const struct keyring *k, struct seal_request *rq, struct buf *ret);
/* After a new seal is stored: the source may forget the one that it replaced. No harm if it is not
 * called; nothing is done where the source keeps nothing. */
NODISCARD struct err keyring_settle_seal(
	const struct keyring *k, const struct trust_env *env, struct bytes seal);
/* After a seal was taken out of the store, or never came into it. Likewise. */
NODISCARD struct err keyring_destroy_seal(
	const struct keyring *k, const struct trust_env *env, struct bytes seal);
/* Opens TK by one seal record. Codes of trust_ops.open, and E_TAMPERED when S opened but the
 * wrapped TK did not. */
NODISCARD struct err keyring_unlock(const uint8_t token_id[static ID_LEN], struct bytes seal,
	struct seal_request *rq, struct keyring **ret);

/* Seals an object's secret attributes: appends salt, nonce, ciphertext and tag. aad is everything
 * public of the record. */
NODISCARD struct err keyring_seal_object(const struct keyring *k,
	const uint8_t object_id[static ID_LEN], struct bytes aad, struct bytes plain,
	struct buf *ret);
NODISCARD struct err keyring_open_object(const struct keyring *k,
	const uint8_t object_id[static ID_LEN], struct bytes aad, struct bytes sealed,
	struct secret **ret);

/* HMAC-SHA256 under the subkey of TK for this purpose. */
enum keyring_purpose {
	MAC_RECORD = 1, /* one stored object */
	MAC_LIST = 2,   /* the object list and its buckets */
	MAC_SEALS = 3,  /* the table of seals and the token's own record */
};
NODISCARD struct err keyring_mac(const struct keyring *k, enum keyring_purpose purpose,
	struct bytes data, uint8_t ret[static KEYRING_MAC_LEN]);
