/* SPDX-License-Identifier: BSD-2-Clause */
/* A token with seals of two sources, one of which keeps lines of seals. A process that changes the
 * PIN, adds a seal or removes one is killed with SIGKILL at each of its writes, syncs and unlinks
 * in turn, in the store and at the source: before it, after it, and with half of a write done. Then
 * each source must open with the old PIN or each with the new one, and nothing be stuck: the next
 * change works. Argument: a case, for it alone. */
#include "hooks.h"
#include "seals_util.h"

#include <signal.h>
#include <sys/wait.h>

/* ---- dying ---- */

enum how { BEFORE, AFTER, HALF, HOWS };

static unsigned long calls_left; /* 0: nobody dies */
static enum how die_how;

static void die(void)
{
	kill(getpid(), SIGKILL);
	pause();
}

/* Only writes have a middle. */
static bool counts(enum hook_call call)
{
	return calls_left > 0 && (die_how != HALF || call == HOOK_PWRITE);
}

static bool on_before(enum hook_call call, const char *name, size_t *len)
{
	(void) name;
	if (!counts(call) || calls_left > 1)
		return true;
	if (die_how == BEFORE)
		die();
	if (die_how == HALF)
		*len = *len / 2; /* on_after ends it */
	return true;
}

static void on_after(enum hook_call call, const char *name)
{
	(void) name;
	if (!counts(call))
		return;
	if (calls_left == 1)
		die();
	calls_left--;
}

/* ---- the world, the same in every round ---- */

struct round {
	struct desk *d;
	uint8_t seal[SEALS_ID_LEN]; /* the second source's */
};

static void world_keep(const struct desk *d)
{
	char command[400];

	snprintf(command, sizeof(command),
		"cd %s && rm fake2.log && mkdir kept && cp -a store fake* kept/", d->dir.path);
	CHECK_EQ(system(command), 0);
}

static void world_restore(const struct desk *d)
{
	char command[400];

	snprintf(command, sizeof(command), "cd %s && rm -rf store fake* && cp -a kept/. .",
		d->dir.path);
	CHECK_EQ(system(command), 0);
}

static bool opens(struct round *r, const char *source, struct bytes pin)
{
	CK_RV rv;

	r->d->token = desk_open(r->d);
	rv = login_by(r->d, source, CKU_USER, pin);
	token_close(&r->d->token);
	return rv == CKR_OK;
}

/* ---- what is done, and what must be ---- */

static CK_RV set_pin(struct round *r)
{
	return login_set_pin(r->d->token, USER_PIN, NEW_PIN);
}

static CK_RV add(struct round *r)
{
	CK_RV rv = login_start(r->d->token, CKU_USER, USER_PIN);

	return rv == CKR_OK ? add_seal(r->d->token, CKU_USER, "fake2", "pin", NULL) : rv;
}

static CK_RV remove_one(struct round *r)
{
	bool forgotten = false;
	CK_RV rv = login_start(r->d->token, CKU_USER, USER_PIN);

	return rv == CKR_OK ? seals_remove(r->d->token, r->seal, &forgotten) : rv;
}

/* The next change goes well, whatever was left of the last one. */
static bool goes_on(struct round *r, struct bytes pin)
{
	CK_RV rv;

	r->d->token = desk_open(r->d);
	rv = login_set_pin(r->d->token, pin, bytes_str("afterwards"));
	token_close(&r->d->token);
	return CHECK_EQ(rv, CKR_OK) && CHECK(opens(r, "fake", bytes_str("afterwards")));
}

/* One PIN opens by both sources. The old one is tried first: a new seal that opens revokes it. */
static bool pin_whole(struct round *r, bool *ret_new)
{
	bool old_first = opens(r, "fake", USER_PIN), old_second = opens(r, "fake2", USER_PIN);
	bool new_first = opens(r, "fake", NEW_PIN), new_second = opens(r, "fake2", NEW_PIN);

	*ret_new = new_first;
	return CHECK(old_first != new_first) && CHECK(old_second == old_first) &&
	       CHECK(new_second == new_first) && CHECK_EQ(count_seals(r->d, ROLE_USER), 2) &&
	       goes_on(r, new_first ? NEW_PIN : USER_PIN) &&
	       CHECK(opens(r, "fake2", bytes_str("afterwards")));
}

