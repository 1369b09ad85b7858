/* SPDX-License-Identifier: BSD-2-Clause */
/* compare MODULE PIN-OF-SO PIN: makes a token in the module's first slot and a P-256 key on it, and
 * prints how many ECDSA signatures it makes in a second. For any PKCS #11 module: OP-TEE's, which
 * signs in the TEE, and Bulla's. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pkcs11.h"

#define SECONDS 5.0

#define MUST(call)                                                           \
	do {                                                                 \
		CK_RV must_ = (call);                                        \
		if (must_ != CKR_OK) {                                       \
			printf("%s: 0x%lx\n", #call, (unsigned long) must_); \
			exit(1);                                             \
		}                                                            \
	} while (0)

static CK_FUNCTION_LIST *p11;

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void load(const char *path)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get;

	if (handle == NULL) {
		printf("%s\n", dlerror());
		exit(1);
	}
	*(void **) &get = dlsym(handle, "C_GetFunctionList");
	MUST(get(&p11));
	MUST(p11->C_Initialize(NULL));
}

static CK_SESSION_HANDLE token_new(char *so, char *pin)
{
	CK_UTF8CHAR label[33] = "compared                        ";
	CK_SLOT_ID slots[8];
	CK_ULONG n = 8;
	CK_SESSION_HANDLE s;

	MUST(p11->C_GetSlotList(CK_TRUE, slots, &n));
	MUST(p11->C_InitToken(slots[0], (CK_UTF8CHAR *) so, strlen(so), label));
	MUST(p11->C_OpenSession(slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s));
	MUST(p11->C_Login(s, CKU_SO, (CK_UTF8CHAR *) so, strlen(so)));
	MUST(p11->C_InitPIN(s, (CK_UTF8CHAR *) pin, strlen(pin)));
	MUST(p11->C_Logout(s));
	MUST(p11->C_Login(s, CKU_USER, (CK_UTF8CHAR *) pin, strlen(pin)));
	return s;
}

static CK_OBJECT_HANDLE key_new(CK_SESSION_HANDLE s)
{
	CK_BBOOL yes = CK_TRUE;
	CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	CK_ATTRIBUTE public_key[] = {{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_EC_PARAMS, p256, sizeof(p256)}, {CKA_VERIFY, &yes, sizeof(yes)}};
	CK_ATTRIBUTE private_key[] = {{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_PRIVATE, &yes, sizeof(yes)}, {CKA_SENSITIVE, &yes, sizeof(yes)},
		{CKA_SIGN, &yes, sizeof(yes)}};
	CK_MECHANISM mech = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	CK_OBJECT_HANDLE pub, priv;

	MUST(p11->C_GenerateKeyPair(s, &mech, public_key, 3, private_key, 4, &pub, &priv));
	return priv;
}

int main(int argc, char **argv)
{
	CK_MECHANISM mech = {CKM_ECDSA, NULL, 0};
	CK_BYTE hash[32] = {1}, signature[64];
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE key;
	unsigned long done = 0;
	double start, end;

	if (argc != 4)
		return 2;
	load(argv[1]);
	s = token_new(argv[2], argv[3]);
	key = key_new(s);
	for (start = end = now_s(); done < 5 || end - start < SECONDS; end = now_s()) {
		CK_ULONG len = sizeof(signature);

		MUST(p11->C_SignInit(s, &mech, key));
		MUST(p11->C_Sign(s, hash, sizeof(hash), signature, &len));
		/* the first one may open the key */
		if (done++ == 0)
			start = now_s();
	}
	printf("%.2f\n", (double) (done - 1) / (end - start));
	MUST(p11->C_Finalize(NULL));
	return 0;
}
