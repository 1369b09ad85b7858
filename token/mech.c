/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of tables, and what is the same for all rows: looking one up, whether a key fits, and
 * where contexts come from. */
#include "mech.h"

#include "rv.h"

/* One line per family. */
static const struct mech_rows *const families[] = {
	&mech_digest_rows,
	&mech_hmac_rows,
	&mech_cmac_rows,
	&mech_aes_rows,
	&mech_gcm_rows,
	&mech_secret_rows,
	&mech_rsa_rows,
	&mech_ec_rows,
	&mech_eddsa_rows,
};

/* A few families of ascending rows: bisection in each. */
static const struct mech *rows_find(const struct mech_rows *f, CK_MECHANISM_TYPE type)
{
	size_t low = 0, high = f->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (f->rows[middle].type == type)
			return &f->rows[middle];
		if (f->rows[middle].type < type)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct mech *mech_find(CK_MECHANISM_TYPE type)
{
	const struct mech *row = NULL;

	for (size_t i = 0; i < ARRAY_LEN(families) && row == NULL; i++)
		row = rows_find(families[i], type);
	return row;
}

size_t mech_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		count += families[i]->count;
	return count;
}

const struct mech *mech_nth(size_t n)
{
	size_t at[ARRAY_LEN(families)] = {0};
	const struct mech *row = NULL;

	for (size_t k = 0; k <= n; k++) {
		size_t best = ARRAY_LEN(families);

		for (size_t i = 0; i < ARRAY_LEN(families); i++) {
			if (at[i] == families[i]->count)
				continue;
			if (best == ARRAY_LEN(families) ||
				families[i]->rows[at[i]].type < families[best]->rows[at[best]].type)
				best = i;
		}
		if (best == ARRAY_LEN(families))
			return NULL;
		row = &families[best]->rows[at[best]++];
	}
	return row;
}

CK_RV mech_info(CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *ret)
{
	const struct mech *row = mech_find(type);

	if (row == NULL)
		return CKR_MECHANISM_INVALID;
	ret->ulMinKeySize = row->min;
	ret->ulMaxKeySize = row->max;
	ret->flags = row->ops;
	return CKR_OK;
}

CK_FLAGS mech_verb_flag(enum op_verb verb)
{
	static const CK_FLAGS flags[OP_VERBS] = {
		[OP_DIGEST] = CKF_DIGEST,
		[OP_SIGN] = CKF_SIGN,
		[OP_VERIFY] = CKF_VERIFY,
		[OP_SIGN_RECOVER] = CKF_SIGN_RECOVER,
		[OP_VERIFY_RECOVER] = CKF_VERIFY_RECOVER,
		[OP_ENCRYPT] = CKF_ENCRYPT,
		[OP_DECRYPT] = CKF_DECRYPT,
	};

	return verb < OP_VERBS ? flags[verb] : 0;
}

/* min and max are bits for asymmetric keys, bytes for the values of secret ones. */
static bool key_fits(const struct mech *row, const struct key *key)
{
	size_t size = key_class(key) == CKO_SECRET_KEY ? key_bits(key) / 8 : key_bits(key);

	return size >= row->min && size <= row->max;
}

CK_RV mech_for(
	CK_MECHANISM_TYPE type, CK_FLAGS flag, const struct key *key, const struct mech **ret)
{
	const struct mech *row = *ret != NULL && (*ret)->type == type ? *ret : mech_find(type);

	if (row == NULL || (row->ops & flag) == 0)
		return CKR_MECHANISM_INVALID;
	if (key != NULL) {
		if ((key_kind(key) & row->keys) == 0)
			return CKR_KEY_TYPE_INCONSISTENT;
		if (!key_fits(row, key))
			return CKR_KEY_SIZE_RANGE;
	} else if (row->keys != MECH_KEY_NONE) {
		return CKR_KEY_HANDLE_INVALID;
	}
	*ret = row;
	return CKR_OK;
}

CK_RV mech_take(const struct mech *row, enum op_verb verb, struct key *key, struct mech_ctx **ret)
{
	struct mech_ctx *ctx = key == NULL ? NULL : key_idle_take(key, row, verb);

	if (ctx == NULL) {
		RV_TRY(row->run->prepare(row, verb, key, &ctx));
		ctx->row = row;
		ctx->verb = verb;
		ctx->key = key;
	}
	*ret = ctx;
	return CKR_OK;
}

void mech_give(struct mech_ctx **ctxp)
{
	struct mech_ctx *ctx = *ctxp;

	*ctxp = NULL;
	if (ctx == NULL)
		return;
	if (ctx->key != NULL)
		key_idle_give(ctx->key, ctx);
	else
		ctx->row->run->release(ctx);
}

static CK_RV context_apply(struct mech_ctx *ctx, struct bytes in, uint8_t *out, size_t *ret_len)
{
	const struct mech_run *run = ctx->row->run;
	size_t first = 0, last = 0;

	if (run->oneshot != NULL)
		return run->oneshot(ctx, in, out, ret_len);
	RV_TRY(run->update(ctx, in, out, &first));
	RV_TRY(run->final(ctx, out + first, &last));
	*ret_len = first + last;
	return CKR_OK;
}

CK_RV mech_apply(const struct mech *row, enum op_verb verb, const struct params *params,
	struct key *key, struct bytes in, struct buf *ret)
{
	_cleanup_(mech_give) struct mech_ctx *ctx = NULL;
	size_t before = ret->len, bound, len = 0;
	uint8_t *out = NULL;
	CK_RV rv;

	RV_TRY(mech_take(row, verb, key, &ctx));
	RV_TRY(row->run->begin(ctx, params));
	bound = row->run->bound(ctx, STEP_ONESHOT, in.len);
	if (bound == MECH_TOO_LONG)
		return verb == OP_DECRYPT ? CKR_ENCRYPTED_DATA_LEN_RANGE : CKR_DATA_LEN_RANGE;
	RV_TRY(rv_from_err(buf_grow(ret, bound, &out)));
	rv = context_apply(ctx, in, out, &len);
	ret->len = before + (rv == CKR_OK ? len : 0);
	return rv;
}
