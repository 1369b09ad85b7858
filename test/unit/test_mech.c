/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of mechanisms: what every row must keep to. (That each has its vectors: test_vectors.)
 */
#include "test.h"

#include "mech.h"

static const struct mech *row_at(size_t i)
{
	return mech_nth(i);
}

static void rows_are_ascending_and_unique(void)
{
	CHECK(mech_count() > 40);
	for (size_t i = 1; i < mech_count(); i++)
		if (!CHECK(row_at(i - 1)->type < row_at(i)->type))
			printf("  %s, %s\n", row_at(i - 1)->name, row_at(i)->name);
	CHECK(mech_nth(mech_count()) == NULL);
}

static void families_are_ascending(void)
{
	for (size_t i = 0; i < mech_count(); i++) {
		if (!CHECK(mech_find(row_at(i)->type) == row_at(i)))
			printf("  %s: its family's rows are not in order\n", row_at(i)->name);
	}
	CHECK(mech_find(CKM_VENDOR_DEFINED) == NULL);
	CHECK(mech_find(0x3) == NULL); /* CKM_RSA_X_509: docs/decisions/0046 */
	CHECK(mech_find(CK_UNAVAILABLE_INFORMATION) == NULL);
}

static bool data_ops_have_code(const struct mech *row)
{
	const struct mech_run *run = row->run;
	unsigned verbs = 0;
	bool ok = run->prepare != NULL && run->release != NULL && run->begin != NULL &&
		  run->bound != NULL;

	for (unsigned v = 0; v < OP_VERBS; v++)
		if ((row->ops & mech_verb_flag((enum op_verb) v)) != 0)
			verbs |= 1u << v;
	if (verbs == 0)
		return true;
	if ((row->ops & CKF_VERIFY) != 0)
		ok = ok && run->verify != NULL;
	/* what is not collected is streamed; what is collected is done at once */
	if ((verbs & ~run->collects) != 0)
		ok = ok && run->update != NULL && run->final != NULL;
	if ((verbs & run->collects & ~(1u << OP_VERIFY)) != 0)
		ok = ok && run->oneshot != NULL;
	return ok;
}

static void rows_have_the_code_that_their_flags_promise(void)
{
	for (size_t i = 0; i < mech_count(); i++) {
		const struct mech *row = row_at(i);
		bool ok = row->run != NULL && row->ops != 0 && data_ops_have_code(row);

		if ((row->ops & CKF_GENERATE) != 0)
			ok = ok && row->run->generate != NULL;
		if ((row->ops & CKF_GENERATE_KEY_PAIR) != 0)
			ok = ok && row->run->generate_pair != NULL;
		if ((row->ops & CKF_DERIVE) != 0)
			ok = ok && row->run->derive != NULL;
		if ((row->ops & CKF_WRAP) != 0)
			ok = ok && (row->ops & CKF_UNWRAP) != 0 && (row->ops & CKF_ENCRYPT) != 0;
		if (!CHECK(ok))
			printf("  %s\n", row->name);
	}
}

static void rows_are_plausible(void)
{
	for (size_t i = 0; i < mech_count(); i++) {
		const struct mech *row = row_at(i);
		CK_FLAGS keyless = CKF_DIGEST | CKF_GENERATE | CKF_GENERATE_KEY_PAIR;
		bool ok = strncmp(row->name, "CKM_", 4) == 0 && row->min <= row->max;

		ok = ok && (row->keys == MECH_KEY_NONE) == ((row->ops & keyless) != 0);
		if ((row->ops & CKF_DIGEST) != 0)
			ok = ok && row->md != MD_NONE;
		if (!CHECK(ok))
			printf("  %s\n", row->name);
	}
}

static void info_is_the_row(void)
{
	CK_MECHANISM_INFO info = {0};

	CHECK_EQ(mech_info(CKM_AES_GCM, &info), CKR_OK);
	CHECK_EQ(info.ulMinKeySize, 16);
	CHECK_EQ(info.ulMaxKeySize, 32);
	CHECK_EQ(info.flags, CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP);
	CHECK_EQ(mech_info(CKM_DES3_CBC, &info), CKR_MECHANISM_INVALID);
}

