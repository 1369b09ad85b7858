/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies as text, struct and canonical bytes. Knows nothing of how a source honours them. */
#include "policy.h"

#include "log.h"
#include "ossl.h"

#include <stdio.h>

#define POLICY_VERSION  1u
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
	return refuse(part, "not a part of a policy (pin, pcr=BANK:LIST)");
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

struct err policy_format(const struct policy *p, struct buf *ret)
{
	const char *bank = policy_bank_name(p->bank), *comma = "";
	char text[POLICY_TEXT_MAX];
	int n;

	if (bank == NULL)
		return buf_printf(ret, "%s", p->pin ? "pin" : "none");
	n = snprintf(text, sizeof(text), "%spcr=%s:", p->pin ? "pin+" : "", bank);
	for (unsigned i = 0; i < POLICY_PCRS; i++) {
		if ((p->pcrs & 1u << i) == 0)
			continue;
		n += snprintf(text + n, sizeof(text) - (size_t) n, "%s%u", comma, i);
		comma = ",";
	}
	return buf_printf(ret, "%s", text);
}

/* What the struct may hold; sha1 is a matter of asking, not of form. */
static bool policy_sound(const struct policy *p)
{
	if ((size_t) p->bank >= ARRAY_LEN(bank_names))
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
	TRY(buf_put_u8(&b, POLICY_VERSION));
	TRY(buf_put_u8(&b, p->pin ? 1 : 0));
	TRY(buf_put_u8(&b, (uint8_t) p->bank));
	TRY(buf_put_u32(&b, p->pcrs));
	return buf_put(ret, buf_bytes(&b));
}

struct err policy_read(struct reader *r, struct policy *ret)
{
	uint8_t version = 0, pin = 0, bank = 0;
	struct policy p = {0};

	TRY(reader_u8(r, &version));
	if (version > POLICY_VERSION)
		return ERR(E_VERSION);
	TRY(reader_u8(r, &pin));
	TRY(reader_u8(r, &bank));
	TRY(reader_u32(r, &p.pcrs));
	p.pin = pin == 1;
	p.bank = (enum policy_bank) bank;
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
	return a->pin == b->pin && a->bank == b->bank && a->pcrs == b->pcrs;
}

bool policy_covers(const struct policy *a, const struct policy *b)
{
	if (b->pin && !a->pin)
		return false;
	return b->bank == BANK_NONE || (a->bank == b->bank && (b->pcrs & ~a->pcrs) == 0);
}
