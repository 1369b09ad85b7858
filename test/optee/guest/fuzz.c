/* SPDX-License-Identifier: BSD-2-Clause */
/* A hostile client of the trusted application: every shape of parameters, every size, lies about
 * memory, memory that changes meanwhile, mutated genuine requests, garbage, hundreds of sessions,
 * many threads. Nothing may kill the trusted application, nothing may open, and afterwards what was
 * sealed opens and each wrong PIN has been counted, once.
 * Environment: FUZZ_SECONDS (60) for what is random, FUZZ_SEED. */
#include "client.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRIES TA_TRIES_MAX

/* A seal, and how many wrong PINs it must have counted. */
struct victim {
	struct sealed sealed;
	uint32_t failed;
};

static struct victim victim;
static struct sealed bare; /* without a PIN */
static unsigned long calls, deaths;
static uint64_t state;

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static uint32_t below(uint32_t n)
{
	return (uint32_t) (next() % n);
}

static unsigned setting(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : (unsigned) strtoul(text, NULL, 10);
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

/* When a part of the random time is over. */
static double end_of(double part)
{
	return now_s() + part * setting("FUZZ_SECONDS", 60);
}

static bool connect_to(struct client *c)
{
	return CHECK_EQ(client_open(c, &client_bulla, TA_LOGIN_PUBLIC, 0), TEEC_SUCCESS);
}

/* One call; a trusted application that died is counted, and the session opened again. */
static struct answer send(struct client *c, uint32_t command, TEEC_Operation *op)
{
	struct answer a = {0};

	a.result = TEEC_InvokeCommand(&c->session, command, op, &a.origin);
	calls++;
	if (a.result == TEEC_ERROR_TARGET_DEAD) {
		deaths++;
		printf("the trusted application died: call %lu, command %u, types 0x%x\n", calls,
			command, op->paramTypes);
		connect_to(c);
	}
	return a;
}

/* The usual two references; the answer is taken apart. */
static struct answer send_usual(
	struct client *c, uint32_t command, const uint8_t *bytes, size_t len, size_t answer_size)
{
	static uint8_t in[2 * TA_REQUEST_MAX], out[2 * TA_ANSWER_MAX];
	TEEC_Operation op = {0};
	struct answer a;

	memcpy(in, bytes, len);
	op.paramTypes = TEEC_PARAM_TYPES(
		TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref.buffer = in;
	op.params[0].tmpref.size = len;
	op.params[1].tmpref.buffer = out;
	op.params[1].tmpref.size = answer_size;
	a = send(c, command, &op);
	a.len = op.params[1].tmpref.size;
	if (a.result == TEEC_SUCCESS && a.len <= sizeof(a.bytes))
		memcpy(a.bytes, out, a.len);
	answer_read(&a);
	return a;
}

static void seals_are_made(void)
{
	CLIENT(c);

	state = setting("FUZZ_SEED", (unsigned) time(NULL)) * 2 + 1;
	printf("FUZZ_SEED=%llu\n", (unsigned long long) (state / 2));
	REQUIRE(connect_to(&c));
	CHECK_EQ(client_seal(&c, TA_LOGIN_PUBLIC, TRIES, true, &victim.sealed).status, TA_ST_OK);
	CHECK_EQ(client_seal(&c, TA_LOGIN_PUBLIC, 0, false, &bare).status, TA_ST_OK);
	CHECK(client_opens(&c, &victim.sealed) && client_opens(&c, &bare));
}

/* ---- shapes ---- */

static void parameter_set(TEEC_Operation *op, unsigned at, uint32_t type)
{
	static uint8_t memory[4][TA_ANSWER_MAX];

	op->paramTypes |= type << (4 * at);
	if (type >= TEEC_MEMREF_TEMP_INPUT) {
		op->params[at].tmpref.buffer = memory[at];
		op->params[at].tmpref.size = at == 0 ? TA_REQUEST_MAX : sizeof(memory[at]);
	} else {
		op->params[at].value.a = (uint32_t) next();
		op->params[at].value.b = (uint32_t) next();
	}
}

static void parameters_of_other_types_are_refused(void)
{
	static const uint32_t types[] = {TEEC_NONE, TEEC_VALUE_INPUT, TEEC_VALUE_OUTPUT,
		TEEC_VALUE_INOUT, TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_OUTPUT,
		TEEC_MEMREF_TEMP_INOUT};
	CLIENT(c);

	REQUIRE(connect_to(&c));
	for (uint32_t n = 0; n < 7 * 7 * 7 * 7; n++) {
		TEEC_Operation op = {0};

		/* the whole of the first two, and some of the others */
		if (n >= 7 * 7 && below(8) != 0)
			continue;
		parameter_set(&op, 0, types[n % 7]);
		parameter_set(&op, 1, types[n / 7 % 7]);
		parameter_set(&op, 2, types[n / 49 % 7]);
		parameter_set(&op, 3, types[n / 343]);
		if (op.paramTypes == TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
					     TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE))
			continue;
		if (!CHECK_EQ(send(&c, 1 + below(6), &op).result, TEEC_ERROR_BAD_PARAMETERS))
			printf("  types 0x%x\n", op.paramTypes);
	}
}

static void unknown_commands_are_refused(void)
{
	static const uint32_t numbers[] = {
		0, 7, 8, 16, 255, 256, 0x7fffffff, 0x80000000, UINT32_MAX};
	uint8_t request[1 + TA_AUTH_LEN + TA_BLOB_LEN] = {TA_PROTO_VERSION};
	CLIENT(c);

	REQUIRE(connect_to(&c));
	for (unsigned i = 0; i < 32; i++) {
		uint32_t n = i < 9 ? numbers[i] : 7 + (uint32_t) next() % (UINT32_MAX - 7);
		struct answer a = send_usual(&c, n, request, sizeof(request), TA_ANSWER_MAX);

		CHECK(a.result != TEEC_SUCCESS || a.status == TA_ST_INVALID);
	}
}

static void every_size_of_a_request_is_survived(void)
{
	uint8_t request[TA_REQUEST_MAX + 3];
	CLIENT(c);

	REQUIRE(connect_to(&c));
	for (size_t len = 0; len <= sizeof(request); len++) {
		for (uint32_t command = TA_CMD_SEAL; command <= TA_CMD_DESTROY; command++) {
			struct answer a;

			/* each length once, and those that mean something with each command */
			if (len % 6 + 1 != command && len > 2 && len != 33 && len != 103 &&
				len != 1 + TA_BLOB_LEN && len != 33 + TA_BLOB_LEN &&
				len != 134 + TA_BLOB_LEN && len < TA_REQUEST_MAX)
				continue;
			for (size_t i = 0; i < len; i++)
				request[i] = (uint8_t) next();
			if (len > 0)
				request[0] = TA_PROTO_VERSION;
			a = send_usual(&c, command, request, len, TA_ANSWER_MAX);
			if (len > TA_REQUEST_MAX)
				CHECK_EQ(a.result, TEEC_ERROR_BAD_PARAMETERS);
			else
				CHECK(a.result == TEEC_ERROR_BAD_PARAMETERS ||
					(a.result == TEEC_SUCCESS &&
						(a.status != TA_ST_OK ||
							command == TA_CMD_DESCRIBE)));
		}
	}
}

static void a_short_answer_buffer_is_refused(void)
{
	struct sealed s = victim.sealed;
	uint8_t request[1 + TA_AUTH_LEN + TA_BLOB_LEN] = {TA_PROTO_VERSION};
	CLIENT(c);

	REQUIRE(connect_to(&c));
	memcpy(request + 1, s.auth, sizeof(s.auth));
	memcpy(request + 1 + TA_AUTH_LEN, s.blob, sizeof(s.blob));
	for (size_t size = 0; size < TA_ANSWER_MAX; size += 1 + below(90))
		CHECK_EQ(send_usual(&c, TA_CMD_OPEN, request, sizeof(request), size).result,
			TEEC_ERROR_BAD_PARAMETERS);
	/* one that is longer is not */
	CHECK_EQ(send_usual(&c, TA_CMD_OPEN, request, sizeof(request), TA_ANSWER_MAX + 1).result,
		TEEC_SUCCESS);
}

static void references_to_nothing_are_refused(void)
{
	static const size_t sizes[] = {0, 1, TA_REQUEST_MAX, TA_ANSWER_MAX, 1u << 20};
	uint8_t memory[TA_ANSWER_MAX] = {TA_PROTO_VERSION};
	CLIENT(c);

	REQUIRE(connect_to(&c));
	for (unsigned i = 0; i < 5 * 5 * 3; i++) {
		TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
					     TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE)};
		unsigned which = i / 25;
		struct answer a;

		op.params[0].tmpref.size = which == 1 ? 1 + TA_BLOB_LEN : sizes[i % 5];
		op.params[0].tmpref.buffer = which == 1 ? memory : NULL;
		op.params[1].tmpref.size = which == 0 ? sizeof(memory) : sizes[i / 5 % 5];
		op.params[1].tmpref.buffer = which == 0 ? memory : NULL;
		a = send(&c, 1 + i % 6, &op);
		CHECK(a.result != TEEC_SUCCESS);
	}
}

