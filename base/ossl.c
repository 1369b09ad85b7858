/* SPDX-License-Identifier: BSD-2-Clause */
/* One library context for the module, made at first use. What is fetched is remembered until
 * ossl_done. */
#include "ossl.h"

#include "broken.h"
#include "lock.h"
#include "log.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define NAMES_MAX 64u

struct fetched {
	const char *name; /* a literal of the caller's */
	void *algorithm;
};

struct fetched_kind {
	void *(*fetch)(OSSL_LIB_CTX *, const char *, const char *);
	void (*release)(void *);
};

/* A parent's: never touched again, but not lost sight of. */
struct abandoned {
	OSSL_LIB_CTX *ctx, *inner;
	struct abandoned *next;
};

static struct {
	pthread_mutex_t lock;
	uint64_t generation; /* of fork */
	struct abandoned *abandoned;
	OSSL_LIB_CTX *ctx;
	OSSL_LIB_CTX *inner; /* the default provider's own */
	OSSL_PROVIDER *provider, *shim;
	EVP_MD *mds[MD_COUNT];
	struct fetched ciphers[NAMES_MAX], macs[NAMES_MAX], kdfs[NAMES_MAX];
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The thread that uses this, 0 before the first, SEVERAL from the second on. */
#define SEVERAL 1u
static _Atomic uintptr_t user;

static const struct {
	const char *name;
	size_t len, block; /* bytes */
} mds[MD_COUNT] = {
	[MD_SHA1] = {"SHA1", 20, 64},
	[MD_SHA224] = {"SHA2-224", 28, 64},
	[MD_SHA256] = {"SHA2-256", 32, 64},
	[MD_SHA384] = {"SHA2-384", 48, 128},
	[MD_SHA512] = {"SHA2-512", 64, 128},
	[MD_SHA512_224] = {"SHA2-512/224", 28, 128},
	[MD_SHA512_256] = {"SHA2-512/256", 32, 128},
	[MD_SHA3_224] = {"SHA3-224", 28, 144},
	[MD_SHA3_256] = {"SHA3-256", 32, 136},
	[MD_SHA3_384] = {"SHA3-384", 48, 104},
	[MD_SHA3_512] = {"SHA3-512", 64, 72},
};

/* ---- keys out of reach of engines ----
 *
 * Where a key has a name that libcrypto knows from before providers ("RSA", "EC"), EVP asks the
 * process's default engine first whenever a context is made for it, whatever library context and
 * properties were asked for; the engine's code would then have our keys. So the context that all of
 * ours live in has the default provider's algorithms under a provider of this file's, which differs
 * in one thing: the key types' first names are their OIDs, which no engine is asked for. */

#define KEYTYPES_MAX 64u

static const struct {
	const char *names, *oid_first;
} renamed[] = {
	{"RSA:rsaEncryption:1.2.840.113549.1.1.1", "1.2.840.113549.1.1.1:RSA:rsaEncryption"},
	{"EC:id-ecPublicKey:1.2.840.10045.2.1", "1.2.840.10045.2.1:EC:id-ecPublicKey"},
};

static const OSSL_ALGORITHM *keytypes_rename(const OSSL_ALGORITHM *in)
{
	static OSSL_ALGORITHM out[KEYTYPES_MAX + 1]; /* always the same */
	size_t n = 0;

	for (; in[n].algorithm_names != NULL && n < KEYTYPES_MAX; n++) {
		OSSL_ALGORITHM one = in[n];

		for (size_t i = 0; i < ARRAY_LEN(renamed); i++)
			if (strcmp(one.algorithm_names, renamed[i].names) == 0 &&
				!BROKEN("engine-oid"))
				one.algorithm_names = renamed[i].oid_first;
		out[n] = one;
	}
	return out;
}

static const OSSL_ALGORITHM *shim_query(void *provctx, int operation, int *no_store)
{
	const OSSL_ALGORITHM *found;

	(void) provctx;
	found = OSSL_PROVIDER_query_operation(state.provider, operation, no_store);
	return found != NULL && operation == OSSL_OP_KEYMGMT ? keytypes_rename(found) : found;
}

static int shim_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
	const OSSL_DISPATCH **out, void **provctx)
{
	static const OSSL_DISPATCH functions[] = {
		{OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void)) shim_query}, {0, NULL}};

	(void) handle;
	(void) in;
	*out = functions;
	*provctx = OSSL_PROVIDER_get0_provider_ctx(state.provider);
	return 1;
}

