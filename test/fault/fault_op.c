/* SPDX-License-Identifier: BSD-2-Clause */
/* Failure points of operations: a key made, a context prepared, a message in one go and in parts,
 * and once more with the contexts that wait. Whatever fails, the operation has ended, and what
 * claims to have succeeded is right. */
#include "nth.h"

#include "key.h"
#include "mech.h"
#include "op.h"
#include "ossl.h"

#include <stdlib.h>
#include <string.h>

static uint8_t iv[16] = {5, 4, 3};
static uint8_t text[70] = {1, 2, 3};
static CK_GCM_PARAMS gcm = {.pIv = iv, .ulIvLen = 13, .pAAD = iv, .ulAADLen = 16, .ulTagBits = 128};
static CK_AES_CTR_PARAMS ctr = {.ulCounterBits = 3, .cb = {[15] = 6}};

struct scene {
	CK_MECHANISM mech;
	enum op_verb verb;
	CK_KEY_TYPE type;
	struct bytes in;
	bool parts;
	/* made at set-up, where nothing fails: what is right */
	uint8_t want[128], sealed[128];
	CK_ULONG want_len;
	/* made while calls fail */
	struct key *key;
	struct op_slot slot;
	uint8_t got[128];
	CK_ULONG got_len;
};

static bool make_key(struct scene *s)
{
	struct key_from from = {.cls = CKO_SECRET_KEY, .type = s->type, .private_ = true};
	uint8_t value[32] = {7, 7};
	ATTRS(secrets);

	if (s->key != NULL || s->verb == OP_DIGEST)
		return true;
	from.secrets = &secrets;
	return attrs_set(&secrets, CKA_VALUE, BYTES_OF(value)) == CKR_OK &&
	       key_new(&from, &s->key) == CKR_OK;
}

static bool whole(struct scene *s, enum op_verb verb, struct bytes in)
{
	s->got_len = sizeof(s->got);
	return op_init(&s->slot, verb, &s->mech, s->key) == CKR_OK &&
	       op_oneshot(&s->slot, in, s->got, &s->got_len) == CKR_OK;
}

static bool in_parts(struct scene *s)
{
	CK_ULONG len = 0, more;

	if (op_init(&s->slot, s->verb, &s->mech, s->key) != CKR_OK)
		return false;
	for (size_t at = 0; at < s->in.len; at += 23) {
		size_t n = s->in.len - at < 23 ? s->in.len - at : 23;

		more = sizeof(s->got) - len;
		if (op_update(&s->slot, BYTES(s->in.ptr + at, n), s->got + len, &more) != CKR_OK)
			return false;
		len += s->verb == OP_ENCRYPT || s->verb == OP_DECRYPT ? more : 0;
	}
	more = sizeof(s->got) - len;
	if (op_final(&s->slot, s->got + len, &more) != CKR_OK)
		return false;
	s->got_len = len + more;
	return true;
}

static void start(struct scene *s)
{
	key_unref(&s->key);
	op_slot_done(&s->slot);
	memset(s->got, 0, sizeof(s->got));
	ossl_done(); /* algorithms are fetched anew, and that fails, too */
}

static void *scene(struct scene of)
{
	struct scene *s = malloc(sizeof(*s));

	if (s == NULL)
		abort();
	*s = of;
	if (!make_key(s))
		abort();
	if (s->verb == OP_DECRYPT) { /* of what was encrypted */
		if (!whole(s, OP_ENCRYPT, BYTES_OF(text)))
			abort();
		memcpy(s->sealed, s->got, s->got_len);
		s->in = BYTES(s->sealed, s->got_len);
	} else {
		s->in = BYTES_OF(text);
	}
	if (!whole(s, s->verb, s->in))
		abort();
	memcpy(s->want, s->got, s->got_len);
	s->want_len = s->got_len;
	start(s);
	return s;
}

/* Twice: first with a new context, then with the one that waits. */
static bool run(void *arg)
{
	struct scene *s = arg;

	for (unsigned i = 0; i < 2; i++)
		if (!make_key(s) || !(s->parts ? in_parts(s) : whole(s, s->verb, s->in)))
			return false;
	return true;
}

static bool right(const struct scene *s)
{
	return s->got_len == s->want_len && memcmp(s->got, s->want, s->want_len) == 0;
}

static bool check(void *arg, bool ok)
{
	struct scene *s = arg;

	if (op_active(&s->slot) || (ok && !right(s)))
		return false;
	/* and nothing that failed has left its mark on what waits */
	return make_key(s) && whole(s, s->verb, s->in) && right(s);
}

static void done(void *arg)
{
	start(arg);
	free(arg);
}

#define MECHANISM(type, params, len) \
	{                            \
		type, params, len    \
	}
#define CASE(name, ...)                                    \
	static void *name(void)                            \
	{                                                  \
		return scene((struct scene){__VA_ARGS__}); \
	}
CASE(digest, .mech = MECHANISM(CKM_SHA3_256, NULL, 0), .verb = OP_DIGEST)
CASE(digest_parts, .mech = MECHANISM(CKM_SHA256, NULL, 0), .verb = OP_DIGEST, .parts = true)
CASE(hmac, .mech = MECHANISM(CKM_SHA384_HMAC, NULL, 0), .verb = OP_SIGN, .type = CKK_GENERIC_SECRET)
CASE(cmac, .mech = MECHANISM(CKM_AES_CMAC, NULL, 0), .verb = OP_SIGN, .type = CKK_AES,
	.parts = true)
CASE(cbc_pad, .mech = MECHANISM(CKM_AES_CBC_PAD, iv, 16), .verb = OP_DECRYPT, .type = CKK_AES,
	.parts = true)
CASE(ctr_wraps, .mech = MECHANISM(CKM_AES_CTR, &ctr, sizeof(ctr)), .verb = OP_ENCRYPT,
	.type = CKK_AES)
CASE(gcm_encrypt, .mech = MECHANISM(CKM_AES_GCM, &gcm, sizeof(gcm)), .verb = OP_ENCRYPT,
	.type = CKK_AES)
CASE(gcm_decrypt, .mech = MECHANISM(CKM_AES_GCM, &gcm, sizeof(gcm)), .verb = OP_DECRYPT,
	.type = CKK_AES, .parts = true)
CASE(kwp, .mech = MECHANISM(CKM_AES_KEY_WRAP_KWP, NULL, 0), .verb = OP_DECRYPT, .type = CKK_AES)

static const struct fault_case cases[] = {
	{"digest", digest, run, check, done},
	{"digest_parts", digest_parts, run, check, done},
	{"hmac", hmac, run, check, done},
	{"cmac", cmac, run, check, done},
	{"cbc_pad", cbc_pad, run, check, done},
	{"ctr_wraps", ctr_wraps, run, check, done},
	{"gcm_encrypt", gcm_encrypt, run, check, done},
	{"gcm_decrypt", gcm_decrypt, run, check, done},
	{"kwp", kwp, run, check, done},
};
FAULT_MAIN("op", cases)
