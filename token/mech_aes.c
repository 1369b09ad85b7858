/* SPDX-License-Identifier: BSD-2-Clause */
/* AES: ECB, CBC, CBC-PAD, CTR, and key wrap of RFC 3394 and RFC 5649 (PKCS #11 current mechanisms,
 * 6.13). Every failure of decryption looks the same: which byte of a padding was wrong is what an
 * attacker asks. */
#include "aes.h"
#include "mech.h"
#include "rv.h"

#include <openssl/err.h>
#include <stdlib.h>

#define BLOCK 16u

struct aes_ctx {
	struct mech_ctx base;
	EVP_CIPHER_CTX *evp;
	size_t held; /* bytes that libcrypto keeps until there is more, or the end */
	/* CTR: where the counter wraps, only its own bits may change. Bytes until then, and bytes
	 * that are still allowed after it; SIZE_MAX: more than anybody has. */
	size_t to_wrap, after_wrap;
	uint8_t wrapped[BLOCK]; /* the counter block that follows */
};

static bool aes_encrypts(const struct mech_ctx *base)
{
	return base->verb == OP_ENCRYPT;
}

static CK_RV aes_len_error(const struct mech_ctx *base)
{
	return aes_encrypts(base) ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE;
}

static CK_RV aes_data_error(const struct mech_ctx *base)
{
	ERR_clear_error();
	return aes_encrypts(base) ? CKR_FUNCTION_FAILED : CKR_ENCRYPTED_DATA_INVALID;
}

static void aes_release(struct mech_ctx *base)
{
	struct aes_ctx *ctx = (struct aes_ctx *) base;

	EVP_CIPHER_CTX_free(ctx->evp);
	free(ctx);
}

static CK_RV aes_prepare(
	const struct mech *row, enum op_verb verb, struct key *key, struct mech_ctx **ret)
{
	struct aes_ctx *ctx = calloc(1, sizeof(*ctx));
	CK_RV rv;

	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	rv = aes_cipher_ctx(row->scheme, verb, key, &ctx->evp);
	if (rv != CKR_OK) {
		aes_release(&ctx->base);
		return rv;
	}
	*ret = &ctx->base;
	return CKR_OK;
}

static CK_RV aes_set_iv(struct aes_ctx *ctx, const uint8_t *iv)
{
	ctx->held = 0;
	return EVP_CipherInit_ex2(ctx->evp, NULL, NULL, iv, -1, NULL) == 1 ? CKR_OK
									   : CKR_FUNCTION_FAILED;
}

/* ---- ECB, CBC, CBC-PAD ---- */

static CK_RV block_begin(struct mech_ctx *base, const struct params *params)
{
	return aes_set_iv((struct aes_ctx *) base, params->iv_len > 0 ? params->iv : NULL);
}

static bool block_unpads(const struct mech_ctx *base)
{
	return base->row->scheme == SCHEME_CBC_PAD && !aes_encrypts(base);
}

/* What an update gives: whole blocks, of which unpadding keeps the last one back. */
static size_t block_ready(const struct aes_ctx *ctx, size_t total)
{
	size_t rest = total % BLOCK;

	if (block_unpads(&ctx->base) && rest == 0 && total > 0)
		rest = BLOCK;
	return total - rest;
}

static size_t block_bound(const struct mech_ctx *base, enum mech_step step, size_t in_len)
{
	const struct aes_ctx *ctx = (const struct aes_ctx *) base;
	bool pads = base->row->scheme == SCHEME_CBC_PAD && aes_encrypts(base);

	if (in_len > SIZE_MAX - 2 * BLOCK)
		return MECH_TOO_LONG;
	switch (step) {
	case STEP_UPDATE:
		return block_ready(ctx, ctx->held + in_len);
	case STEP_FINAL:
		return pads ? BLOCK : block_unpads(base) ? BLOCK - 1 : 0;
	case STEP_ONESHOT:
		return pads ? in_len - in_len % BLOCK + BLOCK : in_len;
	}
	return MECH_TOO_LONG;
}

static CK_RV block_update(struct mech_ctx *base, struct bytes in, uint8_t *out, size_t *ret_len)
{
	struct aes_ctx *ctx = (struct aes_ctx *) base;
	size_t total = ctx->held + in.len;

	RV_TRY(aes_cipher_update(ctx->evp, in, out, ret_len));
	ctx->held = total - block_ready(ctx, total);
	return CKR_OK;
}

