/* SPDX-License-Identifier: BSD-2-Clause */
/* See teec.h. The only file that knows libteec. It is loaded for the call: a host that uses no TEE
 * token has nothing of it, and a build with it runs where it is not installed
 * (docs/decisions/0024). */
#include "teec.h"

#include "broken.h"
#include "log.h"
#include "ossl.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <tee_client_api.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MIN_MS 2u
#define PAUSE_MAX_MS 100u
#define DEATHS_MAX   1u /* of the TA, in one conversation */

/* Of GlobalPlatform's internal API and of OP-TEE; not in every tee_client_api.h. */
#define CODE_STORAGE_CORRUPT 0xf0100001u
#define CODE_STORAGE_AWAY    0xf0100003u
#define CODE_TARGET_DEAD     0xffff3024u
#define CODE_NO_SPACE        0xffff3041u

/* The newest first. What we use of them is laid out alike; the library's own part of the structs
 * is larger in the newer one, so each has more room here than either header says. */
static const char *const libraries[] = {"libteec.so.2", "libteec.so.1"};

#define ROOM (size_t) 256
union room_context {
	TEEC_Context v;
	uint8_t room[ROOM];
};
union room_session {
	TEEC_Session v;
	uint8_t room[ROOM];
};
union room_memory {
	TEEC_SharedMemory v;
	uint8_t room[ROOM];
};
union room_operation {
	TEEC_Operation v;
	uint8_t room[ROOM];
};

struct api {
	void *library;
	__typeof__(TEEC_InitializeContext) *initialize;
	__typeof__(TEEC_FinalizeContext) *finalize;
	__typeof__(TEEC_OpenSession) *open;
	__typeof__(TEEC_CloseSession) *close;
	__typeof__(TEEC_InvokeCommand) *invoke;
	__typeof__(TEEC_AllocateSharedMemory) *allocate;
	__typeof__(TEEC_ReleaseSharedMemory) *release;
};

struct teec {
	struct api api;
	bool has_context, has_memory, has_session;
	union room_context context;
	union room_memory memory;
	union room_session session;
	struct teec_login login;
	struct teec_why *why; /* borrowed */
	unsigned deaths;
	uint64_t end_ms; /* until then a busy TEE is asked again */
};

/* ---- words ---- */

static _printf_(2, 3) void why_set(struct teec_why *why, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why->text, sizeof(why->text), format, ap);
	va_end(ap);
	log_error("tee: %s", why->text);
}

static void group_name(gid_t gid, char *ret, size_t cap)
{
	char text[1024];
	struct group gr, *found = NULL;

	if (getgrgid_r(gid, &gr, text, sizeof(text), &found) == 0 && found != NULL)
		snprintf(ret, cap, "%s", gr.gr_name);
	else
		snprintf(ret, cap, "%lu", (unsigned long) gid);
}

void teec_device_why(const char *path, struct teec_why *ret)
{
	char group[64];
	struct stat st;

	if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0)
		why_set(ret, "%s is there, but no OP-TEE is behind it", path);
	else if (errno != EACCES || stat(path, &st) != 0)
		why_set(ret,
			"this machine has no TEE, or it is hidden from this program: there is no "
			"%s",
			path);
	else {
		group_name(st.st_gid, group, sizeof(group));
		why_set(ret, "no permission for %s: it is for the group %s (mode %03o)", path,
			group, (unsigned) st.st_mode & 0777u);
	}
}

static const char *origin_name(uint32_t origin)
{
	static const char *const names[] = {
		"nowhere", "libteec", "the kernel", "the TEE", "Bulla's trusted application"};

	return origin < ARRAY_LEN(names) ? names[origin] : names[0];
}

enum step { STEP_CONTEXT, STEP_MEMORY, STEP_SESSION, STEP_COMMAND };

/* Translates what libteec says, and says it. */
static struct err failed(struct teec *t, enum step step, TEEC_Result code, uint32_t origin)
{
	static const struct {
		TEEC_Result code;
		enum err_code err;
		bool session; /* at the opening of one only */
		const char *words;
	} rows[] = {
		{TEEC_ERROR_ITEM_NOT_FOUND, E_UNAVAILABLE, true,
			"Bulla's trusted application is not installed in this TEE"},
		{TEEC_ERROR_SECURITY, E_UNAVAILABLE, true,
			"the TEE refuses Bulla's trusted application: it is signed by a key that "
			"is not this TEE's"},
		{TEEC_ERROR_BAD_PARAMETERS, E_UNAVAILABLE, true,
			"this kernel tells the TEE nothing of users and groups"},
		{TEEC_ERROR_COMMUNICATION, E_UNAVAILABLE, false,
			"the TEE's helper does not answer: is tee-supplicant running?"},
		{TEEC_ERROR_OUT_OF_MEMORY, E_UNAVAILABLE, false, "the TEE is out of memory"},
		{TEEC_ERROR_BUSY, E_BUSY, false, "the TEE is busy with others"},
		{CODE_TARGET_DEAD, E_UNAVAILABLE, false, "Bulla's trusted application panicked"},
		{CODE_NO_SPACE, E_FULL, false, "the TEE's secure storage is full"},
		{CODE_STORAGE_CORRUPT, E_UNAVAILABLE, true,
			"the TEE's secure storage is damaged, or another machine's"},
		{CODE_STORAGE_AWAY, E_IO, false, "the TEE's secure storage is away"},
	};
	static const char *const steps[] = {"a context", "memory", "a session", "a command"};

