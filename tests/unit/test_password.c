/* lib/auth/password: bcrypt against foreign vectors, the prehash, the pool's limits. */
#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/password.h"
#include "auth/password_int.h"
#include "json/jin.h"
#include "tar_each.h"

extern CU_SuiteInfo password_suite;

#define COST 4
/* printf s3cret-pass | openssl dgst -sha256 -hmac souk-password-v1 -binary | base64 */
#define PREHASH "a4mU1jYG8460Y8QF3DtaiRP9sSZXa8hzEA9igmOzKus="
#define STORM 50
#define STORM_ROUNDS 20
#define HASHERS 2
#define QUEUE 8

static struct password_pool *pool;

static void
set_up(void)
{
    pool = password_pool_new(HASHERS, QUEUE, COST);
    if (pool == NULL)
        abort();
}

static void
tear_down(void)
{
    password_pool_free(pool);
}

/* ---- bcrypt ---- */

static struct str
file_text(const char *path, char *buf, size_t cap)
{
    FILE *f = fopen(path, "re");
    size_t n;

    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    n = fread(buf, 1, cap, f);
    (void)fclose(f);
    return (struct str){buf, n};
}

static void
test_bcrypt_vectors(void)
{
    static char text[65536];
    char path[512], out[PASSWORD_HASH_N], setting[32];
    struct arena *a = arena_new(65536);
    struct jval *v;
    size_t i;

    if (!test_data("auth/bcrypt_vectors.json", path, sizeof(path))) {
        arena_free(a);
        return;
    }
    CU_ASSERT_EQUAL_FATAL(
        jin_parse(a, file_text(path, text, sizeof(text)), &v, NULL), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(v->n, 102);
    for (i = 0; i < v->n; i++) {
        struct str hash = jin_str(&v->v[i], "hash");

        /* The dear ones prove nothing more; they would take seconds under valgrind. */
        if (jin_i64(&v->v[i], "cost", 99) > 8)
            continue;
        (void)snprintf(setting, sizeof(setting), "%.29s", hash.p);
        CU_ASSERT_EQUAL(
            password_crypt_raw(jin_str(&v->v[i], "password"), setting, out), ERR_OK);
        CU_ASSERT_TRUE(str_eq_c(hash, out));
    }
    arena_free(a);
}

static void
test_raw_refuses_what_bcrypt_would_cut(void)
{
    char out[PASSWORD_HASH_N], big[600];

    memset(big, 'a', sizeof(big));
    CU_ASSERT_EQUAL(
        password_crypt_raw((struct str){"a\0b", 3}, "$2b$04$abcdefghijklmnopqrstuu", out),
        ERR_BAD);
    CU_ASSERT_EQUAL(password_crypt_raw((struct str){big, sizeof(big)},
                        "$2b$04$abcdefghijklmnopqrstuu", out),
        ERR_BAD);
    CU_ASSERT_EQUAL(password_crypt_raw(STR("a"), "$9z$nonsense", out), ERR_INTERNAL);
}

/* ---- hash and verify ---- */

static void
test_hash_verifies_and_is_salted(void)
{
    char h[PASSWORD_HASH_N], h2[PASSWORD_HASH_N];

    CU_ASSERT_EQUAL_FATAL(password_hash(pool, STR("correct horse"), h), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(password_hash(pool, STR("correct horse"), h2), ERR_OK);
    CU_ASSERT_EQUAL(strncmp(h, "$2b$04$", 7), 0);
    CU_ASSERT_EQUAL(strlen(h), 60);
    CU_ASSERT_STRING_NOT_EQUAL(h, h2);
    CU_ASSERT_EQUAL(password_verify(pool, STR("correct horse"), str_c(h)), ERR_OK);
    CU_ASSERT_EQUAL(password_verify(pool, STR("correct horsf"), str_c(h)), ERR_AUTH);
    CU_ASSERT_EQUAL(password_verify(pool, STR(""), str_c(h)), ERR_AUTH);
}

/* bcrypt alone ends at 72 bytes and at a NUL. */
static void
test_nothing_is_truncated(void)
{
    char h[PASSWORD_HASH_N], big[PASSWORD_MAX + 1];
    struct str s = {big, PASSWORD_MAX};

    memset(big, 'a', sizeof(big));
    CU_ASSERT_EQUAL_FATAL(password_hash(pool, s, h), ERR_OK);
    CU_ASSERT_EQUAL(password_verify(pool, s, str_c(h)), ERR_OK);
    big[PASSWORD_MAX - 1] = 'b';
    CU_ASSERT_EQUAL(password_verify(pool, s, str_c(h)), ERR_AUTH);
    CU_ASSERT_EQUAL_FATAL(password_hash(pool, (struct str){"same\0one", 8}, h), ERR_OK);
    CU_ASSERT_EQUAL(
        password_verify(pool, (struct str){"same\0two", 8}, str_c(h)), ERR_AUTH);
    s.n = PASSWORD_MAX + 1;
    CU_ASSERT_EQUAL(password_hash(pool, s, h), ERR_TOO_LARGE);
}

/* The stored form must stay readable: made by hand, base64 of the HMAC, then bcrypt. */
static void
test_stored_form_is_fixed(void)
{
    char h[PASSWORD_HASH_N];

    CU_ASSERT_EQUAL_FATAL(
        password_crypt_raw(STR(PREHASH), "$2b$04$abcdefghijklmnopqrstuu", h), ERR_OK);
    CU_ASSERT_EQUAL(password_verify(pool, STR("s3cret-pass"), str_c(h)), ERR_OK);
}

/* Every way to fail runs bcrypt once, so that time tells nothing. */
static void
test_every_refusal_costs_one_hash(void)
{
    static const char huge[PASSWORD_MAX + 1] = "x";
    static const struct {
        const char *hash;
        size_t n;
    } t[] = {
        {"", 9},
        {"$2b$04$short", 9},
        {"$2a$04$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 9},
        {"$2b$31$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 9},
        {"$2b$04$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 9},
        {"$2b$04$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", sizeof(huge)},
    };
    size_t i;

    for (i = 0; i < NELEM(t); i++) {
        uint64_t before = password_pool_jobs(pool);

        CU_ASSERT_EQUAL(
            password_verify(pool, (struct str){huge, t[i].n}, str_c(t[i].hash)),
            ERR_AUTH);
        CU_ASSERT_EQUAL(password_pool_jobs(pool), before + 1);
    }
}

static void
test_pool_refuses_bad_sizes(void)
{
    CU_ASSERT_PTR_NULL(password_pool_new(0, 8, 4));
    CU_ASSERT_PTR_NULL(password_pool_new(1, 0, 4));
    CU_ASSERT_PTR_NULL(password_pool_new(1, 8, 3));
    CU_ASSERT_PTR_NULL(password_pool_new(1, 8, 17));
    password_pool_free(NULL);
}

/* ---- the storm ---- */

static atomic_int ok, limited, other;

static void *
stormer(void *arg)
{
    char h[PASSWORD_HASH_N];
    int i;

    (void)arg;
    for (i = 0; i < STORM_ROUNDS; i++) {
        enum err e = password_hash(pool, STR("in the storm"), h);

        atomic_fetch_add(e == ERR_OK ? &ok : (e == ERR_LIMIT ? &limited : &other), 1);
    }
    return NULL;
}

static void
test_storm_is_turned_away_not_stuck(void)
{
    pthread_t t[STORM];
    int i;

    atomic_store(&ok, 0);
    atomic_store(&limited, 0);
    atomic_store(&other, 0);
    for (i = 0; i < STORM; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&t[i], NULL, stormer, NULL), 0);
    for (i = 0; i < STORM; i++)
        CU_ASSERT_EQUAL(pthread_join(t[i], NULL), 0);
    CU_ASSERT_EQUAL(atomic_load(&ok) + atomic_load(&limited), STORM * STORM_ROUNDS);
    CU_ASSERT_EQUAL(atomic_load(&other), 0);
    CU_ASSERT(atomic_load(&limited) > 0);
    CU_ASSERT(atomic_load(&ok) >= QUEUE);
    CU_ASSERT_EQUAL(password_pool_jobs(pool), (uint64_t)atomic_load(&ok));
}

static atomic_int begun, ended;
static _Thread_local int inside;

static void
wait_begins(void)
{
    inside++;
    atomic_fetch_add(&begun, 1);
}

static void
wait_ends(void)
{
    CU_ASSERT_EQUAL(inside, 1);
    inside--;
    atomic_fetch_add(&ended, 1);
}

/* Every wait is told of and told the end of by the thread that waits; a call that is
 * turned away has none. */
static void
test_waits_are_told_of(void)
{
    atomic_store(&begun, 0);
    atomic_store(&ended, 0);
    password_pool_waiting(pool, wait_begins, wait_ends);
    test_storm_is_turned_away_not_stuck();
    CU_ASSERT_EQUAL(atomic_load(&begun), atomic_load(&ok));
    CU_ASSERT_EQUAL(atomic_load(&ended), atomic_load(&ok));
    CU_ASSERT_EQUAL(password_verify(pool, STR("nobody"), STR("")), ERR_AUTH);
    CU_ASSERT_EQUAL(atomic_load(&ended), atomic_load(&ok) + 1);
    CU_ASSERT_EQUAL(inside, 0);
}

static atomic_int waiting_now, waiting_most;

static void
count_in(void)
{
    int n = atomic_fetch_add(&waiting_now, 1) + 1, most = atomic_load(&waiting_most);

    while (n > most && !atomic_compare_exchange_weak(&waiting_most, &most, n))
        ;
}

static void
count_out(void)
{
    atomic_fetch_sub(&waiting_now, 1);
}

/* Whoever keeps a thread ready for each that waits must know how many that can be. */
static void
test_waiters_are_no_more_than_said(void)
{
    CU_ASSERT_EQUAL(password_pool_waiters(pool), HASHERS + QUEUE);
    password_pool_waiting(pool, count_in, count_out);
    test_storm_is_turned_away_not_stuck();
    CU_ASSERT_EQUAL(atomic_load(&waiting_now), 0);
    CU_ASSERT(atomic_load(&waiting_most) > HASHERS);
    CU_ASSERT(atomic_load(&waiting_most) <= HASHERS + QUEUE);
}

/* ---- what is acceptable ---- */

static void
test_unacceptable_passwords(void)
{
    static char big[PASSWORD_MAX + 1];
    static const struct {
        const char *s, *code;
    } t[] = {
        {"", "too_short"},
        {"1234567", "too_short"},
        {"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
            "too_short"}, /* eight bytes, four characters */
        {"password", "too_common"},
        {"PassWord", "too_common"},
        {"12345678", "too_common"},
        {"01011910", "too_common"}, /* among the first */
        {"trustno1", "too_common"},
        {"ZXCVBNM1", "too_common"}, /* and the last of the list */
        {"\xff\xff\xff\xff\xff\xff\xff\xff", "bad_text"},
    };
    struct fault flt;
    size_t i;

    for (i = 0; i < NELEM(t); i++) {
        fault_clear(&flt);
        CU_ASSERT_EQUAL(
            password_acceptable(str_c(t[i].s), "/password", &flt), ERR_INVALID);
        CU_ASSERT_STRING_EQUAL(flt.field[0].code, t[i].code);
        CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, "/password");
    }
    memset(big, 'q', sizeof(big));
    fault_clear(&flt);
    CU_ASSERT_EQUAL(password_acceptable((struct str){big, PASSWORD_MAX + 1}, "/p", &flt),
        ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(flt.field[0].code, "too_long");
    CU_ASSERT_EQUAL(
        password_acceptable((struct str){big, PASSWORD_MAX}, "/p", NULL), ERR_OK);
    CU_ASSERT_EQUAL(password_acceptable(STR("tall amber kettle"), "/p", NULL), ERR_OK);
}

static CU_TestInfo tests[] = {
    {"bcrypt agrees with foreign vectors", test_bcrypt_vectors},
    {"raw bcrypt refuses what it would cut", test_raw_refuses_what_bcrypt_would_cut},
    {"a hash verifies and is salted", test_hash_verifies_and_is_salted},
    {"nothing is truncated", test_nothing_is_truncated},
    {"the stored form is fixed", test_stored_form_is_fixed},
    {"every refusal costs one hash", test_every_refusal_costs_one_hash},
    {"a pool of bad sizes is refused", test_pool_refuses_bad_sizes},
    {"a storm is turned away, not stuck", test_storm_is_turned_away_not_stuck},
    {"each wait is told of, and its end", test_waits_are_told_of},
    {"no more wait than the pool says", test_waiters_are_no_more_than_said},
    {"unacceptable passwords are named", test_unacceptable_passwords},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo password_suite = {"password", NULL, NULL, set_up, tear_down, tests};
