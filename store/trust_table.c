/* SPDX-License-Identifier: BSD-2-Clause */
/* The trust sources of the product, one line each. Tests link a table of their own instead: an
 * object on the linker's command line comes before this archive member. */
#include "trust_tee.h"
#include "trust_tpm.h"

const struct trust_ops *const trust_sources[] = {
	&trust_tpm,
	&trust_tee,
	NULL,
};
