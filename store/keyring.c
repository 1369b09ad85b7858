/* SPDX-License-Identifier: BSD-2-Clause */
/* The trusted key and everything derived from it. Layouts: docs/formats.md. Every field of a HKDF
 * info or an AAD is length-prefixed. */
#include "keyring.h"

#include "broken.h"
#include "log.h"
#include "ossl.h"
#include "pin.h"
#include "seal.h"

#include <stdlib.h>
#include <time.h>

#define TK_LEN          32u
#define SEAL_VERSION    1u
#define SEAL_WRAPPED    (SEAL_OVERHEAD + TK_LEN)
#define SEAL_OWNER_INFO "bulla/1 owner"
#define BOX_VERSION     1u /* of a sealed object */
#define BOX_SALT_LEN    32u
#define MACS            3u

struct keyring {
	uint8_t token_id[ID_LEN];
	struct secret *tk;
	struct secret *macs[MACS]; /* subkeys by purpose */
};

/* ---- a seal's record ---- */

struct seal {
	struct seal_info info;
	struct pin_kdf kdf;   /* only if the policy has a PIN */
	struct bytes head;    /* everything before the wrapped key: it is its AAD */
	struct bytes wrapped; /* nonce, ciphertext, tag */
};

static struct err role_read(struct reader *r, enum seal_role *ret)
{
	uint8_t role = 0;

	TRY(reader_u8(r, &role));
	if (role < ROLE_USER || role > ROLE_MACHINE)
		return ERR(E_CORRUPT);
	*ret = (enum seal_role) role;
	return OK;
}

static struct err source_read(struct reader *r, char ret[static 16])
{
	struct bytes name;

	TRY(reader_lv(r, 15, &name));
	if (name.len == 0 || memchr(name.ptr, 0, name.len) != NULL)
		return ERR(E_CORRUPT);
	memcpy(ret, name.ptr, name.len);
	ret[name.len] = '\0';
	return OK;
}

static struct err policy_lv_read(struct reader *r, struct policy *ret)
{
	struct reader inner = {0};

	TRY(reader_lv(r, 64, &inner.left));
	TRY(policy_read(&inner, ret));
	return reader_end(&inner);
}

static struct err kdf_lv_read(struct reader *r, bool pin, struct pin_kdf *ret)
{
	struct reader inner = {0};

	TRY(reader_lv(r, 128, &inner.left));
	if (pin)
		TRY(pin_kdf_read(&inner, ret));
	return reader_end(&inner);
}

static struct err seal_read(struct bytes b, struct seal *ret)
{
	struct reader r = reader_of(b);
	struct seal s = {0};
	uint8_t version = 0;

	TRY(reader_u8(&r, &version));
	if (version > SEAL_VERSION)
		return ERR(E_VERSION);
	if (version == 0)
		return ERR(E_CORRUPT);
	TRY(reader_copy(&r, s.info.id, ID_LEN));
	TRY(role_read(&r, &s.info.role));
	TRY(source_read(&r, s.info.source));
	TRY(policy_lv_read(&r, &s.info.policy));
	TRY(reader_u64(&r, &s.info.created_s));
	TRY(kdf_lv_read(&r, s.info.policy.pin, &s.kdf));
	TRY(reader_lv(&r, TRUST_BLOB_MAX, &s.info.blob));
	s.head = BYTES(b.ptr, b.len - r.left.len);
	TRY(reader_bytes(&r, SEAL_WRAPPED, &s.wrapped));
	TRY(reader_end(&r));
	*ret = s;
	return OK;
}

struct err seal_info_read(struct bytes b, struct seal_info *ret)
{
	struct seal s;

	TRY(seal_read(b, &s));
	*ret = s.info;
	return OK;
}

static struct err seal_head_put(const struct seal *s, struct buf *ret)
{
	BUF(policy);
	BUF(kdf);

	TRY(policy_put(&s->info.policy, &policy));
	if (s->info.policy.pin)
		TRY(pin_kdf_put(&s->kdf, &kdf));
	TRY(buf_put_u8(ret, SEAL_VERSION));
	TRY(buf_put(ret, BYTES_OF(s->info.id)));
	TRY(buf_put_u8(ret, (uint8_t) s->info.role));
	TRY(buf_put_lv(ret, bytes_str(s->info.source)));
	TRY(buf_put_lv(ret, buf_bytes(&policy)));
	TRY(buf_put_u64(ret, s->info.created_s));
	TRY(buf_put_lv(ret, buf_bytes(&kdf)));
	return buf_put_lv(ret, s->info.blob);
}

