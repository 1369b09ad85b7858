/* SPDX-License-Identifier: BSD-2-Clause */
/* See tpm_seal.h. What can be known to fail is found out before the one command that can cost a
 * try, TPM2_Unseal: the lockout, the parent, the blob's integrity, the policy's digest. */
#include "tpm_seal.h"

#include "broken.h"
#include "ossl.h"
#include "tpm_info.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <sys/random.h>
#include <tss2/tss2_mu.h>

#define BLOB_VERSION 1u
#define PCR_TRIES    30 /* PCRs are extended by a busy system (IMA) all the time */
#define LOST_TRIES   3
#define SEALED_ATTRS (TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT)

static void sensitive_create_done(TPM2B_SENSITIVE_CREATE *s)
{
	OPENSSL_cleanse(s, sizeof(*s));
}

struct s_bytes {
	uint8_t bytes[TPM_S_LEN];
};

static void s_done(struct s_bytes *s)
{
	OPENSSL_cleanse(s, sizeof(*s));
}

static void auth_done(TPM2B_AUTH *a)
{
	OPENSSL_cleanse(a, sizeof(*a));
}

/* ---- the blob ---- */

static struct err put_public(const TPM2B_PUBLIC *public, struct buf *ret)
{
	uint8_t out[sizeof(*public)];
	size_t len = 0;

	if (Tss2_MU_TPM2B_PUBLIC_Marshal(public, out, sizeof(out), &len) != 0)
		return ERR(E_INTERNAL);
	return buf_put_lv(ret, BYTES(out, len));
}

static struct err read_public(struct reader *r, TPM2B_PUBLIC *ret)
{
	TPM2B_PUBLIC public = {0};
	struct bytes b;
	size_t len = 0;
	BUF(again);

	TRY(reader_lv(r, sizeof(TPM2B_PUBLIC), &b));
	if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(b.ptr, b.len, &len, &public) != 0 || len != b.len)
		return ERR(E_CORRUPT);
	/* the TSS does not look at the size inside: only what we would write ourselves */
	TRY(put_public(&public, &again));
	if (again.len != b.len + 4 || !bytes_eq(BYTES(again.ptr + 4, b.len), b))
		return ERR(E_CORRUPT);
	*ret = public;
	return OK;
}

struct err tpm_blob_put(const struct tpm_blob *b, struct buf *ret)
{
	BUF(blob);
	BUF(values);

	TRY(buf_put_u8(&blob, BLOB_VERSION));
	TRY(buf_put_lv(&blob, BYTES(b->parent.name.name, b->parent.name.size)));
	TRY(put_public(&b->parent.public, &blob));
	TRY(put_public(&b->public, &blob));
	TRY(buf_put_lv(&blob, BYTES(b->private.buffer, b->private.size)));
	TRY(pcr_values_put(&b->pcrs, &values));
	TRY(buf_put_lv(&blob, buf_bytes(&values)));
	return buf_put(ret, buf_bytes(&blob));
}

/* Exactly what tpm_seal makes for this policy, else it is no blob of ours. */
static struct err blob_check(const struct tpm_blob *b, const struct policy *p)
{
	const TPMT_PUBLIC *o = &b->public.publicArea;
	TPMA_OBJECT attrs = SEALED_ATTRS | (p->pin ? 0 : TPMA_OBJECT_NODA);
	TPM2B_DIGEST digest;
	TPM2B_NAME name;

	TRY(parent_name(&b->parent.public, &name));
	if (!bytes_eq(BYTES(name.name, name.size), BYTES(b->parent.name.name, b->parent.name.size)))
		return ERR(E_CORRUPT);
	if (o->type != TPM2_ALG_KEYEDHASH || o->nameAlg != TPM2_ALG_SHA256 ||
		o->objectAttributes != attrs)
		return ERR(E_CORRUPT);
	TRY(tpm_policy_calculate(p, &b->pcrs, &digest));
	if (!bytes_eq(BYTES(digest.buffer, digest.size),
		    BYTES(o->authPolicy.buffer, o->authPolicy.size)))
		return ERR(E_CORRUPT);
	return OK;
}

struct err tpm_blob_read(struct bytes in, const struct policy *p, struct tpm_blob *ret)
{
	struct tpm_blob b = {0};
	struct reader r = reader_of(in);
	struct bytes name, private, values;
	uint8_t version;

