/* SPDX-License-Identifier: BSD-2-Clause */
/* What the hostile trusted application of the tests does for its client. It is built twice from the
 * same source: with a UUID of its own, as anybody's trusted application in the same TEE, and with
 * Bulla's, as only the holder of the signing key could. */
#pragma once

#include "ta_proto.h"

/* What is encrypted in a blob: verifier, S, owner. */
#define BLOB_PLAIN (TA_BLOB_LEN - TA_BLOB_HEAD - 12 - 16)

/* c40a5cf5-d7b5-4d8c-a8ac-a8ab4d0c40f2 */
#define HOSTILE_OTHER_UUID                                             \
	{                                                              \
		0xc40a5cf5, 0xd7b5, 0x4d8c,                            \
		{                                                      \
			0xa8, 0xac, 0xa8, 0xab, 0x4d, 0x0c, 0x40, 0xf2 \
		}                                                      \
	}

enum hostile_cmd {
	/* 0 memref out: the ids of all objects that it can enumerate, each u8 length | bytes;
	 * 1 value out: how many */
	HOSTILE_ENUMERATE = 1,
	/* 0 memref in: an id; 1 memref out: the object's data */
	HOSTILE_READ = 2,
	/* 0 memref in: an id. Opens it to write, and deletes it. */
	HOSTILE_DELETE = 3,
	/* 0 memref in: a blob; 1 memref out: what is encrypted in it, opened with the key that the
	 * TEE derives for this trusted application under Bulla's label */
	HOSTILE_UNSEAL = 4,
	/* 0 memref in: a request, 1 memref out: the answer, 2 value in: Bulla's command. Sent from
	 * the secure world to Bulla's UUID. */
	HOSTILE_CALL = 5,
};
