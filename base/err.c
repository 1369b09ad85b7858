/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of the error codes, and errno's place among them. */
#include "err.h"

#include <errno.h>

const char *err_str(struct err e)
{
	switch (e.code) {
	case E_OK:
		return "ok";
	case E_NOMEM:
		return "out of memory";
	case E_LIMIT:
		return "a limit was reached";
	case E_IO:
		return "i/o error";
	case E_FULL:
		return "no space left";
	case E_READ_ONLY:
		return "the store may only be read";
	case E_PERMISSION:
		return "permission denied, or wrong owner or mode";
	case E_CORRUPT:
		return "stored data is corrupt";
	case E_TAMPERED:
		return "stored data was tampered with";
	case E_VERSION:
		return "written by a newer version";
	case E_NOT_FOUND:
		return "not found";
	case E_EXISTS:
		return "exists already";
	case E_CONFLICT:
		return "changed by another process";
	case E_BUSY:
		return "busy for too long";
	case E_INVALID:
		return "invalid input";
	case E_UNSUPPORTED:
		return "not supported here";
	case E_AUTH:
		return "wrong pin";
	case E_LOCKED:
		return "locked: too many wrong pins";
	case E_POLICY:
		return "the machine is not in the state that the seal asks for";
	case E_FOREIGN:
		return "sealed by another trust source, or it was cleared since";
	case E_UNAVAILABLE:
		return "the trust source is not available";
	case E_CRYPTO:
		return "libcrypto failed";
	case E_INTERNAL:
		return "internal error";
	}
	return "unknown error";
}

struct err err_from_errno(int e)
{
	switch (e) {
	case ENOMEM:
		return ERR(E_NOMEM);
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR(E_FULL);
	case EROFS:
		return ERR(E_READ_ONLY);
	case EACCES:
	case EPERM:
	case ELOOP:
		return ERR(E_PERMISSION);
	case ENOENT:
	case ENOTDIR:
		return ERR(E_NOT_FOUND);
	case EEXIST:
		return ERR(E_EXISTS);
	case EMFILE:
	case ENFILE:
		return ERR(E_LIMIT);
	case EAGAIN:
	case EBUSY:
	case ETIMEDOUT:
		return ERR(E_BUSY);
	default:
		return ERR(E_IO);
	}
}
