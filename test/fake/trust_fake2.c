/* SPDX-License-Identifier: BSD-2-Clause */
#include "trust_fake2.h"

#include "fake_script.h"
#include "ossl.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define FAKE2_MAGIC     0x66616b32u /* "fak2" */
#define FAKE2_LINE_LEN  16u
#define FAKE2_LINES_MAX 64u
#define FAKE2_TRIES     10u

void (*trust_fake2_meanwhile)(void);

struct line {
	uint8_t id[FAKE2_LINE_LEN];
	uint32_t epoch, failed;
	uint8_t owner[TRUST_OWNER_LEN];
};

/* What it keeps, locked from fake2_open to fake2_close. */
struct fake2 {
	struct script script;
	int lock; /* descriptor; -1: the source is away */
	char path[4000];
	struct line lines[FAKE2_LINES_MAX];
	size_t count;
};

static void fake2_close(struct fake2 *f)
{
	if (f->lock >= 0)
		close(f->lock);
}

static int side_file(const struct fake2 *f, const char *what, int flags)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s.%s", f->path, what);
	fd = open(path, flags | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		abort();
	return fd;
}

static struct fake2 fake2_open(void)
{
	struct fake2 f = {.script = fake_script_read("BULLA_FAKE2"), .lock = -1};
	ssize_t n;
	int fd;

	if (!f.script.counts)
		return f;
	if (f.script.max == FAKE_MAX)
		f.script.max = FAKE2_TRIES;
	snprintf(f.path, sizeof(f.path), "%s", secure_getenv("BULLA_FAKE2"));
	f.lock = side_file(&f, "lock", O_RDWR);
	if (flock(f.lock, LOCK_EX) != 0)
		abort();
	fd = side_file(&f, "lines", O_RDONLY);
	n = read(fd, f.lines, sizeof(f.lines));
	close(fd);
	if (n < 0 || (size_t) n % sizeof(f.lines[0]) != 0)
		abort();
	f.count = (size_t) n / sizeof(f.lines[0]);
	return f;
}

/* All at once, as secure storage does it. */
static void lines_write(const struct fake2 *f)
{
	size_t len = f->count * sizeof(f->lines[0]);
	char from[4096], to[4096];
	int fd = side_file(f, "new", O_WRONLY | O_TRUNC);

	if (pwrite(fd, f->lines, len, 0) != (ssize_t) len)
		abort();
	close(fd);
	snprintf(from, sizeof(from), "%s.new", f->path);
	snprintf(to, sizeof(to), "%s.lines", f->path);
	if (rename(from, to) != 0)
		abort();
}

static struct err told(const struct fake2 *f, const char *call,
	const uint8_t line[static FAKE2_LINE_LEN], uint32_t epoch, struct err e)
{
	char hex[2 * FAKE2_LINE_LEN + 1], text[128];
	int n, fd;

	if (f->lock < 0)
		return e;
	bytes_hex(BYTES(line, FAKE2_LINE_LEN), hex);
	n = snprintf(text, sizeof(text), "%s %s %u %s\n", call, hex, epoch, fake_code_name(e.code));
	fd = side_file(f, "log", O_WRONLY | O_APPEND);
	if (write(fd, text, (size_t) n) != n)
		abort();
	close(fd);
	return e;
}

static void tell_count(const struct fake2 *f, const struct line *l, struct trust_count *ret)
{
	*ret = (struct trust_count){.known = f->lock >= 0 && l != NULL, .max = f->script.max};
	ret->failed = l == NULL ? 0 : l->failed;
	ret->locked = ret->failed >= ret->max;
}

static struct line *line_find(struct fake2 *f, const uint8_t id[static FAKE2_LINE_LEN])
{
	for (size_t i = 0; i < f->count; i++)
		if (memcmp(f->lines[i].id, id, FAKE2_LINE_LEN) == 0)
			return &f->lines[i];
	return NULL;
}

/* ---- blobs ---- */

struct blob {
	uint8_t line[FAKE2_LINE_LEN];
	uint32_t epoch;
	struct bytes s, auth;
	struct policy policy;
};

static struct err blob_read(struct bytes b, struct blob *ret)
{
	struct reader r = reader_of(b);
	uint32_t magic = 0;

	TRY(reader_u32(&r, &magic));
	if (magic != FAKE2_MAGIC)
		return ERR(E_CORRUPT);
	TRY(reader_copy(&r, ret->line, FAKE2_LINE_LEN));
	TRY(reader_u32(&r, &ret->epoch));
	TRY(reader_lv(&r, TRUST_S_LEN, &ret->s));
	TRY(reader_lv(&r, TRUST_AUTH_LEN, &ret->auth));
	TRY(policy_read(&r, &ret->policy));
	return reader_end(&r);
}

