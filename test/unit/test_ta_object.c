/* SPDX-License-Identifier: BSD-2-Clause */
/* The TA where secure storage fails in ways that the normal world chooses, and is put back. */
#include "test.h"

#include "ta_proto.h"
#include "tee_fake.h"
#include "tmpdir.h"

#include <dirent.h>
#include <stdint.h>

#define TRIES 3u

struct answer {
	uint8_t bytes[TA_ANSWER_MAX];
	size_t len;
	uint32_t result; /* of the call */
};
struct request {
	uint8_t bytes[TA_REQUEST_MAX];
	size_t len;
};

static void put(struct request *r, const void *bytes, size_t len)
{
	memcpy(r->bytes + r->len, bytes, len);
	r->len += len;
}

static void put_all(struct request *r, uint8_t value, size_t len)
{
	memset(r->bytes + r->len, value, len);
	r->len += len;
}

static struct answer call(uint32_t cmd, const struct request *r)
{
	struct answer a = {.len = sizeof(a.bytes)};

	a.result = tee_fake_invoke(cmd, r->bytes, r->len, a.bytes, &a.len);
	return a;
}

/* A seal of the PIN `pin` (any byte but 0). */
static bool seal(uint8_t pin, uint8_t ret_blob[static TA_BLOB_LEN])
{
	const uint8_t head[] = {TA_PROTO_VERSION, TA_LOGIN_PUBLIC, 1, 0, 0, 0, TRIES};
	struct request r = {.len = 0};
	struct answer a;

	put(&r, head, sizeof(head));
	put_all(&r, 7, TA_RANDOM_LEN);
	put_all(&r, pin, TA_AUTH_LEN);
	put_all(&r, 9, TA_OWNER_LEN);
	a = call(TA_CMD_SEAL, &r);
	if (a.result != 0 || a.bytes[1] != TA_ST_OK ||
		a.len != TA_ANSWER_HEAD + TA_S_LEN + TA_BLOB_LEN)
		return false;
	memcpy(ret_blob, a.bytes + TA_ANSWER_HEAD + TA_S_LEN, TA_BLOB_LEN);
	return true;
}

static struct answer open_with(const uint8_t blob[static TA_BLOB_LEN], uint8_t pin)
{
	const uint8_t version = TA_PROTO_VERSION;
	struct request r = {.len = 0};

	put(&r, &version, 1);
	put_all(&r, pin, TA_AUTH_LEN);
	put(&r, blob, TA_BLOB_LEN);
	return call(TA_CMD_OPEN, &r);
}

/* What is stored, as it is now, to another directory. */
static void storage_copy(const char *from, const char *to)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -f '%s'/* && cp '%s'/* '%s'", to, from, to);
	if (system(command) != 0)
		abort();
}

static void any_failure_is_an_answer_and_no_end(void)
{
	TMPDIR(dir);
	uint8_t blob[TA_BLOB_LEN];
	unsigned failures = 0;

	for (unsigned variant = 0; variant < 8; variant++) {
		for (unsigned n = 1;; n++) {
			struct answer a;

			tee_fake_reset(dir.path);
			REQUIRE(seal(1, blob));
			tee_fake_fail(n, variant);
			a = open_with(blob, 2);
			if (tee_fake_failed() == NULL)
				break;
			failures++;
			if (!CHECK_EQ(a.result, 0) || !CHECK(a.len == TA_ANSWER_HEAD) ||
				!CHECK(a.bytes[1] != TA_ST_OK) || !CHECK_EQ(tee_fake_open(), 0))
				printf("  %s, variant %u\n", tee_fake_failed(), variant);
		}
	}
	CHECK(failures > 8 * 5);
}

/* Root of the normal world: tries, storage put back, storage that fails, tries. */
static void storage_put_back_and_failing_gives_no_tries_back(void)
{
	TMPDIR(dir);
	TMPDIR(earlier);
	uint8_t blob[TA_BLOB_LEN];
	unsigned looked_at = 0;

	tee_fake_reset(dir.path);
	REQUIRE(seal(1, blob));
	storage_copy(dir.path, earlier.path);
	for (unsigned variant = 0; variant < 8; variant++) {
		for (unsigned n = 1; n < 40; n++) {
			struct answer a;

			tee_fake_fail(n, variant);
			a = open_with(blob, 2);
			tee_fake_fail(0, 0);
			looked_at += a.result == 0 && a.bytes[1] == TA_ST_AUTH;
			storage_copy(earlier.path, dir.path);
		}
	}
	CHECK(looked_at > 0 && looked_at <= TRIES);
	CHECK_EQ(open_with(blob, 2).bytes[1], TA_ST_LOCKED);
	CHECK_EQ(open_with(blob, 1).bytes[1], TA_ST_LOCKED);
}

static const struct test tests[] = {
	TEST(any_failure_is_an_answer_and_no_end),
	TEST(storage_put_back_and_failing_gives_no_tries_back),
};
TEST_MAIN(tests)