/* ---- genuine requests, changed ---- */

/* A request that would do something, were it not for `wrong`: the bytes that make it refused. */
static size_t genuine(uint32_t command, uint8_t *ret)
{
	struct request r = {0};
	uint8_t fresh[TA_RANDOM_LEN];

	request_u8(&r, TA_PROTO_VERSION);
	switch (command) {
	case TA_CMD_OPEN:
		request_put(&r, victim.sealed.auth, TA_AUTH_LEN);
		break;
	case TA_CMD_CHANGE:
		request_u8(&r, 1);
		request_u32(&r, TRIES);
		client_random(fresh, sizeof(fresh));
		request_put(&r, fresh, sizeof(fresh));
		request_put(&r, fresh, sizeof(fresh));
		/* not the owner's value, or what is not mutated would be a PIN change */
		request_put(&r, fresh, sizeof(fresh));
		request_put(&r, fresh, sizeof(fresh));
		break;
	case TA_CMD_SETTLE:
	case TA_CMD_DESTROY:
		request_put(&r, victim.sealed.owner, TA_OWNER_LEN);
		break;
	default:
		break;
	}
	request_put(&r, victim.sealed.blob, TA_BLOB_LEN);
	memcpy(ret, r.bytes, r.len);
	return r.len;
}

static void mutate(uint8_t *bytes, size_t *len, size_t room)
{
	size_t at = below((uint32_t) *len), n;

	switch (below(6)) {
	case 0:
		bytes[at] ^= (uint8_t) (1u << below(8));
		break;
	case 1:
		bytes[at] = (uint8_t) (bytes[at] + 1 + below(255));
		break;
	case 2: /* a run of one value */
		n = 1 + below((uint32_t) (*len - at));
		memset(bytes + at, below(2) == 0 ? 0 : 0xff, n);
		break;
	case 3: /* a piece of another place */
		n = 1 + below((uint32_t) (*len - at));
		memmove(bytes + at, bytes + below((uint32_t) (*len - n + 1)), n);
		break;
	case 4:
		*len = at;
		break;
	default:
		n = 1 + below(40);
		*len = *len + n <= room ? *len + n : *len;
		break;
	}
}

