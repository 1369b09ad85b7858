/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration: one table of keys, used for files, the reserved string and the environment. */
#include "config.h"

#include "bytes.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_FILE  "/etc/bulla/bulla.conf"
#define SYSTEM_STORE "/var/lib/bulla"
#define VALUE_MAX    4096u /* bytes */

/* What is being read: a store named there replaces those of earlier places. */
struct origin {
	struct config *c;
	const char *where;
	bool stores_seen;
	struct err e;
};

static void stores_clear(struct config *c)
{
	for (size_t i = 0; i < c->store_count; i++)
		free(c->stores[i]);
	c->store_count = 0;
}

void config_free(struct config **cp)
{
	struct config *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	stores_clear(c);
	free(c->source);
	free(c->policy);
	free(c->tcti);
	free(c->log);
	free(c->silence);
	free(c);
}

static struct err text_set(char **to, const char *value)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return ERR(E_NOMEM);
	free(*to);
	*to = copy;
	return OK;
}

static struct err store_add(struct config *c, const char *path)
{
	if (c->store_count == CONFIG_STORES_MAX)
		return ERR(E_LIMIT);
	c->stores[c->store_count] = strdup(path);
	if (c->stores[c->store_count] == NULL)
		return ERR(E_NOMEM);
	c->store_count++;
	return OK;
}

static struct err number_set(unsigned *to, const char *value, unsigned max)
{
	unsigned long n = 0;

	if (*value == '\0' || strlen(value) > 9)
		return ERR(E_INVALID);
	for (const char *p = value; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return ERR(E_INVALID);
		n = n * 10 + (unsigned long) (*p - '0');
	}
	if (n > max)
		return ERR(E_INVALID);
	*to = (unsigned) n;
	return OK;
}

static struct err bool_read(const char *value, bool *ret)
{
	bool yes = strcmp(value, "yes") == 0;

	if (!yes && strcmp(value, "no") != 0)
		return ERR(E_INVALID);
	*ret = yes;
	return OK;
}

/* ---- the keys ---- */

static struct err set_store(struct origin *p, const char *value)
{
	if (value[0] != '/')
		return ERR(E_INVALID);
	if (!p->stores_seen)
		stores_clear(p->c);
	p->stores_seen = true;
	return store_add(p->c, value);
}

static struct err set_source(struct origin *p, const char *value)
{
	return text_set(&p->c->source, value);
}

static struct err set_policy(struct origin *p, const char *value)
{
	return text_set(&p->c->policy, value);
}

static struct err set_tcti(struct origin *p, const char *value)
{
	return text_set(&p->c->tcti, value);
}

static struct err set_log(struct origin *p, const char *value)
{
	return text_set(&p->c->log, value);
}

static struct err set_tpm_timeout(struct origin *p, const char *value)
{
	return number_set(&p->c->tpm_timeout_ms, value, 3600000);
}

static struct err set_queue_timeout(struct origin *p, const char *value)
{
	return number_set(&p->c->queue_timeout_ms, value, 3600000);
}

static struct err set_pin_tries(struct origin *p, const char *value)
{
	return number_set(&p->c->pin_tries, value, 1000);
}

static struct err set_blank_slot(struct origin *p, const char *value)
{
	bool yes = false;

	TRY(bool_read(value, &yes));
	p->c->blank_slot = yes;
	p->c->no_blank_slot = !yes;
	return OK;
}

static struct err set_loose_wrap(struct origin *p, const char *value)
{
	return bool_read(value, &p->c->loose_wrap);
}

static const struct {
	const char *name;
	struct err (*set)(struct origin *p, const char *value);
} keys[] = {
	{"store", set_store},
	{"source", set_source},
	{"policy", set_policy},
	{"tcti", set_tcti},
	{"log", set_log},
	{"tpm-timeout-ms", set_tpm_timeout},
	{"queue-timeout-ms", set_queue_timeout},
	{"pin-tries", set_pin_tries},
	{"blank-slot", set_blank_slot},
	{"loose-wrap", set_loose_wrap},
};

