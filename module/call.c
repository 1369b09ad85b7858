/* SPDX-License-Identifier: BSD-2-Clause */
#include "call.h"

#include "log.h"

struct call call_enter(const char *func)
{
	struct call c = {.func = func};

	c.rv = module_enter(&c.slots, &c.sessions);
	return c;
}

struct call call_pin(const char *func, CK_SESSION_HANDLE h)
{
	struct call c = call_enter(func);

	c.handle = h;
	if (c.rv == CKR_OK)
		c.rv = session_pin(c.sessions, h, &c.session);
	return c;
}

struct call call_begin(const char *func, CK_SESSION_HANDLE h)
{
	struct call c = call_pin(func, h);

	if (c.rv == CKR_OK)
		c.rv = session_lock(c.session);
	c.locked = c.session != NULL && c.rv == CKR_OK;
	return c;
}

void call_end(struct call *c)
{
	if (c->slots == NULL)
		return;
	if (c->rv != CKR_OK)
		log_debug("%s: session 0x%lx: 0x%lx", c->func, c->handle, c->rv);
	if (c->locked)
		session_unlock(c->session);
	if (c->session != NULL)
		session_unpin(c->sessions, &c->session);
	module_leave();
}
