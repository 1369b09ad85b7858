/* SPDX-License-Identifier: BSD-2-Clause */
/* token.c, load.c: objects of a token with the fake source, in one process and two. */
#include "token_util.h"

#include "key.h"

#include <sys/wait.h>

static void public_object_is_found_without_login(void)
{
	CK_OBJECT_HANDLE h = 0, found = 0;
	DESK(d, "pin");
	DESK_TOKEN(d);

	CHECK_EQ(desk_data(d.token, true, false, "note", &h), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_data(d.token, true, false, "note", &h), CKR_OK);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(desk_count(d.token, "note", &found), 1);
	CHECK_EQ(found, h);
}

static void private_object_dies_with_the_login(void)
{
	CK_OBJECT_HANDLE h = 0, again = 0;
	struct who who;
	ATTRS(secrets);
	OBJECT(o);
	DESK(d, "pin");
	DESK_TOKEN(d);

	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_secret(d.token, true, true, "key", &h), CKR_OK);
	who = token_who(d.token, true, SESSION);
	REQUIRE(token_object(d.token, &who, h, &o) == CKR_OK);
	CHECK_EQ(token_open_secrets(d.token, o, &secrets), CKR_OK);
	CHECK(bytes_eq(attr_bytes(attrs_get(&secrets, CKA_VALUE)), bytes_str("0123456789abcdef")));
	CHECK(o->sensitive && attrs_get(&o->attrs, CKA_VALUE) == NULL);
	CHECK_EQ(login_end(d.token), CKR_OK);
	attrs_done(&secrets);
	CHECK_EQ(token_open_secrets(d.token, o, &secrets), CKR_USER_NOT_LOGGED_IN);
	object_unref(&o);
	CHECK_EQ(token_object(d.token, &who, h, &o), CKR_OBJECT_HANDLE_INVALID);
	CHECK_EQ(desk_count(d.token, "key", NULL), 0);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_count(d.token, "key", &again), 1);
	CHECK(again != h && again != 0);
	who = token_who(d.token, true, SESSION);
	CHECK_EQ(token_object(d.token, &who, h, &o), CKR_OBJECT_HANDLE_INVALID);
}

static void session_objects_go_with_session_or_logout(void)
{
	CK_OBJECT_HANDLE open, hidden;
	DESK(d, "pin");
	DESK_TOKEN(d);

	CHECK_EQ(desk_data(d.token, false, false, "open", &open), CKR_OK);
	CHECK_EQ(desk_data(d.token, false, true, "hidden", &hidden), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_data(d.token, false, true, "hidden", &hidden), CKR_OK);
	CHECK_EQ(desk_count(d.token, NULL, NULL), 2);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_count(d.token, NULL, NULL), 1);
	token_drop_session(d.token, SESSION + 1);
	CHECK_EQ(desk_count(d.token, NULL, NULL), 1);
	token_drop_session(d.token, SESSION);
	CHECK_EQ(desk_count(d.token, NULL, NULL), 0);
}

/* As C_SetAttributeValue does it. */
static CK_RV relabel(struct token *t, CK_OBJECT_HANDLE h, const char *label)
{
	struct who who = token_who(t, true, SESSION);
	CK_RV rv;
	ATTRS(changes);
	ATTRS(a);
	OBJECT(o);
	OBJECT(changed);

	rv = token_object(t, &who, h, &o);
	if (rv == CKR_OK)
		rv = attrs_set(&changes, CKA_LABEL, bytes_str(label));
	if (rv == CKR_OK)
		rv = rules_set(&who, o, &changes, &a);
	if (rv == CKR_OK)
		rv = object_new(&a, &changed);
	return rv == CKR_OK ? token_replace(t, &who, o, changed) : rv;
}

