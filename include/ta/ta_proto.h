/* SPDX-License-Identifier: BSD-2-Clause */
/* What the normal world and Bulla's trusted application (TA) say to each other, and what the TA
 * writes down. Layouts are drawn in docs/formats.md; integers are big endian. Everything that the
 * normal world sends is hostile: it is copied into the TA's own memory once, then looked at. */
#pragma once

#include <stdint.h>

/* 6f154fb0-aab4-4b22-b454-82e6ecdd8c86 */
#define TA_BULLA_UUID                                                  \
	{                                                              \
		0x6f154fb0, 0xaab4, 0x4b22,                            \
		{                                                      \
			0xb4, 0x54, 0x82, 0xe6, 0xec, 0xdd, 0x8c, 0x86 \
		}                                                      \
	}

#define TA_PROTO_VERSION 1u
#define TA_BLOB_VERSION  1u
#define TA_LINE_VERSION  1u
#define TA_INFO_VERSION  1u

/* Every command: parameter 0 MEMREF_INPUT, the request; parameter 1 MEMREF_OUTPUT, the answer; 2
 * and 3 NONE. TEE_ERROR_BAD_PARAMETERS for other types or sizes beyond these. Otherwise the command
 * returns TEE_SUCCESS, and its outcome is the answer's status. */
#define TA_REQUEST_MAX 512u  /* bytes */
#define TA_ANSWER_MAX  1024u /* bytes; an answer buffer is at least this long */

#define TA_S_LEN       32u
#define TA_AUTH_LEN    32u /* without a PIN: all zero in a request */
#define TA_OWNER_LEN   32u
#define TA_RANDOM_LEN  32u
#define TA_ID_LEN      16u
#define TA_BLOB_LEN    184u /* bytes, exactly, in version 1 */
#define TA_TRIES_MAX   100u
#define TA_ANSWER_HEAD 12u

/* request     u8 version | fields of the command
 *
 * Opening a session never fails for what the TA itself decides. The client's identity is that of
 * the session (GlobalPlatform gpd.client.identity): SEAL and OPEN are sent over one with the
 * policy's login, DESCRIBE likewise; the others over any. */
enum ta_cmd {
	/* A new line of seals (a line: one seal and those that replace it, with one record in
	 * secure storage). Bound to the session's identity as login says: its login type must be
	 * that one. tries: wrong PINs that lock, 1 to TA_TRIES_MAX; 0 without a PIN. u8 login | u8
	 * pin | u32 tries | 32 random | 32 auth | 32 owner; answers 32 S | blob */
	TA_CMD_SEAL = 1,
	/* 32 auth | blob; answers 32 S. All zero is no PIN: INVALID for a seal with one, and not
	 * counted. */
	TA_CMD_OPEN = 2,
	/* nothing, or a blob; answers info. Counts nothing, changes nothing. */
	TA_CMD_DESCRIBE = 3,
	/* The next seal of a line, bound to the identity that the blob before was bound to: PIN
	 * change, and the SO's unblocking. Whoever knows the owner value of the blob before may;
	 * its PIN is not asked for, and it keeps opening, with a count of its own, until SETTLE, or
	 * until the new one has opened. u8 pin | u32 tries | 32 random | 32 auth | 32 owner of the
	 * blob before | 32 owner of the new one | blob before; answers 32 S | blob */
	TA_CMD_CHANGE = 4,
	/* This blob's epoch is the line's from now on: those before never open again, and the count
	 * starts anew. Done already: the count starts anew. 32 owner of the blob | blob */
	TA_CMD_SETTLE = 5,
	/* Nothing of this line opens again, whichever of its blobs is given (REVOKED for one that
	 * does not open any more). Done already: ok. 32 owner of the blob | blob */
	TA_CMD_DESTROY = 6,
};

/* Bound to whom. */
enum ta_login {
	TA_LOGIN_PUBLIC = 0, /* nobody: every client of the TEE */
	TA_LOGIN_USER = 1,   /* TEE_LOGIN_USER with this UUID */
	TA_LOGIN_GROUP = 2,  /* TEE_LOGIN_GROUP with this UUID */
};

/* answer      u8 version | u8 status | u8 flags (1: the count is known) | u8 0 | u32 failed | u32
 * tries | what the command answers; its length is the memref's size on return */
