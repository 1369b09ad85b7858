/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzzes the trusted application on the fake TEE. The input is a program of a hostile normal world:
 * commands with seals that it was given, raw and damaged requests, reboots, storage that fails, is
 * put back, loses power. After each step what must always hold is checked, and abort() called. */
#include "ta_proto.h"
#include "tee_fake.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SLOTS 6u
#define TRIES 3u
#define STEPS 200u
#define NEVER 0xffu

/* A seal that the TA gave out. */
struct slot {
	bool used;
	uint8_t s[TA_S_LEN], blob[TA_BLOB_LEN], sound[TA_BLOB_LEN];
	uint8_t pin, owner, login;
	unsigned line;  /* lines are counted; those of one share what is counted */
	unsigned wrong; /* wrong PINs that were compared since anything ended the count */
};

struct program {
	const uint8_t *at, *end;
	struct slot slots[SLOTS];
	unsigned lines;
	uint8_t login;
	bool disturbed; /* the next command fails, or loses its power, perhaps */
};

static char world[64], kept[80];

static void must(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

static uint8_t next(struct program *p)
{
	return p->at < p->end ? *p->at++ : 0;
}

/* Objects of a directory: copied, or removed; those of RPMB, too? */
static void files_each(const char *from, const char *to, bool rpmb)
{
	DIR *dir = opendir(from);

	must(dir != NULL, "the world is there");
	for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
		char path[400], other[400];
		uint8_t bytes[64];
		size_t len;
		FILE *in, *out;

		snprintf(path, sizeof(path), "%s/%s", from, e->d_name);
		if (e->d_name[0] == '.' || (!rpmb && e->d_name[0] == 'r'))
			continue;
		if (to == NULL) {
			unlink(path);
			continue;
		}
		snprintf(other, sizeof(other), "%s/%s", to, e->d_name);
		in = fopen(path, "rbe");
		out = fopen(other, "wbe");
		must(in != NULL && out != NULL, "files can be copied");
		len = fread(bytes, 1, sizeof(bytes), in);
		must(fwrite(bytes, 1, len, out) == len, "files can be copied");
		fclose(in);
		fclose(out);
	}
	closedir(dir);
}

static void world_end(void)
{
	files_each(world, NULL, true);
	files_each(kept, NULL, true);
	rmdir(world);
	rmdir(kept);
}

static void world_begin(void)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp == NULL)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	if (world[0] == 0) {
		snprintf(world, sizeof(world), "%.40s/bulla-fuzz-XXXXXX", tmp);
		must(mkdtemp(world) != NULL, "a directory can be made");
		snprintf(kept, sizeof(kept), "%s.kept", world);
		must(mkdir(kept, 0700) == 0, "a directory can be made");
		atexit(world_end);
	}
	files_each(world, NULL, true);
	files_each(kept, NULL, true);
	tee_fake_reset(world);
}

struct call {
	uint8_t request[2048], answer[TA_ANSWER_MAX];
	size_t request_len, len;
	uint32_t result;
	enum ta_status status;
};

static void put(struct call *c, const void *src, size_t len)
{
	memcpy(c->request + c->request_len, src, len);
	c->request_len += len;
}

static void put_all(struct call *c, uint8_t v, size_t len)
{
	memset(c->request + c->request_len, v, len);
	c->request_len += len;
}

static void send(struct program *p, struct call *c, uint32_t cmd)
{
	c->len = sizeof(c->answer);
	c->result = tee_fake_invoke(cmd, c->request, c->request_len, c->answer, &c->len);
	tee_fake_fail(0, 0);
	tee_fake_cut(0);
	must(c->result == 0 || c->result == 0xffff0006 || c->result == TEE_FAKE_POWER_CUT,
		"no request ends the TA");
	must(c->result != TEE_FAKE_POWER_CUT || p->disturbed, "the power goes when it was cut");
	must(tee_fake_open() == 0, "nothing stays open");
	c->status = TA_ST_INTERNAL;
	p->disturbed = false;
	if (c->result != 0)
		return;
	must(c->len >= TA_ANSWER_HEAD && c->answer[0] == TA_PROTO_VERSION &&
			c->answer[1] < TA_ST_END,
		"an answer is one");
	c->status = (enum ta_status) c->answer[1];
	must(c->status == TA_ST_OK || c->len == TA_ANSWER_HEAD, "a refusal answers nothing");
}

