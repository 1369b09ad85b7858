/* SPDX-License-Identifier: BSD-2-Clause */
/* See tee_talk.h. S, the owner and the authorisation value pass through the memory that is shared
 * with the TEE and through struct secret, nothing else. */
#include "tee_talk.h"

#include "log.h"
#include "ossl.h"

/* ---- requests ---- */

/* Written where the TEE reads it. */
struct request {
	uint8_t *ptr;
	size_t len;
};

static struct err request_put(struct request *r, struct bytes b)
{
	if (b.len > TA_REQUEST_MAX - r->len)
		return ERR(E_LIMIT);
	if (b.len > 0)
		memcpy(r->ptr + r->len, b.ptr, b.len);
	r->len += b.len;
	return OK;
}

static struct err request_u8(struct request *r, uint8_t v)
{
	return request_put(r, BYTES(&v, 1));
}

static struct err request_u32(struct request *r, uint32_t v)
{
	const uint8_t b[] = {
		(uint8_t) (v >> 24), (uint8_t) (v >> 16), (uint8_t) (v >> 8), (uint8_t) v};

	return request_put(r, BYTES_OF(b));
}

static struct err request_begin(struct teec *t, struct request *ret)
{
	*ret = (struct request){.ptr = teec_request(t)};
	return request_u8(ret, TA_PROTO_VERSION);
}

/* Without a PIN: zeros. */
static struct err request_auth(struct request *r, const struct secret *auth)
{
	static const uint8_t none[TA_AUTH_LEN];

	return request_put(r, auth == NULL ? BYTES_OF(none) : secret_view(auth));
}

static struct err request_random(struct request *r)
{
	if (TA_RANDOM_LEN > TA_REQUEST_MAX - r->len)
		return ERR(E_LIMIT);
	TRY(ossl_random_private(r->ptr + r->len, TA_RANDOM_LEN));
	r->len += TA_RANDOM_LEN;
	return OK;
}

/* What a new seal asks for: u8 pin | u32 tries | 32 random | 32 auth */
static struct err request_pin(struct request *r, const struct trust_wish *w)
{
	TRY(request_u8(r, w->policy->pin ? 1 : 0));
	TRY(request_u32(r, w->policy->pin ? TEE_TRIES : 0));
	TRY(request_random(r));
	return request_auth(r, w->auth);
}

struct err tee_blob_sound(struct bytes blob)
{
	if (blob.len > 0 && blob.ptr[0] > TA_BLOB_VERSION)
		return ERR(E_VERSION);
	return blob.len == TA_BLOB_LEN && blob.ptr[0] != 0 ? OK : ERR(E_CORRUPT);
}

/* ---- answers ---- */

static struct err answer_head(struct reader *r, struct tee_answer *ret)
{
	uint8_t version = 0, status = 0, flags = 0, zero = 0;
	uint32_t failed = 0, tries = 0;

	TRY(reader_u8(r, &version));
	TRY(reader_u8(r, &status));
	TRY(reader_u8(r, &flags));
	TRY(reader_u8(r, &zero));
	TRY(reader_u32(r, &failed));
	TRY(reader_u32(r, &tries));
	if (version > TA_PROTO_VERSION)
		return ERR(E_VERSION);
	if (version == 0 || status >= TA_ST_END || flags > 1 || zero != 0 || tries > TA_TRIES_MAX)
		return ERR(E_CORRUPT);
	ret->status = (enum ta_status) status;
	if (flags == 1)
		ret->count = (struct trust_count){.known = true,
			.locked = status == TA_ST_LOCKED || (tries > 0 && failed >= tries),
			.failed = failed,
			.max = tries};
	return OK;
}

static struct err form_err(struct err e)
{
	if (e.code == E_CORRUPT || e.code == E_VERSION)
		log_error("tee: the trusted application's answer is malformed, or a newer "
			  "version's");
	return e;
}

