/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames and trust_info's bytes: what goes in comes out, and nothing else is taken. */
#include "test.h"

#include "tpm_proto.h"
#include "trust_info.h"

static uint8_t room[TPM_PROTO_MAX + 64];

static struct tpm_writer writer(void)
{
	return (struct tpm_writer){.ptr = room, .cap = sizeof(room)};
}

static size_t frame_make(void)
{
	struct tpm_writer w = writer();

	CHECK_OK(tpm_frame_begin(&w, TPM_OP_OPEN));
	CHECK_OK(tpm_frame_put(&w, TPM_TAG_TCTI, bytes_str("device:/dev/tpmrm0")));
	CHECK_OK(tpm_frame_put_u32(&w, TPM_TAG_TIMEOUT, 10000));
	CHECK_OK(tpm_frame_put(&w, TPM_TAG_BLOB, BYTES_NONE));
	CHECK_OK(tpm_frame_end(&w));
	return w.len;
}

static void frame_written_reads_back(void)
{
	size_t len = frame_make(), want = 0;
	struct tpm_frame f;
	uint32_t v = 0;

	CHECK_OK(tpm_frame_len(room, &want));
	CHECK_EQ(want, len);
	REQUIRE_OK(tpm_frame_read(BYTES(room, len), &f));
	CHECK_EQ(f.code, TPM_OP_OPEN);
	CHECK(bytes_eq(f.field[TPM_TAG_TCTI], bytes_str("device:/dev/tpmrm0")));
	CHECK_OK(tpm_frame_u32(&f, TPM_TAG_TIMEOUT, &v));
	CHECK_EQ(v, 10000);
	CHECK(f.field[TPM_TAG_BLOB].ptr != NULL);
	CHECK_EQ(f.field[TPM_TAG_BLOB].len, 0);
	CHECK(f.field[TPM_TAG_AUTH].ptr == NULL);
	CHECK_ERR(tpm_frame_u32(&f, TPM_TAG_RC, &v), E_CORRUPT);
	CHECK_ERR(tpm_frame_u32(&f, TPM_TAG_TCTI, &v), E_CORRUPT);
}

static void frame_golden_bytes(void)
{
	static const uint8_t golden[] = {0, 0, 0, 11, 1, 1, 2, 0, 0, 0, 4, 0, 0, 0x27, 0x10};
	struct tpm_writer w = writer();

	CHECK_OK(tpm_frame_begin(&w, TPM_OP_SEAL));
	CHECK_OK(tpm_frame_put_u32(&w, TPM_TAG_TIMEOUT, 10000));
	CHECK_OK(tpm_frame_end(&w));
	CHECK(bytes_eq(BYTES(w.ptr, w.len), BYTES_OF(golden)));
}

static void frame_shortened_or_lengthened_is_corrupt(void)
{
	size_t len = frame_make();
	struct tpm_frame f;

	for (size_t n = 0; n < len; n++)
		CHECK_ERR(tpm_frame_read(BYTES(room, n), &f), E_CORRUPT);
	CHECK_ERR(tpm_frame_read(BYTES(room, len + 1), &f), E_CORRUPT);
}

/* Any byte of the heads and lengths: refused, or read within bounds. */
static void frame_altered_stays_within_bounds(void)
{
	size_t len = frame_make();
	uint8_t copy[256];
	struct tpm_frame f;

	REQUIRE(len <= sizeof(copy));
	for (size_t at = 0; at < len; at++) {
		for (unsigned v = 0; v < 256; v += 15) {
			memcpy(copy, room, len);
			copy[at] = (uint8_t) v;
			if (tpm_frame_read(BYTES(copy, len), &f).code != E_OK)
				continue;
			for (unsigned t = 0; t < TPM_TAG_END; t++)
				CHECK(f.field[t].ptr == NULL ||
					(f.field[t].ptr >= copy &&
						f.field[t].ptr + f.field[t].len <= copy + len));
		}
	}
}

static void frame_of_another_version_is_refused(void)
{
	size_t len = frame_make();
	struct tpm_frame f;

	room[4] = 2;
	CHECK_ERR(tpm_frame_read(BYTES(room, len), &f), E_VERSION);
}

static void frame_field_twice_or_unknown_is_corrupt(void)
{
	struct tpm_frame f;

	for (unsigned i = 0; i < 3; i++) {
		static const unsigned tags[][2] = {
			{TPM_TAG_RC, TPM_TAG_RC}, {TPM_TAG_RC, TPM_TAG_END}, {TPM_TAG_RC, 0}};
		struct tpm_writer w = writer();

		CHECK_OK(tpm_frame_begin(&w, TPM_ST_OK));
		CHECK_OK(tpm_frame_put_u32(&w, (enum tpm_tag) tags[i][0], 1));
		CHECK_OK(tpm_frame_put_u32(&w, (enum tpm_tag) tags[i][1], 1));
		CHECK_OK(tpm_frame_end(&w));
		CHECK_ERR(tpm_frame_read(BYTES(w.ptr, w.len), &f), E_CORRUPT);
	}
}

