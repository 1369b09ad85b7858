/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls by which SQLite and the store write, seen by the test before they reach the kernel.
 * They are defined by the program, so that a static SQLite and a shared one both end up here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum hook_call { HOOK_PWRITE, HOOK_SYNC, HOOK_UNLINK, HOOK_TRUNCATE };

/* Before the call: false lets it fail with errno as it is. *len, of HOOK_PWRITE only, may be made
 * smaller. Name: of HOOK_UNLINK only. */
extern bool (*hook_before)(enum hook_call call, const char *name, size_t *len);
extern void (*hook_after)(enum hook_call call, const char *name);
