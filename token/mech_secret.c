/* SPDX-License-Identifier: BSD-2-Clause */
/* Secret keys from the random generator (PKCS #11 current mechanisms, 6.8.2, 6.13.3). */
#include "mech.h"
#include "rv.h"

#define SECRET_BYTES_MAX 4096u

static CK_RV secret_generate(
	const struct mech *row, const struct params *params, struct attrs *attrs)
{
	CK_ULONG len = attrs_ulong(attrs, CKA_VALUE_LEN, 0);
	uint8_t *out = NULL;
	BUF(value);

	(void) params;
	if (attrs_get(attrs, CKA_VALUE_LEN) == NULL)
		return CKR_TEMPLATE_INCOMPLETE;
	/* AES: 16, 24 or 32 */
	if (len < row->min || len > row->max || (row->max == 32 && len % 8 != 0))
		return CKR_KEY_SIZE_RANGE;
	RV_TRY(rv_from_err(buf_grow(&value, len, &out)));
	RV_TRY(rv_from_err(ossl_random_private(out, len)));
	return attrs_set(attrs, CKA_VALUE, buf_bytes(&value));
}

static const struct mech_run generic_run = {
	.makes = CKK_GENERIC_SECRET,
	.generate = secret_generate,
};

static const struct mech_run aes_run = {
	.makes = CKK_AES,
	.generate = secret_generate,
};

/* clang-format off */
static const struct mech rows[] = {
	{MECH(GENERIC_SECRET_KEY_GEN), CKF_GENERATE, MECH_KEY_NONE, 1, SECRET_BYTES_MAX, MD_NONE,
		SCHEME_PLAIN, PARAMS_NONE, &generic_run},
	{MECH(AES_KEY_GEN), CKF_GENERATE, MECH_KEY_NONE, 16, 32, MD_NONE,
		SCHEME_PLAIN, PARAMS_NONE, &aes_run},
};
/* clang-format on */

const struct mech_rows mech_secret_rows = {rows, ARRAY_LEN(rows)};
