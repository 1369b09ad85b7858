/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #11: the system's header (p11-kit's, 2.40) and what it lacks of 3.0, from the published
 * constants. Where the two disagree, OASIS (the CKR codes from 0x1B5 on). */
#pragma once

#include <p11-kit/pkcs11.h>

#include "pkcs11_mech.h"
