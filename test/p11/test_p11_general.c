/* SPDX-License-Identifier: BSD-2-Clause */
/* The lists, interfaces, C_GetInfo, and what a module that was never initialised answers. */
#include "p11.h"

#include <dlfcn.h>

/* The host exports functions of the same names, as one that links another module does: whoever
 * calls through our lists must not end up here. */
__attribute__((visibility("default"))) CK_RV C_GetInfo(CK_INFO *info)
{
	(void) info;
	return CKR_VENDOR_DEFINED;
}

__attribute__((visibility("default"))) CK_RV C_GetInterface(
	CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **ret, CK_FLAGS flags)
{
	(void) name;
	(void) version;
	(void) ret;
	(void) flags;
	return CKR_VENDOR_DEFINED;
}

static void functions_of_the_host_are_not_ours(void)
{
	WORLD(w);
	CK_C_GetInfo visible;
	CK_INFO info;

	*(void **) &visible = dlsym(RTLD_DEFAULT, "C_GetInfo");
	REQUIRE(visible == C_GetInfo);
	CHECK(p11->C_GetInfo != C_GetInfo);
	CHECK(p11->C_GetInterface != C_GetInterface);
	CHECK_RV(p11->C_GetInfo(&info), CKR_OK);
}

static void lists_are_complete(void)
{
	_cleanup_(world_done) struct world w = world_bare();
	CK_C_GetFunctionList get;
	CK_FUNCTION_LIST *old;
	void *const *f;

	*(void **) &get = dlsym(p11_handle, "C_GetFunctionList");
	REQUIRE(get != NULL);
	REQUIRE_RV(get(&old), CKR_OK);
	CHECK_EQ(old->version.major, 2);
	CHECK_EQ(old->version.minor, 40);
	CHECK_RV(get(NULL), CKR_ARGUMENTS_BAD);
	CHECK(old->C_Sign == p11->C_Sign);
	f = (void *const *) (void *) &old->C_Initialize;
	for (size_t i = 0; i < 68; i++)
		CHECK(f[i] != NULL);
	f = (void *const *) (void *) &p11->C_Initialize;
	for (size_t i = 0; i < 92; i++)
		CHECK(f[i] != NULL);
#define SAME(name) CHECK(dlsym(p11_handle, #name) == *(void **) &p11->name);
	P11_NAMES_2_40(SAME)
	P11_NAMES_3_0(SAME)
}

static void interfaces_list_has_its_length_rules(void)
{
	_cleanup_(world_done) struct world w = world_bare();
	CK_INTERFACE list[4];
	CK_ULONG n = 0;

	CHECK_RV(p11->C_GetInterfaceList(NULL, NULL), CKR_ARGUMENTS_BAD);
	REQUIRE_RV(p11->C_GetInterfaceList(NULL, &n), CKR_OK);
	CHECK_EQ(n, 2);
	n = 1;
	CHECK_RV(p11->C_GetInterfaceList(list, &n), CKR_BUFFER_TOO_SMALL);
	CHECK_EQ(n, 2);
	CHECK_RV(p11->C_GetInterfaceList(list, &n), CKR_OK);
	for (CK_ULONG i = 0; i < n; i++)
		CHECK(strcmp((char *) list[i].pInterfaceName, "PKCS 11") == 0);
}

static void interface_is_chosen_by_name_version_and_flags(void)
{
	static const struct {
		const char *name;
		int major, minor; /* -1: no version is given */
		CK_FLAGS flags;
		CK_RV rv;
		int got; /* major version of the list */
	} rows[] = {
		{NULL, -1, 0, 0, CKR_OK, 3},
		{"PKCS 11", -1, 0, 0, CKR_OK, 3},
		{"PKCS 11", 3, 0, 0, CKR_OK, 3},
		{"PKCS 11", 2, 40, 0, CKR_OK, 2},
		{NULL, 2, 40, 0, CKR_OK, 2},
		{"PKCS 11", 2, 20, 0, CKR_ARGUMENTS_BAD, 0},
		{"PKCS 11", 3, 9, 0, CKR_ARGUMENTS_BAD, 0},
		{"pkcs 11", -1, 0, 0, CKR_ARGUMENTS_BAD, 0},
		{"Vendor X", -1, 0, 0, CKR_ARGUMENTS_BAD, 0},
		{"", -1, 0, 0, CKR_ARGUMENTS_BAD, 0},
		{NULL, -1, 0, CKF_INTERFACE_FORK_SAFE, CKR_ARGUMENTS_BAD, 0},
		{NULL, -1, 0, ~0UL, CKR_ARGUMENTS_BAD, 0},
	};
	_cleanup_(world_done) struct world w = world_bare();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CK_VERSION v = {(CK_BYTE) rows[i].major, (CK_BYTE) rows[i].minor};
		CK_INTERFACE *got = NULL;

		CHECK_RV(p11->C_GetInterface(UTF8(rows[i].name), rows[i].major < 0 ? NULL : &v,
				 &got, rows[i].flags),
			rows[i].rv);
		CHECK((got != NULL) == (rows[i].rv == CKR_OK));
		if (got != NULL)
			CHECK_EQ(((CK_VERSION *) got->pFunctionList)->major, rows[i].got);
	}
	CHECK_RV(p11->C_GetInterface(NULL, NULL, NULL, 0), CKR_ARGUMENTS_BAD);
}

