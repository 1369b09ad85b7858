/* SPDX-License-Identifier: BSD-2-Clause */
/* Mechanism parameters, read once: a length-checked deep copy of what pParameter points to. The
 * only code that follows a caller's CK_MECHANISM. Whether values suit the key (a salt that does not
 * fit, a digest that is not the row's) is the family's business, in begin(). */
#pragma once

#include "buf.h"
#include "ossl.h"
#include "pkcs11.h"

#include <stdbool.h>

#define PARAMS_IV_MAX   256u               /* bytes, GCM's longest */
#define PARAMS_DATA_MAX ((size_t) 1 << 20) /* bytes: AAD, label, shared info, points */
#define PARAMS_SALT_MAX 1024u              /* bytes; what fits the key is the family's to say */

enum params_kind {
	PARAMS_NONE,        /* pParameter must be NULL or of length 0 */
	PARAMS_IV,          /* 16 bytes: an initialisation vector */
	PARAMS_KW_IV,       /* absent, or 8 bytes: another initial value than RFC 3394's */
	PARAMS_KWP_IV,      /* absent, or 4 bytes: another one than RFC 5649's */
	PARAMS_CTR,         /* CK_AES_CTR_PARAMS */
	PARAMS_GCM,         /* CK_GCM_PARAMS with or without ulIvBits */
	PARAMS_MAC_GENERAL, /* CK_MAC_GENERAL_PARAMS */
	PARAMS_PSS,         /* CK_RSA_PKCS_PSS_PARAMS */
	PARAMS_OAEP,        /* CK_RSA_PKCS_OAEP_PARAMS */
	PARAMS_ECDH1,       /* CK_ECDH1_DERIVE_PARAMS */
	PARAMS_EDDSA,       /* absent, or CK_EDDSA_PARAMS */
};

struct params {
	enum params_kind kind;
	bool given;                /* where it may be absent: it was not */
	uint8_t iv[PARAMS_IV_MAX]; /* IV, KW_IV, KWP_IV, GCM; CTR: the counter block */
	size_t iv_len;             /* bytes */
	unsigned counter_bits;     /* CTR: 1 to 128 */
	size_t mac_len;            /* bytes; MAC_GENERAL; GCM: the tag's */
	enum md md, mgf_md;        /* PSS, OAEP; ECDH1: the X9.63 KDF's, MD_NONE for CKD_NULL */
	size_t salt_len;           /* bytes; PSS */
	bool prehash;              /* EDDSA: phFlag */
	/* GCM: AAD. OAEP: the label. ECDH1: shared info. EDDSA: the context. */
	struct buf data;
	struct buf point; /* ECDH1: the other's public key, as given (raw, or in an OCTET STRING) */
};

#define PARAMS(name) _cleanup_(params_done) struct params name = {0}

/* CKR_MECHANISM_PARAM_INVALID for everything that is not as it must be, CKR_HOST_MEMORY. ret may
 * have been used before: its memory is used again. After a failure it is fit for params_read and
 * params_done only. */
NODISCARD CK_RV params_read(const CK_MECHANISM *mech, enum params_kind kind, struct params *ret);
void params_done(struct params *p);