static void state_free(void)
{
	if (state.shim != NULL)
		OSSL_PROVIDER_unload(state.shim);
	OSSL_LIB_CTX_free(state.ctx);
	if (state.provider != NULL)
		OSSL_PROVIDER_unload(state.provider);
	OSSL_LIB_CTX_free(state.inner);
	state.shim = state.provider = NULL;
	state.ctx = state.inner = NULL;
}

static bool state_make(void)
{
	state.ctx = OSSL_LIB_CTX_new();
	state.inner = OSSL_LIB_CTX_new();
	if (state.ctx == NULL || state.inner == NULL)
		return false;
	state.provider = OSSL_PROVIDER_load(state.inner, "default");
	if (state.provider != NULL && OSSL_PROVIDER_add_builtin(state.ctx, "shim", shim_init) == 1)
		state.shim = OSSL_PROVIDER_load(state.ctx, "shim");
	return state.shim != NULL;
}

static void state_abandon(void)
{
	struct abandoned *a = state.ctx == NULL ? NULL : calloc(1, sizeof(*a));

	if (a != NULL) {
		*a = (struct abandoned){state.ctx, state.inner, state.abandoned};
		state.abandoned = a;
	}
	state.ctx = state.inner = NULL;
	state.provider = state.shim = NULL;
	memset(state.mds, 0, sizeof(state.mds));
	memset(state.ciphers, 0, sizeof(state.ciphers));
	memset(state.macs, 0, sizeof(state.macs));
	memset(state.kdfs, 0, sizeof(state.kdfs));
}

static struct err state_ready(void)
{
	uint64_t now = fork_generation();

	if (state.ctx != NULL && state.generation == now)
		return OK;
	/* After a fork the parent's context is abandoned: another thread may have held its locks.
	 */
	state_abandon();
	state.generation = now;
	if (!state_make()) {
		state_free();
		log_error("libcrypto's default provider does not load");
		return ERR(E_CRYPTO);
	}
	return OK;
}

/* libcrypto may read the host's configuration when it is first used, and that may load this very
 * module again: so it is woken before the lock is taken. */
static struct err state_take(void)
{
	struct err e;

	if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) != 1)
		return ERR(E_CRYPTO);
	TRY(fork_init());
	pthread_mutex_lock(&state.lock);
	e = state_ready();
	if (e.code != E_OK)
		pthread_mutex_unlock(&state.lock);
	return e;
}

static void state_drop(void)
{
	pthread_mutex_unlock(&state.lock);
}

struct err ossl_libctx(OSSL_LIB_CTX **ret)
{
	TRY(state_take());
	*ret = state.ctx;
	state_drop();
	return OK;
}

static void *cipher_fetch(OSSL_LIB_CTX *ctx, const char *name, const char *query)
{
	return EVP_CIPHER_fetch(ctx, name, query);
}

static void *mac_fetch(OSSL_LIB_CTX *ctx, const char *name, const char *query)
{
	return EVP_MAC_fetch(ctx, name, query);
}

static void *kdf_fetch(OSSL_LIB_CTX *ctx, const char *name, const char *query)
{
	return EVP_KDF_fetch(ctx, name, query);
}

static void cipher_release(void *p)
{
	EVP_CIPHER_free(p);
}

static void mac_release(void *p)
{
	EVP_MAC_free(p);
}

static void kdf_release(void *p)
{
	EVP_KDF_free(p);
}

static const struct fetched_kind cipher_kind = {cipher_fetch, cipher_release};
static const struct fetched_kind mac_kind = {mac_fetch, mac_release};
static const struct fetched_kind kdf_kind = {kdf_fetch, kdf_release};

