/* SPDX-License-Identifier: BSD-2-Clause */
/* The trusted application, natively, on a fake of the TEE's internal API: requests, blobs, whom
 * they are bound to, what it says of the TEE. Lines of seals: test_ta_lines.c; power cuts and
 * failures of the API: test_ta_faults.c. */
#include "ta_util.h"

#include <openssl/hmac.h>

static void seal_then_open_gives_s(void)
{
	struct sealed a = {0}, b = {0};
	struct reply r;

	REQUIRE(world_new());
	r = ta_seal('1', &a);
	CHECK(r.status == TA_ST_OK && r.counted && r.failed == 0 && r.tries == 10);
	CHECK_EQ(ta_seal('1', &b).status, TA_ST_OK);
	CHECK(memcmp(a.s, b.s, TA_S_LEN) != 0);
	CHECK(memcmp(a.blob + 17, b.blob + 17, TA_ID_LEN) != 0);
	CHECK(ta_opens('1', &a) && ta_opens('1', &b) && ta_opens('1', &a));
	tee_fake_reboot();
	CHECK(ta_opens('1', &a) && ta_opens('1', &b));
	CHECK_EQ(tee_fake_open(), 0);
	world_done();
}

static void only_whom_it_is_bound_to_opens_it(void)
{
	static const struct {
		uint32_t login;
		const uint8_t *uuid;
	} others[] = {{0, nobody}, {1, bob}, {2, alice}, {4, alice}, {5, alice}, {6, alice},
		{0xf0000000, alice}, {0x80000000, alice}, {0x101, alice}};
	struct sealed a = {0}, b = {0}, g = {0};

	REQUIRE(world_new());
	CHECK_EQ(ta_seal_to(TA_LOGIN_USER, '1', &a).status, TA_ST_IDENTITY);
	tee_fake_client(1, alice);
	CHECK_EQ(ta_seal_to(TA_LOGIN_GROUP, '1', &a).status, TA_ST_IDENTITY);
	CHECK_EQ(ta_seal_to(TA_LOGIN_PUBLIC, '1', &a).status, TA_ST_IDENTITY);
	CHECK_EQ(world_objects(), 0);
	CHECK_EQ(ta_seal_to(TA_LOGIN_USER, '1', &a).status, TA_ST_OK);
	CHECK(memcmp(a.blob + 39, alice, 16) == 0); /* as RFC 9562 writes it */
	CHECK(ta_opens('1', &a));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		tee_fake_client(others[i].login, others[i].uuid);
		CHECK_EQ(ta_open('1', &a).status, TA_ST_IDENTITY);
		CHECK_EQ(ta_open('2', &a).status, TA_ST_IDENTITY);
		CHECK_EQ(ta_state(&a), TA_STATE_IDENTITY);
	}
	/* the owner may change it from anywhere; it stays whose it was */
	CHECK_EQ(ta_change('2', &a, &b).status, TA_ST_OK);
	CHECK_EQ(ta_open('2', &b).status, TA_ST_IDENTITY);
	tee_fake_client(1, alice);
	CHECK_EQ(ta_failed(&a), 0);
	CHECK(ta_opens('2', &b));
	tee_fake_client(2, alice);
	CHECK_EQ(ta_seal_to(TA_LOGIN_GROUP, '1', &g).status, TA_ST_OK);
	CHECK(ta_opens('1', &g));
	tee_fake_client(1, alice);
	CHECK_EQ(ta_open('1', &g).status, TA_ST_IDENTITY);
	world_done();
}

static void a_public_seal_opens_for_every_client(void)
{
	struct sealed a = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	for (uint32_t login = 0; login < 7; login++) {
		tee_fake_client(login, bob);
		CHECK(ta_opens('1', &a));
	}
	world_done();
}

static void another_device_opens_nothing(void)
{
	const uint8_t huk[16] = {1};
	struct sealed a = {0}, b = {0};

	REQUIRE(world_new());
	ta_seal('1', &a);
	tee_fake_reboot();
	tee_fake_huk(huk); /* and it has the same storage */
	CHECK_EQ(ta_open('1', &a).status, TA_ST_FOREIGN);
	CHECK_EQ(ta_state(&a), TA_STATE_FOREIGN);
	CHECK_EQ(ta_change('2', &a, &b).status, TA_ST_FOREIGN);
	CHECK_EQ(ta_settle('o', &a).status, TA_ST_FOREIGN);
	CHECK_EQ(ta_destroy('o', &a).status, TA_ST_FOREIGN);
	/* nor with the machine's name forged */
	ta_seal('1', &b);
	memcpy(a.blob + 1, b.blob + 1, TA_ID_LEN);
	CHECK_EQ(ta_open('1', &a).status, TA_ST_CORRUPT);
	world_done();
}

