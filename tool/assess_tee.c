/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla assess: a TEE with Bulla's trusted application (TA). Most of what its worth depends on was
 * decided when the firmware was built, and cannot be seen from here: then it is unknown, not well.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy.h"

#include "ta_proto.h"

#include "assess.h"
#include "finding.h"
#include "ta_signer.h"

#define SUPPLICANT_DEVICE "/dev/teepriv0"

/* ---- who signed the TA ---- */

/* Where tee-supplicant looks for TAs, as it is built by default and by distributions. */
static const char *const ta_folders[] = {
	"/lib/optee_armtz",
	"/usr/lib/optee_armtz",
};

static void ta_path(const char *folder, char *ret, size_t cap)
{
	static const struct {
		uint32_t low;
		uint16_t mid, high;
		uint8_t rest[8];
	} u = TA_BULLA_UUID;
	int n = snprintf(ret, cap, "%s/%08x-%04x-%04x-", folder, u.low, u.mid, u.high);

	for (size_t i = 0; i < sizeof(u.rest) && n > 0 && (size_t) n < cap; i++)
		n += snprintf(ret + n, cap - (size_t) n, "%s%02x", i == 2 ? "-" : "", u.rest[i]);
	if (n > 0 && (size_t) n < cap)
		snprintf(ret + n, cap - (size_t) n, ".ta");
}

/* *ret_path: the file that was read; "" if there is none. */
static enum ta_signer ta_signer_find(char *ret_path, size_t cap)
{
	uint8_t head[TA_HEAD_MAX];
	ssize_t n = -1;
	int fd;

	for (size_t i = 0; i < ARRAY_LEN(ta_folders); i++) {
		ta_path(ta_folders[i], ret_path, cap);
		fd = open(ret_path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd < 0)
			continue;
		n = read(fd, head, sizeof(head));
		close(fd);
		if (n > 0)
			return ta_signer_of(BYTES(head, (size_t) n));
	}
	ret_path[0] = '\0';
	return TA_SIGNER_UNKNOWN;
}

/* ---- assumptions ---- */

/* All of them, for a TEE that does not answer, too. */
struct tee_row {
	const char *id, *means;
};

enum tee_assumption {
	TEE_HUK,
	TEE_ROLLBACK,
	TEE_SIGNING,
	TEE_IDENTITY,
	TEE_MEMORY,
	TEE_SUPPLICANT,
};

static const struct tee_row rows[] = {
	[TEE_HUK] = {"A-tee-huk",
		"whoever knows the TEE's hardware key opens what is sealed from a copy of the "
		"store: only scrypt of the PIN is left; use a TEE built for production"},
	[TEE_ROLLBACK] = {"A-tee-rollback",
		"whoever is root, or has the machine, puts back older storage: wrong PINs are "
		"forgotten, and replaced PINs and removed seals open again"},
	[TEE_SIGNING] = {"A-tee-signing",
		"whoever can sign for this TEE, and place a file, runs a TA of this one's name and "
		"opens what is sealed: only scrypt of the PIN is left"},
	[TEE_IDENTITY] = {"A-tee-identity",
		"root, and whoever gets into the normal world's kernel, can be every user: "
		"policies with login= hold nobody else off"},
	[TEE_MEMORY] = {"A-tee-memory",
		"whoever reads the TEE's memory from outside, by probes or cold boot, has its "
		"keys: only scrypt of the PIN is left"},
	[TEE_SUPPLICANT] = {"A-tee-supplicant",
		"tokens do not open while tee-supplicant is away, and never again if it loses its "
		"files; nothing leaks"},
};

static void row_add(
	json_object *list, enum tee_assumption which, enum holds holds, const char *seen)
{
	finding_add(list, rows[which].id, holds, seen, rows[which].means);
}

static void huk_judge(json_object *list, const struct trust_tee *t)
{
	row_add(list, TEE_HUK, t->development_huk ? HOLDS_NO : HOLDS_UNKNOWN,
		t->development_huk
			? "the hardware unique key is all zero, as in development builds"
			: "it is not the all-zero development key; whether it is this device's "
			  "alone, and secret, cannot be seen");
}

static void rollback_judge(json_object *list, const struct trust_tee *t)
{
	bool held = t->rpmb && t->anti_rollback >= TA_ROLLBACK_HARDWARE;
	char text[160];

	snprintf(text, sizeof(text), "anti-rollback level %u; %s", t->anti_rollback,
		t->rpmb ? "counts of new seals are kept in RPMB"
			: "counts are kept in files of the normal world");
	row_add(list, TEE_ROLLBACK, holds_if(held), text);
}

static void signing_judge(json_object *list)
{
	static const char *const words[] = {
		[TA_SIGNER_UNKNOWN] = "who signed it cannot be told",
		[TA_SIGNER_PUBLISHED] =
			"signed with the key that OP-TEE publishes, and this TEE takes it",
		[TA_SIGNER_OTHER] =
			("not signed with a key that OP-TEE publishes; who has its key cannot be "
			 "seen"),
	};
	char path[120], text[320];
	enum ta_signer signer = ta_signer_find(path, sizeof(path));

	snprintf(text, sizeof(text), "%s: %s", path, words[signer]);
	row_add(list, TEE_SIGNING, signer == TA_SIGNER_PUBLISHED ? HOLDS_NO : HOLDS_UNKNOWN,
		path[0] == '\0' ? "the TA's file is not to be seen: it may be part of the firmware"
				: text);
}

