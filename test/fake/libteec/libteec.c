/* SPDX-License-Identifier: BSD-2-Clause */
/* See libteec_fake.h. */
#include "libteec_fake.h"

#include "attr.h"
#include "ta_proto.h"
#include "tee_client_api.h"
#include "tee_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SESSIONS     64u
#define MEMREF_TYPES TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INPUT, TEEC_MEMREF_PARTIAL_OUTPUT, 0, 0)

#pragma weak libteec_fake_fails
#pragma weak libteec_fake_answers
#pragma weak libteec_fake_released

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char storage[200]; /* the TA's, once it runs */
static struct session {
	bool used;
	uint32_t login;
	uint8_t uuid[16];
} sessions[SESSIONS];

/* ---- our turn ---- */

struct turn {
	int fd; /* -1: no TEE */
	uid_t client;
	char dir[128];
	struct libteec_fake_counts counts;
};

static struct turn turn_begin(void)
{
	const char *dir = getenv("BULLA_FAKE_TEE");
	struct turn t = {.fd = -1, .client = geteuid()};
	char text[128] = {0}, path[256];

	if (dir == NULL)
		return t;
	snprintf(t.dir, sizeof(t.dir), "%s", dir);
	snprintf(path, sizeof(path), "%s/turn", dir);
	pthread_mutex_lock(&lock);
	/* a TEE's own files are no client's: a test that plays other users is root */
	if (getuid() == 0 && seteuid(0) != 0)
		abort();
	t.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (t.fd < 0 || flock(t.fd, LOCK_EX) != 0) {
		fprintf(stderr, "libteec_fake: %s: %s\n", path, strerror(errno));
		abort();
	}
	/* whoever makes it: others have their turns, too */
	(void) fchmod(t.fd, 0666);
	if (pread(t.fd, text, sizeof(text) - 1, 0) > 0)
		(void) sscanf(text, "%d %lu %lu %lu", &t.counts.pid, &t.counts.contexts,
			&t.counts.sessions, &t.counts.commands);
	return t;
}

static void turn_end(struct turn *t)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "%d %lu %lu %lu\n", t->counts.pid, t->counts.contexts,
		t->counts.sessions, t->counts.commands);

	if (t->fd < 0)
		return;
	if (ftruncate(t->fd, 0) != 0 || pwrite(t->fd, text, (size_t) n, 0) != n)
		abort();
	close(t->fd);
	if (getuid() == 0 && seteuid(t->client) != 0)
		abort();
	pthread_mutex_unlock(&lock);
}

/* ---- the script ---- */

/* Takes one off the times of a line that applies. The file is small. */
static uint32_t script_fails(const struct turn *t, const char *function, uint32_t *ret_origin)
{
	char path[256], line[256], name[64], all[4096] = "";
	unsigned code, origin, times, found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/script", t->dir);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (found == 0 &&
			sscanf(line, "fail %63s %x %u %u", name, &code, &origin, &times) == 4 &&
			strcmp(name, function) == 0) {
			found = code;
			*ret_origin = origin;
			if (times == 1)
				continue;
			snprintf(line, sizeof(line), "fail %s %x %u %u\n", name, code, origin,
				times == 0 ? 0 : times - 1);
		}
		strncat(all, line, sizeof(all) - strlen(all) - 1);
	}
	fclose(f);
	f = found == 0 ? NULL : fopen(path, "we");
	if (f != NULL && (fputs(all, f) < 0 || fclose(f) != 0))
		abort();
	return found;
}

static void script_apply(const struct turn *t)
{
	char path[256], line[256], hex[33];
	unsigned level, rpmb, byte;
	uint8_t huk[16] = {0};
	FILE *f;

	snprintf(path, sizeof(path), "%s/script", t->dir);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "huk %32s", hex) == 1)
			for (size_t i = 0; i < 16 && sscanf(hex + 2 * i, "%2x", &byte) == 1; i++)
				huk[i] = (uint8_t) byte;
		if (sscanf(line, "rollback %u %u", &level, &rpmb) == 2)
			tee_fake_rollback(level, rpmb != 0);
	}
	if (f != NULL)
		fclose(f);
	tee_fake_huk(huk);
}

