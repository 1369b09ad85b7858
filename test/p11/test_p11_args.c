/* SPDX-License-Identifier: BSD-2-Clause */
/* Every function against every argument that makes no sense, one at a time: a table of signatures.
 * All arguments of these functions travel as machine words, so that one type can call them all. */
#include "p11.h"

#include <stddef.h>
#include <stdint.h>

typedef CK_RV any(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t,
	uintptr_t, uintptr_t);

/* S session, M mechanism, O object handle, p input and n its length, o output (may be NULL), l
 * pointer to its length, T template and c its count, k where a handle goes, i where information
 * goes, f flags, u user, m a maximum, N a name that must be absent with its length 0 */
static const struct {
	const char *name, *args;
	size_t at; /* in the list */
	bool unsupported;
} functions[] = {
#define F(name, args)                                                    \
	{                                                                \
#name, args, offsetof(CK_FUNCTION_LIST_3_0, name), false \
	}
#define FX(name, args)                                                  \
	{                                                               \
#name, args, offsetof(CK_FUNCTION_LIST_3_0, name), true \
	}
	F(C_InitPIN, "Spn"),
	F(C_SetPIN, "Spnpn"),
	F(C_CloseSession, "S"),
	F(C_GetSessionInfo, "Si"),
	F(C_GetOperationState, "Sol"),
	F(C_SetOperationState, "SpnOO"),
	F(C_Login, "Supn"),
	F(C_LoginUser, "SupnN"),
	F(C_Logout, "S"),
	F(C_CreateObject, "STck"),
	F(C_CopyObject, "SOTck"),
	F(C_DestroyObject, "SO"),
	F(C_GetObjectSize, "SOi"),
	F(C_GetAttributeValue, "SOTc"),
	F(C_SetAttributeValue, "SOTc"),
	F(C_FindObjectsInit, "STc"),
	F(C_FindObjects, "Skml"),
	F(C_FindObjectsFinal, "S"),
	F(C_EncryptInit, "SMO"),
	F(C_Encrypt, "Spnol"),
	F(C_EncryptUpdate, "Spnol"),
	F(C_EncryptFinal, "Sol"),
	F(C_DecryptInit, "SMO"),
	F(C_Decrypt, "Spnol"),
	F(C_DecryptUpdate, "Spnol"),
	F(C_DecryptFinal, "Sol"),
	F(C_DigestInit, "SM"),
	F(C_Digest, "Spnol"),
	F(C_DigestUpdate, "Spn"),
	F(C_DigestKey, "SO"),
	F(C_DigestFinal, "Sol"),
	F(C_SignInit, "SMO"),
	F(C_Sign, "Spnol"),
	F(C_SignUpdate, "Spn"),
	F(C_SignFinal, "Sol"),
	F(C_SignRecoverInit, "SMO"),
	F(C_SignRecover, "Spnol"),
	F(C_VerifyInit, "SMO"),
	F(C_Verify, "Spnpn"),
	F(C_VerifyUpdate, "Spn"),
	F(C_VerifyFinal, "Spn"),
	F(C_VerifyRecoverInit, "SMO"),
	F(C_VerifyRecover, "Spnol"),
	F(C_DigestEncryptUpdate, "Spnol"),
	F(C_DecryptDigestUpdate, "Spnol"),
	F(C_SignEncryptUpdate, "Spnol"),
	F(C_DecryptVerifyUpdate, "Spnol"),
	F(C_GenerateKey, "SMTck"),
	F(C_GenerateKeyPair, "SMTcTckk"),
	F(C_WrapKey, "SMOOol"),
	F(C_UnwrapKey, "SMOpnTck"),
	F(C_DeriveKey, "SMOTck"),
	F(C_SeedRandom, "Spn"),
	F(C_GenerateRandom, "Spn"),
	F(C_GetFunctionStatus, "S"),
	F(C_CancelFunction, "S"),
	F(C_SessionCancel, "Sf"),
	FX(C_MessageEncryptInit, "SMO"),
	FX(C_EncryptMessage, "Spnpnpnol"),
	FX(C_EncryptMessageBegin, "Spnpn"),
	FX(C_EncryptMessageNext, "Spnpnolf"),
	FX(C_MessageEncryptFinal, "S"),
	FX(C_MessageDecryptInit, "SMO"),
	FX(C_DecryptMessage, "Spnpnpnol"),
	FX(C_DecryptMessageBegin, "Spnpn"),
	FX(C_DecryptMessageNext, "Spnpnolf"),
	FX(C_MessageDecryptFinal, "S"),
	FX(C_MessageSignInit, "SMO"),
	FX(C_SignMessage, "Spnpnol"),
	FX(C_SignMessageBegin, "Spn"),
	FX(C_SignMessageNext, "Spnpnol"),
	FX(C_MessageSignFinal, "S"),
	FX(C_MessageVerifyInit, "SMO"),
	FX(C_VerifyMessage, "Spnpnpn"),
	FX(C_VerifyMessageBegin, "Spn"),
	FX(C_VerifyMessageNext, "Spnpnpn"),
	FX(C_MessageVerifyFinal, "S"),
};

