/* SPDX-License-Identifier: BSD-2-Clause */
/* Failure points of the C functions, all floors below them included: after a failure the module
 * still works. Changes of the token are fault_token's. The token needs no PIN. */
#include "nth.h"

#include "config.h"
#include "login.h"
#include "ossl.h"
#include "pkcs11.h"
#include "tmpdir.h"

#include <string.h>

struct scene {
	struct tmpdir dir;
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE pub, priv, aes, data, made[2];
	CK_ULONG before; /* objects */
};

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static CK_OBJECT_CLASS data_class = CKO_DATA, secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET, aes_type = CKK_AES;
static CK_ULONG key_len = 32;
static CK_ATTRIBUTE data_t[] = {{CKA_CLASS, &data_class, sizeof(data_class)}, {CKA_TOKEN, &yes, 1},
	{CKA_PRIVATE, &yes, 1}, {CKA_VALUE, p256, sizeof(p256)}};
static CK_ATTRIBUTE pub_t[] = {{CKA_TOKEN, &yes, 1}, {CKA_EC_PARAMS, p256, sizeof(p256)}};
static CK_ATTRIBUTE priv_t[] = {
	{CKA_TOKEN, &yes, 1}, {CKA_PRIVATE, &yes, 1}, {CKA_SIGN, &yes, 1}, {CKA_DERIVE, &yes, 1}};
static CK_ATTRIBUTE aes_t[] = {{CKA_VALUE_LEN, &key_len, sizeof(key_len)}, {CKA_WRAP, &yes, 1},
	{CKA_UNWRAP, &yes, 1}, {CKA_SENSITIVE, &yes, 1}, {CKA_EXTRACTABLE, &no, 1}};
static CK_ATTRIBUTE plain_t[] = {{CKA_VALUE_LEN, &key_len, sizeof(key_len)},
	{CKA_EXTRACTABLE, &yes, 1}, {CKA_ENCRYPT, &yes, 1}};
static CK_ATTRIBUTE derived_t[] = {{CKA_CLASS, &secret_class, sizeof(secret_class)},
	{CKA_KEY_TYPE, &generic, sizeof(generic)}};
static CK_ATTRIBUTE unwrapped_t[] = {{CKA_CLASS, &secret_class, sizeof(secret_class)},
	{CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}};

#define MECH(type)     (&(CK_MECHANISM){(type), NULL, 0})
#define TEMPLATE(list) (list), ARRAY_LEN(list)

static CK_ULONG count(CK_SESSION_HANDLE s)
{
	CK_OBJECT_HANDLE found[32];
	CK_ULONG n = 0;

	if (C_FindObjectsInit(s, NULL, 0) != CKR_OK ||
		C_FindObjects(s, found, ARRAY_LEN(found), &n) != CKR_OK ||
		C_FindObjectsFinal(s) != CKR_OK)
		return (CK_ULONG) -1;
	return n;
}

static bool sign(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key)
{
	CK_BYTE hash[32] = {1}, signature[64];
	CK_ULONG len = sizeof(signature);
	CK_RV rv = C_SignInit(s, MECH(CKM_ECDSA), key);

	if (rv == CKR_OK)
		rv = C_Sign(s, hash, sizeof(hash), signature, &len);
	(void) C_SessionCancel(s, CKF_SIGN);
	return rv == CKR_OK;
}

static bool open_session(struct scene *s)
{
	return C_OpenSession(s->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s->s) ==
	       CKR_OK;
}

static void need(bool ok)
{
	if (!ok)
		abort();
}

/* An empty token, the module not initialised. */
static void *bare_setup(void)
{
	static char source[] = "fake", policy[] = "none", tcti[] = "";
	const struct config c = {.source = source, .policy = policy, .tcti = tcti};
	struct scene *s = calloc(1, sizeof(*s));
	struct login_new_token new = {.label = bytes_str("t")};
	char conf[96];

	need(s != NULL);
	s->dir = tmpdir_new();
	snprintf(conf, sizeof(conf), "%s/conf", s->dir.path);
	file_write(conf, "source = fake\npolicy = none\n");
	setenv("BULLA_CONF", conf, 1);
	setenv("BULLA_STORE", s->dir.path, 1);
	new.dir = s->dir.path;
	need(login_create_token(&c, &new, &s->slot) == CKR_OK);
	ossl_done();
	return s;
}

