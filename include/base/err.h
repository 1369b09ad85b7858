/* SPDX-License-Identifier: BSD-2-Clause */
/* What can go wrong below PKCS #11. A struct, so that it can never be mixed up with CK_RV or int. A
 * code exists because a caller acts differently on it; what exactly happened goes to the log. */
#pragma once

#include "attr.h"

enum err_code {
	E_OK = 0,
	E_NOMEM,      /* the host's memory */
	E_LIMIT,      /* a named maximum of ours was reached */
	E_IO,         /* reading or writing failed */
	E_FULL,       /* no space left, or over quota */
	E_READ_ONLY,  /* the store may only be read */
	E_PERMISSION, /* wrong owner or mode, or not ours to open */
	E_CORRUPT,    /* stored data does not parse, or is no database */
	E_TAMPERED,   /* stored data parses, but is not what we wrote */
	E_VERSION,    /* written by a newer version */
	E_NOT_FOUND,
	E_EXISTS,
	E_CONFLICT,    /* another process changed it first: refresh, then try again */
	E_BUSY,        /* a lock or a queue was not ours in time */
	E_INVALID,     /* the caller's input makes no sense */
	E_UNSUPPORTED, /* known, but not here */
	E_AUTH,        /* wrong PIN */
	E_LOCKED,      /* too many wrong PINs: no try was spent on this one */
	E_POLICY, /* the machine is not in the state that the seal asks for; no PIN try was spent */
	E_FOREIGN, /* the trust source works but did not make this seal: another machine's, or it
		      was cleared */
	E_UNAVAILABLE, /* no trust source, or it does not answer */
	E_CRYPTO,      /* libcrypto failed where it should not */
	E_INTERNAL,    /* our own bug */
};

struct err {
	enum err_code code;
};

#define ERR(c) ((struct err){.code = (c)})
#define OK     ERR(E_OK)

#define TRY(expr)                         \
	do {                              \
		struct err try_ = (expr); \
		if (try_.code != E_OK)    \
			return try_;      \
	} while (0)

/* A few words for people, lower case, no full stop. Never NULL. */
const char *err_str(struct err e);
/* The code for the errno of a file operation that failed: ENOSPC is E_FULL, EACCES is E_PERMISSION,
 * and so on. Never E_OK, also where errno was left at 0. */
struct err err_from_errno(int e);
