/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of sessions: pins, locks, closing, counts. The token needs no PIN. */
#include "test.h"

#include "config.h"
#include "login.h"
#include "session_priv.h"
#include "tmpdir.h"

#include <stdlib.h>

struct bench {
	struct tmpdir dir;
	struct slots *slots;
	struct slot *slot;
	struct sessions *table;
};

static void bench_done(struct bench *b)
{
	sessions_free(&b->table);
	slots_close(&b->slots);
	tmpdir_done(&b->dir);
}
#define BENCH(name) _cleanup_(bench_done) struct bench name = bench_new()

static struct bench bench_new(void)
{
	static char source[] = "fake", policy[] = "none", tcti[] = "";
	const struct config c = {.source = source, .policy = policy, .tcti = tcti};
	struct bench b = {.dir = tmpdir_new()};
	const struct login_new_token n = {.dir = b.dir.path, .label = bytes_str("t")};
	char reserved[128], conf[96];
	CK_SLOT_ID id = 0;

	unsetenv("BULLA_STORE");
	unsetenv("BULLA_FAKE");
	snprintf(conf, sizeof(conf), "%s/conf", b.dir.path);
	file_write(conf, "");
	setenv("BULLA_CONF", conf, 1);
	snprintf(reserved, sizeof(reserved), "store=%s source=fake policy=none", b.dir.path);
	CHECK_EQ(login_create_token(&c, &n, &id), CKR_OK);
	CHECK_EQ(slots_open(reserved, NULL, &b.slots), CKR_OK);
	CHECK_EQ(slots_get(b.slots, id, &b.slot), CKR_OK);
	CHECK_EQ(sessions_new(NULL, &b.table), CKR_OK);
	return b;
}

static CK_SESSION_HANDLE bench_open(struct bench *b, CK_FLAGS flags)
{
	CK_SESSION_HANDLE h = 0;

	CHECK_EQ(session_open(b->table, b->slots, b->slot, CKF_SERIAL_SESSION | flags, &h), CKR_OK);
	return h;
}

static struct session *bench_pin(struct bench *b, CK_SESSION_HANDLE h)
{
	struct session *s = NULL;

	CHECK_EQ(session_pin(b->table, h, &s), CKR_OK);
	return s;
}

static void session_pinned_one_survives_its_closing(void)
{
	BENCH(b);
	CK_SESSION_HANDLE h = bench_open(&b, CKF_RW_SESSION), other;
	struct session *kept = bench_pin(&b, h), *closing = bench_pin(&b, h), *again;

	REQUIRE(kept != NULL && kept == closing);
	CHECK_EQ(session_close(b.table, &closing), CKR_OK);
	CHECK(closing == NULL);
	CHECK_EQ(session_pin(b.table, h, &again), CKR_SESSION_HANDLE_INVALID);
	CHECK_EQ(session_lock(kept), CKR_SESSION_CLOSED);
	/* Its place is not given to another as long as it is pinned. */
	other = bench_open(&b, 0);
	again = bench_pin(&b, other);
	CHECK(again != kept);
	session_unpin(b.table, &again);
	session_unpin(b.table, &kept);
	CHECK(kept == NULL);
}

static void session_place_is_used_again_under_another_handle(void)
{
	BENCH(b);
	CK_SESSION_HANDLE h = bench_open(&b, 0), next;
	struct session *s = bench_pin(&b, h), *first = s;

	CHECK_EQ(session_close(b.table, &s), CKR_OK);
	next = bench_open(&b, 0);
	s = bench_pin(&b, next);
	CHECK(s == first);
	CHECK(next != h);
	session_unpin(b.table, &s);
	CHECK_EQ(session_pin(b.table, h, &s), CKR_SESSION_HANDLE_INVALID);
}

