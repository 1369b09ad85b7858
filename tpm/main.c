/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper program that alone speaks to a TPM: reads one request from descriptor 3, answers it,
 * and ends with all that it held. Started by the module for one seal, one opening or one
 * description (docs/decisions/0007); of no use by hand. */
#include "harden.h"
#include "tpm_info.h"
#include "tpm_proto.h"
#include "tpm_seal.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Beyond the deadline of a request. Whoever started us ends us long before, and says so; this is
 * for the day on which nobody is there to do so. */
#define GRACE_MS    30000u
#define TIMEOUT_MAX 600000u /* ms */

/* All that a request brings and all that goes back; wiped at the end. */
struct talk {
	uint8_t in[TPM_PROTO_MAX], out[TPM_PROTO_MAX];
	struct tpm_frame request;
	struct tpm_writer answer;
	struct esys x;
	struct policy policy;
	struct tpm_blob blob;
	uint8_t s[TPM_S_LEN];
	bool memory_locked, confined;
};

static void talk_done(struct talk **t)
{
	if (*t != NULL) {
		OPENSSL_cleanse(*t, sizeof(**t));
		free(*t);
	}
	*t = NULL;
}

static bool read_all(uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t got = read(TPM_HELPER_FD, p, n);

		if (got <= 0)
			return false;
		p += got;
		n -= (size_t) got;
	}
	return true;
}

static struct err request_read(struct talk *t)
{
	size_t len;

	if (!read_all(t->in, 4))
		return ERR(E_IO);
	TRY(tpm_frame_len(t->in, &len));
	if (!read_all(t->in + 4, len - 4))
		return ERR(E_IO);
	return tpm_frame_read(BYTES(t->in, len), &t->request);
}

/* From now on the end of the other side is ours: the kernel sends SIGIO, which kills. */
static void follow_peer(bool on)
{
	struct pollfd p = {.fd = TPM_HELPER_FD, .events = POLLIN};

	fcntl(TPM_HELPER_FD, F_SETOWN, getpid());
	fcntl(TPM_HELPER_FD, F_SETFL, on ? O_ASYNC : 0);
	if (on && poll(&p, 1, 0) != 0)
		_exit(1); /* it has gone already, or says what nobody asked for */
}

static void alarm_set(uint32_t timeout_ms)
{
	uint32_t ms = timeout_ms + GRACE_MS;
	const struct itimerval at = {.it_value = {.tv_sec = (time_t) (ms / 1000),
					     .tv_usec = (suseconds_t) (ms % 1000) * 1000}};

	setitimer(ITIMER_REAL, &at, NULL);
}

/* What each way to a TPM needs, and whether a resource manager stands in between. */
struct way {
	const char *prefix;
	unsigned sandbox;
	bool managed;
};

