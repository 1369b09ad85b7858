/* SPDX-License-Identifier: BSD-2-Clause */
/* The trust source "tpm" from a shell, for the tests: seals, opens and describes through the same
 * calls that the keyring makes. S and the authorisation value are shown and given in hex, which is
 * why this is a test program.
 *	drive TCTI seal POLICY AUTH|- BLOBFILE       prints S
 *	drive TCTI open POLICY AUTH|- BLOBFILE       prints S
 *	drive TCTI describe [POLICY BLOBFILE]        prints name=value lines
 * Options by environment: LOCK (lock file), TPM_MS, QUEUE_MS, LOG (as BULLA_LOG); TIMES (one
 *process asks so often, with pauses of PAUSE_MS). The exit status is the last err_code; the count
 *stands on standard error. */
#include "log.h"
#include "trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static unsigned number(const char *name, unsigned otherwise)
{
	const char *s = getenv(name);

	return s == NULL ? otherwise : (unsigned) strtoul(s, NULL, 10);
}

static void count_show(const struct trust_count *n)
{
	fprintf(stderr, "count known=%d locked=%d failed=%u max=%u interval=%u recovery=%u\n",
		n->known, n->locked, n->failed, n->max, n->interval_s, n->recovery_s);
}

static void s_show(const struct secret *s)
{
	char hex[2 * TRUST_S_LEN + 1];

	bytes_hex(secret_view(s), hex);
	puts(hex);
}

static bool auth_read(const char *text, struct secret **ret)
{
	uint8_t auth[TRUST_AUTH_LEN];

	if (strcmp(text, "-") == 0)
		return true;
	return strlen(text) == 2 * sizeof(auth) && bytes_from_hex(text, auth, sizeof(auth)) &&
	       secret_copy_in(BYTES_OF(auth), ret).code == E_OK;
}

static struct err do_seal(const struct trust_env *env, const struct policy *p,
	const struct secret *auth, const char *file)
{
	const struct trust_ops *ops;
	const struct trust_wish wish = {.policy = p, .auth = auth};
	struct trust_count n = {0};
	struct err e;
	FILE *f;

	BUF(blob);
	SECRET(s);

	TRY(trust_find("tpm", &ops));
	e = ops->seal(env, &wish, &blob, &s, &n);
	count_show(&n);
	TRY(e);
	f = fopen(file, "wb");
	if (f == NULL || fwrite(blob.ptr, 1, blob.len, f) != blob.len || fclose(f) != 0)
		return ERR(E_IO);
	s_show(s);
	return OK;
}

static struct err blob_load(const char *file, struct buf *ret)
{
	FILE *f = fopen(file, "rb");
	uint8_t *p;
	size_t n;

	if (f == NULL)
		return ERR(E_IO);
	TRY(buf_grow(ret, TRUST_BLOB_MAX + 1, &p));
	n = fread(p, 1, TRUST_BLOB_MAX + 1, f);
	ret->len = n;
	fclose(f);
	return OK;
}

static struct err do_open(const struct trust_env *env, const struct policy *p,
	const struct secret *auth, const char *file)
{
	const struct trust_ops *ops;
	struct trust_count n = {0};
	struct err e;

	BUF(blob);
	SECRET(s);

	TRY(trust_find("tpm", &ops));
	TRY(blob_load(file, &blob));
	e = ops->open(env, buf_bytes(&blob), p, auth, &s, &n);
	count_show(&n);
	TRY(e);
	s_show(s);
	return OK;
}

static struct err do_describe(const struct trust_env *env, const struct policy *p, const char *file)
{
	static const char *const states[] = {
		"opens", "unavailable", "foreign", "pcr-changed", "locked", "broken"};
	const struct trust_ops *ops;
	struct trust_info i;

	BUF(blob);

	TRY(trust_find("tpm", &ops));
	if (file != NULL)
		TRY(blob_load(file, &blob));
	TRY(ops->describe(env, buf_bytes(&blob), file == NULL ? NULL : p, &i));
	printf("state=%s\nchanged_pcrs=%x\ndetail=%s\nmaker=%s\nvendor=%s\nfirmware=%s\nspec=%s\n",
		states[i.state], i.changed_pcrs, i.detail, i.maker, i.vendor, i.firmware, i.spec);
	printf("software=%d\nowner_auth_set=%d\nlockout_auth_set=%d\nendorsement_auth_set=%d\n",
		i.software, i.owner_auth_set, i.lockout_auth_set, i.endorsement_auth_set);
	printf("srk_persistent=%d\nbanks=%x\nzero_banks=%x\nreset_count=%llu\nrestart_count=%llu\n",
		i.srk_persistent, i.banks, i.zero_banks, (unsigned long long) i.reset_count,
		(unsigned long long) i.restart_count);
	printf("failed=%u\nmax=%u\nlocked=%d\n", i.count.failed, i.count.max, i.count.locked);
	return OK;
}

static struct err run(int argc, char **argv)
{
	struct trust_env env = {.tcti = argv[1],
		.lock_path = getenv("LOCK"),
		.tpm_timeout_ms = number("TPM_MS", 10000),
		.queue_timeout_ms = number("QUEUE_MS", 60000)};
	static struct trust_silence silence;
	struct policy p = {0};

	SECRET(auth);

	env.silence = &silence;
	if (argc >= 4)
		TRY(policy_parse(argv[3], true, &p));
	if (strcmp(argv[2], "describe") == 0)
		return do_describe(&env, &p, argc >= 5 ? argv[4] : NULL);
	if (argc != 6 || !auth_read(argv[4], &auth))
		return ERR(E_INVALID);
	if (strcmp(argv[2], "seal") == 0)
		return do_seal(&env, &p, auth, argv[5]);
	if (strcmp(argv[2], "open") == 0)
		return do_open(&env, &p, auth, argv[5]);
	return ERR(E_INVALID);
}

int main(int argc, char **argv)
{
	struct timespec pause = {.tv_sec = number("PAUSE_MS", 0) / 1000,
		.tv_nsec = (long) (number("PAUSE_MS", 0) % 1000) * 1000000};
	struct err e = ERR(E_INVALID);

	log_open(getenv("LOG"));
	for (unsigned n = number("TIMES", 1); argc >= 3 && n > 0; n--) {
		e = run(argc, argv);
		if (n > 1)
			nanosleep(&pause, NULL);
	}
	if (e.code != E_OK)
		fprintf(stderr, "error %s\n", err_str(e));
	return (int) e.code;
}