static uint32_t fails(const struct turn *t, const char *function, uint32_t *ret_origin)
{
	uint32_t origin = TEEC_ORIGIN_API, code = 0;

	if (libteec_fake_fails != NULL)
		code = libteec_fake_fails(function, &origin);
	if (code == 0)
		code = script_fails(t, function, &origin);
	if (code != 0 && ret_origin != NULL)
		*ret_origin = origin;
	return code;
}

/* ---- the TEE ---- */

/* It is on, and ours: another process may have used it since. */
static void tee_on(struct turn *t)
{
	char dir[sizeof(storage)];

	snprintf(dir, sizeof(dir), "%s/storage", t->dir);
	(void) mkdir(dir, 0777);
	(void) chmod(dir, 0777);
	if (strcmp(storage, dir) != 0) {
		snprintf(storage, sizeof(storage), "%s", dir);
		tee_fake_reset(storage);
	} else if (t->counts.pid != getpid()) {
		tee_fake_reboot();
	}
	t->counts.pid = getpid();
	script_apply(t);
}

/* As the kernel does: SHA-1 of the namespace and of "uid=3e8", marked as version 5. */
static void uuid_make(const char *kind, unsigned long number, uint8_t ret[16])
{
	static const uint8_t space[16] = {0x58, 0xac, 0x9c, 0xa0, 0x20, 0x86, 0x46, 0x83, 0xa1,
		0xb8, 0xec, 0x4b, 0xc0, 0x8e, 0x01, 0xb6};
	uint8_t text[64], md[EVP_MAX_MD_SIZE];
	int n;

	memcpy(text, space, sizeof(space));
	n = snprintf((char *) text + sizeof(space), sizeof(text) - sizeof(space), "%s=%lx", kind,
		number);
	if (EVP_Digest(text, sizeof(space) + (size_t) n, md, NULL, EVP_sha1(), NULL) != 1)
		abort();
	memcpy(ret, md, 16);
	ret[6] = (uint8_t) ((ret[6] & 0x0f) | 0x50);
	ret[8] = (uint8_t) ((ret[8] & 0x3f) | 0x80);
}

static bool group_ours(gid_t gid)
{
	gid_t groups[256];
	int n = getgroups(256, groups);

	for (int i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return getegid() == gid;
}

/* ---- the client API ---- */

_public_ TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *context)
{
	struct turn t = turn_begin();
	uint32_t code = t.fd < 0 ? TEEC_ERROR_ITEM_NOT_FOUND : fails(&t, __func__, NULL);

	if (name != NULL)
		code = TEEC_ERROR_ITEM_NOT_FOUND;
	memset(context, 0, sizeof(*context));
	context->imp.fd = code == 0 ? open("/dev/null", O_RDWR) : -1;
	context->imp.reg_mem = true;
	t.counts.contexts += code == 0;
	turn_end(&t);
	return code;
}

_public_ void TEEC_FinalizeContext(TEEC_Context *context)
{
	if (context->imp.fd < 0)
		abort();
	close(context->imp.fd);
	context->imp.fd = -1;
}

_public_ TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context, TEEC_SharedMemory *memory)
{
	struct turn t = turn_begin();
	uint32_t code = fails(&t, __func__, NULL);

	turn_end(&t);
	if (code != 0)
		return code;
	if (context->imp.fd < 0 || memory->flags == 0)
		return TEEC_ERROR_BAD_PARAMETERS;
	memory->buffer = mmap(
		NULL, memory->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory->buffer == MAP_FAILED) {
		memory->buffer = NULL;
		return TEEC_ERROR_OUT_OF_MEMORY;
	}
	/* as the heap gives it */
	memset(memory->buffer, 0xa5, memory->size);
	memory->imp.alloced_size = memory->size;
	memory->imp.registered_fd = open("/dev/null", O_RDWR);
	return TEEC_SUCCESS;
}

_public_ void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *memory)
{
	if (libteec_fake_released != NULL)
		libteec_fake_released(memory->buffer, memory->size);
	if (memory->buffer == NULL)
		abort();
	close(memory->imp.registered_fd);
	/* not given back: the heap might write over what a test shall find there */
	memory->buffer = NULL;
}

