/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies of the TPM as pairs: what a step does to the digest, calculated here, and the same step
 * executed by the TPM. The two are compared before the sealed object is used, so that a difference
 * costs no PIN try. */
#pragma once

#include "esys.h"
#include "policy.h"

#define PCR_COUNT      24u
#define PCR_DIGEST_MAX 64u

/* Values of the PCRs of one bank; only those in pcrs are filled in. */
struct pcr_values {
	enum policy_bank bank;
	uint32_t pcrs;
	uint8_t value[PCR_COUNT][PCR_DIGEST_MAX];
};
size_t pcr_digest_len(enum policy_bank bank); /* bytes; 0 for BANK_NONE */
/* E_UNSUPPORTED if the bank is not allocated (or lacks one of them). */
NODISCARD struct err pcr_read(
	struct esys *x, enum policy_bank bank, uint32_t pcrs, struct pcr_values *ret);
/* The digests alone, ascending; their number and length follow from bank and pcrs. */
NODISCARD struct err pcr_values_put(const struct pcr_values *v, struct buf *ret);
NODISCARD struct err pcr_values_read(
	struct bytes b, enum policy_bank bank, uint32_t pcrs, struct pcr_values *ret);
/* Bit n: PCR n differs. */
uint32_t pcr_values_diff(const struct pcr_values *a, const struct pcr_values *b);

/* E_UNSUPPORTED for PCRs that any program may reset (16, 23). */
NODISCARD struct err tpm_policy_check(struct esys *x, const struct policy *p);
NODISCARD struct err tpm_policy_calculate(
	const struct policy *p, const struct pcr_values *v, TPM2B_DIGEST *ret);
/* Executes the policy in the session and compares: E_POLICY if it did not come to `expected`,
 * E_CONFLICT if a PCR moved meanwhile. */
NODISCARD struct err tpm_policy_execute(
	struct esys *x, ESYS_TR session, const struct policy *p, const TPM2B_DIGEST *expected);
