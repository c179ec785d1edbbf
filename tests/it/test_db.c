/* lib/db against a real server: values, errors, sessions, the pool.  Transactions and
 * migrations have programs of their own. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "db/db.h"
#include "it.h"
#include "it_db.h"

static struct db_pool *pool;
static struct db *db;
static struct arena *ar;

static int
suite_up(void)
{
    pool = it_pool(4);
    ar = arena_new(1 << 16);
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
    it_sql(db, "DROP TABLE IF EXISTS child, parent");
    it_sql(db, "CREATE TABLE parent (id BIGINT PRIMARY KEY, name VARCHAR(40) UNIQUE,"
               " n INT NOT NULL DEFAULT 0 CHECK (n >= 0), big BIGINT UNSIGNED,"
               " d DECIMAL(10,2), t LONGTEXT, b LONGBLOB) DEFAULT CHARSET utf8mb4");
    it_sql(db, "CREATE TABLE child (id BIGINT PRIMARY KEY, parent_id BIGINT NOT NULL,"
               " FOREIGN KEY (parent_id) REFERENCES parent (id))");
}

static void
test_down(void)
{
    db_release(db);
    arena_reset(ar);
}

static struct db_rows
one(const char *sql)
{
    struct db_rows r;

    CU_ASSERT_EQUAL_FATAL(db_row(db, sql, NULL, 0, ar, &r), ERR_OK);
    return r;
}

static void
test_integers(void)
{
    struct db_rows r;

    it_sql(db,
        "INSERT INTO parent (id, n, big) VALUES (1, 5, 9223372036854775807), (2, 7, 0)");
    r = one("SELECT SUM(n), COUNT(*), MAX(id), -2147483648, MAX(big), SUM(n) > 11"
            " FROM parent WHERE id IN (1, 2)");
    CU_ASSERT_EQUAL(r.cols, 6);
    CU_ASSERT_EQUAL(db_i64(&r, 0, 0), 12);
    CU_ASSERT_EQUAL(db_i64(&r, 0, 1), 2);
    CU_ASSERT_EQUAL(db_i64(&r, 0, 2), 2);
    CU_ASSERT_EQUAL(db_i64(&r, 0, 3), INT32_MIN);
    CU_ASSERT_EQUAL(db_i64(&r, 0, 4), INT64_MAX);
    CU_ASSERT_EQUAL(db_i64(&r, 0, 5), 1);
}

static void
test_int64_bounds(void)
{
    const struct db_val v[] = {DB_I64(INT64_MIN), DB_I64(INT64_MAX)};
    struct db_rows r;

    CU_ASSERT_EQUAL(
        db_row(db, "SELECT CAST(? AS SIGNED), CAST(? AS SIGNED)", v, 2, ar, &r), ERR_OK);
    CU_ASSERT_EQUAL(db_i64(&r, 0, 0), INT64_MIN);
    CU_ASSERT_EQUAL(db_i64(&r, 0, 1), INT64_MAX);
    it_sql(db, "INSERT INTO parent (id, big) VALUES (1, 9223372036854775808)");
    it_log_begin();
    CU_ASSERT_EQUAL(db_row(db, "SELECT big FROM parent", NULL, 0, ar, &r), ERR_INTERNAL);
    CU_ASSERT_EQUAL(
        db_row(db, "SELECT SUM(big) + 9223372036854775808 FROM parent", NULL, 0, ar, &r),
        ERR_INTERNAL);
    it_log_end();
    r = one("SELECT 3");
    CU_ASSERT_EQUAL(db_i64(&r, 0, 0), 3);
}

static void
test_fractions_are_text(void)
{
    struct db_rows r;

    it_sql(db, "INSERT INTO parent (id, d) VALUES (1, 12.50)");
    r = one("SELECT d, d * 2, 1.5E0 FROM parent");
    CU_ASSERT(str_eq_c(db_str(&r, 0, 0), "12.50"));
    CU_ASSERT(str_eq_c(db_str(&r, 0, 1), "25.00"));
    CU_ASSERT(str_eq_c(db_str(&r, 0, 2), "1.5"));
}

static void
test_null_and_empty(void)
{
    const struct db_val v[] = {DB_I64(1), DB_STRN(STR_NULL), DB_STR(STR("")), DB_ID(0)};
    struct db_rows r;

    CU_ASSERT_EQUAL(
        db_exec(
            db, "INSERT INTO parent (id, name, t, big) VALUES (?, ?, ?, ?)", v, 4, NULL),
        ERR_OK);
    r = one("SELECT name, t, big, NULL FROM parent");
    CU_ASSERT(db_is_null(&r, 0, 0));
    CU_ASSERT_PTR_NULL(db_str(&r, 0, 0).p);
    CU_ASSERT(!db_is_null(&r, 0, 1));
    CU_ASSERT_EQUAL(db_str(&r, 0, 1).n, 0);
    CU_ASSERT_PTR_NOT_NULL(db_str(&r, 0, 1).p);
    CU_ASSERT(db_is_null(&r, 0, 2));
    CU_ASSERT_EQUAL(db_i64(&r, 0, 2), 0);
    CU_ASSERT(db_is_null(&r, 0, 3));
}

/* Around the size that is fetched in place, and far above 64 KiB. */
static void
test_blobs(void)
{
    static const size_t sizes[] = {1, 239, 240, 241, 65535, 65537, 300000};
    const char *sql = "INSERT INTO parent (id, b) VALUES (?, ?)";
    struct db_rows r;

    for (size_t i = 0; i < NELEM(sizes); i++) {
        char *p = arena_alloc(ar, sizes[i]);
        const struct db_val v[] = {
            DB_I64((int64_t)i), DB_STR(((struct str){p, sizes[i]}))};

        rand_bytes(p, sizes[i]);
        CU_ASSERT_EQUAL_FATAL(db_exec(db, sql, v, 2, NULL), ERR_OK);
        CU_ASSERT_EQUAL_FATAL(
            db_row(db, "SELECT b, LENGTH(b) FROM parent WHERE id = ?", v, 1, ar, &r),
            ERR_OK);
        CU_ASSERT_EQUAL(db_i64(&r, 0, 1), (int64_t)sizes[i]);
        CU_ASSERT(str_eq(db_str(&r, 0, 0), v[1].s));
    }
}

