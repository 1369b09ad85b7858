/* SPDX-License-Identifier: BSD-2-Clause */
/* The trust sources of test programs and of the test module: the product's, and the fake. */
#include "trust.h"
#include "trust_fake.h"

const struct trust_ops *const trust_sources[] = {
	&trust_fake,
	NULL,
};
