/* SPDX-License-Identifier: BSD-2-Clause */
/* From an object to its key: out of the cache, or opened with the trusted key of its token. */
#include "key.h"
#include "login.h"
#include "object.h"
#include "rv.h"
#include "token.h"

static CK_RV secrets_open(struct token *t, const struct object *o, struct attrs *ret)
{
	CK_RV rv = token_open_secrets(t, o, ret);

	if (rv != CKR_USER_NOT_LOGGED_IN)
		return rv;
	RV_TRY(login_lazy_open(t)); /* a token without a PIN; refuses for others */
	return token_open_secrets(t, o, ret);
}

/* Does the key die at logout? Session objects that are not private outlive it; everything else was
 * sealed under the trusted key. */
static bool key_dies(const struct object *o)
{
	return o->cls != CKO_PUBLIC_KEY && (o->private_ || o->owner == 0);
}

CK_RV key_open(struct token *t, struct object *o, struct key **ret)
{
	struct key_from from = {.cls = o->cls,
		.type = o->key_type,
		.attrs = &o->attrs,
		.private_ = key_dies(o),
		.born = token_generation(t)};
	KEY(k);
	ATTRS(secrets);

	if (o->cls != CKO_PUBLIC_KEY && o->cls != CKO_PRIVATE_KEY && o->cls != CKO_SECRET_KEY)
		return CKR_KEY_HANDLE_INVALID;
	k = token_key(t, o);
	if (k != NULL) {
		*ret = TAKE(k);
		return CKR_OK;
	}
	if (o->cls != CKO_PUBLIC_KEY) {
		RV_TRY(secrets_open(t, o, &secrets));
		from.secrets = &secrets;
	}
	RV_TRY(key_new(&from, &k));
	token_key_put(t, o, k);
	*ret = TAKE(k);
	return CKR_OK;
}
