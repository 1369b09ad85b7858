/* SPDX-License-Identifier: BSD-2-Clause */
/* See esys.h. Everything that a TPM answers is translated here, once. */
#include "esys.h"

#include "broken.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>
#include <unistd.h>

#define SESSION_FLAGS  (TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT | TPMA_SESSION_CONTINUESESSION)
#define PAUSE_FIRST_MS 20u
#define PAUSE_MAX_MS   1000u

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
}

struct err esys_fail(struct esys *x, enum err_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(x->detail, sizeof(x->detail), format, args);
	va_end(args);
	/* names and texts from outside end up on terminals */
	for (char *p = x->detail; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	return ERR(code);
}

/* Loading a TCTI by any name would be loading any code: these are the ones that speak to a TPM. */
static bool tcti_known(const char *name)
{
	static const char *const known[] = {"device", "swtpm", "mssim", "tabrmd"};
	size_t len = strcspn(name, ":");

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strlen(known[i]) == len && strncmp(known[i], name, len) == 0)
			return true;
	return false;
}

/* The TSS says "IO failure" to everything: a device file tells more. */
static const char *connect_reason(const struct esys *x, const char *name)
{
	static const char device[] = "device:";

	if (strncmp(name, device, strlen(device)) != 0 ||
		access(name + strlen(device), R_OK | W_OK) == 0)
		return Tss2_RC_Decode(x->rc);
	return errno == EACCES ? "you may not open it (its group may)" : strerror(errno);
}

static struct err esys_connect(struct esys *x, const char *name)
{
	x->rc = Tss2_TctiLdr_Initialize(name, &x->tcti);
	if (x->rc != TSS2_RC_SUCCESS)
		return esys_fail(
			x, E_UNAVAILABLE, "cannot reach %s: %s", name, connect_reason(x, name));
	x->rc = Esys_Initialize(&x->ctx, x->tcti, NULL);
	if (x->rc != TSS2_RC_SUCCESS)
		return esys_fail(x, E_UNAVAILABLE, "Esys_Initialize: %s", Tss2_RC_Decode(x->rc));
	return OK;
}

struct err esys_open(struct esys *x, struct bytes tcti, uint32_t timeout_ms)
{
	char name[512];

	*x = (struct esys){.enc = ESYS_TR_NONE, .deadline_ms = now_ms() + timeout_ms};
	if (tcti.len >= sizeof(name) || (tcti.len > 0 && memchr(tcti.ptr, 0, tcti.len) != NULL))
		return esys_fail(x, E_INVALID, "the TCTI's name makes no sense");
	memset(name, 0, sizeof(name));
	if (tcti.len > 0)
		memcpy(name, tcti.ptr, tcti.len);
	if (!tcti_known(name))
		return esys_fail(
			x, E_INVALID, "%s: no TCTI of these: device, swtpm, mssim, tabrmd", name);
	return esys_connect(x, name);
}

void esys_close(struct esys *x)
{
	if (x->ctx != NULL)
		Esys_Finalize(&x->ctx);
	if (x->tcti != NULL)
		Tss2_TctiLdr_Finalize(&x->tcti);
}

/* ---- response codes ---- */

/* A TPM's own code: from the TPM, or from a resource manager in its name (the kernel's says so in
 * the layer that the specification has for a manager's own codes). */
static bool rc_of_tpm(TSS2_RC rc)
{
	TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;

	return layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER ||
	       layer == TSS2_RESMGR_RC_LAYER;
}

TSS2_RC esys_rc_base(TSS2_RC rc)
{
	if (!rc_of_tpm(rc))
		return rc;
	rc &= 0xffff;
	return (rc & TPM2_RC_FMT1) != 0 ? rc & (TPM2_RC_FMT1 | 0x3f) : rc;
}

/* Send it again after a pause: the TPM is busy, or out of slots that somebody else holds. */
static bool rc_again(TSS2_RC rc)
{
	static const TSS2_RC again[] = {TPM2_RC_RETRY, TPM2_RC_TESTING, TPM2_RC_YIELDED,
		TPM2_RC_NV_RATE, TPM2_RC_NV_UNAVAILABLE, TPM2_RC_CANCELED, TPM2_RC_OBJECT_MEMORY,
		TPM2_RC_SESSION_MEMORY, TPM2_RC_MEMORY, TPM2_RC_OBJECT_HANDLES,
		TPM2_RC_SESSION_HANDLES};

	if ((rc & ~TSS2_RC_LAYER_MASK) == TSS2_BASE_RC_TRY_AGAIN)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(again); i++)
		if (esys_rc_base(rc) == again[i])
			return true;
	return false;
}

/* What a command stood on is gone: the machine slept, the TPM was reset, or a resource manager lost
 * it. */
static bool rc_lost(TSS2_RC rc)
{
	rc = esys_rc_base(rc);
	return (rc >= TPM2_RC_REFERENCE_H0 && rc <= TPM2_RC_REFERENCE_H6) ||
	       (rc >= TPM2_RC_REFERENCE_S0 && rc <= TPM2_RC_REFERENCE_S6) || rc == TPM2_RC_HANDLE ||
	       rc == TPM2_RC_CONTEXT_GAP;
}

