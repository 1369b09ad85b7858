/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

#include "buf.h"

static void integers_are_big_endian(void)
{
	static const uint8_t drawn[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	struct reader r;
	uint8_t a;
	uint16_t b;
	uint32_t c;
	uint64_t d;
	BUF(buf);

	REQUIRE_OK(buf_put_u8(&buf, 1));
	REQUIRE_OK(buf_put_u16(&buf, 0x0203));
	REQUIRE_OK(buf_put_u32(&buf, 0x04050607));
	REQUIRE_OK(buf_put_u64(&buf, 0x08090a0b0c0d0e0f));
	CHECK(bytes_eq(buf_bytes(&buf), BYTES_OF(drawn)));
	r = reader_of(buf_bytes(&buf));
	REQUIRE_OK(reader_u8(&r, &a));
	REQUIRE_OK(reader_u16(&r, &b));
	REQUIRE_OK(reader_u32(&r, &c));
	REQUIRE_OK(reader_u64(&r, &d));
	CHECK(a == 1 && b == 0x0203 && c == 0x04050607 && d == 0x08090a0b0c0d0e0f);
	CHECK_OK(reader_end(&r));
	CHECK_ERR(reader_u8(&r, &a), E_CORRUPT);
}

static void length_and_value_round_trip_within_bounds(void)
{
	struct bytes got = BYTES_NONE;
	struct reader r;
	BUF(b);

	REQUIRE_OK(buf_put_lv(&b, bytes_str("value")));
	r = reader_of(buf_bytes(&b));
	CHECK_ERR(reader_lv(&r, 4, &got), E_CORRUPT);
	CHECK(r.left.len == b.len); /* nothing was taken */
	REQUIRE_OK(reader_lv(&r, 5, &got));
	CHECK(bytes_eq(got, bytes_str("value")));
	for (size_t n = 0; n < b.len; n++) {
		r = reader_of(BYTES(b.ptr, n));
		CHECK_ERR(reader_lv(&r, 100, &got), E_CORRUPT);
	}
	b.ptr[0] = 0xff; /* a length beyond everything */
	r = reader_of(buf_bytes(&b));
	CHECK_ERR(reader_lv(&r, SIZE_MAX, &got), E_CORRUPT);
}

static void growing_keeps_content_and_ends_at_the_limit(void)
{
	uint8_t *p = NULL;
	BUF(b);

	for (unsigned i = 0; i < 1000; i++)
		REQUIRE_OK(buf_put_u32(&b, i));
	for (unsigned i = 0; i < 1000; i++)
		CHECK(b.ptr[4 * i + 3] == (uint8_t) i && b.ptr[4 * i + 2] == (uint8_t) (i >> 8));
	CHECK_ERR(buf_grow(&b, BUF_MAX, &p), E_LIMIT);
	CHECK_ERR(buf_grow(&b, SIZE_MAX, &p), E_LIMIT);
	CHECK(b.len == 4000);
	REQUIRE_OK(buf_grow(&b, 8, &p));
	CHECK(p == b.ptr + 4000 && p[0] == 0 && p[7] == 0);
}

static void text_is_followed_by_a_nul(void)
{
	BUF(b);

	REQUIRE_OK(buf_printf(&b, "%d", 12));
	REQUIRE_OK(buf_printf(&b, "-%s", "x"));
	CHECK(b.len == 4 && strcmp((char *) b.ptr, "12-x") == 0);
	buf_done(&b);
	CHECK(b.ptr == NULL && b.len == 0);
	REQUIRE_OK(buf_put_u8(&b, 1));
}

static const struct test tests[] = {
	TEST(integers_are_big_endian),
	TEST(length_and_value_round_trip_within_bounds),
	TEST(growing_keeps_content_and_ends_at_the_limit),
	TEST(text_is_followed_by_a_nul),
};
TEST_MAIN(tests)