	TRY(reader_u8(&r, &version));
	if (version != BLOB_VERSION)
		return ERR(E_VERSION);
	TRY(reader_lv(&r, sizeof(b.parent.name.name), &name));
	memcpy(b.parent.name.name, name.ptr, name.len);
	b.parent.name.size = (uint16_t) name.len;
	TRY(read_public(&r, &b.parent.public));
	TRY(read_public(&r, &b.public));
	TRY(reader_lv(&r, sizeof(b.private.buffer), &private));
	memcpy(b.private.buffer, private.ptr, private.len);
	b.private.size = (uint16_t) private.len;
	TRY(reader_lv(&r, (size_t) PCR_COUNT * PCR_DIGEST_MAX, &values));
	TRY(reader_end(&r));
	TRY(pcr_values_read(values, p->bank, p->pcrs, &b.pcrs));
	TRY(blob_check(&b, p));
	*ret = b;
	return OK;
}

/* ---- opening ---- */

/* A session that encrypts parameters, salted to the parent, for the commands that follow. */
static struct err enc_start(struct esys *x, ESYS_TR parent, ESYS_TR bind, struct esys_tr *ret)
{
	TRY(esys_session(x, TPM2_SE_HMAC, parent, bind, ret));
	x->enc = ret->tr;
	return OK;
}

static struct err object_load(
	struct esys *x, ESYS_TR parent, const struct tpm_blob *b, struct esys_tr *ret)
{
	ESYS_HANDLE(enc, x);
	struct esys_cmd c = esys_cmd(x, "TPM2_Load");
	struct err e;

	TRY(enc_start(x, parent, ESYS_TR_NONE, &enc));
	while (esys_next(&c))
		c.rc = Esys_Load(x->ctx, parent, ESYS_TR_PASSWORD, esys_enc(x), ESYS_TR_NONE,
			&b->private, &b->public, &ret->tr);
	e = esys_result(&c);
	if (e.code == E_FOREIGN)
		return esys_fail(x, E_FOREIGN, "this TPM did not make the seal, or it was cleared");
	return e;
}

static struct err auth_set(struct esys *x, ESYS_TR object, struct bytes auth)
{
	_cleanup_(auth_done) TPM2B_AUTH a = {.size = (uint16_t) auth.len};
	struct esys_cmd c = esys_cmd(x, "Esys_TR_SetAuth");

	if (auth.len > 0)
		memcpy(a.buffer, auth.ptr, auth.len);
	c.rc = Esys_TR_SetAuth(x->ctx, object, &a);
	return esys_result(&c);
}

/* Which of the PCRs differ from those of the seal, for people. */
static struct err pcr_explain(
	struct esys *x, const struct tpm_blob *b, const struct policy *p, uint32_t *ret_changed)
{
	struct pcr_values now;
	char list[80] = "";
	size_t len = 0;

	TRY(pcr_read(x, p->bank, p->pcrs, &now));
	*ret_changed = pcr_values_diff(&b->pcrs, &now);
	for (unsigned n = 0; n < PCR_COUNT; n++)
		if ((*ret_changed & 1u << n) != 0)
			len += (size_t) snprintf(
				list + len, sizeof(list) - len, "%s%u", len == 0 ? "" : ", ", n);
	return esys_fail(x, E_POLICY, "PCR %s of the %s bank changed since it was sealed",
		len == 0 ? "(none any more)" : list, policy_bank_name(p->bank));
}

/* One attempt at the policy, and at the secret if out is wanted. */
static struct err policy_once(struct esys *x, ESYS_TR parent, ESYS_TR object,
	const struct policy *p, const TPM2B_DIGEST *digest, TPM2B_SENSITIVE_DATA **out)
{
	ESYS_HANDLE(policy, x);
	ESYS_HANDLE(enc, x);
	struct esys_cmd c = esys_cmd(x, "TPM2_Unseal");

	TRY(esys_session(x, TPM2_SE_POLICY, parent, ESYS_TR_NONE, &policy));
	if (out == NULL)
		return tpm_policy_execute(x, policy.tr, p, digest);
	/* bound as well where there is a PIN: whoever answers must know it */
	TRY(enc_start(x, parent, p->pin ? object : ESYS_TR_NONE, &enc));
	TRY(tpm_policy_execute(x, policy.tr, p, digest));
	while (esys_next(&c))
		c.rc = Esys_Unseal(x->ctx, object, policy.tr, esys_enc(x), ESYS_TR_NONE, out);
	policy.persistent = c.rc == TSS2_RC_SUCCESS; /* a session of one use: gone already */
	return esys_result(&c);
}