	if (step == STEP_SESSION && origin == TEEC_ORIGIN_COMMS && code == TEEC_ERROR_GENERIC &&
		t->login.login == POLICY_LOGIN_GROUP) {
		why_set(t->why, "the kernel says that we are not of the group %" PRIu32,
			t->login.id);
		return ERR(E_POLICY);
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].code != code || (rows[i].session && step != STEP_SESSION))
			continue;
		why_set(t->why, "%s", rows[i].words);
		return ERR(rows[i].err);
	}
	why_set(t->why, "%s failed: 0x%08" PRIx32 " from %s", steps[step], code,
		origin_name(origin));
	return ERR(E_UNAVAILABLE);
}

/* ---- the library ---- */

static bool symbol_find(void *library, const char *name, void *ret)
{
	void *found = dlsym(library, name);

	/* a pointer to a function, whatever its type */
	memcpy(ret, &found, sizeof(found));
	return found != NULL;
}

static bool api_fill(struct api *a)
{
	return symbol_find(a->library, "TEEC_InitializeContext", &a->initialize) &&
	       symbol_find(a->library, "TEEC_FinalizeContext", &a->finalize) &&
	       symbol_find(a->library, "TEEC_OpenSession", &a->open) &&
	       symbol_find(a->library, "TEEC_CloseSession", &a->close) &&
	       symbol_find(a->library, "TEEC_InvokeCommand", &a->invoke) &&
	       symbol_find(a->library, "TEEC_AllocateSharedMemory", &a->allocate) &&
	       symbol_find(a->library, "TEEC_ReleaseSharedMemory", &a->release);
}

static struct err api_load(struct teec *t)
{
	for (size_t i = 0; t->api.library == NULL && i < ARRAY_LEN(libraries); i++)
		t->api.library = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
	if (t->api.library == NULL) {
		why_set(t->why, "%s is not installed: nothing here speaks to a TEE", libraries[0]);
		return ERR(E_UNAVAILABLE);
	}
	if (!api_fill(&t->api)) {
		why_set(t->why, "libteec lacks a function: it is not the client API of OP-TEE");
		return ERR(E_UNAVAILABLE);
	}
	return OK;
}

/* ---- memory ---- */

/* libteec takes it from the ordinary heap, in whole pages because we ask for one, and the kernel
 * pins it: it does not reach swap. A child of fork and a core shall not have it either. */
static struct err memory_share(struct teec *t)
{
	long page = sysconf(_SC_PAGESIZE);
	TEEC_SharedMemory *m = &t->memory.v;
	TEEC_Result code;

	if (page < (long) (TA_REQUEST_MAX + TA_ANSWER_MAX))
		return ERR(E_INTERNAL);
	m->size = (size_t) page;
	m->flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT;
	code = t->api.allocate(&t->context.v, m);
	if (code != TEEC_SUCCESS)
		return failed(t, STEP_MEMORY, code, TEEC_ORIGIN_API);
	t->has_memory = true;
	if (madvise(m->buffer, (size_t) page, MADV_DONTFORK) == 0 &&
		madvise(m->buffer, (size_t) page, MADV_DONTDUMP) == 0)
		return OK;
	why_set(t->why, "the memory shared with the TEE cannot be kept from children and cores");
	return ERR(E_UNAVAILABLE);
}

static void memory_release(struct teec *t)
{
	TEEC_SharedMemory *m = &t->memory.v;

	if (!BROKEN("tee-wipe"))
		OPENSSL_cleanse(m->buffer, m->size);
	/* the heap's again; refused where it is the driver's own, which goes away now */
	(void) madvise(m->buffer, m->size, MADV_DODUMP);
	(void) madvise(m->buffer, m->size, MADV_DOFORK);
	t->api.release(m);
}

/* ---- sessions ---- */

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t) ts.tv_sec * 1000 + (uint64_t) ts.tv_nsec / 1000000;
}

/* Is there time to ask a busy TEE again? Waits, longer each time. */
static bool turn_wait(const struct teec *t, unsigned *pause_ms)
{
	const struct timespec ts = {.tv_nsec = (long) *pause_ms * 1000000};

	if (now_ms() + *pause_ms > t->end_ms)
		return false;
	nanosleep(&ts, NULL);
	*pause_ms = *pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : *pause_ms * 2;
	return true;
}