static CK_RV block_final(struct mech_ctx *base, uint8_t *out, size_t *ret_len)
{
	struct aes_ctx *ctx = (struct aes_ctx *) base;
	uint8_t last[BLOCK];
	int len = 0;

	if (base->row->scheme != SCHEME_CBC_PAD || block_unpads(base)) {
		bool whole = block_unpads(base) ? ctx->held == BLOCK : ctx->held == 0;

		if (!whole)
			return aes_len_error(base);
	}
	if (EVP_CipherFinal_ex(ctx->evp, last, &len) != 1) {
		OPENSSL_cleanse(last, sizeof(last));
		return aes_data_error(base);
	}
	if (len > 0)
		memcpy(out, last, (size_t) len);
	OPENSSL_cleanse(last, sizeof(last));
	*ret_len = (size_t) len;
	return CKR_OK;
}

static const struct mech_run block_run = {
	.prepare = aes_prepare,
	.release = aes_release,
	.begin = block_begin,
	.bound = block_bound,
	.update = block_update,
	.final = block_final,
	.unpads = true,
};

/* ---- CTR ---- */

/* Bytes of n blocks, or "more than anybody has". */
static size_t ctr_bytes(uint64_t blocks, bool huge)
{
	return huge || blocks > SIZE_MAX / BLOCK ? SIZE_MAX : (size_t) blocks * BLOCK;
}

/* libcrypto counts with all 128 bits; the mechanism with the lowest `bits` of them, round to zero
 * (SP 800-38A, B.1). Finds out when the two begin to differ. */
static void ctr_plan(struct aes_ctx *ctx, const uint8_t block[static BLOCK], unsigned bits)
{
	unsigned low = bits < 64 ? bits : 64;
	uint64_t mask = low == 64 ? UINT64_MAX : ((uint64_t) 1 << low) - 1;
	uint64_t counter = 0;
	bool high_full = true; /* are all counter bits above the lowest 64 ones? */

	for (unsigned i = 8; i < BLOCK; i++)
		counter = counter << 8 | block[i];
	counter &= mask;
	memcpy(ctx->wrapped, block, BLOCK);
	for (unsigned bit = 0; bit < bits; bit++) {
		uint8_t *byte = &ctx->wrapped[BLOCK - 1 - bit / 8];
		uint8_t one = (uint8_t) (1u << bit % 8);

		if (bit >= 64 && (*byte & one) == 0)
			high_full = false;
		*byte = (uint8_t) (*byte & ~one);
	}
	/* mask - counter + 1 blocks fit before it wraps, counter more until it is where it began */
	ctx->to_wrap = ctr_bytes(mask - counter + 1, !high_full || mask - counter == UINT64_MAX);
	ctx->after_wrap = ctr_bytes(counter, bits > 64);
}

static CK_RV ctr_begin(struct mech_ctx *base, const struct params *params)
{
	struct aes_ctx *ctx = (struct aes_ctx *) base;

	ctr_plan(ctx, params->iv, params->counter_bits);
	return aes_set_iv(ctx, params->iv);
}

static size_t ctr_bound(const struct mech_ctx *base, enum mech_step step, size_t in_len)
{
	const struct aes_ctx *ctx = (const struct aes_ctx *) base;

	if (step == STEP_FINAL)
		return 0;
	/* a counter block that comes again would give the key stream away */
	if (in_len > ctx->to_wrap && in_len - ctx->to_wrap > ctx->after_wrap)
		return MECH_TOO_LONG;
	return in_len;
}

static void ctr_spend(size_t *left, size_t n)
{
	if (*left != SIZE_MAX)
		*left -= n;
}

static CK_RV ctr_update(struct mech_ctx *base, struct bytes in, uint8_t *out, size_t *ret_len)
{
	struct aes_ctx *ctx = (struct aes_ctx *) base;
	size_t first = in.len < ctx->to_wrap ? in.len : ctx->to_wrap, done = 0, more = 0;

	RV_TRY(aes_cipher_update(ctx->evp, BYTES(in.ptr, first), out, &done));
	ctr_spend(&ctx->to_wrap, first);
	if (ctx->to_wrap == 0 && ctx->after_wrap > 0) {
		RV_TRY(aes_set_iv(ctx, ctx->wrapped));
		ctx->to_wrap = ctx->after_wrap;
		ctx->after_wrap = 0;
	}
	if (first < in.len) {
		RV_TRY(aes_cipher_update(
			ctx->evp, BYTES(in.ptr + first, in.len - first), out + first, &more));
		ctr_spend(&ctx->to_wrap, in.len - first);
	}
	*ret_len = done + more;
	return CKR_OK;
}

