/* SPDX-License-Identifier: BSD-2-Clause */
/* See tpm_policy.h. A new kind of policy is one row in `steps`. */
#include "tpm_policy.h"

#include "broken.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <tss2/tss2_mu.h>

#define DIGEST_LEN    32u
#define PCR_RESETABLE ((1u << 16) | (1u << 23)) /* by anyone at locality 0 */

static void md_ctx_done(EVP_MD_CTX **p)
{
	EVP_MD_CTX_free(*p);
	*p = NULL;
}

/* d = SHA-256(d, a, b) */
static struct err digest_extend(uint8_t d[static DIGEST_LEN], struct bytes a, struct bytes b)
{
	_cleanup_(md_ctx_done) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1 ||
		EVP_DigestUpdate(ctx, d, DIGEST_LEN) != 1 ||
		EVP_DigestUpdate(ctx, a.ptr, a.len) != 1 ||
		EVP_DigestUpdate(ctx, b.ptr, b.len) != 1 || EVP_DigestFinal_ex(ctx, d, NULL) != 1)
		return ERR(E_CRYPTO);
	return OK;
}

/* ---- PCRs ---- */

static TPM2_ALG_ID bank_alg(enum policy_bank bank)
{
	switch (bank) {
	case BANK_SHA1:
		return TPM2_ALG_SHA1;
	case BANK_SHA256:
		return TPM2_ALG_SHA256;
	case BANK_SHA384:
		return TPM2_ALG_SHA384;
	case BANK_SHA512:
		return TPM2_ALG_SHA512;
	case BANK_NONE:
		break;
	}
	return TPM2_ALG_NULL;
}

size_t pcr_digest_len(enum policy_bank bank)
{
	switch (bank) {
	case BANK_SHA1:
		return 20;
	case BANK_SHA256:
		return 32;
	case BANK_SHA384:
		return 48;
	case BANK_SHA512:
		return 64;
	case BANK_NONE:
		break;
	}
	return 0;
}

static TPML_PCR_SELECTION pcr_selection(enum policy_bank bank, uint32_t pcrs)
{
	return (TPML_PCR_SELECTION){
		.count = 1,
		.pcrSelections = {{
			.hash = bank_alg(bank),
			.sizeofSelect = 3,
			.pcrSelect = {(uint8_t) pcrs, (uint8_t) (pcrs >> 8),
				(uint8_t) (pcrs >> 16)},
		}},
	};
}

/* Takes over what one answer brought; clears in *left what has been read. */
static bool pcr_take(
	const TPML_PCR_SELECTION *got, const TPML_DIGEST *d, struct pcr_values *v, uint32_t *left)
{
	size_t len = pcr_digest_len(v->bank);
	const TPMS_PCR_SELECTION *s = &got->pcrSelections[0];
	uint32_t mask = 0, before = *left;
	unsigned at = 0;

	if (got->count != 1 || s->hash != bank_alg(v->bank) || s->sizeofSelect > 4)
		return false;
	for (unsigned i = 0; i < s->sizeofSelect && i < 3; i++)
		mask |= (uint32_t) s->pcrSelect[i] << (8 * i);
	for (unsigned n = 0; n < PCR_COUNT; n++) {
		if ((mask & 1u << n) == 0)
			continue;
		if ((*left & 1u << n) == 0 || at >= d->count || at >= ARRAY_LEN(d->digests) ||
			d->digests[at].size != len)
			return false;
		memcpy(v->value[n], d->digests[at++].buffer, len);
		*left &= ~(1u << n);
	}
	return *left != before;
}

struct err pcr_read(struct esys *x, enum policy_bank bank, uint32_t pcrs, struct pcr_values *ret)
{
	struct pcr_values v = {.bank = bank, .pcrs = pcrs};
	uint32_t left = pcrs;

	while (left != 0) {
		TPML_PCR_SELECTION in = pcr_selection(bank, left);
		_cleanup_(esys_freep) TPML_PCR_SELECTION *got = NULL;
		_cleanup_(esys_freep) TPML_DIGEST *digests = NULL;
		struct esys_cmd c = esys_cmd(x, "TPM2_PCR_Read");
		UINT32 counter;

		while (esys_next(&c))
			c.rc = Esys_PCR_Read(x->ctx, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &in,
				&counter, &got, &digests);
		TRY(esys_result(&c));
		if (!pcr_take(got, digests, &v, &left))
			return esys_fail(x, E_UNSUPPORTED,
				"the TPM's %s bank is not allocated, or lacks these PCRs",
				policy_bank_name(bank));
	}
	*ret = v;
	return OK;
}

struct err pcr_values_put(const struct pcr_values *v, struct buf *ret)
{
	for (unsigned n = 0; n < PCR_COUNT; n++)
		if ((v->pcrs & 1u << n) != 0)
			TRY(buf_put(ret, BYTES(v->value[n], pcr_digest_len(v->bank))));
	return OK;
}

struct err pcr_values_read(
	struct bytes b, enum policy_bank bank, uint32_t pcrs, struct pcr_values *ret)
{
	struct pcr_values v = {.bank = bank, .pcrs = pcrs};
	struct reader r = reader_of(b);

