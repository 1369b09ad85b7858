/* SPDX-License-Identifier: BSD-2-Clause */
/* What the helper gives up before it touches a secret. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Not dumpable, no core file, gone when the parent is gone. */
void harden_process(void);
/* Locks all memory; where the limit does not allow that, the stack and a heap of fixed size. False:
 * neither. */
bool harden_memory(void);

/* System calls that stay allowed beyond the common ones. */
#define SANDBOX_NET     1u /* sockets: the TCTIs of software TPMs connect again now and then */
#define SANDBOX_THREADS 2u /* threads: the D-Bus library has one */
/* From here on nothing can be executed, forked, traced or opened for writing. False: this machine
 * has no seccomp, or we do not know its architecture. */
bool harden_sandbox(unsigned extra);
