/* SPDX-License-Identifier: BSD-2-Clause */
/* What an earlier build wrote must be read for ever. test/golden/token-00c0ffee.db is a token with
 * two seals of the source "fake" (a PIN, "golden"; and none) and two objects, one with a sealed
 * part. With --make=DIR the file is made anew: for a new version of a
 * format only, and then beside the old one. */
#include "store_util.h"

#include "record.h"

#include <fcntl.h>

static const uint8_t token_id[ID_LEN] = {0x60, 0x1d, 3};
static const uint8_t object_id[ID_LEN] = {0x0b, 1};
static const struct trust_env env = {0};

static const char *golden_dir(void)
{
	const char *dir = getenv("GOLDEN");

	return dir != NULL ? dir : "test/golden";
}

static void seal_add(const struct keyring *k, const char *policy, struct buf *ret)
{
	struct seal_request rq = {.env = &env, .source = "fake", .role = ROLE_USER};
	SECRET(pin);

	CHECK_OK(policy_parse(policy, false, &rq.policy));
	CHECK_OK(secret_copy_in(bytes_str("golden"), &pin));
	rq.pin = rq.policy.pin ? pin : NULL;
	CHECK_OK(keyring_add_seal(k, &rq, ret));
}

static void golden_make(const char *dir)
{
	_cleanup_(keyring_free) struct keyring *k = NULL;
	_cleanup_(store_close) struct store *s = NULL;
	struct store_token t = {.created_s = 1700000000};
	struct store_change c[2] = {{.object = {.version = 1}}, {.object = {.version = 1}}};
	struct bytes seals[2];
	BUF(with_pin);
	BUF(without);
	BUF(box);

	memcpy(t.id, token_id, ID_LEN);
	memset(t.label, ' ', sizeof(t.label));
	memcpy(t.label, "golden token", 12);
	REQUIRE_OK(keyring_create(token_id, &k));
	seal_add(k, "pin+pcr=sha256:7", &with_pin);
	seal_add(k, "none", &without);
	seals[0] = buf_bytes(&with_pin);
	seals[1] = buf_bytes(&without);
	REQUIRE_OK(store_create(dir, &t, k, seals, 2, &s));
	memcpy(c[0].object.id, object_id, ID_LEN);
	c[0].object.attrs = bytes_str("public part");
	REQUIRE_OK(keyring_seal_object(
		k, object_id, c[0].object.attrs, bytes_str("secret part"), &box));
	c[0].object.sealed = buf_bytes(&box);
	c[1].object.id[0] = 0xff;
	c[1].object.attrs = bytes_str("public only");
	REQUIRE_OK(store_apply(s, k, c, 2));
	printf("%s\n", store_path(s));
}

static void file_copy(const char *from, const char *to)
{
	uint8_t block[4096];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n;

	CHECK(in >= 0 && out >= 0);
	while ((n = read(in, block, sizeof(block))) > 0)
		CHECK(write(out, block, (size_t) n) == n);
	close(in);
	close(out);
}

static struct err golden_object(void *arg, const struct stored_object *o, enum store_damage damage)
{
	const struct keyring *k = *(const struct keyring **) arg;
	SECRET(plain);

	CHECK(damage == STORE_SOUND && o->version == 1);
	if (o->id[0] == 0xff) {
		CHECK(bytes_eq(o->attrs, bytes_str("public only")) && o->sealed.len == 0);
		return OK;
	}
	CHECK(bytes_eq(o->attrs, bytes_str("public part")));
	CHECK_OK(keyring_open_object(k, o->id, o->attrs, o->sealed, &plain));
	CHECK(bytes_eq(secret_view(plain), bytes_str("secret part")));
	return OK;
}

/* Opens one of the file's seals and reads everything under it. */
static void golden_read(const char *dir, unsigned which)
{
	_cleanup_(keyring_free) struct keyring *k = NULL;
	_cleanup_(store_close) struct store *s = NULL;
	struct store_visitor v = {.arg = &k, .object = golden_object};
	struct seal_request rq = {.env = &env};
	struct store_token t;
	struct reader r;
	struct bytes seal = BYTES_NONE;
	uint64_t generation;
	SECRET(pin);
	BUF(seals);

	REQUIRE_OK(store_open(dir, "token-00c0ffee.db", &s));
	REQUIRE_OK(store_read_token(s, NULL, &t, &seals));
	CHECK(memcmp(t.id, token_id, ID_LEN) == 0 && memcmp(t.label, "golden token ", 13) == 0 &&
		t.created_s == 1700000000);
	r = reader_of(buf_bytes(&seals));
	for (unsigned i = 0; i <= which; i++)
		REQUIRE_OK(reader_lv(&r, r.left.len, &seal));
	REQUIRE_OK(secret_copy_in(bytes_str("golden"), &pin));
	rq.pin = which == 0 ? pin : NULL;
	REQUIRE_OK(keyring_unlock(t.id, seal, &rq, &k));
	CHECK_OK(store_each(s, k, &v, &generation));
	CHECK_OK(store_apply(s, k, &(struct store_change){.object = {.id = {9}, .version = 1}}, 1));
}

