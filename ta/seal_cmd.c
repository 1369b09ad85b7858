/* SPDX-License-Identifier: BSD-2-Clause */
#include "seal_cmd.h"
#include "blob.h"
#include "box.h"
#include "info.h"
#include "line.h"
#include "ta_broken.h"

#include <tee_internal_api.h>

/* What a new blob is made of. */
struct wish {
	bool pin;
	uint32_t tries;
	struct secret32 random, auth, owner;
};

static void wish_wipe(struct wish *w)
{
	wire_wipe(w, sizeof(*w));
}

/* Which count is this blob's: the epoch's, or that of blobs which are not settled? */
static size_t count_of(const struct blob *b, const struct line_state *s)
{
	return b->epoch > s->epoch ? 1 : 0;
}

static void call_count(struct seal_call *call, const struct blob *b, const struct line_state *s)
{
	if (!b->pin)
		return;
	call->counted = true;
	call->failed = s->failed[count_of(b, s)];
	call->tries = b->tries;
}

static bool blob_revoked(const struct blob *b, const struct line_state *s)
{
	return b->epoch < s->epoch && !BROKEN("ta-epoch");
}

/* The rest of the request is a blob of this TA. */
static enum ta_status call_blob(const struct seal_call *call, struct blob *ret)
{
	return call->in.bad ? TA_ST_INVALID : blob_read(call->in.at, call->in.left, ret);
}

/* The line of a blob that still opens. */
static enum ta_status line_of(const struct blob *b, struct line *ret)
{
	enum ta_status st = line_open(b->line, b->storage, ret);

	if (st != TA_ST_OK)
		return st;
	return blob_revoked(b, &ret->state) ? TA_ST_REVOKED : TA_ST_OK;
}

static enum ta_status verifier_make(bool pin, const struct secret32 *auth, struct secret32 *ret)
{
	if (pin)
		return box_hash(TA_LABEL_AUTH, auth, NULL, ret);
	*ret = (struct secret32){0};
	return TA_ST_OK;
}

static enum ta_status wish_read(struct wire_in *in, struct wish *ret)
{
	const uint8_t pin = wire_u8(in);

	ret->pin = pin == 1;
	ret->tries = wire_u32(in);
	wire_bytes(in, ret->random.b, sizeof(ret->random.b));
	wire_bytes(in, ret->auth.b, sizeof(ret->auth.b));
	if (in->bad || pin > 1 || !blob_tries_fit(ret->pin, ret->tries))
		return TA_ST_INVALID;
	return secret32_zero_ct(&ret->auth) == ret->pin ? TA_ST_INVALID : TA_ST_OK;
}

/* The secrets of a new blob. */
static enum ta_status blob_fill(struct blob *b, const struct wish *w)
{
	_wiped_(secret32) struct secret32 fresh = {0};
	enum ta_status st = verifier_make(w->pin, &w->auth, &b->verifier);

	b->pin = w->pin;
	b->tries = w->tries;
	TEE_GenerateRandom(fresh.b, sizeof(fresh.b));
	if (st == TA_ST_OK)
		st = box_hash("", &fresh, &w->random, &b->s);
	if (st == TA_ST_OK)
		st = box_hash(TA_LABEL_OWNER, &w->owner, NULL, &b->owner);
	return st;
}

/* S and the blob, as SEAL and CHANGE answer them. */
static enum ta_status blob_answer(struct seal_call *call, struct blob *b)
{
	uint8_t bytes[TA_BLOB_LEN];
	enum ta_status st = blob_put(b, bytes);

	if (st != TA_ST_OK)
		return st;
	wire_put_bytes(&call->out, b->s.b, sizeof(b->s.b));
	wire_put_bytes(&call->out, bytes, sizeof(bytes));
	return TA_ST_OK;
}

static enum ta_status cmd_seal(struct seal_call *call)
{
	_closed_ struct line line = {0};
	_wiped_(blob) struct blob blob = {0};
	_wiped_(wish) struct wish wish = {0};
	const uint8_t login = wire_u8(&call->in);
	enum ta_status st = wish_read(&call->in, &wish);

	wire_bytes(&call->in, wish.owner.b, sizeof(wish.owner.b));
	if (st != TA_ST_OK || !wire_ended(&call->in) || login > TA_LOGIN_GROUP)
		return TA_ST_INVALID;
	st = identity_now(&blob.bound);
	if (st != TA_ST_OK)
		return st;
	if (blob.bound.login != login)
		return TA_ST_IDENTITY;
	st = blob_fill(&blob, &wish);
	if (st == TA_ST_OK)
		st = line_create(&line); /* what can fail before is behind us: a line is for good */
	if (st != TA_ST_OK)
		return st;
	TEE_MemMove(blob.line, line.id, sizeof(blob.line));
	blob.storage = line.storage;
	blob.epoch = line.state.epoch;
	st = blob_answer(call, &blob);
	if (st != TA_ST_OK)
		(void) line_delete(&line); /* nobody has a blob of it */
	call_count(call, &blob, &line.state);
	return st;
}