static enum err_code rc_code(const struct esys_cmd *c)
{
	TSS2_RC rc = esys_rc_base(c->rc);

	if (rc == TPM2_RC_PCR_CHANGED || rc_lost(rc))
		return E_CONFLICT;
	if (rc_again(c->rc))
		return E_BUSY;
	if (rc == TPM2_RC_LOCKOUT)
		return E_LOCKED;
	if ((rc == TPM2_RC_AUTH_FAIL || rc == TPM2_RC_BAD_AUTH) &&
		strcmp(c->name, "TPM2_Unseal") == 0)
		return E_AUTH;
	if (rc == TPM2_RC_INTEGRITY && strcmp(c->name, "TPM2_Load") == 0)
		return E_FOREIGN;
	if (rc == TPM2_RC_POLICY_FAIL || rc == TPM2_RC_POLICY)
		return E_POLICY;
	if (rc == TPM2_RC_COMMAND_CODE)
		return E_UNSUPPORTED;
	return E_UNAVAILABLE;
}

/* ---- commands ---- */

struct esys_cmd esys_cmd(struct esys *x, const char *name)
{
	return (struct esys_cmd){.x = x, .name = name};
}

/* Sets the flags and looks whether they are set: see fact 10 of the card. */
static TSS2_RC enc_arm(struct esys *x)
{
	TPMA_SESSION flags = 0;
	TSS2_RC rc;

	if (x->enc == ESYS_TR_NONE || BROKEN("session-rearm"))
		return TSS2_RC_SUCCESS;
	rc = Esys_TRSess_SetAttributes(x->ctx, x->enc, SESSION_FLAGS, 0xff);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_TRSess_GetAttributes(x->ctx, x->enc, &flags);
	if (rc == TSS2_RC_SUCCESS && flags != SESSION_FLAGS)
		rc = TSS2_ESYS_RC_BAD_SEQUENCE;
	return rc;
}

static void cmd_pause(struct esys_cmd *c)
{
	uint64_t now = now_ms();
	unsigned shift = c->sent > 6 ? 6 : c->sent - 1;
	uint64_t ms = PAUSE_FIRST_MS << shift;
	struct timespec t;

	if (ms > PAUSE_MAX_MS)
		ms = PAUSE_MAX_MS;
	if (now + ms > c->x->deadline_ms)
		ms = c->x->deadline_ms > now ? c->x->deadline_ms - now : 0;
	t = (struct timespec){
		.tv_sec = (time_t) (ms / 1000), .tv_nsec = (long) (ms % 1000) * 1000000};
	nanosleep(&t, NULL);
}

/* A TPM that no resource manager and no firmware has started yet: only ever a software one. */
static bool cmd_started(struct esys_cmd *c)
{
	return esys_rc_base(c->rc) == TPM2_RC_INITIALIZE && c->sent == 1 &&
	       Esys_Startup(c->x->ctx, TPM2_SU_CLEAR) == TSS2_RC_SUCCESS;
}

static bool rc_no_room(TSS2_RC rc)
{
	rc = esys_rc_base(rc);
	return rc == TPM2_RC_OBJECT_MEMORY || rc == TPM2_RC_SESSION_MEMORY ||
	       rc == TPM2_RC_OBJECT_HANDLES || rc == TPM2_RC_SESSION_HANDLES;
}

/* Flushes what others left behind; true if there was anything. */
static bool cmd_made_room(struct esys_cmd *c)
{
	struct esys *x = c->x;
	bool any = false;
	ESYS_TR tr;

	if (!rc_no_room(c->rc))
		return false;
	while (x->left_count > 0) {
		x->left_count--;
		if (Esys_TR_FromTPMPublic(x->ctx, x->left[x->left_count], ESYS_TR_NONE,
			    ESYS_TR_NONE, ESYS_TR_NONE, &tr) == TSS2_RC_SUCCESS &&
			Esys_FlushContext(x->ctx, tr) == TSS2_RC_SUCCESS)
			any = true;
	}
	return any;
}

bool esys_next(struct esys_cmd *c)
{
	TSS2_RC rc;

	if (c->sent > 0) {
		if (c->rc == TSS2_RC_SUCCESS)
			return false;
		if (!cmd_started(c) && !cmd_made_room(c)) {
			if (!rc_again(c->rc) || now_ms() >= c->x->deadline_ms)
				return false;
			cmd_pause(c);
		}
	}
	rc = enc_arm(c->x);
	if (rc != TSS2_RC_SUCCESS) {
		c->rc = rc;
		return false;
	}
	c->sent++;
	return true;
}

struct err esys_result(struct esys_cmd *c)
{
	enum err_code code;

	if (c->rc == TSS2_RC_SUCCESS)
		return OK;
	code = rc_code(c);
	c->x->rc = c->rc;
	return esys_fail(c->x, code, "%s: %s (0x%x)", c->name, Tss2_RC_Decode(c->rc), c->rc);
}

