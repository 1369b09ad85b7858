/* SPDX-License-Identifier: BSD-2-Clause */
/* The module's side of the measurements, through its C functions. */
#include "bench.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

CK_FUNCTION_LIST_3_0 *p11;

#define UTF8(s) ((CK_UTF8CHAR *) (s))

void p11_load(void)
{
	const char *path = getenv("BULLA_MODULE");
	void *handle = path == NULL ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CK_C_GetInterface get;
	CK_INTERFACE *i = NULL;

	MUST(handle != NULL);
	*(void **) &get = dlsym(handle, "C_GetInterface");
	MUST(get != NULL && get(UTF8("PKCS 11"), NULL, &i, 0) == CKR_OK);
	p11 = i->pFunctionList;
}

CK_SLOT_ID p11_first_slot(void)
{
	CK_SLOT_ID slots[8];
	CK_ULONG count = 8;

	MUST(p11->C_GetSlotList(CK_TRUE, slots, &count) == CKR_OK && count > 0);
	return slots[0];
}

CK_SESSION_HANDLE p11_session(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE s = 0;

	MUST(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s) ==
		CKR_OK);
	return s;
}

void p11_login(CK_SESSION_HANDLE s)
{
	MUST(p11->C_Login(s, CKU_USER, UTF8(USER_PIN), strlen(USER_PIN)) == CKR_OK);
}

CK_SLOT_ID p11_make_token(void)
{
	CK_UTF8CHAR label[33] = "bench                           ";
	CK_SLOT_ID slot = p11_first_slot();
	CK_SESSION_HANDLE s;

	MUST(p11->C_InitToken(slot, UTF8(SO_PIN), strlen(SO_PIN), label) == CKR_OK);
	s = p11_session(slot);
	MUST(p11->C_Login(s, CKU_SO, UTF8(SO_PIN), strlen(SO_PIN)) == CKR_OK);
	MUST(p11->C_InitPIN(s, UTF8(USER_PIN), strlen(USER_PIN)) == CKR_OK);
	MUST(p11->C_CloseSession(s) == CKR_OK);
	return slot;
}

/* ---- objects ---- */

static CK_BBOOL yes = CK_TRUE;

CK_OBJECT_HANDLE p11_make_rsa(CK_SESSION_HANDLE s)
{
	CK_MECHANISM mech = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	CK_BYTE exponent[3] = {1, 0, 1};
	CK_ULONG bits = 2048;
	CK_ATTRIBUTE public_[] = {{CKA_TOKEN, &yes, 1}, {CKA_VERIFY, &yes, 1},
		{CKA_MODULUS_BITS, &bits, sizeof(bits)}, {CKA_PUBLIC_EXPONENT, exponent, 3}};
	CK_ATTRIBUTE private_[] = {
		{CKA_TOKEN, &yes, 1}, {CKA_PRIVATE, &yes, 1}, {CKA_SIGN, &yes, 1}};
	CK_OBJECT_HANDLE keys[2] = {0, 0};

	MUST(p11->C_GenerateKeyPair(s, &mech, public_, 4, private_, 3, &keys[0], &keys[1]) ==
		CKR_OK);
	return keys[1];
}

CK_OBJECT_HANDLE p11_make_ec(CK_SESSION_HANDLE s, const char *label)
{
	CK_MECHANISM mech = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	CK_ATTRIBUTE public_[] = {
		{CKA_TOKEN, &yes, 1}, {CKA_VERIFY, &yes, 1}, {CKA_EC_PARAMS, p256, sizeof(p256)}};
	CK_ATTRIBUTE private_[] = {{CKA_TOKEN, &yes, 1}, {CKA_PRIVATE, &yes, 1},
		{CKA_SIGN, &yes, 1}, {CKA_LABEL, UTF8(label), strlen(label)}};
	CK_OBJECT_HANDLE keys[2] = {0, 0};

	MUST(p11->C_GenerateKeyPair(s, &mech, public_, 3, private_, 4, &keys[0], &keys[1]) ==
		CKR_OK);
	return keys[1];
}

CK_OBJECT_HANDLE p11_make_secret(CK_SESSION_HANDLE s, CK_KEY_TYPE type)
{
	CK_MECHANISM mech = {
		type == CKK_AES ? CKM_AES_KEY_GEN : CKM_GENERIC_SECRET_KEY_GEN, NULL, 0};
	CK_ULONG len = 32;
	CK_ATTRIBUTE templ[] = {{CKA_TOKEN, &yes, 1}, {CKA_PRIVATE, &yes, 1}, {CKA_SIGN, &yes, 1},
		{CKA_ENCRYPT, &yes, 1}, {CKA_KEY_TYPE, &type, sizeof(type)},
		{CKA_VALUE_LEN, &len, sizeof(len)}};
	CK_OBJECT_HANDLE key = 0;

	MUST(p11->C_GenerateKey(s, &mech, templ, 6, &key) == CKR_OK);
	return key;
}

