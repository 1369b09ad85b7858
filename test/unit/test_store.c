/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_util.h"

static void create_then_open_gives_the_same_token(void)
{
	_cleanup_(store_close) struct store *again = NULL;
	struct store_token t;
	char file[32];
	BUF(seals);
	FIXTURE(f);

	REQUIRE(f.store != NULL);
	snprintf(file, sizeof(file), "token-%08lx.db", store_slot_id(f.store));
	REQUIRE_OK(store_open(f.dir.path, file, &again));
	REQUIRE_OK(store_read_token(again, f.keyring, &t, &seals));
	CHECK(memcmp(t.id, f.token.id, ID_LEN) == 0);
	CHECK(memcmp(t.label, f.token.label, STORE_LABEL_LEN) == 0);
	CHECK(strcmp(t.serial, "706b000000000000") == 0);
	CHECK(seals.len > 4 && store_writable(again));
}

static void list_finds_what_was_created(void)
{
	_cleanup_(store_list_done) struct store_list l = {0};
	struct config c = {.store_count = 2};
	char nowhere[] = "/nonexistent";
	FIXTURE(f);

	c.stores[0] = nowhere;
	c.stores[1] = f.dir.path;
	REQUIRE_OK(store_list(&c, &l));
	REQUIRE(l.count == 1);
	CHECK(l.entries[0].slot_id == store_slot_id(f.store) && l.entries[0].writable);
}

static void put_change_remove_is_seen(void)
{
	struct store_change gone = change_put(7, 2, "");
	uint64_t g0, g1;
	struct seen seen;
	FIXTURE(f);

	g0 = store_generation(f.store);
	REQUIRE_OK(put_one(&f, 7, 1, "one"));
	g1 = store_generation(f.store);
	CHECK(g0 != g1);
	REQUIRE_OK(see(f.store, f.keyring, &seen));
	CHECK(seen.sound == 1 && strcmp(seen.last, "one") == 0);
	REQUIRE_OK(put_one(&f, 7, 2, "two"));
	REQUIRE_OK(see(f.store, f.keyring, &seen));
	CHECK(seen.sound == 1 && strcmp(seen.last, "two") == 0);
	gone.remove = true;
	REQUIRE_OK(store_apply(f.store, f.keyring, &gone, 1));
	REQUIRE_OK(see(f.store, f.keyring, &seen));
	CHECK(seen.sound == 0 && seen.missing == 0 && seen.bad_list == 0);
}

static void put_wrong_version_is_conflict(void)
{
	struct store_change gone = change_put(7, 2, "");
	FIXTURE(f);

	REQUIRE_OK(put_one(&f, 7, 1, "one"));
	CHECK_ERR(put_one(&f, 7, 1, "again"), E_CONFLICT);
	CHECK_ERR(put_one(&f, 7, 3, "skipped"), E_CONFLICT);
	CHECK_ERR(put_one(&f, 8, 2, "none before"), E_CONFLICT);
	CHECK_ERR(put_one(&f, 8, 0, "zero"), E_INVALID);
	gone.remove = true;
	CHECK_ERR(store_apply(f.store, f.keyring, &gone, 1), E_CONFLICT);
}

static void apply_is_all_or_nothing(void)
{
	struct store_change c[3] = {
		change_put(1, 1, "a"), change_put(2, 1, "b"), change_put(3, 5, "conflict")};
	struct seen seen;
	FIXTURE(f);

	CHECK_ERR(store_apply(f.store, f.keyring, c, 3), E_CONFLICT);
	REQUIRE_OK(see(f.store, f.keyring, &seen));
	CHECK(seen.sound == 0);
	REQUIRE_OK(store_apply(f.store, f.keyring, c, 2));
	REQUIRE_OK(see(f.store, f.keyring, &seen));
	CHECK(seen.sound == 2);
}

static void write_other_keyring_is_tampered(void)
{
	_cleanup_(keyring_free) struct keyring *other = NULL;
	struct store_change c = change_put(1, 1, "a");
	struct seen seen;
	FIXTURE(f);

	REQUIRE_OK(keyring_create(f.token.id, &other));
	CHECK_ERR(store_apply(f.store, other, &c, 1), E_TAMPERED);
	CHECK_ERR(store_write_token(f.store, other, &f.token, NULL, 0), E_TAMPERED);
	CHECK_ERR(see(f.store, other, &seen), E_TAMPERED);
}

static void write_token_replaces_seals_and_label(void)
{
	struct store_token t;
	uint64_t before;
	BUF(seals);
	FIXTURE(f);

	before = store_generation(f.store);
	memcpy(f.token.label, "name", 4);
	REQUIRE_OK(store_write_token(f.store, f.keyring, &f.token, NULL, 0));
	REQUIRE_OK(store_read_token(f.store, f.keyring, &t, &seals));
	CHECK(memcmp(t.label, "name ", 5) == 0 && seals.len == 0);
	CHECK(store_generation(f.store) != before);
}

static void reinit_leaves_nothing(void)
{
	_cleanup_(keyring_free) struct keyring *fresh = NULL;
	struct store_token t = {.id = {9}};
	struct seen seen;
	FIXTURE(f);

	REQUIRE_OK(put_one(&f, 7, 1, "one"));
	REQUIRE_OK(keyring_create(t.id, &fresh));
	REQUIRE_OK(store_reinit(f.store, &t, fresh, NULL, 0));
	REQUIRE_OK(see(f.store, fresh, &seen));
	CHECK(seen.sound + seen.bad_record + seen.bad_list + seen.missing == 0);
	CHECK_ERR(see(f.store, f.keyring, &seen), E_TAMPERED);
}

static void check_of_a_sound_store_is_silent(void)
{
	BUF(problems);
	FIXTURE(f);

	REQUIRE_OK(put_one(&f, 7, 1, "one"));
	REQUIRE_OK(store_check(f.store, &problems));
	CHECK(problems.len == 0);
}

static const struct test tests[] = {
	TEST(create_then_open_gives_the_same_token),
	TEST(list_finds_what_was_created),
	TEST(put_change_remove_is_seen),
	TEST(put_wrong_version_is_conflict),
	TEST(apply_is_all_or_nothing),
	TEST(write_other_keyring_is_tampered),
	TEST(write_token_replaces_seals_and_label),
	TEST(reinit_leaves_nothing),
	TEST(check_of_a_sound_store_is_silent),
};
TEST_MAIN(tests)
