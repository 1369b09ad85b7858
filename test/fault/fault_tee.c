/* SPDX-License-Identifier: BSD-2-Clause */
/* Failure points of the trust source tee, with libteec's. After a failure what could be opened can
 * be, no try was spent, and the TEE keeps no line that nobody knows of. */
#include "libteec_fake.h"
#include "nth.h"
#include "ossl.h"
#include "tmpdir.h"
#include "trust_tee.h"

#include <dirent.h>
#include <string.h>

struct scene {
	struct tmpdir dir;
	struct policy policy;
	struct secret *auth, *next_auth, *owner;
	struct buf blob, next; /* a seal, and what replaces it or is made anew */
	struct secret *s, *next_s;
	struct trust_info info;
};

static const struct trust_env env = {.tpm_timeout_ms = 0};

static struct secret *filled(uint8_t with)
{
	struct secret *s = NULL;

	if (secret_new(32, &s).code != E_OK)
		abort();
	memset(secret_bytes(s), with, 32);
	return s;
}

static struct err seal(struct scene *s, bool change, struct buf *ret, struct secret **ret_s)
{
	struct trust_count count;
	const struct trust_wish w = {.policy = &s->policy,
		.auth = change ? s->next_auth : s->auth,
		.owner = s->owner,
		.before = change ? buf_bytes(&s->blob) : BYTES_NONE};

	return trust_tee.seal(&env, &w, ret, ret_s, &count);
}

/* Opens to its S, and has no failure counted after that; not asked for: it does not exist. */
static bool opens(struct scene *s, const struct buf *blob, const struct secret *auth,
	const struct secret *want)
{
	struct trust_count count;
	SECRET(got);

	return trust_tee.open(&env, buf_bytes(blob), &s->policy, auth, &got, &count).code == E_OK &&
	       bytes_eq(secret_view(got), secret_view(want)) && count.failed == 0;
}

static unsigned lines(const struct scene *s)
{
	unsigned n = 0;
	char path[128];
	DIR *d;

	snprintf(path, sizeof(path), "%s/storage", s->dir.path);
	d = opendir(path);
	for (const struct dirent *e = d == NULL ? NULL : readdir(d); e != NULL; e = readdir(d))
		n += strncmp(e->d_name, "p-", 2) == 0;
	if (d != NULL)
		closedir(d);
	return n;
}

static void *empty_setup(void)
{
	struct scene *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->dir = tmpdir_new();
	setenv("BULLA_FAKE_TEE", s->dir.path, 1);
	if (policy_parse("pin+login=group:0", false, &s->policy).code != E_OK)
		abort();
	s->policy.login_id = getegid();
	s->auth = filled(5);
	s->next_auth = filled(6);
	s->owner = filled(7);
	ossl_done();
	return s;
}

static void *setup(void)
{
	struct scene *s = empty_setup();

	if (seal(s, false, &s->blob, &s->s).code != E_OK)
		abort();
	ossl_done();
	return s;
}

static void *changed_setup(void)
{
	struct scene *s = setup();

	if (seal(s, true, &s->next, &s->next_s).code != E_OK)
		abort();
	ossl_done();
	return s;
}

static void done(void *arg)
{
	struct scene *s = arg;

	secret_free(&s->auth);
	secret_free(&s->next_auth);
	secret_free(&s->owner);
	secret_free(&s->s);
	secret_free(&s->next_s);
	buf_done(&s->blob);
	buf_done(&s->next);
	tmpdir_done(&s->dir);
	free(s);
	ossl_done();
}

static bool seal_run(void *arg)
{
	struct scene *s = arg;

	return seal(s, false, &s->blob, &s->s).code == E_OK;
}

static bool seal_check(void *arg, bool ok)
{
	struct scene *s = arg;

	if (!ok)
		return s->blob.len == 0 && s->s == NULL && lines(s) == 0;
	return lines(s) == 1 && opens(s, &s->blob, s->auth, s->s);
}

static bool change_run(void *arg)
{
	struct scene *s = arg;

	return seal(s, true, &s->next, &s->next_s).code == E_OK;
}

static bool change_check(void *arg, bool ok)
{
	struct scene *s = arg;

	if (!opens(s, &s->blob, s->auth, s->s) || lines(s) != 1)
		return false;
	return ok ? opens(s, &s->next, s->next_auth, s->next_s)
		  : s->next.len == 0 && s->next_s == NULL;
}

static bool open_run(void *arg)
{
	struct scene *s = arg;

	return opens(s, &s->blob, s->auth, s->s);
}

static bool open_check(void *arg, bool ok)
{
	(void) ok;
	return open_run(arg);
}

static bool describe_run(void *arg)
{
	struct scene *s = arg;

	return trust_tee.describe(&env, buf_bytes(&s->blob), &s->policy, &s->info).code == E_OK;
}

static bool describe_check(void *arg, bool ok)
{
	const struct scene *s = arg;

	/* away or not, it says which; a list of groups that cannot be had is no membership */
	if (ok && s->info.state != TRUST_OPENS && s->info.detail[0] == '\0')
		return false;
	return open_run(arg);
}

static bool settle_run(void *arg)
{
	struct scene *s = arg;

	return trust_tee.settle(&env, buf_bytes(&s->next), s->owner).code == E_OK;
}

static bool settle_check(void *arg, bool ok)
{
	struct scene *s = arg;

	return opens(s, &s->blob, s->auth, s->s) != ok &&
	       opens(s, &s->next, s->next_auth, s->next_s);
}

static bool destroy_run(void *arg)
{
	struct scene *s = arg;

	return trust_tee.destroy(&env, buf_bytes(&s->blob), s->owner).code == E_OK;
}

static bool destroy_check(void *arg, bool ok)
{
	struct scene *s = arg;

	return opens(s, &s->blob, s->auth, s->s) != ok && lines(s) == (ok ? 0u : 1u);
}

static const struct fault_case cases[] = {
	{"seal", empty_setup, seal_run, seal_check, done},
	{"change", setup, change_run, change_check, done},
	{"open", setup, open_run, open_check, done},
	{"describe", setup, describe_run, describe_check, done},
	{"settle", changed_setup, settle_run, settle_check, done},
	{"destroy", setup, destroy_run, destroy_check, done},
};
FAULT_MAIN("tee", cases)