static void
test_unicode(void)
{
    const struct db_val v[] = {DB_STR(STR("na\xc3\xafve \xf0\x9f\xa7\xbf '\"\\ ;--"))};
    struct db_rows r;

    CU_ASSERT_EQUAL(
        db_exec(db, "INSERT INTO parent (id, name) VALUES (1, ?)", v, 1, NULL), ERR_OK);
    CU_ASSERT_EQUAL(
        db_row(db, "SELECT name, CHAR_LENGTH(name) FROM parent WHERE name = ?", v, 1, ar,
            &r),
        ERR_OK);
    CU_ASSERT(str_eq(db_str(&r, 0, 0), v[0].s));
    CU_ASSERT_EQUAL(db_i64(&r, 0, 1), 15);
}

static void
test_rows_found_are_counted(void)
{
    uint64_t rows = 99;

    it_sql(db, "INSERT INTO parent (id, n) VALUES (1, 5), (2, 5)");
    CU_ASSERT_EQUAL(db_exec(db, "UPDATE parent SET n = 5", NULL, 0, &rows), ERR_OK);
    CU_ASSERT_EQUAL(rows, 2);
    CU_ASSERT_EQUAL(
        db_exec(db, "DELETE FROM parent WHERE id = 9", NULL, 0, &rows), ERR_OK);
    CU_ASSERT_EQUAL(rows, 0);
}

static void
test_row_none_and_several(void)
{
    struct db_rows r;

    CU_ASSERT_EQUAL(db_row(db, "SELECT id FROM parent", NULL, 0, ar, &r), ERR_NOT_FOUND);
    it_sql(db, "INSERT INTO parent (id) VALUES (1), (2), (3)");
    r = one("SELECT id FROM parent ORDER BY id");
    CU_ASSERT_EQUAL(r.n, 1);
    CU_ASSERT_EQUAL(db_i64(&r, 0, 0), 1);
    CU_ASSERT_EQUAL(
        db_query(db, "SELECT id FROM parent ORDER BY id", NULL, 0, ar, &r), ERR_OK);
    CU_ASSERT_EQUAL(r.n, 3);
    CU_ASSERT_EQUAL(db_i64(&r, 2, 0), 3);
}

