/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command found out, as one tree: --json prints it, the text is made from it, so that both
 * say the same. Building never fails where it stands; js_ok tells at the end whether all of it
 * fitted into memory. */
#pragma once

#include "bytes.h"

#include <json-c/json.h>

json_object *js_object(void);
json_object *js_array(void);
/* Each adds to an object and gives back what was added. */
json_object *js_add(json_object *o, const char *key, json_object *value);
void js_text(json_object *o, const char *key, const char *value);        /* NULL: null. Cleaned */
void js_bytes_text(json_object *o, const char *key, struct bytes value); /* cleaned */
void js_hex(json_object *o, const char *key, struct bytes value);
void js_number(json_object *o, const char *key, uint64_t value);
void js_flag(json_object *o, const char *key, bool value);
void js_null(json_object *o, const char *key);
void js_time(json_object *o, const char *key, uint64_t seconds); /* ISO 8601, UTC */
/* Adds to an array. */
json_object *js_push(json_object *array, json_object *value);
void js_push_text(json_object *array, const char *value);

/* Reading, for the text form: "" / 0 / false where there is nothing. Borrowed. */
const char *js_get(json_object *o, const char *key);
uint64_t js_get_number(json_object *o, const char *key);
bool js_get_flag(json_object *o, const char *key);
bool js_has(json_object *o, const char *key); /* there, and not null */
json_object *js_get_node(json_object *o, const char *key);

/* False if memory ran out since the program began. */
bool js_ok(void);

void js_done(json_object **o);
#define JS(name) _cleanup_(js_done) json_object *name = NULL
