/* lib/lite: what is committed stays, what fails leaves nothing, and constraints speak. */
#include <CUnit/CUnit.h>
#include <pthread.h>
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

#define THREADS 8
#define ROUNDS 200

struct writer {
    int64_t first;
    int kept;
};

/* Its key is odd: written, and then regretted. */
static enum err
number_tx(struct lite *x, void *arg)
{
    const int64_t *k = arg;
    char key[24];
    int n = snprintf(key, sizeof(key), "%lld", (long long)*k);
    const struct lite_val v[] = {
        LITE_TEXT(((struct str){key, (size_t)n})), LITE_INT(*k)};
    enum err e = lite_exec(x, add, v, NELEM(v), NULL);

    return e == ERR_OK && *k % 2 != 0 ? ERR_DECLINED : e;
}

static void *
write_many(void *arg)
{
    struct writer *w = arg;

    for (int64_t k = w->first; k < w->first + ROUNDS; k++)
        w->kept += lite_tx(l, number_tx, &k) == ERR_OK;
    return NULL;
}

static void
test_many_at_once_each_stand_alone(void)
{
    pthread_t t[THREADS];
    struct writer w[THREADS];
    struct lite_rows r;

    for (int i = 0; i < THREADS; i++) {
        w[i] = (struct writer){.first = (int64_t)i * ROUNDS};
        CU_ASSERT_EQUAL_FATAL(pthread_create(&t[i], NULL, write_many, &w[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
        CU_ASSERT_EQUAL(w[i].kept, ROUNDS / 2);
    }
    CU_ASSERT_EQUAL_FATAL(lite_tx(l, all_tx, &r), ERR_OK);
    CU_ASSERT_EQUAL(r.n, THREADS * ROUNDS / 2);
    for (size_t i = 0; i < r.n; i++)
        CU_ASSERT_EQUAL(lite_i64(&r, i, 1) % 2, 0);
}

static CU_TestInfo tests[] = {
    {"what is committed stays", test_stays},
    {"what fails leaves nothing", test_fails_whole},
    {"many at once each stand alone", test_many_at_once_each_stand_alone},
    CU_TEST_INFO_NULL,
};

CU_SuiteInfo lite_suite = {"lite", NULL, NULL, set_up, tear_down, tests};
