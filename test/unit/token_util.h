/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of the token share: a token with the fake source, users, and objects for it. */
#pragma once

#include "test.h"

#include "config.h"
#include "login.h"
#include "object.h"
#include "ossl.h"
#include "policy.h"
#include "rules.h"
#include "tmpdir.h"
#include "token.h"

#include <inttypes.h>

#define USER_PIN bytes_str("1234")
#define SO_PIN   bytes_str("so-pin")
#define SESSION  ((CK_SESSION_HANDLE) 7)

struct desk {
	struct tmpdir dir;
	char store[80], fake[80], fake2[80], file[40];
	struct config config;
	struct token *token;
};

static inline void desk_done(struct desk *d)
{
	token_close(&d->token);
	unsetenv("BULLA_FAKE");
	unsetenv("BULLA_FAKE2");
	tmpdir_done(&d->dir);
}
#define DESK(name, policy) _cleanup_(desk_done) struct desk name = desk_new(policy)

static inline void desk_fake(struct desk *d, const char *words)
{
	FILE *f = fopen(d->fake, "w");

	if (CHECK(f != NULL)) {
		fputs(words, f);
		fclose(f);
	}
}

/* The second source (test/fake/trust_fake2.h) is away until it is told something. */
static inline void desk_fake2(struct desk *d, const char *words)
{
	FILE *f = fopen(d->fake2, "w");

	if (CHECK(f != NULL)) {
		fputs(words, f);
		fclose(f);
	}
	setenv("BULLA_FAKE2", d->fake2, 1);
}

/* How often its log has this: a call, and what it answered; NULL: whatever it answered. */
static inline unsigned desk_fake2_calls(const struct desk *d, const char *call, const char *code)
{
	char path[100], has[16], line[64], answer[32];
	unsigned n = 0, epoch = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s.log", d->fake2);
	f = fopen(path, "r");
	while (f != NULL && fscanf(f, "%15s %63s %u %31s", has, line, &epoch, answer) == 4)
		n += strcmp(has, call) == 0 && (code == NULL || strcmp(answer, code) == 0);
	if (f != NULL)
		fclose(f);
	return n;
}

/* A second look at the same token, as another process would have it. */
static inline struct token *desk_open(const struct desk *d)
{
	struct token *t = NULL;

	CHECK_EQ(token_open(&d->config, NULL, d->store, d->file, &t), CKR_OK);
	return t;
}

/* policy: "so " before it, and the token gets an SO; each seal costs a scrypt. */
static inline struct desk desk_new(const char *policy)
{
	bool so = strncmp(policy, "so ", 3) == 0;
	static char source[] = "fake", tcti[] = "none";
	struct desk d = {.dir = tmpdir_new(),
		.config = {.source = source,
			.tcti = tcti,
			.pin_tries = 5,
			.tpm_timeout_ms = 1000,
			.queue_timeout_ms = 1000}};
	struct policy p = {0};
	struct login_new_token n = {.dir = d.store, .policy = &p, .label = bytes_str("desk")};
	CK_SLOT_ID slot = 0;

	snprintf(d.store, sizeof(d.store), "%s/store", d.dir.path);
	snprintf(d.fake, sizeof(d.fake), "%s/fake", d.dir.path);
	snprintf(d.fake2, sizeof(d.fake2), "%s/fake2", d.dir.path);
	setenv("BULLA_FAKE", d.fake, 1);
	desk_fake(&d, "");
	CHECK(policy_parse(so ? policy + 3 : policy, false, &p).code == E_OK);
	if (so)
		n.so_pin = SO_PIN;
	if (p.pin)
		n.user_pin = USER_PIN;
	CHECK_EQ(login_create_token(&d.config, &n, &slot), CKR_OK);
	snprintf(d.file, sizeof(d.file), "token-%08lx.db", slot);
	/* d.config moves with the copy: the token is opened by the caller's first DESK_TOKEN */
	return d;
}
/* Opens it where it stays. */
#define DESK_TOKEN(d) REQUIRE(((d).token = desk_open(&(d))) != NULL)