/* The line's count began anew, as far as its owner or the right PIN may have done that. */
static void line_forgets(struct program *p, unsigned line)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (line == NEVER || p->slots[i].line == line)
			p->slots[i].wrong = 0;
}

static void begin(struct call *c)
{
	*c = (struct call){.request_len = 0};
	put_all(c, TA_PROTO_VERSION, 1);
}

static void put_wish(struct call *c, uint8_t pin)
{
	const uint8_t tries[4] = {0, 0, 0, pin != 0 ? TRIES : 0};

	put_all(c, pin != 0, 1);
	put(c, tries, sizeof(tries));
	put_all(c, 0x55, TA_RANDOM_LEN);
	put_all(c, pin, TA_AUTH_LEN);
}

static void slot_take(struct slot *s, const struct call *c, uint8_t pin, uint8_t owner)
{
	must(c->len == TA_ANSWER_HEAD + TA_S_LEN + TA_BLOB_LEN, "a seal is S and a blob");
	memcpy(s->s, c->answer + TA_ANSWER_HEAD, TA_S_LEN);
	memcpy(s->blob, c->answer + TA_ANSWER_HEAD + TA_S_LEN, TA_BLOB_LEN);
	memcpy(s->sound, s->blob, TA_BLOB_LEN);
	s->used = true;
	s->pin = pin;
	s->owner = owner;
	s->wrong = 0;
}

static bool is_sound(const struct slot *s)
{
	return s->used && memcmp(s->sound, s->blob, TA_BLOB_LEN) == 0;
}

static void step_seal(struct program *p, struct slot *s)
{
	const uint8_t pin = next(p) % 3, owner = next(p) % 2 + 1, login = next(p) % 3;
	struct call c;

	begin(&c);
	put_all(&c, login, 1);
	put_wish(&c, pin);
	put_all(&c, owner, TA_OWNER_LEN);
	send(p, &c, TA_CMD_SEAL);
	if (c.status != TA_ST_OK)
		return;
	must(login == p->login, "a seal is bound to whom the client is");
	slot_take(s, &c, pin, owner);
	s->login = login;
	s->line = p->lines++;
}

static void step_open(struct program *p, struct slot *s)
{
	const uint8_t pin = next(p) % 3;
	struct call c;

	begin(&c);
	put_all(&c, pin, TA_AUTH_LEN);
	put(&c, s->blob, TA_BLOB_LEN);
	send(p, &c, TA_CMD_OPEN);
	must(c.result != 0 || s->used || c.status != TA_ST_OK, "what is no blob does not open");
	if (!s->used)
		return;
	if (c.status == TA_ST_OK) {
		must(is_sound(s), "a damaged blob does not open");
		must(pin == s->pin, "only the right PIN opens");
		must(s->login == TA_LOGIN_PUBLIC || s->login == p->login, "only the client opens");
		must(c.len == TA_ANSWER_HEAD + TA_S_LEN &&
				memcmp(c.answer + TA_ANSWER_HEAD, s->s, TA_S_LEN) == 0,
			"S is what was sealed");
		line_forgets(p, s->line);
	}
	if (c.status == TA_ST_AUTH)
		must(pin != s->pin && ++s->wrong <= TRIES, "tries are counted");
	if (c.result == TEE_FAKE_POWER_CUT && pin == s->pin)
		line_forgets(p, s->line);
	if (c.status == TA_ST_STORAGE || c.status == TA_ST_FULL)
		line_forgets(p, s->line); /* the right PIN may have ended it before */
}

static void step_change(struct program *p, struct slot *s)
{
	const uint8_t pin = next(p) % 3, owner = next(p) % 2 + 1, new_owner = next(p) % 2 + 1;
	struct slot *other = &p->slots[next(p) % SLOTS];
	const uint8_t login = s->login;
	const unsigned line = s->line;
	struct call c;

	begin(&c);
	put_wish(&c, pin);
	put_all(&c, owner, TA_OWNER_LEN);
	put_all(&c, new_owner, TA_OWNER_LEN);
	put(&c, s->blob, TA_BLOB_LEN);
	send(p, &c, TA_CMD_CHANGE);
	if (s->used && owner == s->owner)
		line_forgets(p, s->line);
	if (c.status != TA_ST_OK)
		return;
	must(is_sound(s) && owner == s->owner, "only the owner changes");
	slot_take(other, &c, pin, new_owner);
	other->login = login;
	other->line = line;
}