static CK_ATTRIBUTE number_attr(CK_ATTRIBUTE_TYPE type, char *text, unsigned i)
{
	snprintf(text, 24, "object %u", i);
	return (CK_ATTRIBUTE){type, text, strlen(text)};
}

/* Certificates are what a token has many of, and have both label and id. */
void p11_make_data(CK_SESSION_HANDLE s, unsigned i)
{
	CK_OBJECT_CLASS cls = CKO_PUBLIC_KEY;
	CK_KEY_TYPE type = CKK_RSA;
	CK_BYTE modulus[256], exponent[3] = {1, 0, 1};
	char label[24], id[24];
	CK_OBJECT_HANDLE h = 0;
	CK_ATTRIBUTE templ[] = {{CKA_CLASS, &cls, sizeof(cls)}, {CKA_KEY_TYPE, &type, sizeof(type)},
		{CKA_TOKEN, &yes, 1}, {CKA_MODULUS, modulus, sizeof(modulus)},
		{CKA_PUBLIC_EXPONENT, exponent, 3}, number_attr(CKA_LABEL, label, i),
		number_attr(CKA_ID, id, i)};

	memset(modulus, 0xa5, sizeof(modulus));
	MUST(p11->C_CreateObject(s, templ, 7, &h) == CKR_OK);
}

/* ---- work ---- */

void use_sign(void *arg, unsigned times)
{
	const struct use *u = arg;
	CK_MECHANISM mech = {u->mech, NULL, 0};
	for (unsigned i = 0; i < times; i++) {
		CK_ULONG len = ROOM_MORE;

		MUST(p11->C_SignInit(u->session, &mech, u->key) == CKR_OK &&
			p11->C_Sign(u->session, u->room.in, u->len, u->room.out, &len) == CKR_OK);
	}
}

void use_encrypt(void *arg, unsigned times)
{
	const struct use *u = arg;
	CK_BYTE iv[12] = {0};
	CK_GCM_PARAMS params = {.pIv = iv, .ulIvLen = sizeof(iv), .ulIvBits = 96, .ulTagBits = 128};
	CK_MECHANISM mech = {u->mech, &params, sizeof(params)};

	for (unsigned i = 0; i < times; i++) {
		CK_ULONG len = u->len + ROOM_MORE;

		memcpy(iv, &i, sizeof(i));
		MUST(p11->C_EncryptInit(u->session, &mech, u->key) == CKR_OK &&
			p11->C_Encrypt(u->session, u->room.in, u->len, u->room.out, &len) ==
				CKR_OK);
	}
}

void find_one(void *arg, unsigned times)
{
	struct find *f = arg;

	for (unsigned i = 0; i < times; i++) {
		char text[24];
		CK_ATTRIBUTE wanted;
		CK_OBJECT_HANDLE found[2];
		CK_ULONG count = 0;

		f->next = (f->next + 7919) % f->count;
		wanted = number_attr(f->by_id ? CKA_ID : CKA_LABEL, text, f->next);
		MUST(p11->C_FindObjectsInit(f->session, &wanted, 1) == CKR_OK &&
			p11->C_FindObjects(f->session, found, 2, &count) == CKR_OK && count == 1 &&
			p11->C_FindObjectsFinal(f->session) == CKR_OK);
	}
}

void open_and_close(void *arg, unsigned times)
{
	CK_SLOT_ID slot = *(CK_SLOT_ID *) arg;

	for (unsigned i = 0; i < times; i++) {
		CK_SESSION_HANDLE s;

		MUST(p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s) == CKR_OK &&
			p11->C_CloseSession(s) == CKR_OK);
	}
}

void initialise_list(void *arg, unsigned times)
{
	CK_SLOT_ID slots[8];

	(void) arg;
	for (unsigned i = 0; i < times; i++) {
		CK_ULONG count = 8;

		MUST(p11->C_Initialize(NULL) == CKR_OK &&
			p11->C_GetSlotList(CK_FALSE, slots, &count) == CKR_OK &&
			p11->C_Finalize(NULL) == CKR_OK);
	}
}