/* The model of what must have happened. */
static void judge(struct client *c, uint32_t command, const struct answer *a)
{
	CHECK(a->result == TEEC_SUCCESS || a->result == TEEC_ERROR_BAD_PARAMETERS);
	if (a->result != TEEC_SUCCESS)
		return;
	if (command == TA_CMD_DESCRIBE)
		CHECK(a->status != TA_ST_OK || a->bytes[TA_ANSWER_HEAD + 1] != TA_STATE_OPENS);
	else
		CHECK(a->status != TA_ST_OK);
	if (a->status != TA_ST_AUTH)
		return;
	CHECK_EQ(command, TA_CMD_OPEN);
	victim.failed++;
	CHECK_EQ(a->failed, victim.failed);
	if (victim.failed == TRIES - 1) {
		CHECK(client_opens(c, &victim.sealed));
		victim.failed = 0;
	}
}

static void mutated_requests_open_nothing(void)
{
	static const uint32_t commands[] = {TA_CMD_OPEN, TA_CMD_OPEN, TA_CMD_DESCRIBE,
		TA_CMD_CHANGE, TA_CMD_SETTLE, TA_CMD_DESTROY};
	double end = end_of(0.45);
	unsigned long before = calls;
	CLIENT(c);

	REQUIRE(connect_to(&c));
	while (now_s() < end && test_failures == 0) {
		uint8_t bytes[TA_REQUEST_MAX] = {0}, was[TA_REQUEST_MAX] = {0};
		uint32_t command = commands[below(6)];
		size_t len = genuine(command, bytes), was_len = len;
		struct answer a;

		memcpy(was, bytes, len);
		for (unsigned n = 1 + below(3); n > 0 && len > 0; n--)
			mutate(bytes, &len, sizeof(bytes));
		if (len == was_len && memcmp(bytes, was, len) == 0)
			continue;
		/* DESCRIBE of nothing is a question of its own */
		if (command == TA_CMD_DESCRIBE && len < 2)
			continue;
		a = send_usual(&c, command, bytes, len, TA_ANSWER_MAX);
		judge(&c, command, &a);
	}
	CHECK(calls - before > 100);
	CHECK_EQ(client_failed(&c, &victim.sealed), victim.failed);
}

