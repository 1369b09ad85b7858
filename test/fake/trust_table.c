/* SPDX-License-Identifier: BSD-2-Clause */
/* The trust sources of test programs and of the test module: the fakes. */
#include "trust.h"
#include "trust_fake.h"
#include "trust_fake2.h"

const struct trust_ops *const trust_sources[] = {
	&trust_fake,
	&trust_fake2,
	NULL,
};
