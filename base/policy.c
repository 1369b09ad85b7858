/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies as text, struct and canonical bytes. Knows nothing of how a source honours them. */
#include "policy.h"

#include "log.h"
#include "ossl.h"

#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define POLICY_VERSION  2u /* 1: without login */
#define POLICY_PCRS     24u
#define POLICY_TEXT_MAX 256u                  /* bytes */
#define POLICY_PCRS_NOT (1u << 16 | 1u << 23) /* resettable by anyone: worth nothing */
#define POLICY_PCRS_ALL ((1u << POLICY_PCRS) - 1u)

static const char *const bank_names[] = {
	[BANK_NONE] = NULL,
	[BANK_SHA1] = "sha1",
	[BANK_SHA256] = "sha256",
	[BANK_SHA384] = "sha384",
	[BANK_SHA512] = "sha512",
};

const char *policy_bank_name(enum policy_bank b)
{
	return (size_t) b < ARRAY_LEN(bank_names) ? bank_names[b] : NULL;
}

static bool bytes_are(struct bytes b, const char *text)
{
	return bytes_eq(b, bytes_str(text));
}

/* Takes what stands before the first `end`, and `end` itself. */
static struct bytes word_take(struct bytes *left, char end)
{
	const uint8_t *at = left->len == 0 ? NULL : memchr(left->ptr, end, left->len);
	size_t n = at == NULL ? left->len : (size_t) (at - left->ptr);
	struct bytes word = BYTES(left->ptr, n);

	*left = at == NULL ? BYTES_NONE : BYTES(at + 1, left->len - n - 1);
	return word;
}

static struct err refuse(struct bytes word, const char *why)
{
	char shown[48];
	size_t n = word.len < sizeof(shown) - 1 ? word.len : sizeof(shown) - 1;

	for (size_t i = 0; i < n; i++)
		shown[i] = word.ptr[i] >= ' ' && word.ptr[i] < 0x7f ? (char) word.ptr[i] : '?';
	shown[n] = '\0';
	log_error("policy: \"%s\": %s", shown, why);
	return ERR(E_INVALID);
}

static struct err pcr_parse(struct bytes word, uint32_t *pcrs)
{
	unsigned n = 0;

	if (word.len < 1 || word.len > 2 || (word.len == 2 && word.ptr[0] == '0'))
		return refuse(word, "not a PCR number");
	for (size_t i = 0; i < word.len; i++) {
		if (word.ptr[i] < '0' || word.ptr[i] > '9')
			return refuse(word, "not a PCR number");
		n = n * 10 + (unsigned) (word.ptr[i] - '0');
	}
	if (n >= POLICY_PCRS)
		return refuse(word, "PCRs are numbered 0 to 23");
	if ((POLICY_PCRS_NOT & 1u << n) != 0)
		return refuse(word, "anyone can reset this PCR: it protects nothing");
	if ((*pcrs & 1u << n) != 0)
		return refuse(word, "this PCR is named twice");
	*pcrs |= 1u << n;
	return OK;
}

/* "sha256:7,11" */
static struct err bank_parse(struct bytes word, bool force, struct policy *p)
{
	struct bytes list = word, name = word_take(&list, ':');

	for (unsigned b = BANK_SHA1; b < ARRAY_LEN(bank_names); b++)
		if (bytes_are(name, bank_names[b]))
			p->bank = (enum policy_bank) b;
	if (p->bank == BANK_NONE)
		return refuse(name, "not a PCR bank (sha256, sha384, sha512)");
	if (p->bank == BANK_SHA1 && !force)
		return refuse(name, "this bank is refused: SHA-1 collisions are practical");
	if (name.len == word.len || list.len == 0 || list.ptr[list.len - 1] == ',')
		return refuse(word, "PCR numbers are missing");
	while (list.len > 0)
		TRY(pcr_parse(word_take(&list, ','), &p->pcrs));
	return OK;
}