static void *empty_setup(void)
{
	struct scene *s = bare_setup();

	need(C_Initialize(NULL) == CKR_OK && open_session(s));
	return s;
}

/* With keys on it. */
static void *setup(void)
{
	struct scene *s = empty_setup();

	need(C_GenerateKeyPair(s->s, MECH(CKM_EC_KEY_PAIR_GEN), TEMPLATE(pub_t), TEMPLATE(priv_t),
		     &s->pub, &s->priv) == CKR_OK);
	need(C_GenerateKey(s->s, MECH(CKM_AES_KEY_GEN), TEMPLATE(aes_t), &s->aes) == CKR_OK);
	need(C_CreateObject(s->s, TEMPLATE(data_t), &s->data) == CKR_OK);
	s->before = count(s->s);
	need(s->before == 4);
	return s;
}

static void done(void *arg)
{
	struct scene *s = arg;

	(void) C_Finalize(NULL);
	tmpdir_done(&s->dir);
	free(s);
}

/* ---- what is done ---- */

static bool initialize_run(void *arg)
{
	struct scene *s = arg;
	CK_ULONG n;

	return C_Initialize(NULL) == CKR_OK && C_GetSlotList(CK_TRUE, NULL, &n) == CKR_OK &&
	       open_session(s) && C_CloseSession(s->s) == CKR_OK && C_Finalize(NULL) == CKR_OK;
}

static bool initialize_check(void *arg, bool ok)
{
	CK_RV rv = C_Finalize(NULL);

	return (rv == CKR_CRYPTOKI_NOT_INITIALIZED || (rv == CKR_OK && !ok)) && initialize_run(arg);
}

static bool sign_run(void *arg)
{
	struct scene *s = arg;

	return sign(s->s, s->priv);
}

static bool find_run(void *arg)
{
	struct scene *s = arg;
	CK_BYTE value[64];
	CK_ATTRIBUTE t = {CKA_VALUE, value, sizeof(value)};

	return count(s->s) == 4 && C_GetAttributeValue(s->s, s->data, &t, 1) == CKR_OK;
}

static bool wrap_run(void *arg)
{
	struct scene *s = arg;
	CK_BYTE blob[64];
	CK_ULONG len = sizeof(blob);
	CK_MECHANISM *kw = MECH(CKM_AES_KEY_WRAP);
	CK_RV rv = C_GenerateKey(s->s, MECH(CKM_AES_KEY_GEN), TEMPLATE(plain_t), &s->made[0]);

	if (rv == CKR_OK)
		rv = C_WrapKey(s->s, kw, s->aes, s->made[0], blob, &len);
	if (rv == CKR_OK)
		rv = C_UnwrapKey(s->s, kw, s->aes, blob, len, TEMPLATE(unwrapped_t), &s->made[1]);
	return rv == CKR_OK;
}

static bool derive_run(void *arg)
{
	struct scene *s = arg;
	CK_BYTE point[80];
	CK_ATTRIBUTE t = {CKA_EC_POINT, point, sizeof(point)};
	CK_ECDH1_DERIVE_PARAMS params = {.kdf = CKD_NULL, .pPublicData = point};
	CK_MECHANISM mech = {CKM_ECDH1_DERIVE, &params, sizeof(params)};
	CK_RV rv = C_GetAttributeValue(s->s, s->pub, &t, 1);

	params.ulPublicDataLen = t.ulValueLen;
	if (rv == CKR_OK)
		rv = C_DeriveKey(s->s, &mech, s->priv, TEMPLATE(derived_t), &s->made[0]);
	return rv == CKR_OK;
}

/* ---- what must hold afterwards ---- */

static bool alive(void *arg, bool ok)
{
	struct scene *s = arg;

	(void) ok;
	(void) C_SessionCancel(s->s, ~0UL);
	for (int i = 0; i < 2; i++) /* session objects */
		if (s->made[i] != CK_INVALID_HANDLE && C_DestroyObject(s->s, s->made[i]) != CKR_OK)
			return false;
	return count(s->s) == s->before && sign(s->s, s->priv);
}

static const struct fault_case cases[] = {
	{"initialize", bare_setup, initialize_run, initialize_check, done},
	{"sign", setup, sign_run, alive, done},
	{"find", setup, find_run, alive, done},
	{"wrap", setup, wrap_run, alive, done},
	{"derive", setup, derive_run, alive, done},
};
FAULT_MAIN("module", cases)
