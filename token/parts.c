/* SPDX-License-Identifier: BSD-2-Clause */
/* Building and reading libcrypto's parameters without leaving copies of secret numbers behind. */
#include "parts.h"

#include "rv.h"

#include <openssl/err.h>

#define NUMBER_MAX ((size_t) 1024) /* bytes: of a modulus of 8192 bits */

void parts_done(struct parts *p)
{
	for (size_t i = 0; i < PARTS_MAX; i++)
		buf_done(&p->values[i]);
	p->count = 0;
}

OSSL_PARAM *parts_params(struct parts *p)
{
	p->params[p->count] = OSSL_PARAM_construct_end();
	return p->params;
}

/* A fresh value of so many bytes (at least one, so that there is an address). */
static struct err parts_next(struct parts *p, size_t len, uint8_t **ret)
{
	if (p->count == PARTS_MAX)
		return ERR(E_INTERNAL);
	TRY(buf_grow(&p->values[p->count], len + 1, ret));
	(*ret)[len] = 0;
	return OK;
}

struct err parts_utf8(struct parts *p, const char *name, const char *text)
{
	size_t len = strlen(text);
	uint8_t *value = NULL;

	TRY(parts_next(p, len, &value));
	memcpy(value, text, len);
	p->params[p->count++] = OSSL_PARAM_construct_utf8_string(name, (char *) value, len);
	return OK;
}

struct err parts_octets(struct parts *p, const char *name, struct bytes in)
{
	uint8_t *value = NULL;

	TRY(parts_next(p, in.len, &value));
	if (in.len > 0)
		memcpy(value, in.ptr, in.len);
	p->params[p->count++] = OSSL_PARAM_construct_octet_string(name, value, in.len);
	return OK;
}

/* libcrypto's parameters hold numbers in the host's order. */
static void number_swap(uint8_t *number, size_t len)
{
	const uint16_t one = 1;

	if (*(const uint8_t *) &one == 0)
		return;
	for (size_t i = 0; i < len / 2; i++) {
		uint8_t byte = number[i];

		number[i] = number[len - 1 - i];
		number[len - 1 - i] = byte;
	}
}

struct err parts_number(struct parts *p, const char *name, struct bytes in)
{
	uint8_t *value = NULL;

	TRY(parts_next(p, in.len, &value));
	if (in.len > 0)
		memcpy(value, in.ptr, in.len);
	number_swap(value, in.len);
	p->params[p->count++] = OSSL_PARAM_construct_BN(name, value, in.len);
	return OK;
}

CK_RV parts_get_number(const EVP_PKEY *pkey, const char *name, size_t min, struct buf *ret)
{
	uint8_t *value = NULL;
	OSSL_PARAM params[2];
	struct bytes number;
	BUF(out);

	RV_TRY(rv_from_err(buf_grow(&out, NUMBER_MAX, &value)));
	memset(value, 0, NUMBER_MAX);
	params[0] = OSSL_PARAM_construct_BN(name, value, NUMBER_MAX);
	params[1] = OSSL_PARAM_construct_end();
	if (EVP_PKEY_get_params(pkey, params) != 1 || !OSSL_PARAM_modified(&params[0])) {
		ERR_clear_error();
		return CKR_ATTRIBUTE_VALUE_INVALID;
	}
	/* Whether libcrypto padded it or not, the rest is zero. */
	number_swap(value, NUMBER_MAX);
	number = buf_bytes(&out);
	while (number.len > min && number.ptr[0] == 0)
		number = BYTES(number.ptr + 1, number.len - 1);
	return rv_from_err(buf_put(ret, number));
}
