/* SPDX-License-Identifier: BSD-2-Clause */
/* Failure points of the table of seals, with two sources: PIN change, adding, removing, making the
 * token anew. A refused call has changed nothing: either all of a role's seals have the new PIN or
 * all have the old one. */
#include "no_sync.h"
#include "nth.h"
#include "seals_util.h"

struct scene {
	struct desk d; /* stays where it is: the token points into it */
	CK_OBJECT_HANDLE h;
	struct token *second;
	uint8_t seal[SEALS_ID_LEN];
	bool forgotten;
};

static void scene_done(void *arg)
{
	struct scene *s = arg;

	token_close(&s->second);
	desk_done(&s->d);
	free(s);
}

/* The user has a PIN seal of each source, and is logged in. */
static void *two_seals(void)
{
	struct scene *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->d = desk_new("so pin");
	s->d.config.pin_tries = 0; /* hundreds of refusals: only the sources count */
	s->d.token = desk_open(&s->d);
	desk_fake2(&s->d, "");
	if (s->d.token == NULL || login_start(s->d.token, CKU_USER, USER_PIN) != CKR_OK ||
		desk_secret(s->d.token, true, true, "old", &s->h) != CKR_OK ||
		add_seal(s->d.token, CKU_USER, "fake2", "pin", s->seal) != CKR_OK)
		abort();
	return s;
}

/* Does this source open the token for who opens it anew, and the key in it? */
static bool opens(struct scene *s, const char *source, struct bytes pin)
{
	bool second = strcmp(source, "fake2") == 0, ok;

	desk_fake(&s->d, second ? "fail-open=E_UNAVAILABLE" : "");
	desk_fake2(&s->d, second ? "" : "fail-open=E_UNAVAILABLE");
	token_close(&s->second);
	s->second = desk_open(&s->d);
	ok = s->second != NULL && login_start(s->second, CKU_USER, pin) == CKR_OK &&
	     desk_count(s->second, "old", NULL) == 1;
	desk_fake(&s->d, "");
	desk_fake2(&s->d, "");
	return ok;
}

static bool set_pin_run(void *arg)
{
	struct scene *s = arg;

	return login_set_pin(s->d.token, USER_PIN, NEW_PIN) == CKR_OK;
}

/* All of the role's seals have the new PIN, or all have the old one; and can change it again. */
static bool set_pin_check(void *arg, bool ok)
{
	struct scene *s = arg;
	struct bytes pin = ok ? NEW_PIN : USER_PIN;

	return opens(s, "fake", pin) && opens(s, "fake2", pin) &&
	       desk_count(s->d.token, "old", NULL) == 1 && count_seals(&s->d, ROLE_USER) == 2 &&
	       login_set_pin(s->d.token, pin, bytes_str("another")) == CKR_OK &&
	       opens(s, "fake2", bytes_str("another"));
}

static bool add_seal_run(void *arg)
{
	struct scene *s = arg;

	return add_seal(s->d.token, CKU_USER, "fake2", "none", NULL) == CKR_OK;
}

static bool add_seal_check(void *arg, bool ok)
{
	struct scene *s = arg;

	return count_seals(&s->d, ROLE_USER) == (ok ? 3 : 2) && opens(s, "fake", USER_PIN) &&
	       opens(s, "fake2", USER_PIN) &&
	       /* what was made in vain is destroyed, unless that is what failed */
	       add_seal(s->d.token, CKU_USER, "fake", "none", NULL) == CKR_OK;
}

static bool remove_seal_run(void *arg)
{
	struct scene *s = arg;

	return seals_remove(s->d.token, s->seal, &s->forgotten) == CKR_OK;
}

static bool remove_seal_check(void *arg, bool ok)
{
	struct scene *s = arg;

	return count_seals(&s->d, ROLE_USER) == (ok ? 1 : 2) && opens(s, "fake", USER_PIN) &&
	       opens(s, "fake2", USER_PIN) == !ok && !(s->forgotten && !ok);
}

static bool reinit_run(void *arg)
{
	struct scene *s = arg;

	return login_reinit_token(s->d.token, SO_PIN, bytes_str("again")) == CKR_OK;
}

static void *logged_out(void)
{
	struct scene *s = two_seals();

	(void) !CHECK_EQ(login_end(s->d.token), CKR_OK);
	return s;
}

static bool reinit_check(void *arg, bool ok)
{
	struct scene *s = arg;

	if (!ok && !(opens(s, "fake", USER_PIN) && opens(s, "fake2", USER_PIN)))
		return false;
	token_close(&s->second);
	s->second = desk_open(&s->d);
	return s->second != NULL && login_start(s->second, CKU_SO, SO_PIN) == CKR_OK &&
	       count_seals(&s->d, ROLE_USER) == (ok ? 0 : 2);
}

static const struct fault_case cases[] = {
	{"set_pin", two_seals, set_pin_run, set_pin_check, scene_done},
	{"add", two_seals, add_seal_run, add_seal_check, scene_done},
	{"remove", two_seals, remove_seal_run, remove_seal_check, scene_done},
	{"reinit", logged_out, reinit_run, reinit_check, scene_done},
};
FAULT_MAIN("seals", cases)