static struct key *secret_key(CK_KEY_TYPE type, size_t len)
{
	struct key_from from = {.cls = CKO_SECRET_KEY, .type = type};
	uint8_t value[64] = {1};
	struct key *key = NULL;
	ATTRS(secrets);

	from.secrets = &secrets;
	if (attrs_set(&secrets, CKA_VALUE, BYTES(value, len)) != CKR_OK ||
		key_new(&from, &key) != CKR_OK)
		return NULL;
	return key;
}

static void for_checks_use_type_and_size(void)
{
	const struct mech *row = NULL;
	KEY(aes);
	KEY(generic);
	KEY(odd);
	KEY(typed);

	aes = secret_key(CKK_AES, 16);
	generic = secret_key(CKK_GENERIC_SECRET, 32);
	odd = secret_key(CKK_AES, 33);
	typed = secret_key(CKK_SHA256_HMAC, 32);
	REQUIRE(aes != NULL && generic != NULL && odd != NULL && typed != NULL);
	CHECK_EQ(mech_for(CKM_AES_CBC, CKF_ENCRYPT, aes, &row), CKR_OK);
	CHECK(row != NULL && row->type == CKM_AES_CBC);
	CHECK_EQ(mech_for(CKM_AES_CBC, CKF_SIGN, aes, &row), CKR_MECHANISM_INVALID);
	CHECK_EQ(mech_for(CKM_DES3_CBC, CKF_ENCRYPT, aes, &row), CKR_MECHANISM_INVALID);
	CHECK_EQ(mech_for(CKM_AES_CBC, CKF_ENCRYPT, generic, &row), CKR_KEY_TYPE_INCONSISTENT);
	CHECK_EQ(mech_for(CKM_AES_CBC, CKF_ENCRYPT, odd, &row), CKR_KEY_SIZE_RANGE);
	CHECK_EQ(mech_for(CKM_SHA256_HMAC, CKF_SIGN, generic, &row), CKR_OK);
	CHECK_EQ(mech_for(CKM_SHA256_HMAC, CKF_SIGN, typed, &row), CKR_OK);
	CHECK_EQ(mech_for(CKM_SHA384_HMAC, CKF_SIGN, typed, &row), CKR_KEY_TYPE_INCONSISTENT);
	CHECK_EQ(mech_for(CKM_SHA256_HMAC, CKF_SIGN, NULL, &row), CKR_KEY_HANDLE_INVALID);
	CHECK_EQ(mech_for(CKM_SHA256, CKF_DIGEST, NULL, &row), CKR_OK);
	CHECK_EQ(mech_for(CKM_SHA256, CKF_DIGEST, generic, &row), CKR_KEY_TYPE_INCONSISTENT);
}

static void apply_wraps_and_unwraps(void)
{
	const struct mech *row = mech_find(CKM_AES_KEY_WRAP_KWP);
	struct params params = {.kind = PARAMS_KWP_IV};
	BUF(wrapped);
	BUF(again);
	KEY(key);

	key = secret_key(CKK_AES, 32);
	REQUIRE(key != NULL && row != NULL);
	CHECK_EQ(
		mech_apply(row, OP_ENCRYPT, &params, key, bytes_str("some key"), &wrapped), CKR_OK);
	CHECK_EQ(wrapped.len, 16);
	CHECK_EQ(mech_apply(row, OP_DECRYPT, &params, key, buf_bytes(&wrapped), &again), CKR_OK);
	CHECK(bytes_eq(buf_bytes(&again), bytes_str("some key")));
	again.len = 3;
	wrapped.ptr[2] ^= 1;
	CHECK_EQ(mech_apply(row, OP_DECRYPT, &params, key, buf_bytes(&wrapped), &again),
		CKR_ENCRYPTED_DATA_INVALID);
	CHECK_EQ(again.len, 3);
	CHECK_EQ(mech_apply(row, OP_ENCRYPT, &params, key, BYTES_NONE, &again), CKR_DATA_LEN_RANGE);
}

static const struct test tests[] = {
	TEST(rows_are_ascending_and_unique),
	TEST(families_are_ascending),
	TEST(rows_have_the_code_that_their_flags_promise),
	TEST(rows_are_plausible),
	TEST(info_is_the_row),
	TEST(for_checks_use_type_and_size),
	TEST(apply_wraps_and_unwraps),
};
TEST_MAIN(tests)
