/* SPDX-License-Identifier: BSD-2-Clause */
#include "libteec_fake.h"
#include "log.h"
#include "ta_proto.h"
#include "tee_client_api.h"
#include "teec.h"
#include "test.h"
#include "tmpdir.h"
#include "trust_tee.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CODE_TARGET_DEAD 0xffff3024u
#define NOBODY           65534

/* What a test looks for in memory it may not have there itself. */
static uint8_t turn(uint8_t b)
{
	return (uint8_t) (b ^ 0xffu);
}

/* ---- what the fake library asks ---- */

/* What is to fail, how often (0: always), and what the TA is to say. */
static struct {
	const char *function;
	uint32_t code, origin;
	unsigned times, met;
	uint8_t answer[TA_ANSWER_MAX + 1];
	size_t answer_len, claimed_len; /* 0: the TA answers */
	unsigned answer_cmd;            /* 0: to every command */
	bool wiped, shared_kept;
	const uint8_t *memory;
	bool no_library;
	uint8_t seen_request[TA_REQUEST_MAX];
	bool hidden; /* answer with the S that is here with all bits turned, and look at nothing */
	uint8_t hidden_s[TA_S_LEN], hidden_auth[TA_AUTH_LEN];
} say;

_public_ uint32_t libteec_fake_fails(const char *function, uint32_t *ret_origin)
{
	if (say.function == NULL || strcmp(say.function, function) != 0 ||
		(say.times > 0 && say.met >= say.times))
		return 0;
	say.met++;
	*ret_origin = say.origin;
	return say.code;
}

/* Does the mapping of this page have these two flags: not in a child, not in a core? */
static bool page_kept(const void *page)
{
	bool inside = false, found = false;
	unsigned long from, to;
	char line[512];
	FILE *f = fopen("/proc/self/smaps", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2 && strchr(line, '-') < line + 20)
			inside = (unsigned long) page >= from && (unsigned long) page < to;
		if (inside && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, " dc") != NULL && strstr(line, " dd") != NULL;
	}
	if (f != NULL)
		fclose(f);
	return found;
}

_public_ bool libteec_fake_answers(
	uint32_t cmd, const uint8_t *request, size_t request_len, uint8_t *answer, size_t *len)
{
	if (say.hidden) {
		memset(answer, 0, TA_ANSWER_HEAD);
		answer[0] = TA_PROTO_VERSION;
		for (size_t i = 0; i < TA_S_LEN; i++)
			answer[TA_ANSWER_HEAD + i] = turn(say.hidden_s[i]);
		*len = TA_ANSWER_HEAD + TA_S_LEN;
		return true;
	}
	memcpy(say.seen_request, request, request_len);
	say.memory = request;
	say.shared_kept = page_kept(request);
	if (say.claimed_len == 0 || (say.answer_cmd != 0 && say.answer_cmd != cmd))
		return false;
	memcpy(answer, say.answer, say.answer_len);
	*len = say.claimed_len;
	return true;
}

_public_ void libteec_fake_released(const uint8_t *memory, size_t len)
{
	say.wiped = true;
	for (size_t i = 0; i < len; i++)
		say.wiped = say.wiped && memory[i] == 0;
}

void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags)
{
	return say.no_library ? NULL : __real_dlopen(name, flags);
}

/* ---- who asks ---- */

/* Ours come before libc's, for the fake library too: so a test can be somebody else without being
 * root. */
static bool is_nobody;

_public_ uid_t geteuid(void)
{
	return is_nobody ? NOBODY : (uid_t) syscall(SYS_geteuid);
}

_public_ gid_t getegid(void)
{
	return is_nobody ? NOBODY : (gid_t) syscall(SYS_getegid);
}

_public_ int getgroups(int size, gid_t list[])
{
	return is_nobody ? 0 : (int) syscall(SYS_getgroups, size, list);
}

/* ---- a TEE of the test's own ---- */

static char logged[2048];

static void log_take(void *arg, enum log_level level, const char *text)
{
	(void) arg;
	if (level <= LOG_ERROR)
		snprintf(logged, sizeof(logged), "%s", text);
}

struct tee {
	struct tmpdir dir;
};

static void tee_done(struct tee *t)
{
	log_set_sink(NULL, NULL, LOG_OFF);
	unsetenv("BULLA_FAKE_TEE");
	tmpdir_done(&t->dir);
}

static struct tee tee_new(void)
{
	struct tee t = {.dir = tmpdir_new()};

	setenv("BULLA_FAKE_TEE", t.dir.path, 1);
	memset(&say, 0, sizeof(say));
	logged[0] = '\0';
	log_set_sink(log_take, NULL, LOG_ERROR);
	return t;
}
#define TEE(name) _cleanup_(tee_done) struct tee name = tee_new()

static void fail_with(const char *function, uint32_t code, uint32_t origin, unsigned times)
{
	say.function = function;
	say.code = code;
	say.origin = origin;
	say.times = times;
	say.met = 0;
}

static const struct trust_ops *const contract_ops = &trust_tee;
#define CONTRACT_BEGIN TEE(tee)
#include "trust_contract.h"

/* ---- lines of seals ---- */

static struct err owner_op(const struct sealed *x,
	struct err (*op)(const struct trust_env *, struct bytes, const struct secret *))
{
	return op(&contract_env, buf_bytes(&x->blob), x->owner);
}

static void change_keeps_the_old_one_until_settled(void)
{
	TEE(tee);
	SEALED(old);
	SEALED(new);
	bool same;

	REQUIRE_OK(sealed_make(&old, "pin", 5, NULL));
	REQUIRE_OK(sealed_make(&new, "pin", 6, &old));
	CHECK_OK(sealed_open(&old, 5, &same));
	CHECK(same);
	CHECK_OK(owner_op(&new, trust_tee.settle));
	CHECK_ERR(sealed_open(&old, 5, &same), E_FOREIGN);
	CHECK(strstr(logged, "replaced") != NULL);
	CHECK_EQ(sealed_state(&old), TRUST_REVOKED);
	CHECK_OK(sealed_open(&new, 6, &same));
	CHECK(same);
}

