/* SPDX-License-Identifier: BSD-2-Clause */
/* Works with the trusted application until the power is cut. What it is about to do and what is
 * done is a line each, synced to FILE.journal before it goes on, then said on standard output; the
 * next boot says how things stand. The host (cases_powercut.py) holds the one against the other.
 *
 *   powercut work FILE SEED   begins with what is in FILE, or makes it; seed 0: wrong PINs alone
 *   powercut look FILE        for the seal that counts: "failed N", "now S", "before S", "extra S"
 *
 * FILE stands for the store: it is replaced as a whole and synced. */
#include "client.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRIES 20u

struct known {
	struct sealed now, before, extra;
	bool has_before, has_extra;
};

static _Noreturn void give_up(const char *what, const struct answer *a)
{
	printf("broken %s: result 0x%x status %u\n", what, a == NULL ? 0 : a->result,
		a == NULL ? 0u : a->status);
	fflush(stdout);
	exit(1);
}

static int journal = -1;

static __attribute__((format(printf, 1, 2))) void say(const char *format, ...)
{
	char line[64];
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (journal >= 0 && (write(journal, line, (size_t) len) != len || fsync(journal) != 0))
		give_up("journal", NULL);
	fputs(line, stdout);
	fflush(stdout);
}

static void save(const char *path, const struct known *k)
{
	char fresh[256];
	int fd, dir;

	snprintf(fresh, sizeof(fresh), "%s.new", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, k, sizeof(*k)) != (ssize_t) sizeof(*k) || fsync(fd) != 0 ||
		close(fd) != 0 || rename(fresh, path) != 0)
		give_up("file", NULL);
	*strrchr(fresh, '/') = '\0';
	dir = open(fresh, O_RDONLY | O_DIRECTORY);
	if (dir < 0 || fsync(dir) != 0 || close(dir) != 0)
		give_up("directory", NULL);
}

static bool load(const char *path, struct known *k)
{
	int fd = open(path, O_RDONLY);
	bool whole;

	if (fd < 0)
		return false;
	whole = read(fd, k, sizeof(*k)) == (ssize_t) sizeof(*k);
	close(fd);
	return whole;
}

static void must(const char *what, struct answer a)
{
	if (a.result != TEEC_SUCCESS || a.status != TA_ST_OK)
		give_up(what, &a);
}

static void wrong_pin(struct client *c, const struct known *k)
{
	static const uint8_t wrong[TA_AUTH_LEN] = {1};
	struct answer a;

	say("wrong\n");
	a = client_unseal(c, k->now.blob, wrong, NULL);
	if (a.result != TEEC_SUCCESS || a.status != TA_ST_AUTH)
		give_up("wrong", &a);
	say("counted %u\n", a.failed);
}

static void right_pin(struct client *c, const struct known *k)
{
	say("open\n");
	must("open", client_unseal(c, k->now.blob, k->now.auth, NULL));
	say("opened\n");
}

static void change(struct client *c, const char *path, struct known *k)
{
	struct sealed next;

	say("change\n");
	must("change", client_change(c, &k->now, TRIES, &next));
	say("changed\n");
	k->before = k->now;
	k->now = next;
	k->has_before = true;
	say("commit\n");
	save(path, k);
	say("committed\n");
	must("settle", client_settle(c, &k->now));
	say("settled\n");
}

/* Another seal comes and goes. */
static void extra(struct client *c, const char *path, struct known *k)
{
	if (!k->has_extra) {
		must("seal", client_seal(c, TA_LOGIN_PUBLIC, TRIES, true, &k->extra));
		k->has_extra = true;
		save(path, k);
		say("added\n");
		return;
	}
	say("destroy\n");
	must("destroy", client_destroy(c, &k->extra));
	say("destroyed\n");
	k->has_extra = false;
	save(path, k);
	say("removed\n");
}

static _Noreturn void work(struct client *c, const char *path, unsigned seed)
{
	struct known k = {0};
	char name[256];
	unsigned failed;

	snprintf(name, sizeof(name), "%s.journal", path);
	journal = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	say("round %u\n", seed);
	if (!load(path, &k)) {
		must("seal", client_seal(c, TA_LOGIN_PUBLIC, TRIES, true, &k.now));
		save(path, &k);
		say("made\n");
	}
	failed = client_failed(c, &k.now);
	say("begin %u\n", failed);
	for (srandom(seed);;) {
		switch (seed == 0 ? 0 : random() % 6) {
		case 0:
		case 1:
		case 2:
			if (failed < TRIES - 2) {
				wrong_pin(c, &k);
				failed++;
			} else if (seed == 0) {
				pause();
			}
			break;
		case 3:
			right_pin(c, &k);
			failed = 0;
			break;
		case 4:
			change(c, path, &k);
			failed = 0;
			break;
		default:
			extra(c, path, &k);
			break;
		}
	}
}

static void tell(struct client *c, const char *name, const struct sealed *s)
{
	static const char *const words[TA_ST_END] = {[TA_ST_OK] = "opens",
		[TA_ST_REVOKED] = "revoked",
		[TA_ST_GONE] = "gone",
		[TA_ST_LOCKED] = "locked"};
	struct answer a = client_unseal(c, s->blob, s->auth, NULL);

	if (a.result != TEEC_SUCCESS || words[a.status] == NULL)
		printf("%s result 0x%x status %u\n", name, a.result, a.status);
	else
		printf("%s %s\n", name, words[a.status]);
}

static int look(struct client *c, const char *path)
{
	struct known k;

	if (!load(path, &k)) {
		say("nothing\n");
		return 0;
	}
	printf("failed %u\n", client_failed(c, &k.now));
	tell(c, "now", &k.now);
	if (k.has_before)
		tell(c, "before", &k.before);
	if (k.has_extra)
		tell(c, "extra", &k.extra);
	return 0;
}

int main(int argc, char **argv)
{
	CLIENT(c);

	if (argc < 3)
		return 2;
	if (client_open(&c, &client_bulla, TA_LOGIN_PUBLIC, 0) != TEEC_SUCCESS)
		give_up("session", NULL);
	if (strcmp(argv[1], "work") == 0 && argc == 4)
		work(&c, argv[2], (unsigned) strtoul(argv[3], NULL, 10));
	return look(&c, argv[2]);
}