static void supplicant_judge(json_object *list)
{
	struct stat st;
	bool open_to_all = stat(SUPPLICANT_DEVICE, &st) == 0 && (st.st_mode & S_IRWXO) != 0;

	row_add(list, TEE_SUPPLICANT, open_to_all ? HOLDS_NO : HOLDS_UNKNOWN,
		open_to_all ? "every user may take tee-supplicant's place: " SUPPLICANT_DEVICE
			      " is open to all"
			    : "the TA answers; whether tee-supplicant's files stay cannot be seen");
}

static void tee_judge(json_object *list, const struct assessed *a)
{
	const struct trust_tee *t = &a->info.tee;

	if (!a->there || !t->known) {
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			row_add(list, (enum tee_assumption) i,
				i == TEE_SUPPLICANT ? HOLDS_NO : HOLDS_UNKNOWN,
				"the TEE, or Bulla's TA in it, is away");
		return;
	}
	huk_judge(list, t);
	rollback_judge(list, t);
	signing_judge(list);
	row_add(list, TEE_IDENTITY, HOLDS_UNKNOWN,
		"which user and groups ask is what the normal world's kernel says");
	row_add(list, TEE_MEMORY, HOLDS_UNKNOWN,
		"whether the TEE's memory is encrypted, and fenced off, cannot be seen");
	supplicant_judge(list);
}

/* ---- what it means for a token ---- */

enum tee_bits {
	TEE_PIN = 1u << 0,
	TEE_LOGIN = 1u << 1,
	TEE_DEVELOPMENT = 1u << 2,
	TEE_ROLLS_BACK = 1u << 3,
};

static const struct meaning meanings[] = {
	{TEE_DEVELOPMENT | TEE_PIN, 0,
		"sealed under a development key that everybody knows: only the PIN, stretched by "
		"scrypt, stands between a copy of this disk and the keys"},
	{TEE_DEVELOPMENT, TEE_PIN,
		"sealed under a development key that everybody knows, and without a PIN: whoever "
		"has a copy of this disk has the keys"},
	{0, TEE_DEVELOPMENT, "a copy of its file opens on no other machine"},
	{TEE_PIN | TEE_ROLLS_BACK, 0,
		"needs a PIN: wrong ones are counted in storage that root, and a thief of the "
		"machine, can put back, so that the count bounds neither"},
	{TEE_PIN, TEE_ROLLS_BACK,
		"needs a PIN: a thief of the whole machine has as many tries as the TEE's count "
		"allows, and no time gives more"},
	{TEE_PIN, TEE_LOGIN,
		"every program that may use the TEE may try PINs, and so lock it until the SO "
		"unblocks it"},
	{TEE_LOGIN, TEE_PIN,
		"needs no PIN: every program of the user or group that it is sealed for can use "
		"the keys"},
	{0, TEE_PIN | TEE_LOGIN,
		"needs no PIN, and is bound to nobody: every program that may use the TEE can use "
		"the keys"},
	{TEE_LOGIN, 0,
		"opens for the user or group that it is sealed for alone, if this machine's kernel "
		"is to be believed; root can be anybody"},
	{0, 0, "opens whatever system was booted, as far as the TEE itself starts under it"},
};

static void tee_means(json_object *means, const struct assessed *a, const struct policy *weakest)
{
	const struct trust_tee *t = &a->info.tee;
	bool held = t->rpmb && t->anti_rollback >= TA_ROLLBACK_HARDWARE;

	meanings_add(means, meanings, ARRAY_LEN(meanings),
		(weakest->pin ? TEE_PIN : 0u) |
			(weakest->login >= POLICY_LOGIN_USER ? TEE_LOGIN : 0u) |
			(t->known && t->development_huk ? TEE_DEVELOPMENT : 0u) |
			(!t->known || !held ? TEE_ROLLS_BACK : 0u));
}

/* ---- what it says of itself ---- */

static void tee_show(json_object *o, const struct trust_env *env, const struct trust_info *i)
{
	(void) env;
	js_text(o, "maker", i->maker);
	js_text(o, "implementation", i->vendor);
	js_text(o, "version", i->firmware);
	js_flag(o, "development_huk", i->tee.development_huk);
	js_number(o, "anti_rollback", i->tee.anti_rollback);
	js_flag(o, "rpmb", i->tee.rpmb);
}

static void tee_print(json_object *s)
{
	printf("  %-14s%s, %s, version %s%s\n", "TEE", js_get(s, "maker"),
		js_get(s, "implementation"), js_get(s, "version"),
		js_get_flag(s, "development_huk") ? ", DEVELOPMENT KEY" : "");
	printf("  %-14slevel %lu, %s\n", "anti-rollback",
		(unsigned long) js_get_number(s, "anti_rollback"),
		js_get_flag(s, "rpmb") ? "RPMB" : "files of the normal world");
}

const struct assess_kind assess_tee = {
	.show = tee_show,
	.judge = tee_judge,
	.weak = weak_assess_tee,
	.means = tee_means,
	.print = tee_print,
};