static void fetched_done(const struct fetched_kind *kind, struct fetched table[static NAMES_MAX])
{
	for (size_t i = 0; i < NAMES_MAX; i++)
		if (table[i].algorithm != NULL)
			kind->release(table[i].algorithm);
	memset(table, 0, NAMES_MAX * sizeof(table[0]));
}

void ossl_used_here(void)
{
	uintptr_t self = (uintptr_t) pthread_self(), seen = 0;

	if (atomic_load_explicit(&user, memory_order_relaxed) == self)
		return;
	if (!atomic_compare_exchange_strong(&user, &seen, self) && seen != self && seen != SEVERAL)
		atomic_store(&user, SEVERAL);
}

/* libcrypto keeps random generators for each thread, and frees them when the thread ends, with the
 * help of the context: freed before, that would be a crash in the host (docs/decisions/0036). */
static bool others_may_live(void)
{
	uintptr_t seen = atomic_load(&user);

	return seen != 0 && seen != (uintptr_t) pthread_self() && !BROKEN("thread-end");
}

void ossl_done(void)
{
	pthread_mutex_lock(&state.lock);
	if (state.ctx != NULL && state.generation == fork_generation() && !others_may_live()) {
		for (unsigned i = 0; i < MD_COUNT; i++) {
			EVP_MD_free(state.mds[i]);
			state.mds[i] = NULL;
		}
		fetched_done(&cipher_kind, state.ciphers);
		fetched_done(&mac_kind, state.macs);
		fetched_done(&kdf_kind, state.kdfs);
		state_free();
	}
	pthread_mutex_unlock(&state.lock);
}

void ossl_fork_hold(void)
{
	pthread_mutex_lock(&state.lock);
}

void ossl_fork_release(void)
{
	pthread_mutex_unlock(&state.lock);
}

static struct err fetched_get(const struct fetched_kind *kind,
	struct fetched table[static NAMES_MAX], const char *name, void **ret)
{
	size_t i = 0;

	while (i < NAMES_MAX && table[i].name != NULL && strcmp(table[i].name, name) != 0)
		i++;
	if (i == NAMES_MAX)
		return ERR(E_INTERNAL);
	if (table[i].algorithm == NULL) {
		table[i].algorithm = kind->fetch(state.ctx, name, "provider=default");
		if (table[i].algorithm == NULL) {
			ERR_clear_error();
			return ERR(E_UNSUPPORTED);
		}
		table[i].name = name;
	}
	*ret = table[i].algorithm;
	return OK;
}

struct err ossl_md(enum md md, EVP_MD **ret)
{
	struct err e = OK;

	if (md == MD_NONE || md >= MD_COUNT)
		return ERR(E_INTERNAL);
	TRY(state_take());
	if (state.mds[md] == NULL)
		state.mds[md] = EVP_MD_fetch(state.ctx, mds[md].name, "provider=default");
	if (state.mds[md] == NULL)
		e = ERR(E_UNSUPPORTED);
	else
		*ret = state.mds[md];
	state_drop();
	return e;
}

const char *ossl_md_name(enum md md)
{
	return md < MD_COUNT ? mds[md].name : NULL;
}

size_t ossl_md_len(enum md md)
{
	return md < MD_COUNT ? mds[md].len : 0;
}

size_t ossl_md_block(enum md md)
{
	return md < MD_COUNT ? mds[md].block : 0;
}

struct err ossl_cipher(const char *name, EVP_CIPHER **ret)
{
	void *found = NULL;
	struct err e;

	TRY(state_take());
	e = fetched_get(&cipher_kind, state.ciphers, name, &found);
	state_drop();
	TRY(e);
	*ret = found;
	return OK;
}

struct err ossl_mac(const char *name, EVP_MAC **ret)
{
	void *found = NULL;
	struct err e;

	TRY(state_take());
	e = fetched_get(&mac_kind, state.macs, name, &found);
	state_drop();
	TRY(e);
	*ret = found;
	return OK;
}

struct err ossl_kdf(const char *name, EVP_KDF **ret)
{
	void *found = NULL;
	struct err e;

