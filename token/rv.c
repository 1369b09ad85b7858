/* SPDX-License-Identifier: BSD-2-Clause */
/* The border between the two error vocabularies: causes below, return codes of PKCS #11 above. */
#include "rv.h"

CK_RV rv_from_err(struct err e)
{
	switch (e.code) {
	case E_OK:
		return CKR_OK;
	case E_NOMEM:
		return CKR_HOST_MEMORY;
	case E_LIMIT:
	case E_FULL:
		return CKR_DEVICE_MEMORY;
	case E_READ_ONLY:
		return CKR_TOKEN_WRITE_PROTECTED;
	case E_AUTH: /* only an open without a login ends here with these two */
	case E_LOCKED:
		return CKR_USER_NOT_LOGGED_IN;
	case E_UNSUPPORTED: /* this libcrypto has no such algorithm */
		return CKR_MECHANISM_INVALID;
	case E_IO:
	case E_PERMISSION:
	case E_CORRUPT:
	case E_TAMPERED:
	case E_VERSION:
	case E_NOT_FOUND:
	case E_FOREIGN:
	case E_UNAVAILABLE:
		return CKR_DEVICE_ERROR;
	case E_EXISTS:
	case E_CONFLICT:
	case E_BUSY:
	case E_INVALID:
	case E_POLICY:
	case E_CRYPTO:
		return CKR_FUNCTION_FAILED;
	case E_INTERNAL:
		return CKR_GENERAL_ERROR;
	}
	return CKR_GENERAL_ERROR;
}

CK_RV rv_from_err_login(struct err e)
{
	switch (e.code) {
	case E_AUTH:
		return CKR_PIN_INCORRECT;
	case E_LOCKED:
		return CKR_PIN_LOCKED;
	case E_NOT_FOUND: /* no seal of this role */
		return CKR_USER_PIN_NOT_INITIALIZED;
	case E_UNSUPPORTED:
		return CKR_FUNCTION_FAILED;
	case E_OK:
	case E_NOMEM:
	case E_LIMIT:
	case E_FULL:
	case E_READ_ONLY:
	case E_IO:
	case E_PERMISSION:
	case E_CORRUPT:
	case E_TAMPERED:
	case E_VERSION:
	case E_FOREIGN:
	case E_UNAVAILABLE:
	case E_EXISTS:
	case E_CONFLICT:
	case E_BUSY:
	case E_INVALID:
	case E_POLICY:
	case E_CRYPTO:
	case E_INTERNAL:
		return rv_from_err(e);
	}
	return CKR_GENERAL_ERROR;
}

CK_RV rv_from_err_open(struct err e)
{
	if (e.code == E_VERSION)
		return CKR_TOKEN_NOT_RECOGNIZED;
	if (e.code == E_NOT_FOUND)
		return CKR_DEVICE_REMOVED;
	return rv_from_err(e);
}
