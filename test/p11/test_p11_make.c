/* SPDX-License-Identifier: BSD-2-Clause */
/* Making keys from outside: what is wrapped comes back as it was, two sides derive the same, and
 * what is brought in is looked at first. */
#include "p11.h"

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_OBJECT_CLASS secret = CKO_SECRET_KEY, private_key = CKO_PRIVATE_KEY,
		       public_key = CKO_PUBLIC_KEY;
static CK_KEY_TYPE aes = CKK_AES, generic = CKK_GENERIC_SECRET, ec = CKK_EC, rsa = CKK_RSA,
		   edwards = CKK_EC_EDWARDS;
static CK_ULONG len_32 = 32;
static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static CK_BYTE ed25519[] = "\x13\x0c"
			   "edwards25519";
static CK_BYTE x25519[] = "\x13\x0a"
			  "curve25519";

static CK_SESSION_HANDLE start(struct world *w)
{
	CK_SESSION_HANDLE s;

	CHECK_RV(world_token(w), CKR_OK);
	s = world_rw(w);
	CHECK_RV(p11_login(s), CKR_OK);
	return s;
}

static CK_OBJECT_HANDLE wrapper(CK_SESSION_HANDLE s)
{
	CK_ATTRIBUTE t[] = {ATTR(CKA_TOKEN, yes), ATTR(CKA_VALUE_LEN, len_32), ATTR(CKA_WRAP, yes),
		ATTR(CKA_UNWRAP, yes), ATTR(CKA_ENCRYPT, no), ATTR(CKA_DECRYPT, no)};
	CK_OBJECT_HANDLE key = 0;

	CHECK_RV(p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), t, ARRAY_LEN(t), &key), CKR_OK);
	return key;
}

static CK_RV curve_pair(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE m, CK_BYTE *params, CK_ULONG len,
	CK_OBJECT_HANDLE keys[2])
{
	CK_ATTRIBUTE pub[] = {{CKA_EC_PARAMS, params, len}};
	CK_ATTRIBUTE priv[] = {ATTR(CKA_EXTRACTABLE, yes), ATTR(CKA_DERIVE, yes)};

	return p11->C_GenerateKeyPair(s, MECH(m), pub, ARRAY_LEN(pub), priv,
		m == CKM_EC_EDWARDS_KEY_PAIR_GEN ? 1 : 2, &keys[0], &keys[1]);
}

struct value {
	CK_BYTE bytes[512];
	CK_ULONG len;
};

static struct value value_of(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type)
{
	struct value v = {.len = 0};
	CK_ATTRIBUTE t = {type, v.bytes, sizeof(v.bytes)};

	CHECK_RV(p11->C_GetAttributeValue(s, o, &t, 1), CKR_OK);
	v.len = t.ulValueLen;
	return v;
}

