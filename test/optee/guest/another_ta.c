/* SPDX-License-Identifier: BSD-2-Clause */
/* Another trusted application in the same TEE is after Bulla's secrets. Two boots on one storage:
 *
 *   another-ta make DIR     with Bulla's trusted application: makes seals and puts what is known of
 *                           them into DIR; then the hostile one of another UUID tries everything
 *   another-ta control DIR  with the hostile one under Bulla's UUID, which takes the signing key:
 *                           the same attempts succeed, so they were good ones */
#include "client.h"
#include "hostile_proto.h"
#include "test.h"

#include <stdlib.h>

static const TEEC_UUID other = HOSTILE_OTHER_UUID;

/* What one boot leaves for the next. */
struct known {
	struct sealed with_pin, bare, users;
};

static struct known known;
static const char *dir;

static bool known_file(const char *mode, bool is_write)
{
	char path[256];
	FILE *f;
	bool done;

	snprintf(path, sizeof(path), "%s/known", dir);
	f = fopen(path, mode);
	if (f == NULL)
		return false;
	done = (is_write ? fwrite(&known, sizeof(known), 1, f)
			 : fread(&known, sizeof(known), 1, f)) == 1;
	return (fclose(f) == 0) && done;
}

static struct answer hostile_call(struct client *c, uint32_t command, const struct request *r)
{
	struct answer a = {0};
	TEEC_Operation op = {0};
	struct request copy = *r;

	op.paramTypes = TEEC_PARAM_TYPES(
		TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_OUTPUT, TEEC_VALUE_INPUT, TEEC_NONE);
	op.params[0].tmpref.buffer = copy.bytes;
	op.params[0].tmpref.size = copy.len;
	op.params[1].tmpref.buffer = a.bytes;
	op.params[1].tmpref.size = sizeof(a.bytes);
	op.params[2].value.a = command;
	a.result = TEEC_InvokeCommand(&c->session, HOSTILE_CALL, &op, &a.origin);
	a.len = op.params[1].tmpref.size;
	answer_read(&a);
	return a;
}

/* One memory reference in, and perhaps one out: READ, DELETE, UNSEAL. */
static TEEC_Result hostile_memory(struct client *c, uint32_t command, const void *in, size_t in_len,
	uint8_t *out, size_t *out_len)
{
	uint8_t copy[TA_BLOB_LEN];
	TEEC_Operation op = {0};
	TEEC_Result result;

	memcpy(copy, in, in_len);
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
		out == NULL ? TEEC_NONE : TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref.buffer = copy;
	op.params[0].tmpref.size = in_len;
	if (out != NULL) {
		op.params[1].tmpref.buffer = out;
		op.params[1].tmpref.size = *out_len;
	}
	result = TEEC_InvokeCommand(&c->session, command, &op, NULL);
	if (out != NULL)
		*out_len = op.params[1].tmpref.size;
	return result;
}

static TEEC_Result hostile_count(struct client *c, uint8_t ids[static 1024], uint32_t *ret)
{
	TEEC_Operation op = {0};
	TEEC_Result result;

	op.paramTypes =
		TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_OUTPUT, TEEC_VALUE_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref.buffer = ids;
	op.params[0].tmpref.size = 1024;
	result = TEEC_InvokeCommand(&c->session, HOSTILE_ENUMERATE, &op, NULL);
	*ret = op.params[1].value.a;
	return result;
}

static TEEC_Result hostile_unseal(
	struct client *c, const struct sealed *s, uint8_t plain[static BLOB_PLAIN])
{
	size_t len = BLOB_PLAIN;

	return hostile_memory(c, HOSTILE_UNSEAL, s->blob, sizeof(s->blob), plain, &len);
}

/* The id of a line's record: 'L' and what the blob's head says. */
static void line_id(const struct sealed *s, uint8_t id[static 1 + TA_ID_LEN])
{
	id[0] = 'L';
	memcpy(id + 1, s->blob + 1 + TA_ID_LEN, TA_ID_LEN);
}

static struct request request_of(const uint8_t *first, size_t first_len, const struct sealed *s)
{
	struct request r = {0};

	request_u8(&r, TA_PROTO_VERSION);
	request_put(&r, first, first_len);
	request_put(&r, s->blob, sizeof(s->blob));
	return r;
}

