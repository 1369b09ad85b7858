/* SPDX-License-Identifier: BSD-2-Clause */
/* The process whose memory is looked at: loads BULLA_MODULE and does what single lines on its
 *standard input say, answering each with a line. It keeps no copy of what it is told: lines are
 *read byte by byte into one buffer that is wiped. open		sessions A and B on the first token
 *	login PIN	by session A
 *	import N HEX	a secret key (AES; N even, or generic) of this id, as a token object
 *	use		signs, decrypts and MACs once with each key, whole and in parts
 *	begin		leaves operations with each key active in session B
 *	logout, finalize
 *	fork		leaves a child that waits; answers its pid */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkcs11.h"

#define MAX_LINE 600

static CK_FUNCTION_LIST *f;
static CK_SESSION_HANDLE a, b;
static char line[MAX_LINE];

static CK_RV do_open(char *arg)
{
	CK_SLOT_ID slot;
	CK_ULONG n = 1;
	CK_RV rv = f->C_Initialize(NULL);

	(void) arg;
	if (rv == CKR_OK)
		rv = f->C_GetSlotList(CK_TRUE, &slot, &n);
	if (rv == CKR_OK)
		rv = f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &a);
	if (rv == CKR_OK)
		rv = f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &b);
	return rv;
}

static CK_RV do_login(char *arg)
{
	return f->C_Login(a, CKU_USER, (CK_UTF8CHAR *) arg, strlen(arg));
}

static CK_RV do_import(char *arg)
{
	CK_OBJECT_CLASS cls = CKO_SECRET_KEY;
	CK_BYTE id = (CK_BYTE) strtoul(arg, &arg, 16), value[64];
	CK_KEY_TYPE type = id % 2 == 0 ? CKK_AES : CKK_GENERIC_SECRET;
	CK_BBOOL yes = CK_TRUE;
	CK_ULONG len = 0;
	CK_ATTRIBUTE t[] = {{CKA_CLASS, &cls, sizeof(cls)}, {CKA_KEY_TYPE, &type, sizeof(type)},
		{CKA_TOKEN, &yes, 1}, {CKA_ID, &id, 1}, {CKA_VALUE, value, 0},
		{id % 2 == 0 ? CKA_ENCRYPT : CKA_SIGN, &yes, 1},
		{id % 2 == 0 ? CKA_DECRYPT : CKA_VERIFY, &yes, 1}};
	CK_OBJECT_HANDLE made;
	unsigned byte;
	CK_RV rv;

	while (*arg == ' ')
		arg++;
	for (; len < sizeof(value) && sscanf(arg, "%2x", &byte) == 1; arg += 2)
		value[len++] = (CK_BYTE) byte;
	t[4].ulValueLen = len;
	rv = f->C_CreateObject(a, t, 7, &made);
	explicit_bzero(value, sizeof(value));
	return rv;
}

/* Every key that can sign or decrypt, one after the other. */
static CK_RV keys_each(
	CK_SESSION_HANDLE s, CK_RV (*one)(CK_SESSION_HANDLE, CK_OBJECT_HANDLE, CK_KEY_TYPE))
{
	CK_OBJECT_CLASS classes[] = {CKO_PRIVATE_KEY, CKO_SECRET_KEY};
	CK_OBJECT_HANDLE found[16];
	CK_ULONG n = 0, total = 0;
	CK_RV rv = CKR_OK;

	for (size_t i = 0; rv == CKR_OK && i < 2; i++) {
		CK_ATTRIBUTE t = {CKA_CLASS, &classes[i], sizeof(classes[i])};

		rv = f->C_FindObjectsInit(a, &t, 1);
		if (rv == CKR_OK)
			rv = f->C_FindObjects(a, found, 16, &n);
		(void) f->C_FindObjectsFinal(a);
		total += n;
		for (CK_ULONG k = 0; rv == CKR_OK && k < n; k++) {
			CK_KEY_TYPE type = 0;
			CK_ATTRIBUTE at = {CKA_KEY_TYPE, &type, sizeof(type)};

			rv = f->C_GetAttributeValue(a, found[k], &at, 1);
			if (rv == CKR_OK)
				rv = one(s, found[k], type);
		}
	}
	return rv == CKR_OK && total == 0 ? CKR_KEY_HANDLE_INVALID : rv;
}

static CK_BYTE iv[12];
static CK_GCM_PARAMS gcm = {.pIv = iv, .ulIvLen = 12, .ulIvBits = 96, .ulTagBits = 128};