static void garbage_is_survived(void)
{
	double end = end_of(0.25);
	unsigned long before = calls;
	CLIENT(c);

	REQUIRE(connect_to(&c));
	while (now_s() < end && deaths == 0) {
		uint8_t bytes[TA_REQUEST_MAX];
		size_t len = below(sizeof(bytes) + 1);
		uint32_t command = below(16) == 0 ? (uint32_t) next() : 1 + below(6);

		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t) next();
		if (len > 0 && below(8) != 0)
			bytes[0] = TA_PROTO_VERSION;
		send_usual(&c, command, bytes, len, TA_ANSWER_MAX);
	}
	CHECK(calls - before > 100);
	CHECK_EQ(client_failed(&c, &victim.sealed), victim.failed);
}

/* ---- memory that changes while it is looked at ---- */

static struct {
	uint8_t *at;
	uint8_t a[TA_AUTH_LEN + TA_BLOB_LEN], b[TA_AUTH_LEN + TA_BLOB_LEN];
	atomic_bool stop;
} flip;

static void *flip_run(void *arg)
{
	(void) arg;
	while (!atomic_load(&flip.stop)) {
		memcpy(flip.at, flip.a, sizeof(flip.a));
		atomic_thread_fence(memory_order_seq_cst);
		memcpy(flip.at, flip.b, sizeof(flip.b));
		atomic_thread_fence(memory_order_seq_cst);
	}
	return NULL;
}

/* What one OPEN of memory that flips may answer: what one of the two would, or that the blob is
 * none. Never the victim's S, whose PIN is in neither. */
static void judge_flip(const struct answer *a, unsigned long *opened)
{
	CHECK_EQ(a->result, TEEC_SUCCESS);
	if (a->result != TEEC_SUCCESS)
		return;
	if (a->status == TA_ST_OK) {
		CHECK(memcmp(a->bytes + TA_ANSWER_HEAD, bare.s, TA_S_LEN) == 0);
		(*opened)++;
	}
	CHECK(memmem(a->bytes, a->len, victim.sealed.s, TA_S_LEN) == NULL);
	if (a->status == TA_ST_AUTH) {
		victim.failed++;
		CHECK_EQ(a->failed, victim.failed);
	}
}

static void flip_loop(struct client *c, TEEC_SharedMemory *memory)
{
	double end = end_of(0.2), latest = end + 60; /* a busy host runs the other thread late */
	unsigned long opened = 0, others = 0;

	while ((now_s() < end || (now_s() < latest && (opened == 0 || others == 0))) &&
		test_failures == 0) {
		TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INPUT,
					     TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE)};
		struct answer a;
		uint8_t out[TA_ANSWER_MAX];

		op.params[0].memref.parent = memory;
		op.params[0].memref.size = 1 + sizeof(flip.a);
		op.params[1].tmpref.buffer = out;
		op.params[1].tmpref.size = sizeof(out);
		a = send(c, TA_CMD_OPEN, &op);
		a.len = op.params[1].tmpref.size;
		if (a.len <= sizeof(a.bytes))
			memcpy(a.bytes, out, a.len);
		answer_read(&a);
		judge_flip(&a, &opened);
		others += a.status != TA_ST_OK;
		if (victim.failed == TRIES - 1) {
			CHECK(client_opens(c, &victim.sealed));
			victim.failed = 0;
		}
	}
	/* both were seen, or nothing changed meanwhile */
	CHECK(opened > 0 && others > 0);
	CHECK_EQ(client_failed(c, &victim.sealed), victim.failed);
}