static struct way way_of(struct bytes tcti)
{
	static const struct way ways[] = {
		{"device", 0, true},
		{"swtpm", SANDBOX_NET, false},
		{"mssim", SANDBOX_NET, false},
		{"tabrmd", SANDBOX_NET | SANDBOX_THREADS, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		if (tcti.len >= strlen(ways[i].prefix) &&
			memcmp(tcti.ptr, ways[i].prefix, strlen(ways[i].prefix)) == 0)
			return ways[i];
	return (struct way){.managed = true};
}

/* The policy and, where one is due, the authorisation value. */
static struct err request_policy(struct talk *t, bool opens)
{
	struct bytes auth = t->request.field[TPM_TAG_AUTH];
	struct reader r = reader_of(t->request.field[TPM_TAG_POLICY]);

	if (policy_read(&r, &t->policy).code != E_OK || reader_end(&r).code != E_OK)
		return esys_fail(&t->x, E_INVALID, "the request's policy makes no sense");
	if (!opens)
		return OK;
	/* a trailing zero would be trimmed by the TPM and not by every tpm2-tss */
	if (t->policy.pin ? auth.len != TPM_AUTH_LEN || auth.ptr[TPM_AUTH_LEN - 1] == 0
			  : auth.ptr != NULL)
		return esys_fail(&t->x, E_INVALID, "the request's authorisation makes no sense");
	return OK;
}

static struct err request_blob(struct talk *t)
{
	struct err e = tpm_blob_read(t->request.field[TPM_TAG_BLOB], &t->policy, &t->blob);

	if (e.code != E_OK)
		return esys_fail(
			&t->x, e.code, "the seal's blob is damaged, or of a newer version");
	return OK;
}

static struct err op_seal(struct talk *t)
{
	BUF(blob);

	TRY(request_policy(t, true));
	TRY(tpm_seal(&t->x, &t->policy, t->request.field[TPM_TAG_AUTH], &blob, t->s));
	TRY(tpm_frame_put(&t->answer, TPM_TAG_BLOB, buf_bytes(&blob)));
	return tpm_frame_put(&t->answer, TPM_TAG_S, BYTES_OF(t->s));
}

static struct err op_open(struct talk *t)
{
	TRY(request_policy(t, true));
	TRY(request_blob(t));
	TRY(tpm_open(&t->x, &t->blob, &t->policy, t->request.field[TPM_TAG_AUTH], t->s));
	return tpm_frame_put(&t->answer, TPM_TAG_S, BYTES_OF(t->s));
}

static enum trust_state state_of(struct err e)
{
	switch (e.code) {
	case E_OK:
		return TRUST_OPENS;
	case E_POLICY:
		return TRUST_PCR_CHANGED;
	case E_FOREIGN:
		return TRUST_FOREIGN;
	case E_LOCKED:
		return TRUST_LOCKED;
	case E_UNAVAILABLE:
	case E_BUSY:
		return TRUST_UNAVAILABLE;
	default:
		return TRUST_BROKEN;
	}
}

static struct err op_describe(struct talk *t)
{
	struct trust_info i = {0};
	struct err e = OK;
	BUF(b);

	TRY(tpm_info(&t->x, &i));
	if (t->request.field[TPM_TAG_BLOB].len > 0) {
		e = request_policy(t, false);
		if (e.code == E_OK)
			e = request_blob(t);
		if (e.code == E_OK)
			e = tpm_try(&t->x, &t->blob, &t->policy, &i.changed_pcrs);
		if (e.code == E_OK && t->policy.pin && i.count.locked)
			e = esys_fail(&t->x, E_LOCKED, "too many wrong PINs");
	}
	i.state = state_of(e);
	if (e.code != E_OK)
		snprintf(i.detail, sizeof(i.detail), "%s", t->x.detail);
	TRY(trust_info_put(&i, &b));
	return tpm_frame_put(&t->answer, TPM_TAG_INFO, buf_bytes(&b));
}

static enum tpm_status status_of(struct err e)
{
	switch (e.code) {
	case E_OK:
		return TPM_ST_OK;
	case E_AUTH:
		return TPM_ST_AUTH;
	case E_LOCKED:
		return TPM_ST_LOCKED;
	case E_POLICY:
		return TPM_ST_POLICY;
	case E_FOREIGN:
		return TPM_ST_FOREIGN;
	case E_UNAVAILABLE:
	case E_CONFLICT: /* lost what it stood on, again and again */
	case E_IO:
		return TPM_ST_UNAVAILABLE;
	case E_BUSY:
		return TPM_ST_BUSY;
	case E_CORRUPT:
	case E_VERSION:
		return TPM_ST_CORRUPT;
	case E_UNSUPPORTED:
		return TPM_ST_UNSUPPORTED;
	case E_INVALID:
		return TPM_ST_INVALID;
	default:
		return TPM_ST_INTERNAL;
	}
}

/* Does the work; what it has to say stands in t->answer, under a status to be filled in. */
static struct err request_run(struct talk *t)
{
	static struct err (*const ops[])(struct talk *) = {
		[TPM_OP_SEAL] = op_seal,
		[TPM_OP_OPEN] = op_open,
		[TPM_OP_DESCRIBE] = op_describe,
	};
	struct bytes tcti = t->request.field[TPM_TAG_TCTI];
	uint32_t timeout_ms;

	if (t->request.code >= ARRAY_LEN(ops) || ops[t->request.code] == NULL)
		return esys_fail(&t->x, E_INVALID, "unknown request");
	if (tpm_frame_u32(&t->request, TPM_TAG_TIMEOUT, &timeout_ms).code != E_OK ||
		timeout_ms == 0 || timeout_ms > TIMEOUT_MAX)
		return esys_fail(&t->x, E_INVALID, "the request's time limit makes no sense");
	alarm_set(timeout_ms);
	TRY(esys_open(&t->x, tcti, timeout_ms));
	t->confined = harden_sandbox(way_of(tcti).sandbox);
	if (!way_of(tcti).managed)
		TRY(esys_leftovers(&t->x));
	return ops[t->request.code](t);
}

/* The dictionary attack counter goes with every answer that had a TPM behind it. */
static struct err answer_count(struct talk *t)
{
	struct trust_count n;
	BUF(b);

	if (t->x.ctx == NULL || esys_count(&t->x, &n).code != E_OK)
		return OK;
	TRY(trust_count_put(&n, &b));
	return tpm_frame_put(&t->answer, TPM_TAG_COUNT, buf_bytes(&b));
}

static struct err answer_make(struct talk *t)
{
	struct tpm_writer fresh = {.ptr = t->out, .cap = sizeof(t->out)};
	char detail[sizeof(t->x.detail)];
	enum tpm_status status;
	TSS2_RC rc;
	struct err e;

	t->answer = fresh;
	TRY(tpm_frame_begin(&t->answer, TPM_ST_OK));
	e = request_run(t);
	status = status_of(e);
	rc = t->x.rc;
	memcpy(detail, t->x.detail, sizeof(detail));
	if (e.code != E_OK) {
		OPENSSL_cleanse(t->out, t->answer.len);
		t->answer = fresh;
		TRY(tpm_frame_begin(&t->answer, (uint8_t) status));
		TRY(tpm_frame_put(&t->answer, TPM_TAG_DETAIL, bytes_str(detail)));
		TRY(tpm_frame_put_u32(&t->answer, TPM_TAG_RC, rc));
	} else if (!t->memory_locked || !t->confined) {
		TRY(tpm_frame_put(&t->answer, TPM_TAG_DETAIL,
			bytes_str(t->confined ? "the helper's memory could not be locked"
					      : "the helper could not be confined")));
	}
	TRY(answer_count(t));
	esys_close(&t->x);
	return tpm_frame_end(&t->answer);
}

static bool answer_write(const struct talk *t)
{
	for (size_t at = 0; at < t->answer.len;) {
		ssize_t n = send(TPM_HELPER_FD, t->out + at, t->answer.len - at, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		at += (size_t) n;
	}
	return true;
}

int main(void)
{
	_cleanup_(talk_done) struct talk *t = NULL;
	int type;
	bool locked;

	harden_process();
	setenv("TSS2_LOG", "all+none", 1); /* the TSS would write what it thinks to stderr */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return 1;
	locked = harden_memory();
	if (getsockopt(TPM_HELPER_FD, SOL_SOCKET, SO_TYPE, &type, &(socklen_t){sizeof(type)}) !=
		0) {
		fputs("bulla-tpm: started by bulla's module, of no use by hand\n", stderr);
		return 2;
	}
	alarm_set(TIMEOUT_MAX);
	t = calloc(1, sizeof(*t));
	if (t == NULL || request_read(t).code != E_OK)
		return 1;
	t->memory_locked = locked;
	follow_peer(true);
	if (answer_make(t).code != E_OK)
		return 1;
	follow_peer(false);
	return answer_write(t) ? 0 : 1;
}
