/* SPDX-License-Identifier: BSD-2-Clause */
/* The trust sources of test programs that have a TEE, which is a fake one: "tee" in the code of the
 * product, "tpm" likewise, and "fake". */
#include "trust.h"
#include "trust_fake.h"
#include "trust_tee.h"
#include "trust_tpm.h"

const struct trust_ops *const trust_sources[] = {
	&trust_tee,
	&trust_fake,
	&trust_tpm,
	NULL,
};