static struct err seal_aad(
	const uint8_t token_id[static ID_LEN], struct bytes head, struct buf *ret)
{
	TRY(buf_put_lv(ret, bytes_str("bulla/1 seal")));
	TRY(buf_put_lv(ret, BYTES(token_id, ID_LEN)));
	return BROKEN("seal-aad") ? OK : buf_put_lv(ret, head);
}

/* ---- keys ---- */

static struct err kek_derive(const uint8_t token_id[static ID_LEN], const struct seal_info *i,
	const struct secret *s, const struct secret *kpin, struct secret **ret)
{
	size_t kpin_len = BROKEN("kpin") ? 0 : secret_len(kpin);
	const uint8_t role = (uint8_t) i->role;
	uint8_t digest[32];
	SECRET(ikm);
	SECRET(kek);
	BUF(info);

	TRY(policy_digest(&i->policy, digest));
	TRY(buf_put_lv(&info, bytes_str("bulla/1 kek")));
	TRY(buf_put_lv(&info, BYTES_OF(i->id)));
	TRY(buf_put_lv(&info, BYTES(&role, 1)));
	TRY(buf_put_lv(&info, BYTES_OF(digest)));
	TRY(secret_new(TRUST_S_LEN + kpin_len, &ikm));
	memcpy(secret_bytes(ikm), secret_view(s).ptr, TRUST_S_LEN);
	if (kpin_len > 0)
		memcpy(secret_bytes(ikm) + TRUST_S_LEN, secret_view(kpin).ptr, kpin_len);
	TRY(secret_new(SEAL_KEY_LEN, &kek));
	TRY(ossl_hkdf(secret_view(ikm), BYTES(token_id, ID_LEN), buf_bytes(&info),
		secret_bytes(kek), SEAL_KEY_LEN));
	*ret = TAKE(kek);
	return OK;
}

static struct err mac_key_derive(const struct keyring *k, uint8_t purpose, struct secret **ret)
{
	SECRET(key);
	BUF(info);

	TRY(buf_put_lv(&info, bytes_str("bulla/1 mac")));
	TRY(buf_put_lv(&info, BYTES_OF(k->token_id)));
	TRY(buf_put_lv(&info, BYTES(&purpose, 1)));
	TRY(secret_new(32, &key));
	TRY(ossl_hkdf(secret_view(k->tk), BYTES_NONE, buf_bytes(&info), secret_bytes(key), 32));
	*ret = TAKE(key);
	return OK;
}

/* Takes tk. */
static struct err keyring_new(
	const uint8_t token_id[static ID_LEN], struct secret **tk, struct keyring **ret)
{
	_cleanup_(keyring_free) struct keyring *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return ERR(E_NOMEM);
	memcpy(k->token_id, token_id, ID_LEN);
	k->tk = TAKE(*tk);
	for (uint8_t i = 0; i < MACS; i++)
		TRY(mac_key_derive(k, (uint8_t) (i + 1), &k->macs[i]));
	*ret = TAKE(k);
	return OK;
}

struct err keyring_create(const uint8_t token_id[static ID_LEN], struct keyring **ret)
{
	SECRET(tk);

	TRY(secret_random(TK_LEN, &tk));
	return keyring_new(token_id, &tk, ret);
}

struct err keyring_create_session(struct keyring **ret)
{
	uint8_t id[ID_LEN];

	TRY(ossl_random_public(id, sizeof(id)));
	return keyring_create(id, ret);
}

struct err keyring_copy(const struct keyring *k, struct keyring **ret)
{
	SECRET(tk);

	TRY(secret_copy_in(secret_view(k->tk), &tk));
	return keyring_new(k->token_id, &tk, ret);
}

void keyring_free(struct keyring **kp)
{
	struct keyring *k = *kp;

	*kp = NULL;
	if (k == NULL)
		return;
	secret_free(&k->tk);
	for (size_t i = 0; i < MACS; i++)
		secret_free(&k->macs[i]);
	free(k);
}

/* ---- making and opening seals ---- */

static struct err source_find(const char *name, const struct trust_ops **ret)
{
	if (trust_find(name, ret).code == E_OK)
		return OK;
	log_error("no trust source is called \"%.15s\"", name);
	return ERR(E_UNSUPPORTED);
}

static struct err seal_wrap(
	const struct keyring *k, const struct seal *s, const struct secret *kek, struct buf *ret)
{
	BUF(record);
	BUF(aad);

	TRY(seal_head_put(s, &record));
	TRY(seal_aad(k->token_id, buf_bytes(&record), &aad));
	TRY(seal_put(kek, buf_bytes(&aad), secret_view(k->tk), &record));
	return buf_put(ret, buf_bytes(&record));
}

