/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls in no order that makes sense, with handles, mechanisms, lengths and templates drawn by a
 * generator whose seed is printed: nothing may crash or answer CKR_GENERAL_ERROR, and the token
 * must work afterwards. An argument is the seed; without one it is fixed. */
#include "p11.h"

#include <stdint.h>
#include <stdlib.h>

#define CALLS    12000u
#define SESSIONS 4u
#define OBJECTS  24u
#define ROOM     512u

static uint64_t state;

static uint32_t draw(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
	return (uint32_t) (state >> 33) % below;
}

struct storm {
	struct world *w;
	CK_SESSION_HANDLE s[SESSIONS];
	CK_OBJECT_HANDLE o[OBJECTS];
	CK_MECHANISM_TYPE mechs[512];
	CK_ULONG mech_count;
	CK_BYTE in[ROOM], out[ROOM], param[ROOM];
	CK_GCM_PARAMS gcm;
	CK_RSA_PKCS_PSS_PARAMS pss;
	CK_RSA_PKCS_OAEP_PARAMS oaep;
	CK_ECDH1_DERIVE_PARAMS ecdh;
	CK_ATTRIBUTE templ[6];
	CK_ULONG numbers[6];
	CK_ULONG ok;
};

static CK_OBJECT_HANDLE some_object(struct storm *t)
{
	return draw(20) == 0 ? draw(UINT32_MAX) : t->o[draw(OBJECTS)];
}

static void keep(struct storm *t, CK_RV rv, CK_OBJECT_HANDLE o)
{
	if (rv == CKR_OK)
		t->o[draw(OBJECTS)] = o;
}

static CK_MECHANISM some_mechanism(struct storm *t)
{
	CK_MECHANISM m = {t->mechs[draw((uint32_t) t->mech_count)], NULL, 0};

	switch (draw(7)) {
	case 0:
		break;
	case 1:
		m.pParameter = t->param;
		m.ulParameterLen = draw(24);
		break;
	case 2:
		m.pParameter = t->param;
		m.ulParameterLen = 16;
		break;
	case 3:
		t->gcm = (CK_GCM_PARAMS){t->param, draw(20), 96, t->param, draw(20), 8 * draw(18)};
		m.pParameter = &t->gcm;
		m.ulParameterLen = sizeof(t->gcm);
		break;
	case 4:
		t->pss = (CK_RSA_PKCS_PSS_PARAMS){CKM_SHA256, CKG_MGF1_SHA256, draw(300)};
		m.pParameter = &t->pss;
		m.ulParameterLen = sizeof(t->pss);
		break;
	case 5:
		t->oaep = (CK_RSA_PKCS_OAEP_PARAMS){
			CKM_SHA256, CKG_MGF1_SHA256, draw(2), draw(2) ? t->param : NULL, draw(20)};
		m.pParameter = &t->oaep;
		m.ulParameterLen = sizeof(t->oaep);
		break;
	default:
		t->ecdh = (CK_ECDH1_DERIVE_PARAMS){
			.kdf = 1 + draw(3), .ulPublicDataLen = draw(70), .pPublicData = t->param};
		m.pParameter = &t->ecdh;
		m.ulParameterLen = sizeof(t->ecdh);
		break;
	}
	return m;
}

static CK_ULONG some_template(struct storm *t)
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_CLASS, CKA_KEY_TYPE, CKA_TOKEN, CKA_PRIVATE,
		CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_VALUE, CKA_VALUE_LEN, CKA_LABEL, CKA_ID,
		CKA_SIGN, CKA_ENCRYPT, CKA_DERIVE, CKA_WRAP, CKA_UNWRAP, CKA_MODULUS_BITS,
		CKA_EC_PARAMS, CKA_EC_POINT, CKA_MODIFIABLE, CKA_ALWAYS_AUTHENTICATE, CKA_TRUSTED,
		CKA_ALLOWED_MECHANISMS, CKA_UNIQUE_ID, CKA_START_DATE};
	static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	CK_ULONG n = draw(ARRAY_LEN(t->templ) + 1);

	for (CK_ULONG i = 0; i < n; i++) {
		t->numbers[i] = draw(3) == 0 ? draw(0x50) : draw(5);
		t->templ[i] = (CK_ATTRIBUTE){types[draw(ARRAY_LEN(types))], &t->numbers[i],
			draw(3) == 0 ? draw(9) : 1 + 7 * draw(2)};
		if (t->templ[i].type == CKA_EC_PARAMS && draw(4) != 0)
			t->templ[i] = (CK_ATTRIBUTE){CKA_EC_PARAMS, p256, sizeof(p256)};
		if (t->templ[i].type == CKA_MODULUS_BITS) /* made in time */
			t->numbers[i] = draw(2048);
	}
	return n;
}