struct templ {
	CK_ATTRIBUTE list[24];
	CK_ULONG count;
};
static CK_BBOOL test_true = CK_TRUE, test_false = CK_FALSE;

static inline void templ_add(struct templ *t, CK_ATTRIBUTE_TYPE type, const void *p, size_t len)
{
	CK_ATTRIBUTE a = {.type = type, .ulValueLen = len};

	memcpy(&a.pValue, &p, sizeof(p));
	t->list[t->count++] = a;
}

static inline void templ_bool(struct templ *t, CK_ATTRIBUTE_TYPE type, bool v)
{
	templ_add(t, type, v ? &test_true : &test_false, 1);
}

/* What C_CreateObject will do: rules, object, token. */
static inline CK_RV desk_create(
	struct token *t, bool rw, struct templ *templ, CK_OBJECT_HANDLE *ret)
{
	struct rules_context c = {.how = RULES_CREATE,
		.cls = CK_UNAVAILABLE_INFORMATION,
		.key_type = CK_UNAVAILABLE_INFORMATION,
		.mech = CK_UNAVAILABLE_INFORMATION,
		.config = token_config(t),
		.who = token_who(t, rw, SESSION)};
	CK_RV rv;
	ATTRS(a);
	ATTRS(secrets);
	OBJECT(o);

	rv = attrs_copy_in(templ->list, templ->count, &a);
	if (rv == CKR_OK)
		rv = rules_begin(&c, &a);
	if (rv == CKR_OK)
		rv = rules_finish(&c, &a, &secrets);
	if (rv == CKR_OK)
		rv = object_new(&a, &o);
	if (rv == CKR_OK)
		rv = token_add(t, &c.who, &o, &secrets, 1);
	if (rv == CKR_OK)
		*ret = o->handle;
	return rv;
}

static inline CK_RV desk_data(
	struct token *t, bool on_token, bool private_, const char *label, CK_OBJECT_HANDLE *ret)
{
	static const CK_OBJECT_CLASS cls = CKO_DATA;
	struct templ m = {0};

	templ_add(&m, CKA_CLASS, &cls, sizeof(cls));
	templ_bool(&m, CKA_TOKEN, on_token);
	templ_bool(&m, CKA_PRIVATE, private_);
	templ_add(&m, CKA_LABEL, label, strlen(label));
	templ_add(&m, CKA_VALUE, "value", 5);
	return desk_create(t, true, &m, ret);
}

static inline CK_RV desk_secret(
	struct token *t, bool on_token, bool private_, const char *label, CK_OBJECT_HANDLE *ret)
{
	static const CK_OBJECT_CLASS cls = CKO_SECRET_KEY;
	static const CK_KEY_TYPE type = CKK_AES;
	struct templ m = {0};

	templ_add(&m, CKA_CLASS, &cls, sizeof(cls));
	templ_add(&m, CKA_KEY_TYPE, &type, sizeof(type));
	templ_bool(&m, CKA_TOKEN, on_token);
	templ_bool(&m, CKA_PRIVATE, private_);
	templ_add(&m, CKA_LABEL, label, strlen(label));
	templ_add(&m, CKA_ID, label, strlen(label));
	templ_add(&m, CKA_VALUE, "0123456789abcdef", 16);
	return desk_create(t, true, &m, ret);
}

/* How many objects with this label does this caller see? ret: the last one's handle. */
static inline size_t desk_count(struct token *t, const char *label, CK_OBJECT_HANDLE *ret)
{
	struct who who = token_who(t, false, SESSION);
	CK_OBJECT_HANDLE *list = NULL;
	size_t count = 0;
	ATTRS(wanted);

	CHECK_EQ(token_refresh(t, true), CKR_OK);
	who = token_who(t, false, SESSION);
	if (label != NULL)
		CHECK_EQ(attrs_set(&wanted, CKA_LABEL, bytes_str(label)), CKR_OK);
	CHECK_EQ(token_find(t, &who, &wanted, &list, &count), CKR_OK);
	if (ret != NULL && count > 0)
		*ret = list[count - 1];
	free(list);
	return count;
}