static TEEC_Result session_try(struct teec *t, uint32_t *ret_origin)
{
	static const TEEC_UUID uuid = TA_BULLA_UUID;
	static const uint32_t methods[] = {
		[POLICY_LOGIN_NONE] = TEEC_LOGIN_PUBLIC,
		[POLICY_LOGIN_PUBLIC] = TEEC_LOGIN_PUBLIC,
		[POLICY_LOGIN_USER] = TEEC_LOGIN_USER,
		[POLICY_LOGIN_GROUP] = TEEC_LOGIN_GROUP,
	};
	const uint32_t *group = t->login.login == POLICY_LOGIN_GROUP ? &t->login.id : NULL;

	return t->api.open(&t->context.v, &t->session.v, &uuid, methods[t->login.login], group,
		NULL, ret_origin);
}

static struct err session_open(struct teec *t)
{
	unsigned pause_ms = PAUSE_MIN_MS;
	uint32_t origin = 0;
	TEEC_Result code;

	for (;;) {
		code = session_try(t, &origin);
		if (code == CODE_TARGET_DEAD && t->deaths < DEATHS_MAX)
			t->deaths++; /* that of somebody else's session: the next is of a new TA */
		else if (code != TEEC_ERROR_BUSY || !turn_wait(t, &pause_ms))
			break;
	}
	t->has_session = code == TEEC_SUCCESS;
	return t->has_session ? OK : failed(t, STEP_SESSION, code, origin);
}

static void session_close(struct teec *t)
{
	if (t->has_session)
		t->api.close(&t->session.v);
	t->has_session = false;
}

static TEEC_Result command_try(
	struct teec *t, enum ta_cmd cmd, size_t request_len, size_t *ret_len, uint32_t *ret_origin)
{
	union room_operation op = {
		.v = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INPUT,
			      TEEC_MEMREF_PARTIAL_OUTPUT, TEEC_NONE, TEEC_NONE)}};
	TEEC_Result code;

	op.v.params[0].memref = (TEEC_RegisteredMemoryReference){
		.parent = &t->memory.v, .size = request_len, .offset = 0};
	op.v.params[1].memref = (TEEC_RegisteredMemoryReference){
		.parent = &t->memory.v, .size = TA_ANSWER_MAX, .offset = TA_REQUEST_MAX};
	code = t->api.invoke(&t->session.v, (uint32_t) cmd, &op.v, ret_origin);
	*ret_len = op.v.params[1].memref.size;
	return code;
}

struct err teec_invoke(
	struct teec *t, enum ta_cmd cmd, size_t request_len, struct bytes *ret_answer)
{
	const uint8_t *answer = teec_request(t) + TA_REQUEST_MAX;
	unsigned pause_ms = PAUSE_MIN_MS;
	uint32_t origin = 0;
	TEEC_Result code;
	size_t len = 0;

	if (request_len > TA_REQUEST_MAX || !t->has_session)
		return ERR(E_INTERNAL);
	for (;;) {
		code = command_try(t, cmd, request_len, &len, &origin);
		if (code == CODE_TARGET_DEAD && t->deaths < DEATHS_MAX) {
			t->deaths++;
			log_info("tee: Bulla's trusted application panicked: once more");
			session_close(t);
			TRY(session_open(t));
		} else if (code != TEEC_ERROR_BUSY || !turn_wait(t, &pause_ms)) {
			break;
		}
	}
	if (code != TEEC_SUCCESS)
		return failed(t, STEP_COMMAND, code, origin);
	if (len > TA_ANSWER_MAX) {
		why_set(t->why, "the trusted application's answer is longer than its room");
		return ERR(E_CORRUPT);
	}
	*ret_answer = BYTES(answer, len);
	return OK;
}

/* ---- all of it ---- */

uint8_t *teec_request(struct teec *t)
{
	return t->memory.v.buffer;
}

void teec_close(struct teec **tp)
{
	struct teec *t = *tp;

	*tp = NULL;
	if (t == NULL)
		return;
	session_close(t);
	if (t->has_memory)
		memory_release(t);
	if (t->has_context)
		t->api.finalize(&t->context.v);
	if (t->api.library != NULL)
		dlclose(t->api.library);
	free(t);
}

struct err teec_open(const struct trust_env *env, const struct teec_login *login,
	struct teec_why *why, struct teec **ret)
{
	_cleanup_(teec_close) struct teec *t = calloc(1, sizeof(*t));
	TEEC_Result code;

	if (t == NULL)
		return ERR(E_NOMEM);
	t->why = why;
	t->login = *login;
	t->end_ms = now_ms() + env->tpm_timeout_ms;
	TRY(api_load(t));
	code = t->api.initialize(NULL, &t->context.v);
	if (code == TEEC_ERROR_ITEM_NOT_FOUND) {
		teec_device_why(TEEC_DEVICE, why);
		return ERR(E_UNAVAILABLE);
	}
	if (code != TEEC_SUCCESS)
		return failed(t, STEP_CONTEXT, code, TEEC_ORIGIN_API);
	t->has_context = true;
	TRY(memory_share(t));
	TRY(session_open(t));
	*ret = TAKE(t);
	return OK;
}
