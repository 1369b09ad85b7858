/* SPDX-License-Identifier: BSD-2-Clause */
/* What libcrypto does by itself when context and key are kept: the measure of the module. */
#include "bench.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

struct raw {
	enum raw_kind kind;
	size_t len;
	struct room room;
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *pctx;
	EVP_MAC_CTX *mac;
	EVP_CIPHER_CTX *cipher;
};

static void raw_pkey(struct raw *r)
{
	if (r->pkey == NULL)
		r->pkey = r->kind == RAW_RSA ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	MUST(r->pkey != NULL);
	r->pctx = EVP_PKEY_CTX_new(r->pkey, NULL);
	MUST(r->pctx != NULL && EVP_PKEY_sign_init(r->pctx) == 1);
	if (r->kind == RAW_RSA)
		MUST(EVP_PKEY_CTX_set_rsa_padding(r->pctx, RSA_PKCS1_PADDING) == 1);
}

static void raw_hmac(struct raw *r)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	char digest[] = "SHA2-256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end()};
	const uint8_t key[32] = {1};

	r->mac = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	MUST(r->mac != NULL && EVP_MAC_init(r->mac, key, sizeof(key), params) == 1);
}

static void raw_gcm(struct raw *r)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	const uint8_t key[32] = {1};

	r->cipher = EVP_CIPHER_CTX_new();
	MUST(r->cipher != NULL && EVP_EncryptInit_ex2(r->cipher, cipher, key, NULL, NULL) == 1);
	EVP_CIPHER_free(cipher);
}

struct raw *raw_new(enum raw_kind kind, size_t len)
{
	struct raw *r = calloc(1, sizeof(*r));

	MUST(r != NULL);
	r->kind = kind;
	r->len = len;
	r->room = room_new(len);
	switch (kind) {
	case RAW_RSA:
	case RAW_ECDSA:
		raw_pkey(r);
		break;
	case RAW_HMAC:
		raw_hmac(r);
		break;
	case RAW_GCM:
		raw_gcm(r);
		break;
	}
	return r;
}

struct raw *raw_again(const struct raw *r)
{
	struct raw *again = calloc(1, sizeof(*again));

	MUST(again != NULL && EVP_PKEY_up_ref(r->pkey) == 1);
	again->kind = r->kind;
	again->len = r->len;
	again->room = room_new(r->len);
	again->pkey = r->pkey;
	raw_pkey(again);
	return again;
}

void raw_free(struct raw *r)
{
	EVP_PKEY_CTX_free(r->pctx);
	EVP_PKEY_free(r->pkey);
	EVP_MAC_CTX_free(r->mac);
	EVP_CIPHER_CTX_free(r->cipher);
	free(r);
}

static void sign(struct raw *r)
{
	size_t len = ROOM_MORE;

	MUST(EVP_PKEY_sign(r->pctx, r->room.out, &len, r->room.in, r->len) == 1);
}

static void mac(struct raw *r)
{
	size_t len = 0;

	MUST(EVP_MAC_init(r->mac, NULL, 0, NULL) == 1 &&
		EVP_MAC_update(r->mac, r->room.in, r->len) == 1 &&
		EVP_MAC_final(r->mac, r->room.out, &len, 64) == 1);
}

static void seal(struct raw *r, unsigned i)
{
	uint8_t iv[12] = {0};
	int len = 0, rest = 0;

	memcpy(iv, &i, sizeof(i));
	MUST(EVP_EncryptInit_ex2(r->cipher, NULL, NULL, iv, NULL) == 1 &&
		EVP_EncryptUpdate(r->cipher, r->room.out, &len, r->room.in, (int) r->len) == 1 &&
		EVP_EncryptFinal_ex(r->cipher, r->room.out + len, &rest) == 1 &&
		EVP_CIPHER_CTX_ctrl(r->cipher, EVP_CTRL_AEAD_GET_TAG, 16, r->room.out + len) == 1);
}

void raw_work(void *arg, unsigned times)
{
	struct raw *r = arg;

	for (unsigned i = 0; i < times; i++) {
		switch (r->kind) {
		case RAW_RSA:
		case RAW_ECDSA:
			sign(r);
			break;
		case RAW_HMAC:
			mac(r);
			break;
		case RAW_GCM:
			seal(r, i);
			break;
		}
	}
}
