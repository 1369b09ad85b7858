/* SPDX-License-Identifier: BSD-2-Clause */
/* A library context of our own with the default provider, never the host's configuration or
 * engines, and the algorithms fetched from it, each once, at first use. Key types are asked for by
 * OID: an engine that took over "RSA" or "EC" by name would get our keys otherwise
 * (docs/decisions/0006). Self-locked. */
#pragma once

#include "bytes.h"
#include "err.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

enum md {
	MD_NONE, /* the caller hashed, or there is no hash */
	MD_SHA1,
	MD_SHA224,
	MD_SHA256,
	MD_SHA384,
	MD_SHA512,
	MD_SHA512_224,
	MD_SHA512_256,
	MD_SHA3_224,
	MD_SHA3_256,
	MD_SHA3_384,
	MD_SHA3_512,
	MD_COUNT
};

/* The context is made at first use. ossl_done frees it with all that was fetched, unless several
 * threads used it; nobody may hold any of it then. In a child of fork a new one is made and the old
 * one abandoned. */
NODISCARD struct err ossl_libctx(OSSL_LIB_CTX **ret);
void ossl_done(void);
/* This thread may use what is here, from now on: for hosts with threads, and cheap. */
void ossl_used_here(void);
/* As secret_fork_hold and secret_fork_release. */
void ossl_fork_hold(void);
void ossl_fork_release(void);

/* Borrowed until ossl_done. E_UNSUPPORTED if this libcrypto has none. */
NODISCARD struct err ossl_md(enum md md, EVP_MD **ret);
const char *ossl_md_name(enum md md); /* OpenSSL's name, e.g. "SHA2-256"; NULL for MD_NONE */
size_t ossl_md_len(enum md md);       /* bytes; 0 for MD_NONE */
size_t ossl_md_block(enum md md);     /* bytes, the block size that HMAC uses */
/* By OpenSSL's name, e.g. "AES-256-GCM". Borrowed until ossl_done; a small table remembers what was
 * asked for. */
NODISCARD struct err ossl_cipher(const char *name, EVP_CIPHER **ret);
NODISCARD struct err ossl_mac(const char *name, EVP_MAC **ret);
NODISCARD struct err ossl_kdf(const char *name, EVP_KDF **ret);

/* What EVP_PKEY_CTX_new_from_name is to be asked for: OIDs of RSA, EC, Ed25519, X25519 ... */
#define OSSL_RSA     "1.2.840.113549.1.1.1"
#define OSSL_EC      "1.2.840.10045.2.1"
#define OSSL_ED25519 "1.3.101.112"
#define OSSL_ED448   "1.3.101.113"
#define OSSL_X25519  "1.3.101.110"
#define OSSL_X448    "1.3.101.111"
NODISCARD struct err ossl_pkey_ctx(const char *oid, EVP_PKEY_CTX **ret);

/* HKDF-SHA256 (RFC 5869), extract and expand. */
NODISCARD struct err ossl_hkdf(
	struct bytes ikm, struct bytes salt, struct bytes info, uint8_t *ret, size_t len);
/* HMAC-SHA256 of one message. */
NODISCARD struct err ossl_hmac(struct bytes key, struct bytes data, uint8_t ret[static 32]);
NODISCARD struct err ossl_sha256(struct bytes data, uint8_t ret[static 32]);
/* Random bytes that may be seen: nonces, salts, ids. */
NODISCARD struct err ossl_random_public(uint8_t *ret, size_t len);
/* Random bytes for secrets that must pass through ordinary memory (session keys); others:
 * secret_random. */
NODISCARD struct err ossl_random_private(uint8_t *ret, size_t len);

/* Cleanup functions for EVP's types. */
#define OSSL_CLEANUP(name, type, free_)   \
	static inline void name(type **p) \
	{                                 \
		free_(*p);                \
		*p = NULL;                \
	}
OSSL_CLEANUP(evp_pkey_done, EVP_PKEY, EVP_PKEY_free)
OSSL_CLEANUP(evp_pkey_ctx_done, EVP_PKEY_CTX, EVP_PKEY_CTX_free)
OSSL_CLEANUP(evp_md_ctx_done, EVP_MD_CTX, EVP_MD_CTX_free)
OSSL_CLEANUP(evp_cipher_ctx_done, EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
OSSL_CLEANUP(evp_mac_ctx_done, EVP_MAC_CTX, EVP_MAC_CTX_free)
OSSL_CLEANUP(evp_kdf_ctx_done, EVP_KDF_CTX, EVP_KDF_CTX_free)
OSSL_CLEANUP(bn_done, BIGNUM, BN_clear_free)
OSSL_CLEANUP(ossl_params_done, OSSL_PARAM, OSSL_PARAM_free)