	for (unsigned n = 0; n < PCR_COUNT; n++)
		if ((pcrs & 1u << n) != 0)
			TRY(reader_copy(&r, v.value[n], pcr_digest_len(bank)));
	TRY(reader_end(&r));
	*ret = v;
	return OK;
}

uint32_t pcr_values_diff(const struct pcr_values *a, const struct pcr_values *b)
{
	uint32_t diff = 0;

	for (unsigned n = 0; n < PCR_COUNT; n++)
		if (!bytes_eq(BYTES_OF(a->value[n]), BYTES_OF(b->value[n])))
			diff |= 1u << n;
	return diff;
}

/* ---- steps ---- */

static bool pcr_wanted(const struct policy *p)
{
	return p->bank != BANK_NONE;
}

/* D = H(D, CC, selection, H(values)) */
static struct err pcr_calculate(
	const struct policy *p, const struct pcr_values *v, uint8_t d[static DIGEST_LEN])
{
	TPML_PCR_SELECTION selection = pcr_selection(p->bank, p->pcrs);
	uint8_t head[4 + sizeof(selection)], values[DIGEST_LEN];
	size_t len = 0;
	BUF(all);

	TRY(pcr_values_put(v, &all));
	if (EVP_Digest(all.ptr, all.len, values, NULL, EVP_sha256(), NULL) != 1)
		return ERR(E_CRYPTO);
	if (Tss2_MU_UINT32_Marshal(TPM2_CC_PolicyPCR, head, sizeof(head), &len) != 0 ||
		Tss2_MU_TPML_PCR_SELECTION_Marshal(&selection, head, sizeof(head), &len) != 0)
		return ERR(E_INTERNAL);
	return digest_extend(d, BYTES(head, len), BYTES_OF(values));
}

static struct err pcr_execute(struct esys *x, ESYS_TR session, const struct policy *p)
{
	TPML_PCR_SELECTION selection = pcr_selection(p->bank, p->pcrs);
	struct esys_cmd c = esys_cmd(x, "TPM2_PolicyPCR");

	while (esys_next(&c))
		c.rc = Esys_PolicyPCR(x->ctx, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
			NULL, &selection);
	return esys_result(&c);
}

static bool auth_wanted(const struct policy *p)
{
	return p->pin;
}

/* D = H(D, CC) */
static struct err auth_calculate(
	const struct policy *p, const struct pcr_values *v, uint8_t d[static DIGEST_LEN])
{
	static const uint8_t cc[4] = {
		0, 0, TPM2_CC_PolicyAuthValue >> 8, TPM2_CC_PolicyAuthValue & 0xff};

	(void) p;
	(void) v;
	return digest_extend(d, BYTES_OF(cc), BYTES_NONE);
}

static struct err auth_execute(struct esys *x, ESYS_TR session, const struct policy *p)
{
	struct esys_cmd c = esys_cmd(x, "TPM2_PolicyAuthValue");

	(void) p;
	while (esys_next(&c))
		c.rc = Esys_PolicyAuthValue(
			x->ctx, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE);
	return esys_result(&c);
}

/* In this order, here and there. */
static const struct {
	bool (*wanted)(const struct policy *p);
	struct err (*calculate)(
		const struct policy *p, const struct pcr_values *v, uint8_t d[static DIGEST_LEN]);
	struct err (*execute)(struct esys *x, ESYS_TR session, const struct policy *p);
} steps[] = {
	{pcr_wanted, pcr_calculate, pcr_execute},
	{auth_wanted, auth_calculate, auth_execute},
};

struct err tpm_policy_check(struct esys *x, const struct policy *p)
{
	if (p->bank == BANK_NONE && p->pcrs != 0)
		return esys_fail(x, E_INVALID, "PCRs of no bank");
	if (p->bank == BANK_NONE)
		return OK;
	if (pcr_digest_len(p->bank) == 0 || p->pcrs == 0 || p->pcrs >> PCR_COUNT != 0)
		return esys_fail(x, E_INVALID, "the policy names no PCR that a TPM has");
	if ((p->pcrs & PCR_RESETABLE) != 0)
		return esys_fail(x, E_UNSUPPORTED,
			"PCR 16 and 23 may be reset by any program: sealing to them means nothing");
	return OK;
}

struct err tpm_policy_calculate(
	const struct policy *p, const struct pcr_values *v, TPM2B_DIGEST *ret)
{
	TPM2B_DIGEST d = {.size = DIGEST_LEN};

	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (steps[i].wanted(p))
			TRY(steps[i].calculate(p, v, d.buffer));
	*ret = d;
	return OK;
}

struct err tpm_policy_execute(
	struct esys *x, ESYS_TR session, const struct policy *p, const TPM2B_DIGEST *expected)
{
	struct esys_cmd c = esys_cmd(x, "TPM2_PolicyGetDigest");
	_cleanup_(esys_freep) TPM2B_DIGEST *got = NULL;

	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (steps[i].wanted(p))
			TRY(steps[i].execute(x, session, p));
	while (esys_next(&c))
		c.rc = Esys_PolicyGetDigest(
			x->ctx, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &got);
	TRY(esys_result(&c));
	if (BROKEN("policy-compare"))
		return OK;
	if (!bytes_eq(BYTES(got->buffer, got->size), BYTES(expected->buffer, expected->size)))
		return esys_fail(x, E_POLICY, "the machine is not in the state of the seal");
	return OK;
}