static CK_RV begin_one(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, CK_KEY_TYPE type)
{
	CK_MECHANISM m = {.mechanism = type == CKK_RSA  ? CKM_SHA256_RSA_PKCS
				       : type == CKK_EC ? CKM_ECDSA_SHA256
							: CKM_SHA256_HMAC};

	if (type != CKK_AES)
		return f->C_SignInit(s, &m, key);
	m = (CK_MECHANISM){CKM_AES_GCM, &gcm, sizeof(gcm)};
	return f->C_EncryptInit(s, &m, key);
}

static CK_RV use_one(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, CK_KEY_TYPE type)
{
	CK_BYTE data[100] = "the text", out[1024];
	CK_ULONG len = sizeof(out), more;
	CK_RV rv = begin_one(s, key, type);

	if (rv == CKR_OK)
		rv = type == CKK_AES ? f->C_Encrypt(s, data, sizeof(data), out, &len)
				     : f->C_Sign(s, data, sizeof(data), out, &len);
	if (rv == CKR_OK)
		rv = begin_one(s, key, type);
	len = more = sizeof(out);
	if (rv == CKR_OK)
		rv = type == CKK_AES ? f->C_EncryptUpdate(s, data, sizeof(data), out, &len)
				     : f->C_SignUpdate(s, data, sizeof(data));
	if (rv == CKR_OK)
		rv = type == CKK_AES ? f->C_EncryptFinal(s, out, &more)
				     : f->C_SignFinal(s, out, &more);
	return rv;
}

static CK_RV do_use(char *arg)
{
	(void) arg;
	return keys_each(a, use_one);
}

/* One operation of a verb in a session: each key gets a session of its own. */
static CK_RV begin_apart(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, CK_KEY_TYPE type)
{
	CK_SESSION_INFO info;
	CK_SESSION_HANDLE own;
	CK_BYTE data[100] = "the text", out[1024];
	CK_ULONG len = sizeof(out);
	CK_RV rv = f->C_GetSessionInfo(s, &info);

	if (rv == CKR_OK)
		rv = f->C_OpenSession(info.slotID, CKF_SERIAL_SESSION, NULL, NULL, &own);
	if (rv == CKR_OK)
		rv = begin_one(own, key, type);
	if (rv == CKR_OK)
		rv = type == CKK_AES ? f->C_EncryptUpdate(own, data, sizeof(data), out, &len)
				     : f->C_SignUpdate(own, data, sizeof(data));
	return rv;
}

static CK_RV do_begin(char *arg)
{
	(void) arg;
	return keys_each(b, begin_apart);
}

static CK_RV do_logout(char *arg)
{
	(void) arg;
	return f->C_Logout(a);
}

static CK_RV do_finalize(char *arg)
{
	(void) arg;
	return f->C_Finalize(NULL);
}

/* The child says when it is through with its fork handlers. */
static CK_RV do_fork(char *arg)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	(void) arg;
	if (pipe(ready) != 0)
		return CKR_HOST_MEMORY;
	pid = fork();
	if (pid == 0) {
		(void) !write(ready[1], &byte, 1);
		close(ready[1]);
		close(0);
		close(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (pid < 0 || read(ready[0], &byte, 1) != 1)
		return CKR_HOST_MEMORY;
	close(ready[0]);
	printf("%d ", (int) pid);
	return CKR_OK;
}

static const struct {
	const char *name;
	CK_RV (*run)(char *arg);
} commands[] = {
	{"open", do_open},
	{"login", do_login},
	{"import", do_import},
	{"use", do_use},
	{"begin", do_begin},
	{"logout", do_logout},
	{"finalize", do_finalize},
	{"fork", do_fork},
};

static int line_read(void)
{
	size_t n = 0;

	while (n < sizeof(line) - 1 && read(0, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	return n > 0;
}

int main(void)
{
	const char *path = getenv("BULLA_MODULE");
	void *so = dlopen(path == NULL ? "" : path, RTLD_NOW | RTLD_LOCAL);
	CK_RV (*get)(CK_FUNCTION_LIST **);

	if (so == NULL)
		return fprintf(stderr, "%s\n", dlerror()), 1;
	*(void **) &get = dlsym(so, "C_GetFunctionList");
	if (get == NULL || get(&f) != CKR_OK)
		return 1;
	while (line_read()) {
		CK_RV rv = CKR_FUNCTION_NOT_SUPPORTED;

		for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
			size_t len = strlen(commands[i].name);

			if (strncmp(line, commands[i].name, len) == 0 &&
				(line[len] == ' ' || line[len] == '\0'))
				rv = commands[i].run(
					line[len] == ' ' ? line + len + 1 : line + len);
		}
		explicit_bzero(line, sizeof(line));
		printf("0x%lx\n", rv);
		fflush(stdout);
	}
	return 0;
}
