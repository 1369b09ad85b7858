/* SPDX-License-Identifier: BSD-2-Clause */
/* Failure points of the token: making, changing, destroying and finding objects, reading the store,
 * opening the trusted key, making tokens. A refused call has changed nothing, in this process and
 * on disk, and what was there before stays usable. */
#include "nth.h"
#include "store.h"
#include "token_util.h"

/* Thousands of runs, and none of them loses power. */
int fdatasync(int fd)
{
	(void) fd;
	return 0;
}

int fsync(int fd)
{
	(void) fd;
	return 0;
}

struct scene {
	struct desk d; /* stays where it is: the token points into it */
	CK_OBJECT_HANDLE h, made;
	struct token *second;
	CK_SLOT_ID slot;
	size_t found;
};

/* A token without PIN (no scrypt), open, with one key in it. */
static struct scene *scene_new(bool cold)
{
	struct scene *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->d = desk_new("pcr=sha256:7");
	s->d.token = desk_open(&s->d);
	if (s->d.token == NULL || token_refresh(s->d.token, true) != CKR_OK ||
		desk_secret(s->d.token, true, true, "old", &s->h) != CKR_OK)
		abort();
	if (cold) {
		token_close(&s->d.token);
		s->d.token = desk_open(&s->d);
	}
	ossl_done(); /* so that algorithms are fetched anew, and that fails, too */
	return s;
}

static void *warm(void)
{
	return scene_new(false);
}

static void *cold(void)
{
	return scene_new(true);
}

static void scene_done(void *arg)
{
	struct scene *s = arg;

	token_close(&s->second);
	desk_done(&s->d);
	free(s);
	ossl_done();
}

/* So many objects of this label, here and for who opens the token anew; all secrets open. */
static bool holds(struct scene *s, const char *label, size_t count)
{
	struct who who;
	CK_OBJECT_HANDLE h = 0;
	ATTRS(secrets);
	OBJECT(o);

	if (desk_count(s->d.token, label, &h) != count)
		return false;
	token_close(&s->second);
	s->second = desk_open(&s->d);
	if (s->second == NULL || desk_count(s->second, label, NULL) != count)
		return false;
	who = token_who(s->d.token, true, SESSION);
	return count == 0 ||
	       (token_object(s->d.token, &who, h, &o) == CKR_OK &&
		       token_open_secrets(s->d.token, o, &secrets) == CKR_OK && secrets.count == 1);
}

static bool add_run(void *arg)
{
	struct scene *s = arg;

	return desk_secret(s->d.token, true, true, "new", &s->made) == CKR_OK;
}

static bool add_check(void *arg, bool ok)
{
	struct scene *s = arg;

	return holds(s, "old", 1) && holds(s, "new", ok ? 1 : 0) && ok == (s->made != 0);
}

static bool session_run(void *arg)
{
	struct scene *s = arg;

	return desk_secret(s->d.token, false, true, "new", &s->made) == CKR_OK;
}

static bool session_check(void *arg, bool ok)
{
	struct scene *s = arg;

	return desk_count(s->d.token, "new", NULL) == (ok ? 1 : 0) && holds(s, "old", 1);
}

static bool relabel_run(void *arg)
{
	struct scene *s = arg;
	struct who who = token_who(s->d.token, true, SESSION);
	ATTRS(changes);
	ATTRS(a);
	OBJECT(o);
	OBJECT(changed);

	return token_object(s->d.token, &who, s->h, &o) == CKR_OK &&
	       attrs_set(&changes, CKA_LABEL, bytes_str("new")) == CKR_OK &&
	       rules_set(&who, o, &changes, &a) == CKR_OK && object_new(&a, &changed) == CKR_OK &&
	       token_replace(s->d.token, &who, o, changed) == CKR_OK;
}

static bool relabel_check(void *arg, bool ok)
{
	return holds(arg, "old", ok ? 0 : 1) && holds(arg, "new", ok ? 1 : 0);
}

static bool remove_run(void *arg)
{
	struct scene *s = arg;
	struct who who = token_who(s->d.token, true, SESSION);
	OBJECT(o);

	return token_object(s->d.token, &who, s->h, &o) == CKR_OK &&
	       token_remove(s->d.token, &who, o) == CKR_OK;
}

static bool remove_check(void *arg, bool ok)
{
	return holds(arg, "old", ok ? 0 : 1);
}

static bool find_run(void *arg)
{
	struct scene *s = arg;
	struct who who = token_who(s->d.token, true, SESSION);
	CK_OBJECT_HANDLE *list = NULL;
	ATTRS(wanted);
	bool ok;

	ok = attrs_set(&wanted, CKA_LABEL, bytes_str("old")) == CKR_OK &&
	     token_find(s->d.token, &who, &wanted, &list, &s->found) == CKR_OK;
	free(list);
	return ok;
}

static bool find_check(void *arg, bool ok)
{
	struct scene *s = arg;

	return s->found == (ok ? 1 : 0) && holds(s, "old", 1);
}

/* The store read for the first time, and the key opened without a login. */
static bool load_run(void *arg)
{
	struct scene *s = arg;
	struct who who;
	ATTRS(secrets);
	ATTRS(wanted);
	OBJECT(o);
	CK_OBJECT_HANDLE *list = NULL;
	bool ok;

	if (token_refresh(s->d.token, true) != CKR_OK)
		return false;
	who = token_who(s->d.token, true, SESSION);
	if (token_find(s->d.token, &who, &wanted, &list, &s->found) != CKR_OK)
		return false;
	ok = s->found == 1 && token_object(s->d.token, &who, list[0], &o) == CKR_OK &&
	     token_open_secrets(s->d.token, o, &secrets) == CKR_OK && secrets.count == 1;
	free(list);
	return ok;
}

static bool load_check(void *arg, bool ok)
{
	(void) ok;
	return holds(arg, "old", 1);
}

static bool login_run(void *arg)
{
	struct scene *s = arg;

	return login_start(s->d.token, CKU_USER, BYTES_NONE) == CKR_OK &&
	       token_refresh(s->d.token, true) == CKR_OK && login_end(s->d.token) == CKR_OK;
}

static bool make_run(void *arg)
{
	struct scene *s = arg;
	struct policy p = {.bank = BANK_SHA256, .pcrs = 1u << 7};
	struct login_new_token n = {.dir = s->d.store, .policy = &p, .label = bytes_str("second")};

	return login_create_token(&s->d.config, &n, &s->slot) == CKR_OK;
}

static bool make_check(void *arg, bool ok)
{
	struct scene *s = arg;
	struct config c = s->d.config;
	_cleanup_(store_list_done) struct store_list l = {0};

	c.stores[0] = s->d.store;
	c.store_count = 1;
	return store_list(&c, &l).code == E_OK && l.count == (ok ? 2u : 1u) &&
	       ok == (s->slot != 0) && holds(s, "old", 1);
}

static const struct fault_case cases[] = {
	{"add", warm, add_run, add_check, scene_done},
	{"session-object", warm, session_run, session_check, scene_done},
	{"change", warm, relabel_run, relabel_check, scene_done},
	{"remove", warm, remove_run, remove_check, scene_done},
	{"find", warm, find_run, find_check, scene_done},
	{"load", cold, load_run, load_check, scene_done},
	{"login", cold, login_run, load_check, scene_done},
	{"make", warm, make_run, make_check, scene_done},
};
FAULT_MAIN("token", cases)
