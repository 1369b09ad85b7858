/* SPDX-License-Identifier: BSD-2-Clause */
/* A host for tests: loads a module and does what its arguments say, in their order, until one
 *fails. host MODULE TOKEN-LABEL step... Steps: init finalize open login wrong-pin logout sign:ID
 *time:ID generate destroy find evp hold fork reload lie. `wrong-pin` succeeds where the PIN is
 *refused. `hold` waits until standard input ends. `fork` goes on in a child and ends with its
 *status. `reload` unloads the module and loads it again. `lie` gives a length that is more than
 *there is. `evp` uses the process's own libcrypto, as a host that is configured for an engine or a
 *provider does. PIN in the environment. Exit status 0, or 1 with the step and the return code on
 *standard error. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "pkcs11.h"

static CK_FUNCTION_LIST *f;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE made[2];
static const char *path, *label;
static void *so;
static int child;

static CK_RV slot_find(CK_SLOT_ID *ret)
{
	CK_SLOT_ID slots[64];
	CK_ULONG n = 64;
	CK_TOKEN_INFO info;
	CK_RV rv = f->C_GetSlotList(CK_TRUE, slots, &n);

	for (CK_ULONG i = 0; rv == CKR_OK && i < n; i++) {
		rv = f->C_GetTokenInfo(slots[i], &info);
		if (rv == CKR_OK && strncmp((const char *) info.label, label, strlen(label)) == 0) {
			*ret = slots[i];
			return CKR_OK;
		}
	}
	return rv == CKR_OK ? CKR_TOKEN_NOT_PRESENT : rv;
}

static CK_RV step_init(const char *arg)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};

	CK_RV rv = f->C_Initialize(&args);

	(void) arg;
	/* the host's own engine or provider was faster */
	return rv == CKR_CRYPTOKI_ALREADY_INITIALIZED ? CKR_OK : rv;
}

static CK_RV step_finalize(const char *arg)
{
	CK_RV rv = f->C_Finalize(NULL);

	(void) arg;
	/* a child has not initialised anything yet, and that is what it must be told */
	return child != 0 && rv == CKR_CRYPTOKI_NOT_INITIALIZED ? CKR_OK : rv;
}

static CK_RV step_open(const char *arg)
{
	CK_SLOT_ID slot;
	CK_RV rv = slot_find(&slot);

	(void) arg;
	if (rv != CKR_OK)
		return rv;
	return f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session);
}

static CK_RV step_login(const char *arg)
{
	char *pin = getenv("PIN");
	CK_RV rv;

	(void) arg;
	if (pin == NULL)
		return CKR_PIN_INVALID;
	rv = f->C_Login(session, CKU_USER, (CK_UTF8CHAR *) pin, strlen(pin));
	return rv == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : rv;
}

static CK_RV step_wrong_pin(const char *arg)
{
	CK_UTF8CHAR pin[] = "not the PIN";
	CK_RV rv = f->C_Login(session, CKU_USER, pin, sizeof(pin) - 1);

	(void) arg;
	fprintf(stderr, "wrong PIN: 0x%lx\n", rv);
	return rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED ? CKR_OK : CKR_GENERAL_ERROR;
}

static CK_RV step_logout(const char *arg)
{
	(void) arg;
	return f->C_Logout(session);
}

static CK_RV object_find(CK_OBJECT_CLASS cls, CK_BYTE id, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE t[] = {{CKA_CLASS, &cls, sizeof(cls)}, {CKA_ID, &id, 1}};
	CK_ULONG n = 0;
	CK_RV rv = f->C_FindObjectsInit(session, t, 2);

	if (rv == CKR_OK)
		rv = f->C_FindObjects(session, ret, 1, &n);
	(void) f->C_FindObjectsFinal(session);
	return rv == CKR_OK && n == 0 ? CKR_OBJECT_HANDLE_INVALID : rv;
}

/* Signs with the private key of this id and verifies with the public one. */
static CK_RV step_sign(const char *arg)
{
	CK_OBJECT_HANDLE key, pub;
	CK_KEY_TYPE type = 0;
	CK_ATTRIBUTE t = {CKA_KEY_TYPE, &type, sizeof(type)};
	CK_MECHANISM m = {0};
	CK_BYTE data[] = "the text", sig[1024], id = (CK_BYTE) strtoul(arg, NULL, 16);
	CK_ULONG len = sizeof(sig);
	CK_RV rv = object_find(CKO_PRIVATE_KEY, id, &key);

	if (rv == CKR_OK)
		rv = object_find(CKO_PUBLIC_KEY, id, &pub);
	if (rv == CKR_OK)
		rv = f->C_GetAttributeValue(session, key, &t, 1);
	m.mechanism = type == CKK_RSA ? CKM_SHA256_RSA_PKCS : CKM_ECDSA_SHA256;
	if (rv == CKR_OK)
		rv = f->C_SignInit(session, &m, key);
	if (rv == CKR_OK)
		rv = f->C_Sign(session, data, sizeof(data), sig, &len);
	if (rv == CKR_OK)
		rv = f->C_VerifyInit(session, &m, pub);
	if (rv == CKR_OK)
		rv = f->C_Verify(session, data, sizeof(data), sig, len);
	return rv;
}

