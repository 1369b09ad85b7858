/* SPDX-License-Identifier: BSD-2-Clause */
/* Failure points of the store floor: sealing and opening, every kind of change, reading, budget,
 * configuration. After a failure the store holds what it held before. */
#include "nth.h"
#include "ossl.h"
#include "store_util.h"

#include <string.h>

/* Thousands of runs, and none of them loses power. */
int fdatasync(int fd)
{
	(void) fd;
	return 0;
}

int fsync(int fd)
{
	(void) fd;
	return 0;
}

struct scene {
	struct fixture f;
	struct keyring *keyring;
	struct store *store;
	struct config *config;
	struct buf seal;
	struct secret *pin;
	struct seen seen;
};

static struct scene *scene_new(void)
{
	struct scene *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->f = fixture_new();
	return s;
}

static void scene_done(void *arg)
{
	struct scene *s = arg;

	keyring_free(&s->keyring);
	store_close(&s->store);
	config_free(&s->config);
	buf_done(&s->seal);
	secret_free(&s->pin);
	fixture_done(&s->f);
	free(s);
	ossl_done(); /* so that algorithms are fetched anew, and that fails, too */
}

static void *scene_setup(void)
{
	struct scene *s = scene_new();

	ossl_done();
	return s;
}

/* A store with two objects of version 1. */
static void *setup(void)
{
	struct scene *s = scene_new();

	if (put_one(&s->f, 5, 1, "five").code != E_OK || put_one(&s->f, 6, 1, "six").code != E_OK)
		abort();
	ossl_done();
	return s;
}

/* All sound, and so many; the last one has this text. */
static bool holds(struct scene *s, unsigned count, const char *last)
{
	BUF(problems);

	return see(s->f.store, s->f.keyring, &s->seen).code == E_OK && s->seen.sound == count &&
	       s->seen.bad_list + s->seen.bad_record + s->seen.missing == 0 &&
	       strcmp(s->seen.last, last) == 0 && store_check(s->f.store, &problems).code == E_OK &&
	       problems.len == 0;
}

static struct seal_request request(const struct secret *pin)
{
	return (struct seal_request){.env = &(const struct trust_env){0},
		.source = "fake",
		.role = ROLE_USER,
		.policy = {.pin = pin != NULL},
		.pin = pin};
}

/* ---- keyring ---- */

static bool seal_run(void *arg)
{
	struct scene *s = arg;
	struct seal_request rq = request(NULL);

	return keyring_create(s->f.token.id, &s->keyring).code == E_OK &&
	       keyring_add_seal(s->keyring, &rq, &s->seal).code == E_OK;
}

static bool seal_check(void *arg, bool ok)
{
	struct scene *s = arg;

	return ok ? s->seal.len > 100 : s->seal.len == 0;
}

static void *sealed_setup(void)
{
	struct scene *s = scene_new();

	if (!seal_run(s))
		abort();
	keyring_free(&s->keyring);
	ossl_done();
	return s;
}

static bool unlock_run(void *arg)
{
	struct scene *s = arg;
	struct seal_request rq = request(NULL);

	return keyring_unlock(s->f.token.id, buf_bytes(&s->seal), &rq, &s->keyring).code == E_OK;
}

static bool unlock_check(void *arg, bool ok)
{
	struct scene *s = arg;

	return ok == (s->keyring != NULL);
}

static void *pin_setup(void)
{
	struct scene *s = scene_new();

	if (secret_copy_in(bytes_str("1234"), &s->pin).code != E_OK ||
		keyring_create(s->f.token.id, &s->keyring).code != E_OK)
		abort();
	ossl_done();
	return s;
}

static bool pin_run(void *arg)
{
	struct scene *s = arg;
	struct seal_request rq = request(s->pin);

	return keyring_add_seal(s->keyring, &rq, &s->seal).code == E_OK;
}

