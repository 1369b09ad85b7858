/* SPDX-License-Identifier: BSD-2-Clause */
/* Black-box tests of the module: it is loaded by its path (environment BULLA_MODULE), with a store
 * of the test's own and the trust source "fake", or the one that BULLA_TEST_SOURCE names (of the
 * module with a fake TEE: "tee"). Nothing of the project is linked. */
#pragma once

#include "bytes.h"
#include "pkcs11.h"
#include "test.h"
#include "tmpdir.h"

#define SO_PIN   "so-pin-1234"
#define USER_PIN "user-pin-1234"

/* The call returns this code. */
#define CHECK_RV(call, want) test_rv((call), (want), #call " is " #want, __FILE__, __LINE__)
#define REQUIRE_RV(call, want)             \
	do {                               \
		if (!CHECK_RV(call, want)) \
			return;            \
	} while (0)
/* In helpers that return a code. */
#define P11_TRY(call)                    \
	do {                             \
		CK_RV p11_try_ = (call); \
		if (p11_try_ != CKR_OK)  \
			return p11_try_; \
	} while (0)

static inline bool test_rv(CK_RV got, CK_RV want, const char *what, const char *file, int line)
{
	test_checks++;
	if (got != want) {
		test_failures++;
		printf("%s:%d: failed: %s (0x%lx, wanted 0x%lx)\n", file, line, what, got, want);
	}
	return got == want;
}

/* The loaded module. */
extern CK_FUNCTION_LIST_3_0 *p11;
extern void *p11_handle; /* dlopen's */

/* A store of its own, the environment set for it, the module loaded and initialised. */
struct world {
	struct tmpdir dir;
	CK_SLOT_ID slot;
};
const char *p11_source(void);
struct world world_bare(void); /* without C_Initialize */
void world_done(struct world *w);
static inline struct world world_new(void)
{
	struct world w = world_bare();

	CHECK_RV(p11->C_Initialize(NULL), CKR_OK);
	return w;
}
#define WORLD(name) _cleanup_(world_done) struct world name = world_new()
/* What the fake source is to do from now on (test/fake/trust_fake.h). */
void world_script(const struct world *w, const char *text);
/* The source does not answer, or does again. */
void world_away(const struct world *w, bool away);
/* How often it was asked to open (the fake), or for a session (a TEE). */
unsigned long world_asked(const struct world *w);

/* The slot of the uninitialised token becomes one with SO_PIN and USER_PIN; its id in w->slot. */
CK_RV world_token(struct world *w);
/* 0: failed, and counted */
static inline CK_SESSION_HANDLE world_open(const struct world *w, CK_FLAGS flags)
{
	CK_SESSION_HANDLE s = CK_INVALID_HANDLE;

	CHECK_RV(p11->C_OpenSession(w->slot, CKF_SERIAL_SESSION | flags, NULL, NULL, &s), CKR_OK);
	return s;
}

static inline CK_SESSION_HANDLE world_rw(const struct world *w)
{
	return world_open(w, CKF_RW_SESSION);
}
CK_RV p11_login(CK_SESSION_HANDLE s);
CK_RV p11_login_so(CK_SESSION_HANDLE s);
CK_STATE p11_state(CK_SESSION_HANDLE s);

/* Objects. token: CKA_TOKEN. */
CK_RV p11_ec_pair(CK_SESSION_HANDLE s, bool token, const char *label, CK_OBJECT_HANDLE *public_key,
	CK_OBJECT_HANDLE *private_key);
CK_RV p11_rsa_pair(CK_SESSION_HANDLE s, bool token, CK_OBJECT_HANDLE *public_key,
	CK_OBJECT_HANDLE *private_key);
CK_RV p11_aes(CK_SESSION_HANDLE s, bool token, CK_OBJECT_HANDLE *key);
CK_RV p11_data(CK_SESSION_HANDLE s, bool token, bool private_, const char *label,
	CK_OBJECT_HANDLE *object);
/* How many objects have this label (NULL: any)? (CK_ULONG) -1 after a failure. */
CK_ULONG p11_count(CK_SESSION_HANDLE s, const char *label);
/* Signs "abc" with CKM_ECDSA_SHA256 and verifies it. */
CK_RV p11_ec_use(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE public_key, CK_OBJECT_HANDLE private_key);

#define MECH(type) (&(CK_MECHANISM){(type), NULL, 0})
#define UTF8(s)    ((CK_UTF8CHAR *) (s))
/* One attribute of a template whose value is a variable or an array. */
#define ATTR(t, v)                   \
	{                            \
		(t), &(v), sizeof(v) \
	}

/* Ends the process when the time is over: nothing here may hang. */
void p11_alarm(unsigned seconds);
/* Runs in a child and waits: its exit status, or -1. */
int p11_in_child(int (*run)(void *arg), void *arg);
