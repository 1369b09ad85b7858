/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads records of test vectors. */
#include "vectors.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void refuse(unsigned line, const char *why)
{
	printf("line %u: %s\n", line, why);
	exit(2);
}

static char *trim(char *s)
{
	size_t len;

	while (isspace((unsigned char) *s))
		s++;
	len = strlen(s);
	while (len > 0 && isspace((unsigned char) s[len - 1]))
		s[--len] = '\0';
	return s;
}

/* "text:..." is taken as it stands, "N*XX" is a byte N times, anything else that is hex is bytes.
 */
static void field_bytes(struct vector_field *f)
{
	unsigned long times;
	uint8_t *out = NULL, byte[1];
	size_t len = strlen(f->text);
	char *star;

	f->hex = true;
	if (strncmp(f->text, "text:", 5) == 0) {
		if (buf_put(&f->bytes, bytes_str(f->text + 5)).code != E_OK)
			exit(2);
		return;
	}
	times = strtoul(f->text, &star, 10);
	if (*star == '*' && bytes_from_hex(star + 1, byte, 1)) {
		if (buf_grow(&f->bytes, times, &out).code != E_OK)
			exit(2);
		memset(out, byte[0], times);
		return;
	}
	f->hex = len % 2 == 0;
	if (!f->hex || len == 0)
		return;
	if (buf_grow(&f->bytes, len / 2, &out).code != E_OK)
		exit(2);
	f->hex = bytes_from_hex(f->text, out, len / 2);
}

static void field_add(struct vector *v, unsigned line, char *text)
{
	char *equals = strchr(text, '=');
	struct vector_field *f = &v->fields[v->count];

	if (equals == NULL)
		refuse(line, "no '='");
	if (v->count == VECTOR_FIELDS_MAX)
		refuse(line, "too many fields");
	*equals = '\0';
	f->name = strdup(trim(text));
	f->text = strdup(trim(equals + 1));
	if (f->name == NULL || f->text == NULL)
		exit(2);
	field_bytes(f);
	v->count++;
}

bool vector_next(FILE *f, unsigned *line, struct vector *ret)
{
	char *raw = NULL;
	size_t cap = 0;

	*ret = (struct vector){0};
	while (getline(&raw, &cap, f) >= 0) {
		char *text = trim(raw);

		++*line;
		if (*text == '#')
			continue;
		if (*text == '\0') {
			if (ret->count > 0)
				break;
			continue;
		}
		if (ret->count == 0)
			ret->line = *line;
		field_add(ret, *line, text);
	}
	free(raw);
	return ret->count > 0;
}

void vector_done(struct vector *v)
{
	for (unsigned i = 0; i < v->count; i++) {
		free(v->fields[i].name);
		free(v->fields[i].text);
		buf_done(&v->fields[i].bytes);
	}
	*v = (struct vector){0};
}

static const struct vector_field *field_get(const struct vector *v, const char *name)
{
	for (unsigned i = 0; i < v->count; i++)
		if (strcmp(v->fields[i].name, name) == 0)
			return &v->fields[i];
	return NULL;
}

bool vector_has(const struct vector *v, const char *name)
{
	return field_get(v, name) != NULL;
}

const char *vector_text(const struct vector *v, const char *name)
{
	const struct vector_field *f = field_get(v, name);

	return f == NULL ? NULL : f->text;
}

struct bytes vector_bytes(const struct vector *v, const char *name)
{
	const struct vector_field *f = field_get(v, name);

	if (f == NULL)
		return BYTES_NONE;
	if (!f->hex)
		refuse(v->line, name);
	return buf_bytes(&f->bytes);
}

unsigned long vector_number(const struct vector *v, const char *name, unsigned long def)
{
	const char *text = vector_text(v, name);
	char *end;
	unsigned long n;

	if (text == NULL)
		return def;
	n = strtoul(text, &end, 10);
	if (*end != '\0')
		refuse(v->line, name);
	return n;
}