/* Sends the request and reads the head of the answer; *ret_left is what follows it, nothing where
 * the status is not ok. */
static struct err ask(struct teec *t, enum ta_cmd cmd, const struct request *rq,
	struct tee_answer *ret, struct reader *ret_left)
{
	struct tee_answer a = {0};
	struct reader r;
	struct bytes b;

	TRY(teec_invoke(t, cmd, rq->len, &b));
	r = reader_of(b);
	TRY(form_err(answer_head(&r, &a)));
	if (a.status != TA_ST_OK)
		TRY(form_err(reader_end(&r)));
	*ret = a;
	*ret_left = r;
	return OK;
}

static const struct {
	enum err_code err;
	const char *words; /* NULL: the code says it all */
} statuses[TA_ST_END] = {
	[TA_ST_OK] = {E_OK, NULL},
	[TA_ST_AUTH] = {E_AUTH, NULL},
	[TA_ST_LOCKED] = {E_LOCKED, "too many wrong PINs for this seal"},
	[TA_ST_IDENTITY] = {E_POLICY, "the seal is bound to another user or group"},
	[TA_ST_FOREIGN] = {E_FOREIGN, "the seal was made by another device, or for another "
				      "trusted application"},
	[TA_ST_REVOKED] = {E_FOREIGN, "the seal was replaced by a later one"},
	[TA_ST_GONE] = {E_FOREIGN, "the TEE has no record of this seal: it was destroyed, or the "
				   "secure storage was lost"},
	[TA_ST_CORRUPT] = {E_TAMPERED, "the seal is not what the trusted application made"},
	[TA_ST_INVALID] = {E_INTERNAL, "the trusted application does not understand the request"},
	[TA_ST_VERSION] = {E_VERSION, "the installed trusted application is older than this seal, "
				      "or than this program"},
	[TA_ST_OWNER] = {E_TAMPERED, "the seal belongs to another token"},
	[TA_ST_FULL] = {E_FULL, "the TEE's secure storage is full"},
	[TA_ST_STORAGE] = {E_IO, "the TEE's secure storage fails or is damaged"},
	[TA_ST_MEMORY] = {E_UNAVAILABLE, "the trusted application is out of memory"},
	[TA_ST_INTERNAL] = {E_UNAVAILABLE, "the trusted application failed"},
};

const char *tee_status_words(enum ta_status s)
{
	return statuses[s].words;
}

struct err tee_status_err(enum ta_status s, bool pin)
{
	if (statuses[s].words != NULL)
		log_error("tee: %s", statuses[s].words);
	return ERR(s == TA_ST_GONE && pin ? E_LOCKED : statuses[s].err);
}

static struct err s_take(struct reader *r, struct secret **ret)
{
	struct bytes s;

	TRY(reader_bytes(r, TA_S_LEN, &s));
	return secret_copy_in(s, ret);
}

/* ---- commands ---- */

void tee_made_done(struct tee_made *m)
{
	secret_free(&m->s);
}

/* The blob even if the rest fails: what is made can be destroyed by it. */
static struct err made_take(struct reader *r, struct tee_made *ret)
{
	struct bytes s;

	TRY(reader_bytes(r, TA_S_LEN, &s));
	TRY(reader_copy(r, ret->blob, sizeof(ret->blob)));
	TRY(reader_end(r));
	TRY(tee_blob_sound(BYTES_OF(ret->blob)));
	return secret_copy_in(s, &ret->s);
}

struct err tee_ask_seal(struct teec *t, const struct trust_wish *w, struct tee_answer *ret,
	struct tee_made *ret_made)
{
	static const uint8_t logins[] = {
		[POLICY_LOGIN_NONE] = TA_LOGIN_PUBLIC,
		[POLICY_LOGIN_PUBLIC] = TA_LOGIN_PUBLIC,
		[POLICY_LOGIN_USER] = TA_LOGIN_USER,
		[POLICY_LOGIN_GROUP] = TA_LOGIN_GROUP,
	};
	struct request rq;
	struct reader left;