static void change_not_settled_the_first_opening_does(void)
{
	TEE(tee);
	SEALED(old);
	SEALED(new);
	bool same;

	REQUIRE_OK(sealed_make(&old, "pin", 5, NULL));
	REQUIRE_OK(sealed_make(&new, "pin", 6, &old));
	CHECK_OK(sealed_open(&new, 6, &same));
	CHECK_ERR(sealed_open(&old, 5, &same), E_FOREIGN);
}

/* Making sure that the new one opens must not retire the old one, nor cost it a try. */
static void change_spends_no_try(void)
{
	struct trust_count c = {0};
	TEE(tee);
	SEALED(old);
	SEALED(new);
	bool same;

	REQUIRE_OK(sealed_make(&old, "pin", 5, NULL));
	CHECK_ERR(sealed_open(&old, 9, &same), E_AUTH);
	REQUIRE_OK(sealed_make(&new, "pin", 6, &old));
	CHECK_ERR(sealed_open_count(&old, 9, &same, &c), E_AUTH);
	CHECK_EQ(c.failed, 2);
	CHECK_ERR(sealed_open_count(&new, 9, &same, &c), E_AUTH);
	CHECK_EQ(c.failed, 1);
}

static void change_of_what_is_gone_begins_anew(void)
{
	TEE(tee);
	SEALED(old);
	SEALED(new);
	bool same;

	REQUIRE_OK(sealed_make(&old, "pin", 5, NULL));
	REQUIRE_OK(owner_op(&old, trust_tee.destroy));
	REQUIRE_OK(sealed_make(&new, "pin", 6, &old));
	CHECK_OK(sealed_open(&new, 6, &same));
	CHECK(same);
}

static void change_of_another_tokens_seal_is_refused(void)
{
	TEE(tee);
	SEALED(old);
	SEALED(new);
	struct trust_count count;
	struct trust_wish w = {.policy = &old.policy};

	REQUIRE_OK(sealed_make(&old, "pin", 5, NULL));
	new.owner = secret_filled(0x78);
	new.auth = secret_filled(6);
	w.auth = new.auth;
	w.owner = new.owner;
	w.before = buf_bytes(&old.blob);
	CHECK_ERR(trust_tee.seal(&contract_env, &w, &new.blob, &new.s, &count), E_TAMPERED);
	CHECK(strstr(logged, "another token") != NULL);
	CHECK(new.blob.len == 0 && new.s == NULL);
	CHECK_ERR(trust_tee.destroy(&contract_env, buf_bytes(&old.blob), new.owner), E_TAMPERED);
	CHECK_EQ(sealed_state(&old), TRUST_OPENS);
}

static void destroyed_never_opens_again(void)
{
	TEE(tee);
	SEALED(with);
	SEALED(without);
	bool same;

	REQUIRE_OK(sealed_make(&with, "pin", 5, NULL));
	REQUIRE_OK(sealed_make(&without, "none", 0, NULL));
	CHECK_OK(owner_op(&with, trust_tee.destroy));
	CHECK_OK(owner_op(&with, trust_tee.destroy));
	CHECK_OK(owner_op(&without, trust_tee.destroy));
	CHECK_ERR(sealed_open(&with, 5, &same), E_LOCKED);
	CHECK_ERR(sealed_open(&without, 0, &same), E_FOREIGN);
	CHECK_EQ(sealed_state(&with), TRUST_REVOKED);
}

static void ten_wrong_pins_lock_and_the_owner_unlocks(void)
{
	struct trust_count c = {0};
	TEE(tee);
	SEALED(old);
	SEALED(new);
	bool same;

	REQUIRE_OK(sealed_make(&old, "pin", 5, NULL));
	for (unsigned i = 1; i <= 10; i++) {
		CHECK_ERR(sealed_open_count(&old, 9, &same, &c), E_AUTH);
		CHECK_EQ(c.failed, i);
	}
	CHECK(c.locked && c.max == 10 && c.interval_s == 0);
	CHECK_ERR(sealed_open_count(&old, 5, &same, &c), E_LOCKED);
	CHECK(c.known && c.locked);
	CHECK_EQ(sealed_state(&old), TRUST_LOCKED);
	REQUIRE_OK(sealed_make(&new, "pin", 6, &old));
	CHECK_OK(owner_op(&new, trust_tee.settle));
	CHECK_OK(sealed_open_count(&new, 6, &same, &c));
	CHECK(same && c.failed == 0);
}

/* ---- blobs that are not what they were ---- */

static void any_flipped_byte_fails(void)
{
	TEE(tee);
	SEALED(x);
	bool same;

	REQUIRE_OK(sealed_make(&x, "none", 0, NULL));
	for (size_t i = 0; i < x.blob.len; i++) {
		x.blob.ptr[i] ^= 0x04;
		if (!CHECK(sealed_open(&x, 0, &same).code != E_OK))
			printf("  byte %zu\n", i);
		x.blob.ptr[i] ^= 0x04;
	}
	x.blob.ptr[x.blob.len - 1] ^= 1;
	CHECK_ERR(sealed_open(&x, 0, &same), E_TAMPERED);
	CHECK(strstr(logged, "not what the trusted application made") != NULL);
	CHECK_EQ(sealed_state(&x), TRUST_BROKEN);
	x.blob.ptr[x.blob.len - 1] ^= 1;
	x.blob.ptr[1] ^= 1; /* the machine's name */
	CHECK_ERR(sealed_open(&x, 0, &same), E_FOREIGN);
	CHECK_EQ(sealed_state(&x), TRUST_FOREIGN);
	x.blob.ptr[1] ^= 1;
	x.blob.ptr[0] = 2;
	CHECK_ERR(sealed_open(&x, 0, &same), E_VERSION);
	x.blob.ptr[0] = 0;
	CHECK_ERR(sealed_open(&x, 0, &same), E_CORRUPT);
	CHECK_EQ(sealed_state(&x), TRUST_BROKEN);
}

