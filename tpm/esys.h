/* SPDX-License-Identifier: BSD-2-Clause */
/* ESAPI with our rules around it: one context per request, a deadline, retries where the TPM asks
 * for them, and parameter encryption that is set and checked before every single command, because
 * ESYS drops it after any command that failed (docs/threat-model/tpm.md). */
#pragma once

#include "buf.h"
#include "err.h"
#include "tpm_proto.h"
#include "trust_info.h"

#include <stdbool.h>
#include <stdint.h>
#include <tss2/tss2_esys.h>

#define ESYS_LEFT_MAX 16u

struct esys {
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *ctx;
	ESYS_TR enc; /* the session that encrypts parameters; ESYS_TR_NONE: there is none now */
	uint64_t deadline_ms;
	TSS2_RC rc;       /* behind the last failure */
	char detail[160]; /* the last failure in words */
	/* What was loaded before us in a TPM without a resource manager. Such a TPM serves one
	 * connection at a time, so its owner is gone: flushed when there is no room for ours. */
	TPM2_HANDLE left[ESYS_LEFT_MAX];
	uint32_t left_count;
};

/* Loads the TCTI and connects. E_INVALID for a TCTI that we do not use, E_UNAVAILABLE. */
NODISCARD struct err esys_open(struct esys *x, struct bytes tcti, uint32_t timeout_ms);
void esys_close(struct esys *x);
/* Looks what is loaded already; for a TPM without a resource manager, before anything of ours is.
 */
NODISCARD struct err esys_leftovers(struct esys *x);

/* Remembers why, in words, and returns the code. */
struct err esys_fail(struct esys *x, enum err_code code, const char *format, ...) _printf_(3, 4);

/* One command:
 *	struct esys_cmd c = esys_cmd(x, "TPM2_Load");
 *	while (esys_next(&c))
 *		c.rc = Esys_Load(...);
 *	TRY(esys_result(&c));
 * esys_next arms the encrypting session before each sending, and says whether to send (again). */
struct esys_cmd {
	struct esys *x;
	const char *name;
	TSS2_RC rc;
	unsigned sent;
};
struct esys_cmd esys_cmd(struct esys *x, const char *name);
bool esys_next(struct esys_cmd *c);
/* E_CONFLICT: start again from a point before (PCRs moved under the session, or a handle is gone).
 * E_AUTH comes from TPM2_Unseal alone and E_FOREIGN from TPM2_Load alone: said by any other command
 * they mean something else. */
NODISCARD struct err esys_result(struct esys_cmd *c);
/* A response code without the position of the parameter, session or handle that it is about. */
TSS2_RC esys_rc_base(TSS2_RC rc);

/* A loaded object or a session; flushed at the end of the block, unless it lives in the TPM anyway.
 */
struct esys_tr {
	struct esys *x;
	ESYS_TR tr;
	bool persistent;
};
void esys_tr_done(struct esys_tr *t);
#define ESYS_HANDLE(name, x_) \
	_cleanup_(esys_tr_done) struct esys_tr name = {.x = (x_), .tr = ESYS_TR_NONE}

/* AES-128-CFB, SHA-256. salt: the key it is salted to; bind: an object whose authorisation value
 * goes into it, or ESYS_TR_NONE. */
NODISCARD struct err esys_session(
	struct esys *x, TPM2_SE type, ESYS_TR salt, ESYS_TR bind, struct esys_tr *ret);
/* What to pass as the encrypting session of a command. */
ESYS_TR esys_enc(const struct esys *x);

/* Reads one TPM property. */
NODISCARD struct err esys_property(struct esys *x, TPM2_PT property, uint32_t *ret);
/* The dictionary attack counter. */
NODISCARD struct err esys_count(struct esys *x, struct trust_count *ret);

/* Wiping frees for what the TSS allocated and may hold secrets. */
void esys_sensitive_done(TPM2B_SENSITIVE_DATA **p);
static inline void esys_freep(void *p)
{
	void **pp = p;

	Esys_Free(*pp);
	*pp = NULL;
}
