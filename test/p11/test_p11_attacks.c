/* SPDX-License-Identifier: BSD-2-Clause */
/* The attacks on the interface that were published since 2003 (Clulow; Delaune, Kremer, Steel;
 * Tookan), each played to its end: what the caller would hold then. Each must fail, and each has a
 * switch in test/negative.txt with which it succeeds. */
#include "p11.h"

#define KEY_LEN 32u

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES, generic = CKK_GENERIC_SECRET;
static CK_ULONG key_len = KEY_LEN;

static CK_SESSION_HANDLE start(struct world *w)
{
	CK_SESSION_HANDLE s;

	CHECK_RV(world_token(w), CKR_OK);
	s = world_rw(w);
	CHECK_RV(p11_login(s), CKR_OK);
	return s;
}

/* A sensitive token key that may leave wrapped: what every attack is after. */
static CK_OBJECT_HANDLE victim(CK_SESSION_HANDLE s)
{
	CK_ATTRIBUTE t[] = {ATTR(CKA_TOKEN, yes), ATTR(CKA_VALUE_LEN, key_len),
		ATTR(CKA_EXTRACTABLE, yes), ATTR(CKA_SENSITIVE, yes), ATTR(CKA_ENCRYPT, yes)};
	CK_OBJECT_HANDLE key = 0;

	CHECK_RV(p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), t, ARRAY_LEN(t), &key), CKR_OK);
	return key;
}

/* A proper wrapping key: made here, and never can leave. */
static CK_OBJECT_HANDLE wrapper(CK_SESSION_HANDLE s)
{
	CK_ATTRIBUTE t[] = {ATTR(CKA_TOKEN, yes), ATTR(CKA_VALUE_LEN, key_len), ATTR(CKA_WRAP, yes),
		ATTR(CKA_UNWRAP, yes), ATTR(CKA_ENCRYPT, no), ATTR(CKA_DECRYPT, no)};
	CK_OBJECT_HANDLE key = 0;

	CHECK_RV(p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), t, ARRAY_LEN(t), &key), CKR_OK);
	return key;
}

struct blob {
	CK_BYTE bytes[512];
	CK_ULONG len;
};

static CK_RV wrap(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE under,
	CK_OBJECT_HANDLE key, struct blob *ret)
{
	ret->len = sizeof(ret->bytes);
	return p11->C_WrapKey(s, m, under, key, ret->bytes, &ret->len);
}

/* Does the caller hold a value in the end? */
static bool readable(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key)
{
	CK_BYTE value[64];
	CK_ATTRIBUTE t = {CKA_VALUE, value, sizeof(value)};

	return p11->C_GetAttributeValue(s, key, &t, 1) == CKR_OK &&
	       t.ulValueLen != CK_UNAVAILABLE_INFORMATION;
}

static CK_RV set_bool(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, CK_ATTRIBUTE_TYPE type, CK_BBOOL v)
{
	CK_ATTRIBUTE t = {type, &v, sizeof(v)};

	return p11->C_SetAttributeValue(s, key, &t, 1);
}

static CK_BBOOL get_bool(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL v = 2;
	CK_ATTRIBUTE t = {type, &v, sizeof(v)};

	CHECK_RV(p11->C_GetAttributeValue(s, key, &t, 1), CKR_OK);
	return v;
}

/* ---- wrap, then decrypt ---- */

/* A key that wraps and decrypts gives every extractable key away. */
static void wrap_then_decrypt(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE key = victim(s), both = 0;
	CK_ATTRIBUTE t[] = {ATTR(CKA_TOKEN, yes), ATTR(CKA_VALUE_LEN, key_len), ATTR(CKA_WRAP, yes),
		ATTR(CKA_DECRYPT, yes), ATTR(CKA_ENCRYPT, no)};
	struct blob blob;
	CK_BYTE plain[64];
	CK_ULONG len = sizeof(plain);
	bool won;

	CHECK_RV(p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), t, ARRAY_LEN(t), &both),
		CKR_TEMPLATE_INCONSISTENT);
	won = both != 0 && wrap(s, MECH(CKM_AES_KEY_WRAP), both, key, &blob) == CKR_OK &&
	      p11->C_DecryptInit(s, MECH(CKM_AES_KEY_WRAP), both) == CKR_OK &&
	      p11->C_Decrypt(s, blob.bytes, blob.len, plain, &len) == CKR_OK && len == KEY_LEN;
	CHECK(!won);
}

