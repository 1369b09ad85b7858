/* SPDX-License-Identifier: BSD-2-Clause */
/* Mechanisms are rows of a table: data in columns, and a pointer to the code of their family. No
 * other code asks which mechanism it has before it. */
#pragma once

#include "attrs.h"
#include "key.h"
#include "op.h"
#include "ossl.h"
#include "params.h"
#include "pkcs11.h"

/* Key types as bits. */
enum mech_keys {
	MECH_KEY_NONE = 0, /* digests, key generation */
	MECH_KEY_RSA = 1 << 0,
	MECH_KEY_EC = 1 << 1,
	MECH_KEY_EDWARDS = 1 << 2,
	MECH_KEY_MONTGOMERY = 1 << 3,
	MECH_KEY_AES = 1 << 4,
	MECH_KEY_GENERIC = 1 << 5,
	MECH_KEY_SHA1_HMAC = 1 << 6,
	MECH_KEY_SHA224_HMAC = 1 << 7,
	MECH_KEY_SHA256_HMAC = 1 << 8,
	MECH_KEY_SHA384_HMAC = 1 << 9,
	MECH_KEY_SHA512_HMAC = 1 << 10,
	MECH_KEY_SHA512_224_HMAC = 1 << 11,
	MECH_KEY_SHA512_256_HMAC = 1 << 12,
	MECH_KEY_SHA3_224_HMAC = 1 << 13,
	MECH_KEY_SHA3_256_HMAC = 1 << 14,
	MECH_KEY_SHA3_384_HMAC = 1 << 15,
	MECH_KEY_SHA3_512_HMAC = 1 << 16,
};

/* What is done around the primitive: an RSA padding, a cipher's mode. */
enum scheme {
	SCHEME_PLAIN, /* nothing: digests, HMAC, ECDSA, EdDSA */
	SCHEME_RAW,   /* RSA without padding */
	SCHEME_PKCS1,
	SCHEME_PSS,
	SCHEME_OAEP,
	SCHEME_ECB,
	SCHEME_CBC,
	SCHEME_CBC_PAD,
	SCHEME_CTR,
	SCHEME_GCM,
	SCHEME_CMAC,
	SCHEME_KW,
	SCHEME_KWP,
};

struct mech_run;

/* The first two columns of a row: MECH(SHA256). Without the prefix, since a macro that passes the
 * whole name on would pass its value. */
#define MECH(name) CKM_##name, "CKM_" #name

struct mech {
	CK_MECHANISM_TYPE type;
	const char *name; /* "CKM_SHA256": for documents, logs and tests */
	CK_FLAGS ops;     /* CKF_SIGN | CKF_VERIFY ... as C_GetMechanismInfo answers */
	unsigned keys; /* enum mech_keys, ORed: of the key that it works with (derive: the base) */
	CK_ULONG min, max; /* key size; bits for RSA, EC and generic secrets, else bytes */
	enum md md;        /* MD_NONE: the caller hashed */
	enum scheme scheme;
	enum params_kind params;
	const struct mech_run *run;
};

/* A context of a row and verb, keyed once and used for one message after another; idle ones wait in
 * the pool of their key. The family's struct begins with it. */
struct mech_ctx {
	const struct mech *row;
	enum op_verb verb;
	struct key *key; /* borrowed: whoever runs the context holds the key; NULL for digests */
};

enum mech_step {
	STEP_UPDATE,
	STEP_FINAL,
	STEP_ONESHOT,
};

#define MECH_TOO_LONG SIZE_MAX

/* A family's code. What a family cannot do is NULL; test_mech.c compares with the rows' flags.
 * Outputs: the caller has checked that bound() bytes fit, *ret_len is set on success only. No
 * function sees CKR_BUFFER_TOO_SMALL or a length query: op.c has answered them. */