static CK_BYTE buffer[256];
static CK_ULONG length;
static CK_OBJECT_HANDLE handle;
static CK_ATTRIBUTE template[1];
static CK_MECHANISM mechanism;

static any *function_at(size_t i)
{
	any *f;

	memcpy(&f, (char *) p11 + functions[i].at, sizeof(f));
	return f;
}

/* Calls it with sensible arguments, but for the one at `bad`. */
static CK_RV call(size_t i, CK_SESSION_HANDLE s, size_t bad, uintptr_t value)
{
	uintptr_t a[9] = {0};

	length = sizeof(buffer);
	mechanism = (CK_MECHANISM){CKM_SHA256, NULL, 0};
	template[0] = (CK_ATTRIBUTE){CKA_LABEL, buffer, 4};
	for (size_t n = 0; functions[i].args[n] != '\0'; n++) {
		switch (functions[i].args[n]) {
		case 'S':
			a[n] = s;
			break;
		case 'M':
			a[n] = (uintptr_t) &mechanism;
			break;
		case 'p':
		case 'o':
		case 'i':
			a[n] = (uintptr_t) buffer;
			break;
		case 'n':
			a[n] = 8;
			break;
		case 'l':
			a[n] = (uintptr_t) &length;
			break;
		case 'T':
			a[n] = (uintptr_t) template;
			break;
		case 'k':
			a[n] = (uintptr_t) &handle;
			break;
		case 'c':
		case 'm':
		case 'u':
			a[n] = 1;
			break;
		default:
			break;
		}
	}
	if (bad < ARRAY_LEN(a))
		a[bad] = value;
	return function_at(i)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8]);
}

static void check(size_t i, CK_RV got, CK_RV want, size_t arg, uintptr_t value)
{
	char what[128];

	snprintf(what, sizeof(what), "%s, argument %zu = 0x%lx", functions[i].name, arg,
		(unsigned long) value);
	(void) test_rv(got, want, what, __FILE__, __LINE__);
}

static void nothing_works_before_initialise(void)
{
	_cleanup_(world_done) struct world w = world_bare();
	CK_SLOT_ID slot;
	CK_ULONG n;

	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		check(i, call(i, 1, 99, 0), CKR_CRYPTOKI_NOT_INITIALIZED, 99, 0);
	CHECK_RV(p11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_GetInfo((CK_INFO *) buffer), CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_GetSlotList(0, NULL, &n), CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_GetSlotInfo(1, (CK_SLOT_INFO *) buffer), CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_GetTokenInfo(1, (CK_TOKEN_INFO *) buffer), CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_WaitForSlotEvent(1, &slot, NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_GetMechanismList(1, NULL, &n), CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_GetMechanismInfo(1, 1, (CK_MECHANISM_INFO *) buffer),
		CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_InitToken(1, buffer, 8, buffer), CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_OpenSession(1, 6, NULL, NULL, &handle), CKR_CRYPTOKI_NOT_INITIALIZED);
	CHECK_RV(p11->C_CloseAllSessions(1), CKR_CRYPTOKI_NOT_INITIALIZED);
}

static void functions_of_the_table_are_all(void)
{
	/* the lists' functions but those without a session: 13 of 2.40 and the two of interfaces */
	CHECK_EQ(ARRAY_LEN(functions), 68 + 24 - 15);
}

static void wrong_sessions_are_refused(void)
{
	WORLD(w);
	CK_SESSION_HANDLE stale, bad[3] = {0, ~0UL, 0};

	REQUIRE_RV(world_token(&w), CKR_OK);
	stale = world_rw(&w);
	CHECK_RV(p11->C_CloseSession(stale), CKR_OK);
	CHECK(world_rw(&w) != 0); /* in the same place */
	bad[2] = stale;
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		for (size_t b = 0; b < ARRAY_LEN(bad); b++)
			check(i, call(i, bad[b], 99, 0), CKR_SESSION_HANDLE_INVALID, 0, bad[b]);
}

static void one_wrong_argument_is_told(void)
{
	static const struct {
		char arg;
		uintptr_t value;
	} bad[] = {
		{'M', 0}, {'p', 0}, {'n', ~0UL}, {'n', ~0UL >> 1},
		{'n', (uintptr_t) 1 << (8 * sizeof(uintptr_t) - 2)}, {'l', 0}, {'T', 0},
		{'c', ~0UL},
		{'c', ~0UL / sizeof(CK_ATTRIBUTE) + 2}, /* the product overflows to a little */
		{'c', (uintptr_t) 1 << (8 * sizeof(uintptr_t) - 4)}, {'k', 0}, {'i', 0},
		{'N', 1}, /* a NULL name that is to be long */
	};
	WORLD(w);
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		const char *args = functions[i].args;

		for (size_t n = 1; args[n] != '\0'; n++) {
			size_t at = args[n] == 'N' ? n + 1 : n;

			for (size_t b = 0; b < ARRAY_LEN(bad); b++)
				if (bad[b].arg == args[n])
					check(i, call(i, s, at, bad[b].value),
						functions[i].unsupported
							? CKR_FUNCTION_NOT_SUPPORTED
							: CKR_ARGUMENTS_BAD,
						at, bad[b].value);
		}
	}
	CHECK_EQ(p11_state(s), CKS_RW_PUBLIC_SESSION);
}