/* The same in two steps: the other usage is added when the blob is there. */
static void wrap_then_allow_decrypt(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE key = victim(s), under = wrapper(s), copy = 0;
	CK_ATTRIBUTE allow[] = {ATTR(CKA_DECRYPT, yes)};
	struct blob blob;
	CK_BYTE plain[64];
	CK_ULONG len = sizeof(plain);
	bool won;

	CHECK_RV(wrap(s, MECH(CKM_AES_KEY_WRAP), under, key, &blob), CKR_OK);
	CHECK_RV(set_bool(s, under, CKA_WRAP, CK_FALSE), CKR_OK); /* giving up is free */
	CHECK_RV(set_bool(s, under, CKA_DECRYPT, CK_TRUE), CKR_ATTRIBUTE_READ_ONLY);
	CHECK_RV(set_bool(s, under, CKA_WRAP, CK_TRUE), CKR_ATTRIBUTE_READ_ONLY);
	CHECK_RV(p11->C_CopyObject(s, under, allow, ARRAY_LEN(allow), &copy),
		CKR_ATTRIBUTE_READ_ONLY);
	won = p11->C_DecryptInit(s, MECH(CKM_AES_KEY_WRAP), copy != 0 ? copy : under) == CKR_OK &&
	      p11->C_Decrypt(s, blob.bytes, blob.len, plain, &len) == CKR_OK && len == KEY_LEN;
	CHECK(!won);
}

/* A known value is encrypted, then unwrapped as a key that looks as if nobody knew it. */
static void encrypt_then_unwrap(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE both = 0, mine = 0;
	CK_ATTRIBUTE t[] = {ATTR(CKA_TOKEN, yes), ATTR(CKA_VALUE_LEN, key_len),
		ATTR(CKA_UNWRAP, yes), ATTR(CKA_ENCRYPT, yes), ATTR(CKA_DECRYPT, no)};
	CK_ATTRIBUTE u[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes), ATTR(CKA_TOKEN, yes)};
	CK_BYTE value[KEY_LEN] = {1}, text[64];
	CK_ULONG len = sizeof(text);
	bool won;

	CHECK_RV(p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), t, ARRAY_LEN(t), &both),
		CKR_TEMPLATE_INCONSISTENT);
	won = both != 0 && p11->C_EncryptInit(s, MECH(CKM_AES_KEY_WRAP), both) == CKR_OK &&
	      p11->C_Encrypt(s, value, sizeof(value), text, &len) == CKR_OK &&
	      p11->C_UnwrapKey(
		      s, MECH(CKM_AES_KEY_WRAP), both, text, len, u, ARRAY_LEN(u), &mine) == CKR_OK;
	CHECK(!won);
}

/* ---- unwrap with a weaker template ---- */

static CK_OBJECT_HANDLE unwrap_weak(CK_SESSION_HANDLE s, CK_BBOOL on_token)
{
	CK_OBJECT_HANDLE key = victim(s), under = wrapper(s), copy = 0;
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes),
		ATTR(CKA_TOKEN, on_token), ATTR(CKA_SENSITIVE, no), ATTR(CKA_EXTRACTABLE, yes)};
	struct blob blob;

	CHECK_RV(wrap(s, MECH(CKM_AES_KEY_WRAP), under, key, &blob), CKR_OK);
	CHECK_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP), under, blob.bytes, blob.len, t,
			 ARRAY_LEN(t), &copy),
		CKR_OK);
	CHECK_EQ(get_bool(s, copy, CKA_SENSITIVE), CK_TRUE); /* raised, and said */
	CHECK_EQ(get_bool(s, copy, CKA_ALWAYS_SENSITIVE), CK_FALSE);
	CHECK_EQ(get_bool(s, copy, CKA_NEVER_EXTRACTABLE), CK_FALSE);
	CHECK_EQ(get_bool(s, copy, CKA_LOCAL), CK_FALSE);
	return copy;
}

static void unwrap_as_readable_session_key(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);

	CHECK(!readable(s, unwrap_weak(s, CK_FALSE)));
}

static void unwrap_as_readable_token_key(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);

	CHECK(!readable(s, unwrap_weak(s, CK_TRUE)));
}

/* ---- a readable token key ---- */

