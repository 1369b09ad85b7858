/* SPDX-License-Identifier: BSD-2-Clause */
/* The trust source "tee": which command of Bulla's trusted application (TA) is sent when, under
 * which login, and what its answers mean for a seal. */
#include "trust_tee.h"

#include "log.h"
#include "tee_talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool auth_sound(const struct policy *p, const struct secret *auth)
{
	return p->pin ? secret_len(auth) == TRUST_AUTH_LEN : auth == NULL;
}

/* ---- who we are ---- */

static bool login_group_ours(gid_t gid)
{
	int n = getgroups(0, NULL);
	gid_t *groups = n <= 0 ? NULL : calloc((size_t) n, sizeof(*groups));
	bool found = getegid() == gid;

	n = groups == NULL ? 0 : getgroups(n, groups);
	for (int i = 0; i < n; i++)
		found = found || groups[i] == gid;
	free(groups);
	return found;
}

/* Would the kernel vouch for it that we are whom the policy names? */
static bool login_ours(const struct policy *p)
{
	switch (p->login) {
	case POLICY_LOGIN_NONE:
	case POLICY_LOGIN_PUBLIC:
		return true;
	case POLICY_LOGIN_USER:
		return geteuid() == p->login_id;
	case POLICY_LOGIN_GROUP:
		return login_group_ours(p->login_id);
	}
	return false;
}

static struct err login_demand(const struct policy *p)
{
	if (login_ours(p))
		return OK;
	log_error("tee: the seal is for %s %" PRIu32 ", and this process is not: it runs as user "
		  "%" PRIu32 ", group %" PRIu32,
		p->login == POLICY_LOGIN_USER ? "the user" : "members of the group", p->login_id,
		geteuid(), getegid());
	return ERR(E_POLICY);
}

/* The login of a session for this policy; public where the kernel would refuse it. */
static struct teec_login login_of(const struct policy *p)
{
	if (p == NULL || (p->login == POLICY_LOGIN_GROUP && !login_ours(p)))
		return (struct teec_login){.login = POLICY_LOGIN_PUBLIC};
	return (struct teec_login){.login = p->login, .id = p->login_id};
}

/* ---- sealing ---- */

/* A new seal is opened for real, in the session that made it: it has a line of its own, nothing is
 * retired by that, and the try that it costs is given back by its success. */
static struct err fresh_verify(struct teec *t, const struct tee_made *m, const struct secret *auth)
{
	struct tee_answer a = {0};
	SECRET(s);

	TRY(tee_ask_open(t, BYTES_OF(m->blob), auth, &a, &s));
	TRY(tee_status_err(a.status, auth != NULL));
	if (bytes_eq_ct(secret_view(s), secret_view(m->s)))
		return OK;
	log_error("tee: what the trusted application sealed is not what it opens");
	return ERR(E_TAMPERED);
}

static struct err fresh_make(struct teec *t, const struct trust_wish *w, struct tee_made *ret)
{
	struct tee_answer a = {0};

	TRY(tee_ask_seal(t, w, &a, ret));
	TRY(tee_status_err(a.status, w->policy->pin));
	return fresh_verify(t, ret, w->auth);
}

static struct err fresh_seal(
	const struct trust_env *env, const struct trust_wish *w, struct tee_made *ret)
{
	const struct teec_login login = login_of(w->policy);
	_cleanup_(teec_close) struct teec *t = NULL;
	struct teec_why why = {0};
	struct tee_answer a = {0};
	struct err e;

	TRY(login_demand(w->policy));
	TRY(teec_open(env, &login, &why, &t));
	e = fresh_make(t, w, ret);
	/* or its record would stay in the TEE's storage, and nobody know of it */
	if (e.code != E_OK && ret->blob[0] != 0)
		(void) !tee_ask_owner(t, TA_CMD_DESTROY, BYTES_OF(ret->blob), w->owner, &a).code;
	return e;
}

/* The seal that replaces another cannot be opened for real: that would retire the other before the
 * new one is stored. To describe it, the TA decrypts the blob as we hold it, and looks for its
 * line, and writes nothing. Locked is a line that the SO is about to free by this very seal;
 * another identity is that of a user whose PIN the SO changes. */
static struct err change_verify(struct teec *t, const struct tee_made *m)
{
	struct tee_described d = {0};
	struct tee_answer a = {0};

