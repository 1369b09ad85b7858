/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom a seal opens for, asked of the trusted application itself: a user, a group, everybody. Runs
 * as root; each step is a child that becomes one of the guest's users. */
#include "client.h"
#include "test.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Goes to a child and comes back. */
struct step {
	enum ta_login login;
	uint32_t id;
	bool is_seal, right_pin;
	struct sealed *sealed; /* shared memory */
	TEEC_Result opened;    /* the session */
	struct answer answer;
	uint8_t s[TA_S_LEN], state;
	uint32_t failed;
};

static void run(struct step *s)
{
	static const uint8_t wrong[TA_AUTH_LEN] = {1};
	CLIENT(c);

	s->opened = client_open(&c, &client_bulla, s->login, s->id);
	if (s->opened != TEEC_SUCCESS)
		return;
	if (s->is_seal) {
		s->answer = client_seal(&c, s->login, 10, true, s->sealed);
		return;
	}
	client_describe(&c, s->sealed->blob, &s->state);
	s->answer =
		client_unseal(&c, s->sealed->blob, s->right_pin ? s->sealed->auth : wrong, s->s);
	s->failed = client_failed(&c, s->sealed);
}

/* Does the step as this user. False: the child did not end well. */
static bool as(uint32_t uid, struct step *s)
{
	struct step *shared =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = -1;
	pid_t pid;

	if (shared == MAP_FAILED)
		return false;
	*shared = *s;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (!client_become(uid))
			_exit(1);
		run(shared);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = -1;
	*s = *shared;
	munmap(shared, sizeof(*s));
	return status == 0;
}

static struct sealed *sealed_new(void)
{
	struct sealed *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return s == MAP_FAILED ? NULL : s;
}

static struct sealed *seal_as(uint32_t uid, enum ta_login login, uint32_t id)
{
	struct step s = {.login = login, .id = id, .is_seal = true, .sealed = sealed_new()};

	if (s.sealed == NULL || !CHECK(as(uid, &s)) || !CHECK_EQ(s.opened, TEEC_SUCCESS) ||
		!CHECK_EQ(s.answer.result, TEEC_SUCCESS) || !CHECK_EQ(s.answer.status, TA_ST_OK))
		return NULL;
	return s.sealed;
}

/* With the right PIN. */
static void opens(uint32_t uid, enum ta_login login, uint32_t id, struct sealed *sealed)
{
	struct step s = {.login = login, .id = id, .right_pin = true, .sealed = sealed};

	REQUIRE(as(uid, &s));
	CHECK_EQ(s.opened, TEEC_SUCCESS);
	CHECK_EQ(s.state, TA_STATE_OPENS);
	CHECK_EQ(s.answer.result, TEEC_SUCCESS);
	CHECK_EQ(s.answer.status, TA_ST_OK);
	CHECK(memcmp(s.s, sealed->s, sizeof(s.s)) == 0);
}

/* Neither with the right PIN nor with a wrong one, and neither is counted. */
static void refused(uint32_t uid, enum ta_login login, uint32_t id, struct sealed *sealed)
{
	for (int right = 0; right < 2; right++) {
		static const uint8_t zero[TA_S_LEN];
		struct step s = {
			.login = login, .id = id, .right_pin = right == 1, .sealed = sealed};

		REQUIRE(as(uid, &s));
		CHECK_EQ(s.opened, TEEC_SUCCESS);
		CHECK_EQ(s.state, TA_STATE_IDENTITY);
		CHECK_EQ(s.answer.result, TEEC_SUCCESS);
		CHECK_EQ(s.answer.status, TA_ST_IDENTITY);
		CHECK_EQ(s.answer.len, TA_ANSWER_HEAD);
		CHECK(memcmp(s.s, zero, sizeof(zero)) == 0);
	}
}

static void a_users_seal_opens_for_that_user_only(void)
{
	struct sealed *s = seal_as(ALICE, TA_LOGIN_USER, 0);

	REQUIRE(s != NULL);
	opens(ALICE, TA_LOGIN_USER, 0, s);
	refused(BOB, TA_LOGIN_USER, 0, s);
	refused(CAROL, TA_LOGIN_USER, 0, s);
	refused(0, TA_LOGIN_USER, 0, s);
	/* another kind of session is another identity, also for alice */
	refused(ALICE, TA_LOGIN_PUBLIC, 0, s);
	refused(ALICE, TA_LOGIN_GROUP, SHARED, s);
	refused(ALICE, TA_LOGIN_GROUP, ALICE, s);
	opens(ALICE, TA_LOGIN_USER, 0, s);
}