/* Made by OP-TEE 4.5 with a hardware unique key of zeros, for the user 1000 of its normal world:
 * the second blob of its line, settled, with auth "abcdabcd...". Whatever reads blobs and records
 * of version 1 opens it. */
static void a_seal_of_a_real_op_tee_opens(void)
{
	static const struct sealed real = {
		.s = {0xb2, 0x69, 0x6b, 0x59, 0xcb, 0x7e, 0xe0, 0xb6, 0x6d, 0xd3, 0xa2, 0xb0, 0x6a,
			0xb3, 0x22, 0x79, 0x67, 0xa9, 0xc8, 0xcd, 0x9b, 0x05, 0xbd, 0x4a, 0x70,
			0xec, 0x41, 0x31, 0xf4, 0x6f, 0xc0, 0xfd},
		.blob = {0x01, 0x6b, 0x20, 0x99, 0x5e, 0x72, 0x20, 0x8a, 0xea, 0x58, 0x87, 0x73,
			0xb9, 0xcc, 0x4f, 0x91, 0x1c, 0x74, 0x60, 0x87, 0x9b, 0x7d, 0x57, 0x32,
			0xa0, 0x19, 0xcc, 0x60, 0x0b, 0xdb, 0xa8, 0xe5, 0x61, 0x00, 0x00, 0x00,
			0x02, 0x00, 0x01, 0xfc, 0x34, 0x27, 0x5c, 0xd8, 0xdd, 0x5b, 0xa7, 0x96,
			0x8b, 0x50, 0x47, 0x18, 0x36, 0x3b, 0x87, 0x01, 0x00, 0x00, 0x00, 0x0a,
			0x7a, 0xb1, 0x95, 0xcd, 0x25, 0xb7, 0xa0, 0x86, 0xb1, 0x07, 0xbb, 0x7b,
			0x8c, 0xeb, 0xd7, 0x01, 0xff, 0x14, 0xb3, 0xc6, 0x9c, 0x1e, 0xbd, 0x99,
			0xf7, 0xec, 0x9e, 0x6f, 0x08, 0xd0, 0x65, 0x62, 0x00, 0x93, 0xa6, 0x01,
			0x82, 0xe9, 0xa0, 0x65, 0x9d, 0x27, 0xc5, 0x3b, 0x0e, 0xf6, 0x39, 0x55,
			0xb5, 0x72, 0x6f, 0x81, 0x0d, 0x3f, 0x0b, 0x9f, 0x98, 0x84, 0xcd, 0xae,
			0x40, 0x11, 0x75, 0x6f, 0x80, 0xb4, 0x6f, 0x10, 0x50, 0x97, 0x2e, 0x04,
			0xb8, 0xc2, 0x39, 0x54, 0x66, 0x16, 0xf6, 0x09, 0x63, 0x63, 0xd9, 0xdf,
			0xa1, 0xe6, 0xfb, 0xed, 0x47, 0xde, 0x70, 0x6d, 0x57, 0xce, 0xca, 0xe7,
			0xfb, 0x99, 0x63, 0xe6, 0xfd, 0xed, 0x98, 0x94, 0xd5, 0x0c, 0x4f, 0xda,
			0xdc, 0x3e, 0x8b, 0xa5, 0xf0, 0x06, 0x8f, 0x89, 0x83, 0x22, 0x11, 0xb6,
			0xbc, 0x61, 0x6c, 0x9e},
	};
	static const uint8_t record[TA_LINE_LEN] = {1, 0, 0, 0, 0, 2, 0, 0, 0, 2};
	static const uint8_t user_1000[16] = {0xfc, 0x34, 0x27, 0x5c, 0xd8, 0xdd, 0x5b, 0xa7, 0x96,
		0x8b, 0x50, 0x47, 0x18, 0x36, 0x3b, 0x87};
	struct ask ask = ask_open(0, &real);
	char path[160];
	struct reply r;
	FILE *f;

	REQUIRE(world_new());
	record_path(&real, path, sizeof(path));
	f = fopen(path, "wbe");
	REQUIRE(f != NULL);
	CHECK_EQ(fwrite(record, 1, sizeof(record), f), sizeof(record));
	fclose(f);
	for (size_t i = 0; i < TA_AUTH_LEN; i++)
		ask.bytes[1 + i] = (uint8_t) "abcd"[i % 4];
	CHECK_EQ(ask_send(TA_CMD_OPEN, &ask).status, TA_ST_IDENTITY);
	tee_fake_client(1, user_1000);
	CHECK_EQ(ta_open('x', &real).failed, 1);
	r = ask_send(TA_CMD_OPEN, &ask);
	CHECK(r.status == TA_ST_OK && r.tries == 10 && memcmp(r.body, real.s, TA_S_LEN) == 0);
	world_done();
}

