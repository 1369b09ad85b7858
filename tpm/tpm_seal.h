/* SPDX-License-Identifier: BSD-2-Clause */
/* Sealing S, and opening it again. The blob is drawn in docs/formats.md. */
#pragma once

#include "parent.h"
#include "tpm_policy.h"

#define TPM_S_LEN    32u /* bytes */
#define TPM_AUTH_LEN 32u

/* A blob, taken apart. */
struct tpm_blob {
	struct parent parent;
	TPM2B_PUBLIC public;
	TPM2B_PRIVATE private;
	struct pcr_values pcrs; /* when it was sealed */
};
NODISCARD struct err tpm_blob_put(const struct tpm_blob *b, struct buf *ret);
/* E_CORRUPT, E_VERSION; E_CORRUPT as well where it is no blob of this policy. */
NODISCARD struct err tpm_blob_read(struct bytes in, const struct policy *p, struct tpm_blob *ret);

/* auth: TPM_AUTH_LEN bytes, or empty for a policy without PIN. s: filled in. Reports success after
 * the TPM has opened the new blob once. */
NODISCARD struct err tpm_seal(struct esys *x, const struct policy *p, struct bytes auth,
	struct buf *ret_blob, uint8_t ret_s[static TPM_S_LEN]);
NODISCARD struct err tpm_open(struct esys *x, const struct tpm_blob *b, const struct policy *p,
	struct bytes auth, uint8_t ret_s[static TPM_S_LEN]);
/* As tpm_open, but stops before the secret is asked for: OK if it would open (given its PIN).
 * E_FOREIGN, E_POLICY ... ret_changed: PCRs that are not what they were. */
NODISCARD struct err tpm_try(
	struct esys *x, const struct tpm_blob *b, const struct policy *p, uint32_t *ret_changed);
