/* Migrations against a real server. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "db/migrate.h"
#include "it.h"
#include "it_db.h"

#define FILE_1 "CREATE TABLE m1 (id INT PRIMARY KEY); INSERT INTO m1 VALUES (1), (2);\n"
#define FILE_2 "SELECT * FROM m1;\nCREATE TABLE m2 (id INT);\n-- the end\n"

static struct db_pool *pool;
static struct db *db;
static struct arena *ar;
static char dir[256], msg[512];
static int said;

/* Tables of programs that ran before would be another's. */
static void
database_anew(void)
{
    const char *name = it_env("SOUK_DB_NAME");
    struct str sql;

    pool = it_pool(4);
    if (db_acquire(pool, &db) != ERR_OK)
        abort();
    sql = arena_printf(ar, "DROP DATABASE `%s`; CREATE DATABASE `%s`", name, name);
    if (db_script(db, sql) != ERR_OK)
        abort();
    db_release(db);
    db_pool_free(pool);
}

static int
suite_up(void)
{
    ar = arena_new(1 << 12);
    database_anew();
    pool = it_pool(4);
    mkdir(it_path(dir, "sql"), 0700);
    return 0;
}

static int
suite_down(void)
{
    db_pool_free(pool);
    arena_free(ar);
    return 0;
}

static const char *
path_of(char out[512], const char *name)
{
    snprintf(out, 512, "%s/%s", dir, name);
    return out;
}

static void
file_put(const char *name, const char *text)
{
    char path[512];
    FILE *f = fopen(path_of(path, name), "w");

    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
        abort();
}

static void
file_drop(const char *name)
{
    char path[512];

    unlink(path_of(path, name));
}

static void
test_up(void)
{
    static const char *const names[] = {"0001_one.sql", "0002_two.sql", "0003_three.sql",
        "0003_other.sql", "4_bad.sql", "README"};

    if (db_acquire(pool, &db) != ERR_OK)
        abort();
    it_sql(db, "DROP TABLE IF EXISTS schema_migration, m1, m2, m3");
    for (size_t i = 0; i < NELEM(names); i++)
        file_drop(names[i]);
    file_put("0001_one.sql", FILE_1);
    file_put("0002_two.sql", FILE_2);
    file_put("README", "no migration");
    said = 0;
}

static void
test_down(void)
{
    db_release(db);
    arena_reset(ar);
}

static void
say(const char *line)
{
    CU_ASSERT_PTR_NOT_NULL(strstr(line, "_"));
    said++;
}

static enum err
run(int *applied)
{
    return migrate_run(db, dir, applied, say, msg, sizeof(msg));
}

/* Both ways refuse, and the line has the words. */
static void
refused(const char *words)
{
    int n;

    CU_ASSERT_EQUAL(run(&n), ERR_CONFLICT);
    CU_ASSERT_EQUAL(n, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(msg, words));
    CU_ASSERT_EQUAL(migrate_check(db, dir, msg, sizeof(msg)), ERR_CONFLICT);
    CU_ASSERT_PTR_NOT_NULL(strstr(msg, words));
}

static void
test_applied_once(void)
{
    struct db_rows r;
    int n;

    CU_ASSERT_EQUAL(migrate_check(db, dir, msg, sizeof(msg)), ERR_CONFLICT);
    CU_ASSERT_PTR_NOT_NULL(strstr(msg, "version 0"));
    CU_ASSERT_EQUAL(run(&n), ERR_OK);
    CU_ASSERT_EQUAL(n, 2);
    CU_ASSERT_EQUAL(said, 2);
    CU_ASSERT_EQUAL(migrate_check(db, dir, msg, sizeof(msg)), ERR_OK);
    CU_ASSERT_EQUAL(run(&n), ERR_OK);
    CU_ASSERT_EQUAL(n, 0);
    CU_ASSERT_EQUAL(db_query(db,
                        "SELECT version, name, sha256, state FROM schema_migration"
                        " ORDER BY version",
                        NULL, 0, ar, &r),
        ERR_OK);
    CU_ASSERT_EQUAL_FATAL(r.n, 2);
    CU_ASSERT(str_eq_c(db_str(&r, 1, 1), "0002_two.sql"));
    CU_ASSERT_EQUAL(db_str(&r, 1, 2).n, 64);
    CU_ASSERT(str_eq_c(db_str(&r, 1, 3), "done"));
    file_put("0003_three.sql", "CREATE TABLE m3 (id INT);");
    CU_ASSERT_EQUAL(migrate_check(db, dir, msg, sizeof(msg)), ERR_CONFLICT);
    CU_ASSERT_EQUAL(run(&n), ERR_OK);
    CU_ASSERT_EQUAL(n, 1);
}

