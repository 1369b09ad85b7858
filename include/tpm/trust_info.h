/* SPDX-License-Identifier: BSD-2-Clause */
/* What a trust source reports: values that the helper, the store and the command share. */
#pragma once

#include "buf.h"

#include <stdbool.h>
#include <stdint.h>

/* The source's own count of wrong PINs, as it stood after the call. */
struct trust_count {
	bool known;
	bool locked;
	uint32_t failed, max; /* wrong tries that count now; how many lock */
	uint32_t interval_s;  /* one failure is forgotten after so many seconds; 0: never */
	uint32_t recovery_s;
};

/* Would a seal open now? Found out without spending a PIN try. */
enum trust_state {
	TRUST_OPENS,       /* yes, given its PIN if it has one */
	TRUST_UNAVAILABLE, /* no source */
	TRUST_FOREIGN,     /* another machine's, or the source was cleared */
	TRUST_PCR_CHANGED, /* which: changed_pcrs */
	TRUST_LOCKED,      /* too many wrong PINs */
	TRUST_BROKEN,      /* the source fails its own tests, or the blob is no blob */
	TRUST_IDENTITY,    /* sealed to another user or group of the normal world */
	TRUST_REVOKED,     /* replaced or destroyed: the source will never open it again */
};

/* What only a TEE says of itself. */
struct trust_tee {
	bool known;
	bool development_huk;   /* the hardware unique key is a constant that everybody knows */
	bool rpmb;              /* counts of new seals are kept where they cannot be rolled back */
	uint32_t anti_rollback; /* gpd.tee.trustedStorage.antiRollback.protectionLevel: 1000 and
				   above is the hardware's; 100, the normal world's, is none */
};

/* What a source says of itself and of one seal; text fields are "" when unknown, numbers 0. */
struct trust_info {
	enum trust_state state;
	uint32_t changed_pcrs; /* bit n: PCR n is not what it was when sealed */
	char detail[160];      /* why, in words */
	struct trust_count count;
	char maker[8];     /* TPM_PT_MANUFACTURER, e.g. "IBM" */
	char vendor[24];   /* TPM_PT_VENDOR_STRING_1..4 */
	char firmware[24]; /* e.g. "7.85.4555.0" */
	char spec[16];     /* e.g. "2.0 rev 1.38" */
	bool software;     /* a software TPM: protects nothing against this host's administrator */
	bool owner_auth_set, lockout_auth_set, endorsement_auth_set;
	bool srk_persistent; /* 0x81000001 exists */
	uint32_t banks;      /* bit b (enum policy_bank): allocated */
	uint32_t zero_banks; /* bit b: allocated, and PCRs 0 to 7 are all zero */
	uint64_t reset_count, restart_count;
	struct trust_tee tee; /* not in the helper's protocol */
};

/* Layouts in docs/formats.md (the helper's protocol). A number out of range is E_CORRUPT. */
NODISCARD struct err trust_count_put(const struct trust_count *c, struct buf *ret);
NODISCARD struct err trust_count_read(struct bytes b, struct trust_count *ret);
NODISCARD struct err trust_info_put(const struct trust_info *i, struct buf *ret);
NODISCARD struct err trust_info_read(struct bytes b, struct trust_info *ret);
