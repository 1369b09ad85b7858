/* SPDX-License-Identifier: BSD-2-Clause */
/* What the module and the TPM helper say to each other over a socketpair: one request, one answer,
 * then the helper ends. Each message is one frame: u32 length of what follows, u8 version (1), u8
 * operation or status, then fields, each u8 tag, u32 length, bytes. Integers big endian. Unknown
 * tags are an error. Drawn in docs/formats.md. */
#pragma once

#include <stdint.h>

#define TPM_PROTO_VERSION 1u
#define TPM_PROTO_MAX                                                                             \
	((size_t) 48 << 10) /* bytes, one frame: fits a socket's buffer, so that no side waits to \
			       write */
#define TPM_HELPER_FD 3     /* the helper's end of the socketpair */

enum tpm_op {
	TPM_OP_SEAL = 1, /* in: TCTI, TIMEOUT, POLICY, AUTH if the policy has a PIN; out: S, BLOB,
			    COUNT */
	TPM_OP_OPEN = 2, /* in: TCTI, TIMEOUT, POLICY, BLOB, AUTH likewise; out: S, COUNT */
	TPM_OP_DESCRIBE =
		3, /* in: TCTI, TIMEOUT, POLICY and BLOB if a seal is meant; out: INFO, COUNT */
};

enum tpm_tag {
	TPM_TAG_TCTI = 1,    /* text, not NUL-terminated */
	TPM_TAG_TIMEOUT = 2, /* u32 milliseconds for the whole work */
	TPM_TAG_POLICY = 3,  /* policy_put's bytes */
	TPM_TAG_AUTH = 4,    /* 32 bytes */
	TPM_TAG_BLOB = 5,    /* the seal's blob, layout in docs/formats.md */
	TPM_TAG_S = 6,       /* 32 bytes */
	TPM_TAG_COUNT =
		7, /* struct trust_count: u8 locked, u32 failed, max, interval_s, recovery_s */
	TPM_TAG_INFO = 8,   /* struct trust_info without count, layout in docs/formats.md */
	TPM_TAG_DETAIL = 9, /* text for people: what the TPM answered to which command */
	TPM_TAG_RC = 10,    /* u32, the TSS2_RC behind a failure */
};

/* The status of an answer: an err_code's meaning, numbered for the wire. */
enum tpm_status {
	TPM_ST_OK = 0,
	TPM_ST_AUTH = 1,
	TPM_ST_LOCKED = 2,
	TPM_ST_POLICY = 3,
	TPM_ST_FOREIGN = 4,
	TPM_ST_UNAVAILABLE = 5,
	TPM_ST_BUSY = 6,
	TPM_ST_CORRUPT = 7,
	TPM_ST_UNSUPPORTED = 8, /* e.g. an unallocated or all-zero PCR bank */
	TPM_ST_INVALID = 9,
	TPM_ST_INTERNAL = 10,
};