static void step_owned(struct program *p, struct slot *s, uint32_t cmd)
{
	const uint8_t owner = next(p) % 2 + 1;
	struct call c;

	begin(&c);
	put_all(&c, owner, TA_OWNER_LEN);
	put(&c, s->blob, TA_BLOB_LEN);
	send(p, &c, cmd);
	if (s->used && owner == s->owner)
		line_forgets(p, s->line);
	must(c.status != TA_ST_OK || (is_sound(s) && owner == s->owner),
		"only the owner settles and destroys");
}

static void step_describe(struct program *p, struct slot *s)
{
	struct call c;
	const unsigned writes = tee_fake_writes();

	begin(&c);
	if (next(p) % 4 != 0)
		put(&c, s->blob, TA_BLOB_LEN);
	send(p, &c, TA_CMD_DESCRIBE);
	must(tee_fake_writes() == writes, "describing changes nothing");
}

/* Any bytes, of any length, perhaps with a blob among them. */
static void step_raw(struct program *p, struct slot *s)
{
	struct call c = {.request_len = 0};
	const uint32_t cmd = next(p);
	size_t len = next(p) * 3u;
	uint8_t b;

	while (len-- > 0) {
		b = next(p);
		if (b == 0xbb && c.request_len < 900)
			put(&c, s->blob, TA_BLOB_LEN);
		else
			put_all(&c, b, 1);
	}
	send(p, &c, cmd);
	for (size_t i = 0; i < SLOTS; i++) /* it may have been anything */
		p->slots[i].wrong = 0;
}

static void step_world(struct program *p, uint8_t kind)
{
	static const uint8_t uuid[16] = {1};
	unsigned n;

	switch (kind) {
	case 0:
		tee_fake_reboot();
		line_forgets(p, NEVER); /* storage may have been put back */
		break;
	case 1:
		files_each(kept, NULL, true);
		files_each(world, kept, false);
		break;
	case 2: /* within one boot that gives no tries: line_forgets() is not asked */
		files_each(world, NULL, false);
		files_each(kept, world, false);
		break;
	case 3:
		n = next(p);
		tee_fake_fail(n, next(p));
		p->disturbed = true;
		break;
	case 4:
		tee_fake_cut(next(p) % 8);
		p->disturbed = true;
		break;
	case 5:
		p->login = next(p) % 4;
		if (p->login < 3) {
			tee_fake_client(p->login, uuid);
			break;
		}
		p->login = TA_LOGIN_PUBLIC;
		tee_fake_client(TA_LOGIN_PUBLIC, uuid);
		n = next(p) % 2;
		tee_fake_rollback(n != 0 ? TA_ROLLBACK_HARDWARE : 100, next(p) % 2 != 0);
		break;
	default:
		must(false, "a step is one");
	}
}

static void step(struct program *p)
{
	const uint8_t op = next(p);
	struct slot *s = &p->slots[next(p) % SLOTS];
	uint8_t at, bit;

	switch (op % 16) {
	case 0:
		step_seal(p, s);
		break;
	case 1:
	case 2:
	case 3:
		step_open(p, s);
		break;
	case 4:
		step_change(p, s);
		break;
	case 5:
		step_owned(p, s, TA_CMD_SETTLE);
		break;
	case 6:
		step_owned(p, s, TA_CMD_DESTROY);
		break;
	case 7:
		step_describe(p, s);
		break;
	case 8:
		step_raw(p, s);
		break;
	case 9:
		at = next(p);
		bit = (uint8_t) (1u << next(p) % 8);
		s->blob[at % TA_BLOB_LEN] ^= bit;
		break;
	default:
		step_world(p, (uint8_t) (op % 16 - 10));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct program p = {.at = data, .end = data + size};

	world_begin();
	for (unsigned i = 0; i < STEPS && p.at < p.end; i++)
		step(&p);
	return 0;
}
