/* SPDX-License-Identifier: BSD-2-Clause */
/* The RSA half of codec.c. */
#pragma once

#include "codec.h"
#include "parts.h"

NODISCARD CK_RV codec_rsa_parts(CK_OBJECT_CLASS cls, const struct attrs *attrs,
	const struct attrs *secrets, struct parts *ret);
NODISCARD CK_RV codec_rsa_attrs(const EVP_PKEY *pkey, CK_OBJECT_CLASS cls, struct attrs *ret);