/* Repeats what a PCR that moved under the session has spoilt; no try is spent by that. */
static struct err policy_run(struct esys *x, ESYS_TR parent, ESYS_TR object, const struct policy *p,
	const TPM2B_DIGEST *digest, TPM2B_SENSITIVE_DATA **out)
{
	struct err e = ERR(E_INTERNAL);

	for (int i = 0; i < PCR_TRIES; i++) {
		e = policy_once(x, parent, object, p, digest, out);
		if (e.code != E_CONFLICT || esys_rc_base(x->rc) != TPM2_RC_PCR_CHANGED ||
			BROKEN("pcr-retry"))
			return e;
	}
	return esys_fail(x, E_BUSY, "PCRs keep changing while the seal is being opened");
}

struct opening {
	const struct tpm_blob *blob;
	const struct policy *policy;
	struct bytes auth;
	bool only_try;
	uint32_t changed;
};

static struct err open_once(struct esys *x, struct opening *o, uint8_t ret_s[static TPM_S_LEN])
{
	ESYS_HANDLE(parent, x);
	ESYS_HANDLE(object, x);
	_cleanup_(esys_sensitive_done) TPM2B_SENSITIVE_DATA *out = NULL;
	const TPM2B_DIGEST *digest = &o->blob->public.publicArea.authPolicy;
	struct err e;

	TRY(parent_find(x, &o->blob->parent, &parent));
	TRY(object_load(x, parent.tr, o->blob, &object));
	TRY(auth_set(x, object.tr, o->auth));
	e = policy_run(x, parent.tr, object.tr, o->policy, digest, o->only_try ? NULL : &out);
	TRY(auth_set(x, object.tr, BYTES_NONE)); /* wipes ESYS's copy */
	if (e.code == E_POLICY && o->policy->bank != BANK_NONE)
		return pcr_explain(x, o->blob, o->policy, &o->changed);
	if (e.code != E_OK || o->only_try)
		return e;
	if (out->size != TPM_S_LEN)
		return esys_fail(x, E_CORRUPT, "what was sealed is not %u bytes", TPM_S_LEN);
	memcpy(ret_s, out->buffer, TPM_S_LEN);
	return OK;
}

static struct err open_run(struct esys *x, struct opening *o, uint8_t ret_s[static TPM_S_LEN])
{
	struct err e = ERR(E_INTERNAL);

	TRY(tpm_policy_check(x, o->policy));
	for (int i = 0; i < LOST_TRIES; i++) {
		e = open_once(x, o, ret_s);
		if (e.code != E_CONFLICT || esys_rc_base(x->rc) == TPM2_RC_PCR_CHANGED)
			return e;
	}
	return ERR(E_UNAVAILABLE); /* the detail says what was lost */
}

/* Never spends a try on a TPM that takes none now. */
static struct err lockout_check(struct esys *x, const struct policy *p)
{
	struct trust_count n;

	if (!p->pin)
		return OK;
	TRY(esys_count(x, &n));
	if (n.locked)
		return esys_fail(x, E_LOCKED,
			"too many wrong PINs: the TPM accepts none now, and forgets one every %u s",
			n.interval_s);
	return OK;
}

struct err tpm_open(struct esys *x, const struct tpm_blob *b, const struct policy *p,
	struct bytes auth, uint8_t ret_s[static TPM_S_LEN])
{
	struct opening o = {.blob = b, .policy = p, .auth = auth};

	TRY(lockout_check(x, p));
	return open_run(x, &o, ret_s);
}

struct err tpm_try(
	struct esys *x, const struct tpm_blob *b, const struct policy *p, uint32_t *ret_changed)
{
	struct opening o = {.blob = b, .policy = p, .only_try = true};
	uint8_t none[TPM_S_LEN];
	struct err e = open_run(x, &o, none);

	*ret_changed = o.changed;
	return e;
}

/* ---- sealing ---- */

/* The TPM's generator, over the encrypted session, and the kernel's, so that neither alone knows
 * S. */
static struct err s_make(struct esys *x, uint8_t ret[static TPM_S_LEN])
{
	uint8_t both[2 * TPM_S_LEN];
	struct esys_cmd c = esys_cmd(x, "TPM2_GetRandom");
	TPM2B_DIGEST *random = NULL;
	struct err e = OK;

	while (esys_next(&c))
		c.rc = Esys_GetRandom(
			x->ctx, esys_enc(x), ESYS_TR_NONE, ESYS_TR_NONE, TPM_S_LEN, &random);
	TRY(esys_result(&c));
	if (random->size == TPM_S_LEN)
		memcpy(both, random->buffer, TPM_S_LEN);
	else
		e = esys_fail(x, E_UNAVAILABLE, "TPM2_GetRandom: too few bytes");
	OPENSSL_cleanse(random, sizeof(*random));
	Esys_Free(random);
	TRY(e);
	if (getrandom(both + TPM_S_LEN, TPM_S_LEN, 0) != TPM_S_LEN)
		return ERR(E_INTERNAL);
	e = ossl_hkdf(BYTES_OF(both), BYTES_NONE, bytes_str("bulla/1 S"), ret, TPM_S_LEN);
	OPENSSL_cleanse(both, sizeof(both));
	return e;
}

