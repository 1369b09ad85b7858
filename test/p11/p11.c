/* SPDX-License-Identifier: BSD-2-Clause */
#include "p11.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

CK_FUNCTION_LIST_3_0 *p11;
void *p11_handle;

static void load(void)
{
	const char *path = getenv("BULLA_MODULE");
	CK_C_GetInterface get;
	CK_INTERFACE *i;

	if (p11 != NULL)
		return;
	p11_handle = path == NULL ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (p11_handle == NULL) {
		printf("cannot load BULLA_MODULE: %s\n", path == NULL ? "not set" : dlerror());
		exit(1);
	}
	*(void **) &get = dlsym(p11_handle, "C_GetInterface");
	if (get == NULL || get(UTF8("PKCS 11"), &(CK_VERSION){3, 0}, &i, 0) != CKR_OK)
		exit(1);
	p11 = i->pFunctionList;
}

static void path_of(const struct world *w, const char *name, char *ret, size_t len)
{
	snprintf(ret, len, "%s/%s", w->dir.path, name);
}

void world_script(const struct world *w, const char *text)
{
	char path[128];

	path_of(w, "fake", path, sizeof(path));
	file_write(path, text);
}

const char *p11_source(void)
{
	const char *source = getenv("BULLA_TEST_SOURCE");

	return source == NULL ? "fake" : source;
}

void world_away(const struct world *w, bool away)
{
	char path[128];

	if (strcmp(p11_source(), "tee") != 0) {
		world_script(w, away ? "fail-open=E_UNAVAILABLE" : "");
		return;
	}
	path_of(w, "tee/script", path, sizeof(path));
	file_write(path, away ? "fail TEEC_OpenSession ffff0008 3 0\n" : "");
}

unsigned long world_asked(const struct world *w)
{
	bool tee = strcmp(p11_source(), "tee") == 0;
	unsigned long n = 0;
	char path[128];
	FILE *f;
	int got;

	path_of(w, tee ? "tee/turn" : "fake.count", path, sizeof(path));
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	/* sessions, of "pid contexts sessions commands"; or opens, of "failed when seals opens
	 * describes" */
	got = tee ? fscanf(f, "%*d %*u %lu", &n) : fscanf(f, "%*u %*u %*u %lu", &n);
	fclose(f);
	return got == 1 ? n : 0;
}

struct world world_bare(void)
{
	struct world w = {.dir = tmpdir_new()};
	char path[128], text[64];

	path_of(&w, "conf", path, sizeof(path));
	snprintf(text, sizeof(text), "source = %s\npolicy = pin\n", p11_source());
	file_write(path, text);
	setenv("BULLA_CONF", path, 1);
	path_of(&w, "store", path, sizeof(path));
	setenv("BULLA_STORE", path, 1);
	world_script(&w, "");
	path_of(&w, "fake", path, sizeof(path));
	setenv("BULLA_FAKE", path, 1);
	path_of(&w, "tee", path, sizeof(path));
	if (mkdir(path, 0777) != 0)
		exit(1);
	setenv("BULLA_FAKE_TEE", path, 1);
	load();
	return w;
}

void world_done(struct world *w)
{
	(void) p11->C_Finalize(NULL);
	tmpdir_done(&w->dir);
}

CK_RV world_token(struct world *w)
{
	CK_UTF8CHAR label[33] = "test token                      ";
	CK_SESSION_HANDLE s;
	CK_ULONG n = 0;

	P11_TRY(p11->C_GetSlotList(CK_TRUE, NULL, &n));
	n = 1;
	P11_TRY(p11->C_GetSlotList(CK_TRUE, &w->slot, &n));
	P11_TRY(p11->C_InitToken(w->slot, UTF8(SO_PIN), strlen(SO_PIN), label));
	P11_TRY(p11->C_OpenSession(w->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s));
	P11_TRY(p11_login_so(s));
	P11_TRY(p11->C_InitPIN(s, UTF8(USER_PIN), strlen(USER_PIN)));
	return p11->C_CloseSession(s);
}

CK_RV p11_login(CK_SESSION_HANDLE s)
{
	return p11->C_Login(s, CKU_USER, UTF8(USER_PIN), strlen(USER_PIN));
}

CK_RV p11_login_so(CK_SESSION_HANDLE s)
{
	return p11->C_Login(s, CKU_SO, UTF8(SO_PIN), strlen(SO_PIN));
}

CK_STATE p11_state(CK_SESSION_HANDLE s)
{
	CK_SESSION_INFO info = {.state = (CK_STATE) -1};

	return p11->C_GetSessionInfo(s, &info) == CKR_OK ? info.state : (CK_STATE) -1;
}

static CK_BBOOL yes = CK_TRUE;

#define ATTR_TEXT(t, s)                      \
	{                                    \
		(t), (void *) (s), strlen(s) \
	}

