/* SPDX-License-Identifier: BSD-2-Clause */
/* The budget of wrong PINs (docs/decisions/0014): below the source's own limit, so that a stale PIN
 * in a loop cannot lock the whole machine. It is advice that anybody who can write the store can
 * change; the source's count is the protection. Writing it does not advance the generation. */
#include "broken.h"
#include "log.h"
#include "place.h"
#include "queue.h"
#include "store.h"

#define INTERVAL_UNKNOWN_S 600u

/* A role has up to two rows: its budget with the last count of the source that it is for, and, from
 * when a source that counts by seal was asked until another one is, that source's count. */
#define ROW_BY_SEAL 16u

struct row {
	uint32_t failed;
	uint64_t counted_s; /* failures are forgotten from here on, one per interval */
	struct trust_count last;
	uint64_t last_s;
};

static struct err u32_read(struct db_stmt *s, int at, uint32_t *ret)
{
	uint64_t v = 0;

	TRY(db_u64(s, at, &v));
	if (v > UINT32_MAX)
		return ERR(E_CORRUPT);
	*ret = (uint32_t) v;
	return OK;
}

static struct err row_columns(struct db_stmt *s, struct row *r)
{
	uint32_t known = 0, locked = 0;

	TRY(u32_read(s, 0, &r->failed));
	TRY(db_u64(s, 1, &r->counted_s));
	TRY(u32_read(s, 2, &known));
	TRY(u32_read(s, 3, &locked));
	TRY(u32_read(s, 4, &r->last.failed));
	TRY(u32_read(s, 5, &r->last.max));
	TRY(u32_read(s, 6, &r->last.interval_s));
	TRY(u32_read(s, 7, &r->last.recovery_s));
	TRY(db_u64(s, 8, &r->last_s));
	r->last.known = known != 0;
	r->last.locked = locked != 0;
	return OK;
}

static struct err row_read(struct db *db, uint64_t key, struct row *ret)
{
	bool found = false;
	struct row r = {0};
	STMT(s);

	TRY(db_prepare(db,
		"SELECT failed, counted_s, known, locked, source_failed, source_max, interval_s, "
		"recovery_s, last_s FROM budget WHERE role=?1",
		&s));
	TRY(db_bind_u64(&s, 1, key));
	TRY(db_step(&s, &found));
	/* a row that makes no sense is no reason to refuse anybody: it counts nothing */
	if (found && row_columns(&s, &r).code != E_OK)
		r = (struct row){0};
	*ret = r;
	return OK;
}

static struct err row_write(struct db *db, uint64_t key, const struct row *r)
{
	const uint64_t values[] = {key, r->failed, r->counted_s, r->last.known, r->last.locked,
		r->last.failed, r->last.max, r->last.interval_s, r->last.recovery_s, r->last_s};
	STMT(s);

	TRY(db_prepare(db,
		"INSERT OR REPLACE INTO budget(role, failed, counted_s, known, locked, "
		"source_failed, source_max, interval_s, recovery_s, last_s) "
		"VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
		&s));
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		TRY(db_bind_u64(&s, (int) i + 1, values[i]));
	return db_run(&s, NULL);
}

static struct err row_forget(struct db *db, uint64_t key)
{
	STMT(s);

	TRY(db_prepare(db, "DELETE FROM budget WHERE role=?1", &s));
	TRY(db_bind_u64(&s, 1, key));
	return db_run(&s, NULL);
}

static uint32_t interval_of(const struct row *r)
{
	return r->last.known && r->last.interval_s > 0 ? r->last.interval_s : INTERVAL_UNKNOWN_S;
}

/* Failures that the time has healed are gone. A clock that went back heals nothing, and starts the
 * counting anew. */
static void row_decay(struct row *r, uint64_t now_s)
{
	uint64_t healed;

	if (r->failed == 0 || now_s < r->counted_s) {
		r->counted_s = now_s;
		return;
	}
	healed = (now_s - r->counted_s) / interval_of(r);
	r->counted_s += healed * interval_of(r);
	r->failed -= healed < r->failed ? (uint32_t) healed : r->failed;
	if (r->failed == 0)
		r->counted_s = now_s;
}

static uint32_t allowed_of(const struct row *r, unsigned pin_tries)
{
	uint32_t allowed = pin_tries;

	if (pin_tries == 0)
		return 0;
	if (r->last.known && r->last.max > 0 && allowed > r->last.max - 1)
		allowed = r->last.max - 1;
	return allowed > 0 ? allowed : 1;
}

/* The source said so, and its next failure is not forgotten yet. */
static bool source_locked(const struct row *r, uint64_t now_s)
{
	uint64_t wait = r->last.interval_s > 0 ? r->last.interval_s : r->last.recovery_s;

	return r->last.known && r->last.locked && now_s >= r->last_s && now_s - r->last_s < wait;
}

static bool row_locked(const struct row *r, unsigned pin_tries, uint64_t now_s)
{
	uint32_t allowed = allowed_of(r, pin_tries);

	return source_locked(r, now_s) || (allowed > 0 && r->failed >= allowed);
}