static void frame_too_long_is_refused(void)
{
	static const uint8_t head[] = {0xff, 0xff, 0xff, 0xff}, none[] = {0, 0, 0, 1};
	static uint8_t big[TPM_PROTO_MAX];
	struct tpm_writer w = writer(), small = {.ptr = room, .cap = 20};
	size_t n;

	CHECK_OK(tpm_frame_begin(&w, TPM_ST_OK));
	CHECK_ERR(tpm_frame_put(&w, TPM_TAG_S, BYTES_OF(big)), E_LIMIT);
	CHECK_OK(tpm_frame_put(&w, TPM_TAG_S, BYTES(big, TPM_PROTO_MAX - 11)));
	CHECK_ERR(tpm_frame_put_u32(&w, TPM_TAG_RC, 1), E_LIMIT);
	CHECK_OK(tpm_frame_begin(&small, TPM_ST_OK));
	CHECK_ERR(tpm_frame_put(&small, TPM_TAG_S, BYTES(big, 10)), E_LIMIT);
	CHECK_OK(tpm_frame_put(&small, TPM_TAG_S, BYTES(big, 9)));
	CHECK_ERR(tpm_frame_len(head, &n), E_CORRUPT);
	CHECK_ERR(tpm_frame_len(none, &n), E_CORRUPT);
}

static void count_reads_back(void)
{
	const struct trust_count in = {true, true, 3, 32, 7200, 86400};
	struct trust_count out = {0};
	BUF(b);

	CHECK_OK(trust_count_put(&in, &b));
	CHECK_OK(trust_count_read(buf_bytes(&b), &out));
	CHECK(out.known && out.locked && out.failed == 3 && out.max == 32 &&
		out.interval_s == 7200 && out.recovery_s == 86400);
	for (size_t n = 0; n < b.len; n++)
		CHECK_ERR(trust_count_read(BYTES(b.ptr, n), &out), E_CORRUPT);
	b.ptr[0] = 4;
	CHECK_ERR(trust_count_read(buf_bytes(&b), &out), E_CORRUPT);
}

static const struct trust_info info = {
	.state = TRUST_PCR_CHANGED,
	.changed_pcrs = 0x880,
	.detail = "PCR 7, 11 of the sha256 bank changed since it was sealed",
	.maker = "IFX",
	.vendor = "SLB9670",
	.firmware = "7.85.4555.0",
	.spec = "2.0 rev 1.38",
	.lockout_auth_set = true,
	.srk_persistent = true,
	.banks = 1u << 2,
	.zero_banks = 1u << 1,
	.reset_count = 1ull << 40,
	.restart_count = 5,
};

static void info_reads_back(void)
{
	struct trust_info out;
	BUF(b);

	CHECK_OK(trust_info_put(&info, &b));
	REQUIRE_OK(trust_info_read(buf_bytes(&b), &out));
	CHECK_EQ(out.state, info.state);
	CHECK_EQ(out.changed_pcrs, info.changed_pcrs);
	CHECK(strcmp(out.detail, info.detail) == 0 && strcmp(out.maker, info.maker) == 0 &&
		strcmp(out.vendor, info.vendor) == 0 && strcmp(out.firmware, info.firmware) == 0 &&
		strcmp(out.spec, info.spec) == 0);
	CHECK(!out.software && !out.owner_auth_set && out.lockout_auth_set &&
		!out.endorsement_auth_set && out.srk_persistent);
	CHECK_EQ(out.banks, info.banks);
	CHECK_EQ(out.zero_banks, info.zero_banks);
	CHECK_EQ(out.reset_count, info.reset_count);
	CHECK_EQ(out.restart_count, info.restart_count);
	for (size_t n = 0; n < b.len; n++)
		CHECK_ERR(trust_info_read(BYTES(b.ptr, n), &out), E_CORRUPT);
}

/* A chip's words are shown on terminals. */
static void info_with_control_characters_is_corrupt(void)
{
	struct trust_info evil = info, out;
	BUF(b);

	evil.vendor[2] = '\033';
	CHECK_OK(trust_info_put(&evil, &b));
	CHECK_ERR(trust_info_read(buf_bytes(&b), &out), E_CORRUPT);
}

static const struct test tests[] = {
	TEST(frame_written_reads_back),
	TEST(frame_golden_bytes),
	TEST(frame_shortened_or_lengthened_is_corrupt),
	TEST(frame_altered_stays_within_bounds),
	TEST(frame_of_another_version_is_refused),
	TEST(frame_field_twice_or_unknown_is_corrupt),
	TEST(frame_too_long_is_refused),
	TEST(count_reads_back),
	TEST(info_reads_back),
	TEST(info_with_control_characters_is_corrupt),
};

TEST_MAIN(tests)