static void
test_result_bound(void)
{
    struct db_rows r;

    CU_ASSERT_EQUAL(
        db_query(db, "SELECT seq FROM seq_1_to_100000", NULL, 0, ar, &r), ERR_OK);
    CU_ASSERT_EQUAL(r.n, DB_ROWS_MAX);
    CU_ASSERT_EQUAL(db_i64(&r, 99999, 0), 100000);
    it_log_begin();
    CU_ASSERT_EQUAL(
        db_query(db, "SELECT seq FROM seq_1_to_100001", NULL, 0, ar, &r), ERR_TOO_LARGE);
    it_log_end();
    one("SELECT 1");
}

struct sum {
    int64_t n, total, stop_at;
};

static enum err
add_row(void *arg, const struct db_val *row, size_t cols)
{
    struct sum *s = arg;

    CU_ASSERT_EQUAL(cols, 2);
    CU_ASSERT_EQUAL(row[1].s.n, 300);
    s->total += row[0].i;
    return ++s->n == s->stop_at ? ERR_CONFLICT : ERR_OK;
}

static void
test_each(void)
{
    const char *sql = "SELECT seq, REPEAT('x', 300) FROM seq_1_to_150000";
    struct db_rows limit = one("SELECT @@max_statement_time > 0, @@max_statement_time");
    struct sum s = {0};

    CU_ASSERT_EQUAL(db_i64(&limit, 0, 0), 1);
    CU_ASSERT_EQUAL(db_each(db, sql, NULL, 0, add_row, &s), ERR_OK);
    CU_ASSERT_EQUAL(s.n, 150000);
    CU_ASSERT_EQUAL(s.total, INT64_C(150000) * 150001 / 2);
    s = (struct sum){.stop_at = 10};
    CU_ASSERT_EQUAL(db_each(db, sql, NULL, 0, add_row, &s), ERR_CONFLICT);
    CU_ASSERT_EQUAL(s.n, 10);
    limit = one("SELECT @@max_statement_time > 0");
    CU_ASSERT_EQUAL(db_i64(&limit, 0, 0), 1);
}

static void
test_errors_of_constraints(void)
{
    it_sql(db, "INSERT INTO parent (id, name) VALUES (1, 'a')");
    it_sql(db, "INSERT INTO child (id, parent_id) VALUES (1, 1)");
    CU_ASSERT_EQUAL(it_try(db, "INSERT INTO parent (id) VALUES (1)"), ERR_CONFLICT);
    CU_ASSERT_EQUAL(
        it_try(db, "INSERT INTO parent (id, name) VALUES (2, 'a')"), ERR_CONFLICT);
    CU_ASSERT_EQUAL(it_try(db, "DELETE FROM parent WHERE id = 1"), ERR_CONFLICT);
    CU_ASSERT_EQUAL(
        it_try(db, "INSERT INTO child (id, parent_id) VALUES (2, 9)"), ERR_CONFLICT);
    CU_ASSERT_EQUAL(it_try(db, "INSERT INTO parent (id, n) VALUES (3, -1)"), ERR_INVALID);
}

static void
test_errors_of_ours(void)
{
    const struct db_val v[] = {DB_I64(1), DB_I64(2)};
    struct db_rows r;

    it_log_begin();
    CU_ASSERT_EQUAL(it_try(db, "SELEC 1"), ERR_INTERNAL);
    CU_ASSERT_EQUAL(it_try(db, "SELECT x FROM nowhere"), ERR_INTERNAL);
    CU_ASSERT_EQUAL(db_exec(db, "DO ?", v, 2, NULL), ERR_INTERNAL);
    CU_ASSERT_EQUAL(db_row(db, "DO 1", NULL, 0, ar, &r), ERR_INTERNAL);
    /* The one that serves requests never takes two statements. */
    CU_ASSERT_EQUAL(it_try(db, "DO 1; DO 2"), ERR_INTERNAL);
    it_log_end();
    one("SELECT 1");
}