static void operations_that_were_not_begun_are_refused(void)
{
	static const char *const names[] = {"C_Encrypt", "C_EncryptUpdate", "C_EncryptFinal",
		"C_Decrypt", "C_DecryptUpdate", "C_DecryptFinal", "C_Digest", "C_DigestUpdate",
		"C_DigestKey", "C_DigestFinal", "C_Sign", "C_SignUpdate", "C_SignFinal",
		"C_SignRecover", "C_Verify", "C_VerifyUpdate", "C_VerifyFinal", "C_VerifyRecover",
		"C_DigestEncryptUpdate", "C_DecryptDigestUpdate", "C_SignEncryptUpdate",
		"C_DecryptVerifyUpdate", "C_FindObjects", "C_FindObjectsFinal"};
	WORLD(w);
	CK_SESSION_HANDLE s;
	unsigned found = 0;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		for (size_t k = 0; k < ARRAY_LEN(names); k++)
			if (strcmp(functions[i].name, names[k]) == 0) {
				found++;
				check(i, call(i, s, 99, 0), CKR_OPERATION_NOT_INITIALIZED, 99, 0);
			}
	CHECK_EQ(found, ARRAY_LEN(names));
}

static void bad_arguments_end_an_operation(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;
	CK_ULONG n = sizeof(buffer);

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11->C_DigestInit(s, MECH(CKM_SHA256)), CKR_OK);
	CHECK_RV(p11->C_DigestUpdate(s, NULL, 5), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_DigestFinal(s, buffer, &n), CKR_OPERATION_NOT_INITIALIZED);
}

static void parameters_of_the_wrong_size_are_refused(void)
{
	static const CK_MECHANISM_TYPE with_parameters[] = {
		CKM_AES_CBC, CKM_AES_CBC_PAD, CKM_AES_CTR, CKM_AES_GCM, CKM_AES_ECB};
	WORLD(w);
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	REQUIRE_RV(p11_aes(s, false, &key), CKR_OK);
	for (size_t i = 0; i < ARRAY_LEN(with_parameters); i++) {
		const CK_ULONG lens[] = {1, 15, 17, 200, ~0UL, ~0UL >> 1};

		for (size_t l = 0; l < ARRAY_LEN(lens); l++) {
			CK_MECHANISM m = {with_parameters[i], buffer, lens[l]};

			CHECK_RV(p11->C_EncryptInit(s, &m, key), CKR_MECHANISM_PARAM_INVALID);
			m.pParameter = NULL;
			CHECK_RV(p11->C_EncryptInit(s, &m, key), CKR_MECHANISM_PARAM_INVALID);
		}
	}
}

static const struct test tests[] = {
	TEST(nothing_works_before_initialise),
	TEST(functions_of_the_table_are_all),
	TEST(wrong_sessions_are_refused),
	TEST(one_wrong_argument_is_told),
	TEST(operations_that_were_not_begun_are_refused),
	TEST(bad_arguments_end_an_operation),
	TEST(parameters_of_the_wrong_size_are_refused),
};
TEST_MAIN(tests)
