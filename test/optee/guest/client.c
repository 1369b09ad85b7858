/* SPDX-License-Identifier: BSD-2-Clause */
#include "client.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

const TEEC_UUID client_bulla = TA_BULLA_UUID;

TEEC_Result client_open(struct client *c, const TEEC_UUID *ta, enum ta_login login, uint32_t id)
{
	static const uint32_t methods[] = {
		[TA_LOGIN_PUBLIC] = TEEC_LOGIN_PUBLIC,
		[TA_LOGIN_USER] = TEEC_LOGIN_USER,
		[TA_LOGIN_GROUP] = TEEC_LOGIN_GROUP,
	};
	TEEC_Result result;

	client_close(c);
	result = TEEC_InitializeContext(NULL, &c->context);
	if (result != TEEC_SUCCESS)
		return result;
	c->has_context = true;
	result = TEEC_OpenSession(&c->context, &c->session, ta, methods[login],
		login == TA_LOGIN_GROUP ? &id : NULL, NULL, NULL);
	c->has_session = result == TEEC_SUCCESS;
	return result;
}

void client_close(struct client *c)
{
	if (c->has_session)
		TEEC_CloseSession(&c->session);
	if (c->has_context)
		TEEC_FinalizeContext(&c->context);
	c->has_session = c->has_context = false;
}

void request_put(struct request *r, const void *ptr, size_t len)
{
	if (len > sizeof(r->bytes) - r->len)
		abort();
	memcpy(r->bytes + r->len, ptr, len);
	r->len += len;
}

void request_u8(struct request *r, uint8_t v)
{
	request_put(r, &v, 1);
}

void request_u32(struct request *r, uint32_t v)
{
	uint8_t big[4] = {
		(uint8_t) (v >> 24), (uint8_t) (v >> 16), (uint8_t) (v >> 8), (uint8_t) v};

	request_put(r, big, sizeof(big));
}

static struct request request_new(void)
{
	struct request r = {0};

	request_u8(&r, TA_PROTO_VERSION);
	return r;
}