enum ta_status {
	TA_ST_OK = 0,
	TA_ST_AUTH = 1,     /* wrong PIN; counted */
	TA_ST_LOCKED = 2,   /* as many wrong PINs as tries; this one was not looked at */
	TA_ST_IDENTITY = 3, /* the client is not whom the seal is bound to; nothing counted */
	TA_ST_FOREIGN = 4,  /* another device's, or another TA's */
	TA_ST_REVOKED = 5,  /* replaced by a later one of its line */
	TA_ST_GONE = 6,     /* the line's record is not in secure storage: destroyed, or storage was
			       lost. Locked for good */
	TA_ST_CORRUPT = 7,  /* the blob is not what this TA made */
	TA_ST_INVALID = 8,  /* the request makes no sense */
	TA_ST_VERSION = 9,  /* of the request or the blob: newer than this TA */
	TA_ST_OWNER = 10,   /* not the line's owner value */
	TA_ST_FULL = 11,    /* secure storage is full */
	TA_ST_STORAGE = 12, /* secure storage fails, or is corrupt; nothing opens uncounted */
	TA_ST_MEMORY = 13,  /* the TA's */
	TA_ST_INTERNAL = 14,
};
#define TA_ST_END 15

/* blob        head | 12 nonce | 96 encrypted: 32 verifier, 32 S, 32 owner | 16 tag
 * head        u8 version | 16 machine | 16 line | u32 epoch | u8 storage | u8 login | 16 identity |
 *             u8 pin | u32 tries                                                   60 bytes
 *
 * AES-256-GCM under PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY(TA_LABEL_SEAL), AAD = head. verifier: SHA-256
 * of TA_LABEL_AUTH and auth, 32 zero bytes without a PIN; owner: SHA-256 of TA_LABEL_OWNER and the
 * owner value (it is the blob's, not the line's: where a change is cut short, the blob before and
 * its owner go on). machine: the first 16 bytes of
 * PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY(TA_LABEL_MACHINE): says which device, and is no secret. identity:
 * the client's UUID as RFC 9562 writes it, zero for public. S: SHA-256 of 32 bytes of the TEE's
 * generator and the request's random. */
#define TA_BLOB_HEAD     60u
#define TA_LABEL_SEAL    "bulla/1 tee seal"
#define TA_LABEL_MACHINE "bulla/1 tee machine"
#define TA_LABEL_AUTH    "bulla/1 tee auth"
#define TA_LABEL_OWNER   "bulla/1 tee owner"

enum ta_storage {
	TA_STORAGE_PRIVATE = 0, /* TEE_STORAGE_PRIVATE */
	TA_STORAGE_RPMB = 1,    /* TEE_STORAGE_PRIVATE_RPMB: cannot be rolled back */
};

/* A line's record in secure storage, object id 'L' and the line's 16 bytes:
 * u8 version | u8 0 | u32 epoch | u32 issued | u32 failed | u32 failed since
 *
 * epoch: blobs of an earlier one are revoked; a line begins with 1. issued: the latest epoch that
 * was given out. failed: wrong PINs at the blob of this epoch; failed since: at later ones, which
 * are not settled yet. */
#define TA_LINE_LEN 18u

/* info        u8 version | u8 state | u32 flags | u32 anti-rollback level | u32 epoch | text maker
 * | text description | text firmware; text: u8 length and printable ASCII
 *
 * epoch: the line's, 0 if no line was looked at. anti-rollback level:
 * gpd.tee.trustedStorage.antiRollback.protectionLevel, 0 if there is no such property.
 * GlobalPlatform's 100 is a promise of the normal world, and what OP-TEE says without RPMB: nothing
 * is protected. Only TA_ROLLBACK_HARDWARE and above is. */
#define TA_ROLLBACK_HARDWARE 1000u

enum ta_state {
	TA_STATE_NONE = 0,  /* no blob was asked about */
	TA_STATE_OPENS = 1, /* given its PIN if it has one */
	TA_STATE_LOCKED = 2,
	TA_STATE_IDENTITY = 3,
	TA_STATE_FOREIGN = 4,
	TA_STATE_REVOKED = 5,
	TA_STATE_GONE = 6,
	TA_STATE_CORRUPT = 7,
};
#define TA_INFO_DEVELOPMENT_HUK 1u /* the hardware unique key is all zero: known to everybody */
#define TA_INFO_RPMB            2u /* new lines go to storage that cannot be rolled back */
#define TA_INFO_LINE_RPMB       4u /* the line that was asked about is there */
