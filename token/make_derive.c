/* SPDX-License-Identifier: BSD-2-Clause */
/* C_DeriveKey. */
#include "make.h"
#include "make_priv.h"
#include "rv.h"

CK_RV make_derived(struct token *t, const struct who *who, const CK_MECHANISM *mech,
	CK_OBJECT_HANDLE base, struct attrs *templ, CK_OBJECT_HANDLE *ret)
{
	struct make_use use = {base, CKA_DERIVE, 0, CKR_KEY_HANDLE_INVALID};
	struct make_part part = {.attrs = templ};
	const struct mech *row = NULL;
	PARAMS(params);
	OBJECT(o);
	KEY(k);

	RV_TRY(make_row(mech, CKF_DERIVE, &params, &row));
	use.mech = row->type;
	RV_TRY(make_take(t, who, &use, &o, &k));
	if (o->cls == CKO_PUBLIC_KEY)
		return CKR_KEY_TYPE_INCONSISTENT;
	RV_TRY(mech_for(row->type, CKF_DERIVE, k, &row));
	if (attrs_get(templ, CKA_KEY_TYPE) == NULL)
		RV_TRY(attrs_set_ulong(templ, CKA_KEY_TYPE, CKK_GENERIC_SECRET));
	part.rules = (struct rules_context){.how = RULES_DERIVE,
		.who = *who,
		.config = token_config(t),
		.cls = CKO_SECRET_KEY,
		.key_type = CK_UNAVAILABLE_INFORMATION,
		.mech = CK_UNAVAILABLE_INFORMATION,
		.one_way = row->run->one_way,
		.base = o};
	RV_TRY(rules_begin(&part.rules, templ));
	RV_TRY(row->run->derive(row, &params, k, templ));
	return make_publish(t, &part, 1, ret);
}