static void token_of_version_1_is_read_and_written(void)
{
	for (unsigned which = 0; which < 2; which++) {
		TMPDIR(dir);
		char from[4096], to[128];

		snprintf(from, sizeof(from), "%s/token-00c0ffee.db", golden_dir());
		snprintf(to, sizeof(to), "%s/token-00c0ffee.db", dir.path);
		file_copy(from, to);
		golden_read(dir.path, which);
	}
}

/* The bytes as docs/formats.md draws them. */
static void object_record_is_as_drawn(void)
{
	static const uint8_t drawn[] = {1, 0x0b, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 's'};
	struct stored_object o = {
		.version = 2, .attrs = bytes_str("abc"), .sealed = bytes_str("s")};
	struct stored_object again;
	BUF(b);

	memcpy(o.id, object_id, ID_LEN);
	REQUIRE_OK(record_object_put(&o, &b));
	CHECK(bytes_eq(buf_bytes(&b), BYTES_OF(drawn)));
	REQUIRE_OK(record_object_read(buf_bytes(&b), &again));
	CHECK(again.version == 2 && bytes_eq(again.attrs, o.attrs) &&
		bytes_eq(again.sealed, o.sealed));
	for (size_t n = 0; n < b.len; n++)
		CHECK_ERR(record_object_read(BYTES(b.ptr, n), &again), E_CORRUPT);
	b.ptr[0] = 2;
	CHECK_ERR(record_object_read(buf_bytes(&b), &again), E_VERSION);
	b.ptr[0] = 0;
	CHECK_ERR(record_object_read(buf_bytes(&b), &again), E_CORRUPT);
	b.ptr[0] = 1;
	REQUIRE_OK(buf_put_u8(&b, 0));
	CHECK_ERR(record_object_read(buf_bytes(&b), &again), E_CORRUPT);
}

static void object_record_over_its_limits_is_refused(void)
{
	static const uint8_t large[STORE_ATTRS_MAX + 1];
	struct stored_object o = {.version = 1};
	BUF(b);

	o.attrs = BYTES(large, STORE_ATTRS_MAX + 1);
	CHECK_ERR(record_object_put(&o, &b), E_LIMIT);
	o.attrs = BYTES(large, STORE_ATTRS_MAX);
	o.sealed = BYTES(large, STORE_SEALED_MAX + 1);
	CHECK_ERR(record_object_put(&o, &b), E_LIMIT);
	o.sealed = BYTES_NONE;
	CHECK_OK(record_object_put(&o, &b));
	o.version = 0;
	CHECK_ERR(record_object_put(&o, &b), E_INVALID);
}

static void token_record_is_as_drawn(void)
{
	struct store_token t = {.created_s = 0x0102}, again;
	uint8_t drawn[1 + ID_LEN + STORE_LABEL_LEN + 8] = {1, 0x60, 0x1d, 3};
	BUF(b);

	memcpy(t.id, token_id, ID_LEN);
	memset(t.label, 'x', sizeof(t.label));
	memset(drawn + 1 + ID_LEN, 'x', STORE_LABEL_LEN);
	drawn[sizeof(drawn) - 2] = 1;
	drawn[sizeof(drawn) - 1] = 2;
	REQUIRE_OK(record_token_put(&t, &b));
	CHECK(bytes_eq(buf_bytes(&b), BYTES_OF(drawn)));
	REQUIRE_OK(record_token_read(buf_bytes(&b), &again));
	CHECK(strcmp(again.serial, "601d030000000000") == 0);
	for (size_t n = 0; n < b.len; n++)
		CHECK_ERR(record_token_read(BYTES(b.ptr, n), &again), E_CORRUPT);
}

static void list_is_as_drawn(void)
{
	static struct record_list l, again;
	BUF(b);

	l.count = 0x01020304;
	memset(l.bucket[0], 0xaa, KEYRING_MAC_LEN);
	memset(l.root, 0xbb, KEYRING_MAC_LEN);
	REQUIRE_OK(record_list_put(&l, &b));
	CHECK(b.len == 1 + 4 + 256 * 32 + 32);
	CHECK(memcmp(b.ptr, "\1\1\2\3\4\xaa\xaa", 7) == 0 && b.ptr[b.len - 1] == 0xbb);
	REQUIRE_OK(record_list_read(buf_bytes(&b), &again));
	CHECK(memcmp(&l, &again, sizeof(l)) == 0);
	CHECK_ERR(record_list_read(BYTES(b.ptr, b.len - 1), &again), E_CORRUPT);
}

static const struct test tests[] = {
	TEST(token_of_version_1_is_read_and_written),
	TEST(object_record_is_as_drawn),
	TEST(object_record_over_its_limits_is_refused),
	TEST(token_record_is_as_drawn),
	TEST(list_is_as_drawn),
};

int main(int argc, char **argv)
{
	if (argc > 1 && strncmp(argv[1], "--make=", 7) == 0) {
		golden_make(argv[1] + 7);
		return 0;
	}
	return test_run(tests, ARRAY_LEN(tests), argc > 1 ? argv[1] : "");
}