static void session_closed_twice_is_closed_once(void)
{
	BENCH(b);
	CK_SESSION_HANDLE h = bench_open(&b, 0);
	struct session *one = bench_pin(&b, h), *two = bench_pin(&b, h);

	CHECK_EQ(b.slot->sessions, 1);
	CHECK_EQ(session_close(b.table, &one), CKR_OK);
	CHECK_EQ(session_close(b.table, &two), CKR_SESSION_HANDLE_INVALID);
	CHECK_EQ(b.slot->sessions, 0);
	CHECK_EQ(b.slot->ro_sessions, 0);
}

static void session_no_handle_is_zero_or_small(void)
{
	BENCH(b);
	struct session *s;

	for (int i = 0; i < 100; i++) {
		CK_SESSION_HANDLE h = bench_open(&b, 0);

		CHECK(h >= SESSIONS_MAX);
		CHECK_EQ(session_pin(b.table, h & (SESSIONS_MAX - 1), &s),
			CKR_SESSION_HANDLE_INVALID);
		CHECK_EQ(session_pin(b.table, h + SESSIONS_MAX, &s), CKR_SESSION_HANDLE_INVALID);
		CHECK_EQ(session_pin(b.table, h + 1, &s), CKR_SESSION_HANDLE_INVALID);
	}
	sessions_close_slot(b.table, b.slot);
	CHECK_EQ(b.slot->sessions, 0);
}

static void session_last_serial_is_followed_by_the_first(void)
{
	BENCH(b);
	CK_SESSION_HANDLE h = bench_open(&b, 0);
	struct session *s = bench_pin(&b, h);
	uint64_t last = ((uint64_t) 1 << SESSION_SERIAL_BITS) - 1;

	CHECK_EQ(session_close(b.table, &s), CKR_OK);
	s = bench_pin(&b, bench_open(&b, 0));
	atomic_store(&s->word, last << 24 | (atomic_load(&s->word) & 0xffffff));
	h = session_handle(s);
	CHECK_EQ(session_close(b.table, &s), CKR_OK);
	h = bench_open(&b, 0);
	CHECK_EQ(h >> SESSION_INDEX_BITS, 1); /* never 0: handles are never 0 */
	s = bench_pin(&b, h);
	session_unpin(b.table, &s);
}

static void session_is_small(void)
{
	CHECK(sizeof(struct session) <= 320); /* bytes; thousands are a normal host */
}

static void session_initialising_slot_opens_none(void)
{
	BENCH(b);
	CK_SESSION_HANDLE h;
	CK_UTF8CHAR label[33] = "again                           ";

	b.slot->initialising = true;
	CHECK_EQ(session_open(b.table, b.slots, b.slot, CKF_SERIAL_SESSION, &h),
		CKR_FUNCTION_FAILED);
	CHECK_EQ(sessions_init_token(b.table, b.slots, b.slot, bytes_str("so-pin"), label),
		CKR_FUNCTION_FAILED);
	b.slot->initialising = false;
	h = bench_open(&b, 0);
	CHECK_EQ(sessions_init_token(b.table, b.slots, b.slot, bytes_str("so-pin"), label),
		CKR_SESSION_EXISTS);
}

static void session_so_to_be_excludes_read_only_ones(void)
{
	BENCH(b);
	CK_SESSION_HANDLE h;

	b.slot->so_logins = 1; /* a thread is in C_Login(CKU_SO) */
	CHECK_EQ(session_open(b.table, b.slots, b.slot, CKF_SERIAL_SESSION, &h),
		CKR_SESSION_READ_WRITE_SO_EXISTS);
	CHECK(bench_open(&b, CKF_RW_SESSION) != 0);
	b.slot->so_logins = 0;
	CHECK(bench_open(&b, 0) != 0);
}

static const struct test tests[] = {
	TEST(session_pinned_one_survives_its_closing),
	TEST(session_place_is_used_again_under_another_handle),
	TEST(session_closed_twice_is_closed_once),
	TEST(session_no_handle_is_zero_or_small),
	TEST(session_last_serial_is_followed_by_the_first),
	TEST(session_is_small),
	TEST(session_initialising_slot_opens_none),
	TEST(session_so_to_be_excludes_read_only_ones),
};
TEST_MAIN(tests)
