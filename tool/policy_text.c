/* SPDX-License-Identifier: BSD-2-Clause */
/* Names are looked up when they are shown: seals are bound to numbers. */
#include "policy_text.h"

#include <grp.h>
#include <pwd.h>

/* NULL: this machine has no name for it. Borrowed until the next call. */
static const char *login_name(const struct policy *p)
{
	const struct passwd *user;
	const struct group *group;

	switch (p->login) {
	case POLICY_LOGIN_USER:
		user = getpwuid(p->login_id);
		return user == NULL ? NULL : user->pw_name;
	case POLICY_LOGIN_GROUP:
		group = getgrgid(p->login_id);
		return group == NULL ? NULL : group->gr_name;
	case POLICY_LOGIN_NONE:
	case POLICY_LOGIN_PUBLIC:
		break;
	}
	return NULL;
}

struct err policy_named(const struct policy *p, struct buf *ret)
{
	const char *name = login_name(p);
	struct policy rest = *p;

	if (name == NULL)
		return policy_format(p, ret);
	rest.login = POLICY_LOGIN_NONE;
	rest.login_id = 0;
	if (policy_parts(&rest) != 0) {
		TRY(policy_format(&rest, ret));
		TRY(buf_printf(ret, "+"));
	}
	return buf_printf(
		ret, "login=%s:%s", p->login == POLICY_LOGIN_USER ? "user" : "group", name);
}

void policy_show(json_object *o, const struct policy *p)
{
	BUF(text);
	BUF(named);

	if (policy_format(p, &text).code != E_OK || policy_named(p, &named).code != E_OK) {
		js_null(o, "policy");
		return;
	}
	js_bytes_text(o, "policy", buf_bytes(&text));
	js_bytes_text(o, "policy_named", buf_bytes(&named));
}
