/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may do what with which object. Every decision is a function of values. */
#include "access.h"

#include "broken.h"
#include "rules.h"

/* Are private objects this caller's? Never the SO's. */
static bool who_private(const struct who *who)
{
	return who->login == LOGIN_USER || (who->no_login && who->login != LOGIN_SO);
}

bool access_see(const struct who *who, const struct object *o)
{
	return !o->private_ || who_private(who);
}

static bool mech_allowed(const struct object *o, CK_MECHANISM_TYPE mech)
{
	struct bytes list = attr_bytes(attrs_get(&o->attrs, CKA_ALLOWED_MECHANISMS));

	if (list.len == 0) /* none named: all */
		return true;
	for (size_t i = 0; i + sizeof(mech) <= list.len; i += sizeof(mech)) {
		CK_MECHANISM_TYPE one;

		memcpy(&one, list.ptr + i, sizeof(one));
		if (one == mech)
			return true;
	}
	return false;
}

CK_RV access_use(const struct who *who, const struct object *o, CK_ATTRIBUTE_TYPE usage,
	CK_MECHANISM_TYPE mech)
{
	if (!access_see(who, o))
		return CKR_USER_NOT_LOGGED_IN;
	/* sealed under the trusted key: its value needs the user, also where the object is public
	 */
	if (o->owner == 0 && o->secret_count > 0 && !who_private(who))
		return CKR_USER_NOT_LOGGED_IN;
	if (!attrs_bool(&o->attrs, usage, false))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	return mech_allowed(o, mech) ? CKR_OK : CKR_MECHANISM_INVALID;
}

CK_RV access_create(const struct who *who, bool token_object, bool private_object)
{
	if (token_object && !who->rw)
		return CKR_SESSION_READ_ONLY;
	if (private_object && !who_private(who))
		return CKR_USER_NOT_LOGGED_IN;
	/* writing renews MACs under the trusted key (a token without PIN opens it by itself) */
	if (token_object && !who->trust_open && !who->no_login)
		return CKR_USER_NOT_LOGGED_IN;
	return CKR_OK;
}

static CK_RV access_write(const struct who *who, const struct object *o)
{
	return access_create(who, o->owner == 0, o->private_);
}

CK_RV access_modify(const struct who *who, const struct object *o)
{
	if (!attrs_bool(&o->attrs, CKA_MODIFIABLE, true))
		return CKR_ACTION_PROHIBITED;
	return access_write(who, o);
}

CK_RV access_destroy(const struct who *who, const struct object *o)
{
	if (!attrs_bool(&o->attrs, CKA_DESTROYABLE, true) && !BROKEN("destroyable"))
		return CKR_ACTION_PROHIBITED;
	return access_write(who, o);
}

CK_RV access_copy(const struct who *who, const struct object *o)
{
	if (!access_see(who, o))
		return CKR_OBJECT_HANDLE_INVALID;
	return attrs_bool(&o->attrs, CKA_COPYABLE, true) ? CKR_OK : CKR_ACTION_PROHIBITED;
}

CK_RV access_reveal(const struct who *who, const struct object *o, CK_ATTRIBUTE_TYPE type)
{
	if (!access_see(who, o))
		return CKR_OBJECT_HANDLE_INVALID;
	if (!rules_secret(o->cls, o->key_type, o->private_, type))
		return attrs_get(&o->attrs, type) == NULL ? CKR_ATTRIBUTE_TYPE_INVALID : CKR_OK;
	if (o->sensitive && !BROKEN("sensitive-reveal"))
		return CKR_ATTRIBUTE_SENSITIVE;
	return CKR_OK;
}

/* Could the caller have the value in plaintext anyway? */
static bool readable(const struct object *o)
{
	return o->owner != 0 && !o->sensitive;
}

bool access_trusted(const struct who *who, const struct object *o)
{
	return who->trust_open && attrs_bool(&o->attrs, CKA_TRUSTED, false);
}

/* A wrapping key whose value nobody outside ever knew: it was made here and never could leave.
 * Anybody can bring a public key, and whoever derives or unwraps may have chosen the value. */
static bool unknowable(const struct object *o)
{
	return o->cls == CKO_SECRET_KEY && attrs_bool(&o->attrs, CKA_LOCAL, false) &&
	       attrs_bool(&o->attrs, CKA_ALWAYS_SENSITIVE, false) &&
	       attrs_bool(&o->attrs, CKA_NEVER_EXTRACTABLE, false);
}

CK_RV access_wrap(const struct config *c, const struct who *who, const struct object *wrapping,
	const struct object *key, bool key_wrap)
{
	bool trusted = access_trusted(who, wrapping);

	if (!attrs_bool(&key->attrs, CKA_EXTRACTABLE, false))
		return CKR_KEY_UNEXTRACTABLE;
	if (attrs_bool(&key->attrs, CKA_WRAP_WITH_TRUSTED, false) && !trusted)
		return CKR_KEY_NOT_WRAPPABLE;
	if (readable(key) || c->loose_wrap)
		return CKR_OK;
	/* RSA is no key wrap, but the SO's word covers it */
	if (!key_wrap && !(wrapping->cls == CKO_PUBLIC_KEY && trusted))
		return CKR_KEY_NOT_WRAPPABLE;
	/* A wrapping key that can leave comes back by C_UnwrapKey as one that decrypts: not even
	 * the SO's word helps. */
	if (wrapping->cls == CKO_SECRET_KEY && attrs_bool(&wrapping->attrs, CKA_EXTRACTABLE, false))
		return CKR_KEY_NOT_WRAPPABLE;
	return trusted || unknowable(wrapping) ? CKR_OK : CKR_KEY_NOT_WRAPPABLE;
}

/* What the caller brought into the session, or made there without asking for secrecy. It need not
 * be readable: applications (NSS) do not ask for CKA_EXTRACTABLE when they bring a key. */
static bool callers_own(const struct object *o)
{
	return o->owner != 0 && !attrs_bool(&o->attrs, CKA_SENSITIVE, true);
}

CK_RV access_unwrap(const struct config *c, const struct object *unwrapping, bool key_wrap)
{
	if (key_wrap || c->loose_wrap || unwrapping->cls != CKO_SECRET_KEY ||
		callers_own(unwrapping) || attrs_bool(&unwrapping->attrs, CKA_DECRYPT, false))
		return CKR_OK;
	return CKR_KEY_FUNCTION_NOT_PERMITTED;
}
