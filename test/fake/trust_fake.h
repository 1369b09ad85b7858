/* SPDX-License-Identifier: BSD-2-Clause */
/* A trust source for tests that protects nothing: its blob holds S, the authorisation value and the
 * policy in plaintext. The file named by the environment variable BULLA_FAKE tells it what to do,
 * in words separated by white space, read at each call:
 *
 *   fail=E_UNAVAILABLE   every seal and open answers this code (any name of enum err_code)
 *   fail-seal=E_CODE     seals only
 *   fail-open=E_CODE     opens only
 *   state=N              describe answers this enum trust_state
 *   pcr-changed=7        this PCR is not what it was; may stand there several times
 *   foreign=1            the blob is another source's
 *   any-auth=1           a broken source: it opens for any authorisation value
 *   max=3                so many wrong tries lock (default 32)
 *   interval=10          one failure is forgotten after so many seconds (default 7200)
 *   now=1000             seconds since 1970, instead of the clock
 *
 * FILE.count beside it keeps, as text, "failed counted_at seals opens describes": what the source
 * would keep for itself, and how often it was asked. Without BULLA_FAKE nothing is counted. */
#pragma once

#include "trust.h"

extern const struct trust_ops trust_fake;
