/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of slots: which files become slots, under which ids, and what happens to them. Tokens
 * here need no PIN, so that making one costs nothing. */
#include "test.h"

#include "config.h"
#include "login.h"
#include "slots.h"
#include "tmpdir.h"

#include <stdlib.h>

struct place {
	struct tmpdir dir;
	struct slots *slots;
	char reserved[256];
};

static void place_done(struct place *p)
{
	slots_close(&p->slots);
	tmpdir_done(&p->dir);
}
#define PLACE(name, more) _cleanup_(place_done) struct place name = place_new(more)

static void place_open(struct place *p)
{
	slots_close(&p->slots);
	CHECK_EQ(slots_open(p->reserved, NULL, &p->slots), CKR_OK);
}

/* Two stores, a and b; more: other words of the configuration. */
static struct place place_new(const char *more)
{
	struct place p = {.dir = tmpdir_new()};
	char conf[96];

	snprintf(p.reserved, sizeof(p.reserved), "store=%s/a store=%s/b source=fake policy=none %s",
		p.dir.path, p.dir.path, more);
	unsetenv("BULLA_STORE");
	unsetenv("BULLA_FAKE");
	snprintf(conf, sizeof(conf), "%s/conf", p.dir.path);
	file_write(conf, "");
	setenv("BULLA_CONF", conf, 1);
	place_open(&p);
	return p;
}

static CK_SLOT_ID place_add(struct place *p, const char *store, CK_SLOT_ID wish)
{
	static char source[] = "fake", policy[] = "none", tcti[] = "";
	const struct config c = {.source = source, .policy = policy, .tcti = tcti};
	char dir[96];
	const struct login_new_token n = {.dir = dir, .label = bytes_str("t"), .slot_id = wish};
	CK_SLOT_ID id = 0;

	snprintf(dir, sizeof(dir), "%s/%s", p->dir.path, store);
	CHECK_EQ(login_create_token(&c, &n, &id), CKR_OK);
	return id;
}

static CK_ULONG place_list(struct place *p, CK_SLOT_ID *ret, CK_ULONG room)
{
	CK_ULONG n = 0;

	CHECK_EQ(slots_list(p->slots, false, NULL, &n), CKR_OK);
	n = room;
	CHECK_EQ(slots_list(p->slots, false, ret, &n), CKR_OK);
	return n;
}

static void slots_empty_store_has_a_blank_one(void)
{
	PLACE(p, "");
	CK_SLOT_ID list[8], first;
	struct token *t;
	struct slot *slot;
	CK_TOKEN_INFO info;

	REQUIRE(place_list(&p, list, 8) == 1);
	first = list[0];
	CHECK(first != 0 && first <= 0x7fffffff);
	REQUIRE(slots_get(p.slots, first, &slot) == CKR_OK);
	CHECK_EQ(slots_get(p.slots, first + 1, &slot), CKR_SLOT_ID_INVALID);
	CHECK_EQ(slots_token(p.slots, slot, &t), CKR_TOKEN_NOT_RECOGNIZED);
	CHECK_EQ(slots_token_info(p.slots, slot, &info), CKR_OK);
	CHECK_EQ(info.flags & CKF_TOKEN_INITIALIZED, 0);
	place_open(&p);
	CHECK_EQ(place_list(&p, list, 8), 1);
	CHECK_EQ(list[0], first);
}

static void slots_tokens_are_listed_in_the_order_of_stores(void)
{
	PLACE(p, "");
	CK_SLOT_ID list[8];
	CK_SLOT_ID b = place_add(&p, "b", 5), a2 = place_add(&p, "a", 9),
		   a1 = place_add(&p, "a", 7);

	place_open(&p);
	REQUIRE(place_list(&p, list, 8) == 3);
	CHECK(list[0] == a1 && list[1] == a2 && list[2] == b);
	CHECK_EQ(a1, 7);
}

static void slots_token_takes_the_blank_ones_place(void)
{
	PLACE(p, "");
	CK_SLOT_ID list[8], blank;
	struct slot *slot;
	CK_UTF8CHAR label[33] = "new                             ";
	struct token *t;

	REQUIRE(place_list(&p, list, 8) == 1);
	blank = list[0];
	REQUIRE(slots_get(p.slots, blank, &slot) == CKR_OK);
	CHECK_EQ(slots_init_token(p.slots, slot, bytes_str("so-pin"), label), CKR_OK);
	CHECK_EQ(slots_token(p.slots, slot, &t), CKR_OK);
	CHECK_EQ(place_list(&p, list, 8), 1);
	CHECK_EQ(list[0], blank);
	/* A blank one beside it has another id. */
	strcat(p.reserved, "blank-slot=yes");
	place_open(&p);
	CHECK_EQ(place_list(&p, list, 8), 2);
	CHECK(list[0] == blank && list[1] != blank);
}

