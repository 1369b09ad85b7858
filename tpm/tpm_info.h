/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TPM says of itself; changes nothing in it. */
#pragma once

#include "esys.h"
#include "policy.h"

/* E_UNSUPPORTED for a bank that is not allocated, or that nothing was ever measured into (PCRs 0 to
 * 7 all zero): a seal to it would open everywhere. */
NODISCARD struct err bank_check(struct esys *x, enum policy_bank bank);
/* All of ret but state, changed_pcrs and detail. */
NODISCARD struct err tpm_info(struct esys *x, struct trust_info *ret);