void esys_tr_done(struct esys_tr *t)
{
	if (t->tr == ESYS_TR_NONE)
		return;
	if (t->x->enc == t->tr)
		t->x->enc = ESYS_TR_NONE;
	/* a policy session that served its purpose is gone already: no matter */
	if (t->persistent || Esys_FlushContext(t->x->ctx, t->tr) != TSS2_RC_SUCCESS)
		Esys_TR_Close(t->x->ctx, &t->tr);
	t->tr = ESYS_TR_NONE;
	t->persistent = false;
}

struct err esys_session(
	struct esys *x, TPM2_SE type, ESYS_TR salt, ESYS_TR bind, struct esys_tr *ret)
{
	static const TPMT_SYM_DEF aes = {
		.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB};
	struct esys_cmd c = esys_cmd(x, "TPM2_StartAuthSession");

	while (esys_next(&c))
		c.rc = Esys_StartAuthSession(x->ctx, salt, bind, ESYS_TR_NONE, ESYS_TR_NONE,
			ESYS_TR_NONE, NULL, type, &aes, TPM2_ALG_SHA256, &ret->tr);
	TRY(esys_result(&c));
	/* the flags of the first use; esys_next keeps them so */
	c.rc = Esys_TRSess_SetAttributes(
		x->ctx, ret->tr, type == TPM2_SE_HMAC ? SESSION_FLAGS : 0, 0xff);
	return esys_result(&c);
}

ESYS_TR esys_enc(const struct esys *x)
{
	return BROKEN("param-encryption") ? ESYS_TR_NONE : x->enc;
}

/* ---- what is loaded already ---- */

static struct err leftovers_add(struct esys *x, TPM2_HANDLE first)
{
	struct esys_cmd c = esys_cmd(x, "TPM2_GetCapability");
	_cleanup_(esys_freep) TPMS_CAPABILITY_DATA *data = NULL;
	TPMI_YES_NO more;

	while (esys_next(&c))
		c.rc = Esys_GetCapability(x->ctx, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
			TPM2_CAP_HANDLES, first, ESYS_LEFT_MAX, &more, &data);
	TRY(esys_result(&c));
	if (data->capability != TPM2_CAP_HANDLES)
		return OK;
	for (uint32_t i = 0; i < data->data.handles.count && i < TPM2_MAX_CAP_HANDLES; i++)
		if (x->left_count < ESYS_LEFT_MAX)
			x->left[x->left_count++] = data->data.handles.handle[i];
	return OK;
}

/* TPM2_TRANSIENT_FIRST of tss2's header shifts a bit into the sign of an int. */
#define TRANSIENT_FIRST ((uint32_t) TPM2_HT_TRANSIENT << TPM2_HR_SHIFT)

struct err esys_leftovers(struct esys *x)
{
	TRY(leftovers_add(x, TRANSIENT_FIRST));
	return leftovers_add(x, TPM2_LOADED_SESSION_FIRST);
}

/* ---- properties ---- */

struct err esys_property(struct esys *x, TPM2_PT property, uint32_t *ret)
{
	struct esys_cmd c = esys_cmd(x, "TPM2_GetCapability");
	_cleanup_(esys_freep) TPMS_CAPABILITY_DATA *data = NULL;
	const TPML_TAGGED_TPM_PROPERTY *list;
	TPMI_YES_NO more;

	while (esys_next(&c))
		c.rc = Esys_GetCapability(x->ctx, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
			TPM2_CAP_TPM_PROPERTIES, property, 1, &more, &data);
	TRY(esys_result(&c));
	list = &data->data.tpmProperties;
	if (data->capability != TPM2_CAP_TPM_PROPERTIES || list->count != 1 ||
		list->tpmProperty[0].property != property)
		return esys_fail(x, E_UNSUPPORTED, "the TPM has no property 0x%x", property);
	*ret = list->tpmProperty[0].value;
	return OK;
}

struct err esys_count(struct esys *x, struct trust_count *ret)
{
	struct trust_count n = {.known = true};
	uint32_t permanent;

	TRY(esys_property(x, TPM2_PT_PERMANENT, &permanent));
	TRY(esys_property(x, TPM2_PT_LOCKOUT_COUNTER, &n.failed));
	TRY(esys_property(x, TPM2_PT_MAX_AUTH_FAIL, &n.max));
	TRY(esys_property(x, TPM2_PT_LOCKOUT_INTERVAL, &n.interval_s));
	TRY(esys_property(x, TPM2_PT_LOCKOUT_RECOVERY, &n.recovery_s));
	n.locked = (permanent & TPMA_PERMANENT_INLOCKOUT) != 0;
	*ret = n;
	return OK;
}

void esys_sensitive_done(TPM2B_SENSITIVE_DATA **p)
{
	if (*p != NULL)
		OPENSSL_cleanse(*p, sizeof(**p));
	Esys_Free(*p);
	*p = NULL;
}