static void info_names_the_library(void)
{
	WORLD(w);
	CK_INFO info;

	CHECK_RV(p11->C_GetInfo(NULL), CKR_ARGUMENTS_BAD);
	REQUIRE_RV(p11->C_GetInfo(&info), CKR_OK);
	CHECK_EQ(info.cryptokiVersion.major, 3);
	CHECK_EQ(info.flags, 0);
	CHECK(memcmp(info.manufacturerID, "Bulla                           ", 32) == 0);
	CHECK(memchr(info.libraryDescription, '\0', 32) == NULL);
}

static void slot_and_token_infos_are_padded(void)
{
	WORLD(w);
	CK_TOKEN_INFO token;
	CK_SLOT_INFO slot;

	REQUIRE_RV(world_token(&w), CKR_OK);
	REQUIRE_RV(p11->C_GetSlotInfo(w.slot, &slot), CKR_OK);
	CHECK(memchr(slot.slotDescription, '\0', 64) == NULL);
	CHECK(memchr(slot.manufacturerID, '\0', 32) == NULL);
	CHECK_EQ(slot.flags, CKF_TOKEN_PRESENT);
	REQUIRE_RV(p11->C_GetTokenInfo(w.slot, &token), CKR_OK);
	CHECK(memchr(token.label, '\0', 32) == NULL);
	CHECK(memchr(token.manufacturerID, '\0', 32) == NULL);
	CHECK(memchr(token.model, '\0', 16) == NULL);
	CHECK(memchr(token.serialNumber, '\0', 16) == NULL);
	CHECK(memcmp(token.label, "test token                      ", 32) == 0);
	CHECK_EQ(token.flags & (CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED |
				       CKF_LOGIN_REQUIRED | CKF_RNG | CKF_WRITE_PROTECTED),
		CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_LOGIN_REQUIRED | CKF_RNG);
	CHECK_EQ(token.ulSessionCount, 0);
	CHECK(token.ulMaxPinLen >= token.ulMinPinLen);
}

static void mechanisms_listed_have_information(void)
{
	WORLD(w);
	CK_MECHANISM_TYPE list[512];
	CK_MECHANISM_INFO info;
	CK_ULONG n = 0, small = 1;

	REQUIRE_RV(world_token(&w), CKR_OK);
	REQUIRE_RV(p11->C_GetMechanismList(w.slot, NULL, &n), CKR_OK);
	REQUIRE(n > 10 && n < ARRAY_LEN(list));
	CHECK_RV(p11->C_GetMechanismList(w.slot, list, &small), CKR_BUFFER_TOO_SMALL);
	CHECK_EQ(small, n);
	REQUIRE_RV(p11->C_GetMechanismList(w.slot, list, &n), CKR_OK);
	for (CK_ULONG i = 0; i < n; i++) {
		CHECK_RV(p11->C_GetMechanismInfo(w.slot, list[i], &info), CKR_OK);
		CHECK(info.flags != 0 && info.ulMinKeySize <= info.ulMaxKeySize);
	}
	CHECK_RV(p11->C_GetMechanismInfo(w.slot, CKM_VENDOR_DEFINED, &info), CKR_MECHANISM_INVALID);
	CHECK_RV(p11->C_GetMechanismInfo(w.slot ^ 1, list[0], &info), CKR_SLOT_ID_INVALID);
}

static void random_is_random(void)
{
	WORLD(w);
	CK_BYTE a[32] = {0}, b[32] = {0};
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	CHECK_RV(p11->C_GenerateRandom(s, a, sizeof(a)), CKR_OK);
	CHECK_RV(p11->C_GenerateRandom(s, b, sizeof(b)), CKR_OK);
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	CHECK_RV(p11->C_GenerateRandom(s, NULL, 0), CKR_OK);
	CHECK_RV(p11->C_GenerateRandom(s, NULL, 1), CKR_ARGUMENTS_BAD);
	CHECK_RV(p11->C_SeedRandom(s, a, sizeof(a)), CKR_RANDOM_SEED_NOT_SUPPORTED);
}

static void legacy_functions_are_not_parallel(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;

	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	CHECK_RV(p11->C_GetFunctionStatus(s), CKR_FUNCTION_NOT_PARALLEL);
	CHECK_RV(p11->C_CancelFunction(s), CKR_FUNCTION_NOT_PARALLEL);
	CHECK_RV(p11->C_CancelFunction(s + 1), CKR_SESSION_HANDLE_INVALID);
}

static const struct test tests[] = {
	TEST(functions_of_the_host_are_not_ours),
	TEST(lists_are_complete),
	TEST(interfaces_list_has_its_length_rules),
	TEST(interface_is_chosen_by_name_version_and_flags),
	TEST(info_names_the_library),
	TEST(slot_and_token_infos_are_padded),
	TEST(mechanisms_listed_have_information),
	TEST(random_is_random),
	TEST(legacy_functions_are_not_parallel),
};
TEST_MAIN(tests)
