/* SPDX-License-Identifier: BSD-2-Clause */
/* C_GetTokenInfo. Programs poll it: it reads the store at most, never asks the trust source. */
#include "login.h"
#include "token_priv.h"

static void padded(CK_UTF8CHAR *ret, size_t len, const char *text, size_t text_len)
{
	memset(ret, ' ', len);
	memcpy(ret, text, text_len < len ? text_len : len);
}

struct pin_flags {
	CK_FLAGS low, final, locked;
};

/* Of a source's own count. */
static uint32_t source_left(const struct trust_count *c)
{
	return c->max > c->failed ? c->max - c->failed : 0;
}

static CK_FLAGS pin_words(struct pin_flags f, bool locked, uint32_t failed, uint32_t left)
{
	if (locked)
		return f.low | f.locked;
	return (failed > 0 ? f.low : 0) | (left == 1 ? f.final : 0);
}

/* From the last answer that was recorded; store_budget_read forgets what time has healed. */
static CK_FLAGS pin_state(struct token *t, enum seal_role role, struct pin_flags f)
{
	struct store_budget b = {0};
	uint32_t left = UINT32_MAX, failed;

	if (store_budget_read(t->store, role, t->config->pin_tries, unlock_now_s(), &b).code !=
		E_OK)
		return 0;
	if (b.by_seal.known)
		return pin_words(f, b.by_seal.locked, b.by_seal.failed, source_left(&b.by_seal));
	failed = b.failed;
	if (b.allowed > 0)
		left = b.allowed > b.failed ? b.allowed - b.failed : 0;
	if (b.last.known && b.last.failed > 0) {
		failed = b.last.failed > failed ? b.last.failed : failed;
		left = source_left(&b.last) < left ? source_left(&b.last) : left;
	}
	return pin_words(f, b.locked, failed, left);
}

static CK_FLAGS token_flags(struct token *t)
{
	static const struct pin_flags user = {
		CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED};
	static const struct pin_flags so = {
		CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_LOCKED};
	CK_FLAGS flags = CKF_RNG | CKF_TOKEN_INITIALIZED;

	/* with seals of both kinds a login is a way in, but needed only where the others refuse */
	if (!t->summary.no_login || t->lazy_refused)
		flags |= CKF_LOGIN_REQUIRED;
	if (!t->summary.no_login || t->summary.user_pin)
		flags |= pin_state(t, ROLE_USER, user);
	if (t->summary.user)
		flags |= CKF_USER_PIN_INITIALIZED;
	if (t->summary.so)
		flags |= pin_state(t, ROLE_SO, so);
	if (!store_writable(t->store))
		flags |= CKF_WRITE_PROTECTED;
	return flags;
}

CK_RV token_info(struct token *t, CK_TOKEN_INFO *ret)
{
	CK_TOKEN_INFO info = {
		.ulMaxSessionCount = CK_EFFECTIVELY_INFINITE,
		.ulSessionCount = CK_UNAVAILABLE_INFORMATION,
		.ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE,
		.ulRwSessionCount = CK_UNAVAILABLE_INFORMATION,
		.ulMaxPinLen = PIN_LEN_MAX,
		.ulMinPinLen = PIN_LEN_MIN,
		.ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
		.ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
		.ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
		.ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
	};
	char model[20] = "Bulla";

	LOCKED(&t->lock);
	RV_TRY(load_record(t));
	if (strcmp(t->summary.source, "tpm") == 0)
		memcpy(model, "TPM", 4);
	else if (strcmp(t->summary.source, "tee") == 0)
		memcpy(model, "TEE", 4);
	else if (t->summary.source[0] != '\0')
		memcpy(model, t->summary.source, sizeof(t->summary.source));
	padded(info.label, sizeof(info.label), t->record.label, sizeof(t->record.label));
	padded(info.manufacturerID, sizeof(info.manufacturerID), "Bulla", 5);
	padded(info.model, sizeof(info.model), model, strnlen(model, sizeof(model)));
	padded(info.serialNumber, sizeof(info.serialNumber), t->record.serial,
		strnlen(t->record.serial, sizeof(t->record.serial)));
	memset(info.utcTime, ' ', sizeof(info.utcTime));
	info.flags = token_flags(t);
	*ret = info;
	return CKR_OK;
}
