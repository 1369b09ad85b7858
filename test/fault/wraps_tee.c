/* SPDX-License-Identifier: BSD-2-Clause */
/* As wraps.c, for what only the trust source tee calls; libteec's own functions fail by the fake
 * library's asking (libteec_fake.h). */
#include "attr.h"
#include "libteec_fake.h"
#include "nth.h"
#include "tee_client_api.h"

#include <errno.h>
#include <grp.h>
#include <unistd.h>

/* clang-format off */
#define WRAP(type, failure, name, params, args) \
	type __real_##name params;              \
	type __wrap_##name params;              \
	type __wrap_##name params               \
	{                                       \
		if (nth_fails(#name))           \
			return failure;         \
		return __real_##name args;      \
	}

WRAP(void *, NULL, dlopen, (const char *a0, int a1), (a0, a1))
WRAP(void *, NULL, dlsym, (void *a0, const char *a1), (a0, a1))
WRAP(int, -1, madvise, (void *a0, size_t a1, int a2), (a0, a1, a2))
WRAP(int, -1, getgroups, (int a0, gid_t *a1), (a0, a1))
/* clang-format on */

_public_ uint32_t libteec_fake_fails(const char *function, uint32_t *ret_origin)
{
	static const uint32_t codes[] = {TEEC_ERROR_GENERIC, TEEC_ERROR_OUT_OF_MEMORY,
		TEEC_ERROR_COMMUNICATION, TEEC_ERROR_BUSY, 0xffff3024u};
	static unsigned turn;

	if (!nth_fails(function))
		return 0;
	*ret_origin = TEEC_ORIGIN_TEE;
	return codes[turn++ % ARRAY_LEN(codes)];
}
