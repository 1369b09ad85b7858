/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11 5.19: random numbers. */
#include "call.h"

/* The kernel seeds the generator; what a caller brings could not make it better. */
_public_ CK_RV C_SeedRandom(CK_SESSION_HANDLE h, CK_BYTE *seed, CK_ULONG seed_len)
{
	CALL_PIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (call_bad_range(seed, seed_len))
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = CKR_RANDOM_SEED_NOT_SUPPORTED;
}

_public_ CK_RV C_GenerateRandom(CK_SESSION_HANDLE h, CK_BYTE *random, CK_ULONG random_len)
{
	CALL_PIN(h);

	if (c.rv != CKR_OK)
		return c.rv;
	if (call_bad_range(random, random_len))
		return c.rv = CKR_ARGUMENTS_BAD;
	return c.rv = session_random(random, random_len);
}
