/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla assess: its tree as text, but for what each kind of source prints itself. */
#include <stdio.h>
#include <string.h>

#include "assess.h"

static size_t length(json_object *array)
{
	return array == NULL ? 0 : json_object_array_length(array);
}

void assess_print_words(const char *label, json_object *array)
{
	printf("  %-14s", label);
	if (length(array) == 0)
		printf("none");
	for (size_t i = 0; i < length(array); i++)
		printf("%s%s", i == 0 ? "" : ", ",
			json_object_get_string(json_object_array_get_idx(array, i)));
	printf("\n");
}

void assess_print_findings(json_object *list)
{
	static const char *const marks[][2] = {
		{"yes", "holds"}, {"no", "does NOT"}, {"unknown", "unknown"}};

	printf("assumptions of the threat model\n");
	for (size_t i = 0; i < length(list); i++) {
		json_object *one = json_object_array_get_idx(list, i);
		const char *mark = "";

		for (size_t m = 0; m < ARRAY_LEN(marks); m++)
			if (strcmp(js_get(one, "holds"), marks[m][0]) == 0)
				mark = marks[m][1];
		printf("  %-16s %-9s %s\n", js_get(one, "assumption"), mark, js_get(one, "seen"));
		if (js_has(one, "means"))
			printf("  %-16s %-9s -> %s\n", "", "", js_get(one, "means"));
	}
}

void assess_print_rest(json_object *tree)
{
	json_object *weak = js_get_node(tree, "weaknesses"), *tokens = js_get_node(tree, "tokens");

	printf("known weaknesses\n");
	if (length(weak) == 0)
		printf("  none in this table\n");
	for (size_t i = 0; i < length(weak); i++) {
		json_object *one = json_object_array_get_idx(weak, i);

		printf("  %-16s %s\n", js_get(one, "id"), js_get(one, "what"));
		printf("  %-16s %s\n", "", js_get(one, "reach"));
		printf("  %-16s -> %s\n", "", js_get(one, "means"));
	}
	for (size_t i = 0; i < length(tokens); i++) {
		json_object *one = json_object_array_get_idx(tokens, i);
		json_object *means = js_get_node(one, "means");

		printf("token \"%s\"\n", js_get(one, "label"));
		for (size_t j = 0; j < length(means); j++)
			printf("  %s\n",
				json_object_get_string(json_object_array_get_idx(means, j)));
	}
}
