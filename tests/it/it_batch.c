/* A batch of orders as a test wants it; it_batch.h says how. */
#include "it_batch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "it.h"
#include "it_db.h"

#define WAIT_MS 5000
#define NEVER_MS 600000

struct committer *batch_cm;
struct db *batch_other;
struct job jobs[JOBS_MAX];

/* --- one order in a thread of its own --- */

static void *
job_run(void *arg)
{
    struct job *j = arg;

    fault_clear(&j->flt);
    j->e = committer_place(batch_cm, j->a, NULL, &j->in, &j->an, &j->flt);
    return NULL;
}

void
job_start(struct job *j, const struct order_in *in)
{
    *j = (struct job){.in = *in, .a = arena_new(1 << 14)};
    if (pthread_create(&j->t, NULL, job_run, j) != 0)
        abort();
}

static void
free_arena(void *a)
{
    arena_free(a);
}

void
jobs_join(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        pthread_join(jobs[i].t, NULL);
        arena_defer(shop_ar, free_arena, jobs[i].a);
    }
}

struct committer_figures
figures(void)
{
    struct committer_figures f;

    committer_figures(batch_cm, &f);
    return f;
}

void
until_waiting(int64_t n)
{
    for (int i = 0; i < WAIT_MS && figures().waiting != n; i++)
        clock_sleep_ms(1);
    CU_ASSERT_EQUAL(figures().waiting, n);
}

void
until_taken(int64_t orders)
{
    for (int i = 0; i < WAIT_MS && figures().orders != orders; i++)
        clock_sleep_ms(1);
    CU_ASSERT_EQUAL(figures().orders, orders);
}

/* --- the foreign transaction --- */

void
foreign(const char *sql, int64_t arg)
{
    const struct db_val v[] = {DB_I64(arg)};

    CU_ASSERT_EQUAL(db_exec(batch_other, sql, v, strchr(sql, '?') != NULL, NULL), ERR_OK);
}

void
hold(const struct goods *g)
{
    foreign("SET autocommit = 0", 0);
    foreign("UPDATE stock SET version = version WHERE sku_id = ?", g->sku_id);
}

void
let_go(void)
{
    foreign("ROLLBACK", 0);
    foreign("SET autocommit = 1", 0);
}

int64_t
until_locked(void)
{
    int64_t id = 0;

    for (int i = 0; i < WAIT_MS && id == 0; i++) {
        id = sql_int("SELECT COALESCE(MAX(id), 0) FROM information_schema.processlist"
                     " WHERE (info LIKE '%FROM stock%FOR UPDATE'"
                     " OR info LIKE 'UPDATE stock SET available%')"
                     " AND id <> CONNECTION_ID()",
            0);
        clock_sleep_ms(id == 0 ? 1 : 30);
    }
    CU_ASSERT_NOT_EQUAL(id, 0);
    return id;
}

void
batch_test_up(void)
{
    struct db_conf c = it_conf(1);

    shop_test_up();
    batch_cm = committer_new(&c);
    committer_stuck_after(batch_cm, NEVER_MS); /* what waits makes one batch */
    CU_ASSERT_EQUAL_FATAL(db_acquire(shop_pool(), &batch_other), ERR_OK);
    /* It holds on as long as it likes (MySQL has no such limit). */
    foreign("SET SESSION autocommit = 1 /*M!, idle_transaction_timeout = 0 */", 0);
}

void
batch_test_down(void)
{
    db_release(batch_other);
    committer_free(batch_cm);
    shop_test_down();
    arena_reset(shop_ar);
}

void
gather_behind(const struct goods *g, const struct shopper *who)
{
    struct order_in in = order_of(shop_ar, who, g, 1, NULL);

    hold(g);
    job_start(&jobs[0], &in);
    until_taken(1);
}
