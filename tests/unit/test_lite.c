/* lib/lite: what is committed stays, what fails leaves nothing, and constraints speak. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lite/lite.h"

extern CU_SuiteInfo lite_suite;

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS t (k TEXT PRIMARY KEY, n INTEGER CHECK (n >= 0)) STRICT;";
static const char add[] = "INSERT INTO t (k, n) VALUES (?, ?)";
static const char all[] = "SELECT k, n FROM t ORDER BY k";

static char dir[64], path[96];
static struct lite *l;
static struct arena *ar;

static void
set_up(void)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/souk-lite.XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/x.db", dir);
    ar = arena_new(4096);
    CU_ASSERT_EQUAL_FATAL(lite_open(&l, path, schema), ERR_OK);
}

static void
tear_down(void)
{
    lite_close(l);
    arena_free(ar);
    (void)unlink(path);
    (void)rmdir(dir);
}

struct rows {
    const char *const *keys;
    int64_t n;
    enum err then;
};

static enum err
add_tx(struct lite *x, void *arg)
{
    const struct rows *r = arg;
    enum err e = ERR_OK;

    for (size_t i = 0; r->keys[i] != NULL && e == ERR_OK; i++) {
        const struct lite_val v[] = {LITE_TEXT(str_c(r->keys[i])), LITE_INT(r->n)};
        int64_t changes = 0;

        e = lite_exec(x, add, v, NELEM(v), &changes);
        CU_ASSERT(e != ERR_OK || changes == 1);
    }
    return e == ERR_OK ? r->then : e;
}

static enum err
all_tx(struct lite *x, void *arg)
{
    return lite_query(x, all, NULL, 0, ar, arg);
}

static size_t
count(void)
{
    struct lite_rows r;

    CU_ASSERT_EQUAL(lite_tx(l, all_tx, &r), ERR_OK);
    return r.n;
}

static void
test_stays(void)
{
    static const char *const keys[] = {"b", "a", "", NULL};
    struct lite_rows r;

    CU_ASSERT_EQUAL(
        lite_tx(l, add_tx, &(struct rows){keys, INT64_MAX, ERR_OK}), ERR_OK);
    lite_close(l);
    CU_ASSERT_EQUAL_FATAL(lite_open(&l, path, schema), ERR_OK);
    CU_ASSERT_EQUAL(lite_tx(l, all_tx, &r), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(r.n, 3);
    CU_ASSERT(str_eq_c(lite_str(&r, 0, 0), ""));
    CU_ASSERT(str_eq_c(lite_str(&r, 2, 0), "b"));
    CU_ASSERT_EQUAL(lite_i64(&r, 2, 1), INT64_MAX);
}

static void
test_fails_whole(void)
{
    static const char *const keys[] = {"a", "b", NULL}, *const again[] = {"c", "a", NULL};

    CU_ASSERT_EQUAL(
        lite_tx(l, add_tx, &(struct rows){keys, 1, ERR_DECLINED}), ERR_DECLINED);
    CU_ASSERT_EQUAL(count(), 0);
    CU_ASSERT_EQUAL(lite_tx(l, add_tx, &(struct rows){keys, 1, ERR_OK}), ERR_OK);
    CU_ASSERT_EQUAL(
        lite_tx(l, add_tx, &(struct rows){again, 1, ERR_OK}), ERR_CONFLICT);
    CU_ASSERT_EQUAL(
        lite_tx(l, add_tx, &(struct rows){again, -1, ERR_OK}), ERR_INVALID);
    CU_ASSERT_EQUAL(count(), 2);
}

static CU_TestInfo tests[] = {
    {"what is committed stays", test_stays},
    {"what fails leaves nothing", test_fails_whole},
    CU_TEST_INFO_NULL,
};

CU_SuiteInfo lite_suite = {"lite", NULL, NULL, set_up, tear_down, tests};