static bool same(const struct value *a, const struct value *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* ---- wrapping ---- */

struct blob {
	CK_BYTE bytes[4096];
	CK_ULONG len;
};

/* Length query, one byte too little, then the real thing. */
static CK_RV wrap(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE under,
	CK_OBJECT_HANDLE key, struct blob *ret)
{
	CK_ULONG want = 0;

	P11_TRY(p11->C_WrapKey(s, m, under, key, NULL, &want));
	ret->len = want - 1;
	CHECK_RV(p11->C_WrapKey(s, m, under, key, ret->bytes, &ret->len), CKR_BUFFER_TOO_SMALL);
	CHECK_EQ(ret->len, want);
	ret->len = sizeof(ret->bytes);
	P11_TRY(p11->C_WrapKey(s, m, under, key, ret->bytes, &ret->len));
	CHECK_EQ(ret->len, want);
	return CKR_OK;
}

static void secret_keys_come_back(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE under = wrapper(s);
	CK_MECHANISM mechs[] = {{CKM_AES_KEY_WRAP, NULL, 0}, {CKM_AES_KEY_WRAP_KWP, NULL, 0},
		{CKM_AES_KEY_WRAP_PAD, NULL, 0}};

	for (size_t i = 0; i < ARRAY_LEN(mechs); i++) {
		CK_ATTRIBUTE g[] = {ATTR(CKA_VALUE_LEN, len_32), ATTR(CKA_EXTRACTABLE, yes),
			ATTR(CKA_TOKEN, yes)};
		CK_ATTRIBUTE u[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, generic),
			ATTR(CKA_VALUE_LEN, len_32), ATTR(CKA_EXTRACTABLE, yes)};
		CK_OBJECT_HANDLE key = 0, again = 0;
		struct value one, two;
		struct blob blob;

		CHECK_RV(p11->C_GenerateKey(
				 s, MECH(CKM_GENERIC_SECRET_KEY_GEN), g, ARRAY_LEN(g), &key),
			CKR_OK);
		REQUIRE_RV(wrap(s, &mechs[i], under, key, &blob), CKR_OK);
		CHECK_RV(p11->C_UnwrapKey(s, &mechs[i], under, blob.bytes, blob.len, u,
				 ARRAY_LEN(u), &again),
			CKR_OK);
		one = value_of(s, key, CKA_CHECK_VALUE);
		two = value_of(s, again, CKA_CHECK_VALUE);
		CHECK(same(&one, &two) && one.len == 3);
		blob.bytes[blob.len / 2] ^= 1;
		CHECK_RV(p11->C_UnwrapKey(s, &mechs[i], under, blob.bytes, blob.len, u,
				 ARRAY_LEN(u), &again),
			CKR_WRAPPED_KEY_INVALID);
	}
}

/* Between keys that the caller knows anyway every mechanism will do. */
static void own_keys_use_other_mechanisms(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_BYTE bytes[32] = {1}, iv[16] = {7};
	CK_GCM_PARAMS params = {.pIv = iv, .ulIvLen = 12, .ulIvBits = 96, .ulTagBits = 128};
	CK_MECHANISM mechs[] = {
		{CKM_AES_CBC_PAD, iv, sizeof(iv)}, {CKM_AES_GCM, &params, sizeof(params)}};
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes),
		ATTR(CKA_VALUE, bytes), ATTR(CKA_WRAP, yes), ATTR(CKA_UNWRAP, yes),
		ATTR(CKA_EXTRACTABLE, yes)};
	CK_ATTRIBUTE u[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes),
		ATTR(CKA_SENSITIVE, no), ATTR(CKA_EXTRACTABLE, yes)};
	CK_OBJECT_HANDLE key = 0, again = 0, brought = 0;
	struct value one, two;
	struct blob blob;

	CHECK_RV(p11->C_CreateObject(s, t, ARRAY_LEN(t) - 1, &brought), CKR_OK);
	REQUIRE_RV(p11->C_CreateObject(s, t, ARRAY_LEN(t), &key), CKR_OK);
	for (size_t i = 0; i < ARRAY_LEN(mechs); i++) {
		REQUIRE_RV(wrap(s, &mechs[i], key, key, &blob), CKR_OK);
		/* NSS does not ask for CKA_EXTRACTABLE when it brings a key to unwrap with */
		CHECK_RV(p11->C_UnwrapKey(s, &mechs[i], brought, blob.bytes, blob.len, u,
				 ARRAY_LEN(u), &again),
			CKR_OK);
		REQUIRE_RV(p11->C_UnwrapKey(s, &mechs[i], key, blob.bytes, blob.len, u,
				   ARRAY_LEN(u), &again),
			CKR_OK);
		one = value_of(s, key, CKA_VALUE);
		two = value_of(s, again, CKA_VALUE);
		CHECK(same(&one, &two) && one.len == sizeof(bytes));
		blob.bytes[blob.len - 1] ^= 0x80;
		CHECK_RV(p11->C_UnwrapKey(
				 s, &mechs[i], key, blob.bytes, blob.len, u, ARRAY_LEN(u), &again),
			CKR_WRAPPED_KEY_INVALID);
	}
}

