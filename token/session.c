/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of sessions, and who is logged in. It knows operations only as something to cancel. */
#include "session_priv.h"

#include "broken.h"
#include "log.h"

#include "login.h"
#include "rv.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define PINS_MASK ((uint64_t) 0x7fffff)
#define OPEN_BIT  ((uint64_t) 1 << 23)
#define SERIAL_AT 24u

struct sessions {
	struct lock lock; /* of counts, the free list, opening and closing */
	const struct lock_ops *ops;
	uint64_t first_serial;
	uint32_t free;         /* index + 1 of the first free one; 0: none */
	_Atomic uint32_t used; /* indices below it have memory */
	_Atomic(struct session *) chunks[SESSIONS_MAX / SESSION_CHUNK];
};

static uint64_t serial_mask(void)
{
	return ((uint64_t) 1 << SESSION_SERIAL_BITS) - 1;
}

CK_SESSION_HANDLE session_handle(const struct session *s)
{
	uint64_t serial = atomic_load_explicit(&s->word, memory_order_relaxed) >> SERIAL_AT;

	return (CK_SESSION_HANDLE) (serial << SESSION_INDEX_BITS | s->index);
}

struct who session_who(const struct session *s)
{
	return token_who(s->token, s->rw, session_handle(s));
}

static struct session *session_at(struct sessions *s, uint32_t index)
{
	struct session *chunk =
		atomic_load_explicit(&s->chunks[index / SESSION_CHUNK], memory_order_acquire);

	return chunk == NULL ? NULL : &chunk[index % SESSION_CHUNK];
}

/* ---- pins ---- */

/* Takes a pin if the session is open and, unless serial is 0, still the one of this serial. */
static bool pin_try(struct session *session, uint64_t serial)
{
	uint64_t word = atomic_load_explicit(&session->word, memory_order_acquire);

	do {
		if ((word & OPEN_BIT) == 0 || (serial != 0 && word >> SERIAL_AT != serial))
			return false;
		if ((word & PINS_MASK) == PINS_MASK)
			return false;
	} while (!atomic_compare_exchange_weak(&session->word, &word, word + 1));
	return true;
}

CK_RV session_pin(struct sessions *s, CK_SESSION_HANDLE h, struct session **ret)
{
	uint32_t index = (uint32_t) (h & (SESSIONS_MAX - 1));
	uint64_t serial = (uint64_t) h >> SESSION_INDEX_BITS;
	struct session *session = session_at(s, index);

	if (serial == 0 || session == NULL || !pin_try(session, serial))
		return CKR_SESSION_HANDLE_INVALID;
	*ret = session;
	return CKR_OK;
}

void session_unpin(struct sessions *s, struct session **sp)
{
	struct session *session = *sp;
	uint64_t left;

	*sp = NULL;
	if (session == NULL)
		return;
	left = atomic_fetch_sub(&session->word, 1) - 1;
	if ((left & (OPEN_BIT | PINS_MASK)) != 0)
		return;
	LOCKED(&s->lock); /* closed, and nobody holds it: its place is free */
	session->next_free = s->free;
	s->free = session->index + 1;
}

CK_RV session_lock(struct session *session)
{
	lock_take(&session->lock);
	if ((atomic_load(&session->word) & OPEN_BIT) != 0)
		return CKR_OK;
	lock_drop(&session->lock);
	return CKR_SESSION_CLOSED;
}

void session_unlock(struct session *session)
{
	lock_drop(&session->lock);
}

/* ---- opening ---- */

CK_RV sessions_new(const struct lock_ops *ops, struct sessions **ret)
{
	struct sessions *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return CKR_HOST_MEMORY;
	/* A handle of before a fork, or of another time of initialisation, means nothing here. */
	if (getrandom(&s->first_serial, sizeof(s->first_serial), 0) !=
			(ssize_t) sizeof(s->first_serial) ||
		lock_init(&s->lock, ops).code != E_OK) {
		free(s);
		return CKR_HOST_MEMORY;
	}
	s->first_serial = (s->first_serial & serial_mask() >> 1) | 1;
	s->ops = ops;
	*ret = s;
	return CKR_OK;
}

/* A place that was never used. */
static CK_RV place_new(struct sessions *s, struct session **ret)
{
	uint32_t index = atomic_load(&s->used);
	struct session *chunk, *session;

	if (index == SESSIONS_MAX)
		return CKR_SESSION_COUNT;
	if (session_at(s, index) == NULL) {
		chunk = calloc(SESSION_CHUNK, sizeof(*chunk));
		if (chunk == NULL)
			return CKR_HOST_MEMORY;
		atomic_store_explicit(
			&s->chunks[index / SESSION_CHUNK], chunk, memory_order_release);
	}
	session = session_at(s, index);
	if (lock_init(&session->lock, s->ops).code != E_OK)
		return CKR_HOST_MEMORY;
	session->index = index;
	atomic_store(&session->word, s->first_serial << SERIAL_AT);
	atomic_store(&s->used, index + 1);
	*ret = session;
	return CKR_OK;
}