CK_RV p11_ec_pair(CK_SESSION_HANDLE s, bool token, const char *label, CK_OBJECT_HANDLE *public_key,
	CK_OBJECT_HANDLE *private_key)
{
	CK_BBOOL on_token = token;
	CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	CK_ATTRIBUTE pub[] = {ATTR(CKA_TOKEN, on_token), ATTR(CKA_EC_PARAMS, p256),
		ATTR(CKA_VERIFY, yes), ATTR_TEXT(CKA_LABEL, label)};
	CK_ATTRIBUTE priv[] = {ATTR(CKA_TOKEN, on_token), ATTR(CKA_PRIVATE, yes),
		ATTR(CKA_SENSITIVE, yes), ATTR(CKA_SIGN, yes), ATTR(CKA_DERIVE, yes),
		ATTR_TEXT(CKA_LABEL, label)};

	return p11->C_GenerateKeyPair(s, MECH(CKM_EC_KEY_PAIR_GEN), pub, ARRAY_LEN(pub), priv,
		ARRAY_LEN(priv), public_key, private_key);
}

CK_RV p11_rsa_pair(CK_SESSION_HANDLE s, bool token, CK_OBJECT_HANDLE *public_key,
	CK_OBJECT_HANDLE *private_key)
{
	CK_BBOOL on_token = token;
	CK_ULONG bits = 2048;
	CK_ATTRIBUTE pub[] = {ATTR(CKA_TOKEN, on_token), ATTR(CKA_MODULUS_BITS, bits),
		ATTR(CKA_VERIFY, yes), ATTR(CKA_ENCRYPT, yes)};
	CK_ATTRIBUTE priv[] = {ATTR(CKA_TOKEN, on_token), ATTR(CKA_PRIVATE, yes),
		ATTR(CKA_SIGN, yes), ATTR(CKA_DECRYPT, yes)};

	return p11->C_GenerateKeyPair(s, MECH(CKM_RSA_PKCS_KEY_PAIR_GEN), pub, ARRAY_LEN(pub), priv,
		ARRAY_LEN(priv), public_key, private_key);
}

CK_RV p11_aes(CK_SESSION_HANDLE s, bool token, CK_OBJECT_HANDLE *key)
{
	CK_BBOOL on_token = token;
	CK_ULONG len = 32;
	CK_ATTRIBUTE t[] = {ATTR(CKA_TOKEN, on_token), ATTR(CKA_VALUE_LEN, len),
		ATTR(CKA_ENCRYPT, yes), ATTR(CKA_DECRYPT, yes), ATTR(CKA_SIGN, yes),
		ATTR(CKA_VERIFY, yes)};

	return p11->C_GenerateKey(s, MECH(CKM_AES_KEY_GEN), t, ARRAY_LEN(t), key);
}

CK_RV p11_data(
	CK_SESSION_HANDLE s, bool token, bool private_, const char *label, CK_OBJECT_HANDLE *object)
{
	CK_OBJECT_CLASS cls = CKO_DATA;
	CK_BBOOL on_token = token, is_private = private_;
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, cls), ATTR(CKA_TOKEN, on_token),
		ATTR(CKA_PRIVATE, is_private), ATTR_TEXT(CKA_LABEL, label),
		ATTR_TEXT(CKA_VALUE, "value")};

	return p11->C_CreateObject(s, t, ARRAY_LEN(t), object);
}

CK_ULONG p11_count(CK_SESSION_HANDLE s, const char *label)
{
	CK_ATTRIBUTE t[1];
	CK_OBJECT_HANDLE found[64];
	CK_ULONG n, total = 0;

	if (label != NULL)
		t[0] = (CK_ATTRIBUTE) ATTR_TEXT(CKA_LABEL, label);
	if (p11->C_FindObjectsInit(s, t, label != NULL) != CKR_OK)
		return (CK_ULONG) -1;
	do {
		if (p11->C_FindObjects(s, found, ARRAY_LEN(found), &n) != CKR_OK)
			return (CK_ULONG) -1;
		total += n;
	} while (n > 0);
	return p11->C_FindObjectsFinal(s) == CKR_OK ? total : (CK_ULONG) -1;
}

CK_RV p11_ec_use(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE public_key, CK_OBJECT_HANDLE private_key)
{
	CK_BYTE data[] = {'a', 'b', 'c'}, signature[64];
	CK_ULONG len = sizeof(signature);

	P11_TRY(p11->C_SignInit(s, MECH(CKM_ECDSA_SHA256), private_key));
	P11_TRY(p11->C_Sign(s, data, sizeof(data), signature, &len));
	P11_TRY(p11->C_VerifyInit(s, MECH(CKM_ECDSA_SHA256), public_key));
	return p11->C_Verify(s, data, sizeof(data), signature, len);
}

void p11_alarm(unsigned seconds)
{
	alarm(seconds); /* SIGALRM ends the process */
}

int p11_in_child(int (*run)(void *arg), void *arg)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		status = run(arg);
		fflush(stdout);
		_exit(status);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}