/* A PIN to try: counted where it lasts, then compared, then no longer counted. */
static enum ta_status pin_try(struct seal_call *call, const struct blob *b,
	const struct secret32 *auth, struct line *line)
{
	_wiped_(secret32) struct secret32 verifier = {0};
	struct line_state counted = line->state;
	enum ta_status st = verifier_make(true, auth, &verifier);

	call_count(call, b, &line->state);
	if (st != TA_ST_OK)
		return st;
	if (call->failed >= b->tries)
		return TA_ST_LOCKED;
	counted.failed[count_of(b, &counted)]++;
	if (!BROKEN("ta-preincrement"))
		st = line_write(line, &counted);
	if (st != TA_ST_OK)
		return st;
	call_count(call, b, &line->state);
	return secret32_eq_ct(&verifier, &b->verifier) ? TA_ST_OK : TA_ST_AUTH;
}

/* What the line's record is once this blob has opened. */
static struct line_state state_opened(const struct blob *b, const struct line_state *s)
{
	struct line_state next = *s;

	next.failed[count_of(b, s)] = 0;
	if (b->epoch <= s->epoch)
		return next;
	next.epoch = b->epoch;
	next.failed[0] = 0;
	if (next.issued < b->epoch)
		next.issued = b->epoch; /* storage of an earlier day */
	return next;
}

static enum ta_status line_update(struct line *line, const struct line_state *next)
{
	if (TEE_MemCompare(next, &line->state, sizeof(*next)) == 0)
		return TA_ST_OK;
	return line_write(line, next);
}

static enum ta_status cmd_open(struct seal_call *call)
{
	_closed_ struct line line = {0};
	_wiped_(blob) struct blob blob = {0};
	_wiped_(secret32) struct secret32 auth = {0};
	struct identity client = {0};
	struct line_state next;
	enum ta_status st;

	wire_bytes(&call->in, auth.b, sizeof(auth.b));
	st = call_blob(call, &blob);
	if (st == TA_ST_OK)
		st = identity_now(&client);
	if (st != TA_ST_OK)
		return st;
	if (!identity_fits(&blob.bound, &client))
		return TA_ST_IDENTITY;
	if (secret32_zero_ct(&auth) == blob.pin)
		return TA_ST_INVALID;
	st = line_of(&blob, &line);
	if (st == TA_ST_OK && blob.pin)
		st = pin_try(call, &blob, &auth, &line);
	if (st != TA_ST_OK)
		return st;
	next = state_opened(&blob, &line.state);
	st = line_update(&line, &next);
	call_count(call, &blob, &line.state);
	if (st == TA_ST_OK)
		wire_put_bytes(&call->out, blob.s.b, sizeof(blob.s.b));
	return st;
}

/* Would it open? TA_ST_OK with a state, unless that cannot be said. */
static enum ta_status describe(struct seal_call *call, struct info *ret)
{
	_closed_ struct line line = {0};
	_wiped_(blob) struct blob blob = {0};
	struct identity client = {0};
	enum ta_status st = call_blob(call, &blob);

	if (st == TA_ST_OK)
		st = identity_now(&client);
	if (st != TA_ST_OK)
		return st;
	if (!identity_fits(&blob.bound, &client))
		return TA_ST_IDENTITY;
	ret->line_rpmb = blob.storage == TA_STORAGE_RPMB;
	st = line_open(blob.line, blob.storage, &line);
	if (st != TA_ST_OK)
		return st;
	ret->epoch = line.state.epoch;
	if (blob_revoked(&blob, &line.state))
		return TA_ST_REVOKED;
	call_count(call, &blob, &line.state);
	return call->counted && call->failed >= call->tries ? TA_ST_LOCKED : TA_ST_OK;
}

/* The state that an attempt to open would end in; TA_STATE_NONE: that is no state, but a failure.
 */