/* A thousand signatures with the EC key of this id; says what one takes. */
static CK_RV step_time(const char *arg)
{
	CK_OBJECT_HANDLE key;
	CK_MECHANISM m = {.mechanism = CKM_ECDSA};
	CK_BYTE digest[32] = {1}, sig[256], id = (CK_BYTE) strtoul(arg, NULL, 16);
	struct timespec a, b;
	CK_RV rv = object_find(CKO_PRIVATE_KEY, id, &key);

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; rv == CKR_OK && i < 1000; i++) {
		CK_ULONG len = sizeof(sig);

		rv = f->C_SignInit(session, &m, key);
		if (rv == CKR_OK)
			rv = f->C_Sign(session, digest, sizeof(digest), sig, &len);
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%ld us per signature\n",
		(b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000);
	return rv;
}

static CK_RV step_generate(const char *arg)
{
	CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}, id = 0x7f;
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE pub[] = {{CKA_EC_PARAMS, p256, sizeof(p256)}, {CKA_TOKEN, &yes, 1},
		{CKA_ID, &id, 1}, {CKA_VERIFY, &yes, 1}};
	CK_ATTRIBUTE priv[] = {{CKA_TOKEN, &yes, 1}, {CKA_PRIVATE, &yes, 1}, {CKA_ID, &id, 1},
		{CKA_SIGN, &yes, 1}};
	CK_MECHANISM m = {.mechanism = CKM_EC_KEY_PAIR_GEN};

	(void) arg;
	return f->C_GenerateKeyPair(session, &m, pub, 4, priv, 4, &made[0], &made[1]);
}

static CK_RV step_destroy(const char *arg)
{
	CK_RV rv = f->C_DestroyObject(session, made[0]);

	(void) arg;
	return rv == CKR_OK ? f->C_DestroyObject(session, made[1]) : rv;
}

static CK_RV step_find(const char *arg)
{
	CK_OBJECT_HANDLE found[16];
	CK_ULONG n = 0;
	CK_RV rv = f->C_FindObjectsInit(session, NULL, 0);

	(void) arg;
	if (rv == CKR_OK)
		rv = f->C_FindObjects(session, found, 16, &n);
	(void) f->C_FindObjectsFinal(session);
	return rv == CKR_OK && n == 0 ? CKR_OBJECT_HANDLE_INVALID : rv;
}

static CK_RV step_evp(const char *arg)
{
	unsigned char data[32], sig[256];
	size_t len = sizeof(sig);
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	(void) arg;
	ok = key != NULL && ctx != NULL && RAND_bytes(data, sizeof(data)) == 1 &&
	     EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
	     EVP_DigestSign(ctx, sig, &len, data, sizeof(data)) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	/* What an engine or a provider makes of the host's own keys is not the module's business:
	 * it only has to come back. */
	fprintf(stderr, "evp: %s\n", ok ? "done" : "refused");
	return CKR_OK;
}

static CK_RV step_hold(const char *arg)
{
	char c;

	(void) arg;
	printf("holding\n");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return CKR_OK;
}

static CK_RV step_fork(const char *arg)
{
	int status = 0;
	pid_t pid = fork();

	(void) arg;
	if (pid == 0) {
		child = 1;
		return CKR_OK;
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return CKR_HOST_MEMORY;
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static bool module_load(void)
{
	CK_RV (*get)(CK_FUNCTION_LIST **);

	so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (so == NULL)
		return fprintf(stderr, "%s\n", dlerror()), false;
	*(void **) &get = dlsym(so, "C_GetFunctionList");
	if (get == NULL || get(&f) != CKR_OK)
		return fprintf(stderr, "no function list\n"), false;
	return true;
}

static CK_RV step_reload(const char *arg)
{
	(void) arg;
	return dlclose(so) == 0 && module_load() ? CKR_OK : CKR_GENERAL_ERROR;
}

static CK_RV step_lie(const char *arg)
{
	CK_ATTRIBUTE t = {CKA_LABEL, strdup("four"), 64};

	(void) arg;
	(void) f->C_FindObjectsInit(session, &t, 1);
	(void) f->C_FindObjectsFinal(session);
	free(t.pValue);
	return CKR_OK;
}

static const struct {
	const char *name;
	CK_RV (*run)(const char *arg);
} steps[] = {
	{"init", step_init},
	{"finalize", step_finalize},
	{"open", step_open},
	{"login", step_login},
	{"wrong-pin", step_wrong_pin},
	{"logout", step_logout},
	{"sign:", step_sign},
	{"time:", step_time},
	{"generate", step_generate},
	{"destroy", step_destroy},
	{"find", step_find},
	{"evp", step_evp},
	{"hold", step_hold},
	{"fork", step_fork},
	{"reload", step_reload},
	{"lie", step_lie},
};

static CK_RV step_run(const char *text)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		size_t len = strlen(steps[i].name);

		if (strncmp(text, steps[i].name, len) == 0 &&
			(steps[i].name[len - 1] == ':' || text[len] == '\0'))
			return steps[i].run(text + len);
	}
	return CKR_FUNCTION_NOT_SUPPORTED;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	path = argv[1];
	if (!module_load())
		return 1;
	label = argv[2];
	for (int i = 3; i < argc; i++) {
		CK_RV rv = step_run(argv[i]);

		if (rv != CKR_OK)
			return fprintf(stderr, "%s: 0x%lx\n", argv[i], rv), 1;
	}
	printf("done\n");
	return 0;
}