static void seals_are_made(void)
{
	CLIENT(everybody);
	CLIENT(root);

	REQUIRE(client_open(&everybody, &client_bulla, TA_LOGIN_PUBLIC, 0) == TEEC_SUCCESS);
	REQUIRE(client_open(&root, &client_bulla, TA_LOGIN_USER, 0) == TEEC_SUCCESS);
	CHECK_EQ(client_seal(&everybody, TA_LOGIN_PUBLIC, 10, true, &known.with_pin).status,
		TA_ST_OK);
	CHECK_EQ(client_seal(&everybody, TA_LOGIN_PUBLIC, 0, false, &known.bare).status, TA_ST_OK);
	CHECK_EQ(client_seal(&root, TA_LOGIN_USER, 10, true, &known.users).status, TA_ST_OK);
	CHECK(client_opens(&everybody, &known.with_pin));
	CHECK(client_opens(&everybody, &known.bare));
	CHECK(client_opens(&root, &known.users));
	CHECK(known_file("w", true));
}

static void another_ta_sees_no_objects(void)
{
	CLIENT(c);
	uint8_t ids[1024], id[1 + TA_ID_LEN], data[256];
	const struct sealed *all[] = {&known.with_pin, &known.bare, &known.users};
	uint32_t count;

	REQUIRE(client_open(&c, &other, TA_LOGIN_PUBLIC, 0) == TEEC_SUCCESS);
	CHECK_EQ(hostile_count(&c, ids, &count), TEEC_SUCCESS);
	CHECK_EQ(count, 0);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		size_t len = sizeof(data);

		line_id(all[i], id);
		CHECK_EQ(hostile_memory(&c, HOSTILE_READ, id, sizeof(id), data, &len),
			TEEC_ERROR_ITEM_NOT_FOUND);
		CHECK_EQ(hostile_memory(&c, HOSTILE_DELETE, id, sizeof(id), NULL, NULL),
			TEEC_ERROR_ITEM_NOT_FOUND);
	}
}

static void another_ta_derives_another_key(void)
{
	CLIENT(c);
	uint8_t plain[BLOB_PLAIN] = {0}, zero[BLOB_PLAIN] = {0};

	REQUIRE(client_open(&c, &other, TA_LOGIN_PUBLIC, 0) == TEEC_SUCCESS);
	CHECK_EQ(hostile_unseal(&c, &known.with_pin, plain), 0xffff3071); /* MAC_INVALID */
	CHECK_EQ(hostile_unseal(&c, &known.bare, plain), 0xffff3071);
	CHECK(memcmp(plain, zero, sizeof(plain)) == 0);
}

static void another_ta_is_no_user(void)
{
	CLIENT(c);
	struct request open = request_of(known.users.auth, TA_AUTH_LEN, &known.users), forged;
	struct answer a;

	REQUIRE(client_open(&c, &other, TA_LOGIN_PUBLIC, 0) == TEEC_SUCCESS);
	/* with the right PIN even: from the secure world comes a TA's identity, not root's */
	a = hostile_call(&c, TA_CMD_OPEN, &open);
	CHECK_EQ(a.result, TEEC_SUCCESS);
	CHECK_EQ(a.status, TA_ST_IDENTITY);
	CHECK_EQ(a.len, TA_ANSWER_HEAD);
	/* and with the head saying "everybody" */
	forged = open;
	forged.bytes[1 + TA_AUTH_LEN + 38] = TA_LOGIN_PUBLIC;
	memset(forged.bytes + 1 + TA_AUTH_LEN + 39, 0, TA_ID_LEN);
	a = hostile_call(&c, TA_CMD_OPEN, &forged);
	CHECK_EQ(a.result, TEEC_SUCCESS);
	CHECK_EQ(a.status, TA_ST_CORRUPT);
	CHECK_EQ(a.len, TA_ANSWER_HEAD);
}