static struct err object_create(struct esys *x, ESYS_TR parent, const struct policy *p,
	struct bytes auth, struct tpm_blob *b, const uint8_t s[static TPM_S_LEN])
{
	static const TPM2B_DATA no_data;
	static const TPML_PCR_SELECTION no_pcrs;
	TPM2B_PUBLIC wanted = {
		.publicArea = {.type = TPM2_ALG_KEYEDHASH,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = SEALED_ATTRS | (p->pin ? 0 : TPMA_OBJECT_NODA),
			.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL}};
	_cleanup_(sensitive_create_done) TPM2B_SENSITIVE_CREATE in = {0};
	_cleanup_(esys_freep) TPM2B_PRIVATE *private = NULL;
	_cleanup_(esys_freep) TPM2B_PUBLIC *public = NULL;
	struct esys_cmd c = esys_cmd(x, "TPM2_Create");

	TRY(tpm_policy_calculate(p, &b->pcrs, &wanted.publicArea.authPolicy));
	in.sensitive.userAuth.size = (uint16_t) auth.len;
	if (auth.len > 0)
		memcpy(in.sensitive.userAuth.buffer, auth.ptr, auth.len);
	in.sensitive.data.size = TPM_S_LEN;
	memcpy(in.sensitive.data.buffer, s, TPM_S_LEN);
	while (esys_next(&c))
		c.rc = Esys_Create(x->ctx, parent, ESYS_TR_PASSWORD, esys_enc(x), ESYS_TR_NONE, &in,
			&wanted, &no_data, &no_pcrs, &private, &public, NULL, NULL, NULL);
	TRY(esys_result(&c));
	b->public = *public;
	b->private = *private;
	/* what came back must be what was asked for, but for the digest of the value itself */
	if (blob_check(b, p).code != E_OK)
		return esys_fail(x, E_UNAVAILABLE, "TPM2_Create: the TPM made something else");
	return OK;
}

static struct err seal_once(struct esys *x, const struct policy *p, struct bytes auth,
	struct tpm_blob *b, uint8_t s[static TPM_S_LEN])
{
	ESYS_HANDLE(parent, x);
	ESYS_HANDLE(enc, x);

	TRY(parent_choose(x, &b->parent, &parent));
	TRY(enc_start(x, parent.tr, ESYS_TR_NONE, &enc));
	TRY(s_make(x, s));
	return object_create(x, parent.tr, p, auth, b, s);
}

/* A seal that does not open is none: found out now, while nothing depends on it yet. */
static struct err seal_test(struct esys *x, const struct tpm_blob *b, const struct policy *p,
	struct bytes auth, const uint8_t s[static TPM_S_LEN])
{
	uint8_t again[TPM_S_LEN] = {0};
	struct err e = tpm_open(x, b, p, auth, again);

	if (e.code == E_OK && CRYPTO_memcmp(again, s, TPM_S_LEN) != 0)
		e = esys_fail(x, E_UNAVAILABLE, "the new seal opened to something else");
	if (e.code == E_AUTH)
		e = esys_fail(x, E_UNAVAILABLE, "the new seal refused its own PIN");
	OPENSSL_cleanse(again, sizeof(again));
	return e;
}

struct err tpm_seal(struct esys *x, const struct policy *p, struct bytes auth, struct buf *ret_blob,
	uint8_t ret_s[static TPM_S_LEN])
{
	_cleanup_(s_done) struct s_bytes s = {{0}};
	struct tpm_blob b = {0};
	struct err e = ERR(E_INTERNAL);

	TRY(tpm_policy_check(x, p));
	TRY(lockout_check(x, p));
	b.pcrs.bank = p->bank;
	b.pcrs.pcrs = p->pcrs;
	if (p->bank != BANK_NONE) {
		TRY(bank_check(x, p->bank));
		TRY(pcr_read(x, p->bank, p->pcrs, &b.pcrs));
	}
	for (int i = 0; i < LOST_TRIES; i++) {
		e = seal_once(x, p, auth, &b, s.bytes);
		if (e.code != E_CONFLICT)
			break;
	}
	if (e.code == E_CONFLICT)
		e = ERR(E_UNAVAILABLE);
	TRY(e);
	TRY(seal_test(x, &b, p, auth, s.bytes));
	TRY(tpm_blob_put(&b, ret_blob));
	memcpy(ret_s, s.bytes, TPM_S_LEN);
	return OK;
}