static void token_key_as_readable(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_BYTE value[KEY_LEN] = {1};
	CK_ATTRIBUTE made[] = {
		ATTR(CKA_TOKEN, yes), ATTR(CKA_VALUE_LEN, key_len), ATTR(CKA_SENSITIVE, no)};
	CK_ATTRIBUTE brought[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes),
		ATTR(CKA_TOKEN, yes), ATTR(CKA_SENSITIVE, no), ATTR(CKA_VALUE, value)};
	CK_OBJECT_HANDLE key = 0;

	CHECK_RV(p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), made, ARRAY_LEN(made), &key), CKR_OK);
	CHECK_EQ(get_bool(s, key, CKA_SENSITIVE), CK_TRUE);
	CHECK(!readable(s, key));
	CHECK_RV(p11->C_CreateObject(s, brought, ARRAY_LEN(brought), &key), CKR_OK);
	CHECK_EQ(get_bool(s, key, CKA_SENSITIVE), CK_TRUE);
	CHECK(!readable(s, key));
}

/* ---- type confusion ---- */

/* The first byte of the key as a key of its own is searched in 256 steps; DES3 halves likewise. */
static void unwrap_as_another_type(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE key = victim(s), under = wrapper(s), part = 0;
	CK_KEY_TYPE des3 = CKK_DES3;
	CK_ULONG one = 1;
	CK_ATTRIBUTE as_des3[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, des3)};
	CK_ATTRIBUTE short_[] = {
		ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, generic), ATTR(CKA_VALUE_LEN, one)};
	CK_ATTRIBUTE whole[] = {
		ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, generic), ATTR(CKA_SENSITIVE, no)};
	struct blob blob;

	CHECK_RV(wrap(s, MECH(CKM_AES_KEY_WRAP), under, key, &blob), CKR_OK);
	CHECK_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP), under, blob.bytes, blob.len, as_des3,
			 ARRAY_LEN(as_des3), &part),
		CKR_ATTRIBUTE_VALUE_INVALID);
	CHECK_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP), under, blob.bytes, blob.len, short_,
			 ARRAY_LEN(short_), &part),
		CKR_WRAPPED_KEY_INVALID);
	CHECK_EQ(part, 0);
	/* the whole as plain bytes is neither shorter nor readable */
	CHECK_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP), under, blob.bytes, blob.len, whole,
			 ARRAY_LEN(whole), &part),
		CKR_OK);
	CHECK(!readable(s, part));
}

/* ---- copies and changes ---- */

static void copy_as_readable(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE key = victim(s), copy = 0;
	CK_ATTRIBUTE weak[] = {ATTR(CKA_TOKEN, no), ATTR(CKA_SENSITIVE, no)};
	CK_ATTRIBUTE session[] = {ATTR(CKA_TOKEN, no)};

	CHECK_RV(p11->C_CopyObject(s, key, weak, ARRAY_LEN(weak), &copy), CKR_ATTRIBUTE_READ_ONLY);
	CHECK(copy == 0 || !readable(s, copy));
	CHECK_RV(p11->C_CopyObject(s, key, session, ARRAY_LEN(session), &copy), CKR_OK);
	CHECK(!readable(s, copy));
}

static void set_as_readable(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_ATTRIBUTE t[] = {ATTR(CKA_TOKEN, no), ATTR(CKA_VALUE_LEN, key_len)};
	CK_OBJECT_HANDLE key = 0;

	CHECK_RV(p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), t, ARRAY_LEN(t), &key), CKR_OK);
	CHECK_RV(set_bool(s, key, CKA_SENSITIVE, CK_FALSE), CKR_ATTRIBUTE_READ_ONLY);
	CHECK_RV(set_bool(s, key, CKA_EXTRACTABLE, CK_TRUE), CKR_ATTRIBUTE_READ_ONLY);
	CHECK(!readable(s, key));
}

static void read_the_value(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);

	CHECK(!readable(s, victim(s)));
	CHECK(!readable(s, wrapper(s)));
}

static void copy_what_must_not_be(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_BBOOL copyable = CK_FALSE;
	CK_ATTRIBUTE t[] = {ATTR(CKA_TOKEN, yes), ATTR(CKA_VALUE_LEN, key_len),
		{CKA_COPYABLE, &copyable, sizeof(copyable)}};
	CK_OBJECT_HANDLE key = 0, copy = 0;

	CHECK_RV(p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), t, ARRAY_LEN(t), &key), CKR_OK);
	CHECK_RV(set_bool(s, key, CKA_COPYABLE, CK_TRUE), CKR_ATTRIBUTE_READ_ONLY);
	CHECK_RV(p11->C_CopyObject(s, key, NULL, 0, &copy), CKR_ACTION_PROHIBITED);
}

