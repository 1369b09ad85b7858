/* SPDX-License-Identifier: BSD-2-Clause */
/* token.c, load.c, login.c with many threads at once, beside a second instance of the token that
 * writes as another process would. Also run under the thread sanitizer. */
#include "token_util.h"

#include "key.h"

#include <pthread.h>
#include <stdatomic.h>

#define ENOUGH 40u /* of each kind of work */

struct shop {
	struct token *token, *other;
	atomic_uint unexpected, made, seen, logins;
	atomic_bool over;
};

static void expect(struct shop *s, bool ok)
{
	if (!ok)
		atomic_fetch_add(&s->unexpected, 1);
}

/* On a token without PIN: in and out, opened lazily by whoever needs it. */
static void *logs_in_and_out(void *arg)
{
	struct shop *s = arg;

	while (atomic_load(&s->made) < ENOUGH || atomic_load(&s->seen) < ENOUGH ||
		atomic_load(&s->logins) < ENOUGH) {
		CK_RV rv = login_start(s->token, CKU_USER, BYTES_NONE);

		expect(s, rv == CKR_OK);
		rv = login_end(s->token);
		expect(s, rv == CKR_OK);
		atomic_fetch_add(&s->logins, 1);
	}
	atomic_store(&s->over, true);
	return NULL;
}

static void *finds_and_opens(void *arg)
{
	struct shop *s = arg;
	CK_OBJECT_HANDLE *list = NULL;
	size_t count = 0;
	ATTRS(wanted);

	while (!atomic_load(&s->over)) {
		struct who who;

		expect(s, token_refresh(s->token, true) == CKR_OK);
		who = token_who(s->token, true, SESSION);
		expect(s, token_find(s->token, &who, &wanted, &list, &count) == CKR_OK);
		for (size_t i = 0; i < count; i++) {
			OBJECT(o);
			KEY(k);
			CK_RV rv = token_object(s->token, &who, list[i], &o);

			expect(s, rv == CKR_OK || rv == CKR_OBJECT_HANDLE_INVALID);
			if (rv != CKR_OK || o->cls != CKO_SECRET_KEY)
				continue;
			rv = key_open(s->token, o, &k);
			/* the session key may have died with a logout in between */
			expect(s, rv == CKR_OK || rv == CKR_USER_NOT_LOGGED_IN);
			atomic_fetch_add(&s->seen, rv == CKR_OK);
		}
		free(list);
		list = NULL;
	}
	return NULL;
}

static void *makes_and_drops(void *arg)
{
	struct shop *s = arg;

	while (!atomic_load(&s->over)) {
		CK_OBJECT_HANDLE h = 0;
		struct who who;
		OBJECT(o);
		CK_RV rv = desk_secret(s->token, true, true, "passing", &h);

		/* CKR_USER_NOT_LOGGED_IN: a logout between the look and the lock */
		expect(s, rv == CKR_OK || rv == CKR_USER_NOT_LOGGED_IN);
		if (rv != CKR_OK)
			continue;
		atomic_fetch_add(&s->made, 1);
		rv = desk_secret(s->token, false, false, "session", &h);
		expect(s, rv == CKR_OK);
		who = token_who(s->token, true, SESSION);
		rv = token_object(s->token, &who, h, &o);
		expect(s, rv == CKR_OK);
		if (rv == CKR_OK)
			expect(s, token_remove(s->token, &who, o) == CKR_OK);
	}
	return NULL;
}

static void *writes_elsewhere(void *arg)
{
	struct shop *s = arg;

	while (!atomic_load(&s->over)) {
		CK_OBJECT_HANDLE h = 0;

		expect(s, token_refresh(s->other, true) == CKR_OK);
		expect(s, desk_data(s->other, true, false, "theirs", &h) == CKR_OK);
		atomic_fetch_add(&s->made, 1);
	}
	return NULL;
}

static void threads_and_another_writer_get_along(void)
{
	static void *(*const work[])(void *) = {logs_in_and_out, finds_and_opens, finds_and_opens,
		makes_and_drops, writes_elsewhere};
	pthread_t threads[ARRAY_LEN(work)];
	struct shop s = {0};
	size_t stored;
	DESK(d, "pcr=sha256:7");
	DESK_TOKEN(d);

	s.token = d.token;
	s.other = desk_open(&d);
	REQUIRE(s.other != NULL);
	for (size_t i = 0; i < ARRAY_LEN(work); i++)
		REQUIRE(pthread_create(&threads[i], NULL, work[i], &s) == 0);
	for (size_t i = 0; i < ARRAY_LEN(work); i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(atomic_load(&s.unexpected), 0);
	/* everything that was acknowledged is there, for both */
	token_drop_session(s.token, SESSION);
	stored = desk_count(s.token, NULL, NULL);
	CHECK_EQ(stored, atomic_load(&s.made));
	CHECK_EQ(desk_count(s.other, NULL, NULL), stored);
	token_close(&s.other);
}

static const struct test tests[] = {
	TEST(threads_and_another_writer_get_along),
};
TEST_MAIN(tests)
