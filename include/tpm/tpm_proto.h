/* SPDX-License-Identifier: BSD-2-Clause */
/* What the module and the TPM helper say to each other over a socketpair: one request, one answer,
 * then the helper ends. Each message is one frame: u32 length of what follows, u8 version (1), u8
 * operation or status, then fields, each u8 tag, u32 length, bytes. Integers big endian. Unknown
 * tags are an error. Drawn in docs/formats.md. */
#pragma once

#include "bytes.h"
#include "err.h"

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
#define TPM_TAG_END 11 /* one past the last */

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

/* A frame under construction in memory of the caller's: a frame may carry S or AUTH, so its home is
 * struct secret in the module and locked pages in the helper, never a struct buf. */
struct tpm_writer {
	uint8_t *ptr;
	size_t cap, len;
};
/* code: the operation of a request, the status of an answer. E_LIMIT: it does not fit. */
NODISCARD struct err tpm_frame_begin(struct tpm_writer *w, uint8_t code);
NODISCARD struct err tpm_frame_put(struct tpm_writer *w, enum tpm_tag tag, struct bytes value);
NODISCARD struct err tpm_frame_put_u32(struct tpm_writer *w, enum tpm_tag tag, uint32_t value);
/* Fills in the length; what stands in w->ptr is the frame then. */
NODISCARD struct err tpm_frame_end(struct tpm_writer *w);

/* A frame as received; ranges borrow from it. A field that is not there has ptr == NULL, one that
 * is there but empty has not. */
struct tpm_frame {
	uint8_t code;
	struct bytes field[TPM_TAG_END];
};
/* in: exactly one frame, its length included. E_CORRUPT: anything malformed, a field twice, or an
 * unknown tag; E_VERSION: another version. */
NODISCARD struct err tpm_frame_read(struct bytes in, struct tpm_frame *ret);
/* How long the frame will be that begins with these four bytes: E_CORRUPT beyond TPM_PROTO_MAX. */
NODISCARD struct err tpm_frame_len(const uint8_t head[static 4], size_t *ret);
/* E_CORRUPT unless the field is there with exactly four bytes. */
NODISCARD struct err tpm_frame_u32(const struct tpm_frame *f, enum tpm_tag tag, uint32_t *ret);