struct budget {
	uint64_t key;
	unsigned pin_tries;
	uint64_t now_s;
	struct row row, by_seal;
	bool wrong;
	const struct trust_count *count;
};

static struct err read_work(struct db *db, void *arg)
{
	struct budget *b = arg;

	return row_read(db, b->key, &b->row);
}

static struct err both_work(struct db *db, void *arg)
{
	struct budget *b = arg;

	TRY(row_read(db, b->key + ROW_BY_SEAL, &b->by_seal));
	return row_read(db, b->key, &b->row);
}

static struct trust_count by_seal_tell(const struct row *r, uint64_t now_s)
{
	struct trust_count c = r->last;

	c.locked = c.locked && (c.interval_s == 0 || source_locked(r, now_s));
	return c;
}

struct err store_budget_read(struct store *s, enum seal_role role, unsigned pin_tries,
	uint64_t now_s, struct store_budget *ret)
{
	struct budget b = {.key = (uint64_t) role};

	TRY(place_read(s, 0, both_work, &b));
	row_decay(&b.row, now_s);
	*ret = (struct store_budget){
		.failed = b.row.failed,
		.allowed = allowed_of(&b.row, pin_tries),
		.last = b.row.last,
		.last_s = b.row.last_s,
		.locked = row_locked(&b.row, pin_tries, now_s),
		.by_seal = by_seal_tell(&b.by_seal, now_s),
	};
	return OK;
}

static struct err take_work(struct db *db, void *arg)
{
	struct budget *b = arg;

	TRY(row_read(db, b->key, &b->row));
	row_decay(&b->row, b->now_s);
	if (row_locked(&b->row, b->pin_tries, b->now_s))
		return ERR(E_LOCKED);
	b->row.failed += b->row.failed < UINT32_MAX ? 1 : 0;
	return row_write(db, b->key, &b->row);
}

/* A store that cannot be written, for whatever reason of its own, is no reason to lock its user
 * out: the source counts for itself. */
static struct err uncounted(struct err e)
{
	if (e.code != E_READ_ONLY && e.code != E_FULL && e.code != E_PERMISSION)
		return e;
	log_info("the budget of wrong pins cannot be written: %s", err_str(e));
	return OK;
}

/* The file of the generation, through a descriptor of its own: the directory's lock file is the
 * queue at the trust source, and is entered while this turn is ours. */
struct err store_budget_enter(struct store *s, const struct trust_env *env, int *ret_turn)
{
	if (BROKEN("budget-turn"))
		return OK;
	return queue_enter(s->gen_path, env, ret_turn);
}

void store_budget_leave(int *turn)
{
	queue_leave(turn);
}

struct err store_budget_take(
	struct store *s, enum seal_role role, unsigned pin_tries, uint64_t now_s)
{
	struct budget b = {.key = (uint64_t) role, .pin_tries = pin_tries, .now_s = now_s};

	if (store_writable(s))
		return uncounted(place_write(s, take_work, &b));
	TRY(place_read(s, 0, read_work, &b));
	row_decay(&b.row, now_s);
	return row_locked(&b.row, pin_tries, now_s) ? ERR(E_LOCKED) : OK;
}

static struct err settle_work(struct db *db, void *arg)
{
	struct budget *b = arg;

	TRY(row_read(db, b->key, &b->row));
	row_decay(&b->row, b->now_s);
	if (!b->wrong && b->row.failed > 0)
		b->row.failed--;
	if (b->count->known) {
		b->row.last = *b->count;
		b->row.last_s = b->now_s;
		TRY(row_forget(db, b->key + ROW_BY_SEAL));
	}
	return row_write(db, b->key, &b->row);
}

struct err store_budget_settle(struct store *s, enum seal_role role, bool wrong,
	const struct trust_count *count, uint64_t now_s)
{
	struct budget b = {.key = (uint64_t) role, .now_s = now_s, .wrong = wrong, .count = count};

	return store_writable(s) ? uncounted(place_write(s, settle_work, &b)) : OK;
}

static struct err note_work(struct db *db, void *arg)
{
	struct budget *b = arg;

	return b->row.last.known ? row_write(db, b->key, &b->row) : row_forget(db, b->key);
}

/* Nothing to write? A login with the right PIN is the common case, and says what the last one said.
 */
static bool note_known(const struct row *then, const struct row *now)
{
	const struct trust_count *a = &then->last, *b = &now->last;

	if (!a->known || !b->known)
		return a->known == b->known;
	return a->interval_s == 0 && b->interval_s == 0 && a->locked == b->locked &&
	       a->failed == b->failed && a->max == b->max;
}

struct err store_budget_note(
	struct store *s, enum seal_role role, const struct trust_count *count, uint64_t now_s)
{
	struct budget then = {.key = (uint64_t) role + ROW_BY_SEAL};
	struct budget now = {.key = then.key, .row = {.last = *count, .last_s = now_s}};

	TRY(place_read(s, 0, read_work, &then));
	if (!store_writable(s) || note_known(&then.row, &now.row))
		return OK;
	return uncounted(place_write(s, note_work, &now));
}
