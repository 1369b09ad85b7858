/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold for a seal to open, as text ("pin", "pcr=sha256:7,11", "pin+pcr=sha256:7",
 * "login=user", "none"), as a struct, and as canonical bytes. The parts are ANDed; several seals
 * are the OR. */
#pragma once

#include "buf.h"
#include "err.h"

#include <stdbool.h>
#include <stdint.h>

enum policy_bank {
	BANK_NONE,
	BANK_SHA1, /* refused unless forced */
	BANK_SHA256,
	BANK_SHA384,
	BANK_SHA512,
};

/* Which client of a TEE: what the normal world's kernel says of the process that asks
 * (GlobalPlatform's TEEC_LOGIN_*). */
enum policy_login {
	POLICY_LOGIN_NONE,   /* not said: as public */
	POLICY_LOGIN_PUBLIC, /* everybody */
	POLICY_LOGIN_USER,   /* processes of this effective user */
	POLICY_LOGIN_GROUP,  /* of members of this group */
};

struct policy {
	bool pin;
	enum policy_bank bank; /* BANK_NONE: no PCR in it */
	uint32_t pcrs;         /* bit n: PCR n, 0 to 23, never 16 or 23 */
	enum policy_login login;
	uint32_t login_id; /* uid or gid; 0 for NONE and PUBLIC */
};

/* The kinds of parts that a policy can have, as bits: what a source can honour. */
#define POLICY_PART_PIN   (1u << 0)
#define POLICY_PART_PCR   (1u << 1)
#define POLICY_PART_LOGIN (1u << 2)
unsigned policy_parts(const struct policy *p);

/* E_INVALID, logged with the word that is wrong. force allows what is refused by default (sha1
 * banks). "login=user" is the caller's effective user, "login=user:1000" that one,
 * "login=group:NAME" or "login=group:2000" a group. */
NODISCARD struct err policy_parse(const char *text, bool force, struct policy *ret);
/* The text that policy_parse takes; canonical: "pin" first, PCRs ascending, login last and with a
 * number. */
NODISCARD struct err policy_format(const struct policy *p, struct buf *ret);
/* Canonical bytes (docs/formats.md): version 1, pin, bank, pcrs; version 2, if there is a login:
 * these, and login, login_id. */
NODISCARD struct err policy_put(const struct policy *p, struct buf *ret);
NODISCARD struct err policy_read(struct reader *r, struct policy *ret);
/* SHA-256 over the canonical bytes: what KEKs are bound to. */
NODISCARD struct err policy_digest(const struct policy *p, uint8_t ret[static 32]);
const char *policy_bank_name(enum policy_bank b); /* "sha256"; NULL for BANK_NONE */
bool policy_eq(const struct policy *a, const struct policy *b);
/* Is a at least as hard to open as b, in every part? Used before a seal is added beside others. */
bool policy_covers(const struct policy *a, const struct policy *b);