static CK_RV place_take(struct sessions *s, struct session **ret)
{
	struct session *session;

	if (s->free == 0)
		return place_new(s, ret);
	session = session_at(s, s->free - 1);
	s->free = session->next_free;
	*ret = session;
	return CKR_OK;
}

static void place_open(struct session *session)
{
	uint64_t serial = (atomic_load(&session->word) >> SERIAL_AT) + 1;

	serial &= serial_mask();
	atomic_store_explicit(&session->word, (serial == 0 ? 1 : serial) << SERIAL_AT | OPEN_BIT,
		memory_order_release);
}

CK_RV session_open(struct sessions *s, struct slots *slots, struct slot *slot, CK_FLAGS flags,
	CK_SESSION_HANDLE *ret)
{
	struct session *session;
	struct token *t;
	struct who who;

	if ((flags & CKF_SERIAL_SESSION) == 0)
		return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
	RV_TRY(slots_token(slots, slot, &t));
	RV_TRY(token_refresh(t, true));
	LOCKED(&s->lock);
	if (slot->initialising)
		return CKR_FUNCTION_FAILED;
	who = token_who(t, false, 0);
	if ((flags & CKF_RW_SESSION) == 0 && (slot->so_logins > 0 || who.login == LOGIN_SO))
		return CKR_SESSION_READ_WRITE_SO_EXISTS;
	RV_TRY(place_take(s, &session));
	session->slot = slot;
	session->token = t;
	session->rw = (flags & CKF_RW_SESSION) != 0;
	session->finding = false;
	slot->sessions++;
	slot->ro_sessions += !session->rw;
	place_open(session);
	*ret = session_handle(session);
	return CKR_OK;
}

/* ---- closing ---- */

static void log_out(struct token *t)
{
	CK_RV rv = login_end(t);

	if (rv != CKR_OK && rv != CKR_USER_NOT_LOGGED_IN)
		log_error("logging out failed: 0x%lx", rv);
}

/* The session's lock is held, and it is closed: nobody else will get at it. */
static void session_empty(struct session *session)
{
	for (unsigned i = 0; i < OP_VERBS; i++)
		op_slot_done(&session->ops[i]);
	free(session->found);
	session->found = NULL;
	session->finding = false;
	token_drop_session(session->token, session_handle(session));
}

CK_RV session_close(struct sessions *s, struct session **sp)
{
	struct session *session = *sp;
	struct slot *slot = session->slot;

	if ((atomic_fetch_and(&session->word, ~OPEN_BIT) & OPEN_BIT) == 0) {
		session_unpin(s, sp);
		return CKR_SESSION_HANDLE_INVALID;
	}
	lock_take(&session->lock);
	session_empty(session);
	lock_drop(&session->lock);
	/* Counting down and logging out are one step for everybody who opens or logs in: else a
	 * login that comes between them would be undone (docs/decisions/0008). */
	lock_take(&s->lock);
	slot->sessions--;
	slot->ro_sessions -= !session->rw;
	if (slot->sessions == 0)
		log_out(session->token);
	lock_drop(&s->lock);
	session_unpin(s, sp);
	return CKR_OK;
}

void sessions_close_slot(struct sessions *s, struct slot *slot)
{
	uint32_t used = atomic_load(&s->used), closed = 0;

	for (uint32_t i = 0; i < used; i++) {
		struct session *session = session_at(s, i);

		if (!pin_try(session, 0))
			continue;
		if (slot == NULL || session->slot == slot)
			closed += session_close(s, &session) == CKR_OK;
		else
			session_unpin(s, &session);
	}
	log_debug("%u sessions closed", closed);
}

void sessions_free(struct sessions **sp)
{
	struct sessions *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	sessions_close_slot(s, NULL);
	for (uint32_t i = 0; i < s->used; i++)
		lock_done(&session_at(s, i)->lock);
	for (size_t i = 0; i < ARRAY_LEN(s->chunks); i++)
		free(s->chunks[i]);
	lock_done(&s->lock);
	free(s);
}

/* ---- states ---- */

CK_RV session_info(struct session *session, CK_SESSION_INFO *ret)
{
	struct who who = session_who(session);

	ret->slotID = session->slot->id;
	ret->flags = CKF_SERIAL_SESSION | (session->rw ? CKF_RW_SESSION : 0);
	ret->ulDeviceError = 0;
	switch (who.login) {
	case LOGIN_SO:
		ret->state = CKS_RW_SO_FUNCTIONS;
		break;
	case LOGIN_USER:
		ret->state = session->rw ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
		break;
	case LOGIN_NONE:
		ret->state = session->rw ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
		break;
	}
	return CKR_OK;
}

