/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions: a table of them, their states, and what each is in the middle of. A session is pinned
 * (it stays in memory) and then locked (one call at a time); logging in and out and closing pin
 * only. Lock order: table < session < token (docs/decisions/0008). What is done in a
 * locked session is in session_use.h. */
#pragma once

#include "slots.h"

#define SESSIONS_MAX 65536u /* open at once in one process */

struct session;
struct sessions;

NODISCARD CK_RV sessions_new(const struct lock_ops *ops, struct sessions **ret);
/* Nobody else calls. Closes what is open. */
void sessions_free(struct sessions **s);

/* C_OpenSession. flags: CKF_SERIAL_SESSION, CKF_RW_SESSION. */
NODISCARD CK_RV session_open(struct sessions *s, struct slots *slots, struct slot *slot,
	CK_FLAGS flags, CK_SESSION_HANDLE *ret);
/* C_CloseSession: waits for the call that is at work in it; cancels its operations, drops its
 * objects; the slot's last one logs out. Takes the caller's pin. CKR_SESSION_HANDLE_INVALID:
 * another thread was faster. */
NODISCARD CK_RV session_close(struct sessions *s, struct session **session);
void sessions_close_slot(struct sessions *s, struct slot *slot);

/* CKR_SESSION_HANDLE_INVALID. The pin is given back by session_unpin, which nulls *session. */
NODISCARD CK_RV session_pin(struct sessions *s, CK_SESSION_HANDLE h, struct session **ret);
void session_unpin(struct sessions *s, struct session **session);
/* Of a pinned session. CKR_SESSION_HANDLE_INVALID: it was closed meanwhile; nothing is locked
 * then. */
NODISCARD CK_RV session_lock(struct session *session);
void session_unlock(struct session *session);

/* Pinned is enough for these. */
NODISCARD CK_RV session_info(struct session *session, CK_SESSION_INFO *ret);
NODISCARD CK_RV session_login(
	struct sessions *s, struct session *session, CK_USER_TYPE user, struct bytes pin);
NODISCARD CK_RV session_logout(struct sessions *s, struct session *session);
NODISCARD CK_RV session_init_pin(struct session *session, struct bytes pin);
NODISCARD CK_RV session_set_pin(
	struct session *session, struct bytes old_pin, struct bytes new_pin);

/* C_GetTokenInfo, with the counts of sessions. */
NODISCARD CK_RV sessions_token_info(
	struct sessions *s, struct slots *slots, struct slot *slot, CK_TOKEN_INFO *ret);
/* C_InitToken: CKR_SESSION_EXISTS. */
NODISCARD CK_RV sessions_init_token(struct sessions *s, struct slots *slots, struct slot *slot,
	struct bytes so_pin, const CK_UTF8CHAR *label);
