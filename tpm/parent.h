/* SPDX-License-Identifier: BSD-2-Clause */
/* The storage key that sealed objects hang under: the shared one at 0x81000001 where it is there
 * and fit, else the owner hierarchy's primary of the standard template (H-2). It is pinned, name
 * and public area, when a seal is made; sessions are salted to what was pinned and to nothing that
 * a TPM, or somebody on its bus, says later. */
#pragma once

#include "esys.h"

#define PARENT_HANDLE 0x81000001u

struct parent {
	TPM2B_PUBLIC public;
	TPM2B_NAME name;
};

/* name = nameAlg, H(public area) */
NODISCARD struct err parent_name(const TPM2B_PUBLIC *public, TPM2B_NAME *ret);
/* For a new seal: which key, and its handle (flushed if it was made for us). */
NODISCARD struct err parent_choose(struct esys *x, struct parent *ret, struct esys_tr *ret_tr);
/* The pinned key's handle in this TPM. E_FOREIGN: this TPM has no such key. */
NODISCARD struct err parent_find(
	struct esys *x, const struct parent *pinned, struct esys_tr *ret_tr);
/* Does 0x81000001 exist? */
NODISCARD struct err parent_persistent(struct esys *x, bool *ret);
