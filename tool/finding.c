/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms in which an assessment says what it found. */
#include "finding.h"

void finding_add(
	json_object *list, const char *id, enum holds holds, const char *text, const char *means)
{
	static const char *const words[] = {
		[HOLDS_YES] = "yes", [HOLDS_NO] = "no", [HOLDS_UNKNOWN] = "unknown"};
	json_object *one = js_push(list, js_object());

	js_text(one, "assumption", id);
	js_text(one, "holds", words[holds]);
	js_text(one, "seen", text);
	js_text(one, "means", holds == HOLDS_YES ? NULL : means);
}

void weakness_add(
	json_object *list, const char *id, enum reach reach, const char *what, const char *means)
{
	static const char *const words[] = {
		[APPLIES] = "applies to this version",
		[MAY_APPLY] = "may apply: parts of this maker are concerned",
		[UNLESS_MENDED] = "may apply: most makers were concerned, mended in newer firmware",
		[IN_SOME_BUILDS] =
			"may apply: some builds and platforms of this version are concerned",
		[VERSION_NOT_SAID] = "may apply: which version this is, is not told",
	};
	json_object *one = js_push(list, js_object());

	js_text(one, "id", id);
	js_text(one, "what", what);
	js_flag(one, "certain", reach == APPLIES);
	js_text(one, "reach", words[reach]);
	js_text(one, "means", means);
}

void meanings_add(json_object *list, const struct meaning *rows, size_t count, unsigned bits)
{
	for (size_t i = 0; i < count; i++)
		if ((bits & rows[i].all) == rows[i].all && (bits & rows[i].none) == 0)
			js_push_text(list, rows[i].text);
}