static struct err id_parse(struct bytes word, bool group, uint32_t *ret)
{
	char name[64], text[1024], *end;
	struct passwd pw, *user = NULL;
	struct group gr, *found = NULL;
	unsigned long n;

	if (word.len == 0 || word.len >= sizeof(name) || memchr(word.ptr, 0, word.len) != NULL)
		return refuse(word, "not a user or group");
	memcpy(name, word.ptr, word.len);
	name[word.len] = '\0';
	n = strtoul(name, &end, 10);
	if (name[0] >= '0' && name[0] <= '9' && *end == '\0' && n < UINT32_MAX) {
		*ret = (uint32_t) n;
		return OK;
	}
	if (group && getgrnam_r(name, &gr, text, sizeof(text), &found) == 0 && found != NULL)
		*ret = gr.gr_gid;
	else if (!group && getpwnam_r(name, &pw, text, sizeof(text), &user) == 0 && user != NULL)
		*ret = pw.pw_uid;
	else
		return refuse(word, group ? "no such group" : "no such user");
	return OK;
}

/* "public", "user", "user:NAME", "group:NAME" */
static struct err login_parse(struct bytes word, struct policy *p)
{
	struct bytes id = word, name = word_take(&id, ':');
	bool group = bytes_are(name, "group");

	if (bytes_are(word, "public")) {
		p->login = POLICY_LOGIN_PUBLIC;
		return OK;
	}
	if (!group && !bytes_are(name, "user"))
		return refuse(word, "not a login (public, user, group:NAME)");
	p->login = group ? POLICY_LOGIN_GROUP : POLICY_LOGIN_USER;
	if (group || name.len < word.len)
		return id_parse(id, group, &p->login_id);
	p->login_id = geteuid();
	return OK;
}

static struct err part_parse(struct bytes part, bool force, struct policy *p)
{
	struct bytes value = part, name = word_take(&value, '=');

	if (bytes_are(part, "pin")) {
		if (p->pin)
			return refuse(part, "stands there twice");
		p->pin = true;
		return OK;
	}
	if (bytes_are(name, "pcr") && value.len > 0) {
		if (p->bank != BANK_NONE)
			return refuse(part, "one list of PCRs is enough");
		return bank_parse(value, force, p);
	}
	if (bytes_are(name, "login") && value.len > 0) {
		if (p->login != POLICY_LOGIN_NONE)
			return refuse(part, "stands there twice");
		return login_parse(value, p);
	}
	return refuse(part, "not a part of a policy (pin, pcr=BANK:LIST, login=WHO)");
}

struct err policy_parse(const char *text, bool force, struct policy *ret)
{
	struct bytes left = BYTES(text, strnlen(text, POLICY_TEXT_MAX + 1));
	struct policy p = {0};

	if (left.len > POLICY_TEXT_MAX || left.len == 0 || left.ptr[left.len - 1] == '+')
		return refuse(left, "not a policy");
	if (!bytes_are(left, "none"))
		while (left.len > 0)
			TRY(part_parse(word_take(&left, '+'), force, &p));
	*ret = p;
	return OK;
}

static struct err pcrs_format(const struct policy *p, const char *bank, struct buf *ret)
{
	const char *comma = "";

	TRY(buf_printf(ret, "pcr=%s:", bank));
	for (unsigned i = 0; i < POLICY_PCRS; i++) {
		if ((p->pcrs & 1u << i) == 0)
			continue;
		TRY(buf_printf(ret, "%s%u", comma, i));
		comma = ",";
	}
	return OK;
}

static struct err login_format(const struct policy *p, struct buf *ret)
{
	if (p->login == POLICY_LOGIN_PUBLIC)
		return buf_printf(ret, "login=public");
	return buf_printf(ret, "login=%s:%" PRIu32,
		p->login == POLICY_LOGIN_USER ? "user" : "group", p->login_id);
}

struct err policy_format(const struct policy *p, struct buf *ret)
{
	const char *bank = policy_bank_name(p->bank);
	unsigned parts = policy_parts(p);

