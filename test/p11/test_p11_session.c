/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions: their states (PKCS #11 5.6), handles, counts, and what closing does. */
#include "p11.h"

#include <stdlib.h>

static void serial_flag_is_required(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	CHECK_RV(p11->C_OpenSession(w.slot, 0, NULL, NULL, &s), CKR_SESSION_PARALLEL_NOT_SUPPORTED);
	CHECK_RV(p11->C_OpenSession(w.slot, CKF_RW_SESSION, NULL, NULL, &s),
		CKR_SESSION_PARALLEL_NOT_SUPPORTED);
	CHECK_RV(p11->C_OpenSession(w.slot, CKF_SERIAL_SESSION, NULL, NULL, NULL),
		CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_OpenSession(w.slot ^ 1, CKF_SERIAL_SESSION, NULL, NULL, &s),
		CKR_SLOT_ID_INVALID);
}

static void states_follow_the_login(void)
{
	WORLD(w);
	CK_SESSION_HANDLE ro, rw;

	REQUIRE_RV(world_token(&w), CKR_OK);
	ro = world_open(&w, 0);
	rw = world_rw(&w);
	CHECK_EQ(p11_state(ro), CKS_RO_PUBLIC_SESSION);
	CHECK_EQ(p11_state(rw), CKS_RW_PUBLIC_SESSION);
	CHECK_RV(p11_login(ro), CKR_OK);
	CHECK_EQ(p11_state(ro), CKS_RO_USER_FUNCTIONS);
	CHECK_EQ(p11_state(rw), CKS_RW_USER_FUNCTIONS);
	CHECK_RV(p11_login(rw), CKR_USER_ALREADY_LOGGED_IN);
	CHECK_RV(p11->C_Logout(rw), CKR_OK);
	CHECK_EQ(p11_state(ro), CKS_RO_PUBLIC_SESSION);
	CHECK_RV(p11->C_Logout(rw), CKR_USER_NOT_LOGGED_IN);
	CHECK_RV(p11->C_CloseSession(ro), CKR_OK);
	CHECK_RV(p11_login_so(rw), CKR_OK);
	CHECK_EQ(p11_state(rw), CKS_RW_SO_FUNCTIONS);
	CHECK_RV(p11_login(rw), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	CHECK_RV(p11->C_Logout(rw), CKR_OK);
	CHECK_EQ(p11_state(rw), CKS_RW_PUBLIC_SESSION);
}

static void so_and_read_only_sessions_exclude_each_other(void)
{
	WORLD(w);
	CK_SESSION_HANDLE ro, rw, more;

	REQUIRE_RV(world_token(&w), CKR_OK);
	ro = world_open(&w, 0);
	rw = world_rw(&w);
	CHECK_RV(p11_login_so(rw), CKR_SESSION_READ_ONLY_EXISTS);
	CHECK_RV(p11_login_so(ro), CKR_SESSION_READ_ONLY_EXISTS);
	CHECK_RV(p11->C_CloseSession(ro), CKR_OK);
	CHECK_RV(p11_login_so(rw), CKR_OK);
	CHECK_RV(p11->C_OpenSession(w.slot, CKF_SERIAL_SESSION, NULL, NULL, &more),
		CKR_SESSION_READ_WRITE_SO_EXISTS);
	CHECK_RV(p11->C_Logout(rw), CKR_OK);
	CHECK_RV(p11->C_OpenSession(w.slot, CKF_SERIAL_SESSION, NULL, NULL, &more), CKR_OK);
}

static void last_session_closed_logs_out(void)
{
	WORLD(w);
	CK_SESSION_HANDLE a, b;

	REQUIRE_RV(world_token(&w), CKR_OK);
	a = world_rw(&w);
	b = world_rw(&w);
	CHECK_RV(p11_login(a), CKR_OK);
	CHECK_RV(p11->C_CloseSession(a), CKR_OK);
	CHECK_EQ(p11_state(b), CKS_RW_USER_FUNCTIONS);
	CHECK_RV(p11->C_CloseSession(b), CKR_OK);
	a = world_rw(&w);
	CHECK_EQ(p11_state(a), CKS_RW_PUBLIC_SESSION);
	CHECK_RV(p11_login(a), CKR_OK);
	CHECK_RV(p11->C_CloseAllSessions(w.slot), CKR_OK);
	CHECK_RV(p11->C_CloseSession(a), CKR_SESSION_HANDLE_INVALID);
	a = world_rw(&w);
	CHECK_EQ(p11_state(a), CKS_RW_PUBLIC_SESSION);
}

static void handles_are_never_valid_again(void)
{
	WORLD(w);
	CK_SESSION_HANDLE seen[200];

	REQUIRE_RV(world_token(&w), CKR_OK);
	for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
		seen[i] = world_rw(&w);
		CHECK(seen[i] != CK_INVALID_HANDLE);
		CHECK_RV(p11->C_CloseSession(seen[i]), CKR_OK);
		CHECK_RV(p11->C_CloseSession(seen[i]), CKR_SESSION_HANDLE_INVALID);
		for (size_t k = 0; k < i; k++)
			if (seen[k] == seen[i])
				CHECK_EQ(k, i);
	}
}

static void wrong_handles_are_refused(void)
{
	WORLD(w);
	CK_SESSION_INFO info;
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	for (unsigned bit = 0; bit < 8 * sizeof(s); bit++)
		CHECK_RV(p11->C_GetSessionInfo(s ^ 1UL << bit, &info), CKR_SESSION_HANDLE_INVALID);
	CHECK_RV(p11->C_GetSessionInfo(0, &info), CKR_SESSION_HANDLE_INVALID);
	CHECK_RV(p11->C_GetSessionInfo(~0UL, &info), CKR_SESSION_HANDLE_INVALID);
	CHECK_RV(p11->C_GetSessionInfo(s, NULL), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_GetSessionInfo(s, &info), CKR_OK);
	CHECK_EQ(info.slotID, w.slot);
	CHECK_EQ(info.flags, CKF_SERIAL_SESSION | CKF_RW_SESSION);
	CHECK_EQ(info.ulDeviceError, 0);
}

static void thousands_of_sessions_and_a_named_limit(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;
	CK_TOKEN_INFO info;
	CK_ULONG n = 0;
	CK_RV rv;

	REQUIRE_RV(world_token(&w), CKR_OK);
	REQUIRE_RV(p11->C_GetTokenInfo(w.slot, &info), CKR_OK);
	CHECK(info.ulMaxSessionCount >= 10000);
	do {
		rv = p11->C_OpenSession(
			w.slot, CKF_SERIAL_SESSION | (n % 2 ? CKF_RW_SESSION : 0), NULL, NULL, &s);
		n += rv == CKR_OK;
	} while (rv == CKR_OK && n <= info.ulMaxSessionCount);
	CHECK_RV(rv, CKR_SESSION_COUNT);
	CHECK_EQ(n, info.ulMaxSessionCount);
	CHECK_RV(p11->C_GetTokenInfo(w.slot, &info), CKR_OK);
	CHECK_EQ(info.ulSessionCount, n);
	CHECK_EQ(info.ulRwSessionCount, n / 2);
	CHECK_RV(p11->C_CloseAllSessions(w.slot), CKR_OK);
	CHECK_RV(p11->C_GetTokenInfo(w.slot, &info), CKR_OK);
	CHECK_EQ(info.ulSessionCount, 0);
	CHECK(world_rw(&w) != CK_INVALID_HANDLE);
}

static void session_objects_go_with_their_session(void)
{
	WORLD(w);
	CK_SESSION_HANDLE a, b;
	CK_OBJECT_HANDLE o;

	REQUIRE_RV(world_token(&w), CKR_OK);
	a = world_rw(&w);
	b = world_rw(&w);
	REQUIRE_RV(p11_data(a, false, false, "mine", &o), CKR_OK);
	CHECK_EQ(p11_count(b, "mine"), 1);
	CHECK_RV(p11->C_CloseSession(a), CKR_OK);
	CHECK_EQ(p11_count(b, "mine"), 0);
	CHECK_RV(p11->C_DestroyObject(b, o), CKR_OBJECT_HANDLE_INVALID);
}

static void logout_ends_what_other_sessions_do_with_private_keys(void)
{
	WORLD(w);
	CK_OBJECT_HANDLE pub, priv;
	CK_SESSION_HANDLE a, b;
	CK_BYTE data[3] = "abc", out[64];
	CK_ULONG len = sizeof(out);

	REQUIRE_RV(world_token(&w), CKR_OK);
	a = world_rw(&w);
	b = world_rw(&w);
	REQUIRE_RV(p11_login(a), CKR_OK);
	REQUIRE_RV(p11_ec_pair(a, true, "k", &pub, &priv), CKR_OK);
	REQUIRE_RV(p11->C_SignInit(b, MECH(CKM_ECDSA_SHA256), priv), CKR_OK);
	CHECK_RV(p11->C_SignUpdate(b, data, sizeof(data)), CKR_OK);
	CHECK_RV(p11->C_DigestInit(b, MECH(CKM_SHA256)), CKR_OK);
	CHECK_RV(p11->C_Logout(a), CKR_OK);
	CHECK_RV(p11->C_SignFinal(b, out, &len), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_DigestUpdate(b, data, sizeof(data)), CKR_OK); /* no key: it goes on */
	CHECK_RV(p11->C_SignInit(b, MECH(CKM_ECDSA_SHA256), priv), CKR_KEY_HANDLE_INVALID);
	REQUIRE_RV(p11_login(a), CKR_OK);
	CHECK_RV(p11->C_SignInit(b, MECH(CKM_ECDSA_SHA256), priv), CKR_KEY_HANDLE_INVALID);
	CHECK_EQ(p11_count(b, "k"), 2);
}

static void cancel_ends_what_it_is_told_to(void)
{
	WORLD(w);
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE s;
	CK_BYTE data[16] = {0};
	CK_ULONG n;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	REQUIRE_RV(p11_aes(s, false, &key), CKR_OK);
	CHECK_RV(p11->C_SessionCancel(s, ~0UL), CKR_OK); /* nothing is active: nothing happens */
	CHECK_RV(p11->C_DigestInit(s, MECH(CKM_SHA256)), CKR_OK);
	CHECK_RV(p11->C_SignInit(s, MECH(CKM_AES_CMAC), key), CKR_OK);
	CHECK_RV(p11->C_FindObjectsInit(s, NULL, 0), CKR_OK);
	CHECK_RV(p11->C_SessionCancel(s, CKF_SIGN), CKR_OK);
	CHECK_RV(p11->C_SignUpdate(s, data, sizeof(data)), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_DigestUpdate(s, data, sizeof(data)), CKR_OK);
	CHECK_RV(p11->C_SessionCancel(s, CKF_DIGEST | CKF_FIND_OBJECTS), CKR_OK);
	CHECK_RV(p11->C_DigestUpdate(s, data, sizeof(data)), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_FindObjects(s, &key, 1, &n), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_DigestInit(s, MECH(CKM_SHA256)), CKR_OK);
	CHECK_RV(p11->C_DigestInit(s, MECH(CKM_SHA256)), CKR_OPERATION_ACTIVE);
	CHECK_RV(p11->C_DigestInit(s, NULL), CKR_OK); /* 3.0's other way to cancel */
	CHECK_RV(p11->C_DigestInit(s, NULL), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_SessionCancel(s + 1, 0), CKR_SESSION_HANDLE_INVALID);
}

static void operation_state_cannot_be_saved(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;
	CK_BYTE state[64];
	CK_ULONG n = sizeof(state);

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	CHECK_RV(p11->C_GetOperationState(s, state, &n), CKR_OPERATION_NOT_INITIALIZED);
	CHECK_RV(p11->C_DigestInit(s, MECH(CKM_SHA256)), CKR_OK);
	CHECK_RV(p11->C_GetOperationState(s, state, &n), CKR_STATE_UNSAVEABLE);
	CHECK_RV(p11->C_GetOperationState(s, NULL, &n), CKR_STATE_UNSAVEABLE);
	CHECK_RV(p11->C_SetOperationState(s, state, 8, 0, 0), CKR_SAVED_STATE_INVALID);
}

static const struct test tests[] = {
	TEST(serial_flag_is_required),
	TEST(states_follow_the_login),
	TEST(so_and_read_only_sessions_exclude_each_other),
	TEST(last_session_closed_logs_out),
	TEST(handles_are_never_valid_again),
	TEST(wrong_handles_are_refused),
	TEST(thousands_of_sessions_and_a_named_limit),
	TEST(session_objects_go_with_their_session),
	TEST(logout_ends_what_other_sessions_do_with_private_keys),
	TEST(cancel_ends_what_it_is_told_to),
	TEST(operation_state_cannot_be_saved),
};
TEST_MAIN(tests)