struct mech_run {
	/* A new context. The key's type and size have been checked against the row. */
	CK_RV(*prepare)
	(const struct mech *row, enum op_verb verb, struct key *key, struct mech_ctx **ret);
	/* Wipes and frees. */
	void (*release)(struct mech_ctx *ctx);
	/* Starts a message, whatever the state that the last one was left in. May come again with
	 * the same params for the same message. */
	CK_RV (*begin)(struct mech_ctx *ctx, const struct params *params);
	/* How many bytes the step can give for so much input, at most; exact, but for what `unpads`
	 * says. MECH_TOO_LONG: no such input may be given (CKR_DATA_LEN_RANGE). */
	size_t (*bound)(const struct mech_ctx *ctx, enum mech_step step, size_t in_len);
	/* Takes input; ciphers give output. */
	CK_RV (*update)(struct mech_ctx *ctx, struct bytes in, uint8_t *out, size_t *ret_len);
	CK_RV (*final)(struct mech_ctx *ctx, uint8_t *out, size_t *ret_len);
	/* The whole message at once. NULL: update and final do it. */
	CK_RV (*oneshot)(struct mech_ctx *ctx, struct bytes in, uint8_t *out, size_t *ret_len);
	/* in: what update() was not given; empty, unless the verb collects.
	 * CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE. */
	CK_RV (*verify)(struct mech_ctx *ctx, struct bytes in, struct bytes signature);
	/* Verbs (1u << OP_DECRYPT ...) that need their input whole: op.c gathers what the parts
	 * bring, within OP_INPUT_MAX, and calls oneshot (or verify). */
	unsigned collects;
	/* Decryption gives less than bound() says, and how much less only it can tell: op.c
	 * decrypts aside where the caller's buffer is shorter than that. */
	bool unpads;

	/* generate, generate_pair: the key type that comes out; CKK_GENERIC_SECRET: or another type
	 * of plain bytes that is asked for. */
	CK_KEY_TYPE makes;
	/* derive: key agreement or a one-way function. The result says nothing of the base, so it
	 * may be as readable as was asked for. */
	bool one_way;
	/* Making keys (make.c). Each adds the value's attributes (CKA_VALUE, CKA_MODULUS ...) to
	 * what the template gave, and reads what it needs (CKA_VALUE_LEN, CKA_MODULUS_BITS,
	 * CKA_EC_PARAMS) from there. */
	CK_RV (*generate)(const struct mech *row, const struct params *params, struct attrs *attrs);
	CK_RV(*generate_pair)
	(const struct mech *row, const struct params *params, struct attrs *public_,
		struct attrs *private_);
	CK_RV(*derive)
	(const struct mech *row, const struct params *params, struct key *base,
		struct attrs *attrs);
};

/* One family's rows, ascending by type. */
struct mech_rows {
	const struct mech *rows;
	size_t count;
};
extern const struct mech_rows mech_digest_rows, mech_hmac_rows, mech_cmac_rows, mech_aes_rows,
	mech_gcm_rows, mech_secret_rows, mech_rsa_rows, mech_ec_rows, mech_eddsa_rows;

/* NULL if there is none. */
const struct mech *mech_find(CK_MECHANISM_TYPE type);
/* Rows in ascending order of type; NULL past the last one. */
const struct mech *mech_nth(size_t n);
size_t mech_count(void);
/* CKR_MECHANISM_INVALID. */
NODISCARD CK_RV mech_info(CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *ret);

/* CKF_SIGN for OP_SIGN, and so on. */
CK_FLAGS mech_verb_flag(enum op_verb verb);
/* The row for this use with this key: CKR_MECHANISM_INVALID (unknown, or not for this use),
 * CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_SIZE_RANGE. flag: CKF_SIGN, CKF_WRAP ...; key NULL: none is
 * used. *ret: NULL, or the row that it was last time: no search if it is again. */
NODISCARD CK_RV mech_for(
	CK_MECHANISM_TYPE type, CK_FLAGS flag, const struct key *key, const struct mech **ret);

/* An idle context of the key for this row and verb, or a new one; and back again. For digests (key
 * NULL) the caller keeps its own. */
NODISCARD CK_RV mech_take(
	const struct mech *row, enum op_verb verb, struct key *key, struct mech_ctx **ret);
void mech_give(struct mech_ctx **ctx);

/* Encrypts or decrypts in one call, for wrapping and unwrapping: appends to ret, which is wiped by
 * its owner. */
NODISCARD CK_RV mech_apply(const struct mech *row, enum op_verb verb, const struct params *params,
	struct key *key, struct bytes in, struct buf *ret);
