/* SPDX-License-Identifier: BSD-2-Clause */
#include "trust_fake.h"

#include "fake_script.h"
#include "log.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define FAKE_MAGIC 0x66616b65u /* "fake" */

/* ---- what it counts ---- */

enum asked { ASKED_SEAL, ASKED_OPEN, ASKED_DESCRIBE, ASKED_KINDS };

struct counter {
	int fd;
	uint32_t failed;
	uint64_t at; /* failures are counted down from here */
	unsigned long asked[ASKED_KINDS];
};

static void counter_close(struct counter *c)
{
	if (c->fd >= 0)
		close(c->fd);
}

/* Locked until counter_close. Failures that the interval has healed are gone. */
static struct counter counter_open(const struct script *s)
{
	struct counter c = {.fd = -1, .at = s->now};
	char path[4096], text[256] = {0};
	uint64_t healed;

	if (!s->counts)
		return c;
	snprintf(path, sizeof(path), "%s.count", secure_getenv("BULLA_FAKE"));
	c.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (c.fd < 0 || flock(c.fd, LOCK_EX) != 0)
		abort();
	if (pread(c.fd, text, sizeof(text) - 1, 0) > 0)
		(void) sscanf(text, "%" SCNu32 " %" SCNu64 " %lu %lu %lu", &c.failed, &c.at,
			&c.asked[0], &c.asked[1], &c.asked[2]);
	healed = s->interval == 0 || s->now < c.at ? 0 : (s->now - c.at) / s->interval;
	c.failed -= healed > c.failed ? c.failed : (uint32_t) healed;
	c.at = c.failed == 0 ? s->now : c.at + healed * s->interval;
	return c;
}

static void counter_write(const struct counter *c)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "%" PRIu32 " %" PRIu64 " %lu %lu %lu\n", c->failed,
		c->at, c->asked[0], c->asked[1], c->asked[2]);

	if (c->fd < 0)
		return;
	if (ftruncate(c->fd, 0) != 0 || pwrite(c->fd, text, (size_t) n, 0) != n)
		abort();
}

static void counter_tell(const struct counter *c, const struct script *s, struct trust_count *ret)
{
	*ret = (struct trust_count){
		.known = s->counts,
		.locked = s->counts && c->failed >= s->max,
		.failed = c->failed,
		.max = s->max,
		.interval_s = s->interval,
		.recovery_s = s->interval,
	};
}

/* ---- the source ---- */

struct blob {
	struct bytes s, auth;
	struct policy policy;
};

static struct err blob_read(struct bytes b, struct blob *ret)
{
	struct reader r = reader_of(b);
	uint32_t magic = 0;

	TRY(reader_u32(&r, &magic));
	if (magic != FAKE_MAGIC)
		return ERR(E_CORRUPT);
	TRY(reader_lv(&r, TRUST_S_LEN, &ret->s));
	TRY(reader_lv(&r, TRUST_AUTH_LEN, &ret->auth));
	TRY(policy_read(&r, &ret->policy));
	return reader_end(&r);
}

static struct err fake_seal(const struct trust_env *env, const struct trust_wish *wish,
	struct buf *ret_blob, struct secret **ret_s, struct trust_count *ret_count)
{
	const struct policy *policy = wish->policy;
	const struct secret *auth = wish->auth;
	struct script s = fake_script_read("BULLA_FAKE");
	_cleanup_(counter_close) struct counter c = counter_open(&s);
	SECRET(made);

	(void) env;
	c.asked[ASKED_SEAL]++;
	counter_write(&c);
	counter_tell(&c, &s, ret_count);
	if (s.fail_seal != E_OK)
		return ERR(s.fail_seal);
	if (policy->pin != (auth != NULL) || (auth != NULL && secret_len(auth) != TRUST_AUTH_LEN) ||
		(auth != NULL && secret_view(auth).ptr[TRUST_AUTH_LEN - 1] == 0))
		return ERR(E_INTERNAL);
	TRY(secret_random(TRUST_S_LEN, &made));
	TRY(buf_put_u32(ret_blob, FAKE_MAGIC));
	TRY(buf_put_lv(ret_blob, secret_view(made)));
	TRY(buf_put_lv(ret_blob, secret_view(auth)));
	TRY(policy_put(policy, ret_blob));
	*ret_s = TAKE(made);
	return OK;
}

static struct err open_judge(
	const struct script *s, const struct blob *b, const struct policy *p, struct counter *c)
{
	if (s->fail_open != E_OK)
		return ERR(s->fail_open);
	if (s->foreign)
		return ERR(E_FOREIGN);
	if (!policy_eq(&b->policy, p))
		return ERR(E_TAMPERED);
	if ((s->changed & b->policy.pcrs) != 0)
		return ERR(E_POLICY);
	return s->counts && p->pin && c->failed >= s->max ? ERR(E_LOCKED) : OK;
}

static struct err fake_open(const struct trust_env *env, struct bytes blob,
	const struct policy *policy, const struct secret *auth, struct secret **ret_s,
	struct trust_count *ret_count)
{
	struct script s = fake_script_read("BULLA_FAKE");
	_cleanup_(counter_close) struct counter c = counter_open(&s);
	struct blob b = {0};
	struct err e;

	(void) env;
	c.asked[ASKED_OPEN]++;
	counter_tell(&c, &s, ret_count);
	e = blob_read(blob, &b);
	if (e.code == E_OK)
		e = open_judge(&s, &b, policy, &c);
	if (e.code == E_OK && !s.any_auth && !bytes_eq_ct(b.auth, secret_view(auth))) {
		e = ERR(E_AUTH);
		c.failed++;
		counter_tell(&c, &s, ret_count);
	}
	counter_write(&c);
	TRY(e);
	return secret_copy_in(b.s, ret_s);
}

static struct err fake_describe(const struct trust_env *env, struct bytes blob,
	const struct policy *policy, struct trust_info *ret)
{
	struct script s = fake_script_read("BULLA_FAKE");
	_cleanup_(counter_close) struct counter c = counter_open(&s);
	struct trust_info info = {.state = TRUST_OPENS, .software = true};
	struct blob b = {0};

	(void) env;
	(void) policy;
	c.asked[ASKED_DESCRIBE]++;
	counter_write(&c);
	counter_tell(&c, &s, &info.count);
	snprintf(info.maker, sizeof(info.maker), "FAKE");
	snprintf(info.vendor, sizeof(info.vendor), "tests only");
	info.banks = 1u << BANK_SHA256;
	if (blob.len > 0 && blob_read(blob, &b).code != E_OK)
		info.state = TRUST_BROKEN;
	else if (s.fail_open == E_UNAVAILABLE)
		info.state = TRUST_UNAVAILABLE;
	else if (s.foreign)
		info.state = TRUST_FOREIGN;
	else if ((s.changed & b.policy.pcrs) != 0)
		info.state = TRUST_PCR_CHANGED;
	else if (info.count.locked)
		info.state = TRUST_LOCKED;
	info.changed_pcrs = s.changed & b.policy.pcrs;
	if (s.state > 0)
		info.state = (enum trust_state)(s.state - 1);
	*ret = info;
	return OK;
}

const struct trust_ops trust_fake = {
	.name = "fake",
	.honours = POLICY_PART_PIN | POLICY_PART_PCR | POLICY_PART_LOGIN,
	.seal = fake_seal,
	.open = fake_open,
	.describe = fake_describe,
};