	TRY(request_begin(t, &rq));
	TRY(request_u8(&rq, logins[w->policy->login]));
	TRY(request_pin(&rq, w));
	TRY(request_put(&rq, secret_view(w->owner)));
	TRY(ask(t, TA_CMD_SEAL, &rq, ret, &left));
	return ret->status == TA_ST_OK ? form_err(made_take(&left, ret_made)) : OK;
}

struct err tee_ask_change(struct teec *t, const struct trust_wish *w, struct tee_answer *ret,
	struct tee_made *ret_made)
{
	struct request rq;
	struct reader left;

	TRY(request_begin(t, &rq));
	TRY(request_pin(&rq, w));
	/* of now, and from then on: a seal stays its token's */
	TRY(request_put(&rq, secret_view(w->owner)));
	TRY(request_put(&rq, secret_view(w->owner)));
	TRY(request_put(&rq, w->before));
	TRY(ask(t, TA_CMD_CHANGE, &rq, ret, &left));
	return ret->status == TA_ST_OK ? form_err(made_take(&left, ret_made)) : OK;
}

static struct err s_only_take(struct reader *r, struct secret **ret)
{
	SECRET(s);

	TRY(s_take(r, &s));
	TRY(reader_end(r));
	*ret = TAKE(s);
	return OK;
}

struct err tee_ask_open(struct teec *t, struct bytes blob, const struct secret *auth,
	struct tee_answer *ret, struct secret **ret_s)
{
	struct request rq;
	struct reader left;

	TRY(request_begin(t, &rq));
	TRY(request_auth(&rq, auth));
	TRY(request_put(&rq, blob));
	TRY(ask(t, TA_CMD_OPEN, &rq, ret, &left));
	return ret->status == TA_ST_OK ? form_err(s_only_take(&left, ret_s)) : OK;
}

struct err tee_ask_owner(struct teec *t, enum ta_cmd cmd, struct bytes blob,
	const struct secret *owner, struct tee_answer *ret)
{
	struct request rq;
	struct reader left;

	TRY(request_begin(t, &rq));
	TRY(request_put(&rq, secret_view(owner)));
	TRY(request_put(&rq, blob));
	TRY(ask(t, cmd, &rq, ret, &left));
	return form_err(reader_end(&left));
}

static struct err text_read(struct reader *r, struct bytes *ret)
{
	uint8_t len = 0;

	TRY(reader_u8(r, &len));
	return reader_bytes(r, len, ret);
}

static struct err described_read(struct reader *r, bool asked, struct tee_described *ret)
{
	uint8_t version = 0, state = 0;

	TRY(reader_u8(r, &version));
	if (version > TA_INFO_VERSION)
		return ERR(E_VERSION);
	TRY(reader_u8(r, &state));
	TRY(reader_u32(r, &ret->flags));
	TRY(reader_u32(r, &ret->rollback));
	TRY(reader_u32(r, &ret->epoch));
	TRY(text_read(r, &ret->maker));
	TRY(text_read(r, &ret->vendor));
	TRY(text_read(r, &ret->firmware));
	TRY(reader_end(r));
	if (version == 0 || state > TA_STATE_CORRUPT || asked != (state != TA_STATE_NONE))
		return ERR(E_CORRUPT);
	ret->state = (enum ta_state) state;
	return OK;
}

struct err tee_ask_describe(
	struct teec *t, struct bytes blob, struct tee_answer *ret, struct tee_described *ret_d)
{
	struct request rq;
	struct reader left;

	TRY(request_begin(t, &rq));
	TRY(request_put(&rq, blob));
	TRY(ask(t, TA_CMD_DESCRIBE, &rq, ret, &left));
	if (ret->status != TA_ST_OK)
		return OK;
	return form_err(described_read(&left, blob.len > 0, ret_d));
}