static struct err blob_put(const struct line *l, uint32_t epoch, const struct secret *s,
	const struct trust_wish *wish, struct buf *ret)
{
	TRY(buf_put_u32(ret, FAKE2_MAGIC));
	TRY(buf_put(ret, BYTES_OF(l->id)));
	TRY(buf_put_u32(ret, epoch));
	TRY(buf_put_lv(ret, secret_view(s)));
	TRY(buf_put_lv(ret, secret_view(wish->auth)));
	return policy_put(wish->policy, ret);
}

static bool owned(const struct line *l, const struct secret *owner)
{
	return secret_len(owner) == TRUST_OWNER_LEN &&
	       bytes_eq(BYTES_OF(l->owner), secret_view(owner));
}

/* ---- the source ---- */

static struct err line_new(struct fake2 *f, const struct secret *owner, struct line **ret)
{
	struct line *l = &f->lines[f->count];

	if (f->count == FAKE2_LINES_MAX)
		return ERR(E_FULL);
	if (secret_len(owner) != TRUST_OWNER_LEN)
		return ERR(E_INTERNAL);
	*l = (struct line){.epoch = 1};
	TRY(ossl_random_public(l->id, sizeof(l->id)));
	memcpy(l->owner, secret_view(owner).ptr, sizeof(l->owner));
	f->count++;
	*ret = l;
	return OK;
}

static struct err line_before(struct fake2 *f, const struct trust_wish *wish, struct line **ret)
{
	struct blob b = {0};
	struct line *l;

	TRY(blob_read(wish->before, &b));
	l = line_find(f, b.line);
	if (l == NULL || b.epoch < l->epoch)
		return ERR(E_FOREIGN);
	if (!owned(l, wish->owner))
		return ERR(E_PERMISSION);
	*ret = l;
	return OK;
}

static struct err seal_make(struct fake2 *f, const struct trust_wish *wish, struct buf *ret_blob,
	struct secret **ret_s, struct line **ret_line)
{
	bool change = wish->before.len > 0;
	SECRET(made);

	if (f->script.fail_seal != E_OK)
		return ERR(f->script.fail_seal);
	if (wish->policy->pin != (wish->auth != NULL))
		return ERR(E_INTERNAL);
	TRY(change ? line_before(f, wish, ret_line) : line_new(f, wish->owner, ret_line));
	TRY(secret_random(TRUST_S_LEN, &made));
	TRY(blob_put(*ret_line, (*ret_line)->epoch + (change ? 1 : 0), made, wish, ret_blob));
	if (!change)
		lines_write(f);
	*ret_s = TAKE(made);
	return OK;
}

static void meanwhile(void)
{
	void (*run)(void) = trust_fake2_meanwhile;

	trust_fake2_meanwhile = NULL;
	if (run != NULL)
		run();
}

static struct err fake2_seal(const struct trust_env *env, const struct trust_wish *wish,
	struct buf *ret_blob, struct secret **ret_s, struct trust_count *ret_count)
{
	static const uint8_t none[FAKE2_LINE_LEN];
	_cleanup_(fake2_close) struct fake2 f = {.lock = -1};
	const char *call = wish->before.len > 0 ? "change" : "seal";
	struct line *l = NULL, fresh = {0};
	struct err e;

	(void) env;
	meanwhile();
	f = fake2_open();
	if (f.lock < 0)
		return ERR(E_UNAVAILABLE);
	e = seal_make(&f, wish, ret_blob, ret_s, &l);
	tell_count(&f, &fresh, ret_count);
	return told(&f, call, l != NULL ? l->id : none, l != NULL ? l->epoch : 0, e);
}

static struct err open_judge(
	const struct fake2 *f, const struct blob *b, const struct line *l, const struct policy *p)
{
	if (f->script.fail_open != E_OK)
		return ERR(f->script.fail_open);
	if (f->script.foreign)
		return ERR(E_FOREIGN);
	if (!policy_eq(&b->policy, p))
		return ERR(E_TAMPERED);
	if (l == NULL)
		return ERR(p->pin ? E_LOCKED : E_FOREIGN);
	if (b->epoch < l->epoch)
		return ERR(E_FOREIGN);
	return p->pin && l->failed >= f->script.max ? ERR(E_LOCKED) : OK;
}

