/* SPDX-License-Identifier: BSD-2-Clause */
#include "blob.h"
#include "box.h"
#include "memory.h"

#include <tee_internal_api.h>

#define SECRETS 3u

struct plain {
	struct secret32 verifier, s, owner;
};
_Static_assert(sizeof(struct plain) == SECRETS * TA_S_LEN, "no holes");
_Static_assert(
	TA_BLOB_LEN == TA_BLOB_HEAD + sizeof(struct plain) + BOX_EXTRA, "a blob is that long");

static void plain_wipe(struct plain *p)
{
	wire_wipe(p, sizeof(*p));
}

void blob_wipe(struct blob *b)
{
	wire_wipe(b, sizeof(*b));
}

bool blob_tries_fit(bool pin, uint32_t tries)
{
	return pin ? tries >= 1 && tries <= TA_TRIES_MAX : tries == 0;
}

static void head_put(const struct blob *b, uint8_t ret[TA_BLOB_HEAD])
{
	struct wire_out out = {.buf = ret, .max = TA_BLOB_HEAD};

	wire_put_u8(&out, TA_BLOB_VERSION);
	wire_put_bytes(&out, b->machine, sizeof(b->machine));
	wire_put_bytes(&out, b->line, sizeof(b->line));
	wire_put_u32(&out, b->epoch);
	wire_put_u8(&out, b->storage);
	wire_put_u8(&out, b->bound.login);
	wire_put_bytes(&out, b->bound.uuid, sizeof(b->bound.uuid));
	wire_put_u8(&out, b->pin);
	wire_put_u32(&out, b->tries);
}

/* Nothing is believed before the tag was right but the machine, and that only to say whose it is.
 */
static enum ta_status head_read(const uint8_t *head, struct blob *ret)
{
	struct wire_in in = {.at = head, .left = TA_BLOB_HEAD};
	uint8_t pin;

	(void) wire_u8(&in);
	wire_bytes(&in, ret->machine, sizeof(ret->machine));
	wire_bytes(&in, ret->line, sizeof(ret->line));
	ret->epoch = wire_u32(&in);
	ret->storage = wire_u8(&in);
	ret->bound.login = wire_u8(&in);
	wire_bytes(&in, ret->bound.uuid, sizeof(ret->bound.uuid));
	pin = wire_u8(&in);
	ret->pin = pin == 1;
	ret->tries = wire_u32(&in);
	if (!wire_ended(&in) || pin > 1 || ret->storage > TA_STORAGE_RPMB ||
		ret->bound.login > TA_LOGIN_GROUP || ret->epoch < LINE_EPOCH_FIRST ||
		ret->epoch >= LINE_EPOCH_NONE || !blob_tries_fit(ret->pin, ret->tries))
		return TA_ST_CORRUPT;
	return TA_ST_OK;
}

enum ta_status blob_put(struct blob *b, uint8_t ret[TA_BLOB_LEN])
{
	_wiped_(plain) struct plain plain = {b->verifier, b->s, b->owner};
	enum ta_status st = box_machine(b->machine);

	if (st != TA_ST_OK)
		return st;
	head_put(b, ret);
	return box_seal((struct box_head){ret, TA_BLOB_HEAD}, (const uint8_t *) &plain,
		sizeof(plain), ret + TA_BLOB_HEAD);
}

enum ta_status blob_read(const uint8_t *bytes, size_t len, struct blob *ret)
{
	_wiped_(plain) struct plain plain = {0};
	uint8_t machine[TA_ID_LEN];
	enum ta_status st, sound;

	if (len == 0)
		return TA_ST_INVALID;
	if (bytes[0] > TA_BLOB_VERSION)
		return TA_ST_VERSION;
	if (bytes[0] != TA_BLOB_VERSION || len != TA_BLOB_LEN)
		return TA_ST_CORRUPT;
	sound = head_read(bytes, ret);
	st = box_machine(machine);
	if (st != TA_ST_OK)
		return st;
	if (TEE_MemCompare(machine, ret->machine, sizeof(machine)) != 0)
		return TA_ST_FOREIGN;
	st = box_open((struct box_head){bytes, TA_BLOB_HEAD}, bytes + TA_BLOB_HEAD,
		len - TA_BLOB_HEAD, (uint8_t *) &plain);
	if (st != TA_ST_OK)
		return st;
	ret->verifier = plain.verifier;
	ret->s = plain.s;
	ret->owner = plain.owner;
	return sound;
}
