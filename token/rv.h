/* SPDX-License-Identifier: BSD-2-Clause */
/* The border between struct err and CK_RV. One table, cause by kind of function: the same cause
 * means different codes at login, when a session is opened, and when an object is used. */
#pragma once

#include "err.h"
#include "pkcs11.h"

#define RV_TRY(expr)                 \
	do {                         \
		CK_RV try_ = (expr); \
		if (try_ != CKR_OK)  \
			return try_; \
	} while (0)

/* Anything but login and PINs. */
NODISCARD CK_RV rv_from_err(struct err e);
/* C_Login, C_SetPIN, C_InitPIN, C_InitToken: E_AUTH is CKR_PIN_INCORRECT, E_LOCKED CKR_PIN_LOCKED,
 * E_POLICY (PCRs, or who asks) CKR_FUNCTION_FAILED (no try was spent), E_UNAVAILABLE
 * CKR_DEVICE_ERROR ... */
NODISCARD CK_RV rv_from_err_login(struct err e);
/* C_OpenSession, C_GetTokenInfo: a newer version's token is CKR_TOKEN_NOT_RECOGNIZED, one that is
 * gone CKR_DEVICE_REMOVED. */
NODISCARD CK_RV rv_from_err_open(struct err e);