static void
test_log_has_no_values(void)
{
    const struct db_val bad[] = {DB_STR(STR("it's secretvalue"))};
    const char *log;

    it_log_begin();
    CU_ASSERT_EQUAL(db_exec(db, "INSERT INTO parent (id, n) VALUES (1, ?)", bad, 1, NULL),
        ERR_INTERNAL);
    CU_ASSERT_EQUAL(
        db_exec(db, "INSERT INTO parent (id, name) VALUES (1, ?)", bad, 1, NULL), ERR_OK);
    CU_ASSERT_EQUAL(
        db_exec(db, "INSERT INTO parent (id, name) VALUES (2, ?)", bad, 1, NULL),
        ERR_CONFLICT);
    log = it_log_text();
    CU_ASSERT_PTR_NOT_NULL(strstr(log, "1366"));
    CU_ASSERT_PTR_NOT_NULL(strstr(log, "INSERT INTO parent (id, n)"));
    CU_ASSERT_PTR_NULL(strstr(log, "secretvalue"));
    CU_ASSERT_PTR_NULL(strstr(log, "1062"));
    it_log_end();
}

static void
test_statement_timeout(void)
{
    struct db_conf c = it_conf(1);
    struct db_pool *p;
    struct db *slow;
    int64_t t0;

    c.statement_timeout_ms = 300;
    p = db_pool_new(&c);
    CU_ASSERT_EQUAL_FATAL(db_acquire(p, &slow), ERR_OK);
    t0 = clock_mono_us();
    it_log_begin();
    CU_ASSERT_EQUAL(it_try(slow, "SELECT SUM(a.seq * b.seq)"
                                 " FROM seq_1_to_100000 a, seq_1_to_100000 b"),
        ERR_UPSTREAM);
    it_log_end();
    CU_ASSERT(clock_mono_us() - t0 < 1500000);
    CU_ASSERT_EQUAL(it_try(slow, "SELECT 1"), ERR_OK);
    db_release(slow);
    db_pool_free(p);
}