static void private_key_comes_back(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE under,
	CK_MECHANISM_TYPE generator, CK_KEY_TYPE type, struct value params)
{
	CK_ATTRIBUTE u[] = {ATTR(CKA_CLASS, private_key), ATTR(CKA_KEY_TYPE, type)};
	CK_OBJECT_HANDLE keys[2] = {0}, again = 0;
	struct value one, two;
	struct blob blob;

	REQUIRE_RV(curve_pair(s, generator, params.bytes, params.len, keys), CKR_OK);
	CHECK_RV(wrap(s, MECH(CKM_AES_KEY_WRAP_KWP), under, keys[1], &blob), CKR_OK);
	CHECK_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP_KWP), under, blob.bytes, blob.len, u,
			 ARRAY_LEN(u), &again),
		CKR_OK);
	one = value_of(s, keys[0], CKA_PUBLIC_KEY_INFO);
	two = value_of(s, again, CKA_PUBLIC_KEY_INFO);
	CHECK(same(&one, &two) && one.len > 0);
	u[1].pValue = &aes; /* a type that it is not */
	CHECK_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP_KWP), under, blob.bytes, blob.len, u,
			 ARRAY_LEN(u), &again),
		CKR_ATTRIBUTE_VALUE_INVALID);
	u[1].pValue = &rsa;
	CHECK_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP_KWP), under, blob.bytes, blob.len, u,
			 ARRAY_LEN(u), &again),
		CKR_WRAPPED_KEY_INVALID);
}

static struct value bytes_value(const void *ptr, size_t len)
{
	struct value v = {.len = len};

	memcpy(v.bytes, ptr, len);
	return v;
}

static void private_keys_come_back(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE under = wrapper(s);

	private_key_comes_back(
		s, under, CKM_EC_KEY_PAIR_GEN, CKK_EC, bytes_value(p256, sizeof(p256)));
	private_key_comes_back(s, under, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS,
		bytes_value(ed25519, sizeof(ed25519) - 1));
	private_key_comes_back(s, under, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKK_EC_MONTGOMERY,
		bytes_value(x25519, sizeof(x25519) - 1));
}

static void rsa_key_comes_back_and_signs(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE under = wrapper(s), keys[2] = {0}, again = 0;
	CK_ULONG bits = 2048, len = 256;
	CK_ATTRIBUTE pub[] = {ATTR(CKA_MODULUS_BITS, bits)};
	CK_ATTRIBUTE priv[] = {ATTR(CKA_EXTRACTABLE, yes)};
	CK_ATTRIBUTE u[] = {ATTR(CKA_CLASS, private_key), ATTR(CKA_KEY_TYPE, rsa),
		ATTR(CKA_TOKEN, yes), ATTR(CKA_SIGN, yes)};
	CK_BYTE data[] = "abc", signature[256];
	struct blob blob;

	REQUIRE_RV(p11->C_GenerateKeyPair(
			   s, MECH(CKM_RSA_PKCS_KEY_PAIR_GEN), pub, 1, priv, 1, &keys[0], &keys[1]),
		CKR_OK);
	CHECK_RV(wrap(s, MECH(CKM_AES_KEY_WRAP_KWP), under, keys[1], &blob), CKR_OK);
	REQUIRE_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP_KWP), under, blob.bytes, blob.len, u,
			   ARRAY_LEN(u), &again),
		CKR_OK);
	CHECK_RV(p11->C_SignInit(s, MECH(CKM_SHA256_RSA_PKCS), again), CKR_OK);
	CHECK_RV(p11->C_Sign(s, data, 3, signature, &len), CKR_OK);
	CHECK_RV(p11->C_VerifyInit(s, MECH(CKM_SHA256_RSA_PKCS), keys[0]), CKR_OK);
	CHECK_RV(p11->C_Verify(s, data, 3, signature, len), CKR_OK);
}