static void memory_that_changes_meanwhile_is_read_once(void)
{
	TEEC_SharedMemory memory = {.size = 4096, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
	static const uint8_t wrong[TA_AUTH_LEN] = {[TA_AUTH_LEN - 1] = 1};
	pthread_t thread;
	CLIENT(c);

	REQUIRE(connect_to(&c));
	REQUIRE(TEEC_AllocateSharedMemory(&c.context, &memory) == TEEC_SUCCESS);
	*(uint8_t *) memory.buffer = TA_PROTO_VERSION;
	flip.at = (uint8_t *) memory.buffer + 1;
	memcpy(flip.a, wrong, sizeof(wrong));
	memcpy(flip.a + TA_AUTH_LEN, victim.sealed.blob, TA_BLOB_LEN);
	memset(flip.b, 0, TA_AUTH_LEN);
	memcpy(flip.b + TA_AUTH_LEN, bare.blob, TA_BLOB_LEN);
	memcpy(flip.at, flip.a, sizeof(flip.a));
	REQUIRE(pthread_create(&thread, NULL, flip_run, NULL) == 0);
	flip_loop(&c, &memory);
	atomic_store(&flip.stop, true);
	pthread_join(thread, NULL);
	TEEC_ReleaseSharedMemory(&memory);
}

/* The answer is written over the request. */
static void request_and_answer_may_be_the_same_memory(void)
{
	TEEC_SharedMemory memory = {.size = 4096, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INPUT,
				     TEEC_MEMREF_PARTIAL_OUTPUT, TEEC_NONE, TEEC_NONE)};
	uint8_t *bytes;
	CLIENT(c);

	REQUIRE(connect_to(&c));
	REQUIRE(TEEC_AllocateSharedMemory(&c.context, &memory) == TEEC_SUCCESS);
	bytes = memory.buffer;
	bytes[0] = TA_PROTO_VERSION;
	memcpy(bytes + 1, victim.sealed.auth, TA_AUTH_LEN);
	memcpy(bytes + 1 + TA_AUTH_LEN, victim.sealed.blob, TA_BLOB_LEN);
	op.params[0].memref = (TEEC_RegisteredMemoryReference){
		.parent = &memory, .size = 1 + TA_AUTH_LEN + TA_BLOB_LEN};
	op.params[1].memref =
		(TEEC_RegisteredMemoryReference){.parent = &memory, .size = TA_ANSWER_MAX};
	CHECK_EQ(send(&c, TA_CMD_OPEN, &op).result, TEEC_SUCCESS);
	CHECK_EQ(op.params[1].memref.size, TA_ANSWER_HEAD + TA_S_LEN);
	CHECK(bytes[1] == TA_ST_OK &&
		memcmp(bytes + TA_ANSWER_HEAD, victim.sealed.s, TA_S_LEN) == 0);
	victim.failed = 0;
	TEEC_ReleaseSharedMemory(&memory);
}

/* ---- many ---- */

#define SESSIONS 250u

static void hundreds_of_sessions_stand_at_once(void)
{
	static struct client all[SESSIONS];
	uint8_t described;

	for (unsigned i = 0; i < SESSIONS; i++)
		REQUIRE(connect_to(&all[i]));
	for (unsigned i = 0; i < SESSIONS; i += 10)
		CHECK_EQ(client_describe(&all[i], victim.sealed.blob, &described).status, TA_ST_OK);
	CHECK(client_opens(&all[SESSIONS - 1], &victim.sealed));
	victim.failed = 0;
	for (unsigned i = 0; i < SESSIONS; i++)
		client_close(&all[i]);
}

static void processes_may_die_with_their_sessions_open(void)
{
	for (unsigned i = 0; i < 8; i++) {
		int status = -1;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			static struct client left[20];

			for (unsigned j = 0; j < 20; j++)
				if (client_open(&left[j], &client_bulla, TA_LOGIN_PUBLIC, 0) !=
					TEEC_SUCCESS)
					_exit(1);
			_exit(0);
		}
		CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	}
}