static void another_machines_seal_is_foreign(void)
{
	char path[128];
	TEE(tee);
	SEALED(x);
	bool same;

	REQUIRE_OK(sealed_make(&x, "pin", 5, NULL));
	snprintf(path, sizeof(path), "%s/script", tee.dir.path);
	file_write(path, "huk 000102030405060708090a0b0c0d0e0f\n");
	CHECK_ERR(sealed_open(&x, 5, &same), E_FOREIGN);
	CHECK_EQ(sealed_state(&x), TRUST_FOREIGN);
	file_write(path, "");
	CHECK_OK(sealed_open(&x, 5, &same));
}

/* ---- who asks ---- */

/* A group that we are not of. */
static gid_t foreign_group(void)
{
	gid_t groups[256], g = 4000;
	int n = getgroups(256, groups);

	for (int i = 0; i < n; i++)
		if (groups[i] >= g)
			g = groups[i] + 1;
	return getegid() >= g ? getegid() + 1 : g;
}

static void own_user_and_group_open(void)
{
	char group[32];
	TEE(tee);
	SEALED(user);
	SEALED(grp);
	bool same;

	snprintf(group, sizeof(group), "login=group:%u", (unsigned) getegid());
	REQUIRE_OK(sealed_make(&user, "pin+login=user", 5, NULL));
	CHECK_OK(sealed_open(&user, 5, &same));
	CHECK(same);
	REQUIRE_OK(sealed_make(&grp, group, 0, NULL));
	CHECK_OK(sealed_open(&grp, 0, &same));
	CHECK(same);
	CHECK_EQ(sealed_state(&user), TRUST_OPENS);
	CHECK_EQ(sealed_state(&grp), TRUST_OPENS);
}

static void seal_for_somebody_else_is_refused_here(void)
{
	char policy[64];
	TEE(tee);
	SEALED(user);
	SEALED(grp);

	snprintf(policy, sizeof(policy), "pin+login=user:%u", (unsigned) geteuid() + 1);
	CHECK_ERR(sealed_make(&user, policy, 5, NULL), E_POLICY);
	CHECK(strstr(logged, "the seal is for the user") != NULL);
	snprintf(policy, sizeof(policy), "login=group:%u", (unsigned) foreign_group());
	CHECK_ERR(sealed_make(&grp, policy, 0, NULL), E_POLICY);
	CHECK(strstr(logged, "members of the group") != NULL);
	CHECK_EQ(libteec_fake_counts(tee.dir.path).sessions, 0);
}

/* The record may say what it wants: the TA knows whom the blob is bound to. */
static void seal_of_another_login_is_refused_by_the_ta(void)
{
	struct trust_count c = {0};
	TEE(tee);
	SEALED(x);
	bool same;

	REQUIRE_OK(sealed_make(&x, "pin+login=user", 5, NULL));
	x.policy.login = POLICY_LOGIN_NONE;
	x.policy.login_id = 0;
	CHECK_ERR(sealed_open_count(&x, 5, &same, &c), E_POLICY);
	CHECK_ERR(sealed_open_count(&x, 9, &same, &c), E_POLICY);
	CHECK(strstr(logged, "another user or group") != NULL);
	CHECK_EQ(sealed_state(&x), TRUST_IDENTITY);
	x.policy.login = POLICY_LOGIN_USER;
	x.policy.login_id = geteuid();
	CHECK_OK(sealed_open_count(&x, 5, &same, &c));
	CHECK_EQ(c.failed, 0);
}

static void another_user_does_not_open(void)
{
	TEE(tee);
	SEALED(x);
	SEALED(grp);
	SEALED(next);
	char group[40], user[40];
	bool same;

	snprintf(user, sizeof(user), "pin+login=user:%u", (unsigned) geteuid());
	snprintf(group, sizeof(group), "login=group:%u", (unsigned) getegid());
	REQUIRE_OK(sealed_make(&x, "pin+login=user", 5, NULL));
	REQUIRE_OK(sealed_make(&grp, group, 0, NULL));
	is_nobody = true;
	CHECK_ERR(sealed_open(&x, 5, &same), E_POLICY);
	CHECK_EQ(sealed_state(&x), TRUST_IDENTITY);
	CHECK_ERR(sealed_open(&grp, 0, &same), E_POLICY);
	CHECK_EQ(sealed_state(&grp), TRUST_IDENTITY);
	/* whoever has the trusted key may change its PIN, and it stays that user's */
	CHECK_OK(sealed_make(&next, user, 6, &x));
	CHECK_ERR(sealed_open(&next, 6, &same), E_POLICY);
	is_nobody = false;
	/* the fake gives root back whom it believed to see */
	CHECK(getuid() != 0 || seteuid(0) == 0);
	CHECK_OK(sealed_open(&x, 5, &same));
	CHECK_OK(sealed_open(&next, 6, &same));
	CHECK(same);
	CHECK_OK(sealed_open(&grp, 0, &same));
}

/* ---- what the TA says ---- */

static void answer_set(uint8_t version, uint8_t status, uint8_t flags, size_t extra)
{
	memset(say.answer, 0, sizeof(say.answer));
	say.answer[0] = version;
	say.answer[1] = status;
	say.answer[2] = flags;
	say.answer_len = say.claimed_len = TA_ANSWER_HEAD + extra;
}

