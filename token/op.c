/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations: started, fed, ended. Everything about lengths, about what may follow what, and about
 * gathering parts is here and nowhere else; what bytes become is the family's. */
#include "op.h"

#include "broken.h"
#include "key.h"
#include "mech.h"
#include "rv.h"

#include <stdlib.h>

struct op {
	const struct mech *row;
	enum op_verb verb;
	struct key *key; /* NULL: digests */
	struct mech_ctx *ctx;
	struct params params;
	bool updated;        /* parts came */
	bool waits;          /* for a context-specific login */
	bool saw_key;        /* a digest took in a key: its context is not kept */
	struct buf gathered; /* the parts, where the family wants them together */
	bool finished;       /* `rest` is what final gave, and waits for a buffer that it fits */
	struct buf rest;
};

/* ---- life ---- */

static void op_free(struct op **op)
{
	if (*op == NULL)
		return;
	mech_give(&(*op)->ctx);
	key_unref(&(*op)->key);
	params_done(&(*op)->params);
	buf_done(&(*op)->gathered);
	buf_done(&(*op)->rest);
	free(*op);
	*op = NULL;
}

/* What is kept for the next operation: the struct, the parameters' memory, a digest's context. */
static void op_rest(struct op *op)
{
	if (op->key != NULL || op->saw_key)
		mech_give(&op->ctx);
	key_unref(&op->key);
	buf_done(&op->gathered);
	buf_done(&op->rest);
	op->updated = op->waits = op->saw_key = op->finished = false;
}

void op_cancel(struct op_slot *s)
{
	if (s->op == NULL)
		return;
	op_rest(s->op);
	if (s->idle == NULL)
		s->idle = TAKE(s->op);
	else
		op_free(&s->op);
}

void op_slot_done(struct op_slot *s)
{
	op_free(&s->op);
	op_free(&s->idle);
}

static CK_RV op_start(struct op *op, const CK_MECHANISM *mech)
{
	const struct mech *row = op->row;

	RV_TRY(mech_for(mech->mechanism, mech_verb_flag(op->verb), op->key, &row));
	RV_TRY(params_read(mech, row->params, &op->params));
	if (op->ctx != NULL && op->row != row)
		mech_give(&op->ctx); /* another digest's */
	op->row = row;
	if (op->ctx == NULL)
		RV_TRY(mech_take(row, op->verb, op->key, &op->ctx));
	return row->run->begin(op->ctx, &op->params);
}

CK_RV op_init_taking(
	struct op_slot *s, enum op_verb verb, const CK_MECHANISM *mech, struct key **key)
{
	struct op *op;
	CK_RV rv;

	if (s->op != NULL)
		return CKR_OPERATION_ACTIVE;
	if (mech == NULL)
		return CKR_ARGUMENTS_BAD;
	op = TAKE(s->idle);
	if (op == NULL)
		op = calloc(1, sizeof(*op));
	if (op == NULL)
		return CKR_HOST_MEMORY;
	op->verb = verb;
	op->key = TAKE(*key);
	rv = op_start(op, mech);
	s->op = op;
	if (rv != CKR_OK)
		op_cancel(s);
	return rv;
}

CK_RV op_init(struct op_slot *s, enum op_verb verb, const CK_MECHANISM *mech, struct key *key)
{
	KEY(mine);

	mine = key == NULL ? NULL : key_ref(key);
	return op_init_taking(s, verb, mech, &mine);
}

/* ---- the rule of lengths ---- */

static CK_RV too_long(const struct op *op)
{
	return op->verb == OP_DECRYPT ? CKR_ENCRYPTED_DATA_LEN_RANGE : CKR_DATA_LEN_RANGE;
}

static bool op_collects(const struct op *op)
{
	return (op->row->run->collects & 1u << op->verb) != 0;
}

/* May the family say how long it is only after it was done? */
static bool op_inexact(const struct op *op)
{
	return op->row->run->unpads && (op->verb == OP_DECRYPT || op->verb == OP_VERIFY_RECOVER);
}

/* Ends the operation, unless the answer is about lengths only. */
static CK_RV op_end(struct op_slot *s, CK_RV rv)
{
	if (rv != CKR_BUFFER_TOO_SMALL)
		op_cancel(s);
	return rv;
}

