/* SPDX-License-Identifier: BSD-2-Clause */
/* A turn among processes: an exclusive flock on a file, waited for with a limit. It ends with the
 * process that holds it. Who waits sees when the holder's turn began, and so whether the queue
 * moves; and who waited in vain does not wait again at once (docs/decisions/0032). */
#pragma once

#include "trust.h"

/* A turn at the file `path`, which may be one that may only be read; at env->lock_path the work is
 * done that turns are for. E_UNAVAILABLE: a turn there lasted for env->tpm_timeout_ms, so the
 * source does not answer. E_BUSY: the queue stood still for as long, or moved, but was longer than
 * env->queue_timeout_ms. A file that does not exist or may not be read: OK, no queue and no turn.
 */
NODISCARD struct err queue_enter(const char *path, const struct trust_env *env, int *ret);
/* For _cleanup_; -1 is no turn. */
void queue_leave(int *fd);
/* The source did not answer: it is left alone for tpm_timeout_ms. */
void queue_silence(const struct trust_env *env);
/* Is it to be left alone now? */
bool queue_silent(const struct trust_env *env);
