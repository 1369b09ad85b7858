/* SPDX-License-Identifier: BSD-2-Clause */
/* A host for tests that reaches a key through libcrypto alone, as servers do: an OSSL_STORE (a
 * provider) or an engine named on the command line. keyhost URI [engine NAME] step... Steps: sign,
 * fork (goes on in the child and ends with its status), both (parent and child sign, in turn),
 * free, exit (at once, without libcrypto's clean-up). Exit status 0, or 1 with libcrypto's errors
 * on standard error. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/store.h>

static EVP_PKEY *key;

static EVP_PKEY *key_from_store(const char *uri)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
	EVP_PKEY *ret = NULL;

	while (store != NULL && ret == NULL && OSSL_STORE_eof(store) == 0) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (info == NULL)
			break;
		if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			ret = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	OSSL_STORE_close(store);
	return ret;
}

static EVP_PKEY *key_from_engine(const char *name, const char *uri)
{
	ENGINE *engine = ENGINE_by_id(name);

	if (engine == NULL || ENGINE_init(engine) == 0)
		return NULL;
	return ENGINE_load_private_key(engine, uri, NULL, NULL);
}

/* Signs; checked with the same key, whose public half needs no token. */
static int sign(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[1024];
	size_t len = sizeof sig;
	int good = ctx != NULL && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		   EVP_DigestSign(ctx, sig, &len, (const unsigned char *) "words", 5) == 1 &&
		   len >= 64;

	EVP_MD_CTX_free(ctx);
	return good;
}

static int child_status(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

static int both(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(!(sign() && sign()));
	return child_status(pid) && sign();
}

static int step(const char *name)
{
	if (strcmp(name, "sign") == 0)
		return sign();
	if (strcmp(name, "both") == 0)
		return both();
	if (strcmp(name, "free") == 0)
		return EVP_PKEY_free(key), key = NULL, 1;
	if (strcmp(name, "exit") == 0)
		_exit(0);
	if (strcmp(name, "fork") == 0) {
		pid_t pid = fork();

		if (pid != 0)
			_exit(!child_status(pid));
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int at = 2;

	if (argc > 3 && strcmp(argv[2], "engine") == 0) {
		key = key_from_engine(argv[3], argv[1]);
		at = 4;
	} else if (argc > 2) {
		key = key_from_store(argv[1]);
	}
	for (; key != NULL && at < argc; at++) {
		if (!step(argv[at])) {
			fprintf(stderr, "%s\n", argv[at]);
			ERR_print_errors_fp(stderr);
			return 1;
		}
	}
	if (at < argc || argc < 3)
		return ERR_print_errors_fp(stderr), fprintf(stderr, "no key\n"), 1;
	printf("done\n");
	return 0; /* the key is not freed: hosts do not, either */
}