static bool box_run(void *arg)
{
	struct scene *s = arg;
	SECRET(opened);
	BUF(box);

	return keyring_seal_object(
		       s->f.keyring, s->f.token.id, bytes_str("a"), bytes_str("b"), &box)
			       .code == E_OK &&
	       keyring_open_object(
		       s->f.keyring, s->f.token.id, bytes_str("a"), buf_bytes(&box), &opened)
			       .code == E_OK &&
	       bytes_eq(secret_view(opened), bytes_str("b"));
}

/* ---- the store ---- */

static bool insert_run(void *arg)
{
	struct scene *s = arg;

	return put_one(&s->f, 7, 1, "seven").code == E_OK;
}

static bool insert_check(void *arg, bool ok)
{
	return ok ? holds(arg, 3, "seven") : holds(arg, 2, "six");
}

static bool update_run(void *arg)
{
	struct scene *s = arg;

	return put_one(&s->f, 6, 2, "changed").code == E_OK;
}

static bool update_check(void *arg, bool ok)
{
	return holds(arg, 2, ok ? "changed" : "six");
}

static bool remove_run(void *arg)
{
	struct scene *s = arg;
	struct store_change c = change_put(6, 1, "");

	c.remove = true;
	return store_apply(s->f.store, s->f.keyring, &c, 1).code == E_OK;
}

static bool remove_check(void *arg, bool ok)
{
	return ok ? holds(arg, 1, "five") : holds(arg, 2, "six");
}

static bool each_run(void *arg)
{
	struct scene *s = arg;

	return see(s->f.store, s->f.keyring, &s->seen).code == E_OK;
}

static bool each_check(void *arg, bool ok)
{
	struct scene *s = arg;

	/* no failure of ours may look like damage */
	return s->seen.bad_list + s->seen.bad_record + s->seen.missing == 0 &&
	       (!ok || s->seen.sound == 2) && holds(arg, 2, "six");
}

static bool label_run(void *arg)
{
	struct scene *s = arg;
	struct store_token t = s->f.token;

	memcpy(t.label, "name", 4);
	return store_write_token(s->f.store, s->f.keyring, &t, NULL, 0).code == E_OK;
}

static bool label_check(void *arg, bool ok)
{
	struct scene *s = arg;
	struct store_token t;
	BUF(seals);

	return store_read_token(s->f.store, s->f.keyring, &t, &seals).code == E_OK &&
	       memcmp(t.label, ok ? "name" : "test", 4) == 0 && (seals.len == 0) == ok &&
	       holds(arg, 2, "six");
}

static bool reinit_run(void *arg)
{
	struct scene *s = arg;

	return keyring_create(s->f.token.id, &s->keyring).code == E_OK &&
	       store_reinit(s->f.store, &s->f.token, s->keyring, NULL, 0).code == E_OK;
}

static bool reinit_check(void *arg, bool ok)
{
	struct scene *s = arg;

	return ok ? see(s->f.store, s->keyring, &s->seen).code == E_OK && s->seen.sound == 0
		  : holds(arg, 2, "six");
}

static unsigned tokens_in(const char *dir)
{
	struct store_list l = {0};
	struct config c = {.store_count = 1};
	char path[64];
	unsigned n;

	snprintf(path, sizeof(path), "%s", dir);
	c.stores[0] = path;
	if (store_list(&c, &l).code != E_OK)
		abort();
	n = (unsigned) l.count;
	store_list_done(&l);
	return n;
}

static bool create_run(void *arg)
{
	struct scene *s = arg;

	return store_create(s->f.dir.path, &s->f.token, s->f.keyring, NULL, 0, &s->store).code ==
	       E_OK;
}

static bool create_check(void *arg, bool ok)
{
	struct scene *s = arg;

	return ok == (s->store != NULL) && tokens_in(s->f.dir.path) == (ok ? 2u : 1u) &&
	       (!ok || see(s->store, s->f.keyring, &s->seen).code == E_OK);
}

static bool open_run(void *arg)
{
	struct scene *s = arg;
	char file[32];

	snprintf(file, sizeof(file), "token-%08lx.db", store_slot_id(s->f.store));
	return store_open(s->f.dir.path, file, &s->store).code == E_OK;
}

