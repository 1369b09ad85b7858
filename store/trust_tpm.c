/* SPDX-License-Identifier: BSD-2-Clause */
/* The trust source "tpm": asks the helper program and translates its answers. Nothing of tpm2-tss
 * is in this process. Frames that carry S or an authorisation value live in struct secret. */
#include "trust_tpm.h"

#include "helper.h"
#include "log.h"
#include "tpm_proto.h"

#include <stdio.h>

/* A request under construction. */
struct asking {
	struct secret *frame;
	struct tpm_writer w;
};

static void asking_done(struct asking *a)
{
	secret_free(&a->frame);
}

/* The fields that every request has, and the policy where there is one. */
static struct err asking_begin(
	struct asking *a, enum tpm_op op, const struct trust_env *env, const struct policy *p)
{
	BUF(policy);

	TRY(secret_new(TPM_PROTO_MAX, &a->frame));
	a->w = (struct tpm_writer){.ptr = secret_bytes(a->frame), .cap = TPM_PROTO_MAX};
	if (a->w.ptr == NULL)
		return ERR(E_INTERNAL);
	TRY(tpm_frame_begin(&a->w, (uint8_t) op));
	TRY(tpm_frame_put(&a->w, TPM_TAG_TCTI, bytes_str(env->tcti)));
	/* It stops to repeat itself a while before it would be ended, and can say why. */
	TRY(tpm_frame_put_u32(
		&a->w, TPM_TAG_TIMEOUT, env->tpm_timeout_ms - env->tpm_timeout_ms / 4));
	if (p == NULL)
		return OK;
	TRY(policy_put(p, &policy));
	return tpm_frame_put(&a->w, TPM_TAG_POLICY, buf_bytes(&policy));
}

static struct err asking_auth(struct asking *a, const struct policy *p, const struct secret *auth)
{
	if (p->pin != (auth != NULL) || (auth != NULL && secret_len(auth) != TRUST_AUTH_LEN))
		return ERR(E_INVALID);
	return auth == NULL ? OK : tpm_frame_put(&a->w, TPM_TAG_AUTH, secret_view(auth));
}

static struct err status_err(uint8_t status)
{
	static const enum err_code codes[] = {
		[TPM_ST_OK] = E_OK,
		[TPM_ST_AUTH] = E_AUTH,
		[TPM_ST_LOCKED] = E_LOCKED,
		[TPM_ST_POLICY] = E_POLICY,
		[TPM_ST_FOREIGN] = E_FOREIGN,
		[TPM_ST_UNAVAILABLE] = E_UNAVAILABLE,
		[TPM_ST_BUSY] = E_BUSY,
		[TPM_ST_CORRUPT] = E_CORRUPT,
		[TPM_ST_UNSUPPORTED] = E_UNSUPPORTED,
		[TPM_ST_INVALID] = E_INVALID,
		[TPM_ST_INTERNAL] = E_INTERNAL,
	};

	return ERR(status < ARRAY_LEN(codes) ? codes[status] : E_CORRUPT);
}

/* What the helper says of it, for people; printable or not at all. */
static void detail_text(const struct tpm_frame *f, char *ret, size_t cap)
{
	struct bytes d = f->field[TPM_TAG_DETAIL];
	size_t n = d.len < cap - 1 ? d.len : cap - 1;

	for (size_t i = 0; i < n; i++)
		ret[i] = d.ptr[i] >= 0x20 && d.ptr[i] <= 0x7e ? (char) d.ptr[i] : '?';
	ret[n] = '\0';
}

static void detail_log(const struct tpm_frame *f)
{
	char text[200];

	if (f->field[TPM_TAG_DETAIL].len == 0)
		return;
	detail_text(f, text, sizeof(text));
	if (f->code == TPM_ST_OK)
		log_info("tpm: %s", text);
	else
		log_error("tpm: %s", text);
}

/* Asks, and reads the answer; the frame borrows from *ret. The error is the helper's own verdict;
 * the frame is filled in whenever there was an answer. */
static struct err ask(const struct trust_env *env, struct asking *a, struct secret **ret,
	struct tpm_frame *ret_frame)
{
	struct err e;