/* What a source that keeps something of a seal knows us by. The same for all seals of a token: who
 * has TK may replace each of them. */
static struct err owner_derive(const struct keyring *k, struct secret **ret)
{
	SECRET(owner);
	BUF(info);

	TRY(buf_put_lv(&info, bytes_str(SEAL_OWNER_INFO)));
	TRY(buf_put_lv(&info, BYTES_OF(k->token_id)));
	TRY(secret_new(TRUST_OWNER_LEN, &owner));
	TRY(ossl_hkdf(secret_view(k->tk), BYTES_NONE, buf_bytes(&info), secret_bytes(owner),
		TRUST_OWNER_LEN));
	*ret = TAKE(owner);
	return OK;
}

static bool request_sound(const struct seal_request *rq, const struct policy *policy)
{
	return policy->pin ? secret_len(rq->pin) > 0 : rq->pin == NULL;
}

static struct err wish_fill(const struct keyring *k, const struct seal_request *rq,
	const struct secret *auth, struct secret **ret_owner, struct trust_wish *ret)
{
	struct seal before = {0};

	if (rq->before.len > 0)
		TRY(seal_read(rq->before, &before));
	/* a line of seals stays one source's, and one login's */
	if (rq->before.len > 0 && (strcmp(before.info.source, rq->source) != 0 ||
					  before.info.policy.login != rq->policy.login ||
					  before.info.policy.login_id != rq->policy.login_id))
		return ERR(E_INVALID);
	TRY(owner_derive(k, ret_owner));
	*ret = (struct trust_wish){.policy = &rq->policy,
		.auth = auth,
		.owner = *ret_owner,
		.before = before.info.blob};
	return OK;
}

struct err keyring_add_seal(const struct keyring *k, struct seal_request *rq, struct buf *ret)
{
	struct seal s = {.info = {.role = rq->role, .policy = rq->policy}};
	struct trust_wish wish;
	const struct trust_ops *ops = NULL;
	struct err e;
	SECRET(auth);
	SECRET(kpin);
	SECRET(opener);
	SECRET(owner);
	SECRET(kek);
	BUF(blob);

	rq->count = (struct trust_count){0};
	if (!request_sound(rq, &rq->policy) || strlen(rq->source) >= sizeof(s.info.source))
		return ERR(E_INVALID);
	TRY(source_find(rq->source, &ops));
	TRY(trust_can(ops, &rq->policy));
	strncpy(s.info.source, rq->source, sizeof(s.info.source) - 1);
	s.info.created_s = (uint64_t) time(NULL);
	TRY(ossl_random_public(s.info.id, ID_LEN));
	if (rq->policy.pin) {
		TRY(pin_kdf_new(&s.kdf));
		TRY(pin_derive(&s.kdf, rq->pin, s.info.id, &auth, &kpin));
	}
	TRY(wish_fill(k, rq, auth, &owner, &wish));
	TRY(ops->seal(rq->env, &wish, &blob, &opener, &rq->count));
	if (secret_len(opener) != TRUST_S_LEN || blob.len > TRUST_BLOB_MAX)
		return ERR(E_INTERNAL);
	s.info.blob = buf_bytes(&blob);
	e = kek_derive(k->token_id, &s.info, opener, kpin, &kek);
	if (e.code == E_OK)
		e = seal_wrap(k, &s, kek, ret);
	/* what a source keeps of it has no other name than this blob; what was replaced goes on */
	if (e.code != E_OK && rq->before.len == 0 && ops->destroy != NULL)
		(void) !ops->destroy(rq->env, s.info.blob, owner).code;
	return e;
}

/* What a source that keeps something of a seal is told of it, by its owner. */
static struct err source_tell(
	const struct keyring *k, const struct trust_env *env, struct bytes seal, bool destroy)
{
	struct err (*tell)(const struct trust_env *, struct bytes, const struct secret *);
	const struct trust_ops *ops = NULL;
	struct seal s;
	SECRET(owner);

	TRY(seal_read(seal, &s));
	TRY(source_find(s.info.source, &ops));
	tell = destroy ? ops->destroy : ops->settle;
	if (tell == NULL)
		return OK;
	TRY(owner_derive(k, &owner));
	return tell(env, s.info.blob, owner);
}

struct err keyring_settle_seal(
	const struct keyring *k, const struct trust_env *env, struct bytes seal)
{
	return source_tell(k, env, seal, false);
}

struct err keyring_destroy_seal(
	const struct keyring *k, const struct trust_env *env, struct bytes seal)
{
	return source_tell(k, env, seal, true);
}