static void destroy_what_must_not_be(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_BBOOL destroyable = CK_FALSE;
	CK_ATTRIBUTE t[] = {ATTR(CKA_TOKEN, yes), ATTR(CKA_VALUE_LEN, key_len),
		{CKA_DESTROYABLE, &destroyable, sizeof(destroyable)}};
	CK_OBJECT_HANDLE key = 0;

	CHECK_RV(p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), t, ARRAY_LEN(t), &key), CKR_OK);
	CHECK_RV(p11->C_DestroyObject(s, key), CKR_ACTION_PROHIBITED);
	CHECK_EQ(p11_count(s, NULL), 1);
}

/* ---- what may wrap ---- */

/* The caller's own key, said to be as good as one made here. */
static void wrap_under_a_known_key(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE key = victim(s), known = 0;
	CK_BYTE value[KEY_LEN] = {1};
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes), ATTR(CKA_TOKEN, yes),
		ATTR(CKA_WRAP, yes), ATTR(CKA_DECRYPT, no), ATTR(CKA_VALUE, value)};
	CK_ATTRIBUTE claims[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes),
		ATTR(CKA_VALUE, value), ATTR(CKA_LOCAL, yes)};
	struct blob blob;

	for (size_t i = 0; i < 3; i++) {
		static const CK_ATTRIBUTE_TYPE origin[] = {
			CKA_LOCAL, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE};

		claims[3].type = origin[i];
		CHECK_RV(p11->C_CreateObject(s, claims, ARRAY_LEN(claims), &known),
			CKR_ATTRIBUTE_READ_ONLY);
	}
	CHECK_RV(p11->C_CreateObject(s, t, ARRAY_LEN(t), &known), CKR_OK);
	CHECK_RV(wrap(s, MECH(CKM_AES_KEY_WRAP), known, key, &blob), CKR_KEY_NOT_WRAPPABLE);
}

/* A key goes out under a proper key and comes back: its value may be known by now. */
static void wrap_under_a_reimported_key(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE key = victim(s), under = wrapper(s), again = 0;
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes), ATTR(CKA_TOKEN, yes),
		ATTR(CKA_WRAP, yes), ATTR(CKA_DECRYPT, no)};
	struct blob blob;

	CHECK_RV(wrap(s, MECH(CKM_AES_KEY_WRAP), under, key, &blob), CKR_OK);
	CHECK_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP), under, blob.bytes, blob.len, t,
			 ARRAY_LEN(t), &again),
		CKR_OK);
	CHECK_RV(wrap(s, MECH(CKM_AES_KEY_WRAP), again, key, &blob), CKR_KEY_NOT_WRAPPABLE);
}

/* A public key that the caller brought, of a pair that he has the other half of. */
static void wrap_under_a_foreign_public_key(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_CLASS cls = CKO_PUBLIC_KEY;
	CK_KEY_TYPE rsa = CKK_RSA;
	CK_BYTE n[256], e[] = {1, 0, 1};
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, cls), ATTR(CKA_KEY_TYPE, rsa), ATTR(CKA_WRAP, yes),
		ATTR(CKA_MODULUS, n), ATTR(CKA_PUBLIC_EXPONENT, e)};
	CK_OBJECT_HANDLE key = victim(s), known = 0;
	struct blob blob;

	memset(n, 0xff, sizeof(n));
	CHECK_RV(p11->C_CreateObject(s, t, ARRAY_LEN(t), &known), CKR_OK);
	CHECK_RV(wrap(s, MECH(CKM_RSA_PKCS), known, key, &blob), CKR_KEY_NOT_WRAPPABLE);
}

static void wrap_what_must_stay(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE under = wrapper(s), stays = 0;
	struct blob blob;

	CHECK_RV(p11_aes(s, true, &stays), CKR_OK);
	CHECK_RV(wrap(s, MECH(CKM_AES_KEY_WRAP), under, stays, &blob), CKR_KEY_UNEXTRACTABLE);
	CHECK_RV(wrap(s, MECH(CKM_AES_KEY_WRAP), under, under, &blob), CKR_KEY_UNEXTRACTABLE);
}

static CK_OBJECT_HANDLE own_key(CK_SESSION_HANDLE s, CK_BYTE value[KEY_LEN])
{
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, generic),
		{CKA_VALUE, value, KEY_LEN}, ATTR(CKA_EXTRACTABLE, yes), ATTR(CKA_SENSITIVE, no)};
	CK_OBJECT_HANDLE key = 0;

	CHECK_RV(p11->C_CreateObject(s, t, ARRAY_LEN(t), &key), CKR_OK);
	return key;
}

