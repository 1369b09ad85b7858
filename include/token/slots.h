/* SPDX-License-Identifier: BSD-2-Clause */
/* Slots: a token is a slot, whose id stays; and perhaps one uninitialised slot, whose id becomes
 * the next token's. Slots only ever join the list, and only when somebody asks for it anew
 * (PKCS #11 5.5: C_GetSlotList with NULL); they go with the process's C_Finalize. Self-locked. */
#pragma once

#include "bytes.h"
#include "lock.h"
#include "pkcs11.h"

#include <stdbool.h>

#define SLOTS_MAX 256u /* slots of one process */

struct slots;
struct token;

/* Reads the configuration (reserved: C_Initialize's string, or NULL), opens the log and lists the
 * tokens' files. ops: the application's mutexes, or NULL; borrowed. */
NODISCARD CK_RV slots_open(const char *reserved, const struct lock_ops *ops, struct slots **ret);
/* No session is left and nobody else calls. libcrypto's context goes, too. */
void slots_close(struct slots **s);

/* C_GetSlotList. list NULL: looks for tokens that appeared or went, then counts. */
NODISCARD CK_RV slots_list(struct slots *s, bool present, CK_SLOT_ID *list, CK_ULONG *count);
/* C_GetSlotInfo, without the versions. */
NODISCARD CK_RV slots_info(struct slots *s, CK_SLOT_ID id, CK_SLOT_INFO *ret);
/* C_WaitForSlotEvent: the slot of one event that nobody has been told of yet, after looking once
 * for new ones. CKR_NO_EVENT. */
NODISCARD CK_RV slots_event(struct slots *s, CK_SLOT_ID *ret);

/* One slot as sessions know it. */
struct slot {
	CK_SLOT_ID id;
	/* Guarded by the sessions' lock (session.c): */
	CK_ULONG sessions, ro_sessions; /* open now; those that are read-only */
	unsigned so_logins; /* calls that try to become SO: no read-only session may be opened */
	bool initialising;  /* C_InitToken is at work: no session may be opened */
	/* Guarded by slots.c: */
	struct token *token; /* NULL: not opened yet, or the uninitialised slot */
	char *dir, *file;    /* NULL: the uninitialised slot */
	bool present, seen, event;
};

/* The slot, for as long as `s` is open. CKR_SLOT_ID_INVALID. */
NODISCARD CK_RV slots_get(struct slots *s, CK_SLOT_ID id, struct slot **ret);
/* Its token, opened when first asked for. CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED (also:
 * the uninitialised slot), CKR_DEVICE_ERROR ... */
NODISCARD CK_RV slots_token(struct slots *s, struct slot *slot, struct token **ret);
/* C_GetTokenInfo without the counts of sessions. */
NODISCARD CK_RV slots_token_info(struct slots *s, struct slot *slot, CK_TOKEN_INFO *ret);
/* C_InitToken; the caller has seen to it that there is no session. label: 32 bytes. */
NODISCARD CK_RV slots_init_token(
	struct slots *s, struct slot *slot, struct bytes so_pin, const CK_UTF8CHAR *label);
/* C_GetMechanismList and C_GetMechanismInfo: the same for every slot with a token. */
NODISCARD CK_RV slots_mechs(CK_MECHANISM_TYPE *list, CK_ULONG *count);
NODISCARD CK_RV slots_mech_info(CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *ret);

/* Over a fork: the locks of the tokens and of everything below them. s NULL: only the latter. */
void slots_fork_hold(struct slots *s);
void slots_fork_release(struct slots *s);
/* In the child, after release: the tokens forget keys and descriptors. */
void slots_fork_child(struct slots *s);