static enum ta_status flipped_status(size_t at, uint8_t value)
{
	if (at == 0)
		return value > TA_BLOB_VERSION ? TA_ST_VERSION : TA_ST_CORRUPT;
	return at < 1 + TA_ID_LEN ? TA_ST_FOREIGN : TA_ST_CORRUPT;
}

static void any_flipped_bit_of_a_blob_is_refused(void)
{
	struct sealed a = {0}, b = {0};
	unsigned writes;

	REQUIRE(world_new());
	ta_seal('1', &a);
	writes = tee_fake_writes();
	for (size_t bit = 0; bit < TA_BLOB_LEN * 8ul; bit++) {
		struct sealed bad = a;
		enum ta_status want;

		bad.blob[bit / 8] ^= (uint8_t) (1u << bit % 8);
		want = flipped_status(bit / 8, bad.blob[bit / 8]);
		CHECK_EQ(ta_open('1', &bad).status, want);
		CHECK_EQ(ta_change('2', &bad, &b).status, want);
		CHECK_EQ(ta_settle('o', &bad).status, want);
		CHECK_EQ(ta_destroy('o', &bad).status, want);
	}
	CHECK_EQ(tee_fake_writes(), writes);
	CHECK(ta_opens('1', &a));
	world_done();
}

static void requests_of_any_other_length_are_refused(void)
{
	struct sealed a = {0};
	struct ask asks[7];

	REQUIRE(world_new());
	ta_seal('1', &a);
	asks[1] = ask_seal(TA_LOGIN_PUBLIC, '1', 10, 'o');
	asks[2] = ask_open('1', &a);
	asks[4] = ask_change('2', 'o', 'o', &a);
	asks[5] = ask_owned('o', &a);
	asks[6] = ask_owned('o', &a);
	asks[3] = ask_begin();
	ask_bytes(&asks[3], a.blob, TA_BLOB_LEN);
	for (uint32_t cmd = 1; cmd <= 6; cmd++) {
		const size_t right = asks[cmd].len;

		memset(asks[cmd].bytes + right, 0, sizeof(asks[cmd].bytes) - right);
		for (size_t len = 1; len <= TA_REQUEST_MAX; len++) {
			struct ask cut = asks[cmd];
			const unsigned writes = tee_fake_writes();
			struct reply r;

			cut.len = len;
			if (len == right || (cmd == TA_CMD_DESCRIBE && len == 1))
				continue;
			r = ask_send(cmd, &cut);
			if (cmd == TA_CMD_DESCRIBE)
				CHECK(r.status == TA_ST_OK && r.body[1] == TA_STATE_CORRUPT);
			else
				CHECK(r.status == TA_ST_INVALID || r.status == TA_ST_CORRUPT);
			CHECK_EQ(tee_fake_writes(), writes);
		}
	}
	world_done();
}

static void parameters_of_other_types_or_sizes_are_refused(void)
{
	const struct ask a = ask_begin();
	uint8_t answer[TA_ANSWER_MAX + 1];

	REQUIRE(world_new());
	for (uint32_t types = 0; types < 0x10000; types += types < 0x100 ? 1 : 0xff) {
		size_t len = TA_ANSWER_MAX;

		if (types != 0x65)
			CHECK_EQ(tee_fake_invoke_raw(3, types, a.bytes, 1, answer, &len),
				0xffff0006);
	}
	for (size_t size = 0; size <= sizeof(answer); size++) {
		size_t len = size;

		CHECK_EQ(tee_fake_invoke(3, a.bytes, 1, answer, &len),
			size < TA_ANSWER_MAX ? 0xffff0006 : 0);
	}
	for (size_t size = 0; size <= sizeof(a.bytes); size++) {
		size_t len = TA_ANSWER_MAX;

		CHECK_EQ(tee_fake_invoke(3, a.bytes, size, answer, &len),
			size < 1 || size > TA_REQUEST_MAX ? 0xffff0006 : 0);
	}
	world_done();
}

