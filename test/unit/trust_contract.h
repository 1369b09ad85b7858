/* SPDX-License-Identifier: BSD-2-Clause */
/* What every trust source keeps to (trust.h), tested on one: CONTRACT_TESTS in a table of tests.
 * The file that includes this says before which one, contract_ops, and what each test begins with,
 * CONTRACT_BEGIN. */
#pragma once

#include "ossl.h"
#include "test.h"
#include "trust.h"

#include <stdlib.h>

static const struct trust_env contract_env = {.tcti = "", .tpm_timeout_ms = 2000};

/* A seal, what it was made with and what came of it. */
struct sealed {
	struct policy policy;
	struct secret *auth, *owner, *s;
	struct buf blob;
	struct trust_count count;
};

static inline void sealed_done(struct sealed *x)
{
	secret_free(&x->auth);
	secret_free(&x->owner);
	secret_free(&x->s);
	buf_done(&x->blob);
}
#define SEALED(name) _cleanup_(sealed_done) struct sealed name = {0}

static inline struct secret *secret_filled(uint8_t with)
{
	struct secret *s = NULL;

	if (secret_new(32, &s).code != E_OK)
		abort();
	memset(secret_bytes(s), with, 32);
	return s;
}

/* before: the seal that this one replaces, or NULL. pin: its authorisation value; 0: none. What x
 * was is gone. */
static inline struct err sealed_make(
	struct sealed *x, const char *policy, uint8_t pin, const struct sealed *before)
{
	struct trust_wish w = {.policy = &x->policy};

	sealed_done(x);
	TRY(policy_parse(policy, false, &x->policy));
	x->auth = pin == 0 ? NULL : secret_filled(pin);
	x->owner = secret_filled(0x77);
	w.auth = x->auth;
	w.owner = x->owner;
	if (before != NULL)
		w.before = buf_bytes(&before->blob);
	return contract_ops->seal(&contract_env, &w, &x->blob, &x->s, &x->count);
}

/* Opens with this authorisation value, and says whether S is what sealing gave. */
static inline struct err sealed_open_count(
	const struct sealed *x, uint8_t pin, bool *ret_same, struct trust_count *ret_count)
{
	struct secret *auth = pin == 0 ? NULL : secret_filled(pin);
	struct err e;
	SECRET(s);

	*ret_same = false;
	e = contract_ops->open(&contract_env, buf_bytes(&x->blob), &x->policy, auth, &s, ret_count);
	secret_free(&auth);
	*ret_same = e.code == E_OK && secret_len(s) == TRUST_S_LEN &&
		    bytes_eq(secret_view(s), secret_view(x->s));
	/* nothing is handed out with a failure */
	return e.code != E_OK && s != NULL ? ERR(E_INTERNAL) : e;
}

static inline struct err sealed_open(const struct sealed *x, uint8_t pin, bool *ret_same)
{
	struct trust_count count;

	return sealed_open_count(x, pin, ret_same, &count);
}

static inline enum trust_state sealed_state(const struct sealed *x)
{
	struct trust_info i = {0};

	(void) !CHECK_OK(
		contract_ops->describe(&contract_env, buf_bytes(&x->blob), &x->policy, &i));
	return i.state;
}

static void contract_seal_opens_to_the_same_s(void)
{
	CONTRACT_BEGIN;
	bool same = false;
	SEALED(x);

	REQUIRE_OK(sealed_make(&x, "pin", 5, NULL));
	CHECK(x.blob.len > 0 && x.blob.len <= TRUST_BLOB_MAX && secret_len(x.s) == TRUST_S_LEN);
	CHECK_OK(sealed_open(&x, 5, &same));
	CHECK(same);
	CHECK_EQ(sealed_state(&x), TRUST_OPENS);
}

static void contract_seal_without_pin(void)
{
	CONTRACT_BEGIN;
	bool same = false;
	SEALED(x);

	REQUIRE_OK(sealed_make(&x, "none", 0, NULL));
	CHECK_OK(sealed_open(&x, 0, &same));
	CHECK(same);
}

static void contract_wrong_auth_is_counted(void)
{
	CONTRACT_BEGIN;
	struct trust_count c = {0};
	bool same;
	SEALED(x);

	REQUIRE_OK(sealed_make(&x, "pin", 5, NULL));
	CHECK_ERR(sealed_open_count(&x, 6, &same, &c), E_AUTH);
	CHECK(c.known && c.failed == 1 && c.max > 1 && !c.locked);
	CHECK_ERR(sealed_open_count(&x, 6, &same, &c), E_AUTH);
	CHECK_EQ(c.failed, 2);
	CHECK_OK(sealed_open_count(&x, 5, &same, &c));
	CHECK(same);
	if (contract_ops->counts_by_seal)
		CHECK(c.known && c.failed == 0);
}

static void contract_pin_must_be_as_the_policy_says(void)
{
	CONTRACT_BEGIN;
	SEALED(with);
	SEALED(without);
	bool same;

	CHECK_OK(sealed_make(&with, "pin", 5, NULL));
	CHECK_OK(sealed_make(&without, "none", 0, NULL));
	CHECK(sealed_open(&with, 0, &same).code != E_OK);
	CHECK(sealed_open(&without, 5, &same).code != E_OK);
	CHECK_OK(sealed_open(&with, 5, &same));
	CHECK(same);
}

static void contract_seals_are_unlike(void)
{
	CONTRACT_BEGIN;
	SEALED(a);
	SEALED(b);

	REQUIRE_OK(sealed_make(&a, "pin", 5, NULL));
	REQUIRE_OK(sealed_make(&b, "pin", 5, NULL));
	CHECK(!bytes_eq(buf_bytes(&a.blob), buf_bytes(&b.blob)));
	CHECK(!bytes_eq(secret_view(a.s), secret_view(b.s)));
}

static void contract_cut_blobs_do_not_open(void)
{
	CONTRACT_BEGIN;
	SEALED(x);
	size_t len;
	bool same;

	REQUIRE_OK(sealed_make(&x, "none", 0, NULL));
	len = x.blob.len;
	for (x.blob.len = 0; x.blob.len < len; x.blob.len++)
		CHECK(sealed_open(&x, 0, &same).code != E_OK);
	x.blob.len = len;
	CHECK_OK(buf_put_u8(&x.blob, 0));
	CHECK(sealed_open(&x, 0, &same).code != E_OK);
	x.blob.len = len;
	CHECK_OK(sealed_open(&x, 0, &same));
}

static void contract_describes_the_source_alone(void)
{
	CONTRACT_BEGIN;
	const struct policy none = {0};
	struct trust_info i = {0};

	CHECK_OK(contract_ops->describe(&contract_env, BYTES_NONE, &none, &i));
	CHECK_EQ(i.state, TRUST_OPENS);
	CHECK(i.maker[0] != '\0');
}

#define CONTRACT_TESTS                                                                          \
	TEST(contract_seal_opens_to_the_same_s), TEST(contract_seal_without_pin),               \
		TEST(contract_wrong_auth_is_counted),                                           \
		TEST(contract_pin_must_be_as_the_policy_says), TEST(contract_seals_are_unlike), \
		TEST(contract_cut_blobs_do_not_open), TEST(contract_describes_the_source_alone)
