/* SPDX-License-Identifier: BSD-2-Clause */
/* What every C_ function begins and ends with: initialised? which session? and a trace that names
 * function, session and return code, never a value. */
#pragma once

#include "module.h"
#include "session_use.h"

/* bytes: a longer range cannot be in this process's memory */
#define CALL_INPUT_MAX (SIZE_MAX > UINT32_MAX ? (size_t) 1 << 46 : SIZE_MAX >> 1)

struct call {
	CK_RV rv;
	const char *func;
	CK_SESSION_HANDLE handle;
	struct slots *slots; /* NULL: the call did not get in */
	struct sessions *sessions;
	struct session *session; /* pinned; NULL: none */
	bool locked;
};

/* No session. */
struct call call_enter(const char *func);
/* A session that stays, but may be used by others at the same time. */
struct call call_pin(const char *func, CK_SESSION_HANDLE h);
/* A session for this call alone. */
struct call call_begin(const char *func, CK_SESSION_HANDLE h);
void call_end(struct call *c);

#define CALL_ENTER()  _cleanup_(call_end) struct call c = call_enter(__func__)
#define CALL_PIN(h)   _cleanup_(call_end) struct call c = call_pin(__func__, (h))
#define CALL_BEGIN(h) _cleanup_(call_end) struct call c = call_begin(__func__, (h))

/* A range that cannot be one. */
static inline bool call_bad_range(const void *ptr, CK_ULONG len)
{
	return (ptr == NULL && len > 0) || len > CALL_INPUT_MAX;
}