static CK_RV call_init(struct storm *t, CK_SESSION_HANDLE s)
{
	CK_MECHANISM m = some_mechanism(t);
	CK_OBJECT_HANDLE o = some_object(t);

	switch (draw(7)) {
	case 0:
		return p11->C_DigestInit(s, &m);
	case 1:
		return p11->C_SignInit(s, &m, o);
	case 2:
		return p11->C_VerifyInit(s, &m, o);
	case 3:
		return p11->C_EncryptInit(s, &m, o);
	case 4:
		return p11->C_DecryptInit(s, &m, o);
	case 5:
		return p11->C_SignRecoverInit(s, &m, o);
	default:
		return p11->C_VerifyRecoverInit(s, &m, o);
	}
}

static CK_RV call_operation(struct storm *t, CK_SESSION_HANDLE s)
{
	CK_ULONG in = draw(3) == 0 ? draw(ROOM) : 16 * draw(4), len = draw(ROOM);
	CK_BYTE *out = draw(4) == 0 ? NULL : draw(4) == 0 ? t->in : t->out;

	switch (draw(18)) {
	case 0:
		return p11->C_Digest(s, t->in, in, out, &len);
	case 1:
		return p11->C_DigestUpdate(s, t->in, in);
	case 2:
		return p11->C_DigestFinal(s, out, &len);
	case 3:
		return p11->C_DigestKey(s, some_object(t));
	case 4:
		return p11->C_Sign(s, t->in, in, out, &len);
	case 5:
		return p11->C_SignUpdate(s, t->in, in);
	case 6:
		return p11->C_SignFinal(s, out, &len);
	case 7:
		return p11->C_Verify(s, t->in, in, t->out, len);
	case 8:
		return p11->C_VerifyUpdate(s, t->in, in);
	case 9:
		return p11->C_VerifyFinal(s, t->out, len);
	case 10:
		return p11->C_Encrypt(s, t->in, in, out, &len);
	case 11:
		return p11->C_EncryptUpdate(s, t->in, in, out, &len);
	case 12:
		return p11->C_EncryptFinal(s, out, &len);
	case 13:
		return p11->C_Decrypt(s, t->in, in, out, &len);
	case 14:
		return p11->C_DecryptUpdate(s, t->in, in, out, &len);
	case 15:
		return p11->C_DecryptFinal(s, out, &len);
	case 16:
		return draw(2) ? p11->C_SignRecover(s, t->in, in, out, &len)
			       : p11->C_VerifyRecover(s, t->in, in, out, &len);
	default:
		return draw(2) ? p11->C_DigestEncryptUpdate(s, t->in, in, out, &len)
			       : p11->C_DecryptVerifyUpdate(s, t->in, in, out, &len);
	}
}

static CK_RV call_make(struct storm *t, CK_SESSION_HANDLE s)
{
	static const CK_MECHANISM_TYPE making[] = {CKM_AES_KEY_GEN, CKM_GENERIC_SECRET_KEY_GEN,
		CKM_EC_KEY_PAIR_GEN, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EC_MONTGOMERY_KEY_PAIR_GEN};
	CK_MECHANISM m = some_mechanism(t);
	CK_ULONG n = some_template(t), len = draw(ROOM);
	CK_OBJECT_HANDLE a = 0, b = 0;
	CK_RV rv;

	if (draw(2))
		m = (CK_MECHANISM){making[draw(ARRAY_LEN(making))], NULL, 0};
	switch (draw(7)) {
	case 0:
		rv = p11->C_CreateObject(s, t->templ, n, &a);
		break;
	case 1:
		rv = p11->C_CopyObject(s, some_object(t), t->templ, n, &a);
		break;
	case 2:
		rv = p11->C_GenerateKey(s, &m, t->templ, n, &a);
		break;
	case 3:
		rv = p11->C_GenerateKeyPair(
			s, &m, t->templ, n, t->templ, draw((uint32_t) n + 1), &a, &b);
		keep(t, rv, b);
		break;
	case 4:
		return p11->C_WrapKey(s, &m, some_object(t), some_object(t), t->out, &len);
	case 5:
		rv = p11->C_UnwrapKey(s, &m, some_object(t), t->out, len, t->templ, n, &a);
		break;
	default:
		rv = p11->C_DeriveKey(s, &m, some_object(t), t->templ, n, &a);
		break;
	}
	keep(t, rv, a);
	return rv;
}