/* The SO vouches for a public key: then secret keys go out under it. */
static void trusted_public_key_wraps(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE keys[2] = {0}, key = 0, again = 0;
	CK_ULONG bits = 2048;
	CK_ATTRIBUTE pub[] = {
		ATTR(CKA_MODULUS_BITS, bits), ATTR(CKA_WRAP, yes), ATTR(CKA_TOKEN, yes)};
	CK_ATTRIBUTE priv[] = {ATTR(CKA_UNWRAP, yes), ATTR(CKA_DECRYPT, no), ATTR(CKA_TOKEN, yes)};
	CK_ATTRIBUTE g[] = {
		ATTR(CKA_VALUE_LEN, len_32), ATTR(CKA_EXTRACTABLE, yes), ATTR(CKA_TOKEN, yes)};
	CK_ATTRIBUTE u[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes)};
	CK_ATTRIBUTE trusted[] = {ATTR(CKA_TRUSTED, yes)};
	CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 0};
	CK_MECHANISM mechs[] = {{CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep)}, {CKM_RSA_PKCS, NULL, 0}};
	struct value one, two;
	struct blob blob;

	REQUIRE_RV(p11->C_GenerateKeyPair(s, MECH(CKM_RSA_PKCS_KEY_PAIR_GEN), pub, ARRAY_LEN(pub),
			   priv, ARRAY_LEN(priv), &keys[0], &keys[1]),
		CKR_OK);
	CHECK_RV(p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), g, ARRAY_LEN(g), &key), CKR_OK);
	blob.len = sizeof(blob.bytes);
	CHECK_RV(p11->C_WrapKey(s, &mechs[0], keys[0], key, blob.bytes, &blob.len),
		CKR_KEY_NOT_WRAPPABLE);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	CHECK_RV(p11_login_so(s), CKR_OK);
	CHECK_RV(p11->C_SetAttributeValue(s, keys[0], trusted, 1), CKR_OK);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	CHECK_RV(p11_login(s), CKR_OK);
	for (size_t i = 0; i < 2; i++) {
		CK_OBJECT_HANDLE found[4];
		CK_ULONG n = 0;
		CK_ATTRIBUTE find[] = {ATTR(CKA_CLASS, private_key)};
		CK_ATTRIBUTE find_key[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_TOKEN, yes)};

		/* private handles died with the logout */
		CHECK_RV(p11->C_FindObjectsInit(s, find, 1), CKR_OK);
		CHECK_RV(p11->C_FindObjects(s, found, 1, &n), CKR_OK);
		CHECK_RV(p11->C_FindObjectsFinal(s), CKR_OK);
		REQUIRE(n == 1);
		keys[1] = found[0];
		CHECK_RV(p11->C_FindObjectsInit(s, find_key, 2), CKR_OK);
		CHECK_RV(p11->C_FindObjects(s, &key, 1, &n), CKR_OK);
		CHECK_RV(p11->C_FindObjectsFinal(s), CKR_OK);
		REQUIRE_RV(wrap(s, &mechs[i], keys[0], key, &blob), CKR_OK);
		REQUIRE_RV(p11->C_UnwrapKey(s, &mechs[i], keys[1], blob.bytes, blob.len, u,
				   ARRAY_LEN(u), &again),
			CKR_OK);
		one = value_of(s, key, CKA_CHECK_VALUE);
		two = value_of(s, again, CKA_CHECK_VALUE);
		CHECK(same(&one, &two));
	}
}

