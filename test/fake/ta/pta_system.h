/* SPDX-License-Identifier: BSD-2-Clause */
/* Of OP-TEE's pseudo TA "system", what the TA uses. */
#pragma once

#define PTA_SYSTEM_UUID                                                \
	{                                                              \
		0x3a2f8978, 0x5dc0, 0x11e8,                            \
		{                                                      \
			0x9c, 0x2d, 0xfa, 0x7a, 0xe0, 0x1b, 0xbe, 0xbc \
		}                                                      \
	}
/* params[0]: extra data, at most 1024 bytes; params[1]: the key, 16 to 32 bytes */
#define PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY 1