	TRY(tpm_frame_end(&a->w));
	/* Sent from where it was made: what a copy leaves in vector registers reaches the stack
	 * when the dynamic linker binds a function of libc's and saves them (test/memory/tpm.sh).
	 */
	e = helper_call(env, BYTES(a->w.ptr, a->w.len), ret);
	if (e.code != E_OK)
		return e;
	TRY(tpm_frame_read(secret_view(*ret), ret_frame));
	detail_log(ret_frame);
	return status_err(ret_frame->code);
}

static void count_take(const struct tpm_frame *f, struct trust_count *ret)
{
	if (f->field[TPM_TAG_COUNT].ptr == NULL ||
		trust_count_read(f->field[TPM_TAG_COUNT], ret).code != E_OK)
		*ret = (struct trust_count){0};
}

static struct err s_take(const struct tpm_frame *f, struct secret **ret)
{
	if (f->field[TPM_TAG_S].len != TRUST_S_LEN)
		return ERR(E_CORRUPT);
	return secret_copy_in(f->field[TPM_TAG_S], ret);
}

static struct err tpm_seal(const struct trust_env *env, const struct trust_wish *wish,
	struct buf *ret_blob, struct secret **ret_s, struct trust_count *ret_count)
{
	_cleanup_(asking_done) struct asking a = {0};
	struct tpm_frame f = {0};
	struct err e;

	SECRET(answer);
	SECRET(s);

	*ret_count = (struct trust_count){0};
	TRY(asking_begin(&a, TPM_OP_SEAL, env, wish->policy));
	TRY(asking_auth(&a, wish->policy, wish->auth));
	e = ask(env, &a, &answer, &f);
	count_take(&f, ret_count);
	TRY(e);
	if (f.field[TPM_TAG_BLOB].len == 0 || f.field[TPM_TAG_BLOB].len > TRUST_BLOB_MAX)
		return ERR(E_CORRUPT);
	TRY(s_take(&f, &s));
	TRY(buf_put(ret_blob, f.field[TPM_TAG_BLOB]));
	*ret_s = TAKE(s);
	return OK;
}

static struct err tpm_open(const struct trust_env *env, struct bytes blob, const struct policy *p,
	const struct secret *auth, struct secret **ret_s, struct trust_count *ret_count)
{
	_cleanup_(asking_done) struct asking a = {0};
	struct tpm_frame f = {0};
	struct err e;

	SECRET(answer);

	*ret_count = (struct trust_count){0};
	if (blob.len > TRUST_BLOB_MAX)
		return ERR(E_CORRUPT);
	TRY(asking_begin(&a, TPM_OP_OPEN, env, p));
	TRY(asking_auth(&a, p, auth));
	TRY(tpm_frame_put(&a.w, TPM_TAG_BLOB, blob));
	e = ask(env, &a, &answer, &f);
	count_take(&f, ret_count);
	TRY(e);
	return s_take(&f, ret_s);
}

static struct err tpm_describe(const struct trust_env *env, struct bytes blob,
	const struct policy *p, struct trust_info *ret)
{
	_cleanup_(asking_done) struct asking a = {0};
	struct trust_info i = {0};
	struct tpm_frame f = {0};
	struct err e;

	SECRET(answer);

	if (blob.len > TRUST_BLOB_MAX)
		return ERR(E_CORRUPT);
	TRY(asking_begin(&a, TPM_OP_DESCRIBE, env, p));
	if (blob.len > 0)
		TRY(tpm_frame_put(&a.w, TPM_TAG_BLOB, blob));
	e = ask(env, &a, &answer, &f);
	if (e.code == E_UNAVAILABLE || e.code == E_BUSY) {
		i.state = TRUST_UNAVAILABLE;
		detail_text(&f, i.detail, sizeof(i.detail));
		if (i.detail[0] == '\0')
			snprintf(i.detail, sizeof(i.detail), "%s", err_str(e));
		*ret = i;
		return OK;
	}
	TRY(e);
	TRY(trust_info_read(f.field[TPM_TAG_INFO], &i));
	count_take(&f, &i.count);
	*ret = i;
	return OK;
}

const struct trust_ops trust_tpm = {
	.name = "tpm",
	.kind = TRUST_KIND_TPM,
	.honours = POLICY_PART_PIN | POLICY_PART_PCR,
	.seal = tpm_seal,
	.open = tpm_open,
	.describe = tpm_describe,
};
