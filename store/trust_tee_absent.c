/* SPDX-License-Identifier: BSD-2-Clause */
/* The trust source "tee" of a build that had no libteec: it says so. */
#include "trust_tee.h"

#include "log.h"

#include <stdio.h>

#define ABSENT "this build of Bulla has no support for TEEs"

static struct err absent(void)
{
	log_error("tee: %s", ABSENT);
	return ERR(E_UNAVAILABLE);
}

static struct err absent_seal(const struct trust_env *env, const struct trust_wish *wish,
	struct buf *ret_blob, struct secret **ret_s, struct trust_count *ret_count)
{
	(void) env;
	(void) wish;
	(void) ret_blob;
	(void) ret_s;
	*ret_count = (struct trust_count){0};
	return absent();
}

static struct err absent_open(const struct trust_env *env, struct bytes blob,
	const struct policy *p, const struct secret *auth, struct secret **ret_s,
	struct trust_count *ret_count)
{
	(void) env;
	(void) blob;
	(void) p;
	(void) auth;
	(void) ret_s;
	*ret_count = (struct trust_count){0};
	return absent();
}

static struct err absent_describe(const struct trust_env *env, struct bytes blob,
	const struct policy *p, struct trust_info *ret)
{
	struct trust_info i = {.state = TRUST_UNAVAILABLE};

	(void) env;
	(void) blob;
	(void) p;
	snprintf(i.detail, sizeof(i.detail), "%s", ABSENT);
	*ret = i;
	return OK;
}

static struct err absent_forget(
	const struct trust_env *env, struct bytes blob, const struct secret *owner)
{
	(void) env;
	(void) blob;
	(void) owner;
	return absent();
}

const struct trust_ops trust_tee = {
	.name = "tee",
	.kind = TRUST_KIND_TEE,
	.honours = POLICY_PART_PIN | POLICY_PART_LOGIN,
	.counts_by_seal = true,
	.seal = absent_seal,
	.open = absent_open,
	.describe = absent_describe,
	.settle = absent_forget,
	.destroy = absent_forget,
};