static void a_refusal_of_identity_counts_nothing(void)
{
	struct sealed *s = seal_as(ALICE, TA_LOGIN_USER, 0);
	struct step wrong = {.login = TA_LOGIN_USER, .sealed = s};

	REQUIRE(s != NULL && as(ALICE, &wrong));
	CHECK_EQ(wrong.answer.status, TA_ST_AUTH);
	CHECK_EQ(wrong.failed, 1);
	refused(BOB, TA_LOGIN_USER, 0, s);
	wrong.right_pin = false;
	REQUIRE(as(ALICE, &wrong));
	CHECK_EQ(wrong.failed, 2);
}

static void a_groups_seal_opens_for_members_only(void)
{
	struct sealed *s = seal_as(ALICE, TA_LOGIN_GROUP, SHARED);
	struct step carol = {.login = TA_LOGIN_GROUP, .id = SHARED, .right_pin = true, .sealed = s};

	REQUIRE(s != NULL);
	opens(ALICE, TA_LOGIN_GROUP, SHARED, s);
	opens(BOB, TA_LOGIN_GROUP, SHARED, s);
	/* the kernel gives her no session as a member; her own groups are not it */
	REQUIRE(as(CAROL, &carol));
	CHECK(carol.opened != TEEC_SUCCESS);
	refused(CAROL, TA_LOGIN_GROUP, CAROL, s);
	refused(CAROL, TA_LOGIN_PUBLIC, 0, s);
	refused(CAROL, TA_LOGIN_USER, 0, s);
}

static void root_is_no_member_by_being_root(void)
{
	struct sealed *s = seal_as(ALICE, TA_LOGIN_GROUP, SHARED);
	struct step root = {.login = TA_LOGIN_GROUP, .id = SHARED, .right_pin = true, .sealed = s};

	REQUIRE(s != NULL && as(0, &root));
	CHECK(root.opened != TEEC_SUCCESS);
	refused(0, TA_LOGIN_USER, 0, s);
}

static void everybodys_seal_opens_for_everybody(void)
{
	struct sealed *s = seal_as(ALICE, TA_LOGIN_PUBLIC, 0);

	REQUIRE(s != NULL);
	opens(ALICE, TA_LOGIN_PUBLIC, 0, s);
	opens(BOB, TA_LOGIN_PUBLIC, 0, s);
	opens(CAROL, TA_LOGIN_USER, 0, s);
	opens(0, TA_LOGIN_PUBLIC, 0, s);
}

/* The login that a seal asks for must be the session's: nobody seals for others. */
static void nobody_seals_for_somebody_else(void)
{
	CLIENT(c);
	struct sealed s;
	struct answer a;

	REQUIRE(client_open(&c, &client_bulla, TA_LOGIN_PUBLIC, 0) == TEEC_SUCCESS);
	a = client_seal(&c, TA_LOGIN_USER, 10, true, &s);
	CHECK_EQ(a.result, TEEC_SUCCESS);
	CHECK(a.status != TA_ST_OK);
	a = client_seal(&c, TA_LOGIN_GROUP, 10, true, &s);
	CHECK_EQ(a.result, TEEC_SUCCESS);
	CHECK(a.status != TA_ST_OK);
	a = client_seal(&c, (enum ta_login) 3, 10, true, &s);
	CHECK_EQ(a.result, TEEC_SUCCESS);
	CHECK(a.status != TA_ST_OK);
}

static void who_may_not_open_the_device_has_no_tee(void)
{
	struct step dave = {.login = TA_LOGIN_PUBLIC, .right_pin = true, .sealed = sealed_new()};

	REQUIRE(dave.sealed != NULL && as(DAVE, &dave));
	CHECK(dave.opened != TEEC_SUCCESS);
}

static const struct test tests[] = {
	TEST(a_users_seal_opens_for_that_user_only),
	TEST(a_refusal_of_identity_counts_nothing),
	TEST(a_groups_seal_opens_for_members_only),
	TEST(root_is_no_member_by_being_root),
	TEST(everybodys_seal_opens_for_everybody),
	TEST(nobody_seals_for_somebody_else),
	TEST(who_may_not_open_the_device_has_no_tee),
};
TEST_MAIN(tests)
