/* SPDX-License-Identifier: BSD-2-Clause */
/* A client of the TA for its tests: a world with storage of its own, and one function a command. A
 * PIN or an owner value is one byte, 32 times; PIN 0 is none. */
#pragma once

#include "ta_proto.h"
#include "tee_fake.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct sealed {
	uint8_t s[TA_S_LEN], blob[TA_BLOB_LEN];
};
struct reply {
	uint32_t result; /* of the call; the rest is the answer's */
	enum ta_status status;
	bool counted;
	uint32_t failed, tries;
	uint8_t body[TA_ANSWER_MAX];
	size_t len; /* of body */
};
#define NO_ANSWER ((enum ta_status) 255) /* the call failed */

struct ask {
	uint8_t bytes[1024];
	size_t len;
};

static char world[64], world_kept[80];

static inline void ask_u8(struct ask *a, uint8_t v)
{
	a->bytes[a->len++] = v;
}

static inline void ask_u32(struct ask *a, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		ask_u8(a, (uint8_t) (v >> shift));
}

static inline void ask_word(struct ask *a, uint8_t v)
{
	memset(a->bytes + a->len, v, 32);
	a->len += 32;
}

static inline void ask_bytes(struct ask *a, const void *src, size_t len)
{
	memcpy(a->bytes + a->len, src, len);
	a->len += len;
}

static inline struct ask ask_begin(void)
{
	struct ask a = {.len = 0};

	ask_u8(&a, TA_PROTO_VERSION);
	return a;
}

static inline uint32_t u32_at(const uint8_t *b)
{
	return (uint32_t) b[0] << 24 | (uint32_t) b[1] << 16 | (uint32_t) b[2] << 8 | b[3];
}

static inline struct reply ask_send(uint32_t cmd, const struct ask *a)
{
	struct reply r = {.status = NO_ANSWER};
	uint8_t answer[TA_ANSWER_MAX];
	size_t len = sizeof(answer);

	r.result = tee_fake_invoke(cmd, a->bytes, a->len, answer, &len);
	if (r.result != 0)
		return r;
	/* the answer's own form is checked each time */
	CHECK(len >= TA_ANSWER_HEAD && answer[0] == TA_PROTO_VERSION && answer[1] < TA_ST_END);
	CHECK(answer[2] <= 1 && answer[3] == 0);
	r.status = (enum ta_status) answer[1];
	r.counted = answer[2] == 1;
	r.failed = u32_at(answer + 4);
	r.tries = u32_at(answer + 8);
	CHECK(r.counted || (r.failed == 0 && r.tries == 0));
	r.len = len - TA_ANSWER_HEAD;
	CHECK(r.status == TA_ST_OK || r.len == 0);
	memcpy(r.body, answer + TA_ANSWER_HEAD, r.len);
	return r;
}

static inline void sealed_take(const struct reply *r, struct sealed *ret)
{
	if (r->status != TA_ST_OK || !CHECK_EQ(r->len, TA_S_LEN + TA_BLOB_LEN))
		return;
	memcpy(ret->s, r->body, TA_S_LEN);
	memcpy(ret->blob, r->body + TA_S_LEN, TA_BLOB_LEN);
}

static inline struct ask ask_seal(enum ta_login login, uint8_t pin, uint32_t tries, uint8_t owner)
{
	struct ask a = ask_begin();

	ask_u8(&a, (uint8_t) login);
	ask_u8(&a, pin != 0);
	ask_u32(&a, tries);
	ask_word(&a, 0x77);
	ask_word(&a, pin);
	ask_word(&a, owner);
	return a;
}

static inline struct reply ta_seal_to(enum ta_login login, uint8_t pin, struct sealed *ret)
{
	const struct ask a = ask_seal(login, pin, pin != 0 ? 10 : 0, 'o');
	struct reply r = ask_send(TA_CMD_SEAL, &a);

	sealed_take(&r, ret);
	return r;
}

static inline struct reply ta_seal(uint8_t pin, struct sealed *ret)
{
	return ta_seal_to(TA_LOGIN_PUBLIC, pin, ret);
}

static inline struct ask ask_open(uint8_t pin, const struct sealed *s)
{
	struct ask a = ask_begin();

	ask_word(&a, pin);
	ask_bytes(&a, s->blob, TA_BLOB_LEN);
	return a;
}

static inline struct reply ta_open(uint8_t pin, const struct sealed *s)
{
	const struct ask a = ask_open(pin, s);

	return ask_send(TA_CMD_OPEN, &a);
}

/* It opens, and gives the S that it was sealed with. */
static inline bool ta_opens(uint8_t pin, const struct sealed *s)
{
	const struct reply r = ta_open(pin, s);

	return r.status == TA_ST_OK && r.len == TA_S_LEN && memcmp(r.body, s->s, TA_S_LEN) == 0;
}

static inline struct reply ta_describe(const struct sealed *s)
{
	struct ask a = ask_begin();

	if (s != NULL)
		ask_bytes(&a, s->blob, TA_BLOB_LEN);
	return ask_send(TA_CMD_DESCRIBE, &a);
}

