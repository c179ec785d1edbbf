/* Sessions that end while many threads ask: whoever was told of an end sees it in the next
 * answer, whoever was not ended is never said to be. Also for the thread sanitizer. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "account/account_store.h"
#include "account/ended.h"
#include "base/clock.h"
#include "base/rand.h"
#include "it.h"
#include "it_shop.h"

#define SESSIONS 64
#define READERS 4
#define ENDERS 2

static struct app app;
static int64_t session[SESSIONS], account;
/* Set after ended_tell() has returned. */
static atomic_bool told[SESSIONS];
static atomic_int next, wrong_open, wrong_ended, enders_left;

static int
up(void)
{
    const struct cache_conf cc = {.memory_max = (size_t)1 << 20,
        .memory_ttl_ms = 1000,
        .ttl_ms = 60000,
        .absent_ttl_ms = 2000};

    shop_up();
    app.db = shop_pool();
    app.set.access_token_s = 900;
    if (cache_new(&app.cache, &cc, NULL) != ERR_OK)
        abort();
    return 0;
}

static int
down(void)
{
    cache_free(app.cache);
    return shop_down();
}

static void
test_up(void)
{
    const struct client from = {STR("127.0.0.1"), STR("test")};
    int64_t now = clock_ms();

    shop_test_up();
    app.ended = ended_new();
    account = account_new().account_id;
    for (size_t i = 0; i < SESSIONS; i++) {
        session[i] = id_next();
        CU_ASSERT_EQUAL_FATAL(
            session_store_add(shop_db, shop_ar, session[i], account, &from, now, now + 900000),
            ERR_OK);
        atomic_store(&told[i], false);
    }
}

static void
test_down(void)
{
    ended_free(app.ended);
}

static void *
reader(void *arg)
{
    (void)arg;
    while (atomic_load(&enders_left) > 0)
        for (size_t i = 0; i < SESSIONS; i++) {
            bool must = atomic_load(&told[i]), has = ended_has(&app, session[i]);

            if (must && !has)
                atomic_fetch_add(&wrong_open, 1);
            /* The last quarter is ended by nobody. */
            if (has && i >= SESSIONS - SESSIONS / 4)
                atomic_fetch_add(&wrong_ended, 1);
        }
    return NULL;
}

static void *
ender(void *arg)
{
    struct db *db = NULL;
    int i;

    (void)arg;
    while ((i = atomic_fetch_add(&next, 1)) < SESSIONS - SESSIONS / 4) {
        if (db_acquire(shop_pool(), &db) != ERR_OK || session_end(db, session[i]) != ERR_OK)
            abort();
        db_release(db);
        ended_tell(&app);
        atomic_store(&told[i], true);
    }
    atomic_fetch_sub(&enders_left, 1);
    return NULL;
}

static void
test_seen_at_once_by_all(void)
{
    pthread_t t[READERS + ENDERS];

    atomic_store(&next, 0);
    atomic_store(&enders_left, ENDERS);
    for (int i = 0; i < READERS + ENDERS; i++)
        if (pthread_create(&t[i], NULL, i < READERS ? reader : ender, NULL) != 0)
            abort();
    for (int i = 0; i < READERS + ENDERS; i++)
        pthread_join(t[i], NULL);
    CU_ASSERT_EQUAL(atomic_load(&wrong_open), 0);
    CU_ASSERT_EQUAL(atomic_load(&wrong_ended), 0);
    for (size_t i = 0; i < SESSIONS; i++)
        CU_ASSERT_EQUAL(ended_has(&app, session[i]), i < SESSIONS - SESSIONS / 4);
}

static void
test_known_while_the_database_is_away(void)
{
    const struct db_conf nobody = {.socket = "/nonexistent", .name = "x", .size = 1};
    struct db_pool *pool = app.db;

    CU_ASSERT_EQUAL(session_end(shop_db, session[0]), ERR_OK);
    ended_tell(&app);
    CU_ASSERT_TRUE(ended_has(&app, session[0]));
    it_log_begin();
    app.db = db_pool_new(&nobody);
    ended_tell(&app);
    CU_ASSERT_TRUE(ended_has(&app, session[0]));
    CU_ASSERT_FALSE(ended_has(&app, session[1]));
    it_log_end();
    db_pool_free(app.db);
    app.db = pool;
}

static CU_TestInfo tests[] = {
    {"an end is seen at once, by all threads", test_seen_at_once_by_all},
    {"what is known stays known while the database is away",
        test_known_while_the_database_is_away},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"ended", up, down, test_up, test_down, tests};

    return it_main(&s);
}