static void versions_and_commands_that_are_none(void)
{
	struct sealed a = {0};
	struct ask ask;

	REQUIRE(world_new());
	ta_seal('1', &a);
	for (uint32_t version = 0; version < 256; version++) {
		ask = ask_open('1', &a);
		ask.bytes[0] = (uint8_t) version;
		CHECK_EQ(ask_send(TA_CMD_OPEN, &ask).status,
			version == TA_PROTO_VERSION ? TA_ST_OK : TA_ST_VERSION);
	}
	ask = ask_open('1', &a);
	for (uint32_t cmd = 7; cmd < 100; cmd++)
		CHECK_EQ(ask_send(cmd, &ask).status, TA_ST_INVALID);
	CHECK_EQ(ask_send(0, &ask).status, TA_ST_INVALID);
	CHECK_EQ(ask_send(UINT32_MAX, &ask).status, TA_ST_INVALID);
	world_done();
}

static enum ta_status seal_status(uint8_t login, uint8_t pin, uint32_t tries, uint8_t auth)
{
	struct ask a = ask_seal(TA_LOGIN_PUBLIC, auth, tries, 'o');

	a.bytes[1] = login;
	a.bytes[2] = pin;
	return ask_send(TA_CMD_SEAL, &a).status;
}

static void wishes_that_make_no_sense_are_refused(void)
{
	struct sealed a = {0}, n = {0};

	REQUIRE(world_new());
	CHECK_EQ(seal_status(0, 1, 1, '1'), TA_ST_OK);
	CHECK_EQ(seal_status(0, 1, TA_TRIES_MAX, '1'), TA_ST_OK);
	CHECK_EQ(seal_status(0, 0, 0, 0), TA_ST_OK);
	CHECK_EQ(seal_status(0, 1, 0, '1'), TA_ST_INVALID);
	CHECK_EQ(seal_status(0, 1, TA_TRIES_MAX + 1, '1'), TA_ST_INVALID);
	CHECK_EQ(seal_status(0, 1, UINT32_MAX, '1'), TA_ST_INVALID);
	CHECK_EQ(seal_status(0, 0, 10, 0), TA_ST_INVALID);
	CHECK_EQ(seal_status(0, 2, 10, '1'), TA_ST_INVALID);
	CHECK_EQ(seal_status(0, 1, 10, 0), TA_ST_INVALID);
	CHECK_EQ(seal_status(0, 0, 0, '1'), TA_ST_INVALID);
	CHECK_EQ(seal_status(3, 1, 10, '1'), TA_ST_INVALID);
	CHECK_EQ(seal_status(255, 1, 10, '1'), TA_ST_INVALID);
	CHECK_EQ(world_objects(), 3);
	ta_seal('1', &a);
	ta_seal(0, &n);
	CHECK_EQ(ta_open(0, &a).status, TA_ST_INVALID); /* no PIN is no try */
	CHECK_EQ(ta_failed(&a), 0);
	CHECK_EQ(ta_open('1', &n).status, TA_ST_INVALID);
	world_done();
}

static void describe_says_what_the_tee_is(void)
{
	static const char texts[] = "\x04"
				    "Fake\x1e"
				    "A fake TEE in a test's process\x05"
				    "1.2.3";
	const uint8_t huk[16] = {[15] = 1};
	struct reply r;

	REQUIRE(world_new());
	r = ta_describe(NULL);
	REQUIRE(r.status == TA_ST_OK && r.len == 14 + sizeof(texts) - 1);
	CHECK(r.body[0] == TA_INFO_VERSION && r.body[1] == TA_STATE_NONE && !r.counted);
	CHECK_EQ(u32_at(r.body + 2), TA_INFO_DEVELOPMENT_HUK);
	CHECK(u32_at(r.body + 6) == 0 && u32_at(r.body + 10) == 0);
	CHECK(memcmp(r.body + 14, texts, sizeof(texts) - 1) == 0);
	tee_fake_huk(huk);
	tee_fake_rollback(100, false);
	r = ta_describe(NULL);
	CHECK(u32_at(r.body + 2) == 0 && u32_at(r.body + 6) == 100);
	tee_fake_rollback(TA_ROLLBACK_HARDWARE, true);
	r = ta_describe(NULL);
	CHECK(u32_at(r.body + 2) == TA_INFO_RPMB && u32_at(r.body + 6) == TA_ROLLBACK_HARDWARE);
	CHECK_EQ(tee_fake_writes(), 0);
	world_done();
}

