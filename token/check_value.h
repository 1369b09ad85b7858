/* SPDX-License-Identifier: BSD-2-Clause */
/* CKA_CHECK_VALUE (PKCS #11 4.10.2): the first three bytes of SHA-1 of the value; for block
 * ciphers, of an encrypted block of zeros. */
#pragma once

#include "bytes.h"
#include "pkcs11.h"

#define CHECK_VALUE_LEN 3u

/* False where there is none: other classes, no value, and secrets so short that three bytes of a
 * digest, kept in the open, would help to guess them. */
bool check_value_of(CK_OBJECT_CLASS cls, CK_KEY_TYPE type, struct bytes value,
	uint8_t ret[static CHECK_VALUE_LEN]);