	TRY(state_take());
	e = fetched_get(&kdf_kind, state.kdfs, name, &found);
	state_drop();
	TRY(e);
	*ret = found;
	return OK;
}

struct err ossl_pkey_ctx(const char *oid, EVP_PKEY_CTX **ret)
{
	OSSL_LIB_CTX *ctx = NULL;
	EVP_PKEY_CTX *pctx;

	TRY(ossl_libctx(&ctx));
	pctx = EVP_PKEY_CTX_new_from_name(ctx, oid, "provider=default");
	if (pctx == NULL) {
		ERR_clear_error();
		return ERR(E_UNSUPPORTED);
	}
	*ret = pctx;
	return OK;
}

/* OSSL_PARAM's pointers are not const, but libcrypto only reads them here. */
static OSSL_PARAM octets(const char *key, struct bytes b)
{
	union {
		const uint8_t *in;
		void *out;
	} ptr = {.in = b.ptr != NULL ? b.ptr : (const uint8_t *) ""};

	return OSSL_PARAM_construct_octet_string(key, ptr.out, b.len);
}

struct err ossl_hkdf(
	struct bytes ikm, struct bytes salt, struct bytes info, uint8_t *ret, size_t len)
{
	_cleanup_(evp_kdf_ctx_done) EVP_KDF_CTX *ctx = NULL;
	char digest[] = "SHA2-256";
	EVP_KDF *kdf = NULL;
	OSSL_PARAM params[5];

	TRY(ossl_kdf("HKDF", &kdf));
	ctx = EVP_KDF_CTX_new(kdf);
	if (ctx == NULL)
		return ERR(E_NOMEM);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	params[1] = octets(OSSL_KDF_PARAM_KEY, ikm);
	params[2] = octets(OSSL_KDF_PARAM_SALT, salt);
	params[3] = octets(OSSL_KDF_PARAM_INFO, info);
	params[4] = OSSL_PARAM_construct_end();
	return EVP_KDF_derive(ctx, ret, len, params) == 1 ? OK : ERR(E_CRYPTO);
}

struct err ossl_hmac(struct bytes key, struct bytes data, uint8_t ret[static 32])
{
	_cleanup_(evp_mac_ctx_done) EVP_MAC_CTX *ctx = NULL;
	char digest[] = "SHA2-256";
	EVP_MAC *mac = NULL;
	OSSL_PARAM params[2];
	size_t len = 0;

	TRY(ossl_mac("HMAC", &mac));
	ctx = EVP_MAC_CTX_new(mac);
	if (ctx == NULL)
		return ERR(E_NOMEM);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	if (EVP_MAC_init(ctx, key.ptr, key.len, params) != 1 ||
		EVP_MAC_update(ctx, data.ptr, data.len) != 1 ||
		EVP_MAC_final(ctx, ret, &len, 32) != 1 || len != 32)
		return ERR(E_CRYPTO);
	return OK;
}

struct err ossl_sha256(struct bytes data, uint8_t ret[static 32])
{
	EVP_MD *md = NULL;
	unsigned len = 32;

	TRY(ossl_md(MD_SHA256, &md));
	return EVP_Digest(data.ptr, data.len, ret, &len, md, NULL) == 1 ? OK : ERR(E_CRYPTO);
}

/* Not RAND_bytes_ex: it asks the process's engines first, and reads the host's configuration for
 * that. */
static struct err random_of(EVP_RAND_CTX *(*generator)(OSSL_LIB_CTX *), uint8_t *ret, size_t len)
{
	OSSL_LIB_CTX *ctx = NULL;
	EVP_RAND_CTX *rand;

	TRY(ossl_libctx(&ctx));
	rand = generator(ctx);
	if (rand == NULL || EVP_RAND_generate(rand, ret, len, 0, 0, NULL, 0) != 1)
		return ERR(E_CRYPTO);
	return OK;
}

struct err ossl_random_public(uint8_t *ret, size_t len)
{
	return random_of(RAND_get0_public, ret, len);
}

struct err ossl_random_private(uint8_t *ret, size_t len)
{
	return random_of(RAND_get0_private, ret, len);
}