static bool open_check(void *arg, bool ok)
{
	struct scene *s = arg;

	return ok == (s->store != NULL) && holds(arg, 2, "six");
}

static bool list_run(void *arg)
{
	struct scene *s = arg;
	_cleanup_(store_list_done) struct store_list l = {0};
	struct config c = {.store_count = 1};

	c.stores[0] = s->f.dir.path;
	/* a directory that cannot be read is left out: no failure */
	return store_list(&c, &l).code == E_OK && l.count <= 1;
}

static bool budget_run(void *arg)
{
	struct scene *s = arg;
	struct trust_count count = {.known = true, .max = 32, .interval_s = 10};

	return store_budget_take(s->f.store, ROLE_USER, 5, 1000).code == E_OK &&
	       store_budget_settle(s->f.store, ROLE_USER, true, &count, 1000).code == E_OK;
}

static bool budget_check(void *arg, bool ok)
{
	struct scene *s = arg;
	struct store_budget b;

	return store_budget_read(s->f.store, ROLE_USER, 5, 1000, &b).code == E_OK &&
	       b.failed <= 1 && (!ok || b.failed == 1) && holds(arg, 2, "six");
}

static bool note_run(void *arg)
{
	struct scene *s = arg;
	struct trust_count count = {.known = true, .failed = 1, .max = 10};

	return store_budget_note(s->f.store, ROLE_USER, &count, 1000).code == E_OK;
}

static bool note_check(void *arg, bool ok)
{
	struct scene *s = arg;
	struct store_budget b;

	return store_budget_read(s->f.store, ROLE_USER, 5, 1000, &b).code == E_OK &&
	       (!ok || b.by_seal.failed == 1) && b.failed == 0 && holds(arg, 2, "six");
}

static bool check_run(void *arg)
{
	struct scene *s = arg;
	BUF(problems);

	return store_check(s->f.store, &problems).code == E_OK && problems.len == 0;
}

static void *config_setup(void)
{
	struct scene *s = scene_new();
	char path[96];

	snprintf(path, sizeof(path), "%s/bulla.conf", s->f.dir.path);
	file_write(path, "source = fake\nstore = /one\nstore = /two\npin-tries = 3\n");
	setenv("BULLA_CONF", path, 1);
	setenv("BULLA_STORE", "/three", 1);
	ossl_done();
	return s;
}

static bool config_run(void *arg)
{
	struct scene *s = arg;

	return config_load("policy=none log=off", &s->config).code == E_OK;
}

static bool config_check(void *arg, bool ok)
{
	struct scene *s = arg;

	if (!ok)
		return s->config == NULL;
	return s->config->store_count == 1 && strcmp(s->config->stores[0], "/three") == 0 &&
	       strcmp(s->config->source, "fake") == 0 && s->config->pin_tries == 3;
}

static const struct fault_case cases[] = {
	{"seal", scene_setup, seal_run, seal_check, scene_done},
	{"seal_with_pin", pin_setup, pin_run, seal_check, scene_done},
	{"unlock", sealed_setup, unlock_run, unlock_check, scene_done},
	{"object_box", scene_setup, box_run, NULL, scene_done},
	{"create", setup, create_run, create_check, scene_done},
	{"open", setup, open_run, open_check, scene_done},
	{"insert", setup, insert_run, insert_check, scene_done},
	{"update", setup, update_run, update_check, scene_done},
	{"remove", setup, remove_run, remove_check, scene_done},
	{"each", setup, each_run, each_check, scene_done},
	{"write_token", setup, label_run, label_check, scene_done},
	{"reinit", setup, reinit_run, reinit_check, scene_done},
	{"budget", setup, budget_run, budget_check, scene_done},
	{"budget_note", setup, note_run, note_check, scene_done},
	{"list", setup, list_run, NULL, scene_done},
	{"check", setup, check_run, NULL, scene_done},
	{"config", config_setup, config_run, config_check, scene_done},
};
FAULT_MAIN("store", cases)
