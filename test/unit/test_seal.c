/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

#include "seal.h"

static void opens_only_with_key_and_aad(void)
{
	SECRET(key);
	SECRET(other);
	SECRET(plain);
	BUF(box);

	REQUIRE_OK(secret_random(SEAL_KEY_LEN, &key));
	REQUIRE_OK(secret_random(SEAL_KEY_LEN, &other));
	REQUIRE_OK(seal_put(key, bytes_str("aad"), bytes_str("text"), &box));
	CHECK(box.len == 4 + SEAL_OVERHEAD);
	REQUIRE_OK(seal_open(key, bytes_str("aad"), buf_bytes(&box), &plain));
	CHECK(bytes_eq(secret_view(plain), bytes_str("text")));
	secret_free(&plain);
	CHECK_ERR(seal_open(other, bytes_str("aad"), buf_bytes(&box), &plain), E_TAMPERED);
	CHECK_ERR(seal_open(key, bytes_str("add"), buf_bytes(&box), &plain), E_TAMPERED);
	CHECK_ERR(seal_open(key, BYTES_NONE, buf_bytes(&box), &plain), E_TAMPERED);
	for (size_t i = 0; i < box.len; i++) {
		box.ptr[i] ^= 1;
		CHECK_ERR(seal_open(key, bytes_str("aad"), buf_bytes(&box), &plain), E_TAMPERED);
		box.ptr[i] ^= 1;
		CHECK_ERR(seal_open(key, bytes_str("aad"), BYTES(box.ptr, i), &plain),
			i < SEAL_OVERHEAD ? E_CORRUPT : E_TAMPERED);
	}
	CHECK(plain == NULL);
}

static void empty_text_and_large_text_round_trip(void)
{
	static uint8_t large[SECRET_MAX];
	SECRET(key);

	REQUIRE_OK(secret_random(SEAL_KEY_LEN, &key));
	for (size_t len = 0; len <= sizeof(large); len = len * 8 + 1) {
		SECRET(plain);
		BUF(box);

		REQUIRE_OK(seal_put(key, BYTES_NONE, BYTES(large, len), &box));
		REQUIRE_OK(seal_open(key, BYTES_NONE, buf_bytes(&box), &plain));
		CHECK(bytes_eq(secret_view(plain), BYTES(large, len)));
	}
}

static void nonces_are_never_the_same(void)
{
	SECRET(key);
	BUF(a);
	BUF(b);

	REQUIRE_OK(secret_random(SEAL_KEY_LEN, &key));
	REQUIRE_OK(seal_put(key, BYTES_NONE, BYTES_NONE, &a));
	REQUIRE_OK(seal_put(key, BYTES_NONE, BYTES_NONE, &b));
	CHECK(memcmp(a.ptr, b.ptr, SEAL_NONCE_LEN) != 0);
}

static void key_of_another_length_is_our_bug(void)
{
	SECRET(key);
	BUF(box);

	REQUIRE_OK(secret_random(16, &key));
	CHECK_ERR(seal_put(key, BYTES_NONE, BYTES_NONE, &box), E_INTERNAL);
	CHECK(box.len == 0);
}

static const struct test tests[] = {
	TEST(opens_only_with_key_and_aad),
	TEST(empty_text_and_large_text_round_trip),
	TEST(nonces_are_never_the_same),
	TEST(key_of_another_length_is_our_bug),
};
TEST_MAIN(tests)