static void another_ta_is_no_owner(void)
{
	static const uint32_t commands[] = {TA_CMD_SETTLE, TA_CMD_DESTROY};
	CLIENT(c);
	uint8_t owner[TA_OWNER_LEN] = {0};
	struct request r = request_of(owner, sizeof(owner), &known.with_pin);
	struct answer a;

	REQUIRE(client_open(&c, &other, TA_LOGIN_PUBLIC, 0) == TEEC_SUCCESS);
	for (size_t i = 0; i < 2; i++) {
		a = hostile_call(&c, commands[i], &r);
		CHECK_EQ(a.result, TEEC_SUCCESS);
		CHECK_EQ(a.status, TA_ST_OWNER);
	}
}

/* The key is derived for trusted applications alone. */
static void the_normal_world_derives_nothing(void)
{
	/* PTA_SYSTEM_UUID */
	static const TEEC_UUID system = {
		0x3a2f8978, 0x5dc0, 0x11e8, {0x9c, 0x2d, 0xfa, 0x7a, 0xe0, 0x1b, 0xbe, 0xbc}};
	CLIENT(c);

	CHECK_EQ(client_open(&c, &system, TA_LOGIN_PUBLIC, 0), TEEC_ERROR_ACCESS_DENIED);
}

static void nothing_has_changed(void)
{
	CLIENT(everybody);
	CLIENT(root);

	REQUIRE(client_open(&everybody, &client_bulla, TA_LOGIN_PUBLIC, 0) == TEEC_SUCCESS);
	REQUIRE(client_open(&root, &client_bulla, TA_LOGIN_USER, 0) == TEEC_SUCCESS);
	CHECK_EQ(client_failed(&everybody, &known.with_pin), 0);
	CHECK_EQ(client_failed(&root, &known.users), 0);
	CHECK(client_opens(&everybody, &known.with_pin));
	CHECK(client_opens(&everybody, &known.bare));
	CHECK(client_opens(&root, &known.users));
}

/* The control: whoever signs trusted applications for this TEE can be Bulla's. */
static void the_signer_reads_the_records(void)
{
	CLIENT(c);
	uint8_t ids[1024], id[1 + TA_ID_LEN], data[256];
	size_t len = sizeof(data);
	uint32_t count;

	REQUIRE(known_file("r", false));
	REQUIRE(client_open(&c, &client_bulla, TA_LOGIN_PUBLIC, 0) == TEEC_SUCCESS);
	CHECK_EQ(hostile_count(&c, ids, &count), TEEC_SUCCESS);
	CHECK(count >= 3);
	line_id(&known.with_pin, id);
	CHECK_EQ(hostile_memory(&c, HOSTILE_READ, id, sizeof(id), data, &len), TEEC_SUCCESS);
	CHECK_EQ(len, TA_LINE_LEN);
	CHECK_EQ(data[0], TA_LINE_VERSION);
}

static void the_signer_opens_the_blobs(void)
{
	CLIENT(c);
	uint8_t plain[BLOB_PLAIN];

	REQUIRE(known_file("r", false));
	REQUIRE(client_open(&c, &client_bulla, TA_LOGIN_PUBLIC, 0) == TEEC_SUCCESS);
	CHECK_EQ(hostile_unseal(&c, &known.with_pin, plain), TEEC_SUCCESS);
	CHECK(memcmp(plain + 32, known.with_pin.s, TA_S_LEN) == 0);
	CHECK_EQ(hostile_unseal(&c, &known.users, plain), TEEC_SUCCESS);
	CHECK(memcmp(plain + 32, known.users.s, TA_S_LEN) == 0);
}

int main(int argc, char **argv)
{
	static const struct test make[] = {
		TEST(seals_are_made), /* the others use them */
		TEST(another_ta_sees_no_objects),
		TEST(another_ta_derives_another_key),
		TEST(another_ta_is_no_user),
		TEST(another_ta_is_no_owner),
		TEST(the_normal_world_derives_nothing),
		TEST(nothing_has_changed),
	};
	static const struct test control[] = {
		TEST(the_signer_reads_the_records),
		TEST(the_signer_opens_the_blobs),
	};

	if (argc == 3 && strcmp(argv[1], "make") == 0) {
		dir = argv[2];
		return test_run(make, sizeof(make) / sizeof(make[0]), "");
	}
	if (argc == 3 && strcmp(argv[1], "control") == 0) {
		dir = argv[2];
		return test_run(control, sizeof(control) / sizeof(control[0]), "");
	}
	fprintf(stderr, "usage: another-ta make|control DIR\n");
	return 2;
}