/* The new seal is there and opens, or it is not there. */
static bool added_whole(struct round *r, bool *ret_new)
{
	size_t count = count_seals(r->d, ROLE_USER);

	*ret_new = count == 3;
	return CHECK(count == 2 || count == 3) && CHECK(opens(r, "fake", USER_PIN)) &&
	       CHECK(opens(r, "fake2", USER_PIN)) && goes_on(r, USER_PIN);
}

/* The old seal opens while it is there. */
static bool removed_whole(struct round *r, bool *ret_new)
{
	size_t count = count_seals(r->d, ROLE_USER);

	*ret_new = count == 1;
	return CHECK(count == 1 || count == 2) && CHECK(opens(r, "fake", USER_PIN)) &&
	       CHECK(opens(r, "fake2", USER_PIN) == (count == 2)) && goes_on(r, USER_PIN);
}

static const struct kind {
	const char *name;
	CK_RV (*run)(struct round *r);
	bool (*whole)(struct round *r, bool *ret_new);
	const char *made, *finished; /* what the second source is asked first and last */
} kinds[] = {
	{"set_pin", set_pin, pin_whole, "change", "settle"},
	{"add", add, added_whole, "seal", NULL},
	{"remove", remove_one, removed_whole, NULL, "destroy"},
};

/* ---- rounds ---- */

/* Dies at the n-th call; false: there are fewer. */
static bool victim(struct round *r, const struct kind *k, unsigned long at, enum how how)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		r->d->token = desk_open(r->d);
		calls_left = at;
		die_how = how;
		hook_before = on_before;
		hook_after = on_after;
		_exit(k->run(r) == CKR_OK ? 0 : 1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

struct tally {
	unsigned killed, unstored, unfinished; /* between source and store; store and source */
};

static bool round_run(struct round *r, const struct kind *k, struct tally *t)
{
	unsigned made = k->made == NULL ? 0 : desk_fake2_calls(r->d, k->made, "E_OK");
	unsigned finished = k->finished == NULL ? 0 : desk_fake2_calls(r->d, k->finished, "E_OK");
	bool is_new = false;

	if (!k->whole(r, &is_new))
		return false;
	t->killed++;
	t->unstored += made > 0 && !is_new;
	t->unfinished += k->finished != NULL && finished == 0 && is_new;
	return true;
}

static void kind_run(struct desk *d, const struct round *first, const struct kind *k)
{
	struct tally t = {0};

	for (unsigned how = BEFORE; how < HOWS; how++)
		for (unsigned long at = 1;; at++) {
			struct round r = *first;

			r.d = d;
			world_restore(d);
			if (!victim(&r, k, at, (enum how) how))
				break;
			if (!round_run(&r, k, &t)) {
				printf("%s, killed %s call %lu\n", k->name,
					how == BEFORE  ? "before"
					: how == AFTER ? "after"
						       : "in the middle of",
					at);
				return;
			}
		}
	printf("%s: killed at %u places; %u times a new seal was not stored yet, %u times its "
	       "source had not finished\n",
		k->name, t.killed, t.unstored, t.unfinished);
	CHECK(t.killed >= 30);
	CHECK(k->made == NULL || t.unstored > 0);
	CHECK(k->finished == NULL || t.unfinished > 0);
}

int main(int argc, char **argv)
{
	struct round first = {0};
	DESK(d, "so pin");

	d.config.pin_tries = 0;
	d.token = desk_open(&d);
	desk_fake2(&d, "");
	add_seal_as(&d, CKU_USER, "fake2", "pin", first.seal);
	token_close(&d.token);
	/* the log says what a round did */
	world_keep(&d);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (argc < 2 || strcmp(argv[1], kinds[i].name) == 0)
			kind_run(&d, &first, &kinds[i]);
	printf("%u checks, %u failures\n", test_checks, test_failures);
	return test_failures > 0 || test_checks == 0;
}
