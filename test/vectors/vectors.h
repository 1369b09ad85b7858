/* SPDX-License-Identifier: BSD-2-Clause */
/* Test vectors as text: records of "name = value" lines. README.md draws the format. */
#pragma once

#include "buf.h"

#include <stdbool.h>
#include <stdio.h>

#define VECTOR_FIELDS_MAX 24u

struct vector_field {
	char *name, *text;
	struct buf bytes; /* of the text, where it is hex */
	bool hex;
};

struct vector {
	unsigned line; /* of the file, where the record begins */
	struct vector_field fields[VECTOR_FIELDS_MAX];
	unsigned count;
};

/* The next record; false at the end. A line that does not parse ends the program. */
bool vector_next(FILE *f, unsigned *line, struct vector *ret);
void vector_done(struct vector *v);

/* NULL if it is not there. */
const char *vector_text(const struct vector *v, const char *name);
/* Empty if it is not there. */
struct bytes vector_bytes(const struct vector *v, const char *name);
unsigned long vector_number(const struct vector *v, const char *name, unsigned long def);
bool vector_has(const struct vector *v, const char *name);
