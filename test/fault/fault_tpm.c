/* SPDX-License-Identifier: BSD-2-Clause */
/* Failure points of the TPM helper's work: sealing, opening, describing, against the software TPM
 * that BULLA_TCTI names (fault_tpm.sh starts one). After a failure nothing half-made is handed out,
 * no PIN try is spent, and the seal opens. */
#include "nth.h"
#include "ossl.h"
#include "tpm_info.h"
#include "tpm_seal.h"

#include <stdio.h>
#include <stdlib.h>

static const struct policy policy = {.pin = true, .bank = BANK_SHA256, .pcrs = 1u << 7};
static uint8_t auth[TPM_AUTH_LEN];

/* A seal that opens, made once. */
static struct buf made;
static uint8_t made_s[TPM_S_LEN];

struct scene {
	struct esys x;
	struct buf blob;
	uint8_t s[TPM_S_LEN];
	struct trust_info info;
};

static struct err scene_open(struct esys *x)
{
	TRY(esys_open(x, bytes_str(getenv("BULLA_TCTI")), 5000));
	return esys_leftovers(x);
}

static struct err made_open(struct esys *x, uint8_t s[static TPM_S_LEN])
{
	struct tpm_blob b;

	TRY(scene_open(x));
	TRY(tpm_blob_read(buf_bytes(&made), &policy, &b));
	return tpm_open(x, &b, &policy, BYTES_OF(auth), s);
}

static void *setup(void)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct esys x;

	if (s == NULL)
		abort();
	memset(auth, 0xa1, sizeof(auth));
	if (made.len == 0) {
		if (scene_open(&x).code != E_OK ||
			tpm_seal(&x, &policy, BYTES_OF(auth), &made, made_s).code != E_OK)
			abort();
		esys_close(&x);
	}
	ossl_done();
	return s;
}

static void done(void *arg)
{
	struct scene *s = arg;

	buf_done(&s->blob);
	free(s);
}

static bool run_seal(void *arg)
{
	struct scene *s = arg;
	struct err e = scene_open(&s->x);

	if (e.code == E_OK)
		e = tpm_seal(&s->x, &policy, BYTES_OF(auth), &s->blob, s->s);
	esys_close(&s->x);
	return e.code == E_OK;
}

static bool run_open(void *arg)
{
	struct scene *s = arg;
	struct err e = made_open(&s->x, s->s);

	esys_close(&s->x);
	return e.code == E_OK;
}

static bool run_describe(void *arg)
{
	struct scene *s = arg;
	struct tpm_blob b;
	uint32_t changed;
	struct err e = scene_open(&s->x);

	if (e.code == E_OK)
		e = tpm_info(&s->x, &s->info);
	if (e.code == E_OK)
		e = tpm_blob_read(buf_bytes(&made), &policy, &b);
	if (e.code == E_OK)
		e = tpm_try(&s->x, &b, &policy, &changed);
	esys_close(&s->x);
	return e.code == E_OK;
}

/* The seal that was made before still opens, and nobody has spent a try. */
static bool whole(void)
{
	struct trust_count n = {.known = false};
	uint8_t s[TPM_S_LEN];
	struct esys x;
	bool is = made_open(&x, s).code == E_OK && esys_count(&x, &n).code == E_OK &&
		  n.failed == 0 && memcmp(s, made_s, sizeof(s)) == 0;

	esys_close(&x);
	return is;
}

static bool check_seal(void *arg, bool ok)
{
	struct scene *s = arg;
	struct tpm_blob b;

	if (!ok)
		return s->blob.len == 0 && whole();
	return tpm_blob_read(buf_bytes(&s->blob), &policy, &b).code == E_OK && whole();
}

static bool check_open(void *arg, bool ok)
{
	struct scene *s = arg;

	return (!ok || memcmp(s->s, made_s, sizeof(made_s)) == 0) && whole();
}

static bool check_describe(void *arg, bool ok)
{
	struct scene *s = arg;

	return (!ok || strcmp(s->info.maker, "IBM") == 0) && whole();
}

static const struct fault_case cases[] = {
	{"seal", setup, run_seal, check_seal, done},
	{"open", setup, run_open, check_open, done},
	{"describe", setup, run_describe, check_describe, done},
};

FAULT_MAIN("tpm", cases)
