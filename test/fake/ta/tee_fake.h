/* SPDX-License-Identifier: BSD-2-Clause */
/* The trusted application in this process, on a fake of the TEE Internal Core API: libcrypto
 * underneath, secure storage as files in a directory. One TEE per process; not for threads, but
 * several processes may share a directory. Whatever a test sets stays until it sets it anew;
 * tee_fake_reset sets everything back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEE_FAKE_POWER_CUT 0xdead0001u /* of tee_fake_invoke: the power went; reboot */

/* A machine that is switched on, with an all-zero hardware unique key, a public client, no
 * protection against rollback, nothing that fails. Objects are files of the directory, which
 * exists: p-HEX of private storage, r-HEX of RPMB, HEX the object's id. The string is kept. */
void tee_fake_reset(const char *storage);
/* The TA forgets its memory; storage and everything that was set stay. */
void tee_fake_reboot(void);
/* The directory of another machine, or of an earlier day. */
void tee_fake_storage(const char *storage);
void tee_fake_huk(const uint8_t huk[16]);
/* The client's identity from the next call on: a TEE_LOGIN_*, and a UUID as RFC 9562 writes it. */
void tee_fake_client(uint32_t login, const uint8_t uuid[16]);
/* gpd.tee.trustedStorage.antiRollback.protectionLevel; and whether RPMB storage works. */
void tee_fake_rollback(uint32_t level, bool rpmb);

/* The n-th call from now that can fail, fails with a result that its specification lists (one of
 * them, by turns of `variant`); 0: none. */
void tee_fake_fail(unsigned n, unsigned variant);
/* The name of the call that did; NULL: none has, yet. */
const char *tee_fake_failed(void);
/* The power goes at the n-th point from now: two for each change of storage, before and after it.
 * 0: it stays. */
void tee_fake_cut(unsigned n);
/* Changes of storage since the last reset. */
unsigned tee_fake_writes(void);
/* Objects, operations and sessions that the TA has not given back. */
unsigned tee_fake_open(void);

/* A session, one command, and its end. The TA sees request and answer in memory of their own: from
 * the first copy on the request cannot be read again, and the answer can be written once, and never
 * be read; a TA that tries is killed. answer_len is the answer buffer's size, and the answer's
 * length on return. The result is the TA's: TEE_SUCCESS is 0, TEE_ERROR_TARGET_DEAD 0xffff3024 if
 * it panicked (the next call finds a new instance), or TEE_FAKE_POWER_CUT. */
uint32_t tee_fake_invoke(
	uint32_t cmd, const void *request, size_t request_len, void *answer, size_t *answer_len);
/* The same, with parameter types and sizes as given, true or not. */
uint32_t tee_fake_invoke_raw(uint32_t cmd, uint32_t types, const void *request, size_t request_len,
	void *answer, size_t *answer_len);