	if (parts == 0)
		return buf_printf(ret, "none");
	if (p->pin)
		TRY(buf_printf(ret, "pin%s", (parts & ~POLICY_PART_PIN) != 0 ? "+" : ""));
	if (bank != NULL)
		TRY(pcrs_format(p, bank, ret));
	if (bank != NULL && p->login != POLICY_LOGIN_NONE)
		TRY(buf_printf(ret, "+"));
	return p->login == POLICY_LOGIN_NONE ? OK : login_format(p, ret);
}

unsigned policy_parts(const struct policy *p)
{
	return (p->pin ? POLICY_PART_PIN : 0u) | (p->bank != BANK_NONE ? POLICY_PART_PCR : 0u) |
	       (p->login != POLICY_LOGIN_NONE ? POLICY_PART_LOGIN : 0u);
}

/* What the struct may hold; sha1 is a matter of asking, not of form. */
static bool policy_sound(const struct policy *p)
{
	if ((size_t) p->bank >= ARRAY_LEN(bank_names) || p->login > POLICY_LOGIN_GROUP)
		return false;
	if (p->login < POLICY_LOGIN_USER && p->login_id != 0)
		return false;
	if (p->bank == BANK_NONE)
		return p->pcrs == 0;
	return p->pcrs != 0 && (p->pcrs & ~POLICY_PCRS_ALL) == 0 &&
	       (p->pcrs & POLICY_PCRS_NOT) == 0;
}

struct err policy_put(const struct policy *p, struct buf *ret)
{
	BUF(b);

	if (!policy_sound(p))
		return ERR(E_INVALID);
	TRY(buf_put_u8(&b, p->login == POLICY_LOGIN_NONE ? 1 : POLICY_VERSION));
	TRY(buf_put_u8(&b, p->pin ? 1 : 0));
	TRY(buf_put_u8(&b, (uint8_t) p->bank));
	TRY(buf_put_u32(&b, p->pcrs));
	if (p->login != POLICY_LOGIN_NONE) {
		TRY(buf_put_u8(&b, (uint8_t) p->login));
		TRY(buf_put_u32(&b, p->login_id));
	}
	return buf_put(ret, buf_bytes(&b));
}

struct err policy_read(struct reader *r, struct policy *ret)
{
	uint8_t version = 0, pin = 0, bank = 0, login = 0;
	struct policy p = {0};

	TRY(reader_u8(r, &version));
	if (version > POLICY_VERSION)
		return ERR(E_VERSION);
	TRY(reader_u8(r, &pin));
	TRY(reader_u8(r, &bank));
	TRY(reader_u32(r, &p.pcrs));
	if (version == POLICY_VERSION) {
		TRY(reader_u8(r, &login));
		TRY(reader_u32(r, &p.login_id));
	}
	p.login = (enum policy_login) login;
	p.pin = pin == 1;
	p.bank = (enum policy_bank) bank;
	/* one form for each policy: what is hashed is what was written */
	if (version == POLICY_VERSION && p.login == POLICY_LOGIN_NONE)
		return ERR(E_CORRUPT);
	if (version == 0 || pin > 1 || !policy_sound(&p))
		return ERR(E_CORRUPT);
	*ret = p;
	return OK;
}

struct err policy_digest(const struct policy *p, uint8_t ret[static 32])
{
	BUF(b);

	TRY(policy_put(p, &b));
	return ossl_sha256(buf_bytes(&b), ret);
}

bool policy_eq(const struct policy *a, const struct policy *b)
{
	return a->pin == b->pin && a->bank == b->bank && a->pcrs == b->pcrs &&
	       a->login == b->login && a->login_id == b->login_id;
}

bool policy_covers(const struct policy *a, const struct policy *b)
{
	if (b->pin && !a->pin)
		return false;
	/* a group may be larger than a user, and not contain them */
	if (b->login >= POLICY_LOGIN_USER && (a->login != b->login || a->login_id != b->login_id))
		return false;
	return b->bank == BANK_NONE || (a->bank == b->bank && (b->pcrs & ~a->pcrs) == 0);
}