static void wrapping_refuses_what_makes_no_sense(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE under = wrapper(s), keys[2] = {0}, odd = 0, again = 0;
	CK_ULONG len = 15;
	CK_ATTRIBUTE g[] = {ATTR(CKA_VALUE_LEN, len), ATTR(CKA_EXTRACTABLE, yes)};
	CK_ATTRIBUTE u[] = {ATTR(CKA_CLASS, public_key), ATTR(CKA_KEY_TYPE, ec)};
	struct blob blob = {.len = sizeof(blob.bytes)};

	CHECK_RV(p11->C_GenerateKey(s, MECH(CKM_GENERIC_SECRET_KEY_GEN), g, ARRAY_LEN(g), &odd),
		CKR_OK);
	CHECK_RV(curve_pair(s, CKM_EC_KEY_PAIR_GEN, p256, sizeof(p256), keys), CKR_OK);
	CHECK_RV(p11->C_WrapKey(s, MECH(CKM_AES_KEY_WRAP), under, odd, blob.bytes, &blob.len),
		CKR_KEY_SIZE_RANGE);
	CHECK_RV(p11->C_WrapKey(s, MECH(CKM_AES_KEY_WRAP), under, keys[0], blob.bytes, &blob.len),
		CKR_KEY_NOT_WRAPPABLE);
	CHECK_RV(p11->C_WrapKey(s, MECH(CKM_AES_KEY_WRAP), under, 12345, blob.bytes, &blob.len),
		CKR_KEY_HANDLE_INVALID);
	CHECK_RV(p11->C_WrapKey(s, MECH(CKM_AES_KEY_WRAP), 12345, odd, blob.bytes, &blob.len),
		CKR_WRAPPING_KEY_HANDLE_INVALID);
	CHECK_RV(p11->C_WrapKey(s, MECH(CKM_SHA256), under, odd, blob.bytes, &blob.len),
		CKR_MECHANISM_INVALID);
	CHECK_RV(p11->C_WrapKey(s, MECH(CKM_RSA_PKCS), under, odd, blob.bytes, &blob.len),
		CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
	CHECK_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP), under, blob.bytes, 24, u, 2, &again),
		CKR_TEMPLATE_INCONSISTENT);
	u[0].pValue = &secret;
	u[1].pValue = &aes;
	CHECK_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP), under, blob.bytes, 24, u, 1, &again),
		CKR_TEMPLATE_INCOMPLETE);
	CHECK_RV(p11->C_UnwrapKey(
			 s, MECH(CKM_AES_KEY_WRAP), under, blob.bytes, 24, u + 1, 1, &again),
		CKR_TEMPLATE_INCOMPLETE);
	CHECK_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP), under, blob.bytes, 23, u, 2, &again),
		CKR_WRAPPED_KEY_LEN_RANGE);
	CHECK_RV(p11->C_UnwrapKey(s, MECH(CKM_AES_KEY_WRAP), 12345, blob.bytes, 24, u, 2, &again),
		CKR_UNWRAPPING_KEY_HANDLE_INVALID);
}

/* ---- deriving ---- */

static CK_OBJECT_HANDLE derive(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE base,
	const struct value *point, CK_ULONG len, CK_BBOOL sensitive)
{
	CK_ECDH1_DERIVE_PARAMS params = {CKD_SHA256_KDF, 0, NULL, point->len, NULL};
	CK_MECHANISM m = {CKM_ECDH1_DERIVE, &params, sizeof(params)};
	CK_BBOOL extractable = !sensitive;
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, generic),
		ATTR(CKA_VALUE_LEN, len), ATTR(CKA_SENSITIVE, sensitive),
		ATTR(CKA_EXTRACTABLE, extractable)};
	CK_BYTE copy[512];
	CK_OBJECT_HANDLE key = 0;

	memcpy(copy, point->bytes, point->len);
	params.pPublicData = copy;
	CHECK_RV(p11->C_DeriveKey(s, &m, base, t, ARRAY_LEN(t), &key), CKR_OK);
	return key;
}