/* GCM with a nonce of the caller's: a known key and the victim under the same one differ as their
 * blobs do. */
static void wrap_twice_with_one_nonce(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_BYTE value[KEY_LEN] = {1}, iv[12] = {0};
	CK_OBJECT_HANDLE key = victim(s), under = wrapper(s), own = own_key(s, value);
	CK_GCM_PARAMS params = {.pIv = iv, .ulIvLen = 12, .ulIvBits = 96, .ulTagBits = 128};
	CK_MECHANISM gcm = {CKM_AES_GCM, &params, sizeof(params)};
	struct blob known, wanted;

	CHECK_RV(wrap(s, &gcm, under, own, &known), CKR_OK); /* the caller's own business */
	CHECK_RV(wrap(s, &gcm, under, key, &wanted), CKR_KEY_NOT_WRAPPABLE);
}

static void wrap_without_authentication(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE key = victim(s), under = wrapper(s);
	CK_BYTE iv[16] = {0};
	CK_MECHANISM cbc = {CKM_AES_CBC_PAD, iv, sizeof(iv)};
	struct blob blob;

	CHECK_RV(wrap(s, &cbc, under, key, &blob), CKR_KEY_NOT_WRAPPABLE);
}

/* Vaudenay's oracle: any block of a blob, a vector that is tried, and the answer whether the
 * padding was right; 256 questions a byte. */
static void unwrap_as_padding_oracle(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE key = victim(s), under = wrapper(s), part = 0;
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, generic)};
	CK_BYTE iv[16] = {0};
	CK_MECHANISM cbc = {CKM_AES_CBC_PAD, iv, sizeof(iv)};
	struct blob blob;
	bool won = false;

	CHECK_RV(wrap(s, MECH(CKM_AES_KEY_WRAP), under, key, &blob), CKR_OK);
	for (unsigned guess = 0; guess < 256 && !won; guess++) {
		iv[15] = (CK_BYTE) guess;
		won = p11->C_UnwrapKey(s, &cbc, under, blob.bytes, 16, t, ARRAY_LEN(t), &part) ==
		      CKR_OK;
	}
	CHECK(!won);
	CHECK_RV(p11->C_UnwrapKey(s, &cbc, under, blob.bytes, 16, t, ARRAY_LEN(t), &part),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
}

static void wrap_with_untrusted_what_wants_trusted(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_ATTRIBUTE t[] = {ATTR(CKA_TOKEN, yes), ATTR(CKA_VALUE_LEN, key_len),
		ATTR(CKA_EXTRACTABLE, yes), ATTR(CKA_WRAP_WITH_TRUSTED, yes)};
	CK_OBJECT_HANDLE under = wrapper(s), key = 0;
	struct blob blob;

	CHECK_RV(p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), t, ARRAY_LEN(t), &key), CKR_OK);
	CHECK_RV(wrap(s, MECH(CKM_AES_KEY_WRAP), under, key, &blob), CKR_KEY_NOT_WRAPPABLE);
	CHECK_RV(set_bool(s, key, CKA_WRAP_WITH_TRUSTED, CK_FALSE), CKR_ATTRIBUTE_READ_ONLY);
}

/* Even the SO may be wrong: a wrapping key that can itself be wrapped comes back with CKA_DECRYPT.
 */
static void wrap_under_what_can_leave(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_ATTRIBUTE t[] = {ATTR(CKA_TOKEN, yes), ATTR(CKA_VALUE_LEN, key_len), ATTR(CKA_WRAP, yes),
		ATTR(CKA_DECRYPT, no), ATTR(CKA_EXTRACTABLE, yes), ATTR(CKA_PRIVATE, no)};
	CK_ATTRIBUTE as_decrypting[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes),
		ATTR(CKA_DECRYPT, yes), ATTR(CKA_ENCRYPT, no)};
	CK_OBJECT_HANDLE between = 0, key, under, again = 0;
	struct blob blob, inner;
	CK_BYTE plain[64];
	CK_ULONG len = sizeof(plain);
	bool won;

	CHECK_RV(p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), t, ARRAY_LEN(t), &between), CKR_OK);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	CHECK_RV(p11_login_so(s), CKR_OK);
	CHECK_RV(set_bool(s, between, CKA_TRUSTED, CK_TRUE), CKR_OK);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	CHECK_RV(p11_login(s), CKR_OK);
	key = victim(s);
	under = wrapper(s);
	CHECK_RV(wrap(s, MECH(CKM_AES_KEY_WRAP), between, key, &blob), CKR_KEY_NOT_WRAPPABLE);
	won = wrap(s, MECH(CKM_AES_KEY_WRAP), under, between, &inner) == CKR_OK &&
	      p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP), under, inner.bytes, inner.len,
		      as_decrypting, ARRAY_LEN(as_decrypting), &again) == CKR_OK &&
	      p11->C_DecryptInit(s, MECH(CKM_AES_KEY_WRAP), again) == CKR_OK &&
	      p11->C_Decrypt(s, blob.bytes, blob.len, plain, &len) == CKR_OK && len == KEY_LEN;
	CHECK(!won);
}

