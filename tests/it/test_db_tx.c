/* Transactions of lib/db against a real server: commit, roll back, deadlock and retry. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "it.h"
#include "it_db.h"

static struct db_pool *pool;
static struct db *db;
static struct arena *ar;

static int
suite_up(void)
{
    pool = it_pool(4);
    ar = arena_new(1 << 12);
    return 0;
}

static int
suite_down(void)
{
    db_pool_free(pool);
    arena_free(ar);
    return 0;
}

static void
test_up(void)
{
    if (db_acquire(pool, &db) != ERR_OK)
        abort();
    it_sql(db, "DROP TABLE IF EXISTS tx, mark");
    it_sql(db, "CREATE TABLE tx (id INT PRIMARY KEY, n INT NOT NULL)");
    it_sql(db, "CREATE TABLE mark (who INT NOT NULL)");
    it_sql(db, "INSERT INTO tx VALUES (1, 0), (2, 0)");
}

static void
test_down(void)
{
    db_release(db);
    arena_reset(ar);
}

static int64_t
number(const char *sql)
{
    struct db_rows r;

    CU_ASSERT_EQUAL_FATAL(db_row(db, sql, NULL, 0, ar, &r), ERR_OK);
    return db_i64(&r, 0, 0);
}

struct plan {
    enum err answers[4];
    int runs;
};

static enum err
follow(struct db *d, void *arg)
{
    struct plan *p = arg;

    CU_ASSERT(db_in_tx(d));
    it_sql(d, "UPDATE tx SET n = n + 1 WHERE id = 1");
    return p->answers[p->runs++];
}

static void
test_commit_and_rollback(void)
{
    struct plan good = {{ERR_OK}, 0}, bad = {{ERR_CONFLICT}, 0};

    CU_ASSERT_EQUAL(db_tx(db, follow, &good), ERR_OK);
    CU_ASSERT_EQUAL(number("SELECT n FROM tx WHERE id = 1"), 1);
    CU_ASSERT_EQUAL(db_tx(db, follow, &bad), ERR_CONFLICT);
    CU_ASSERT_EQUAL(bad.runs, 1);
    CU_ASSERT(!db_in_tx(db));
    CU_ASSERT_EQUAL(number("SELECT n FROM tx WHERE id = 1"), 1);
}

static void
test_busy_is_retried_twice(void)
{
    struct plan second = {{ERR_BUSY, ERR_OK}, 0};
    struct plan never = {{ERR_BUSY, ERR_BUSY, ERR_BUSY, ERR_OK}, 0};

    CU_ASSERT_EQUAL(db_tx(db, follow, &second), ERR_OK);
    CU_ASSERT_EQUAL(second.runs, 2);
    it_log_begin();
    CU_ASSERT_EQUAL(db_tx(db, follow, &never), ERR_BUSY);
    it_log_end();
    CU_ASSERT_EQUAL(never.runs, 3);
    CU_ASSERT_EQUAL(number("SELECT n FROM tx WHERE id = 1"), 1);
}

/* Two threads take two rows in opposite order; each waits for the other the first time.
 */
struct duel {
    pthread_barrier_t both;
    pthread_mutex_t lock;
    int runs, next;
    bool swallow; /* go on after the deadlock as if it had not been */
};

struct side {
    struct duel *duel;
    int first;
    bool met;
};

static enum err
cross(struct db *d, void *arg)
{
    struct side *s = arg;
    const struct db_val one[] = {DB_I64(s->first)}, two[] = {DB_I64(3 - s->first)};
    const char *sql = "UPDATE tx SET n = n + 1 WHERE id = ?";
    enum err e;

    pthread_mutex_lock(&s->duel->lock);
    s->duel->runs++;
    pthread_mutex_unlock(&s->duel->lock);
    if ((e = db_exec(d, sql, one, 1, NULL)) != ERR_OK)
        return e;
    if (!s->met)
        pthread_barrier_wait(&s->duel->both);
    s->met = true;
    e = db_exec(d, sql, two, 1, NULL);
    if (e != ERR_OK && !s->duel->swallow)
        return e;
    e = db_exec(d, "INSERT INTO mark VALUES (?)", one, 1, NULL);
    return s->duel->swallow ? ERR_OK : e;
}

static void *
fight(void *arg)
{
    struct duel *du = arg;
    struct side s = {.duel = du};
    struct db *d;

    pthread_mutex_lock(&du->lock);
    s.first = ++du->next;
    pthread_mutex_unlock(&du->lock);
    if (db_acquire(pool, &d) != ERR_OK || db_tx(d, cross, &s) != ERR_OK)
        abort();
    db_release(d);
    return NULL;
}

static void
duel_run(bool swallow)
{
    struct duel du = {.lock = PTHREAD_MUTEX_INITIALIZER, .swallow = swallow};

    pthread_barrier_init(&du.both, NULL, 2);
    it_threads(2, fight, &du);
    pthread_barrier_destroy(&du.both);
    CU_ASSERT(du.runs > 2);
    CU_ASSERT_EQUAL(number("SELECT COUNT(*) FROM tx WHERE n = 2"), 2);
    CU_ASSERT_EQUAL(number("SELECT COUNT(*) FROM mark"), 2);
}

static void
test_deadlock_is_retried(void)
{
    duel_run(false);
}

/* What runs after the server rolled back must not commit by itself. */
static void
test_deadlock_cannot_be_swallowed(void)
{
    duel_run(true);
}

static enum err
lose_connection(struct db *d, void *arg)
{
    struct db_rows r;
    struct db *other;
    char sql[40];

    (void)arg;
    it_sql(d, "UPDATE tx SET n = n + 1 WHERE id = 1");
    CU_ASSERT_EQUAL_FATAL(db_row(d, "SELECT CONNECTION_ID()", NULL, 0, ar, &r), ERR_OK);
    snprintf(sql, sizeof(sql), "KILL %d", (int)db_i64(&r, 0, 0));
    CU_ASSERT_EQUAL_FATAL(db_acquire(pool, &other), ERR_OK);
    it_sql(other, sql);
    db_release(other);
    clock_sleep_ms(50);
    return ERR_OK;
}

static void
test_connection_lost_before_commit(void)
{
    it_log_begin();
    CU_ASSERT_EQUAL(db_tx(db, lose_connection, NULL), ERR_UPSTREAM);
    it_log_end();
    db_release(db);
    CU_ASSERT_EQUAL_FATAL(db_acquire(pool, &db), ERR_OK);
    CU_ASSERT_EQUAL(number("SELECT n FROM tx WHERE id = 1"), 0);
}

static CU_TestInfo tests[] = {
    {"commit and roll back", test_commit_and_rollback},
    {"busy is tried three times", test_busy_is_retried_twice},
    {"a deadlock is retried", test_deadlock_is_retried},
    {"a swallowed deadlock is retried", test_deadlock_cannot_be_swallowed},
    {"the connection is lost before COMMIT", test_connection_lost_before_commit},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"db_tx", suite_up, suite_down, test_up, test_down, tests};

    return it_main(&s);
}