static void both_sides_derive_the_same(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	static const CK_MECHANISM_TYPE generators[] = {
		CKM_EC_KEY_PAIR_GEN, CKM_EC_MONTGOMERY_KEY_PAIR_GEN};

	for (size_t i = 0; i < 2; i++) {
		struct value params = i == 0 ? bytes_value(p256, sizeof(p256))
					     : bytes_value(x25519, sizeof(x25519) - 1);
		CK_OBJECT_HANDLE a[2], b[2], hidden;
		struct value point_a, point_b, one, two;
		CK_BYTE room[64];
		CK_ATTRIBUTE get = {CKA_VALUE, room, sizeof(room)};

		REQUIRE_RV(curve_pair(s, generators[i], params.bytes, params.len, a), CKR_OK);
		REQUIRE_RV(curve_pair(s, generators[i], params.bytes, params.len, b), CKR_OK);
		point_a = value_of(s, a[0], CKA_EC_POINT);
		point_b = value_of(s, b[0], CKA_EC_POINT);
		one = value_of(s, derive(s, a[1], &point_b, 48, CK_FALSE), CKA_VALUE);
		two = value_of(s, derive(s, b[1], &point_a, 48, CK_FALSE), CKA_VALUE);
		CHECK(same(&one, &two) && one.len == 48);
		hidden = derive(s, a[1], &point_b, 48, CK_TRUE);
		CHECK_RV(p11->C_GetAttributeValue(s, hidden, &get, 1), CKR_ATTRIBUTE_SENSITIVE);
	}
}

/* ---- bringing keys in ---- */

static CK_RV bring_ec_private(CK_SESSION_HANDLE s, CK_BYTE *point, CK_ULONG len)
{
	CK_BYTE one[32] = {[31] = 1};
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, private_key), ATTR(CKA_KEY_TYPE, ec),
		ATTR(CKA_EC_PARAMS, p256), ATTR(CKA_VALUE, one), {CKA_EC_POINT, point, len}};
	CK_OBJECT_HANDLE o = 0;

	return p11->C_CreateObject(s, t, ARRAY_LEN(t), &o);
}

static void import_of_mismatched_halves(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	CK_OBJECT_HANDLE keys[2];
	struct value other;
	CK_BYTE order_four[32] = {0};
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, public_key), ATTR(CKA_KEY_TYPE, edwards),
		{CKA_EC_PARAMS, ed25519, sizeof(ed25519) - 1}, ATTR(CKA_EC_POINT, order_four)};
	CK_OBJECT_HANDLE o = 0;

	REQUIRE_RV(curve_pair(s, CKM_EC_KEY_PAIR_GEN, p256, sizeof(p256), keys), CKR_OK);
	other = value_of(s, keys[0], CKA_EC_POINT);
	CHECK_RV(bring_ec_private(s, other.bytes, other.len), CKR_ATTRIBUTE_VALUE_INVALID);
	CHECK_RV(p11->C_CreateObject(s, t, ARRAY_LEN(t), &o), CKR_ATTRIBUTE_VALUE_INVALID);
	CHECK_EQ(p11_count(s, NULL), 2);
}

static void what_was_not_said_is_computed(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s = start(&w);
	static const CK_BYTE generator[] = {0x04, 0x41, 0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c,
		0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81,
		0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96};
	CK_BYTE one[1] = {1};
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, private_key), ATTR(CKA_KEY_TYPE, ec),
		ATTR(CKA_EC_PARAMS, p256), ATTR(CKA_VALUE, one)};
	CK_OBJECT_HANDLE o = 0;
	struct value point;

	REQUIRE_RV(p11->C_CreateObject(s, t, ARRAY_LEN(t), &o), CKR_OK);
	point = value_of(s, o, CKA_EC_POINT);
	CHECK(point.len == 67 && memcmp(point.bytes, generator, sizeof(generator)) == 0);
	CHECK(value_of(s, o, CKA_PUBLIC_KEY_INFO).len == 91);
}

static const struct test tests[] = {
	TEST(secret_keys_come_back),
	TEST(own_keys_use_other_mechanisms),
	TEST(private_keys_come_back),
	TEST(rsa_key_comes_back_and_signs),
	TEST(trusted_public_key_wraps),
	TEST(wrapping_refuses_what_makes_no_sense),
	TEST(both_sides_derive_the_same),
	TEST(import_of_mismatched_halves),
	TEST(what_was_not_said_is_computed),
};

TEST_MAIN(tests)