static void every_status_has_its_error(void)
{
	static const enum err_code want[TA_ST_END] = {
		[TA_ST_OK] = E_OK,
		[TA_ST_AUTH] = E_AUTH,
		[TA_ST_LOCKED] = E_LOCKED,
		[TA_ST_IDENTITY] = E_POLICY,
		[TA_ST_FOREIGN] = E_FOREIGN,
		[TA_ST_REVOKED] = E_FOREIGN,
		[TA_ST_GONE] = E_FOREIGN,
		[TA_ST_CORRUPT] = E_TAMPERED,
		[TA_ST_INVALID] = E_INTERNAL,
		[TA_ST_VERSION] = E_VERSION,
		[TA_ST_OWNER] = E_TAMPERED,
		[TA_ST_FULL] = E_FULL,
		[TA_ST_STORAGE] = E_IO,
		[TA_ST_MEMORY] = E_UNAVAILABLE,
		[TA_ST_INTERNAL] = E_UNAVAILABLE,
	};
	TEE(tee);
	SEALED(x);
	SEALED(pin);
	bool same;

	REQUIRE_OK(sealed_make(&x, "none", 0, NULL));
	REQUIRE_OK(sealed_make(&pin, "pin", 5, NULL));
	for (uint8_t s = TA_ST_OK + 1; s < TA_ST_END; s++) {
		struct trust_info i = {0};

		answer_set(1, s, 0, 0);
		logged[0] = '\0';
		CHECK_ERR(sealed_open(&x, 0, &same), want[s]);
		CHECK(s == TA_ST_AUTH || logged[0] != '\0');
		CHECK_ERR(owner_op(&x, trust_tee.settle), want[s]);
		CHECK_ERR(owner_op(&x, trust_tee.destroy), want[s]);
		CHECK_OK(trust_tee.describe(&contract_env, buf_bytes(&x.blob), &x.policy, &i));
		CHECK_EQ(i.state, want[s] == E_UNAVAILABLE ? TRUST_UNAVAILABLE
				  : want[s] == E_POLICY    ? TRUST_IDENTITY
							   : TRUST_BROKEN);
		CHECK(i.detail[0] != '\0');
	}
	answer_set(1, TA_ST_GONE, 0, 0);
	CHECK_ERR(sealed_open(&pin, 5, &same), E_LOCKED);
}

static void every_state_is_described(void)
{
	static const enum trust_state want[] = {
		[TA_STATE_OPENS] = TRUST_OPENS,
		[TA_STATE_LOCKED] = TRUST_LOCKED,
		[TA_STATE_IDENTITY] = TRUST_IDENTITY,
		[TA_STATE_FOREIGN] = TRUST_FOREIGN,
		[TA_STATE_REVOKED] = TRUST_REVOKED,
		[TA_STATE_GONE] = TRUST_REVOKED,
		[TA_STATE_CORRUPT] = TRUST_BROKEN,
	};
	TEE(tee);
	SEALED(x);

	REQUIRE_OK(sealed_make(&x, "none", 0, NULL));
	for (uint8_t s = TA_STATE_OPENS; s < ARRAY_LEN(want); s++) {
		answer_set(1, TA_ST_OK, 0, 17);
		say.answer[TA_ANSWER_HEAD] = TA_INFO_VERSION;
		say.answer[TA_ANSWER_HEAD + 1] = s;
		CHECK_EQ(sealed_state(&x), want[s]);
	}
}

static void describe_tells_of_the_tee(void)
{
	const struct policy none = {0};
	struct trust_info i = {0};
	char path[128];
	TEE(tee);

	CHECK_OK(trust_tee.describe(&contract_env, BYTES_NONE, &none, &i));
	CHECK(i.tee.known && !i.tee.rpmb && i.tee.anti_rollback < TA_ROLLBACK_HARDWARE);
	CHECK(!i.software);
	snprintf(path, sizeof(path), "%s/script", tee.dir.path);
	file_write(path, "huk 000102030405060708090a0b0c0d0e0f\nrollback 1000 1\n");
	CHECK_OK(trust_tee.describe(&contract_env, BYTES_NONE, &none, &i));
	CHECK(i.tee.known && !i.tee.development_huk && i.tee.rpmb && i.tee.anti_rollback == 1000);
	CHECK_OK(trust_tee.describe(&contract_env, BYTES_NONE, NULL, &i));
	CHECK_EQ(i.state, TRUST_OPENS);
	answer_set(1, TA_ST_OK, 0, 17);
	say.answer[TA_ANSWER_HEAD] = TA_INFO_VERSION;
	say.answer[TA_ANSWER_HEAD + 5] = TA_INFO_DEVELOPMENT_HUK;
	CHECK_OK(trust_tee.describe(&contract_env, BYTES_NONE, &none, &i));
	CHECK(i.tee.known && i.tee.development_huk && !i.tee.rpmb);
}

static void hostile_text_is_made_printable(void)
{
	const struct policy none = {0};
	struct trust_info i = {0};
	TEE(tee);

	answer_set(1, TA_ST_OK, 0, 17 + 255);
	say.answer[TA_ANSWER_HEAD] = TA_INFO_VERSION;
	say.answer[TA_ANSWER_HEAD + 14] = 255;
	memset(say.answer + TA_ANSWER_HEAD + 15, '\n', 255);
	CHECK_OK(trust_tee.describe(&contract_env, BYTES_NONE, &none, &i));
	CHECK(strcmp(i.maker, "???????") == 0);
}

