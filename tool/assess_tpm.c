/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla assess: a TPM 2.0. */
#include <stdio.h>
#include <string.h>

#include "policy.h"

#include "assess.h"
#include "finding.h"

#define TRIES_MAX    32u /* more wrong PINs than this before the TPM locks make guessing easy */
#define INTERVAL_MIN 60u /* seconds; forgetting faster than this, too */

static void banks_show(json_object *o, const char *key, uint32_t banks)
{
	json_object *list = js_add(o, key, js_array());

	for (enum policy_bank b = BANK_SHA1; b <= BANK_SHA512; b++)
		if ((banks & 1u << b) != 0)
			js_push_text(list, policy_bank_name(b));
}

static void tpm_show(json_object *o, const struct trust_env *env, const struct trust_info *i)
{
	json_object *count = NULL;

	js_text(o, "tcti", env->tcti);
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

static void tpm_judge(json_object *list, const struct assessed *a)
{
	const struct trust_info *i = &a->info;

	if (!a->there) {
		finding_add(list, "A-tpm-hardware", HOLDS_NO, "the trust source is away",
			"no token of it opens");
		return;
	}
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

/* ---- what it means for a token ---- */

enum tpm_bits {
	TPM_PIN = 1u << 0,
	TPM_PCRS = 1u << 1,
	TPM_SOFTWARE = 1u << 2,
};

static const struct meaning rows[] = {
	{TPM_SOFTWARE, 0,
		"sealed by a software TPM: only the PIN, stretched by scrypt, stands between a "
		"copy of this disk and the keys"},
	{TPM_PIN, 0,
		"needs a PIN: a thief of the whole machine has as many tries as the TPM's lockout "
		"allows"},
	{0, TPM_PIN,
		"needs no PIN: whoever runs as its user on this machine, or resets and replays its "
		"TPM, can use the keys"},
	{TPM_PCRS, 0, "opens only while its PCRs have the values that they were sealed to"},
	{0, TPM_PCRS, "opens whatever system was booted"},
	{0, 0, "a copy of its file opens on no other machine"},
};

static void tpm_means(json_object *means, const struct assessed *a, const struct policy *weakest)
{
	meanings_add(means, rows, ARRAY_LEN(rows),
		(weakest->pin ? TPM_PIN : 0u) | (weakest->pcrs != 0 ? TPM_PCRS : 0u) |
			(a->there && a->info.software ? TPM_SOFTWARE : 0u));
}

/* ---- text ---- */

static void tpm_print(json_object *s)
{
	printf("  %-14s%s\n", "reached by", js_get(s, "tcti"));
	printf("  %-14s%s, %s, firmware %s, %s%s\n", "TPM", js_get(s, "maker"), js_get(s, "vendor"),
		js_get(s, "firmware"), js_get(s, "specification"),
		js_get_flag(s, "software") ? ", SOFTWARE" : "");
	assess_print_words("PCR banks", js_get_node(s, "banks"));
	assess_print_words("all zero", js_get_node(s, "all_zero_banks"));
	printf("  %-14sowner %s, endorsement %s, lockout %s\n", "authorisation",
		js_get_flag(s, "owner_auth_set") ? "set" : "empty",
		js_get_flag(s, "endorsement_auth_set") ? "set" : "empty",
		js_get_flag(s, "lockout_auth_set") ? "set" : "empty");
	printf("  %-14s%s\n", "storage key",
		js_get_flag(s, "srk_persistent") ? "persistent, 0x81000001"
						 : "made anew when needed");
}

const struct assess_kind assess_tpm = {
	.show = tpm_show,
	.judge = tpm_judge,
	.weak = weak_assess,
	.means = tpm_means,
	.print = tpm_print,
};
