/* SPDX-License-Identifier: BSD-2-Clause */
/* What a source can be bound to is data of its row. */
#include "wish.h"

#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "policy_text.h"
#include "ui.h"

#define POLICY_FITS_ALL "pin"
#define GROUPS_MAX      1024

static int source_take(const struct opts *o, const struct config *c, struct wish *ret)
{
	const char *name = o->source != NULL ? o->source : c->source;

	if (trust_find(name, &ret->ops).code == E_OK)
		return UI_OK;
	ui_error("there is no trust source \"%s\"", name);
	return o->source != NULL ? UI_USAGE : UI_FAILED;
}

static int policy_take(const struct opts *o, const char *text, struct policy *ret)
{
	struct err e = policy_parse(text, o->force, ret);
	int code;

	if (e.code == E_OK)
		return UI_OK;
	code = fail_err(e, "\"%s\" is not a policy that can be used", text);
	ui_hint("policies are pin, pcr=sha256:7,11, login=user, joined by +, or none; what is weak "
		"needs --force");
	return code;
}

/* Whoever makes a seal for a user or group is that user, or of that group: the source asks the
 * kernel who it is. */
static bool is_of_group(gid_t gid)
{
	gid_t list[GROUPS_MAX];
	int count = getgroups(GROUPS_MAX, list);

	if (getegid() == gid)
		return true;
	for (int i = 0; i < count; i++)
		if (list[i] == gid)
			return true;
	return false;
}

static int identity_check(const struct policy *p)
{
	bool mine = p->login == POLICY_LOGIN_USER    ? p->login_id == geteuid()
		    : p->login == POLICY_LOGIN_GROUP ? is_of_group(p->login_id)
						     : true;
	BUF(named);

	if (mine)
		return UI_OK;
	if (policy_named(p, &named).code != E_OK)
		return fail_err(ERR(E_NOMEM), "cannot make this seal");
	ui_error("a seal with %s is made by that user or a member of that group, and you are not",
		(const char *) named.ptr);
	ui_hint("run it as them, as with sudo -u");
	return UI_FAILED;
}

static int wish_check(const struct wish *w)
{
	static const struct {
		unsigned part;
		const char *name;
	} parts[] = {
		{POLICY_PART_PIN, "pin"},
		{POLICY_PART_PCR, "pcr=BANK:LIST"},
		{POLICY_PART_LOGIN, "login=WHO"},
	};
	struct err e = trust_can(w->ops, &w->policy);
	BUF(can);
	int code;

	if (e.code == E_OK)
		return identity_check(&w->policy);
	code = fail_err(e, "cannot make such a seal");
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if ((w->ops->honours & parts[i].part) != 0 &&
			buf_printf(&can, "%s%s", can.len > 0 ? ", " : "", parts[i].name).code !=
				E_OK)
			return code;
	ui_hint("policies of %s are made of: %s", w->ops->name,
		can.len == 0 ? "none" : (const char *) can.ptr);
	return code;
}

int wish_take(const struct opts *o, const struct config *c, struct wish *ret)
{
	const char *text = o->policy != NULL ? o->policy : c->policy;
	int code = source_take(o, c, ret);

	if (code == UI_OK)
		code = policy_take(o, text, &ret->policy);
	if (code != UI_OK)
		return code;
	if (o->policy == NULL && strcmp(ret->ops->name, c->source) != 0 &&
		(policy_parts(&ret->policy) & ~ret->ops->honours) != 0) {
		ui_note("the configured policy \"%s\" is not one for %s: \"%s\" is taken", text,
			ret->ops->name, POLICY_FITS_ALL);
		code = policy_take(o, POLICY_FITS_ALL, &ret->policy);
	}
	if (code == UI_OK && o->no_pin && o->policy != NULL && ret->policy.pin) {
		ui_error("--no-pin contradicts the policy \"%s\"", o->policy);
		return UI_USAGE;
	}
	if (o->no_pin)
		ret->policy.pin = false;
	return code == UI_OK ? wish_check(ret) : code;
}
