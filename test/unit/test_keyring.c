/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

#include "keyring.h"
#include "tmpdir.h"

static const uint8_t token_a[ID_LEN] = {1, 2, 3}, token_b[ID_LEN] = {3, 2, 1};
static const uint8_t object_a[ID_LEN] = {0xa}, object_b[ID_LEN] = {0xb};
static const struct trust_env env = {0};

static struct seal_request request(const char *policy, struct secret **pin, const char *text)
{
	struct seal_request rq = {.env = &env, .source = "fake", .role = ROLE_USER};

	(void) !CHECK_OK(policy_parse(policy, false, &rq.policy));
	if (text != NULL)
		(void) !CHECK_OK(secret_copy_in(bytes_str(text), pin));
	rq.pin = *pin;
	return rq;
}

/* Two keyrings are of one TK if their MACs are. */
static bool same_key(const struct keyring *a, const struct keyring *b)
{
	uint8_t x[KEYRING_MAC_LEN], y[KEYRING_MAC_LEN];

	return CHECK_OK(keyring_mac(a, MAC_LIST, bytes_str("x"), x)) &&
	       CHECK_OK(keyring_mac(b, MAC_LIST, bytes_str("x"), y)) &&
	       memcmp(x, y, sizeof(x)) == 0;
}

static void unlock_right_pin_gives_same_key(void)
{
	_cleanup_(keyring_free) struct keyring *k = NULL, *again = NULL;
	SECRET(pin);
	struct seal_request rq = request("pin", &pin, "1234");
	struct seal_info info;
	BUF(seal);

	REQUIRE_OK(keyring_create(token_a, &k));
	REQUIRE_OK(keyring_add_seal(k, &rq, &seal));
	REQUIRE_OK(seal_info_read(buf_bytes(&seal), &info));
	CHECK(info.role == ROLE_USER && strcmp(info.source, "fake") == 0 && info.policy.pin);
	REQUIRE_OK(keyring_unlock(token_a, buf_bytes(&seal), &rq, &again));
	CHECK(same_key(k, again));
}

static void unlock_wrong_pin_is_auth_error(void)
{
	_cleanup_(keyring_free) struct keyring *k = NULL, *again = NULL;
	SECRET(pin);
	SECRET(wrong);
	struct seal_request rq = request("pin", &pin, "1234");
	BUF(seal);

	REQUIRE_OK(keyring_create(token_a, &k));
	REQUIRE_OK(keyring_add_seal(k, &rq, &seal));
	REQUIRE_OK(secret_copy_in(bytes_str("1235"), &wrong));
	rq.pin = wrong;
	CHECK_ERR(keyring_unlock(token_a, buf_bytes(&seal), &rq, &again), E_AUTH);
	rq.pin = NULL;
	CHECK_ERR(keyring_unlock(token_a, buf_bytes(&seal), &rq, &again), E_INVALID);
	CHECK(again == NULL);
}

/* What a source that was broken gives away, its blob, must not be enough: the PIN is in the KEK,
 * too. The fake's blob has S and auth in plaintext; here auth is put right for a wrong PIN. */
static void unlock_broken_source_still_needs_pin(void)
{
	_cleanup_(keyring_free) struct keyring *k = NULL, *again = NULL;
	SECRET(pin);
	SECRET(wrong);
	struct seal_request rq = request("pin", &pin, "1234");
	TMPDIR(dir);
	char script[128];
	BUF(seal);

	REQUIRE_OK(keyring_create(token_a, &k));
	REQUIRE_OK(keyring_add_seal(k, &rq, &seal));
	REQUIRE_OK(secret_copy_in(bytes_str("1235"), &wrong));
	rq.pin = wrong;
	snprintf(script, sizeof(script), "%s/script", dir.path);
	file_write(script, "any-auth=1\n");
	setenv("BULLA_FAKE", script, 1);
	CHECK_ERR(keyring_unlock(token_a, buf_bytes(&seal), &rq, &again), E_TAMPERED);
	unsetenv("BULLA_FAKE");
}

static void unlock_without_pin_needs_none(void)
{
	_cleanup_(keyring_free) struct keyring *k = NULL, *again = NULL;
	SECRET(pin);
	struct seal_request rq = request("pcr=sha256:7", &pin, NULL);
	BUF(seal);

	REQUIRE_OK(keyring_create(token_a, &k));
	REQUIRE_OK(keyring_add_seal(k, &rq, &seal));
	REQUIRE_OK(keyring_unlock(token_a, buf_bytes(&seal), &rq, &again));
	CHECK(same_key(k, again));
	REQUIRE_OK(secret_copy_in(bytes_str("1234"), &pin));
	rq.pin = pin;
	keyring_free(&again);
	CHECK_ERR(keyring_unlock(token_a, buf_bytes(&seal), &rq, &again), E_INVALID);
}

static void unlock_other_token_is_tampered(void)
{
	_cleanup_(keyring_free) struct keyring *k = NULL, *again = NULL;
	SECRET(pin);
	struct seal_request rq = request("none", &pin, NULL);
	BUF(seal);

	REQUIRE_OK(keyring_create(token_a, &k));
	REQUIRE_OK(keyring_add_seal(k, &rq, &seal));
	CHECK_ERR(keyring_unlock(token_b, buf_bytes(&seal), &rq, &again), E_TAMPERED);
}