static CK_RV call_object(struct storm *t, CK_SESSION_HANDLE s)
{
	CK_ULONG n = some_template(t), size;
	CK_OBJECT_HANDLE found[4];

	switch (draw(7)) {
	case 0:
		return p11->C_DestroyObject(s, some_object(t));
	case 1:
		return p11->C_GetObjectSize(s, some_object(t), &size);
	case 2:
		return p11->C_GetAttributeValue(s, some_object(t), t->templ, n);
	case 3:
		return p11->C_SetAttributeValue(s, some_object(t), t->templ, n);
	case 4:
		return p11->C_FindObjectsInit(s, t->templ, n);
	case 5:
		return p11->C_FindObjects(s, found, draw(5), &n);
	default:
		return p11->C_FindObjectsFinal(s);
	}
}

static CK_RV call_session(struct storm *t, CK_SESSION_HANDLE s)
{
	unsigned i = draw(SESSIONS);
	CK_SESSION_INFO info;

	switch (draw(8)) {
	case 0:
		return p11->C_SessionCancel(s, draw(UINT32_MAX));
	case 1:
		return p11->C_GetSessionInfo(s, &info);
	case 2: /* always one stays, or the next login costs a PIN */
		if (i > 0 && p11->C_CloseSession(t->s[i]) == CKR_OK)
			t->s[i] = world_open(t->w, draw(2) ? CKF_RW_SESSION : 0);
		return CKR_OK;
	case 3:
		return p11->C_GenerateRandom(s, t->in, draw(ROOM));
	default:
		return call_operation(t, s);
	}
}

static CK_RV call_any(struct storm *t)
{
	CK_SESSION_HANDLE s = draw(50) == 0 ? draw(UINT32_MAX) : t->s[draw(SESSIONS)];

	switch (draw(10)) {
	case 0:
		return call_make(t, s);
	case 1:
		return call_object(t, s);
	case 2:
		return call_session(t, s);
	case 3:
	case 4:
	case 5:
		return call_init(t, s);
	default:
		return call_operation(t, s);
	}
}

static void storm_begin(struct storm *t)
{
	CK_OBJECT_HANDLE rsa[2];

	for (unsigned i = 0; i < SESSIONS; i++)
		t->s[i] = world_open(t->w, i == 1 ? 0 : CKF_RW_SESSION);
	CHECK_RV(p11_login(t->s[0]), CKR_OK);
	t->mech_count = ARRAY_LEN(t->mechs);
	CHECK_RV(p11->C_GetMechanismList(t->w->slot, t->mechs, &t->mech_count), CKR_OK);
	for (unsigned i = 0; i < 4; i++) {
		CHECK_RV(p11_ec_pair(t->s[0], i & 1, "k", &t->o[4 * i], &t->o[4 * i + 1]), CKR_OK);
		CHECK_RV(p11_aes(t->s[0], i & 1, &t->o[4 * i + 2]), CKR_OK);
	}
	CHECK_RV(p11_rsa_pair(t->s[0], false, &rsa[0], &rsa[1]), CKR_OK);
	t->o[3] = rsa[0];
	t->o[7] = rsa[1];
	for (unsigned i = 0; i < ROOM; i++)
		t->param[i] = (CK_BYTE) draw(256);
}

static void storm_run(uint64_t seed)
{
	WORLD(w);
	struct storm *t = calloc(1, sizeof(*t));
	CK_OBJECT_HANDLE pub, priv;

	REQUIRE(t != NULL);
	REQUIRE_RV(world_token(&w), CKR_OK);
	t->w = &w;
	state = seed;
	storm_begin(t);
	for (unsigned i = 0; i < CALLS; i++) {
		CK_RV rv = call_any(t);

		t->ok += rv == CKR_OK;
		if (rv == CKR_GENERAL_ERROR || rv == CKR_DEVICE_ERROR || rv > CKR_VENDOR_DEFINED) {
			printf("seed %lu, call %u: 0x%lx\n", (unsigned long) seed, i, rv);
			CHECK(rv == CKR_OK);
		}
	}
	CHECK(t->ok > CALLS / 50);
	printf("seed %lu: %lu of %u calls succeeded\n", (unsigned long) seed, t->ok, CALLS);
	(void) p11->C_SessionCancel(t->s[0], ~0UL);
	CHECK_RV(p11_ec_pair(t->s[0], true, "after", &pub, &priv), CKR_OK);
	CHECK_RV(p11_ec_use(t->s[0], pub, priv), CKR_OK);
	free(t);
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;

	p11_alarm(50);
	storm_run(seed);
	printf("%u passed, %u failed, 0 skipped (%u checks)\n", test_failures == 0,
		test_failures != 0, test_checks);
	return test_failures != 0;
}