	TRY(tee_ask_describe(t, BYTES_OF(m->blob), &a, &d));
	TRY(tee_status_err(a.status, false));
	if (d.state == TA_STATE_OPENS || d.state == TA_STATE_LOCKED || d.state == TA_STATE_IDENTITY)
		return OK;
	log_error("tee: the trusted application does not know the seal that it has made");
	return ERR(E_TAMPERED);
}

/* *ret_gone: there is nothing left that could be changed. */
static struct err change_seal(const struct trust_env *env, const struct trust_wish *w,
	struct tee_made *ret, bool *ret_gone)
{
	struct teec_login login = {.login = POLICY_LOGIN_PUBLIC};
	_cleanup_(teec_close) struct teec *t = NULL;
	struct teec_why why = {0};
	struct tee_answer a = {0};

	TRY(tee_blob_sound(w->before));
	/* who has TK may, whoever that is: an SO changes the PIN of a seal to another user */
	if (login_ours(w->policy))
		login = login_of(w->policy);
	TRY(teec_open(env, &login, &why, &t));
	TRY(tee_ask_change(t, w, &a, ret));
	*ret_gone = a.status == TA_ST_GONE;
	if (*ret_gone)
		return OK;
	TRY(tee_status_err(a.status, w->policy->pin));
	return change_verify(t, ret);
}

static struct err seal_make(
	const struct trust_env *env, const struct trust_wish *w, struct tee_made *ret)
{
	bool gone = true;

	if (w->before.len > 0)
		TRY(change_seal(env, w, ret, &gone));
	return gone ? fresh_seal(env, w, ret) : OK;
}

static struct err tee_seal(const struct trust_env *env, const struct trust_wish *w,
	struct buf *ret_blob, struct secret **ret_s, struct trust_count *ret_count)
{
	_cleanup_(tee_made_done) struct tee_made m = {0};
	uint8_t *room = NULL;
	struct err e;

	*ret_count = (struct trust_count){0};
	if (!auth_sound(w->policy, w->auth) || secret_len(w->owner) != TRUST_OWNER_LEN)
		return ERR(E_INVALID);
	/* the room before what goes there: what is made cannot be lost for want of it */
	TRY(buf_grow(ret_blob, TA_BLOB_LEN, &room));
	e = seal_make(env, w, &m);
	if (e.code != E_OK) {
		ret_blob->len -= TA_BLOB_LEN;
		return e;
	}
	memcpy(room, m.blob, TA_BLOB_LEN);
	*ret_count = (struct trust_count){.known = w->policy->pin, .max = TEE_TRIES};
	*ret_s = TAKE(m.s);
	return OK;
}

/* ---- the other operations ---- */

static struct err tee_open(const struct trust_env *env, struct bytes blob, const struct policy *p,
	const struct secret *auth, struct secret **ret_s, struct trust_count *ret_count)
{
	const struct teec_login login = login_of(p);
	_cleanup_(teec_close) struct teec *t = NULL;
	struct teec_why why = {0};
	struct tee_answer a = {0};
	SECRET(s);

	*ret_count = (struct trust_count){0};
	TRY(tee_blob_sound(blob));
	if (!auth_sound(p, auth))
		return ERR(E_INVALID);
	/* of a user's seal the TA is the judge: it knows whose it is, the record only says so */
	if (p->login == POLICY_LOGIN_GROUP)
		TRY(login_demand(p));
	TRY(teec_open(env, &login, &why, &t));
	TRY(tee_ask_open(t, blob, auth, &a, &s));
	*ret_count = a.count;
	TRY(tee_status_err(a.status, p->pin));
	*ret_s = TAKE(s);
	return OK;
}

static struct err forget(
	enum ta_cmd cmd, const struct trust_env *env, struct bytes blob, const struct secret *owner)
{
	const struct teec_login login = {.login = POLICY_LOGIN_PUBLIC};
	_cleanup_(teec_close) struct teec *t = NULL;
	struct teec_why why = {0};
	struct tee_answer a = {0};

	TRY(tee_blob_sound(blob));
	if (secret_len(owner) != TRUST_OWNER_LEN)
		return ERR(E_INVALID);
	TRY(teec_open(env, &login, &why, &t));
	TRY(tee_ask_owner(t, cmd, blob, owner, &a));
	return tee_status_err(a.status, false);
}

static struct err tee_settle(
	const struct trust_env *env, struct bytes blob, const struct secret *owner)
{
	return forget(TA_CMD_SETTLE, env, blob, owner);
}

static struct err tee_destroy(
	const struct trust_env *env, struct bytes blob, const struct secret *owner)
{
	return forget(TA_CMD_DESTROY, env, blob, owner);
}