static void
test_lock_wait(void)
{
    struct db_conf c = it_conf(2);
    struct db_rows r;
    struct db_pool *p;
    struct db *d1, *d2;

    c.statement_timeout_ms = 6000;
    p = db_pool_new(&c);
    it_sql(db, "INSERT INTO parent (id) VALUES (1)");
    CU_ASSERT_EQUAL_FATAL(db_acquire(p, &d1), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(db_acquire(p, &d2), ERR_OK);
    it_sql(d1, "START TRANSACTION");
    it_sql(d1, "UPDATE parent SET n = 9 WHERE id = 1");
    CU_ASSERT_EQUAL(it_try(d2, "UPDATE parent SET n = 3 WHERE id = 1"), ERR_BUSY);
    /* Giving it back ends the transaction it was left in. */
    db_release(d1);
    CU_ASSERT_EQUAL(it_try(d2, "UPDATE parent SET n = n + 1 WHERE id = 1"), ERR_OK);
    r = one("SELECT n FROM parent");
    CU_ASSERT_EQUAL(db_i64(&r, 0, 0), 1);
    db_release(d2);
    db_pool_free(p);
}

static void
test_read_only_and_user_limit(void)
{
    struct db_conf c = it_conf(2);
    struct db_pool *p;
    struct db *d1, *d2;

    it_sql(db, "CREATE OR REPLACE USER plain@localhost WITH MAX_USER_CONNECTIONS 1");
    it_sql(db, "GRANT SELECT, INSERT ON *.* TO plain@localhost");
    c.user = "plain";
    p = db_pool_new(&c);
    CU_ASSERT_EQUAL_FATAL(db_acquire(p, &d1), ERR_OK);
    CU_ASSERT_EQUAL(db_acquire(p, &d2), ERR_BUSY);
    it_sql(db, "SET GLOBAL read_only = 1");
    it_log_begin();
    CU_ASSERT_EQUAL(it_try(d1, "INSERT INTO parent (id) VALUES (5)"), ERR_UPSTREAM);
    it_log_end();
    it_sql(db, "SET GLOBAL read_only = 0");
    db_release(d1);
    db_pool_free(p);
}

static void
test_session(void)
{
    struct db_rows r =
        one("SELECT @@time_zone, @@tx_isolation, @@innodb_lock_wait_timeout,"
            " @@autocommit, @@character_set_client, @@sql_mode, @@idle_transaction_timeout");

    CU_ASSERT(str_eq_c(db_str(&r, 0, 0), "+00:00"));
    CU_ASSERT(str_eq_c(db_str(&r, 0, 1), "READ-COMMITTED"));
    CU_ASSERT_EQUAL(db_i64(&r, 0, 2), 2);
    CU_ASSERT_EQUAL(db_i64(&r, 0, 3), 1);
    CU_ASSERT(str_eq_c(db_str(&r, 0, 4), "utf8mb4"));
    CU_ASSERT_PTR_NOT_NULL(strstr(db_str(&r, 0, 5).p, "STRICT_ALL_TABLES"));
    CU_ASSERT_PTR_NOT_NULL(strstr(db_str(&r, 0, 5).p, "ONLY_FULL_GROUP_BY"));
    /* A program that freezes in a transaction loses its locks. */
    CU_ASSERT_EQUAL(db_i64(&r, 0, 6), 5);
}

static int64_t
status(const char *name)
{
    const struct db_val v[] = {DB_STR(str_c(name))};
    struct db_rows r;
    int64_t n = -1;

    CU_ASSERT_EQUAL_FATAL(
        db_row(db,
            "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
            " WHERE VARIABLE_NAME = ?",
            v, 1, ar, &r),
        ERR_OK);
    CU_ASSERT(str_i64(db_str(&r, 0, 0), &n));
    return n;
}

static void
test_statements_are_cached_and_bounded(void)
{
    struct db_rows r;
    int64_t prepared;
    char sql[40];

    one("SELECT 7");
    prepared = status("COM_STMT_PREPARE");
    for (int i = 0; i < 50; i++)
        one("SELECT 7");
    CU_ASSERT_EQUAL(status("COM_STMT_PREPARE"), prepared);
    for (int i = 0; i < 600; i++) {
        snprintf(sql, sizeof(sql), "SELECT %d", i);
        r = one(sql);
        CU_ASSERT_EQUAL(db_i64(&r, 0, 0), i);
    }
    CU_ASSERT(status("PREPARED_STMT_COUNT") <= 256);
}

static int64_t
prepared_now(void)
{
    return status("PREPARED_STMT_COUNT");
}

/* After a rush: connections nobody uses are closed, and of one that is used on, the statements
 * of many rows are given up; the small ones stay. */
static void
test_a_rush_leaves_no_memory_behind(void)
{
    struct db_conf c = it_conf(2);
    struct db_val v[200];
    struct db_pool *p;
    struct db *busy, *idle;
    struct db_rows r;
    struct buf wide;
    int64_t was;

    c.unused_ms = 20;
    p = db_pool_new(&c);
    (void)prepared_now();
    was = prepared_now();
    buf_init(&wide, 4096);
    buf_c(&wide, "SELECT 1 IN (");
    for (size_t i = 0; i < NELEM(v); i++) {
        buf_c(&wide, i > 0 ? ",?" : "?");
        v[i] = DB_I64((int64_t)i);
    }
    buf_char(&wide, ')');
    CU_ASSERT_EQUAL_FATAL(db_acquire(p, &busy), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(db_acquire(p, &idle), ERR_OK);
    CU_ASSERT_EQUAL(db_row(busy, buf_cstr(&wide), v, NELEM(v), ar, &r), ERR_OK);
    CU_ASSERT_EQUAL(db_row(busy, "SELECT 8", NULL, 0, ar, &r), ERR_OK);
    CU_ASSERT_EQUAL(db_row(idle, "SELECT 9", NULL, 0, ar, &r), ERR_OK);
    CU_ASSERT_EQUAL(prepared_now() - was, 3);
    db_release(idle);
    db_pool_trim(p); /* too early for all */
    CU_ASSERT_EQUAL(prepared_now() - was, 3);
    clock_sleep_ms(30);
    db_release(busy);
    db_pool_trim(p);
    /* The server closes behind our back. */
    for (int i = 0; i < 200 && prepared_now() > was + 1; i++)
        clock_sleep_ms(10);
    CU_ASSERT_EQUAL_FATAL(db_acquire(p, &busy), ERR_OK);
    CU_ASSERT_EQUAL(db_row(busy, "SELECT 8", NULL, 0, ar, &r), ERR_OK);
    CU_ASSERT_EQUAL(prepared_now() - was, 1);
    CU_ASSERT_EQUAL(db_row(busy, buf_cstr(&wide), v, NELEM(v), ar, &r), ERR_OK);
    CU_ASSERT_EQUAL(db_i64(&r, 0, 0), 1);
    db_release(busy);
    db_pool_free(p);
    buf_done(&wide);
}

/* Another type of a column is seen at once; another number of columns ends the connection
 * (only "SELECT *" can meet it), and the next one is right. */
static void
test_table_changes_under_a_statement(void)
{
    struct db_rows r;

    it_sql(db, "INSERT INTO parent (id, name) VALUES (1, '12')");
    r = one("SELECT name FROM parent");
    CU_ASSERT(str_eq_c(db_str(&r, 0, 0), "12"));
    CU_ASSERT_EQUAL(one("SELECT * FROM child RIGHT JOIN parent ON TRUE").cols, 9);
    it_sql(db, "ALTER TABLE parent MODIFY name BIGINT");
    r = one("SELECT name FROM parent");
    CU_ASSERT_EQUAL(db_i64(&r, 0, 0), 12);
    it_sql(db, "ALTER TABLE parent DROP COLUMN d");
    it_log_begin();
    CU_ASSERT_EQUAL(
        it_try(db, "SELECT * FROM child RIGHT JOIN parent ON TRUE"), ERR_UPSTREAM);
    it_log_end();
    db_release(db);
    CU_ASSERT_EQUAL_FATAL(db_acquire(pool, &db), ERR_OK);
    CU_ASSERT_EQUAL(one("SELECT * FROM child RIGHT JOIN parent ON TRUE").cols, 8);
}

static int64_t
connection_id(struct db *d)
{
    struct db_rows r;

    CU_ASSERT_EQUAL_FATAL(db_row(d, "SELECT CONNECTION_ID()", NULL, 0, ar, &r), ERR_OK);
    return db_i64(&r, 0, 0);
}

static void
kill_connection(int64_t id)
{
    char sql[40];

    snprintf(sql, sizeof(sql), "KILL %" PRId64, id);
    it_sql(db, sql);
    clock_sleep_ms(50);
}

static void
test_killed_while_idle(void)
{
    struct db *d;
    int64_t id;

    CU_ASSERT_EQUAL_FATAL(db_acquire(pool, &d), ERR_OK);
    id = connection_id(d);
    db_release(d);
    kill_connection(id);
    CU_ASSERT_EQUAL_FATAL(db_acquire(pool, &d), ERR_OK);
    CU_ASSERT_NOT_EQUAL(connection_id(d), id);
    db_release(d);
}

static void
test_killed_while_lent(void)
{
    struct db_rows r;
    struct db *d;
    int64_t id;

    CU_ASSERT_EQUAL_FATAL(db_acquire(pool, &d), ERR_OK);
    id = connection_id(d);
    kill_connection(id);
    it_log_begin();
    CU_ASSERT_EQUAL(db_row(d, "SELECT CONNECTION_ID()", NULL, 0, ar, &r), ERR_UPSTREAM);
    CU_ASSERT_EQUAL(it_try(d, "SELECT 1"), ERR_UPSTREAM);
    it_log_end();
    db_release(d);
    CU_ASSERT_EQUAL_FATAL(db_acquire(pool, &d), ERR_OK);
    CU_ASSERT_NOT_EQUAL(connection_id(d), id);
    db_release(d);
}

static void *
release_soon(void *arg)
{
    clock_sleep_ms(150);
    db_release(arg);
    return NULL;
}

static void
test_pool_bound(void)
{
    struct db_conf c = it_conf(1);
    struct db_pool *p;
    struct db *d1, *d2;
    pthread_t t;
    int64_t t0;

    c.wait_timeout_ms = 300;
    p = db_pool_new(&c);
    CU_ASSERT_EQUAL_FATAL(db_acquire(p, &d1), ERR_OK);
    t0 = clock_mono_us();
    CU_ASSERT_EQUAL(db_acquire(p, &d2), ERR_BUSY);
    CU_ASSERT_PTR_NULL(d2);
    t0 = clock_mono_us() - t0;
    CU_ASSERT(t0 > 250000 && t0 < 1000000);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&t, NULL, release_soon, d1), 0);
    CU_ASSERT_EQUAL(db_acquire(p, &d2), ERR_OK);
    pthread_join(t, NULL);
    db_release(d2);
    db_pool_free(p);
}

