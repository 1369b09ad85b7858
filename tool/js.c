/* SPDX-License-Identifier: BSD-2-Clause */
/* Thin words around json-c. Text is cleaned on its way in: it may be hostile. */
#include "js.h"

#include <stdlib.h>
#include <time.h>

#include "ui.h"

static bool short_of_memory; /* sticky: one command is one process */

static json_object *checked(json_object *o)
{
	if (o == NULL)
		short_of_memory = true;
	return o;
}

json_object *js_object(void)
{
	return checked(json_object_new_object());
}

json_object *js_array(void)
{
	return checked(json_object_new_array());
}

json_object *js_add(json_object *o, const char *key, json_object *value)
{
	if (o != NULL && json_object_object_add(o, key, value) == 0)
		return value;
	short_of_memory = true;
	json_object_put(value);
	return NULL;
}

void js_null(json_object *o, const char *key)
{
	if (o == NULL || json_object_object_add(o, key, NULL) != 0)
		short_of_memory = true;
}

void js_bytes_text(json_object *o, const char *key, struct bytes value)
{
	TEXT(clean);

	clean = ui_clean(value);
	js_add(o, key, clean == NULL ? checked(NULL) : checked(json_object_new_string(clean)));
}

void js_text(json_object *o, const char *key, const char *value)
{
	if (value == NULL)
		js_null(o, key);
	else
		js_bytes_text(o, key, bytes_str(value));
}

void js_hex(json_object *o, const char *key, struct bytes value)
{
	TEXT(hex);

	hex = calloc(value.len + 1, 2);
	if (hex == NULL) {
		short_of_memory = true;
		return;
	}
	bytes_hex(value, hex);
	js_add(o, key, checked(json_object_new_string(hex)));
}

void js_number(json_object *o, const char *key, uint64_t value)
{
	js_add(o, key, checked(json_object_new_uint64(value)));
}

void js_flag(json_object *o, const char *key, bool value)
{
	js_add(o, key, checked(json_object_new_boolean(value)));
}

void js_time(json_object *o, const char *key, uint64_t seconds)
{
	time_t t = (time_t) seconds;
	struct tm tm = {0};
	char text[40];

	if (gmtime_r(&t, &tm) == NULL || strftime(text, sizeof(text), "%FT%TZ", &tm) == 0)
		js_null(o, key);
	else
		js_text(o, key, text);
}

json_object *js_push(json_object *array, json_object *value)
{
	if (array != NULL && value != NULL && json_object_array_add(array, value) == 0)
		return value;
	short_of_memory = true;
	json_object_put(value);
	return NULL;
}

void js_push_text(json_object *array, const char *value)
{
	TEXT(clean);

	clean = ui_clean(bytes_str(value));
	js_push(array, clean == NULL ? NULL : json_object_new_string(clean));
}

json_object *js_get_node(json_object *o, const char *key)
{
	json_object *found = NULL;

	if (o == NULL || !json_object_object_get_ex(o, key, &found))
		return NULL;
	return found;
}

const char *js_get(json_object *o, const char *key)
{
	json_object *found = js_get_node(o, key);

	return found == NULL ? "" : json_object_get_string(found);
}

uint64_t js_get_number(json_object *o, const char *key)
{
	json_object *found = js_get_node(o, key);

	return found == NULL ? 0 : json_object_get_uint64(found);
}

bool js_get_flag(json_object *o, const char *key)
{
	json_object *found = js_get_node(o, key);

	return found != NULL && json_object_get_boolean(found);
}

bool js_has(json_object *o, const char *key)
{
	return js_get_node(o, key) != NULL;
}

bool js_ok(void)
{
	return !short_of_memory;
}

void js_done(json_object **o)
{
	json_object_put(*o);
	*o = NULL;
}
