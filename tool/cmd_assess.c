/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla assess: which trust source this is, what is known about it, which assumptions of the threat
 * model hold on this host, and what that means for each token. A report, not a verdict. */
#include <stdio.h>
#include <string.h>

#include "policy.h"

#include "trust.h"

#include "cmd.h"
#include "fail.h"
#include "finding.h"
#include "js.h"
#include "site.h"
#include "ui.h"

#define TRIES_MAX    32u /* more wrong PINs than this before the TPM locks make guessing easy */
#define INTERVAL_MIN 60u /* seconds; forgetting faster than this, too */

static void banks_show(json_object *o, const char *key, uint32_t banks)
{
	json_object *list = js_add(o, key, js_array());

	for (enum policy_bank b = BANK_SHA1; b <= BANK_SHA512; b++)
		if ((banks & 1u << b) != 0)
			js_push_text(list, policy_bank_name(b));
}

static void tpm_show(json_object *o, const struct trust_info *i)
{
	json_object *count = NULL;

	js_text(o, "maker", i->maker);
	js_text(o, "vendor", i->vendor);
	js_text(o, "firmware", i->firmware);
	js_text(o, "specification", i->spec);
	js_flag(o, "software", i->software);
	banks_show(o, "banks", i->banks);
	banks_show(o, "all_zero_banks", i->zero_banks);
	js_flag(o, "owner_auth_set", i->owner_auth_set);
	js_flag(o, "endorsement_auth_set", i->endorsement_auth_set);
	js_flag(o, "lockout_auth_set", i->lockout_auth_set);
	js_flag(o, "srk_persistent", i->srk_persistent);
	js_number(o, "reset_count", i->reset_count);
	js_number(o, "restart_count", i->restart_count);
	if (!i->count.known) {
		js_null(o, "lockout");
		return;
	}
	count = js_add(o, "lockout", js_object());
	js_number(count, "failed", i->count.failed);
	js_number(count, "max", i->count.max);
	js_number(count, "interval_s", i->count.interval_s);
	js_number(count, "recovery_s", i->count.recovery_s);
	js_flag(count, "locked", i->count.locked);
}

static void lockout_assess(json_object *list, const struct trust_count *c)
{
	char text[160];

	if (!c->known) {
		finding_add(list, "A-lockout", HOLDS_UNKNOWN, "the TPM did not tell its limits",
			"how many PINs can be tried is not known");
		return;
	}
	snprintf(text, sizeof(text), "%u wrong PINs lock, one is forgotten every %u s", c->max,
		c->interval_s);
	finding_add(list, "A-lockout",
		holds_if(c->max > 0 && c->max <= TRIES_MAX && c->interval_s >= INTERVAL_MIN), text,
		"PINs can be tried fast: set the limits with tpm2_dictionarylockout");
}

/* Well if a bank that may be used without force has a boot in it; SHA-1's is not asked for. */
static void pcr_assess(json_object *list, const struct trust_info *i)
{
	const uint32_t good = 1u << BANK_SHA256 | 1u << BANK_SHA384 | 1u << BANK_SHA512;
	uint32_t used = i->banks & ~i->zero_banks & good;
	char text[120] = "a boot was measured into";
	size_t len = strlen(text);

	for (enum policy_bank b = BANK_SHA256; b <= BANK_SHA512; b++)
		if ((used & 1u << b) != 0)
			len += (size_t) snprintf(
				text + len, sizeof(text) - len, " %s", policy_bank_name(b));
	finding_add(list, "A-pcr", holds_if(used != 0),
		used != 0 ? text : "no bank but SHA-1's has a boot measured into it",
		"nothing measured this boot: a PCR policy binds to nothing");
}

static void tpm_assess(json_object *list, const struct trust_info *i)
{
	finding_add(list, "A-tpm-hardware", holds_if(!i->software),
		i->software ? "a software TPM" : "the TPM does not say that it is software",
		"this host's administrator, and whoever copies its files, has everything that is "
		"sealed: it protects nothing");
	pcr_assess(list, i);
	finding_add(list, "A-owner-auth", holds_if(i->owner_auth_set),
		i->owner_auth_set ? "owner authorisation is set" : "owner authorisation is empty",
		"whoever may use the TPM may also define and remove its permanent objects; seals "
		"do not depend on it");
	finding_add(list, "A-lockout-auth", holds_if(i->lockout_auth_set),
		i->lockout_auth_set ? "lockout authorisation is set"
				    : "lockout authorisation is empty",
		"whoever may use the TPM may reset its count of wrong PINs, and clear it");
	lockout_assess(list, &i->count);
	finding_add(list, "A-tpm-bus", HOLDS_UNKNOWN, "the way from CPU to TPM cannot be seen",
		"somebody with the machine open may reset the TPM and replay PCR values: only a "
		"PIN answers that");
}

static bool source_assess(const struct site *s, const char *name, json_object *tree)
{
	struct trust_env env = site_env(s, NULL);
	const struct policy any = {0};
	const struct trust_ops *ops = NULL;
	struct trust_info info = {0};
	json_object *source = js_add(tree, "source", js_object());
	struct err e = trust_find(name, &ops);

	js_text(source, "name", name);
	js_text(source, "tcti", s->config->tcti);
	if (e.code == E_OK)
		e = ops->describe(&env, BYTES_NONE, &any, &info);
	if (e.code != E_OK || info.state == TRUST_UNAVAILABLE) {
		js_flag(source, "available", false);
		js_text(source, "detail", e.code != E_OK ? err_str(e) : info.detail);
		finding_add(js_get_node(tree, "assumptions"), "A-tpm-hardware", HOLDS_NO,
			"the trust source is away", "no token of it opens");
		return false;
	}
	js_flag(source, "available", true);
	js_text(source, "detail", info.detail);
	tpm_show(source, &info);
	tpm_assess(js_get_node(tree, "assumptions"), &info);
	weak_assess(js_get_node(tree, "weaknesses"), &info);
	return true;
}

