/* The threads of races, their gate and their dice; no tests here. */
#include "it_race.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "it.h"
#include "it_pay.h"
#include "it_shop.h"

#define SEED 20101201
#define WAIT_US_MAX 400
#define SHOWN_MAX 10

struct field_of_play {
    const struct race *race;
    pthread_barrier_t gate;
    atomic_int taken;
    uint64_t seed;
};

static atomic_int wrong;

static uint64_t
number_from(const char *name, uint64_t otherwise)
{
    const char *v = getenv(name);
    char *end;
    uint64_t n;

    if (v == NULL || *v == '\0')
        return otherwise;
    n = strtoull(v, &end, 10);
    return *end == '\0' ? n : otherwise;
}

int
race_rounds(int usual)
{
    return usual * (int)number_from("SOUK_RACE_FACTOR", 1);
}

uint64_t
race_dice(struct racer *r, uint64_t n)
{
    r->seed ^= r->seed << 13;
    r->seed ^= r->seed >> 7;
    r->seed ^= r->seed << 17;
    return r->seed % n;
}

void
race_expect(bool holds, const char *what, int64_t id)
{
    if (holds)
        return;
    if (atomic_fetch_add(&wrong, 1) < SHOWN_MAX)
        fprintf(stderr, "FAIL %s (%" PRId64 ")\n", what, id);
}

int
race_wrong(void)
{
    return atomic_exchange(&wrong, 0);
}

int64_t
race_int(struct racer *r, const char *sql, int64_t arg)
{
    const struct db_val v[] = {DB_I64(arg)};
    struct db_rows rows;

    if (db_row(r->db, sql, v, NELEM(v), r->a, &rows) != ERR_OK)
        abort();
    return db_i64(&rows, 0, 0);
}

enum err
race_pay(struct racer *r, int64_t id)
{
    enum err e;

    do {
        fault_clear(&r->flt);
        e = pay_now(r->db, r->a, NULL, id, true, &r->flt);
    } while (e == ERR_BUSY);
    return e;
}

enum err
race_cancel(struct racer *r, int64_t id)
{
    enum err e;

    do {
        fault_clear(&r->flt);
        e = order_cancel(r->db, r->a, NULL, id, "race", NULL, &r->flt);
    } while (e == ERR_BUSY);
    return e;
}

/* Busy waiting: a sleep's grain is coarser than the races are. */
static void
stagger(struct racer *r)
{
    int64_t until = clock_mono_us() + (int64_t)race_dice(r, WAIT_US_MAX);

    while (clock_mono_us() < until)
        ;
}

static void
play_round(const struct race *race, pthread_barrier_t *gate, struct racer *r)
{
    if (r->me == 0 && race->begin != NULL)
        race->begin(r);
    pthread_barrier_wait(gate);
    if (race->ready != NULL)
        race->ready(r);
    pthread_barrier_wait(gate);
    stagger(r);
    race->act(r);
    pthread_barrier_wait(gate);
    if (race->look != NULL)
        race->look(r);
    pthread_barrier_wait(gate);
    arena_reset(r->a);
}

static void *
racer_main(void *arg)
{
    struct field_of_play *f = arg;
    struct racer r = {.me = atomic_fetch_add(&f->taken, 1), .a = arena_new(1 << 15)};

    r.seed = (f->seed + (uint64_t)r.me) * 0x9e3779b97f4a7c15u | 1u;
    if (db_acquire(shop_pool(), &r.db) != ERR_OK)
        abort();
    for (r.round = 0; r.round < f->race->rounds; r.round++)
        play_round(f->race, &f->gate, &r);
    db_release(r.db);
    arena_free(r.a);
    return NULL;
}

void
race_run(const struct race *race)
{
    struct field_of_play f = {.race = race, .seed = number_from("SOUK_IT_SEED", SEED)};

    (void)race_wrong();
    pthread_barrier_init(&f.gate, NULL, (unsigned)race->threads);
    it_threads(race->threads, racer_main, &f);
    pthread_barrier_destroy(&f.gate);
    if (atomic_load(&wrong) != 0)
        fprintf(stderr, "again with: SOUK_IT_SEED=%" PRIu64 "\n", f.seed);
}