static CK_RV ctr_final(struct mech_ctx *base, uint8_t *out, size_t *ret_len)
{
	(void) base;
	(void) out;
	*ret_len = 0;
	return CKR_OK;
}

static const struct mech_run ctr_run = {
	.prepare = aes_prepare,
	.release = aes_release,
	.begin = ctr_begin,
	.bound = ctr_bound,
	.update = ctr_update,
	.final = ctr_final,
};

/* ---- key wrap ---- */

#define SEMIBLOCK 8u
#define WRAP_MAX  ((size_t) 1 << 20) /* bytes */

/* RFC 3394, 2.2.3.1 and RFC 5649, 3: what is used where no initial value was given. */
static const uint8_t kw_iv[8] = {0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6};
static const uint8_t kwp_iv[4] = {0xa6, 0x59, 0x59, 0xa6};

static CK_RV wrap_begin(struct mech_ctx *base, const struct params *params)
{
	const uint8_t *standard = base->row->scheme == SCHEME_KW ? kw_iv : kwp_iv;

	return aes_set_iv((struct aes_ctx *) base, params->given ? params->iv : standard);
}

static size_t wrap_bound(const struct mech_ctx *base, enum mech_step step, size_t in_len)
{
	bool pads = base->row->scheme == SCHEME_KWP;
	size_t rest = in_len % SEMIBLOCK;

	(void) step;
	if (in_len > WRAP_MAX)
		return MECH_TOO_LONG;
	if (!aes_encrypts(base))
		return rest != 0 || in_len < (pads ? 2u : 3u) * SEMIBLOCK ? MECH_TOO_LONG
									  : in_len - SEMIBLOCK;
	if (pads)
		return in_len == 0 ? MECH_TOO_LONG
				   : in_len + (SEMIBLOCK - rest) % SEMIBLOCK + SEMIBLOCK;
	return rest != 0 || in_len < 2 * SEMIBLOCK ? MECH_TOO_LONG : in_len + SEMIBLOCK;
}

static CK_RV wrap_oneshot(struct mech_ctx *base, struct bytes in, uint8_t *out, size_t *ret_len)
{
	struct aes_ctx *ctx = (struct aes_ctx *) base;
	int len = 0;

	if (EVP_CipherUpdate(ctx->evp, out, &len, in.ptr, (int) in.len) != 1 || len <= 0)
		return aes_data_error(base);
	*ret_len = (size_t) len;
	return CKR_OK;
}

static const struct mech_run wrap_run = {
	.prepare = aes_prepare,
	.release = aes_release,
	.begin = wrap_begin,
	.bound = wrap_bound,
	.oneshot = wrap_oneshot,
	.collects = 1u << OP_ENCRYPT | 1u << OP_DECRYPT,
	.unpads = true,
};

/* clang-format off */
#define CRYPT   (CKF_ENCRYPT | CKF_DECRYPT)
#define WRAPS   (CKF_WRAP | CKF_UNWRAP)
#define ROW(name, ops, scheme, params, run) \
	{MECH(name), ops, MECH_KEY_AES, 16, 32, MD_NONE, scheme, params, &run}
static const struct mech rows[] = {
	ROW(AES_ECB,          CRYPT,         SCHEME_ECB,     PARAMS_NONE,   block_run),
	ROW(AES_CBC,          CRYPT,         SCHEME_CBC,     PARAMS_IV,     block_run),
	ROW(AES_CBC_PAD,      CRYPT | WRAPS, SCHEME_CBC_PAD, PARAMS_IV,     block_run),
	ROW(AES_CTR,          CRYPT,         SCHEME_CTR,     PARAMS_CTR,    ctr_run),
	ROW(AES_KEY_WRAP,     CRYPT | WRAPS, SCHEME_KW,      PARAMS_KW_IV,  wrap_run),
	ROW(AES_KEY_WRAP_PAD, CRYPT | WRAPS, SCHEME_KWP,     PARAMS_KWP_IV, wrap_run),
	ROW(AES_KEY_WRAP_KWP, CRYPT | WRAPS, SCHEME_KWP,     PARAMS_KWP_IV, wrap_run),
};
/* clang-format on */

const struct mech_rows mech_aes_rows = {rows, ARRAY_LEN(rows)};
