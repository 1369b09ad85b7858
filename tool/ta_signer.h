/* SPDX-License-Identifier: BSD-2-Clause */
/* Who signed a trusted application, as far as its file tells. */
#pragma once

#include "bytes.h"

#define TA_HEAD_MAX 4096u /* bytes: no signed header is longer */

enum ta_signer {
	TA_SIGNER_UNKNOWN, /* no such header, a key of a chain of them, or an algorithm that is none
			      here */
	TA_SIGNER_PUBLISHED, /* a key whose private half is published with OP-TEE */
	TA_SIGNER_OTHER,     /* some other key */
};
/* head: the file's first bytes, TA_HEAD_MAX of them if it has so many. */
enum ta_signer ta_signer_of(struct bytes head);
