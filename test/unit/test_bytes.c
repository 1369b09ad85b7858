/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

#include "bytes.h"
#include "num.h"

#include <errno.h>

static void equal_compares_lengths_and_content(void)
{
	CHECK(bytes_eq(bytes_str("ab"), bytes_str("ab")) &&
		bytes_eq_ct(bytes_str("ab"), bytes_str("ab")));
	CHECK(!bytes_eq(bytes_str("ab"), bytes_str("ac")) &&
		!bytes_eq_ct(bytes_str("ab"), bytes_str("ac")));
	CHECK(!bytes_eq(bytes_str("ab"), bytes_str("abc")) &&
		!bytes_eq_ct(bytes_str("ab"), bytes_str("abc")));
	CHECK(bytes_eq(BYTES_NONE, bytes_str("")) && bytes_eq_ct(BYTES_NONE, BYTES_NONE));
}

static void hex_round_trips_and_refuses(void)
{
	static const uint8_t in[] = {0x00, 0x7f, 0x80, 0xff};
	uint8_t out[4];
	char text[9];

	bytes_hex(BYTES_OF(in), text);
	CHECK(strcmp(text, "007f80ff") == 0);
	CHECK(bytes_from_hex("007F80fF", out, 4) && memcmp(in, out, 4) == 0);
	CHECK(!bytes_from_hex("007f80f", out, 4) && !bytes_from_hex("007f80fff", out, 4));
	CHECK(!bytes_from_hex("007f80fg", out, 4) && !bytes_from_hex("", out, 4));
}

static void arithmetic_that_overflows_is_refused(void)
{
	unsigned long ul;
	size_t n = 7;
	uint32_t u;
	int i;

	CHECK(!size_add(SIZE_MAX, 1, &n) && n == 7 && size_add(SIZE_MAX, 0, &n));
	CHECK(!size_mul(SIZE_MAX / 2 + 1, 2, &n) && size_mul(3, 4, &n) && n == 12);
	CHECK(u32_from_size(UINT32_MAX, &u) && u == UINT32_MAX);
	CHECK(int_from_size(INT_MAX, &i) && !int_from_size((size_t) INT_MAX + 1, &i));
	CHECK(ulong_from_u64(5, &ul) && ul == 5);
}

static void every_code_has_words(void)
{
	for (unsigned c = E_OK; c <= E_INTERNAL; c++)
		CHECK(strcmp(err_str(ERR((enum err_code) c)), "unknown error") != 0);
	CHECK_ERR(err_from_errno(ENOSPC), E_FULL);
	CHECK_ERR(err_from_errno(EDQUOT), E_FULL);
	CHECK_ERR(err_from_errno(EROFS), E_READ_ONLY);
	CHECK_ERR(err_from_errno(EACCES), E_PERMISSION);
	CHECK_ERR(err_from_errno(ENOENT), E_NOT_FOUND);
	CHECK_ERR(err_from_errno(ENOMEM), E_NOMEM);
	CHECK_ERR(err_from_errno(EIO), E_IO);
	CHECK_ERR(err_from_errno(0), E_IO);
}

static const struct test tests[] = {
	TEST(equal_compares_lengths_and_content),
	TEST(hex_round_trips_and_refuses),
	TEST(arithmetic_that_overflows_is_refused),
	TEST(every_code_has_words),
};
TEST_MAIN(tests)
