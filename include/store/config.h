/* SPDX-License-Identifier: BSD-2-Clause */
/* What the administrator and the user configured (docs/man/bulla.conf.5): /etc/bulla/bulla.conf,
 * then $XDG_CONFIG_HOME/bulla/bulla.conf, then BULLA_CONF's file instead of both, then p11-kit's
 * reserved string, then the environment. Under AT_SECURE only /etc and the reserved string count.
 * Unknown keys are an error that names them. */
#pragma once

#include "trust.h"

#include <stddef.h>

#define CONFIG_STORES_MAX 8u

struct config {
	char *stores[CONFIG_STORES_MAX]; /* directories, in the order in which they are offered */
	size_t store_count;
	char *source;              /* default trust source of new tokens: "tpm" */
	char *policy;              /* default policy text of new tokens: "pin" */
	char *tcti;                /* "device:/dev/tpmrm0" */
	char *log;                 /* as BULLA_LOG; NULL: off */
	unsigned tpm_timeout_ms;   /* for the TPM's own work: 6000 */
	unsigned queue_timeout_ms; /* for our turn at the TPM while others get theirs: 300000 */
	unsigned pin_tries; /* wrong PINs that a token allows itself before the source is asked: 0
			       is no budget of ours */
	bool blank_slot;    /* offer an uninitialised slot although a token exists */
	bool no_blank_slot; /* never offer one */
	bool loose_wrap;    /* let a key be wrapped under a key whose value the caller may know */
	struct trust_silence *silence; /* shared by all who use this configuration */
};

/* reserved: C_Initialize's pReserved ("key=value key=value", as in bulla.module's x-init-reserved),
 * or NULL. A file that does not exist is skipped; one that does not parse is E_INVALID, logged with
 * file and line. */
NODISCARD struct err config_load(const char *reserved, struct config **ret);
void config_free(struct config **c);
/* How sources are asked; borrows. lock_path may be NULL. */
struct trust_env config_trust_env(const struct config *c, const char *lock_path);