static void changed_object_keeps_handle_name_and_secret(void)
{
	CK_OBJECT_HANDLE h = 0, found = 0;
	struct who who;
	ATTRS(secrets);
	OBJECT(o);
	DESK(d, "pin");
	DESK_TOKEN(d);

	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_secret(d.token, true, true, "key", &h), CKR_OK);
	CHECK_EQ(relabel(d.token, h, "other"), CKR_OK);
	CHECK_EQ(desk_count(d.token, "key", NULL), 0);
	CHECK_EQ(desk_count(d.token, "other", &found), 1);
	CHECK_EQ(found, h);
	who = token_who(d.token, true, SESSION);
	REQUIRE(token_object(d.token, &who, h, &o) == CKR_OK);
	CHECK_EQ(o->version, 2);
	CHECK_EQ(token_open_secrets(d.token, o, &secrets), CKR_OK);
	CHECK_EQ(secrets.count, 1);
	CHECK_EQ(token_remove(d.token, &who, o), CKR_OK);
	CHECK_EQ(desk_count(d.token, NULL, NULL), 0);
	CHECK_EQ(token_remove(d.token, &who, o), CKR_OBJECT_HANDLE_INVALID);
}

static void token_without_pin_opens_by_itself(void)
{
	CK_OBJECT_HANDLE h = 0, found = 0;
	DESK(d, "pcr=sha256:7");
	DESK_TOKEN(d);

	CHECK_EQ(token_refresh(d.token, true), CKR_OK);
	CHECK(token_who(d.token, false, 0).no_login);
	CHECK(!token_who(d.token, false, 0).trust_open);
	CHECK_EQ(desk_secret(d.token, true, true, "server", &h), CKR_OK);
	CHECK(token_who(d.token, false, 0).trust_open);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_PIN_INCORRECT);
	CHECK_EQ(login_start(d.token, CKU_USER, BYTES_NONE), CKR_OK);
	CHECK_EQ(desk_count(d.token, "server", &found), 1);
	CHECK_EQ(found, h);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(desk_count(d.token, "server", &found), 1);
	CHECK(found != h);
	CHECK_EQ(login_end(d.token), CKR_USER_NOT_LOGGED_IN);
}

static void so_sees_nothing_private(void)
{
	CK_OBJECT_HANDLE h = 0, secret = 0;
	DESK(d, "so pin");
	DESK_TOKEN(d);

	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_secret(d.token, true, true, "key", &secret), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	CHECK_EQ(login_end(d.token), CKR_OK);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(desk_count(d.token, NULL, NULL), 0);
	CHECK_EQ(desk_secret(d.token, true, true, "no", &h), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(desk_data(d.token, true, false, "yes", &h), CKR_OK);
}

/* Another process makes, changes and removes; this one sees each. */
static int child_work(const struct desk *d, int step)
{
	CK_OBJECT_HANDLE h = 0;
	struct who who;
	OBJECT(o);
	struct token *t = desk_open(d);

	if (t == NULL || login_start(t, CKU_USER, USER_PIN) != CKR_OK)
		return 1;
	if (step == 0)
		return desk_secret(t, true, true, "made", &h) == CKR_OK ? 0 : 2;
	if (desk_count(t, step == 1 ? "made" : "changed", &h) != 1)
		return 3;
	if (step == 1)
		return relabel(t, h, "changed") == CKR_OK ? 0 : 4;
	who = token_who(t, true, SESSION);
	if (token_object(t, &who, h, &o) != CKR_OK)
		return 5;
	return token_remove(t, &who, o) == CKR_OK ? 0 : 6;
}

static void in_another_process(const struct desk *d, int step)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(child_work(d, step));
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
}

static void another_process_is_followed(void)
{
	CK_OBJECT_HANDLE kept = 0, made = 0, changed = 0;
	DESK(d, "pin");
	DESK_TOKEN(d);

	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_secret(d.token, true, true, "kept", &kept), CKR_OK);
	in_another_process(&d, 0);
	CHECK_EQ(desk_count(d.token, "made", &made), 1);
	in_another_process(&d, 1);
	CHECK_EQ(desk_count(d.token, "made", NULL), 0);
	CHECK_EQ(desk_count(d.token, "changed", &changed), 1);
	CHECK_EQ(changed, made);
	in_another_process(&d, 2);
	CHECK_EQ(desk_count(d.token, "changed", NULL), 0);
	CHECK_EQ(desk_count(d.token, "kept", &changed), 1);
	CHECK_EQ(changed, kept);
}