/* Every form that is not the right one, to every command. */
static void malformed_answers_are_corrupt(void)
{
	static const struct {
		uint8_t version, status, flags, zero, tries;
		size_t extra, claimed;
		enum err_code want;
	} rows[] = {
		{1, 0, 0, 0, 0, 0, 1, E_CORRUPT},
		{1, 0, 0, 0, 0, 0, 11, E_CORRUPT},
		{1, 0, 0, 0, 0, 0, 12, E_CORRUPT},
		{1, 0, 0, 0, 0, 31, 0, E_CORRUPT},
		{1, 0, 0, 0, 0, 33, 0, E_CORRUPT},
		{1, 0, 0, 0, 0, TA_ANSWER_MAX - 12, 0, E_CORRUPT},
		{1, 0, 0, 0, 0, 32, TA_ANSWER_MAX + 1, E_CORRUPT},
		{1, 0, 0, 0, 0, 32, SIZE_MAX, E_CORRUPT},
		{0, 0, 0, 0, 0, 32, 0, E_CORRUPT},
		{2, 0, 0, 0, 0, 32, 0, E_VERSION},
		{1, TA_ST_END, 0, 0, 0, 0, 0, E_CORRUPT},
		{1, 255, 0, 0, 0, 0, 0, E_CORRUPT},
		{1, 0, 2, 0, 0, 32, 0, E_CORRUPT},
		{1, 0, 0, 1, 0, 32, 0, E_CORRUPT},
		{1, 0, 1, 0, TA_TRIES_MAX + 1, 32, 0, E_CORRUPT},
		{1, TA_ST_AUTH, 0, 0, 0, 1, 0, E_CORRUPT},
	};
	TEE(tee);
	SEALED(x);
	SEALED(y);
	bool same;

	REQUIRE_OK(sealed_make(&x, "none", 0, NULL));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct trust_info info;

		answer_set(rows[i].version, rows[i].status, rows[i].flags, rows[i].extra);
		say.answer[3] = rows[i].zero;
		say.answer[11] = rows[i].tries;
		if (rows[i].claimed > 0)
			say.claimed_len = rows[i].claimed;
		logged[0] = '\0';
		if (!CHECK_ERR(sealed_open(&x, 0, &same), rows[i].want))
			printf("  row %zu\n", i);
		CHECK(strstr(logged, "answer is") != NULL);
		CHECK_ERR(sealed_make(&y, "none", 0, NULL), rows[i].want);
		CHECK_ERR(sealed_make(&y, "none", 0, &x), rows[i].want);
		CHECK(y.blob.len == 0 && y.s == NULL);
		/* to settle, the head alone is right */
		CHECK_ERR(owner_op(&x, trust_tee.settle),
			rows[i].claimed == TA_ANSWER_HEAD ? E_OK : rows[i].want);
		CHECK(rows[i].want != E_CORRUPT ||
			trust_tee.describe(&contract_env, buf_bytes(&x.blob), &x.policy, &info)
					.code == E_CORRUPT);
		sealed_done(&y);
	}
}

static void malformed_descriptions_are_corrupt(void)
{
	/* version, state, then the three lengths' bytes, and how much there is of it all */
	static const struct {
		uint8_t version, state, text;
		size_t extra;
		bool asked;
	} rows[] = {
		{0, TA_STATE_OPENS, 0, 17, true},
		{1, TA_STATE_CORRUPT + 1, 0, 17, true},
		{1, TA_STATE_NONE, 0, 17, true},
		{1, TA_STATE_OPENS, 0, 17, false},
		{1, TA_STATE_OPENS, 0, 16, true},
		{1, TA_STATE_OPENS, 0, 18, true},
		{1, TA_STATE_OPENS, 3, 17, true},
		{1, TA_STATE_OPENS, 255, 17 + 254, true},
	};
	TEE(tee);
	SEALED(x);

	REQUIRE_OK(sealed_make(&x, "none", 0, NULL));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct trust_info info = {0};

		answer_set(1, TA_ST_OK, 0, rows[i].extra);
		say.answer[TA_ANSWER_HEAD] = rows[i].version;
		say.answer[TA_ANSWER_HEAD + 1] = rows[i].state;
		say.answer[TA_ANSWER_HEAD + 14] = rows[i].text;
		CHECK_ERR(
			trust_tee.describe(&contract_env,
				rows[i].asked ? buf_bytes(&x.blob) : BYTES_NONE, &x.policy, &info),
			E_CORRUPT);
	}
}

/* What it gives back is not what it sealed. */
static void seal_that_does_not_open_is_destroyed(void)
{
	TEE(tee);
	SEALED(x);
	SEALED(y);
	DIR *d;
	char path[128];
	unsigned files = 0;

	answer_set(1, TA_ST_OK, 0, TA_S_LEN); /* another S, to OPEN */
	say.answer_cmd = TA_CMD_OPEN;
	CHECK_ERR(sealed_make(&x, "pin", 5, NULL), E_TAMPERED);
	CHECK(x.blob.len == 0 && x.s == NULL);
	snprintf(path, sizeof(path), "%s/storage", tee.dir.path);
	d = opendir(path);
	REQUIRE(d != NULL);
	for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		files += strncmp(e->d_name, "p-", 2) == 0;
	closedir(d);
	CHECK_EQ(files, 0);
	say.claimed_len = 0;
	REQUIRE_OK(sealed_make(&x, "pin", 5, NULL));
	answer_set(1, TA_ST_OK, 0, 17); /* what it has made is revoked, it says */
	say.answer[TA_ANSWER_HEAD] = TA_INFO_VERSION;
	say.answer[TA_ANSWER_HEAD + 1] = TA_STATE_REVOKED;
	say.answer_cmd = TA_CMD_DESCRIBE;
	CHECK_ERR(sealed_make(&y, "pin", 6, &x), E_TAMPERED);
	CHECK(y.blob.len == 0 && y.s == NULL);
}

/* ---- what libteec says ---- */