/* ---- logging in and out ---- */

/* Which operation waits for a login? Its count of begun ones; 0: none waits. */
static CK_RV context_find(struct session *session, bool allow, uint16_t *inits)
{
	bool waits = false;

	RV_TRY(session_lock(session));
	for (unsigned i = 0; i < OP_VERBS; i++)
		waits |= op_waits_for_login(&session->ops[i]);
	if (allow && session->inits != *inits)
		waits = false; /* not the one that the PIN was given for */
	for (unsigned i = 0; waits && allow && i < OP_VERBS; i++)
		op_allow(&session->ops[i]);
	*inits = session->inits;
	session_unlock(session);
	return waits ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
}

static CK_RV login_for_operation(struct session *session, struct bytes pin)
{
	uint16_t inits;

	RV_TRY(context_find(session, false, &inits));
	RV_TRY(login_context(session->token, pin));
	return context_find(session, true, &inits);
}

static CK_RV so_begin(struct sessions *s, struct slot *slot)
{
	LOCKED(&s->lock);

	if (slot->ro_sessions > 0)
		return CKR_SESSION_READ_ONLY_EXISTS;
	slot->so_logins++;
	return CKR_OK;
}

CK_RV session_login(
	struct sessions *s, struct session *session, CK_USER_TYPE user, struct bytes pin)
{
	struct slot *slot = session->slot;
	CK_RV rv;

	if (user == CKU_CONTEXT_SPECIFIC)
		return login_for_operation(session, pin);
	if (user != CKU_SO && user != CKU_USER)
		return CKR_USER_TYPE_INVALID;
	if (user == CKU_SO)
		RV_TRY(so_begin(s, slot));
	rv = login_start(session->token, user, pin);
	LOCKED(&s->lock);
	if (user == CKU_SO)
		slot->so_logins--;
	if (rv == CKR_OK && slot->sessions == 0) { /* all were closed while the PIN was tried */
		log_out(session->token);
		rv = CKR_SESSION_CLOSED;
	}
	return rv;
}

/* Ends what other sessions are doing with keys of before the logout, one session at a time. */
static void sweep(struct sessions *s, const struct slot *slot, uint64_t generation)
{
	uint32_t used = atomic_load(&s->used);

	for (uint32_t i = 0; i < used; i++) {
		struct session *session = session_at(s, i);

		if (!pin_try(session, 0))
			continue;
		if (session->slot == slot && session_lock(session) == CKR_OK) {
			for (unsigned v = 0; v < OP_VERBS; v++)
				if (op_active(&session->ops[v]) &&
					op_stale(&session->ops[v], generation))
					op_cancel(&session->ops[v]);
			session_unlock(session);
		}
		session_unpin(s, &session);
	}
}

CK_RV session_logout(struct sessions *s, struct session *session)
{
	RV_TRY(login_end(session->token));
	if (!BROKEN("logout-sweep"))
		sweep(s, session->slot, token_generation(session->token));
	return CKR_OK;
}

CK_RV session_init_pin(struct session *session, struct bytes pin)
{
	if (!session->rw)
		return CKR_SESSION_READ_ONLY;
	return login_init_pin(session->token, pin);
}

CK_RV session_set_pin(struct session *session, struct bytes old_pin, struct bytes new_pin)
{
	if (!session->rw)
		return CKR_SESSION_READ_ONLY;
	return login_set_pin(session->token, old_pin, new_pin);
}

/* ---- the token as a whole ---- */

CK_RV sessions_token_info(
	struct sessions *s, struct slots *slots, struct slot *slot, CK_TOKEN_INFO *ret)
{
	RV_TRY(slots_token_info(slots, slot, ret));
	LOCKED(&s->lock);
	ret->ulMaxSessionCount = SESSIONS_MAX;
	ret->ulMaxRwSessionCount = SESSIONS_MAX;
	ret->ulSessionCount = slot->sessions;
	ret->ulRwSessionCount = slot->sessions - slot->ro_sessions;
	return CKR_OK;
}

static CK_RV init_begin(struct sessions *s, struct slot *slot)
{
	LOCKED(&s->lock);

	if (slot->sessions > 0)
		return CKR_SESSION_EXISTS;
	if (slot->initialising)
		return CKR_FUNCTION_FAILED;
	slot->initialising = true;
	return CKR_OK;
}

CK_RV sessions_init_token(struct sessions *s, struct slots *slots, struct slot *slot,
	struct bytes so_pin, const CK_UTF8CHAR *label)
{
	CK_RV rv;

	RV_TRY(init_begin(s, slot));
	rv = slots_init_token(slots, slot, so_pin, label);
	LOCKED(&s->lock);
	slot->initialising = false;
	return rv;
}