static void *
hammer(void *arg)
{
    struct arena *a = arena_new(4096);
    struct db_rows r;
    struct db *d;

    for (int i = 0; i < 100; i++) {
        const struct db_val v[] = {DB_I64(i)};

        if (db_acquire(arg, &d) != ERR_OK ||
            db_row(d, "SELECT CAST(? AS SIGNED) + 1", v, 1, a, &r) != ERR_OK ||
            db_i64(&r, 0, 0) != i + 1)
            abort();
        db_release(d);
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

static void
test_pool_shared(void)
{
    struct db_conf c = it_conf(3);
    struct db_pool *p;

    c.wait_timeout_ms = 20000;
    p = db_pool_new(&c);
    it_threads(12, hammer, p);
    db_pool_free(p);
}

static void
test_server_down(void)
{
    struct db_conf c = it_conf(1);
    struct db_pool *p;
    struct db *d;
    int64_t t0;

    c.socket = "/nonexistent/socket";
    p = db_pool_new(&c);
    it_log_begin();
    for (int i = 0; i < 50; i++)
        CU_ASSERT_EQUAL(db_acquire(p, &d), ERR_UPSTREAM);
    CU_ASSERT_EQUAL(it_log_count("cannot connect"), 1);
    t0 = clock_mono_us();
    CU_ASSERT_EQUAL(db_acquire(p, &d), ERR_UPSTREAM);
    CU_ASSERT(clock_mono_us() - t0 < 10000);
    it_log_end();
    db_pool_free(p);
}

/* A server that accepts and says nothing. */
static void
test_server_mute(void)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct db_conf c = it_conf(1);
    struct db_pool *p;
    struct db *d;
    char path[256];
    int64_t t0;
    int fd;

    snprintf(un.sun_path, sizeof(un.sun_path), "%.100s", it_path(path, "mute"));
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
    CU_ASSERT_EQUAL_FATAL(listen(fd, 4), 0);
    c.socket = path;
    p = db_pool_new(&c);
    it_log_begin();
    t0 = clock_mono_us();
    CU_ASSERT_EQUAL(db_acquire(p, &d), ERR_UPSTREAM);
    CU_ASSERT(clock_mono_us() - t0 < 5500000);
    it_log_end();
    close(fd);
    db_pool_free(p);
}

static void
test_time_is_traced(void)
{
    trace_reset();
    one("SELECT SLEEP(0.05)");
    CU_ASSERT(trace_get(TRACE_DB) >= 50000);
    CU_ASSERT(trace_get(TRACE_DB) < 2000000);
}

static void
test_marks(void)
{
    CU_ASSERT_STRING_EQUAL(db_marks(ar, 1), "?");
    CU_ASSERT_STRING_EQUAL(db_marks(ar, 3), "?,?,?");
}

static CU_TestInfo tests[] = {
    {"integers, sums and counts", test_integers},
    {"the bounds of int64", test_int64_bounds},
    {"fractions are text", test_fractions_are_text},
    {"NULL is not empty", test_null_and_empty},
    {"blobs of all sizes", test_blobs},
    {"unicode and quotes", test_unicode},
    {"rows found are counted", test_rows_found_are_counted},
    {"one row: none, several", test_row_none_and_several},
    {"results are bounded", test_result_bound},
    {"streaming", test_each},
    {"constraints have their errors", test_errors_of_constraints},
    {"our bugs are ours", test_errors_of_ours},
    {"the log has no values", test_log_has_no_values},
    {"statements time out", test_statement_timeout},
    {"lock waits are busy; release rolls back", test_lock_wait},
    {"read-only, too many connections", test_read_only_and_user_limit},
    {"the session", test_session},
    {"statements are cached, bounded", test_statements_are_cached_and_bounded},
    {"a rush leaves no memory behind", test_a_rush_leaves_no_memory_behind},
    {"a table changes", test_table_changes_under_a_statement},
    {"killed while idle: nobody notices", test_killed_while_idle},
    {"killed while lent: upstream", test_killed_while_lent},
    {"the pool is bounded", test_pool_bound},
    {"the pool is shared", test_pool_shared},
    {"server down: refused at once, logged once", test_server_down},
    {"server mute: bounded", test_server_mute},
    {"time is traced", test_time_is_traced},
    {"marks", test_marks},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"db", suite_up, suite_down, test_up, test_down, tests};

    return it_main(&s);
}