static void unlock_any_flipped_byte_fails(void)
{
	_cleanup_(keyring_free) struct keyring *k = NULL;
	SECRET(pin);
	struct seal_request rq = request("none", &pin, NULL);
	BUF(seal);

	REQUIRE_OK(keyring_create(token_a, &k));
	REQUIRE_OK(keyring_add_seal(k, &rq, &seal));
	for (size_t i = 0; i < seal.len; i++) {
		_cleanup_(keyring_free) struct keyring *again = NULL;

		seal.ptr[i] ^= 0x04;
		if (!CHECK(keyring_unlock(token_a, buf_bytes(&seal), &rq, &again).code != E_OK))
			printf("  byte %zu\n", i);
		seal.ptr[i] ^= 0x04;
	}
	for (size_t n = 0; n < seal.len; n++) {
		_cleanup_(keyring_free) struct keyring *again = NULL;

		CHECK(keyring_unlock(token_a, BYTES(seal.ptr, n), &rq, &again).code != E_OK);
	}
}

static void unlock_unknown_source_is_unsupported(void)
{
	_cleanup_(keyring_free) struct keyring *k = NULL;
	SECRET(pin);
	struct seal_request rq = request("none", &pin, NULL);
	BUF(seal);

	rq.source = "nowhere";
	REQUIRE_OK(keyring_create(token_a, &k));
	CHECK_ERR(keyring_add_seal(k, &rq, &seal), E_UNSUPPORTED);
	CHECK(seal.len == 0);
}

static void replacing_seal_stays_with_source_and_login(void)
{
	_cleanup_(keyring_free) struct keyring *k = NULL;
	SECRET(pin);
	struct seal_request rq = request("pin+login=public", &pin, "1234");
	BUF(before);
	BUF(seal);

	REQUIRE_OK(keyring_create(token_a, &k));
	REQUIRE_OK(keyring_add_seal(k, &rq, &before));
	rq.before = buf_bytes(&before);
	CHECK_OK(keyring_add_seal(k, &rq, &seal));
	CHECK(seal.len > 0);
	buf_done(&seal);
	rq.policy.login = POLICY_LOGIN_NONE;
	CHECK_ERR(keyring_add_seal(k, &rq, &seal), E_INVALID);
	rq.policy.login = POLICY_LOGIN_USER;
	CHECK_ERR(keyring_add_seal(k, &rq, &seal), E_INVALID);
	rq.policy.login = POLICY_LOGIN_PUBLIC;
	rq.source = "fake2";
	CHECK_ERR(keyring_add_seal(k, &rq, &seal), E_INVALID);
	CHECK(seal.len == 0);
}

static void object_opens_only_as_it_was_sealed(void)
{
	_cleanup_(keyring_free) struct keyring *k = NULL, *other = NULL;
	struct bytes aad = bytes_str("public"), plain = bytes_str("very secret");
	SECRET(opened);
	BUF(box);

	REQUIRE_OK(keyring_create(token_a, &k));
	REQUIRE_OK(keyring_create_session(&other));
	REQUIRE_OK(keyring_seal_object(k, object_a, aad, plain, &box));
	REQUIRE_OK(keyring_open_object(k, object_a, aad, buf_bytes(&box), &opened));
	CHECK(bytes_eq(secret_view(opened), plain));
	secret_free(&opened);
	CHECK_ERR(keyring_open_object(k, object_b, aad, buf_bytes(&box), &opened), E_TAMPERED);
	CHECK_ERR(keyring_open_object(k, object_a, bytes_str("Public"), buf_bytes(&box), &opened),
		E_TAMPERED);
	CHECK_ERR(keyring_open_object(other, object_a, aad, buf_bytes(&box), &opened), E_TAMPERED);
	for (size_t i = 0; i < box.len; i++) {
		box.ptr[i] ^= 0x80;
		CHECK(keyring_open_object(k, object_a, aad, buf_bytes(&box), &opened).code != E_OK);
		box.ptr[i] ^= 0x80;
		CHECK(keyring_open_object(k, object_a, aad, BYTES(box.ptr, i), &opened).code !=
			E_OK);
	}
	CHECK(opened == NULL);
}

static void object_sealed_twice_differs(void)
{
	_cleanup_(keyring_free) struct keyring *k = NULL;
	BUF(a);
	BUF(b);

	REQUIRE_OK(keyring_create(token_a, &k));
	REQUIRE_OK(keyring_seal_object(k, object_a, BYTES_NONE, bytes_str("x"), &a));
	REQUIRE_OK(keyring_seal_object(k, object_a, BYTES_NONE, bytes_str("x"), &b));
	CHECK(!bytes_eq(buf_bytes(&a), buf_bytes(&b)));
}

static void mac_depends_on_purpose(void)
{
	_cleanup_(keyring_free) struct keyring *k = NULL;
	uint8_t a[KEYRING_MAC_LEN], b[KEYRING_MAC_LEN], c[KEYRING_MAC_LEN];

	REQUIRE_OK(keyring_create(token_a, &k));
	REQUIRE_OK(keyring_mac(k, MAC_RECORD, bytes_str("x"), a));
	REQUIRE_OK(keyring_mac(k, MAC_LIST, bytes_str("x"), b));
	REQUIRE_OK(keyring_mac(k, MAC_SEALS, bytes_str("x"), c));
	CHECK(memcmp(a, b, 32) != 0 && memcmp(b, c, 32) != 0 && memcmp(a, c, 32) != 0);
}

static const struct test tests[] = {
	TEST(unlock_right_pin_gives_same_key),
	TEST(unlock_wrong_pin_is_auth_error),
	TEST(unlock_broken_source_still_needs_pin),
	TEST(unlock_without_pin_needs_none),
	TEST(unlock_other_token_is_tampered),
	TEST(unlock_any_flipped_byte_fails),
	TEST(unlock_unknown_source_is_unsupported),
	TEST(replacing_seal_stays_with_source_and_login),
	TEST(object_opens_only_as_it_was_sealed),
	TEST(object_sealed_twice_differs),
	TEST(mac_depends_on_purpose),
};
TEST_MAIN(tests)