static struct err key_set(struct origin *p, const char *name, const char *value, int line)
{
	struct err e = ERR(E_INVALID);

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (strcmp(name, keys[i].name) != 0)
			continue;
		if (strlen(value) < VALUE_MAX)
			e = keys[i].set(p, value);
		if (e.code != E_OK)
			log_error(
				"%s:%d: the value of \"%s\" makes no sense", p->where, line, name);
		return e;
	}
	log_error("%s:%d: there is no key \"%.40s\"", p->where, line, name);
	return e;
}

/* ---- files ---- */

/* inih tells its handler no line numbers: they are counted where lines are read. */
struct lines {
	FILE *f;
	struct origin *p;
	int at;
};

static char *line_next(char *text, int max, void *arg)
{
	struct lines *l = arg;

	l->at++;
	return fgets(text, max, l->f);
}

static int line_key(void *arg, const char *section, const char *name, const char *value)
{
	struct lines *l = arg;
	struct origin *p = l->p;

	if (p->e.code != E_OK)
		return 0;
	if (section[0] != '\0') {
		log_error("%s:%d: there is no section \"%.40s\"", p->where, l->at, section);
		p->e = ERR(E_INVALID);
	} else {
		p->e = key_set(p, name, value, l->at);
	}
	return p->e.code == E_OK;
}

static void file_closep(FILE **f)
{
	if (*f != NULL)
		fclose(*f);
}

static struct err file_open(const char *path, FILE **ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0) {
		if (errno != ENOENT)
			log_error("%s: cannot be read: %s", path, strerror(errno));
		return err_from_errno(errno);
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & S_IWOTH) != 0 ||
		(st.st_uid != geteuid() && st.st_uid != 0)) {
		log_error("%s: wrong kind, owner or mode", path);
		close(fd);
		return ERR(E_PERMISSION);
	}
	*ret = fdopen(fd, "re");
	if (*ret == NULL) {
		close(fd);
		return ERR(E_NOMEM);
	}
	return OK;
}

static struct err file_load(struct config *c, const char *path, bool must_exist)
{
	_cleanup_(file_closep) FILE *f = NULL;
	struct origin p = {.c = c, .where = path};
	struct lines l = {.p = &p};
	struct err e = file_open(path, &f);
	int bad;

	if (e.code == E_NOT_FOUND && !must_exist)
		return OK;
	if (e.code == E_NOT_FOUND)
		log_error("%s: there is no such file", path);
	TRY(e.code == E_NOT_FOUND ? ERR(E_INVALID) : e);
	l.f = f;
	bad = ini_parse_stream(line_next, &l, line_key, &l);
	TRY(p.e);
	if (bad > 0)
		log_error("%s:%d: not of the form key = value", path, bad);
	return bad == 0 ? OK : ERR(bad == -2 ? E_NOMEM : E_INVALID);
}

/* Behind a directory that may not be entered: the home of a unit with ProtectHome, or of the user
 * that a server was before. What nobody can see is not there. */
static bool is_hidden(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 || errno != EACCES)
		return false;
	log_info("%s: behind a directory that may not be entered", path);
	return true;
}

static struct err user_file_load(struct config *c)
{
	const char *base = secure_getenv("XDG_CONFIG_HOME"), *home = secure_getenv("HOME");
	char path[PATH_MAX];
	int n;

	if (base != NULL && base[0] == '/')
		n = snprintf(path, sizeof(path), "%s/bulla/bulla.conf", base);
	else if (home != NULL && home[0] == '/')
		n = snprintf(path, sizeof(path), "%s/.config/bulla/bulla.conf", home);
	else
		return OK;
	if (n >= (int) sizeof(path))
		return ERR(E_INVALID);
	return is_hidden(path) ? OK : file_load(c, path, false);
}

static struct err files_load(struct config *c)
{
	const char *named = secure_getenv("BULLA_CONF");

	if (named != NULL)
		return file_load(c, named, true);
	TRY(file_load(c, SYSTEM_FILE, false));
	return getauxval(AT_SECURE) ? OK : user_file_load(c);
}

