/* SPDX-License-Identifier: BSD-2-Clause */
/* Of what OP-TEE adds to the internal API, what the TA uses. */
#pragma once

#define TEE_STORAGE_PRIVATE_RPMB 0x80000100u
