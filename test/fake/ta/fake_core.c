/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake TEE: the machine, its client, the TA's life, memory, properties. */
#include "fake.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

/* Memory that is shared with the client: ends where a page ends, and behind it is nothing. */
struct shared {
	uint8_t *map, *at;
	size_t len;
	bool used; /* read, or written: it is no more */
};
#define SHARED_MAX ((size_t) 64 << 10)

static struct {
	const char *storage;
	uint8_t huk[16];
	uint32_t login, level;
	uint8_t uuid[16];
	bool rpmb;
	unsigned fail_in, variant, cut_in, writes;
	const char *failed;
	int handles;
	bool alive;
	jmp_buf out;
	struct shared request, answer;
} fake;

enum { OUT_PANIC = 1, OUT_CUT };

static void die(const char *why)
{
	fprintf(stderr, "fake TEE: %s\n", why);
	abort();
}

const uint8_t *fake_huk(void)
{
	return fake.huk;
}

const char *fake_storage_dir(void)
{
	return fake.storage;
}

bool fake_rpmb(void)
{
	return fake.rpmb;
}

void fake_handles(int more)
{
	fake.handles += more;
}

unsigned tee_fake_open(void)
{
	return (unsigned) fake.handles;
}

TEE_Result fake_fails(const char *name, const TEE_Result *results)
{
	unsigned count = 0;

	if (fake.fail_in == 0 || --fake.fail_in > 0)
		return TEE_SUCCESS;
	while (results[count] != 0)
		count++;
	fake.failed = name;
	return results[fake.variant % count];
}

void fake_panic(const char *name, const char *why)
{
	if (getenv("TEE_FAKE_PANIC") != NULL)
		fprintf(stderr, "fake TEE: %s: %s: panic\n", name, why);
	longjmp(fake.out, OUT_PANIC);
}

void TEE_Panic(TEE_Result code)
{
	(void) code;
	fake_panic(__func__, "the TA");
}

void fake_power(void)
{
	if (fake.cut_in > 0 && --fake.cut_in == 0)
		longjmp(fake.out, OUT_CUT);
}

void fake_written(void)
{
	fake.writes++;
}

/* -- what a test sets ----------------------------------------------------------------------- */

void tee_fake_reboot(void)
{
	fake_objects_drop();
	fake_operations_drop();
	fake.handles = 0;
	fake.alive = false;
}

void tee_fake_reset(const char *storage)
{
	const struct shared request = fake.request, answer = fake.answer;

	tee_fake_reboot();
	memset(&fake, 0, sizeof(fake));
	fake.request = request;
	fake.answer = answer;
	fake.storage = storage;
}

void tee_fake_storage(const char *storage)
{
	fake.storage = storage;
}

void tee_fake_huk(const uint8_t huk[16])
{
	memcpy(fake.huk, huk, sizeof(fake.huk));
}

void tee_fake_client(uint32_t login, const uint8_t uuid[16])
{
	fake.login = login;
	memcpy(fake.uuid, uuid, sizeof(fake.uuid));
}

void tee_fake_rollback(uint32_t level, bool rpmb)
{
	fake.level = level;
	fake.rpmb = rpmb;
}

void tee_fake_fail(unsigned n, unsigned variant)
{
	fake.fail_in = n;
	fake.variant = variant;
	fake.failed = NULL;
}

const char *tee_fake_failed(void)
{
	return fake.failed;
}

void tee_fake_cut(unsigned n)
{
	fake.cut_in = n;
}

unsigned tee_fake_writes(void)
{
	return fake.writes;
}

/* -- memory --------------------------------------------------------------------------------- */

static void shared_protect(struct shared *s, int protection)
{
	if (mprotect(s->map, SHARED_MAX, protection) != 0)
		die("mprotect failed");
}

static void shared_init(struct shared *s, const void *src, size_t len)
{
	if (s->map == NULL) {
		s->map = mmap(
			NULL, SHARED_MAX + 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (s->map == MAP_FAILED)
			die("mmap failed");
	}
	if (len > SHARED_MAX)
		die("more shared memory than there is");
	shared_protect(s, PROT_READ | PROT_WRITE);
	s->at = s->map + SHARED_MAX - len;
	s->len = len;
	s->used = false;
	if (src != NULL)
		memcpy(s->at, src, len);
	else
		memset(s->at, 0x5a, len);
}

static bool shared_has(const struct shared *s, const void *p)
{
	return (const uint8_t *) p >= s->map && (const uint8_t *) p < s->map + SHARED_MAX;
}

void TEE_MemMove(void *dest, const void *src, size_t size)
{
	if (shared_has(&fake.answer, dest)) {
		if (fake.answer.used)
			die("the answer is written twice");
		fake.answer.used = true;
		shared_protect(&fake.answer, PROT_READ | PROT_WRITE);
		memmove(dest, src, size);
		shared_protect(&fake.answer, PROT_NONE);
		return;
	}
	memmove(dest, src, size);
	if (shared_has(&fake.request, src))
		shared_protect(&fake.request, PROT_NONE); /* the client may have changed it */
}

int32_t TEE_MemCompare(const void *buffer1, const void *buffer2, size_t size)
{
	return memcmp(buffer1, buffer2, size);
}

void TEE_MemFill(void *buffer, uint8_t x, size_t size)
{
	memset(buffer, x, size);
}

/* -- properties ----------------------------------------------------------------------------- */

TEE_Result TEE_GetPropertyAsString(
	TEE_PropSetHandle set, const char *name, char *value, size_t *size)
{
	static const char *const known[][2] = {
		{"gpd.tee.trustedos.manufacturer", "Fake"},
		{"gpd.tee.description", "A fake TEE in a test's process"},
		{"gpd.tee.trustedos.implementation.version", "1.2.3\n\x01"},
	};
	TEE_Result res = FAILS(TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_SHORT_BUFFER);

	if (res != TEE_SUCCESS)
		return res;
	if (set != TEE_PROPSET_TEE_IMPLEMENTATION)
		return TEE_ERROR_ITEM_NOT_FOUND;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i][0], name) != 0)
			continue;
		res = strlen(known[i][1]) + 1 > *size ? TEE_ERROR_SHORT_BUFFER : TEE_SUCCESS;
		if (res == TEE_SUCCESS)
			memcpy(value, known[i][1], strlen(known[i][1]) + 1);
		*size = strlen(known[i][1]) + 1;
		return res;
	}
	return TEE_ERROR_ITEM_NOT_FOUND;
}

