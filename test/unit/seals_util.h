/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of tokens with several seals share: seals of the second fake source beside those of
 * the first. */
#pragma once

#include "token_util.h"

#include "keyring.h"
#include "seals.h"
#include "store.h"

#define NEW_PIN bytes_str("567890")

static inline struct policy policy_of(const char *text)
{
	struct policy p = {0};

	CHECK(policy_parse(text, false, &p).code == E_OK);
	return p;
}

/* Adds a seal as whoever is logged in now. */
static inline CK_RV add_seal(
	struct token *t, CK_USER_TYPE user, const char *source, const char *policy, uint8_t *ret_id)
{
	struct policy p = policy_of(policy);
	struct bytes pin = user == CKU_SO ? SO_PIN : USER_PIN;
	struct seals_new n = {
		.source = source, .policy = &p, .user = user, .pin = p.pin ? pin : BYTES_NONE};
	uint8_t id[SEALS_ID_LEN] = {0};
	CK_RV rv = seals_add(t, &n, id);

	if (ret_id != NULL)
		memcpy(ret_id, id, sizeof(id));
	return rv;
}

/* Logs in, adds a seal, logs out. */
static inline void add_seal_as(
	struct desk *d, CK_USER_TYPE user, const char *source, const char *policy, uint8_t *ret_id)
{
	CHECK_EQ(login_start(d->token, user, user == CKU_SO ? SO_PIN : USER_PIN), CKR_OK);
	CHECK_EQ(add_seal(d->token, user, source, policy, ret_id), CKR_OK);
	CHECK_EQ(login_end(d->token), CKR_OK);
}

/* Logs in and out; with the other source away, so that only this one's seals can open. */
static inline CK_RV login_by(
	struct desk *d, const char *source, CK_USER_TYPE user, struct bytes pin)
{
	bool second = strcmp(source, "fake2") == 0;
	CK_RV rv;

	desk_fake(d, second ? "fail-open=E_UNAVAILABLE" : "");
	desk_fake2(d, second ? "" : "fail-open=E_UNAVAILABLE");
	rv = login_start(d->token, user, pin);
	if (rv == CKR_OK)
		CHECK_EQ(login_end(d->token), CKR_OK);
	desk_fake(d, "");
	desk_fake2(d, "");
	return rv;
}

/* Both sources open with this PIN and not with that one. */
static inline void check_pin(
	struct desk *d, CK_USER_TYPE user, struct bytes right, struct bytes wrong)
{
	CHECK_EQ(login_by(d, "fake", user, right), CKR_OK);
	CHECK_EQ(login_by(d, "fake2", user, right), CKR_OK);
	CHECK_EQ(login_by(d, "fake", user, wrong), CKR_PIN_INCORRECT);
	CHECK_EQ(login_by(d, "fake2", user, wrong), CKR_PIN_INCORRECT);
}

/* The token's table; how many seals has it of this role? */
static inline size_t count_seals(const struct desk *d, enum seal_role role)
{
	_cleanup_(store_close) struct store *s = NULL;
	struct store_token record;
	struct bytes one;
	struct reader r;
	size_t n = 0;
	BUF(seals);

	CHECK(store_open(d->store, d->file, &s).code == E_OK);
	CHECK(store_read_token(s, NULL, &record, &seals).code == E_OK);
	r = reader_of(buf_bytes(&seals));
	while (r.left.len > 0 && CHECK(reader_lv(&r, r.left.len, &one).code == E_OK)) {
		struct seal_info info;

		n += CHECK(seal_info_read(one, &info).code == E_OK) && info.role == role;
	}
	return n;
}

/* A copy of the token's file aside, and back in its place: what a thief has, or a restored backup.
 */
static inline void desk_copy(const struct desk *d, bool back)
{
	char command[300];

	if (back)
		snprintf(command, sizeof(command), "cp %s/old %s/%s", d->dir.path, d->store,
			d->file);
	else
		snprintf(command, sizeof(command), "cp %s/%s %s/old", d->store, d->file,
			d->dir.path);
	CHECK_EQ(system(command), 0);
}