static void
test_changed_text(void)
{
    int n;

    CU_ASSERT_EQUAL(run(&n), ERR_OK);
    file_put("0001_one.sql", FILE_1 " ");
    refused("changed after it was applied");
}

static void
test_newer_database(void)
{
    int n;

    CU_ASSERT_EQUAL(run(&n), ERR_OK);
    file_drop("0002_two.sql");
    refused("newer program");
}

static void
test_gap(void)
{
    int n;

    CU_ASSERT_EQUAL(run(&n), ERR_OK);
    it_sql(db, "DELETE FROM schema_migration WHERE version = 1");
    refused("missing from schema_migration");
}

/* A shop that was restored in part, or the database of somebody else. */
static void
test_tables_without_a_record(void)
{
    int n;

    it_sql(db, "CREATE TABLE m1 (id INT PRIMARY KEY)");
    refused("no record of migrations");
    it_sql(db, "DROP TABLE m1");
    CU_ASSERT_EQUAL(run(&n), ERR_OK);
}

static void
test_bad_folders(void)
{
    int n;

    file_put("4_bad.sql", "DO 1;");
    CU_ASSERT_EQUAL(run(&n), ERR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(msg, "4_bad.sql"));
    file_drop("4_bad.sql");
    file_put("0003_three.sql", "DO 1;");
    file_put("0003_other.sql", "DO 1;");
    CU_ASSERT_EQUAL(run(&n), ERR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(msg, "0003_"));
    file_drop("0003_other.sql");
    file_drop("0002_two.sql");
    CU_ASSERT_EQUAL(run(&n), ERR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(msg, "number 2"));
    CU_ASSERT_EQUAL(
        migrate_run(db, "/nonexistent", &n, NULL, msg, sizeof(msg)), ERR_INVALID);
}

static void
test_half_finished(void)
{
    int n;

    file_put("0002_two.sql", "CREATE TABLE m2 (id INT); CREATE TABLE m1 (id INT); DO 1;");
    CU_ASSERT_NOT_EQUAL(run(&n), ERR_OK);
    CU_ASSERT_EQUAL(n, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(msg, "0002_two.sql failed at statement 2"));
    CU_ASSERT_PTR_NOT_NULL(strstr(msg, "m1"));
    refused("never finished");
}

/* Refused whole: the corrected file may run. */
static void
test_failed_at_once(void)
{
    int n;

    file_put("0002_two.sql", "CREATE TABEL m2 (id INT);");
    CU_ASSERT_NOT_EQUAL(run(&n), ERR_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(msg, "statement 1"));
    file_put("0002_two.sql", FILE_2);
    CU_ASSERT_EQUAL(run(&n), ERR_OK);
    CU_ASSERT_EQUAL(n, 1);
}

static void *
migrate_too(void *arg)
{
    char text[512];
    struct db *d;
    int n, *total = arg;

    if (db_acquire(pool, &d) != ERR_OK ||
        migrate_run(d, dir, &n, NULL, text, sizeof(text)) != ERR_OK)
        abort();
    __atomic_fetch_add(total, n, __ATOMIC_SEQ_CST);
    db_release(d);
    return NULL;
}

static void
test_one_migrator_at_a_time(void)
{
    int total = 0;

    it_threads(3, migrate_too, &total);
    CU_ASSERT_EQUAL(total, 2);
}

static void
test_script_errors(void)
{
    it_log_begin();
    CU_ASSERT_EQUAL(db_script(db, STR("DO 1; SELECT 1; SELECT 2")), ERR_OK);
    CU_ASSERT_EQUAL(
        db_script(db, STR("DO 1; SELECT 1; SELECT nothing; DO 2")), ERR_INTERNAL);
    CU_ASSERT_EQUAL(it_log_count("statement 3 of a script"), 1);
    it_log_end();
}

static CU_TestInfo tests[] = {
    {"each is applied once", test_applied_once},
    {"a changed text is refused", test_changed_text},
    {"a newer database is refused", test_newer_database},
    {"a gap is refused", test_gap},
    {"tables without a record", test_tables_without_a_record},
    {"bad folders are refused", test_bad_folders},
    {"half finished is refused", test_half_finished},
    {"refused at its first statement", test_failed_at_once},
    {"one migrator at a time", test_one_migrator_at_a_time},
    {"errors inside of scripts", test_script_errors},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"migrate", suite_up, suite_down, test_up, test_down, tests};

    return it_main(&s);
}