static uint32_t u32_at(const uint8_t *p)
{
	return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

void answer_read(struct answer *a)
{
	if (a->result != TEEC_SUCCESS)
		return;
	if (a->len < TA_ANSWER_HEAD || a->len > sizeof(a->bytes) ||
		a->bytes[0] != TA_PROTO_VERSION || a->bytes[1] >= TA_ST_END || a->bytes[2] > 1 ||
		a->bytes[3] != 0) {
		a->result = TEEC_ERROR_BAD_FORMAT;
		return;
	}
	a->status = a->bytes[1];
	a->counted = a->bytes[2] == 1;
	a->failed = u32_at(a->bytes + 4);
	a->tries = u32_at(a->bytes + 8);
}

struct answer client_call(struct client *c, uint32_t command, const struct request *r)
{
	struct answer a = {0};
	TEEC_Operation op = {0};
	uint8_t copy[sizeof(r->bytes)];

	memcpy(copy, r->bytes, sizeof(copy));
	op.paramTypes = TEEC_PARAM_TYPES(
		TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref.buffer = copy;
	op.params[0].tmpref.size = r->len;
	op.params[1].tmpref.buffer = a.bytes;
	op.params[1].tmpref.size = sizeof(a.bytes);
	a.result = TEEC_InvokeCommand(&c->session, command, &op, &a.origin);
	a.len = op.params[1].tmpref.size;
	answer_read(&a);
	return a;
}

void client_random(void *ptr, size_t len)
{
	if (getrandom(ptr, len, 0) != (ssize_t) len)
		abort();
}

/* What SEAL, OPEN and CHANGE answer, taken apart: the lengths must be exactly these. */
static void take(struct answer *a, uint8_t *s, uint8_t *blob)
{
	size_t want = TA_ANSWER_HEAD + TA_S_LEN + (blob == NULL ? 0 : TA_BLOB_LEN);

	if (a->result != TEEC_SUCCESS)
		return;
	if (a->status != TA_ST_OK) {
		/* a refusal says why, and nothing else */
		if (a->len != TA_ANSWER_HEAD)
			a->result = TEEC_ERROR_BAD_FORMAT;
		return;
	}
	if (a->len != want) {
		a->result = TEEC_ERROR_BAD_FORMAT;
		return;
	}
	if (s != NULL)
		memcpy(s, a->bytes + TA_ANSWER_HEAD, TA_S_LEN);
	if (blob != NULL)
		memcpy(blob, a->bytes + TA_ANSWER_HEAD + TA_S_LEN, TA_BLOB_LEN);
}

static void random_put(struct request *r)
{
	uint8_t random[TA_RANDOM_LEN];

	client_random(random, sizeof(random));
	request_put(r, random, sizeof(random));
}

struct answer client_seal(
	struct client *c, enum ta_login login, uint32_t tries, bool pin, struct sealed *ret)
{
	struct sealed s = {.pin = pin};
	struct request r = request_new();
	struct answer a;

	if (pin)
		client_random(s.auth, sizeof(s.auth));
	client_random(s.owner, sizeof(s.owner));
	request_u8(&r, (uint8_t) login);
	request_u8(&r, pin);
	request_u32(&r, tries);
	random_put(&r);
	request_put(&r, s.auth, sizeof(s.auth));
	request_put(&r, s.owner, sizeof(s.owner));
	a = client_call(c, TA_CMD_SEAL, &r);
	take(&a, s.s, s.blob);
	*ret = s;
	return a;
}

struct answer client_unseal(
	struct client *c, const uint8_t *blob, const uint8_t *auth, uint8_t *ret_s)
{
	struct request r = request_new();
	struct answer a;

	request_put(&r, auth, TA_AUTH_LEN);
	request_put(&r, blob, TA_BLOB_LEN);
	a = client_call(c, TA_CMD_OPEN, &r);
	take(&a, ret_s, NULL);
	return a;
}

bool client_opens(struct client *c, const struct sealed *s)
{
	uint8_t got[TA_S_LEN];
	struct answer a = client_unseal(c, s->blob, s->auth, got);

	return a.result == TEEC_SUCCESS && a.status == TA_ST_OK &&
	       memcmp(got, s->s, sizeof(got)) == 0;
}

struct answer client_change(
	struct client *c, const struct sealed *s, uint32_t tries, struct sealed *ret)
{
	struct sealed next = *s;
	struct request r = request_new();
	struct answer a;

	if (s->pin)
		client_random(next.auth, sizeof(next.auth));
	request_u8(&r, s->pin);
	request_u32(&r, tries);
	random_put(&r);
	request_put(&r, next.auth, sizeof(next.auth));
	request_put(&r, s->owner, sizeof(s->owner));
	request_put(&r, next.owner, sizeof(next.owner));
	request_put(&r, s->blob, sizeof(s->blob));
	a = client_call(c, TA_CMD_CHANGE, &r);
	take(&a, next.s, next.blob);
	*ret = next;
	return a;
}

static struct answer of_owner(struct client *c, uint32_t command, const struct sealed *s)
{
	struct request r = request_new();

	request_put(&r, s->owner, sizeof(s->owner));
	request_put(&r, s->blob, sizeof(s->blob));
	return client_call(c, command, &r);
}

struct answer client_settle(struct client *c, const struct sealed *s)
{
	return of_owner(c, TA_CMD_SETTLE, s);
}

struct answer client_destroy(struct client *c, const struct sealed *s)
{
	return of_owner(c, TA_CMD_DESTROY, s);
}

struct answer client_describe(struct client *c, const uint8_t *blob, uint8_t *ret_state)
{
	struct request r = request_new();
	struct answer a;

	if (blob != NULL)
		request_put(&r, blob, TA_BLOB_LEN);
	a = client_call(c, TA_CMD_DESCRIBE, &r);
	*ret_state = TA_STATE_NONE;
	if (a.result != TEEC_SUCCESS || a.status != TA_ST_OK)
		return a;
	if (a.len < TA_ANSWER_HEAD + 2 || a.bytes[TA_ANSWER_HEAD] != TA_INFO_VERSION)
		a.result = TEEC_ERROR_BAD_FORMAT;
	else
		*ret_state = a.bytes[TA_ANSWER_HEAD + 1];
	return a;
}

uint32_t client_failed(struct client *c, const struct sealed *s)
{
	uint8_t state;
	struct answer a = client_describe(c, s->blob, &state);

	return a.result == TEEC_SUCCESS && a.status == TA_ST_OK && a.counted ? a.failed
									     : UINT32_MAX;
}

bool client_become(uint32_t uid)
{
	const struct passwd *p = getpwuid(uid);

	return p != NULL && initgroups(p->pw_name, p->pw_gid) == 0 && setgid(p->pw_gid) == 0 &&
	       setuid(uid) == 0;
}
