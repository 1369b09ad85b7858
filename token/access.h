/* SPDX-License-Identifier: BSD-2-Clause */
/* May `who` see, use, change or read that? Decides by values only; knows neither sessions nor
 * stores. */
#pragma once

#include "config.h"
#include "object.h"
#include "token.h"

bool access_see(const struct who *who, const struct object *o);
/* usage: CKA_SIGN, CKA_DECRYPT ... CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_USER_NOT_LOGGED_IN; also
 * CKA_ALLOWED_MECHANISMS (CKR_MECHANISM_INVALID) and validity of the login state. */
NODISCARD CK_RV access_use(const struct who *who, const struct object *o, CK_ATTRIBUTE_TYPE usage,
	CK_MECHANISM_TYPE mech);
/* Creating, changing (CKA_MODIFIABLE), destroying (CKA_DESTROYABLE): CKR_SESSION_READ_ONLY,
 * CKR_USER_NOT_LOGGED_IN, CKR_ACTION_PROHIBITED. */
NODISCARD CK_RV access_create(const struct who *who, bool token_object, bool private_object);
NODISCARD CK_RV access_modify(const struct who *who, const struct object *o);
NODISCARD CK_RV access_destroy(const struct who *who, const struct object *o);
NODISCARD CK_RV access_copy(const struct who *who, const struct object *o);
/* CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID. */
NODISCARD CK_RV access_reveal(
	const struct who *who, const struct object *o, CK_ATTRIBUTE_TYPE type);
/* The SO's word for an object; it counts while the store is verified only. */
bool access_trusted(const struct who *who, const struct object *o);
/* May `key` leave wrapped under `wrapping`? key_wrap: by a mechanism that shows nothing and admits
 * nothing whatever the caller chooses (AES key wrap), which is what a sensitive key needs.
 * docs/decisions/0020. */
NODISCARD CK_RV access_wrap(const struct config *c, const struct who *who,
	const struct object *wrapping, const struct object *key, bool key_wrap);
/* May a key come in under `unwrapping`? By other mechanisms than key wrap only where C_Decrypt
 * would tell as much: whether padding is right or not decrypts, asked often enough.
 * CKR_KEY_FUNCTION_NOT_PERMITTED. */
NODISCARD CK_RV access_unwrap(
	const struct config *c, const struct object *unwrapping, bool key_wrap);