static void lines_go_where_nothing_can_be_put_back(void)
{
	struct sealed a = {0}, b = {0};
	struct reply r;

	REQUIRE(world_new());
	tee_fake_rollback(TA_ROLLBACK_HARDWARE, true);
	ta_seal('1', &a);
	CHECK_EQ(a.blob[37], TA_STORAGE_RPMB);
	CHECK(ta_opens('1', &a));
	r = ta_describe(&a);
	CHECK_EQ(u32_at(r.body + 2), TA_INFO_DEVELOPMENT_HUK | TA_INFO_RPMB | TA_INFO_LINE_RPMB);
	CHECK_EQ(u32_at(r.body + 10), 1);
	ta_change('2', &a, &b);
	CHECK_EQ(b.blob[37], TA_STORAGE_RPMB);
	/* announced, and not there */
	tee_fake_rollback(TA_ROLLBACK_HARDWARE, false);
	CHECK_EQ(ta_open('1', &a).status, TA_ST_GONE);
	CHECK_EQ(ta_seal('1', &b).status, TA_ST_OK);
	CHECK_EQ(b.blob[37], TA_STORAGE_PRIVATE);
	r = ta_describe(&b);
	CHECK_EQ(u32_at(r.body + 2) & TA_INFO_LINE_RPMB, 0);
	tee_fake_rollback(100, true); /* a promise of the normal world's */
	ta_seal('1', &b);
	CHECK_EQ(b.blob[37], TA_STORAGE_PRIVATE);
	world_done();
}

/* What ta/info.c takes for a development key, from OP-TEE's derivation. */
static void a_hardware_key_of_zeros_is_known(void)
{
	static const uint8_t usage_and_uuid[] = {3, 0, 0, 0, 0xb0, 0x4f, 0x15, 0x6f, 0xb4, 0xaa,
		0x22, 0x4b, 0xb4, 0x54, 0x82, 0xe6, 0xec, 0xdd, 0x8c, 0x86};
	uint8_t data[sizeof(usage_and_uuid) + sizeof(TA_LABEL_MACHINE)], mac[32], huk[16] = {0};
	struct sealed a = {0};

	REQUIRE(world_new());
	memcpy(data, usage_and_uuid, sizeof(usage_and_uuid));
	memcpy(data + sizeof(usage_and_uuid), TA_LABEL_MACHINE, sizeof(TA_LABEL_MACHINE));
	REQUIRE(HMAC(EVP_sha256(), huk, 16, data, sizeof(data) - 1, mac, NULL) != NULL);
	ta_seal('1', &a);
	CHECK(memcmp(a.blob + 1, mac, TA_ID_LEN) == 0);
	CHECK((ta_describe(NULL).body[5] & TA_INFO_DEVELOPMENT_HUK) != 0);
	for (size_t bit = 0; bit < 128; bit++) {
		huk[bit / 8] = (uint8_t) (1u << bit % 8);
		tee_fake_huk(huk);
		CHECK((ta_describe(NULL).body[5] & TA_INFO_DEVELOPMENT_HUK) == 0);
		huk[bit / 8] = 0;
	}
	world_done();
}

static const struct test tests[] = {
	TEST(seal_then_open_gives_s),
	TEST(only_whom_it_is_bound_to_opens_it),
	TEST(a_public_seal_opens_for_every_client),
	TEST(another_device_opens_nothing),
	TEST(a_seal_of_a_real_op_tee_opens),
	TEST(any_flipped_bit_of_a_blob_is_refused),
	TEST(requests_of_any_other_length_are_refused),
	TEST(parameters_of_other_types_or_sizes_are_refused),
	TEST(versions_and_commands_that_are_none),
	TEST(wishes_that_make_no_sense_are_refused),
	TEST(describe_says_what_the_tee_is),
	TEST(lines_go_where_nothing_can_be_put_back),
	TEST(a_hardware_key_of_zeros_is_known),
};
TEST_MAIN(tests)