struct worker {
	pthread_t thread;
	double end;
	unsigned number;
	unsigned long done;
	bool well;
	uint32_t counts[TRIES]; /* what each wrong PIN was told that the count is */
	unsigned wrongs;
};

static struct sealed shared_seal;

/* Opens a seal of its own, and now and then tries a wrong PIN on the one that all share. */
static void *work(void *arg)
{
	static const uint8_t wrong[TA_AUTH_LEN] = {1};
	struct worker *w = arg;
	struct sealed mine;
	CLIENT(c);

	w->well = client_open(&c, &client_bulla, TA_LOGIN_PUBLIC, 0) == TEEC_SUCCESS &&
		  client_seal(&c, TA_LOGIN_PUBLIC, 10, true, &mine).status == TA_ST_OK;
	while (w->well && (now_s() < w->end || w->wrongs == 0)) {
		struct answer a;

		w->well = client_opens(&c, &mine);
		w->done++;
		if (w->wrongs >= TRIES / 4 - 1)
			continue;
		a = client_unseal(&c, shared_seal.blob, wrong, NULL);
		w->well = w->well && a.result == TEEC_SUCCESS && a.status == TA_ST_AUTH;
		w->counts[w->wrongs++] = a.failed;
	}
	if (w->well)
		w->well = client_destroy(&c, &mine).status == TA_ST_OK;
	return NULL;
}

static void threads_are_counted_exactly(void)
{
	struct worker workers[4] = {0};
	double end = end_of(0.1);
	bool told[TRIES + 1] = {false};
	uint32_t total = 0;
	CLIENT(c);

	REQUIRE(connect_to(&c));
	REQUIRE(client_seal(&c, TA_LOGIN_PUBLIC, TRIES, true, &shared_seal).status == TA_ST_OK);
	for (unsigned i = 0; i < 4; i++) {
		workers[i].end = end;
		CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(workers[i].thread, NULL);
		CHECK(workers[i].well && workers[i].done > 0);
		total += workers[i].wrongs;
		/* no two wrong PINs were the n-th */
		for (unsigned j = 0; j < workers[i].wrongs; j++) {
			uint32_t n = workers[i].counts[j];

			CHECK(n >= 1 && n <= TRIES && !told[n]);
			if (n <= TRIES)
				told[n] = true;
		}
	}
	CHECK_EQ(client_failed(&c, &shared_seal), total);
	CHECK(client_opens(&c, &shared_seal));
	CHECK_EQ(client_failed(&c, &shared_seal), 0);
}

static void afterwards_all_is_as_it_was(void)
{
	CLIENT(c);
	struct sealed fresh;

	REQUIRE(connect_to(&c));
	CHECK_EQ(deaths, 0);
	CHECK_EQ(client_failed(&c, &victim.sealed), victim.failed);
	CHECK(client_opens(&c, &victim.sealed));
	CHECK_EQ(client_failed(&c, &victim.sealed), 0);
	CHECK(client_opens(&c, &bare));
	CHECK_EQ(client_seal(&c, TA_LOGIN_PUBLIC, 10, true, &fresh).status, TA_ST_OK);
	CHECK(client_opens(&c, &fresh));
	printf("%lu calls, %lu deaths\n", calls, deaths);
}

static const struct test tests[] = {
	TEST(seals_are_made), /* the others use them */
	TEST(parameters_of_other_types_are_refused),
	TEST(unknown_commands_are_refused),
	TEST(every_size_of_a_request_is_survived),
	TEST(a_short_answer_buffer_is_refused),
	TEST(references_to_nothing_are_refused),
	TEST(mutated_requests_open_nothing),
	TEST(garbage_is_survived),
	TEST(memory_that_changes_meanwhile_is_read_once),
	TEST(request_and_answer_may_be_the_same_memory),
	TEST(hundreds_of_sessions_stand_at_once),
	TEST(processes_may_die_with_their_sessions_open),
	TEST(threads_are_counted_exactly),
	TEST(afterwards_all_is_as_it_was),
};
TEST_MAIN(tests)