static uint32_t login_make(
	const struct turn *t, uint32_t method, const void *data, struct session *s)
{
	uint32_t gid = 0;

	s->login = method;
	switch (method) {
	case TEEC_LOGIN_PUBLIC:
		return data == NULL ? TEEC_SUCCESS : TEEC_ERROR_BAD_PARAMETERS;
	case TEEC_LOGIN_USER:
		uuid_make("uid", t->client, s->uuid);
		return TEEC_SUCCESS;
	case TEEC_LOGIN_GROUP:
		if (data == NULL)
			return TEEC_ERROR_BAD_PARAMETERS;
		memcpy(&gid, data, sizeof(gid));
		uuid_make("gid", gid, s->uuid);
		return group_ours(gid) ? TEEC_SUCCESS : TEEC_ERROR_GENERIC;
	default:
		return TEEC_ERROR_BAD_PARAMETERS;
	}
}

static TEEC_Result session_make(const struct turn *t, const TEEC_UUID *destination, uint32_t method,
	const void *data, uint32_t *ret_id, uint32_t *ret_origin)
{
	static const TEEC_UUID ta = TA_BULLA_UUID;
	struct session s = {.used = true};
	uint32_t code = login_make(t, method, data, &s);

	*ret_origin = TEEC_ORIGIN_COMMS;
	if (code != TEEC_SUCCESS)
		return code;
	*ret_origin = TEEC_ORIGIN_TEE;
	if (memcmp(destination, &ta, sizeof(ta)) != 0)
		return TEEC_ERROR_ITEM_NOT_FOUND;
	for (uint32_t i = 0; i < SESSIONS; i++) {
		if (sessions[i].used)
			continue;
		sessions[i] = s;
		*ret_id = i;
		return TEEC_SUCCESS;
	}
	return TEEC_ERROR_OUT_OF_MEMORY;
}

_public_ TEEC_Result TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
	const TEEC_UUID *destination, uint32_t method, const void *data, TEEC_Operation *operation,
	uint32_t *ret_origin)
{
	struct turn t = turn_begin();
	uint32_t origin = 0, code = fails(&t, __func__, &origin);

	if (code == 0 && operation != NULL)
		code = TEEC_ERROR_BAD_PARAMETERS;
	if (code == 0)
		code = session_make(
			&t, destination, method, data, &session->imp.session_id, &origin);
	session->imp.ctx = context;
	t.counts.sessions += code == 0;
	turn_end(&t);
	*ret_origin = origin;
	return code;
}

_public_ void TEEC_CloseSession(TEEC_Session *session)
{
	struct turn t = turn_begin();

	if (!sessions[session->imp.session_id].used)
		abort();
	sessions[session->imp.session_id].used = false;
	turn_end(&t);
}

static TEEC_Result command_run(
	struct turn *t, const struct session *s, uint32_t command, TEEC_Operation *operation)
{
	TEEC_RegisteredMemoryReference *in = &operation->params[0].memref;
	TEEC_RegisteredMemoryReference *out = &operation->params[1].memref;
	uint8_t *memory = in->parent->buffer;

	if (operation->paramTypes != MEMREF_TYPES || out->parent != in->parent ||
		in->offset + in->size > in->parent->size ||
		out->offset + out->size > in->parent->size)
		return TEEC_ERROR_BAD_PARAMETERS;
	if (libteec_fake_answers != NULL && libteec_fake_answers(command, memory + in->offset,
						    in->size, memory + out->offset, &out->size))
		return TEEC_SUCCESS;
	tee_on(t);
	tee_fake_client(s->login, s->uuid);
	return tee_fake_invoke(
		command, memory + in->offset, in->size, memory + out->offset, &out->size);
}

_public_ TEEC_Result TEEC_InvokeCommand(
	TEEC_Session *session, uint32_t command, TEEC_Operation *operation, uint32_t *ret_origin)
{
	struct turn t = turn_begin();
	uint32_t origin = TEEC_ORIGIN_TRUSTED_APP, code = fails(&t, __func__, &origin);
	const struct session *s = &sessions[session->imp.session_id];

	if (!s->used)
		abort();
	t.counts.commands++;
	if (code == 0)
		code = command_run(&t, s, command, operation);
	turn_end(&t);
	*ret_origin = origin;
	return code;
}