static void every_error_of_libteec_is_told(void)
{
	static const struct {
		const char *function;
		uint32_t code, origin;
		enum err_code want;
		const char *words;
	} rows[] = {
		{"TEEC_InitializeContext", TEEC_ERROR_ITEM_NOT_FOUND, 0, E_UNAVAILABLE,
			"/dev/tee0"},
		{"TEEC_InitializeContext", TEEC_ERROR_OUT_OF_MEMORY, 0, E_UNAVAILABLE, "memory"},
		{"TEEC_AllocateSharedMemory", TEEC_ERROR_OUT_OF_MEMORY, 0, E_UNAVAILABLE, "memory"},
		{"TEEC_AllocateSharedMemory", TEEC_ERROR_GENERIC, 0, E_UNAVAILABLE,
			"0xffff0000 from libteec"},
		{"TEEC_OpenSession", TEEC_ERROR_ITEM_NOT_FOUND, TEEC_ORIGIN_TEE, E_UNAVAILABLE,
			"not installed"},
		{"TEEC_OpenSession", TEEC_ERROR_SECURITY, TEEC_ORIGIN_TEE, E_UNAVAILABLE,
			"signed by a key"},
		{"TEEC_OpenSession", TEEC_ERROR_BAD_PARAMETERS, TEEC_ORIGIN_COMMS, E_UNAVAILABLE,
			"users and groups"},
		{"TEEC_OpenSession", TEEC_ERROR_COMMUNICATION, TEEC_ORIGIN_TEE, E_UNAVAILABLE,
			"tee-supplicant"},
		{"TEEC_OpenSession", TEEC_ERROR_OUT_OF_MEMORY, TEEC_ORIGIN_TEE, E_UNAVAILABLE,
			"memory"},
		{"TEEC_OpenSession", CODE_TARGET_DEAD, TEEC_ORIGIN_TEE, E_UNAVAILABLE, "panicked"},
		{"TEEC_OpenSession", 0xf0100001u, TEEC_ORIGIN_TEE, E_UNAVAILABLE,
			"another machine"},
		{"TEEC_OpenSession", TEEC_ERROR_GENERIC, TEEC_ORIGIN_COMMS, E_UNAVAILABLE,
			"0xffff0000 from the kernel"},
		{"TEEC_OpenSession", TEEC_ERROR_ACCESS_DENIED, TEEC_ORIGIN_TEE, E_UNAVAILABLE,
			"0xffff0001 from the TEE"},
		{"TEEC_InvokeCommand", CODE_TARGET_DEAD, TEEC_ORIGIN_TEE, E_UNAVAILABLE,
			"panicked"},
		{"TEEC_InvokeCommand", TEEC_ERROR_OUT_OF_MEMORY, TEEC_ORIGIN_TEE, E_UNAVAILABLE,
			"memory"},
		{"TEEC_InvokeCommand", TEEC_ERROR_COMMUNICATION, TEEC_ORIGIN_TEE, E_UNAVAILABLE,
			"tee-supplicant"},
		{"TEEC_InvokeCommand", TEEC_ERROR_BAD_PARAMETERS, TEEC_ORIGIN_TRUSTED_APP,
			E_UNAVAILABLE, "0xffff0006 from Bulla's trusted application"},
		{"TEEC_InvokeCommand", TEEC_ERROR_SHORT_BUFFER, 9, E_UNAVAILABLE, "0xffff0010"},
		{"TEEC_InvokeCommand", 0xffff3041u, TEEC_ORIGIN_TRUSTED_APP, E_FULL, "full"},
		{"TEEC_InvokeCommand", 0xf0100003u, TEEC_ORIGIN_TRUSTED_APP, E_IO, "storage"},
		{"TEEC_InvokeCommand", 0xffffffffu, 0xffffffffu, E_UNAVAILABLE, "0xffffffff"},
	};
	TEE(tee);
	SEALED(x);
	bool same;

	REQUIRE_OK(sealed_make(&x, "none", 0, NULL));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct trust_info info = {0};

		fail_with(rows[i].function, rows[i].code, rows[i].origin, 0);
		logged[0] = '\0';
		if (!CHECK_ERR(sealed_open(&x, 0, &same), rows[i].want) ||
			!CHECK(strstr(logged, rows[i].words) != NULL))
			printf("  row %zu: %s\n", i, logged);
		CHECK_OK(trust_tee.describe(&contract_env, buf_bytes(&x.blob), &x.policy, &info));
		CHECK_EQ(info.state,
			rows[i].want == E_UNAVAILABLE ? TRUST_UNAVAILABLE : TRUST_BROKEN);
		CHECK(strstr(info.detail, rows[i].words) != NULL);
		fail_with(NULL, 0, 0, 0);
		CHECK_OK(sealed_open(&x, 0, &same));
	}
}

static void group_that_the_kernel_denies_is_a_policy_error(void)
{
	char group[32];
	TEE(tee);
	SEALED(x);
	bool same;

	snprintf(group, sizeof(group), "login=group:%u", (unsigned) getegid());
	REQUIRE_OK(sealed_make(&x, group, 0, NULL));
	fail_with("TEEC_OpenSession", TEEC_ERROR_GENERIC, TEEC_ORIGIN_COMMS, 0);
	CHECK_ERR(sealed_open(&x, 0, &same), E_POLICY);
	CHECK(strstr(logged, "not of the group") != NULL);
	CHECK_EQ(sealed_state(&x), TRUST_IDENTITY);
}

static void panic_is_met_with_a_new_session_once(void)
{
	struct libteec_fake_counts before;
	TEE(tee);
	SEALED(x);
	bool same;

	REQUIRE_OK(sealed_make(&x, "pin", 5, NULL));
	before = libteec_fake_counts(tee.dir.path);
	fail_with("TEEC_InvokeCommand", CODE_TARGET_DEAD, TEEC_ORIGIN_TEE, 1);
	CHECK_OK(sealed_open(&x, 5, &same));
	CHECK(same);
	CHECK_EQ(libteec_fake_counts(tee.dir.path).sessions, before.sessions + 2);
	CHECK_EQ(libteec_fake_counts(tee.dir.path).contexts, before.contexts + 1);
	fail_with("TEEC_InvokeCommand", CODE_TARGET_DEAD, TEEC_ORIGIN_TEE, 2);
	CHECK_ERR(sealed_open(&x, 5, &same), E_UNAVAILABLE);
	CHECK_EQ(say.met, 2);
	fail_with("TEEC_OpenSession", CODE_TARGET_DEAD, TEEC_ORIGIN_TEE, 1);
	CHECK_OK(sealed_open(&x, 5, &same));
}