/* ---- what it means for a token ---- */

static void weakest_of(const struct token_file *f, struct policy *ret, bool *ret_foreign)
{
	struct reader left = reader_of(buf_bytes(&f->seals));
	struct seal_info info;
	struct bytes seal;

	*ret = (struct policy){.pin = true, .bank = BANK_SHA256, .pcrs = UINT32_MAX};
	*ret_foreign = false;
	while (left.left.len > 0 && site_next_seal(&left, &seal, &info).code == E_OK) {
		ret->pin = ret->pin && info.policy.pin;
		ret->pcrs &= info.policy.pcrs;
		*ret_foreign =
			*ret_foreign || info.role == ROLE_RECOVERY || info.role == ROLE_MACHINE;
	}
}

static void token_assess(const struct token_file *f, bool software, json_object *o)
{
	json_object *means = js_add(o, "means", js_array());
	struct policy weakest;
	bool elsewhere;

	js_text(o, "label", f->name);
	js_number(o, "slot", f->entry->slot_id);
	if (f->why.code != E_OK) {
		js_push_text(means, "cannot be read: nothing is known of it");
		return;
	}
	weakest_of(f, &weakest, &elsewhere);
	if (software)
		js_push_text(means, "sealed by a software TPM: only the PIN, stretched by scrypt, "
				    "stands between a copy of this disk and the keys");
	js_push_text(means,
		weakest.pin
			? "needs a PIN: a thief of the whole machine has as many tries as the "
			  "TPM's lockout allows"
			: "needs no PIN: whoever runs as its user on this machine, or resets and "
			  "replays its TPM, can use the keys");
	js_push_text(means,
		weakest.pcrs != 0
			? "opens only while its PCRs have the values that they were sealed to"
			: "opens whatever system was booted");
	js_push_text(means, elsewhere ? "has a seal that opens without this machine's TPM"
				      : "a copy of its file opens on no other machine");
	js_push_text(means, "while it is open its keys in use are in the memory of the programs "
			    "that use them");
}

static void tokens_assess(const struct site *s, json_object *tree)
{
	json_object *list = js_add(tree, "tokens", js_array());
	bool software = js_get_flag(js_get_node(tree, "source"), "software");

	for (size_t i = 0; i < s->count; i++)
		token_assess(&s->files[i], software, js_push(list, js_object()));
}

/* ---- text ---- */

static size_t length(json_object *array)
{
	return array == NULL ? 0 : json_object_array_length(array);
}

static void words_print(const char *label, json_object *array)
{
	printf("  %-14s", label);
	if (length(array) == 0)
		printf("none");
	for (size_t i = 0; i < length(array); i++)
		printf("%s%s", i == 0 ? "" : ", ",
			json_object_get_string(json_object_array_get_idx(array, i)));
	printf("\n");
}

static void source_print(json_object *s)
{
	printf("trust source: %s (%s)\n", js_get(s, "name"), js_get(s, "tcti"));
	if (!js_get_flag(s, "available")) {
		printf("  away: %s\n", js_get(s, "detail"));
		return;
	}
	printf("  %-14s%s, %s, firmware %s, %s%s\n", "TPM", js_get(s, "maker"), js_get(s, "vendor"),
		js_get(s, "firmware"), js_get(s, "specification"),
		js_get_flag(s, "software") ? ", SOFTWARE" : "");
	words_print("PCR banks", js_get_node(s, "banks"));
	words_print("all zero", js_get_node(s, "all_zero_banks"));
	printf("  %-14sowner %s, endorsement %s, lockout %s\n", "authorisation",
		js_get_flag(s, "owner_auth_set") ? "set" : "empty",
		js_get_flag(s, "endorsement_auth_set") ? "set" : "empty",
		js_get_flag(s, "lockout_auth_set") ? "set" : "empty");
	printf("  %-14s%s\n", "storage key",
		js_get_flag(s, "srk_persistent") ? "persistent, 0x81000001"
						 : "made anew when needed");
}

static void findings_print(json_object *list)
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

static void rest_print(json_object *tree)
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

static bool all_hold(json_object *list)
{
	for (size_t i = 0; i < length(list); i++)
		if (strcmp(js_get(json_object_array_get_idx(list, i), "holds"), "no") == 0)
			return false;
	return true;
}

int cmd_assess(const struct opts *o)
{
	bool well;
	JS(tree);
	SITE(s);
	int code = site_open(o, &s);

	if (code != UI_OK)
		return code;
	tree = js_object();
	js_add(tree, "assumptions", js_array());
	js_add(tree, "weaknesses", js_array());
	well = source_assess(&s, s.config->source, tree);
	host_assess(js_get_node(tree, "assumptions"));
	tokens_assess(&s, tree);
	well = well && all_hold(js_get_node(tree, "assumptions"));
	if (!js_ok())
		return fail_err(ERR(E_NOMEM), "cannot assess");
	if (!o->json) {
		source_print(js_get_node(tree, "source"));
		findings_print(js_get_node(tree, "assumptions"));
		rest_print(tree);
	}
	code = o->json ? ui_json(&tree) : ui_flush();
	return code != UI_OK ? code : well || !o->strict ? UI_OK : UI_PROBLEM;
}