static CK_RV op_guard(const struct op_slot *s)
{
	if (s->op == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	return s->op->waits ? CKR_USER_NOT_LOGGED_IN : CKR_OK;
}

/* Copies out what was made aside, or says how much room it needs. */
static CK_RV hand_out(struct bytes made, uint8_t *out, CK_ULONG *out_len)
{
	bool fits = made.len <= *out_len;

	*out_len = made.len;
	if (!fits)
		return CKR_BUFFER_TOO_SMALL;
	if (made.len > 0)
		memcpy(out, made.ptr, made.len);
	return CKR_OK;
}

/* ---- what the family does ---- */

static CK_RV run_whole(struct op *op, struct bytes in, uint8_t *out, size_t *ret_len)
{
	const struct mech_run *run = op->row->run;
	size_t first = 0, last = 0;

	if (run->oneshot != NULL)
		return run->oneshot(op->ctx, in, out, ret_len);
	RV_TRY(run->update(op->ctx, in, out, &first));
	RV_TRY(run->final(op->ctx, out + first, &last));
	*ret_len = first + last;
	return CKR_OK;
}

/* The message as a whole, in room for `bound` bytes that may be more than the caller has. */
static CK_RV whole_aside(
	struct op *op, struct bytes in, size_t bound, uint8_t *out, CK_ULONG *out_len)
{
	BUF(aside);
	uint8_t *room = NULL;
	size_t len = 0;
	CK_RV rv;

	RV_TRY(rv_from_err(buf_grow(&aside, bound, &room)));
	RV_TRY(run_whole(op, in, room, &len));
	rv = hand_out(BYTES(room, len), out, out_len);
	if (rv == CKR_BUFFER_TOO_SMALL) {
		/* the caller comes again with the same input: from the beginning */
		CK_RV again = op->row->run->begin(op->ctx, &op->params);

		if (again != CKR_OK)
			return again;
	}
	return rv;
}

/* ret_query: the length was all that was asked for. */
static CK_RV op_whole(
	struct op *op, struct bytes in, uint8_t *out, CK_ULONG *out_len, bool *ret_query)
{
	size_t bound = op->row->run->bound(op->ctx, STEP_ONESHOT, in.len), len = 0;

	if (bound == MECH_TOO_LONG)
		return too_long(op);
	if (out == NULL) {
		*out_len = bound;
		*ret_query = true;
		return CKR_OK;
	}
	if (*out_len < bound) {
		if (op_inexact(op))
			return whole_aside(op, in, bound, out, out_len);
		*out_len = bound;
		return CKR_BUFFER_TOO_SMALL;
	}
	RV_TRY(run_whole(op, in, out, &len));
	*out_len = len;
	return CKR_OK;
}

static CK_RV op_gather(struct op *op, struct bytes in)
{
	if (in.len > OP_INPUT_MAX - op->gathered.len)
		return too_long(op);
	return rv_from_err(buf_put(&op->gathered, in));
}

/* The end of a stream whose last bytes may not fit the caller's buffer: kept until they do. */
static CK_RV final_aside(struct op *op, size_t bound, uint8_t *out, CK_ULONG *out_len)
{
	uint8_t *room = NULL;
	size_t len = 0;

	if (!op->finished) {
		RV_TRY(rv_from_err(buf_grow(&op->rest, bound, &room)));
		RV_TRY(op->row->run->final(op->ctx, room, &len));
		op->rest.len = len;
		op->finished = true;
	}
	return hand_out(buf_bytes(&op->rest), out, out_len);
}

static CK_RV op_last(struct op *op, uint8_t *out, CK_ULONG *out_len, bool *ret_query)
{
	size_t bound = op->row->run->bound(op->ctx, STEP_FINAL, 0), len = 0;

	if (bound == MECH_TOO_LONG)
		return too_long(op);
	if (out == NULL) {
		*out_len = op->finished ? op->rest.len : bound;
		*ret_query = true;
		return CKR_OK;
	}
	if (op->finished || (*out_len < bound && op_inexact(op)))
		return final_aside(op, bound, out, out_len);
	if (*out_len < bound) {
		*out_len = bound;
		return CKR_BUFFER_TOO_SMALL;
	}
	RV_TRY(op->row->run->final(op->ctx, out, &len));
	*out_len = len;
	return CKR_OK;
}

/* ---- the verbs' calls ---- */

CK_RV op_oneshot(struct op_slot *s, struct bytes in, uint8_t *out, CK_ULONG *out_len)
{
	bool query = false;
	CK_RV rv;

	RV_TRY(op_guard(s));
	if (out_len == NULL)
		return op_end(s, CKR_ARGUMENTS_BAD);
	if (s->op->updated)
		return op_end(s, CKR_OPERATION_ACTIVE);
	rv = op_whole(s->op, in, out, out_len, &query);
	return query ? rv : op_end(s, rv);
}

static CK_RV op_part(struct op *op, struct bytes in, uint8_t *out, CK_ULONG *out_len)
{
	size_t bound, len = 0;

	if (op_collects(op)) {
		if (out_len != NULL)
			*out_len = 0;
		return op_gather(op, in);
	}
	bound = op->row->run->bound(op->ctx, STEP_UPDATE, in.len);
	if (bound == MECH_TOO_LONG)
		return too_long(op);
	if (out_len != NULL && *out_len < bound) {
		*out_len = bound;
		return CKR_BUFFER_TOO_SMALL;
	}
	RV_TRY(op->row->run->update(op->ctx, in, out, &len));
	if (out_len != NULL)
		*out_len = len;
	return CKR_OK;
}

static bool verb_gives(enum op_verb verb)
{
	return verb == OP_ENCRYPT || verb == OP_DECRYPT;
}

CK_RV op_update(struct op_slot *s, struct bytes in, uint8_t *out, CK_ULONG *out_len)
{
	struct op *op = s->op;
	CK_RV rv;

	RV_TRY(op_guard(s));
	if (verb_gives(op->verb) && out_len == NULL)
		return op_end(s, CKR_ARGUMENTS_BAD);
	if (op->finished)
		return op_end(s, CKR_OPERATION_ACTIVE);
	if (verb_gives(op->verb) && out == NULL) {
		size_t bound =
			op_collects(op) ? 0 : op->row->run->bound(op->ctx, STEP_UPDATE, in.len);

		if (bound == MECH_TOO_LONG)
			return op_end(s, too_long(op));
		*out_len = bound;
		return CKR_OK;
	}
	rv = op_part(op, in, out, verb_gives(op->verb) ? out_len : NULL);
	if (rv == CKR_OK)
		op->updated = true;
	return rv == CKR_OK ? rv : op_end(s, rv);
}

CK_RV op_final(struct op_slot *s, uint8_t *out, CK_ULONG *out_len)
{
	bool query = false;
	CK_RV rv;

	RV_TRY(op_guard(s));
	if (out_len == NULL)
		return op_end(s, CKR_ARGUMENTS_BAD);
	if (op_collects(s->op))
		rv = op_whole(s->op, buf_bytes(&s->op->gathered), out, out_len, &query);
	else
		rv = op_last(s->op, out, out_len, &query);
	return query ? rv : op_end(s, rv);
}

CK_RV op_verify(struct op_slot *s, struct bytes data, struct bytes signature)
{
	struct op *op = s->op;
	size_t none = 0;

	RV_TRY(op_guard(s));
	if (op->updated)
		return op_end(s, CKR_OPERATION_ACTIVE);
	if (!op_collects(op)) {
		CK_RV rv = op->row->run->update(op->ctx, data, NULL, &none);

		if (rv != CKR_OK)
			return op_end(s, rv);
		data = BYTES_NONE;
	}
	return op_end(s, op->row->run->verify(op->ctx, data, signature));
}

CK_RV op_verify_final(struct op_slot *s, struct bytes signature)
{
	struct op *op = s->op;

	RV_TRY(op_guard(s));
	return op_end(s, op->row->run->verify(op->ctx, buf_bytes(&op->gathered), signature));
}

CK_RV op_digest_key(struct op_slot *s, struct key *key)
{
	size_t none = 0;
	CK_RV rv;

	RV_TRY(op_guard(s));
	s->op->saw_key = true;
	if (key_class(key) != CKO_SECRET_KEY)
		return op_end(s, CKR_KEY_INDIGESTIBLE);
	rv = s->op->row->run->update(s->op->ctx, key_value(key), NULL, &none);
	if (rv != CKR_OK)
		return op_end(s, rv);
	s->op->updated = true;
	return CKR_OK;
}

/* ---- login ---- */

bool op_stale(const struct op_slot *s, uint64_t generation)
{
	return s->op != NULL && s->op->key != NULL && key_private(s->op->key) &&
	       key_born(s->op->key) < generation && !BROKEN("op-stale");
}

void op_need_login(struct op_slot *s)
{
	if (s->op != NULL)
		s->op->waits = true;
}

void op_allow(struct op_slot *s)
{
	if (s->op != NULL)
		s->op->waits = false;
}

bool op_waits_for_login(const struct op_slot *s)
{
	return s->op != NULL && s->op->waits;
}