static void busy_is_asked_again_for_a_while(void)
{
	static const char *const functions[] = {"TEEC_OpenSession", "TEEC_InvokeCommand"};
	struct trust_env env = {.tpm_timeout_ms = 200};
	TEE(tee);
	SEALED(x);
	bool same;

	REQUIRE_OK(sealed_make(&x, "none", 0, NULL));
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		struct trust_count c;
		SECRET(s);

		fail_with(functions[i], TEEC_ERROR_BUSY, TEEC_ORIGIN_TEE, 5);
		CHECK_OK(sealed_open(&x, 0, &same));
		CHECK(same && say.met == 5);
		fail_with(functions[i], TEEC_ERROR_BUSY, TEEC_ORIGIN_TEE, 0);
		/* that it ends at all: how often it asks meanwhile is the machine's business */
		CHECK_ERR(
			trust_tee.open(&env, buf_bytes(&x.blob), &x.policy, NULL, &s, &c), E_BUSY);
		env.tpm_timeout_ms = 0;
		say.met = 0;
		CHECK_ERR(
			trust_tee.open(&env, buf_bytes(&x.blob), &x.policy, NULL, &s, &c), E_BUSY);
		CHECK_EQ(say.met, 1);
		env.tpm_timeout_ms = 200;
	}
	CHECK(strstr(logged, "busy") != NULL);
	CHECK_EQ(sealed_state(&x), TRUST_UNAVAILABLE);
}

static void libteec_absent_is_unavailable(void)
{
	struct trust_info i = {0};
	TEE(tee);
	SEALED(x);
	bool same;

	REQUIRE_OK(sealed_make(&x, "none", 0, NULL));
	say.no_library = true;
	CHECK_ERR(sealed_open(&x, 0, &same), E_UNAVAILABLE);
	CHECK(strstr(logged, "libteec.so.2 is not installed") != NULL);
	CHECK_OK(trust_tee.describe(&contract_env, buf_bytes(&x.blob), &x.policy, &i));
	CHECK(i.state == TRUST_UNAVAILABLE && strstr(i.detail, "libteec") != NULL);
}

static void no_tee_is_unavailable(void)
{
	TEE(tee);
	SEALED(x);
	bool same;

	REQUIRE_OK(sealed_make(&x, "none", 0, NULL));
	unsetenv("BULLA_FAKE_TEE");
	CHECK_ERR(sealed_open(&x, 0, &same), E_UNAVAILABLE);
	CHECK(strstr(logged, TEEC_DEVICE) != NULL);
	CHECK_EQ(sealed_state(&x), TRUST_UNAVAILABLE);
}

static void device_says_what_is_wrong_with_it(void)
{
	struct teec_why why = {0};
	char path[128];
	TEE(tee);

	snprintf(path, sizeof(path), "%s/none", tee.dir.path);
	teec_device_why(path, &why);
	CHECK(strstr(why.text, "there is no") != NULL && strstr(why.text, path) != NULL);
	snprintf(path, sizeof(path), "%s/device", tee.dir.path);
	file_write(path, "");
	teec_device_why(path, &why);
	CHECK(strstr(why.text, "no OP-TEE is behind it") != NULL);
	/* root may use any file: be somebody else then */
	CHECK(chmod(path, 0) == 0 && chmod(tee.dir.path, 0755) == 0);
	CHECK(syscall(SYS_geteuid) != 0 || seteuid(NOBODY) == 0);
	teec_device_why(path, &why);
	CHECK(syscall(SYS_getuid) != 0 || seteuid(0) == 0);
	CHECK(strstr(why.text, "no permission") != NULL);
	CHECK(strstr(why.text, "is for the group ") != NULL);
	CHECK(strstr(why.text, "(mode 000)") != NULL);
}

/* ---- what is left ---- */

static unsigned fds_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n;
}