static struct err seal_unwrap(const uint8_t token_id[static ID_LEN], const struct seal *s,
	const struct secret *kek, struct keyring **ret)
{
	SECRET(tk);
	BUF(aad);

	TRY(seal_aad(token_id, s->head, &aad));
	TRY(seal_open(kek, buf_bytes(&aad), s->wrapped, &tk));
	return keyring_new(token_id, &tk, ret);
}

struct err keyring_unlock(const uint8_t token_id[static ID_LEN], struct bytes seal,
	struct seal_request *rq, struct keyring **ret)
{
	const struct trust_ops *ops = NULL;
	struct seal s;
	SECRET(auth);
	SECRET(kpin);
	SECRET(opener);
	SECRET(kek);

	rq->count = (struct trust_count){0};
	TRY(seal_read(seal, &s));
	if (!request_sound(rq, &s.info.policy))
		return ERR(E_INVALID);
	TRY(source_find(s.info.source, &ops));
	if (s.info.policy.pin)
		TRY(pin_derive(&s.kdf, rq->pin, s.info.id, &auth, &kpin));
	TRY(ops->open(rq->env, s.info.blob, &s.info.policy, auth, &opener, &rq->count));
	if (secret_len(opener) != TRUST_S_LEN)
		return ERR(E_INTERNAL);
	TRY(kek_derive(token_id, &s.info, opener, kpin, &kek));
	return seal_unwrap(token_id, &s, kek, ret);
}

/* ---- objects ---- */

static struct err object_key(const struct keyring *k, const uint8_t object_id[static ID_LEN],
	struct bytes salt, struct secret **ret)
{
	SECRET(key);
	BUF(info);

	TRY(buf_put_lv(&info, bytes_str("bulla/1 object")));
	TRY(buf_put_lv(&info, BYTES_OF(k->token_id)));
	TRY(buf_put_lv(&info, BYTES(object_id, ID_LEN)));
	TRY(secret_new(SEAL_KEY_LEN, &key));
	TRY(ossl_hkdf(secret_view(k->tk), salt, buf_bytes(&info), secret_bytes(key), SEAL_KEY_LEN));
	*ret = TAKE(key);
	return OK;
}

static struct err object_aad(const struct keyring *k, const uint8_t object_id[static ID_LEN],
	struct bytes aad, struct buf *ret)
{
	TRY(buf_put_lv(ret, bytes_str("bulla/1 object")));
	TRY(buf_put_lv(ret, BYTES_OF(k->token_id)));
	TRY(buf_put_lv(ret, BYTES(object_id, ID_LEN)));
	return BROKEN("object-aad") ? OK : buf_put_lv(ret, aad);
}

struct err keyring_seal_object(const struct keyring *k, const uint8_t object_id[static ID_LEN],
	struct bytes aad, struct bytes plain, struct buf *ret)
{
	uint8_t salt[BOX_SALT_LEN];
	SECRET(key);
	BUF(whole_aad);
	BUF(box);

	if (plain.len > SECRET_MAX)
		return ERR(E_LIMIT);
	TRY(ossl_random_public(salt, sizeof(salt)));
	TRY(object_key(k, object_id, BYTES_OF(salt), &key));
	TRY(object_aad(k, object_id, aad, &whole_aad));
	TRY(buf_put_u8(&box, BOX_VERSION));
	TRY(buf_put(&box, BYTES_OF(salt)));
	TRY(seal_put(key, buf_bytes(&whole_aad), plain, &box));
	return buf_put(ret, buf_bytes(&box));
}

struct err keyring_open_object(const struct keyring *k, const uint8_t object_id[static ID_LEN],
	struct bytes aad, struct bytes sealed, struct secret **ret)
{
	struct reader r = reader_of(sealed);
	struct bytes salt;
	uint8_t version = 0;
	SECRET(key);
	BUF(whole_aad);

	TRY(reader_u8(&r, &version));
	if (version > BOX_VERSION)
		return ERR(E_VERSION);
	if (version == 0)
		return ERR(E_CORRUPT);
	TRY(reader_bytes(&r, BOX_SALT_LEN, &salt));
	TRY(object_key(k, object_id, salt, &key));
	TRY(object_aad(k, object_id, aad, &whole_aad));
	return seal_open(key, buf_bytes(&whole_aad), r.left, ret);
}

struct err keyring_mac(const struct keyring *k, enum keyring_purpose purpose, struct bytes data,
	uint8_t ret[static KEYRING_MAC_LEN])
{
	if (purpose < MAC_RECORD || purpose > MAC_SEALS)
		return ERR(E_INTERNAL);
	return ossl_hmac(secret_view(k->macs[purpose - 1]), data, ret);
}