static enum ta_state state_of(enum ta_status st)
{
	switch (st) {
	case TA_ST_OK:
		return TA_STATE_OPENS;
	case TA_ST_LOCKED:
		return TA_STATE_LOCKED;
	case TA_ST_IDENTITY:
		return TA_STATE_IDENTITY;
	case TA_ST_FOREIGN:
		return TA_STATE_FOREIGN;
	case TA_ST_REVOKED:
		return TA_STATE_REVOKED;
	case TA_ST_GONE:
		return TA_STATE_GONE;
	case TA_ST_CORRUPT:
		return TA_STATE_CORRUPT;
	case TA_ST_AUTH:
	case TA_ST_INVALID:
	case TA_ST_VERSION:
	case TA_ST_OWNER:
	case TA_ST_FULL:
	case TA_ST_STORAGE:
	case TA_ST_MEMORY:
	case TA_ST_INTERNAL:
		break;
	}
	return TA_STATE_NONE;
}

static enum ta_status cmd_describe(struct seal_call *call)
{
	struct info info = {.state = TA_STATE_NONE};
	enum ta_status st;

	if (call->in.left > 0) {
		st = describe(call, &info);
		info.state = state_of(st);
		if (info.state == TA_STATE_NONE)
			return st;
	}
	return info_put(&info, &call->out);
}

/* A blob that still opens, its line, and proof that the client owns it. */
static enum ta_status call_owned(struct seal_call *call, const struct secret32 *owner,
	struct blob *ret, struct line *ret_line)
{
	_wiped_(secret32) struct secret32 hash = {0};
	enum ta_status st = call_blob(call, ret);

	if (st == TA_ST_OK)
		st = box_hash(TA_LABEL_OWNER, owner, NULL, &hash);
	if (st != TA_ST_OK)
		return st;
	if (!secret32_eq_ct(&hash, &ret->owner) && !BROKEN("ta-owner"))
		return TA_ST_OWNER;
	return line_of(ret, ret_line);
}

static enum ta_status cmd_change(struct seal_call *call)
{
	_closed_ struct line line = {0};
	_wiped_(blob) struct blob before = {0};
	_wiped_(blob) struct blob blob = {0};
	_wiped_(wish) struct wish wish = {0};
	_wiped_(secret32) struct secret32 owner = {0};
	struct line_state next;
	enum ta_status st = wish_read(&call->in, &wish);

	wire_bytes(&call->in, owner.b, sizeof(owner.b));
	wire_bytes(&call->in, wish.owner.b, sizeof(wish.owner.b));
	if (st != TA_ST_OK)
		return st;
	st = call_owned(call, &owner, &before, &line);
	if (st == TA_ST_OK)
		st = blob_fill(&blob, &wish);
	if (st != TA_ST_OK)
		return st;
	next = line.state;
	if (next.issued < before.epoch)
		next.issued = before.epoch; /* storage of an earlier day */
	if (next.issued >= LINE_EPOCH_NONE - 1)
		return TA_ST_FULL;
	next.issued++;
	next.failed[1] = 0;
	TEE_MemMove(blob.line, before.line, sizeof(blob.line));
	blob.storage = before.storage;
	blob.bound = before.bound;
	blob.epoch = next.issued;
	st = blob_answer(call, &blob);
	if (st == TA_ST_OK)
		st = line_write(&line, &next);
	call_count(call, &blob, &line.state);
	return st;
}

static enum ta_status cmd_settle(struct seal_call *call)
{
	_closed_ struct line line = {0};
	_wiped_(blob) struct blob blob = {0};
	_wiped_(secret32) struct secret32 owner = {0};
	struct line_state next;
	enum ta_status st;

	wire_bytes(&call->in, owner.b, sizeof(owner.b));
	st = call_owned(call, &owner, &blob, &line);
	if (st != TA_ST_OK)
		return st;
	next = state_opened(&blob, &line.state);
	st = line_update(&line, &next);
	call_count(call, &blob, &line.state);
	return st;
}

static enum ta_status cmd_destroy(struct seal_call *call)
{
	_closed_ struct line line = {0};
	_wiped_(blob) struct blob blob = {0};
	_wiped_(secret32) struct secret32 owner = {0};
	enum ta_status st;

	wire_bytes(&call->in, owner.b, sizeof(owner.b));
	st = call_owned(call, &owner, &blob, &line);
	if (st == TA_ST_OK)
		st = line_delete(&line);
	return st == TA_ST_GONE ? TA_ST_OK : st;
}

enum ta_status seal_cmd_run(uint32_t cmd, struct seal_call *call)
{
	switch (cmd) {
	case TA_CMD_SEAL:
		return cmd_seal(call);
	case TA_CMD_OPEN:
		return cmd_open(call);
	case TA_CMD_DESCRIBE:
		return cmd_describe(call);
	case TA_CMD_CHANGE:
		return cmd_change(call);
	case TA_CMD_SETTLE:
		return cmd_settle(call);
	case TA_CMD_DESTROY:
		return cmd_destroy(call);
	default:
		return TA_ST_INVALID;
	}
}