/* Two tokens on one store: the one that comes late is told. */
static void change_after_anothers_change_is_refused(void)
{
	CK_OBJECT_HANDLE h = 0, other = 0;
	struct who who;
	ATTRS(a);
	OBJECT(o);
	OBJECT(changed);
	_cleanup_(token_close) struct token *second = NULL;
	DESK(d, "pin");
	DESK_TOKEN(d);

	second = desk_open(&d);
	REQUIRE(second != NULL);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(login_start(second, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_secret(d.token, true, true, "key", &h), CKR_OK);
	CHECK_EQ(desk_count(second, "key", &other), 1);
	who = token_who(d.token, true, SESSION);
	REQUIRE(token_object(d.token, &who, h, &o) == CKR_OK);
	CHECK_EQ(relabel(second, other, "theirs"), CKR_OK);
	CHECK_EQ(attrs_copy(&o->attrs, &a), CKR_OK);
	CHECK_EQ(attrs_set(&a, CKA_LABEL, bytes_str("ours")), CKR_OK);
	CHECK_EQ(object_new(&a, &changed), CKR_OK);
	CHECK_EQ(token_replace(d.token, &who, o, changed), CKR_FUNCTION_FAILED);
	CHECK_EQ(desk_count(d.token, "theirs", NULL), 1);
	CHECK_EQ(desk_count(d.token, "ours", NULL), 0);
	CHECK_EQ(relabel(d.token, h, "ours"), CKR_OK);
	CHECK_EQ(desk_count(second, "ours", NULL), 1);
}

/* Our trusted key opens nothing any more: that is a logout, not a broken token. */
static void token_initialised_anew_elsewhere_logs_out(void)
{
	CK_OBJECT_HANDLE h = 0;
	_cleanup_(token_close) struct token *second = NULL;
	DESK(d, "so pin");
	DESK_TOKEN(d);

	second = desk_open(&d);
	REQUIRE(second != NULL);
	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_secret(d.token, true, true, "key", &h), CKR_OK);
	CHECK_EQ(login_reinit_token(second, SO_PIN, bytes_str("anew")), CKR_OK);
	CHECK_EQ(desk_count(d.token, NULL, NULL), 0);
	CHECK(token_who(d.token, true, SESSION).login == LOGIN_NONE);
	CHECK_EQ(desk_data(d.token, true, false, "note", &h), CKR_USER_NOT_LOGGED_IN);
	CHECK_EQ(login_start(d.token, CKU_SO, SO_PIN), CKR_OK);
	CHECK_EQ(desk_data(d.token, true, false, "note", &h), CKR_OK);
}

static void read_only_session_changes_no_token_object(void)
{
	CK_OBJECT_HANDLE h = 0;
	struct who who;
	OBJECT(o);
	DESK(d, "pin");
	DESK_TOKEN(d);

	CHECK_EQ(login_start(d.token, CKU_USER, USER_PIN), CKR_OK);
	CHECK_EQ(desk_data(d.token, true, false, "note", &h), CKR_OK);
	who = token_who(d.token, false, SESSION);
	REQUIRE(token_object(d.token, &who, h, &o) == CKR_OK);
	CHECK_EQ(token_remove(d.token, &who, o), CKR_SESSION_READ_ONLY);
	CHECK_EQ(desk_count(d.token, "note", NULL), 1);
}

static const struct test tests[] = {
	TEST(public_object_is_found_without_login),
	TEST(private_object_dies_with_the_login),
	TEST(session_objects_go_with_session_or_logout),
	TEST(changed_object_keeps_handle_name_and_secret),
	TEST(token_without_pin_opens_by_itself),
	TEST(so_sees_nothing_private),
	TEST(another_process_is_followed),
	TEST(change_after_anothers_change_is_refused),
	TEST(token_initialised_anew_elsewhere_logs_out),
	TEST(read_only_session_changes_no_token_object),
};
TEST_MAIN(tests)