static bool library_loaded(void)
{
	bool found = false;
	char line[512];
	FILE *f = fopen("/proc/self/maps", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		found = found || strstr(line, "libteec") != NULL;
	if (f != NULL)
		fclose(f);
	return found;
}

static void shared_memory_is_kept_and_wiped(void)
{
	TEE(tee);
	SEALED(x);
	bool same;

	REQUIRE_OK(sealed_make(&x, "pin", 5, NULL));
	CHECK(say.shared_kept && say.wiped);
	say.wiped = say.shared_kept = false;
	CHECK_OK(sealed_open(&x, 5, &same));
	CHECK(say.shared_kept && say.wiped);
	CHECK(!page_kept(say.memory)); /* it is the heap's again */
	say.wiped = false;
	CHECK_ERR(sealed_open(&x, 6, &same), E_AUTH);
	CHECK(say.wiped);
	say.wiped = false;
	fail_with("TEEC_InvokeCommand", TEEC_ERROR_GENERIC, 3, 0);
	CHECK_ERR(sealed_open(&x, 5, &same), E_UNAVAILABLE);
	CHECK(say.wiped);
}

/* How often the bytes that `turned` has with all bits turned are in this range, which is looked at
 * through a window, itself left out. */
static unsigned range_finds(
	int mem, unsigned long from, unsigned long to, const uint8_t turned[static 16])
{
	enum { WINDOW = 1 << 16 };
	uint8_t *window =
		mmap(NULL, WINDOW, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned found = 0;

	for (unsigned long at = from; at < to; at += WINDOW - 16) {
		ssize_t n = pread(mem, window, WINDOW, (off_t) at);

		for (ssize_t i = 0; i + 16 <= n && at + (unsigned long) i + 16 <= to; i++) {
			size_t k = 0;

			while (k < 16 && window[i + (ssize_t) k] == turn(turned[k]))
				k++;
			found += k == 16;
		}
	}
	munmap(window, WINDOW);
	return found;
}

static unsigned memory_finds(const uint8_t turned[static 16])
{
	unsigned long from, to, ranges[1024][2];
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512], mode[8];
	size_t count = 0;
	unsigned found = 0;

	while (f != NULL && count < 1024 && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3 && mode[1] == 'w' &&
			to - from < 1ul << 30) { /* not the sanitizers' own */
			ranges[count][0] = from;
			ranges[count++][1] = to;
		}
	if (f != NULL)
		fclose(f);
	for (size_t i = 0; i < count; i++)
		found += range_finds(mem, ranges[i][0], ranges[i][1], turned);
	close(mem);
	return found;
}

/* Neither what the PIN became nor S is anywhere, once the secrets are freed; while they are there,
 * they are in secret memory alone, which not even we can read like this. */
static void nothing_of_it_is_left_in_memory(void)
{
	struct trust_count count;
	struct policy pin = {.pin = true};
	uint8_t blob[TA_BLOB_LEN] = {TA_BLOB_VERSION};
	static volatile uint8_t known[] = "a known sequence";
	uint8_t turned[16];
	TEE(tee);
	SECRET(auth);
	SECRET(s);

	for (size_t i = 0; i < sizeof(turned); i++)
		turned[i] = turn(known[i]);
	CHECK(memory_finds(turned) > 0); /* it does find */
	REQUIRE_OK(ossl_random_public(say.hidden_s, sizeof(say.hidden_s)));
	REQUIRE_OK(ossl_random_public(say.hidden_auth, sizeof(say.hidden_auth)));
	REQUIRE_OK(secret_new(TRUST_AUTH_LEN, &auth));
	for (size_t i = 0; i < TRUST_AUTH_LEN; i++)
		secret_bytes(auth)[i] = turn(say.hidden_auth[i]);
	say.hidden = true;
	REQUIRE_OK(trust_tee.open(&contract_env, BYTES_OF(blob), &pin, auth, &s, &count));
	CHECK(secret_view(s).ptr[5] == turn(say.hidden_s[5]));
	secret_free(&auth);
	secret_free(&s);
	for (size_t i = 0; i + 16 <= TA_S_LEN; i += 16) {
		CHECK_EQ(memory_finds(say.hidden_s + i), 0);
		CHECK_EQ(memory_finds(say.hidden_auth + i), 0);
	}
}

static void nothing_stays_open(void)
{
	static const char *const functions[] = {"TEEC_InitializeContext",
		"TEEC_AllocateSharedMemory", "TEEC_OpenSession", "TEEC_InvokeCommand"};
	unsigned before = fds_open();
	TEE(tee);
	SEALED(x);
	bool same;

	REQUIRE_OK(sealed_make(&x, "pin", 5, NULL));
	CHECK_OK(sealed_open(&x, 5, &same));
	CHECK_ERR(sealed_open(&x, 6, &same), E_AUTH);
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		fail_with(functions[i], TEEC_ERROR_GENERIC, 3, 0);
		CHECK_ERR(sealed_open(&x, 5, &same), E_UNAVAILABLE);
	}
	CHECK_EQ(fds_open(), before);
	CHECK(!library_loaded());
}

static void an_opening_is_one_session(void)
{
	struct libteec_fake_counts before, after;
	TEE(tee);
	SEALED(x);
	bool same;

	REQUIRE_OK(sealed_make(&x, "pin+login=user", 5, NULL));
	before = libteec_fake_counts(tee.dir.path);
	CHECK_EQ(before.sessions, 1);
	CHECK_OK(sealed_open(&x, 5, &same));
	after = libteec_fake_counts(tee.dir.path);
	CHECK_EQ(after.contexts, before.contexts + 1);
	CHECK_EQ(after.sessions, before.sessions + 1);
	CHECK_EQ(after.commands, before.commands + 1);
}

static void random_goes_into_each_seal(void)
{
	uint8_t first[TA_RANDOM_LEN];
	TEE(tee);
	SEALED(a);
	SEALED(b);

	/* version, login, pin, tries, then it; SEAL is not the last command: ask for a failure */
	fail_with("TEEC_InvokeCommand", 0, 0, 0);
	answer_set(1, TA_ST_FULL, 0, 0);
	CHECK_ERR(sealed_make(&a, "none", 0, NULL), E_FULL);
	memcpy(first, say.seen_request + 7, sizeof(first));
	CHECK_ERR(sealed_make(&b, "none", 0, NULL), E_FULL);
	CHECK(memcmp(first, say.seen_request + 7, sizeof(first)) != 0);
	CHECK(first[0] != 0 || first[1] != 0 || first[2] != 0 || first[3] != 0);
}

static const struct test tests[] = {
	CONTRACT_TESTS,
	TEST(change_keeps_the_old_one_until_settled),
	TEST(change_not_settled_the_first_opening_does),
	TEST(change_spends_no_try),
	TEST(change_of_what_is_gone_begins_anew),
	TEST(change_of_another_tokens_seal_is_refused),
	TEST(destroyed_never_opens_again),
	TEST(ten_wrong_pins_lock_and_the_owner_unlocks),
	TEST(any_flipped_byte_fails),
	TEST(another_machines_seal_is_foreign),
	TEST(own_user_and_group_open),
	TEST(seal_for_somebody_else_is_refused_here),
	TEST(seal_of_another_login_is_refused_by_the_ta),
	TEST(another_user_does_not_open),
	TEST(every_status_has_its_error),
	TEST(every_state_is_described),
	TEST(describe_tells_of_the_tee),
	TEST(hostile_text_is_made_printable),
	TEST(malformed_answers_are_corrupt),
	TEST(malformed_descriptions_are_corrupt),
	TEST(seal_that_does_not_open_is_destroyed),
	TEST(every_error_of_libteec_is_told),
	TEST(group_that_the_kernel_denies_is_a_policy_error),
	TEST(panic_is_met_with_a_new_session_once),
	TEST(busy_is_asked_again_for_a_while),
	TEST(libteec_absent_is_unavailable),
	TEST(no_tee_is_unavailable),
	TEST(device_says_what_is_wrong_with_it),
	TEST(shared_memory_is_kept_and_wiped),
	TEST(nothing_of_it_is_left_in_memory),
	TEST(nothing_stays_open),
	TEST(an_opening_is_one_session),
	TEST(random_goes_into_each_seal),
};
TEST_MAIN(tests)