static inline enum ta_state ta_state(const struct sealed *s)
{
	const struct reply r = ta_describe(s);

	return r.status == TA_ST_OK && r.len > 14 ? (enum ta_state) r.body[1] : TA_STATE_NONE;
}

/* Wrong PINs that count now. */
static inline uint32_t ta_failed(const struct sealed *s)
{
	const struct reply r = ta_describe(s);

	return r.counted ? r.failed : UINT32_MAX;
}

static inline struct ask ask_change(
	uint8_t pin, uint8_t owner, uint8_t next_owner, const struct sealed *s)
{
	struct ask a = ask_begin();

	ask_u8(&a, pin != 0);
	ask_u32(&a, pin != 0 ? 10 : 0);
	ask_word(&a, 0x78);
	ask_word(&a, pin);
	ask_word(&a, owner);
	ask_word(&a, next_owner);
	ask_bytes(&a, s->blob, TA_BLOB_LEN);
	return a;
}

static inline struct reply ta_change_owner(
	uint8_t pin, uint8_t owner, uint8_t next_owner, const struct sealed *s, struct sealed *ret)
{
	const struct ask a = ask_change(pin, owner, next_owner, s);
	struct reply r = ask_send(TA_CMD_CHANGE, &a);

	sealed_take(&r, ret);
	return r;
}

static inline struct reply ta_change(uint8_t pin, const struct sealed *s, struct sealed *ret)
{
	return ta_change_owner(pin, 'o', 'o', s, ret);
}

static inline struct ask ask_owned(uint8_t owner, const struct sealed *s)
{
	struct ask a = ask_begin();

	ask_word(&a, owner);
	ask_bytes(&a, s->blob, TA_BLOB_LEN);
	return a;
}

static inline struct reply ta_settle(uint8_t owner, const struct sealed *s)
{
	const struct ask a = ask_owned(owner, s);

	return ask_send(TA_CMD_SETTLE, &a);
}

static inline struct reply ta_destroy(uint8_t owner, const struct sealed *s)
{
	const struct ask a = ask_owned(owner, s);

	return ask_send(TA_CMD_DESTROY, &a);
}

/* -- the world ------------------------------------------------------------------------------ */

/* Files of a directory: with `to`, copied there; else removed. How many. */
static inline unsigned files_each(const char *from, const char *to)
{
	DIR *dir = opendir(from);
	unsigned count = 0;

	for (const struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		char path[400], other[400];
		uint8_t bytes[4096];
		FILE *in, *out;
		size_t len;

		if (e->d_name[0] == '.')
			continue;
		count++;
		snprintf(path, sizeof(path), "%s/%s", from, e->d_name);
		if (to == NULL) {
			unlink(path);
			continue;
		}
		snprintf(other, sizeof(other), "%s/%s", to, e->d_name);
		in = fopen(path, "rbe");
		out = fopen(other, "wbe");
		len = in != NULL ? fread(bytes, 1, sizeof(bytes), in) : 0;
		if (!CHECK(in != NULL && out != NULL && fwrite(bytes, 1, len, out) == len))
			break;
		fclose(in);
		fclose(out);
	}
	if (dir != NULL)
		closedir(dir);
	return count;
}

static inline void world_done(void)
{
	files_each(world, NULL);
	files_each(world_kept, NULL);
	CHECK(rmdir(world) == 0 && rmdir(world_kept) == 0);
	world[0] = 0;
}

static inline bool world_new(void)
{
	const char *tmp = secure_getenv("TMPDIR");

	if (world[0] != 0)
		world_done(); /* a REQUIRE left it */
	if (tmp == NULL)      /* there are thousands of files: memory, if there is some */
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(world, sizeof(world), "%.40s/bulla-ta-XXXXXX", tmp);
	if (!CHECK(mkdtemp(world) != NULL))
		return false;
	snprintf(world_kept, sizeof(world_kept), "%s.kept", world);
	if (!CHECK(mkdir(world_kept, 0700) == 0))
		return false;
	tee_fake_reset(world);
	return true;
}

/* Storage as it is now, to be put back by who rules the normal world. */
static inline void world_keep(void)
{
	files_each(world_kept, NULL);
	files_each(world, world_kept);
}

static inline void world_roll_back(void)
{
	files_each(world, NULL);
	files_each(world_kept, world);
}

/* How many objects secure storage has. */
static inline unsigned world_objects(void)
{
	world_keep();
	return files_each(world_kept, NULL);
}

/* Where the fake keeps the record of a seal's line. */
static inline void record_path(const struct sealed *s, char *ret, size_t size)
{
	size_t at = (size_t) snprintf(ret, size, "%s/p-4c", world);

	for (size_t i = 0; i < TA_ID_LEN && at < size; i++)
		at += (size_t) snprintf(ret + at, size - at, "%02x", s->blob[17 + i]);
}

static const uint8_t alice[16] = {1, 2, 3, 4, 5, 6, 0x57, 8, 0x99, 10, 11, 12, 13, 14, 15, 16};
static const uint8_t bob[16] = {1, 2, 3, 4, 5, 6, 0x57, 8, 0x99, 10, 11, 12, 13, 14, 15, 17};
static const uint8_t nobody[16];