/* ---- the reserved string: key=value key="a value" ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == ';';
}

static struct err word_read(const char **at, char word[static VALUE_MAX])
{
	bool quoted = false;
	size_t len = 0;

	for (; **at != '\0' && (quoted || !is_blank(**at)); ++*at) {
		if (**at == '"') {
			quoted = !quoted;
			continue;
		}
		if (len == VALUE_MAX - 1)
			return ERR(E_INVALID);
		word[len++] = **at;
	}
	word[len] = '\0';
	return quoted ? ERR(E_INVALID) : OK;
}

static struct err reserved_load(struct config *c, const char *reserved)
{
	struct origin p = {.c = c, .where = "initialisation string"};
	char word[VALUE_MAX];

	while (reserved != NULL && *reserved != '\0') {
		char *value;

		if (is_blank(*reserved)) {
			reserved++;
			continue;
		}
		TRY(word_read(&reserved, word));
		value = strchr(word, '=');
		if (value == NULL) {
			log_error("%s: not of the form key=value", p.where);
			return ERR(E_INVALID);
		}
		*value++ = '\0';
		TRY(key_set(&p, word, value, 1));
	}
	return OK;
}

/* ---- defaults and environment ---- */

static struct err user_store_add(struct config *c)
{
	const char *base = secure_getenv("XDG_DATA_HOME"), *home = secure_getenv("HOME");
	char path[PATH_MAX];
	int n;

	if (base != NULL && base[0] == '/')
		n = snprintf(path, sizeof(path), "%s/bulla", base);
	else if (home != NULL && home[0] == '/')
		n = snprintf(path, sizeof(path), "%s/.local/share/bulla", home);
	else
		return OK;
	if (n >= (int) sizeof(path))
		return ERR(E_INVALID);
	return is_hidden(path) ? OK : store_add(c, path);
}

static struct err defaults_set(struct config *c)
{
	c->tpm_timeout_ms = 6000;
	c->queue_timeout_ms = 300000;
	c->pin_tries = 5;
	TRY(text_set(&c->source, "tpm"));
	TRY(text_set(&c->policy, "pin"));
	TRY(text_set(&c->tcti, "device:/dev/tpmrm0"));
	/* it is its group's alone, and no news to anybody else */
	if (faccessat(AT_FDCWD, SYSTEM_STORE, R_OK | X_OK, AT_EACCESS) == 0)
		TRY(store_add(c, SYSTEM_STORE));
	return getauxval(AT_SECURE) ? OK : user_store_add(c);
}

/* Null under AT_SECURE, all of them. */
static struct err environment_load(struct config *c)
{
	const char *store = secure_getenv("BULLA_STORE"), *tcti = secure_getenv("BULLA_TCTI");
	const char *log = secure_getenv("BULLA_LOG");

	if (store != NULL) {
		stores_clear(c);
		TRY(store_add(c, store));
	}
	if (tcti != NULL)
		TRY(text_set(&c->tcti, tcti));
	return log != NULL ? text_set(&c->log, log) : OK;
}

struct err config_load(const char *reserved, struct config **ret)
{
	_cleanup_(config_free) struct config *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ERR(E_NOMEM);
	c->silence = calloc(1, sizeof(*c->silence));
	if (c->silence == NULL)
		return ERR(E_NOMEM);
	log_open(secure_getenv("BULLA_LOG")); /* so that a file's mistake can be told */
	TRY(defaults_set(c));
	TRY(files_load(c));
	TRY(reserved_load(c, reserved));
	TRY(environment_load(c));
	*ret = TAKE(c);
	return OK;
}

struct trust_env config_trust_env(const struct config *c, const char *lock_path)
{
	return (struct trust_env){.tcti = c->tcti,
		.lock_path = lock_path,
		.tpm_timeout_ms = c->tpm_timeout_ms,
		.queue_timeout_ms = c->queue_timeout_ms,
		.silence = c->silence};
}