TEE_Result TEE_GetPropertyAsU32(TEE_PropSetHandle set, const char *name, uint32_t *value)
{
	static const char level[] = "gpd.tee.trustedStorage.antiRollback.protectionLevel";
	TEE_Result res = FAILS(TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_BAD_FORMAT);

	if (res != TEE_SUCCESS)
		return res;
	if (set != TEE_PROPSET_TEE_IMPLEMENTATION || strcmp(name, level) != 0)
		return TEE_ERROR_ITEM_NOT_FOUND;
	*value = fake.level;
	return TEE_SUCCESS;
}

TEE_Result TEE_GetPropertyAsIdentity(TEE_PropSetHandle set, const char *name, TEE_Identity *value)
{
	const uint8_t *u = fake.uuid;
	TEE_Result res = FAILS(TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_OUT_OF_MEMORY);

	if (res != TEE_SUCCESS)
		return res;
	if (set != TEE_PROPSET_CURRENT_CLIENT || strcmp(name, "gpd.client.identity") != 0)
		return TEE_ERROR_ITEM_NOT_FOUND;
	value->login = fake.login;
	value->uuid.timeLow =
		(uint32_t) u[0] << 24 | (uint32_t) u[1] << 16 | (uint32_t) u[2] << 8 | u[3];
	value->uuid.timeMid = (uint16_t) (u[4] << 8 | u[5]);
	value->uuid.timeHiAndVersion = (uint16_t) (u[6] << 8 | u[7]);
	memcpy(value->uuid.clockSeqAndNode, u + 8, 8);
	return TEE_SUCCESS;
}

/* -- the call ------------------------------------------------------------------------------- */

static TEE_Result ta_call(uint32_t cmd, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	void *session = NULL;
	TEE_Result res = TEE_SUCCESS;

	if (!fake.alive)
		res = TA_CreateEntryPoint();
	if (res != TEE_SUCCESS)
		return res;
	fake.alive = true;
	res = TA_OpenSessionEntryPoint(0, params, &session);
	if (res != TEE_SUCCESS)
		return res;
	res = TA_InvokeCommandEntryPoint(session, cmd, types, params);
	TA_CloseSessionEntryPoint(session);
	return res;
}

/* Another process with the same storage waits. */
static int storage_lock(void)
{
	int fd = open(fake.storage, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		die("there is no storage directory");
	return fd;
}

uint32_t tee_fake_invoke_raw(uint32_t cmd, uint32_t types, const void *request, size_t request_len,
	void *answer, size_t *answer_len)
{
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	volatile uint32_t res = TEE_ERROR_TARGET_DEAD;
	const int lock = storage_lock();
	int out;

	shared_init(&fake.request, request, request_len);
	shared_init(&fake.answer, NULL, *answer_len);
	shared_protect(&fake.answer, PROT_NONE);
	params[0].memref.buffer = request_len > 0 ? fake.request.at : NULL;
	params[0].memref.size = request_len;
	params[1].memref.buffer = *answer_len > 0 ? fake.answer.at : NULL;
	params[1].memref.size = *answer_len;
	out = setjmp(fake.out);
	if (out == 0)
		res = ta_call(cmd, types, params);
	else if (out == OUT_CUT)
		res = TEE_FAKE_POWER_CUT;
	if (out != 0)
		tee_fake_reboot();
	close(lock);
	if (params[1].memref.size > *answer_len)
		die("the answer is longer than its buffer");
	shared_protect(&fake.answer, PROT_READ);
	*answer_len = res == TEE_SUCCESS ? params[1].memref.size : 0;
	if (*answer_len > 0)
		memcpy(answer, fake.answer.at, *answer_len);
	return res;
}

uint32_t tee_fake_invoke(
	uint32_t cmd, const void *request, size_t request_len, void *answer, size_t *answer_len)
{
	return tee_fake_invoke_raw(cmd,
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT,
			TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE),
		request, request_len, answer, answer_len);
}