static void trust_by_the_user(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_BYTE value[KEY_LEN] = {1};
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes), ATTR(CKA_WRAP, yes),
		ATTR(CKA_DECRYPT, no), ATTR(CKA_VALUE, value), ATTR(CKA_TRUSTED, yes)};
	CK_OBJECT_HANDLE known = 0, own = wrapper(s);

	CHECK_RV(p11->C_CreateObject(s, t, ARRAY_LEN(t), &known), CKR_ATTRIBUTE_READ_ONLY);
	CHECK_RV(set_bool(s, own, CKA_TRUSTED, CK_TRUE), CKR_ATTRIBUTE_READ_ONLY);
	CHECK_EQ(get_bool(s, own, CKA_TRUSTED), CK_FALSE);
}

/* ---- what the rules must not forbid ---- */

/* A caller's own session key does what he asks: he knows it anyway (NSS imports PKCS #12 so). */
static void own_session_key_is_exempt(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_BYTE value[KEY_LEN] = {1}, iv[16] = {0}, plain[64];
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes),
		ATTR(CKA_VALUE, value), ATTR(CKA_ENCRYPT, yes), ATTR(CKA_DECRYPT, yes),
		ATTR(CKA_WRAP, yes), ATTR(CKA_UNWRAP, yes), ATTR(CKA_EXTRACTABLE, yes),
		ATTR(CKA_SENSITIVE, no)};
	CK_ATTRIBUTE u[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes),
		ATTR(CKA_SENSITIVE, no), ATTR(CKA_EXTRACTABLE, yes)};
	CK_MECHANISM cbc = {CKM_AES_CBC_PAD, iv, sizeof(iv)};
	CK_ATTRIBUTE got = {CKA_VALUE, plain, sizeof(plain)};
	CK_OBJECT_HANDLE key = 0, again = 0;
	struct blob blob;

	REQUIRE_RV(p11->C_CreateObject(s, t, ARRAY_LEN(t), &key), CKR_OK);
	REQUIRE_RV(wrap(s, &cbc, key, key, &blob), CKR_OK);
	REQUIRE_RV(p11->C_UnwrapKey(s, &cbc, key, blob.bytes, blob.len, u, ARRAY_LEN(u), &again),
		CKR_OK);
	CHECK_RV(p11->C_GetAttributeValue(s, again, &got, 1), CKR_OK);
	CHECK(got.ulValueLen == KEY_LEN && memcmp(plain, value, KEY_LEN) == 0);
}

static const struct test tests[] = {
	TEST(wrap_then_decrypt),
	TEST(wrap_then_allow_decrypt),
	TEST(encrypt_then_unwrap),
	TEST(unwrap_as_readable_session_key),
	TEST(unwrap_as_readable_token_key),
	TEST(token_key_as_readable),
	TEST(unwrap_as_another_type),
	TEST(copy_as_readable),
	TEST(set_as_readable),
	TEST(read_the_value),
	TEST(copy_what_must_not_be),
	TEST(destroy_what_must_not_be),
	TEST(wrap_under_a_known_key),
	TEST(wrap_under_a_reimported_key),
	TEST(wrap_under_a_foreign_public_key),
	TEST(wrap_what_must_stay),
	TEST(wrap_twice_with_one_nonce),
	TEST(wrap_without_authentication),
	TEST(unwrap_as_padding_oracle),
	TEST(wrap_with_untrusted_what_wants_trusted),
	TEST(wrap_under_what_can_leave),
	TEST(trust_by_the_user),
	TEST(own_session_key_is_exempt),
};

TEST_MAIN(tests)