/* ---- describe ---- */

/* Printable, and as much as there is room for. */
static void text_copy(struct bytes b, char *ret, size_t cap)
{
	size_t n = b.len < cap - 1 ? b.len : cap - 1;

	for (size_t i = 0; i < n; i++)
		ret[i] = b.ptr[i] >= 0x20 && b.ptr[i] <= 0x7e ? (char) b.ptr[i] : '?';
	ret[n] = '\0';
}

static void state_tell(enum ta_state state, struct trust_info *ret)
{
	static const struct {
		enum trust_state state;
		enum ta_status words; /* the same ones */
	} states[] = {
		[TA_STATE_NONE] = {TRUST_OPENS, TA_ST_OK},
		[TA_STATE_OPENS] = {TRUST_OPENS, TA_ST_OK},
		[TA_STATE_LOCKED] = {TRUST_LOCKED, TA_ST_LOCKED},
		[TA_STATE_IDENTITY] = {TRUST_IDENTITY, TA_ST_IDENTITY},
		[TA_STATE_FOREIGN] = {TRUST_FOREIGN, TA_ST_FOREIGN},
		[TA_STATE_REVOKED] = {TRUST_REVOKED, TA_ST_REVOKED},
		[TA_STATE_GONE] = {TRUST_REVOKED, TA_ST_GONE},
		[TA_STATE_CORRUPT] = {TRUST_BROKEN, TA_ST_CORRUPT},
	};
	const char *words = tee_status_words(states[state].words);

	ret->state = states[state].state;
	snprintf(ret->detail, sizeof(ret->detail), "%s", words == NULL ? "" : words);
}

static void info_tell(
	const struct tee_answer *a, const struct tee_described *d, struct trust_info *ret)
{
	state_tell(d->state, ret);
	ret->count = a->count;
	text_copy(d->maker, ret->maker, sizeof(ret->maker));
	text_copy(d->vendor, ret->vendor, sizeof(ret->vendor));
	text_copy(d->firmware, ret->firmware, sizeof(ret->firmware));
	ret->tee = (struct trust_tee){.known = true,
		.development_huk = (d->flags & TA_INFO_DEVELOPMENT_HUK) != 0,
		.rpmb = (d->flags & TA_INFO_RPMB) != 0,
		.anti_rollback = d->rollback};
}

static struct err describe_try(const struct trust_env *env, struct bytes blob,
	const struct policy *p, struct teec_why *why, struct trust_info *ret)
{
	const struct teec_login login = login_of(p);
	_cleanup_(teec_close) struct teec *t = NULL;
	struct tee_described d = {0};
	struct tee_answer a = {0};
	const char *words;

	TRY(teec_open(env, &login, why, &t));
	TRY(tee_ask_describe(t, blob, &a, &d));
	words = tee_status_words(a.status);
	if (words != NULL)
		snprintf(why->text, sizeof(why->text), "%s", words);
	TRY(tee_status_err(a.status, false));
	info_tell(&a, &d, ret);
	return OK;
}

static struct err tee_describe(const struct trust_env *env, struct bytes blob,
	const struct policy *p, struct trust_info *ret)
{
	/* what is no blob need not be asked about, but the TEE still tells of itself */
	bool sound = blob.len == 0 || tee_blob_sound(blob).code == E_OK;
	struct trust_info i = {.state = TRUST_BROKEN};
	struct teec_why why = {0};
	struct err e = describe_try(env, sound ? blob : BYTES_NONE, p, &why, &i);

	if (e.code == E_OK && !sound)
		state_tell(TA_STATE_CORRUPT, &i);
	if (e.code == E_NOMEM || e.code == E_CORRUPT || e.code == E_LIMIT)
		return e;
	if (e.code == E_UNAVAILABLE || e.code == E_BUSY)
		i.state = TRUST_UNAVAILABLE;
	if (e.code == E_POLICY)
		i.state = TRUST_IDENTITY;
	if (e.code != E_OK)
		snprintf(i.detail, sizeof(i.detail), "%s",
			why.text[0] != '\0' ? why.text : err_str(e));
	*ret = i;
	return OK;
}

const struct trust_ops trust_tee = {
	.name = "tee",
	.kind = TRUST_KIND_TEE,
	.honours = POLICY_PART_PIN | POLICY_PART_LOGIN,
	.counts_by_seal = true,
	.seal = tee_seal,
	.open = tee_open,
	.describe = tee_describe,
	.settle = tee_settle,
	.destroy = tee_destroy,
};
