/* SPDX-License-Identifier: BSD-2-Clause */
/* Key pairs made by a row of the table, and one call's operations with them, for tests of families.
 */
#pragma once

#include "test.h"

#include "key.h"
#include "mech.h"
#include "op.h"

struct pair {
	struct attrs attrs[2]; /* public, private */
	struct key *public_, *private_;
};

static inline void pair_done(struct pair *p)
{
	key_unref(&p->public_);
	key_unref(&p->private_);
	attrs_done(&p->attrs[0]);
	attrs_done(&p->attrs[1]);
}
#define PAIR(name) _cleanup_(pair_done) struct pair name = {0}

/* attrs[0] holds the wishes. */
static inline CK_RV pair_generate(CK_MECHANISM_TYPE type, struct pair *p)
{
	const struct mech *row = mech_find(type);
	struct params params = {0};
	struct key_from from = {.cls = CKO_PUBLIC_KEY};
	CK_RV rv;

	if (row == NULL || row->run->generate_pair == NULL)
		return CKR_MECHANISM_INVALID;
	rv = row->run->generate_pair(row, &params, &p->attrs[0], &p->attrs[1]);
	if (rv != CKR_OK)
		return rv;
	from.type = row->run->makes;
	from.attrs = &p->attrs[0];
	rv = key_new(&from, &p->public_);
	from.cls = CKO_PRIVATE_KEY;
	from.attrs = from.secrets = &p->attrs[1];
	return rv == CKR_OK ? key_new(&from, &p->private_) : rv;
}

static inline CK_RV pair_curve(CK_MECHANISM_TYPE type, struct bytes ec_params, struct pair *p)
{
	CK_RV rv = attrs_set(&p->attrs[0], CKA_EC_PARAMS, ec_params);

	return rv == CKR_OK ? pair_generate(type, p) : rv;
}

struct once {
	CK_MECHANISM_TYPE type;
	void *param;
	CK_ULONG param_len;
	enum op_verb verb;
	struct key *key;
};

/* *len: room, then length. */
static inline CK_RV once(const struct once *o, struct bytes in, uint8_t *out, CK_ULONG *len)
{
	CK_MECHANISM mech = {o->type, o->param, o->param_len};
	struct op_slot slot = {0};
	CK_RV rv = op_init(&slot, o->verb, &mech, o->key);

	if (rv == CKR_OK)
		rv = op_oneshot(&slot, in, out, len);
	op_slot_done(&slot);
	return rv;
}

static inline CK_RV once_verify(const struct once *o, struct bytes in, struct bytes signature)
{
	CK_MECHANISM mech = {o->type, o->param, o->param_len};
	struct op_slot slot = {0};
	CK_RV rv = op_init(&slot, OP_VERIFY, &mech, o->key);

	if (rv == CKR_OK)
		rv = op_verify(&slot, in, signature);
	op_slot_done(&slot);
	return rv;
}
