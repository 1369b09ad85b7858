/* SPDX-License-Identifier: BSD-2-Clause */
/* What the TEE costs a program: sessions and commands, counted at the system call. This program has
 * an ioctl of its own, which libteec finds first. Loads BULLA_MODULE; environment TEE_CONF: the
 * directory with the store and configuration of a token that is made already, USER_PIN's PIN. */
#include "p11.h"

#include <dlfcn.h>
#include <linux/tee.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned sessions, commands;

_public_ int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	sessions += request == TEE_IOC_OPEN_SESSION;
	commands += request == TEE_IOC_INVOKE;
	return (int) syscall(SYS_ioctl, fd, request, arg);
}

static void count_anew(void)
{
	sessions = commands = 0;
}

static void the_first_use_costs_one_session_and_later_ones_none(void)
{
	WORLD(w);
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE pub, priv;
	CK_TOKEN_INFO info;

	REQUIRE_RV(world_token(&w), CKR_OK);
	CHECK(sessions > 0); /* they are seen */
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	REQUIRE_RV(p11_ec_pair(s, true, "k", &pub, &priv), CKR_OK);
	REQUIRE_RV(p11->C_Finalize(NULL), CKR_OK);

	/* a program that starts, and looks around */
	count_anew();
	REQUIRE_RV(p11->C_Initialize(NULL), CKR_OK);
	CHECK_RV(p11->C_GetTokenInfo(w.slot, &info), CKR_OK);
	s = world_rw(&w);
	CHECK_EQ(p11_count(s, NULL), 1);
	CHECK_EQ(sessions, 0);
	/* its first signature */
	REQUIRE_RV(p11_login(s), CKR_OK);
	CHECK_EQ(sessions, 1);
	CHECK_EQ(commands, 1);
	{
		CK_OBJECT_CLASS classes[] = {CKO_PUBLIC_KEY, CKO_PRIVATE_KEY};
		CK_OBJECT_HANDLE keys[2];

		for (int i = 0; i < 2; i++) {
			CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, classes[i])};
			CK_ULONG n = 0;

			REQUIRE_RV(p11->C_FindObjectsInit(s, t, 1), CKR_OK);
			REQUIRE_RV(p11->C_FindObjects(s, &keys[i], 1, &n), CKR_OK);
			REQUIRE_RV(p11->C_FindObjectsFinal(s), CKR_OK);
			CHECK_EQ(n, 1);
		}
		CHECK_RV(p11_ec_use(s, keys[0], keys[1]), CKR_OK);
		CHECK_EQ(sessions, 1);
		/* and all others */
		for (int i = 0; i < 50; i++)
			CHECK_RV(p11_ec_use(s, keys[0], keys[1]), CKR_OK);
	}
	CHECK_EQ(sessions, 1);
	CHECK_EQ(commands, 1);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	CHECK_EQ(sessions, 1);
}

static const struct test tests[] = {
	TEST(the_first_use_costs_one_session_and_later_ones_none),
};
TEST_MAIN(tests)
