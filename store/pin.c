/* SPDX-License-Identifier: BSD-2-Clause */
/* scrypt through libcrypto, and the two keys of its result (DESIGN: docs/formats.md, "Keys"). Knows
 * neither sources nor seals. */
#include "pin.h"

#include "ossl.h"

#include <openssl/core_names.h>

#define KDF_SCRYPT   1u
#define LOG2_N_NOW   15u
#define LOG2_N_MIN   15u
#define LOG2_N_MAX   18u
#define R_ONLY       8u
#define P_MAX        4u
#define MAXMEM_EXTRA ((uint64_t) 1 << 20) /* bytes that libcrypto counts besides 128 * N * r */

struct err pin_kdf_new(struct pin_kdf *ret)
{
	struct pin_kdf k = {.log2_n = LOG2_N_NOW, .r = R_ONLY, .p = 1};

	TRY(ossl_random_public(k.salt, sizeof(k.salt)));
	*ret = k;
	return OK;
}

struct err pin_kdf_put(const struct pin_kdf *k, struct buf *ret)
{
	TRY(buf_put_u8(ret, KDF_SCRYPT));
	TRY(buf_put_u8(ret, k->log2_n));
	TRY(buf_put_u32(ret, k->r));
	TRY(buf_put_u32(ret, k->p));
	return buf_put(ret, BYTES_OF(k->salt));
}

struct err pin_kdf_read(struct reader *r, struct pin_kdf *ret)
{
	uint8_t kind = 0;
	struct pin_kdf k;

	TRY(reader_u8(r, &kind));
	TRY(reader_u8(r, &k.log2_n));
	TRY(reader_u32(r, &k.r));
	TRY(reader_u32(r, &k.p));
	TRY(reader_copy(r, k.salt, sizeof(k.salt)));
	if (kind != KDF_SCRYPT || k.log2_n < LOG2_N_MIN || k.log2_n > LOG2_N_MAX || k.r != R_ONLY ||
		k.p < 1 || k.p > P_MAX)
		return ERR(E_CORRUPT);
	*ret = k;
	return OK;
}

static struct err pin_stretch(
	const struct pin_kdf *kdf, const struct secret *pin, struct secret **ret)
{
	_cleanup_(evp_kdf_ctx_done) EVP_KDF_CTX *ctx = NULL;
	uint64_t n = (uint64_t) 1 << kdf->log2_n;
	uint64_t maxmem = 128 * n * kdf->r * kdf->p * 2 + MAXMEM_EXTRA;
	struct pin_kdf k = *kdf; /* OSSL_PARAM's pointers are not const */
	EVP_KDF *scrypt = NULL;
	OSSL_PARAM params[7];
	SECRET(pin_copy);
	SECRET(made);

	TRY(ossl_kdf("SCRYPT", &scrypt));
	TRY(secret_copy_in(secret_view(pin), &pin_copy));
	TRY(secret_new(PIN_KEY_LEN, &made));
	ctx = EVP_KDF_CTX_new(scrypt);
	if (ctx == NULL)
		return ERR(E_NOMEM);
	params[0] = OSSL_PARAM_construct_octet_string(
		OSSL_KDF_PARAM_PASSWORD, secret_bytes(pin_copy), secret_len(pin_copy));
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, k.salt, sizeof(k.salt));
	params[2] = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n);
	params[3] = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &k.r);
	params[4] = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &k.p);
	params[5] = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &maxmem);
	params[6] = OSSL_PARAM_construct_end();
	if (EVP_KDF_derive(ctx, secret_bytes(made), PIN_KEY_LEN, params) != 1)
		return ERR(E_CRYPTO);
	*ret = TAKE(made);
	return OK;
}

/* pin_len: scrypt's HMAC pads its key with zeros and hashes a long one, so that "1234" and
 * "1234\0" come out of it alike; their lengths do not. */
static struct err pin_key(const struct secret *stretched, const char *label,
	const uint8_t seal_id[static ID_LEN], size_t pin_len, struct secret **ret)
{
	SECRET(key);
	BUF(info);

	TRY(buf_put_lv(&info, bytes_str(label)));
	TRY(buf_put_lv(&info, BYTES(seal_id, ID_LEN)));
	TRY(buf_put_u32(&info, (uint32_t) pin_len)); /* SECRET_MAX bounds it */
	TRY(secret_new(PIN_KEY_LEN, &key));
	TRY(ossl_hkdf(secret_view(stretched), BYTES_NONE, buf_bytes(&info), secret_bytes(key),
		PIN_KEY_LEN));
	*ret = TAKE(key);
	return OK;
}

struct err pin_derive(const struct pin_kdf *kdf, const struct secret *pin,
	const uint8_t seal_id[static ID_LEN], struct secret **ret_auth, struct secret **ret_kpin)
{
	SECRET(stretched);
	SECRET(auth);
	SECRET(kpin);

	if (secret_len(pin) == 0)
		return ERR(E_INVALID);
	TRY(pin_stretch(kdf, pin, &stretched));
	TRY(pin_key(stretched, "bulla/1 auth", seal_id, secret_len(pin), &auth));
	TRY(pin_key(stretched, "bulla/1 pin", seal_id, secret_len(pin), &kpin));
	/* A TPM strips trailing zeros of an authorisation value, and then it is another one. */
	if (secret_view(auth).ptr[PIN_KEY_LEN - 1] == 0)
		secret_bytes(auth)[PIN_KEY_LEN - 1] = 1;
	*ret_auth = TAKE(auth);
	*ret_kpin = TAKE(kpin);
	return OK;
}
