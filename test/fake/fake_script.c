/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_script.h"

#include "bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const code_names[] = {
	[E_OK] = "E_OK",
	[E_NOMEM] = "E_NOMEM",
	[E_LIMIT] = "E_LIMIT",
	[E_IO] = "E_IO",
	[E_FULL] = "E_FULL",
	[E_READ_ONLY] = "E_READ_ONLY",
	[E_PERMISSION] = "E_PERMISSION",
	[E_CORRUPT] = "E_CORRUPT",
	[E_TAMPERED] = "E_TAMPERED",
	[E_VERSION] = "E_VERSION",
	[E_NOT_FOUND] = "E_NOT_FOUND",
	[E_EXISTS] = "E_EXISTS",
	[E_CONFLICT] = "E_CONFLICT",
	[E_BUSY] = "E_BUSY",
	[E_INVALID] = "E_INVALID",
	[E_UNSUPPORTED] = "E_UNSUPPORTED",
	[E_AUTH] = "E_AUTH",
	[E_LOCKED] = "E_LOCKED",
	[E_POLICY] = "E_POLICY",
	[E_FOREIGN] = "E_FOREIGN",
	[E_UNAVAILABLE] = "E_UNAVAILABLE",
	[E_CRYPTO] = "E_CRYPTO",
	[E_INTERNAL] = "E_INTERNAL",
};

static enum err_code code_parse(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(code_names); i++)
		if (strcmp(name, code_names[i]) == 0)
			return (enum err_code) i;
	fprintf(stderr, "trust_fake: no such code: %s\n", name);
	abort();
}

const char *fake_code_name(enum err_code code)
{
	return code_names[code];
}

static void word_apply(struct script *s, const char *name, const char *value)
{
	unsigned long n = strtoul(value, NULL, 0);

	if (strcmp(name, "fail") == 0)
		s->fail_seal = s->fail_open = code_parse(value);
	else if (strcmp(name, "fail-seal") == 0)
		s->fail_seal = code_parse(value);
	else if (strcmp(name, "fail-open") == 0)
		s->fail_open = code_parse(value);
	else if (strcmp(name, "fail-settle") == 0)
		s->fail_settle = code_parse(value);
	else if (strcmp(name, "fail-destroy") == 0)
		s->fail_destroy = code_parse(value);
	else if (strcmp(name, "state") == 0)
		s->state = (unsigned) n + 1;
	else if (strcmp(name, "pcr-changed") == 0)
		s->changed |= 1u << (n & 31);
	else if (strcmp(name, "foreign") == 0)
		s->foreign = n != 0;
	else if (strcmp(name, "any-auth") == 0)
		s->any_auth = n != 0;
	else if (strcmp(name, "max") == 0)
		s->max = (uint32_t) n;
	else if (strcmp(name, "interval") == 0)
		s->interval = (uint32_t) n;
	else if (strcmp(name, "now") == 0)
		s->now = n;
	else
		abort();
}

struct script fake_script_read(const char *variable)
{
	const char *path = secure_getenv(variable);
	struct script s = {.max = FAKE_MAX, .interval = 7200, .now = (uint64_t) time(NULL)};
	char name[32], value[32];
	FILE *f;

	if (path == NULL)
		return s;
	s.counts = true;
	f = fopen(path, "re");
	while (f != NULL && fscanf(f, " %31[^= \n]=%31s", name, value) == 2)
		word_apply(&s, name, value);
	if (f != NULL)
		fclose(f);
	return s;
}
