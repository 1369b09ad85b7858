/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that can be made to fail, one row each: type, what failure looks like, name,
 * parameters, arguments. The linker sends the tree's calls here (--wrap for each name in wraps.txt,
 * which test/fault/wraps.py compares with what the tree calls); libraries' calls among themselves
 * are left alone, but for those of the SQLite that is linked in. */
#include "nth.h"

#include <dirent.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/encoder.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRAP(type, failure, name, params, args) \
	type __real_##name params;              \
	type __wrap_##name params;              \
	type __wrap_##name params               \
	{                                       \
		if (nth_fails(#name))           \
			return failure;         \
		return __real_##name args;      \
	}

/* clang-format off */
WRAP(void *, NULL, malloc, (size_t a0), (a0))
WRAP(void *, NULL, calloc, (size_t a0, size_t a1), (a0, a1))
WRAP(void *, NULL, realloc, (void *a0, size_t a1), (a0, a1))
WRAP(void *, NULL, reallocarray, (void *a0, size_t a1, size_t a2), (a0, a1, a2))
WRAP(char *, NULL, strdup, (const char *a0), (a0))
WRAP(char *, NULL, realpath, (const char *a0, char *a1), (a0, a1))
WRAP(DIR *, NULL, opendir, (const char *a0), (a0))
WRAP(FILE *, NULL, fdopen, (int a0, const char *a1), (a0, a1))
WRAP(BN_CTX *, NULL, BN_CTX_new, (void), ())
WRAP(BN_CTX *, NULL, BN_CTX_secure_new, (void), ())
WRAP(BIGNUM *, NULL, BN_bin2bn, (const unsigned char *a0, int a1, BIGNUM *a2), (a0, a1, a2))
WRAP(int, 0, BN_bn2bin, (const BIGNUM *a0, unsigned char *a1), (a0, a1))
WRAP(int, 0, BN_bn2binpad, (const BIGNUM *a0, unsigned char *a1, int a2), (a0, a1, a2))
WRAP(int, 0, BN_div, (BIGNUM *a0, BIGNUM *a1, const BIGNUM *a2, const BIGNUM *a3, BN_CTX *a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, BN_gcd, (BIGNUM *a0, const BIGNUM *a1, const BIGNUM *a2, BN_CTX *a3), (a0, a1, a2, a3))
WRAP(int, 0, BN_hex2bn, (BIGNUM **a0, const char *a1), (a0, a1))
WRAP(BIGNUM *, NULL, BN_lebin2bn, (const unsigned char *a0, int a1, BIGNUM *a2), (a0, a1, a2))
WRAP(int, 0, BN_mod_add, (BIGNUM *a0, const BIGNUM *a1, const BIGNUM *a2, const BIGNUM *a3, BN_CTX *a4), (a0, a1, a2, a3, a4))
WRAP(BIGNUM *, NULL, BN_mod_inverse, (BIGNUM *a0, const BIGNUM *a1, const BIGNUM *a2, BN_CTX *a3), (a0, a1, a2, a3))
WRAP(int, 0, BN_mod_mul, (BIGNUM *a0, const BIGNUM *a1, const BIGNUM *a2, const BIGNUM *a3, BN_CTX *a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, BN_mod_sqr, (BIGNUM *a0, const BIGNUM *a1, const BIGNUM *a2, BN_CTX *a3), (a0, a1, a2, a3))
WRAP(int, 0, BN_mod_sub, (BIGNUM *a0, const BIGNUM *a1, const BIGNUM *a2, const BIGNUM *a3, BN_CTX *a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, BN_mul, (BIGNUM *a0, const BIGNUM *a1, const BIGNUM *a2, BN_CTX *a3), (a0, a1, a2, a3))
WRAP(BIGNUM *, NULL, BN_new, (void), ())
WRAP(BIGNUM *, NULL, BN_secure_new, (void), ())
WRAP(int, 0, BN_sub, (BIGNUM *a0, const BIGNUM *a1, const BIGNUM *a2), (a0, a1, a2))
WRAP(ECDSA_SIG *, NULL, ECDSA_SIG_new, (void), ())
WRAP(int, 0, ECDSA_SIG_set0, (ECDSA_SIG *a0, BIGNUM *a1, BIGNUM *a2), (a0, a1, a2))
WRAP(EC_GROUP *, NULL, EC_GROUP_new_from_params, (const OSSL_PARAM *a0, OSSL_LIB_CTX *a1, const char *a2), (a0, a1, a2))
WRAP(int, 0, EC_POINT_mul, (const EC_GROUP *a0, EC_POINT *a1, const BIGNUM *a2, const EC_POINT *a3, const BIGNUM *a4, BN_CTX *a5), (a0, a1, a2, a3, a4, a5))
WRAP(EC_POINT *, NULL, EC_POINT_new, (const EC_GROUP *a0), (a0))
WRAP(size_t, 0, EC_POINT_point2oct, (const EC_GROUP *a0, const EC_POINT *a1, point_conversion_form_t a2, unsigned char *a3, size_t a4, BN_CTX *a5), (a0, a1, a2, a3, a4, a5))
WRAP(int, 0, EVP_CIPHER_CTX_ctrl, (EVP_CIPHER_CTX *a0, int a1, int a2, void *a3), (a0, a1, a2, a3))
WRAP(EVP_CIPHER_CTX *, NULL, EVP_CIPHER_CTX_new, (void), ())
WRAP(int, 0, EVP_CIPHER_CTX_get_params, (EVP_CIPHER_CTX *a0, OSSL_PARAM *a1), (a0, a1))
WRAP(int, 0, EVP_CIPHER_CTX_set_padding, (EVP_CIPHER_CTX *a0, int a1), (a0, a1))
WRAP(EVP_CIPHER *, NULL, EVP_CIPHER_fetch, (OSSL_LIB_CTX *a0, const char *a1, const char *a2), (a0, a1, a2))
WRAP(int, 0, EVP_CipherFinal_ex, (EVP_CIPHER_CTX *a0, unsigned char *a1, int *a2), (a0, a1, a2))
WRAP(int, 0, EVP_CipherInit_ex2, (EVP_CIPHER_CTX *a0, const EVP_CIPHER *a1, const unsigned char *a2, const unsigned char *a3, int a4, const OSSL_PARAM *a5), (a0, a1, a2, a3, a4, a5))
WRAP(int, 0, EVP_CipherUpdate, (EVP_CIPHER_CTX *a0, unsigned char *a1, int *a2, const unsigned char *a3, int a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, EVP_Digest, (const void *a0, size_t a1, unsigned char *a2, unsigned int *a3, const EVP_MD *a4, ENGINE *a5), (a0, a1, a2, a3, a4, a5))
WRAP(int, 0, EVP_DigestFinal_ex, (EVP_MD_CTX *a0, unsigned char *a1, unsigned int *a2), (a0, a1, a2))
WRAP(int, 0, EVP_DigestInit_ex2, (EVP_MD_CTX *a0, const EVP_MD *a1, const OSSL_PARAM *a2), (a0, a1, a2))
WRAP(int, 0, EVP_DigestSign, (EVP_MD_CTX *a0, unsigned char *a1, size_t *a2, const unsigned char *a3, size_t a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, EVP_DigestSignInit_ex, (EVP_MD_CTX *a0, EVP_PKEY_CTX **a1, const char *a2, OSSL_LIB_CTX *a3, const char *a4, EVP_PKEY *a5, const OSSL_PARAM *a6), (a0, a1, a2, a3, a4, a5, a6))
WRAP(int, 0, EVP_DigestUpdate, (EVP_MD_CTX *a0, const void *a1, size_t a2), (a0, a1, a2))
WRAP(int, 0, EVP_DigestVerify, (EVP_MD_CTX *a0, const unsigned char *a1, size_t a2, const unsigned char *a3, size_t a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, EVP_DigestVerifyInit_ex, (EVP_MD_CTX *a0, EVP_PKEY_CTX **a1, const char *a2, OSSL_LIB_CTX *a3, const char *a4, EVP_PKEY *a5, const OSSL_PARAM *a6), (a0, a1, a2, a3, a4, a5, a6))
WRAP(int, 0, EVP_EncryptInit_ex2, (EVP_CIPHER_CTX *a0, const EVP_CIPHER *a1, const unsigned char *a2, const unsigned char *a3, const OSSL_PARAM *a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, EVP_EncryptUpdate, (EVP_CIPHER_CTX *a0, unsigned char *a1, int *a2, const unsigned char *a3, int a4), (a0, a1, a2, a3, a4))
WRAP(EVP_KDF_CTX *, NULL, EVP_KDF_CTX_new, (EVP_KDF *a0), (a0))
WRAP(int, 0, EVP_KDF_derive, (EVP_KDF_CTX *a0, unsigned char *a1, size_t a2, const OSSL_PARAM *a3), (a0, a1, a2, a3))
WRAP(EVP_KDF *, NULL, EVP_KDF_fetch, (OSSL_LIB_CTX *a0, const char *a1, const char *a2), (a0, a1, a2))
WRAP(EVP_MAC_CTX *, NULL, EVP_MAC_CTX_new, (EVP_MAC *a0), (a0))
WRAP(EVP_MAC *, NULL, EVP_MAC_fetch, (OSSL_LIB_CTX *a0, const char *a1, const char *a2), (a0, a1, a2))
WRAP(int, 0, EVP_MAC_final, (EVP_MAC_CTX *a0, unsigned char *a1, size_t *a2, size_t a3), (a0, a1, a2, a3))
WRAP(int, 0, EVP_MAC_init, (EVP_MAC_CTX *a0, const unsigned char *a1, size_t a2, const OSSL_PARAM *a3), (a0, a1, a2, a3))
WRAP(int, 0, EVP_MAC_update, (EVP_MAC_CTX *a0, const unsigned char *a1, size_t a2), (a0, a1, a2))
WRAP(EVP_MD_CTX *, NULL, EVP_MD_CTX_new, (void), ())
WRAP(EVP_MD *, NULL, EVP_MD_fetch, (OSSL_LIB_CTX *a0, const char *a1, const char *a2), (a0, a1, a2))
WRAP(EVP_PKEY_CTX *, NULL, EVP_PKEY_CTX_new_from_name, (OSSL_LIB_CTX *a0, const char *a1, const char *a2), (a0, a1, a2))
WRAP(EVP_PKEY_CTX *, NULL, EVP_PKEY_CTX_new_from_pkey, (OSSL_LIB_CTX *a0, EVP_PKEY *a1, const char *a2), (a0, a1, a2))
WRAP(int, 0, EVP_PKEY_CTX_set1_rsa_keygen_pubexp, (EVP_PKEY_CTX *a0, BIGNUM *a1), (a0, a1))
WRAP(int, 0, EVP_PKEY_CTX_set_group_name, (EVP_PKEY_CTX *a0, const char *a1), (a0, a1))
WRAP(int, 0, EVP_PKEY_CTX_set_params, (EVP_PKEY_CTX *a0, const OSSL_PARAM *a1), (a0, a1))
WRAP(int, 0, EVP_PKEY_CTX_set_rsa_keygen_bits, (EVP_PKEY_CTX *a0, int a1), (a0, a1))
WRAP(int, 0, EVP_PKEY_decrypt, (EVP_PKEY_CTX *a0, unsigned char *a1, size_t *a2, const unsigned char *a3, size_t a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, EVP_PKEY_decrypt_init, (EVP_PKEY_CTX *a0), (a0))
WRAP(int, 0, EVP_PKEY_derive, (EVP_PKEY_CTX *a0, unsigned char *a1, size_t *a2), (a0, a1, a2))
WRAP(int, 0, EVP_PKEY_derive_init, (EVP_PKEY_CTX *a0), (a0))
WRAP(int, 0, EVP_PKEY_derive_set_peer_ex, (EVP_PKEY_CTX *a0, EVP_PKEY *a1, int a2), (a0, a1, a2))
WRAP(int, 0, EVP_PKEY_encrypt, (EVP_PKEY_CTX *a0, unsigned char *a1, size_t *a2, const unsigned char *a3, size_t a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, EVP_PKEY_encrypt_init, (EVP_PKEY_CTX *a0), (a0))
WRAP(int, 0, EVP_PKEY_fromdata, (EVP_PKEY_CTX *a0, EVP_PKEY **a1, int a2, OSSL_PARAM *a3), (a0, a1, a2, a3))
WRAP(int, 0, EVP_PKEY_fromdata_init, (EVP_PKEY_CTX *a0), (a0))
WRAP(int, 0, EVP_PKEY_generate, (EVP_PKEY_CTX *a0, EVP_PKEY **a1), (a0, a1))
WRAP(int, 0, EVP_PKEY_get_octet_string_param, (const EVP_PKEY *a0, const char *a1, unsigned char *a2, size_t a3, size_t *a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, EVP_PKEY_get_params, (const EVP_PKEY *a0, OSSL_PARAM *a1), (a0, a1))
WRAP(int, 0, EVP_PKEY_keygen_init, (EVP_PKEY_CTX *a0), (a0))
WRAP(int, 0, EVP_PKEY_pairwise_check, (EVP_PKEY_CTX *a0), (a0))
WRAP(int, 0, EVP_PKEY_public_check, (EVP_PKEY_CTX *a0), (a0))
WRAP(int, 0, EVP_PKEY_sign, (EVP_PKEY_CTX *a0, unsigned char *a1, size_t *a2, const unsigned char *a3, size_t a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, EVP_PKEY_sign_init, (EVP_PKEY_CTX *a0), (a0))
WRAP(int, 0, EVP_PKEY_verify, (EVP_PKEY_CTX *a0, const unsigned char *a1, size_t a2, const unsigned char *a3, size_t a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, EVP_PKEY_verify_init, (EVP_PKEY_CTX *a0), (a0))
WRAP(int, 0, EVP_PKEY_verify_recover, (EVP_PKEY_CTX *a0, unsigned char *a1, size_t *a2, const unsigned char *a3, size_t a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, EVP_PKEY_verify_recover_init, (EVP_PKEY_CTX *a0), (a0))
WRAP(int, 0, OPENSSL_init_crypto, (uint64_t a0, const OPENSSL_INIT_SETTINGS *a1), (a0, a1))
WRAP(OSSL_DECODER_CTX *, NULL, OSSL_DECODER_CTX_new_for_pkey, (EVP_PKEY **a0, const char *a1, const char *a2, const char *a3, int a4, OSSL_LIB_CTX *a5, const char *a6), (a0, a1, a2, a3, a4, a5, a6))
WRAP(int, 0, OSSL_DECODER_from_data, (OSSL_DECODER_CTX *a0, const unsigned char **a1, size_t *a2), (a0, a1, a2))
WRAP(OSSL_ENCODER_CTX *, NULL, OSSL_ENCODER_CTX_new_for_pkey, (const EVP_PKEY *a0, int a1, const char *a2, const char *a3, const char *a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, OSSL_ENCODER_to_data, (OSSL_ENCODER_CTX *a0, unsigned char **a1, size_t *a2), (a0, a1, a2))
WRAP(OSSL_LIB_CTX *, NULL, OSSL_LIB_CTX_new, (void), ())
WRAP(int, 0, OSSL_PROVIDER_add_builtin,
	(OSSL_LIB_CTX *a0, const char *a1, OSSL_provider_init_fn *a2), (a0, a1, a2))
WRAP(OSSL_PROVIDER *, NULL, OSSL_PROVIDER_load, (OSSL_LIB_CTX *a0, const char *a1), (a0, a1))
WRAP(int, 0, EVP_RAND_generate, (EVP_RAND_CTX *a0, unsigned char *a1, size_t a2, unsigned int a3, int a4, const unsigned char *a5, size_t a6), (a0, a1, a2, a3, a4, a5, a6))
WRAP(int, -1, i2d_ASN1_INTEGER, (const ASN1_INTEGER *a0, unsigned char **a1), (a0, a1))
WRAP(int, -1, i2d_ECDSA_SIG, (const ECDSA_SIG *a0, unsigned char **a1), (a0, a1))
WRAP(int, -1, i2d_X509, (const X509 *a0, unsigned char **a1), (a0, a1))
WRAP(int, -1, i2d_X509_NAME, (const X509_NAME *a0, unsigned char **a1), (a0, a1))
WRAP(int, SQLITE_NOMEM, sqlite3_bind_blob64, (sqlite3_stmt*a0, int a1, const void*a2, sqlite3_uint64 a3, void(*a4)(void*)), (a0, a1, a2, a3, a4))
WRAP(int, SQLITE_NOMEM, sqlite3_bind_int64, (sqlite3_stmt*a0, int a1, sqlite3_int64 a2), (a0, a1, a2))
WRAP(const void *, NULL, sqlite3_column_blob, (sqlite3_stmt*a0, int a1), (a0, a1))
WRAP(const unsigned char *, NULL, sqlite3_column_text, (sqlite3_stmt*a0, int a1), (a0, a1))
WRAP(int, SQLITE_NOMEM, sqlite3_open_v2, (const char *a0, sqlite3 **a1, int a2, const char *a3), (a0, a1, a2, a3))
WRAP(int, SQLITE_NOMEM, sqlite3_prepare_v2, (sqlite3 *a0, const char *a1, int a2, sqlite3_stmt **a3, const char **a4), (a0, a1, a2, a3, a4))
WRAP(int, 0, EVP_PKEY_CTX_set0_rsa_oaep_label, (EVP_PKEY_CTX *a0, void *a1, int a2), (a0, a1, a2))
WRAP(int, 0, EVP_PKEY_CTX_set_rsa_mgf1_md, (EVP_PKEY_CTX *a0, const EVP_MD *a1), (a0, a1))
WRAP(int, 0, EVP_PKEY_CTX_set_rsa_oaep_md, (EVP_PKEY_CTX *a0, const EVP_MD *a1), (a0, a1))
WRAP(int, 0, EVP_PKEY_CTX_set_rsa_padding, (EVP_PKEY_CTX *a0, int a1), (a0, a1))
WRAP(int, 0, EVP_PKEY_CTX_set_rsa_pss_saltlen, (EVP_PKEY_CTX *a0, int a1), (a0, a1))
WRAP(int, 0, EVP_PKEY_CTX_set_signature_md, (EVP_PKEY_CTX *a0, const EVP_MD *a1), (a0, a1))
/* clang-format on */

int __wrap_asprintf(char **ret, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list ap;
	int n;

	if (nth_fails("asprintf"))
		return -1;
	va_start(ap, format);
	n = vasprintf(ret, format, ap);
	va_end(ap);
	return n;
}

/* sqlite3_exec calls sqlite3_step by its public name, and takes its result from elsewhere: within
 * it, a step that fails without doing anything would be taken for a success. */
static unsigned in_exec;

typedef int exec_row(void *, int, char **, char **);
int __real_sqlite3_exec(sqlite3 *db, const char *sql, exec_row *row, void *arg, char **ret_text);
int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, exec_row *row, void *arg, char **ret_text);
int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, exec_row *row, void *arg, char **ret_text)
{
	int rc;

	if (nth_fails("sqlite3_exec"))
		return SQLITE_NOMEM;
	in_exec++;
	rc = __real_sqlite3_exec(db, sql, row, arg, ret_text);
	in_exec--;
	return rc;
}

int __real_sqlite3_step(sqlite3_stmt *s);
int __wrap_sqlite3_step(sqlite3_stmt *s);
int __wrap_sqlite3_step(sqlite3_stmt *s)
{
	if (in_exec == 0 && nth_fails("sqlite3_step"))
		return SQLITE_NOMEM;
	return __real_sqlite3_step(s);
}