static void slots_another_process_took_the_blank_one(void)
{
	PLACE(p, "");
	CK_SLOT_ID list[8], blank;
	struct slot *slot;
	CK_TOKEN_INFO info;

	REQUIRE(place_list(&p, list, 8) == 1);
	blank = list[0];
	CHECK_EQ(place_add(&p, "a", blank), blank);
	CHECK_EQ(place_list(&p, list, 8), 1);
	REQUIRE(slots_get(p.slots, blank, &slot) == CKR_OK);
	CHECK_EQ(slots_token_info(p.slots, slot, &info), CKR_OK);
	CHECK(info.flags & CKF_TOKEN_INITIALIZED);
}

static void slots_events_are_told_once(void)
{
	PLACE(p, "blank-slot=no");
	CK_SLOT_ID id = 0, made;
	char command[160];
	CK_ULONG n = 0;
	struct slot *slot;
	struct token *t;

	CHECK_EQ(slots_event(p.slots, &id), CKR_NO_EVENT);
	made = place_add(&p, "a", 0);
	CHECK_EQ(slots_event(p.slots, &id), CKR_OK);
	CHECK_EQ(id, made);
	CHECK_EQ(slots_event(p.slots, &id), CKR_NO_EVENT);
	snprintf(command, sizeof(command), "mv %s/a/token-*.db %s/away", p.dir.path, p.dir.path);
	CHECK_EQ(system(command), 0);
	CHECK_EQ(slots_event(p.slots, &id), CKR_OK);
	REQUIRE(slots_get(p.slots, made, &slot) == CKR_OK);
	CHECK_EQ(slots_token(p.slots, slot, &t), CKR_TOKEN_NOT_PRESENT);
	CHECK_EQ(slots_list(p.slots, true, NULL, &n), CKR_OK);
	CHECK_EQ(n, 0);
	CHECK_EQ(slots_list(p.slots, false, NULL, &n), CKR_OK);
	CHECK_EQ(n, 1); /* the slot stays */
	snprintf(command, sizeof(command), "mv %s/away %s/a/token-%08lx.db", p.dir.path, p.dir.path,
		made);
	CHECK_EQ(system(command), 0);
	CHECK_EQ(slots_event(p.slots, &id), CKR_OK);
	CHECK_EQ(id, made);
	CHECK_EQ(slots_token(p.slots, slot, &t), CKR_OK);
}

static void slots_configuration_that_makes_no_sense_is_refused(void)
{
	PLACE(p, "");
	struct slots *s = NULL;

	CHECK_EQ(slots_open("no-such-key=1", NULL, &s), CKR_ARGUMENTS_BAD);
	CHECK_EQ(slots_open("configdir='sql:/x' certPrefix='' flags=readOnly", NULL, &s),
		CKR_ARGUMENTS_BAD);
	CHECK(s == NULL);
}

static void slots_store_that_may_not_be_written_has_no_blank_one(void)
{
	PLACE(p, "");
	struct slots *s = NULL;
	char reserved[160];
	CK_ULONG n = 9;

	/* below a file: not even root makes a directory there */
	snprintf(reserved, sizeof(reserved), "store=%s/conf/x source=fake policy=none", p.dir.path);
	REQUIRE(slots_open(reserved, NULL, &s) == CKR_OK);
	CHECK_EQ(slots_list(s, false, NULL, &n), CKR_OK);
	CHECK_EQ(n, 0);
	slots_close(&s);
}

static const struct test tests[] = {
	TEST(slots_empty_store_has_a_blank_one),
	TEST(slots_tokens_are_listed_in_the_order_of_stores),
	TEST(slots_token_takes_the_blank_ones_place),
	TEST(slots_another_process_took_the_blank_one),
	TEST(slots_events_are_told_once),
	TEST(slots_configuration_that_makes_no_sense_is_refused),
	TEST(slots_store_that_may_not_be_written_has_no_blank_one),
};
TEST_MAIN(tests)