/* Counted before it is compared. */
static struct err open_try(
	struct fake2 *f, const struct blob *b, struct line *l, const struct secret *auth)
{
	if (b->policy.pin) {
		l->failed++;
		lines_write(f);
		if (!f->script.any_auth && !bytes_eq_ct(b->auth, secret_view(auth)))
			return ERR(E_AUTH);
	}
	l->failed = 0;
	l->epoch = b->epoch;
	lines_write(f);
	return OK;
}

static struct err fake2_unseal(const struct trust_env *env, struct bytes blob,
	const struct policy *policy, const struct secret *auth, struct secret **ret_s,
	struct trust_count *ret_count)
{
	_cleanup_(fake2_close) struct fake2 f = fake2_open();
	struct blob b = {0};
	struct line *l;
	struct err e;

	(void) env;
	if (f.lock < 0)
		return ERR(E_UNAVAILABLE);
	TRY(blob_read(blob, &b));
	l = line_find(&f, b.line);
	e = open_judge(&f, &b, l, policy);
	if (e.code == E_OK)
		e = open_try(&f, &b, l, auth);
	tell_count(&f, l, ret_count);
	TRY(told(&f, "open", b.line, b.epoch, e));
	return secret_copy_in(b.s, ret_s);
}

static struct err fake2_describe(const struct trust_env *env, struct bytes blob,
	const struct policy *policy, struct trust_info *ret)
{
	_cleanup_(fake2_close) struct fake2 f = fake2_open();
	struct trust_info info = {.state = TRUST_OPENS, .software = true};
	struct blob b = {0};
	struct line *l = NULL;

	(void) env;
	(void) policy;
	snprintf(info.maker, sizeof(info.maker), "FAKE2");
	if (blob.len > 0 && blob_read(blob, &b).code == E_OK)
		l = line_find(&f, b.line);
	tell_count(&f, l, &info.count);
	if (f.lock < 0 || f.script.fail_open == E_UNAVAILABLE)
		info.state = TRUST_UNAVAILABLE;
	else if (blob.len > 0 && (l == NULL || b.epoch < l->epoch))
		info.state = TRUST_REVOKED;
	else if (info.count.locked)
		info.state = TRUST_LOCKED;
	*ret = info;
	return OK;
}

/* The line of a blob, for its owner. */
static struct err line_for(
	struct fake2 *f, struct bytes blob, const struct secret *owner, struct blob *b)
{
	struct line *l;

	TRY(blob_read(blob, b));
	l = line_find(f, b->line);
	return l == NULL || owned(l, owner) ? OK : ERR(E_PERMISSION);
}

static struct err fake2_settle(
	const struct trust_env *env, struct bytes blob, const struct secret *owner)
{
	_cleanup_(fake2_close) struct fake2 f = fake2_open();
	struct blob b = {0};
	struct line *l = NULL;
	struct err e;

	(void) env;
	if (f.lock < 0)
		return ERR(E_UNAVAILABLE);
	e = f.script.fail_settle != E_OK ? ERR(f.script.fail_settle)
					 : line_for(&f, blob, owner, &b);
	if (e.code == E_OK)
		l = line_find(&f, b.line);
	if (l != NULL && b.epoch >= l->epoch) {
		l->epoch = b.epoch;
		l->failed = 0;
		lines_write(&f);
	}
	return told(&f, "settle", b.line, b.epoch, e);
}

static struct err fake2_destroy(
	const struct trust_env *env, struct bytes blob, const struct secret *owner)
{
	_cleanup_(fake2_close) struct fake2 f = fake2_open();
	struct blob b = {0};
	struct line *l = NULL;
	struct err e;

	(void) env;
	if (f.lock < 0)
		return ERR(E_UNAVAILABLE);
	e = f.script.fail_destroy != E_OK ? ERR(f.script.fail_destroy)
					  : line_for(&f, blob, owner, &b);
	if (e.code == E_OK)
		l = line_find(&f, b.line);
	if (l != NULL) {
		*l = f.lines[--f.count];
		lines_write(&f);
	}
	return told(&f, "destroy", b.line, b.epoch, e);
}

const struct trust_ops trust_fake2 = {
	.name = "fake2",
	.honours = POLICY_PART_PIN | POLICY_PART_LOGIN,
	.counts_by_seal = true,
	.seal = fake2_seal,
	.open = fake2_unseal,
	.describe = fake2_describe,
	.settle = fake2_settle,
	.destroy = fake2_destroy,
};
