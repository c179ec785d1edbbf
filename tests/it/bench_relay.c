/* Events beside orders, in this process: orders are placed through the engine at a steady rate
 * while the relay hands their events on; how long an event takes from its order to whoever has
 * it, what is left when the orders end, and how long that takes. With SOUK_AMQP through that
 * RabbitMQ, with its listeners; else to the shop's readers in the database. Not a test.
 *
 *   bench_relay [RATE [SECONDS]]      1000 a second, 10 s
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "broker/broker.h"
#include "it.h"
#include "it_db.h"
#include "it_shop.h"
#include "notify/notify.h"
#include "order/order_committer.h"

#define CLIENTS 64
#define SKUS 1000
#define PLENTY INT64_C(100000000)
#define CONNECTIONS 6
#define STEP_MS 5
#define STEPS 4000 /* 20 s; slower ones count as the last */
#define PATIENCE_S 120

static struct goods goods[SKUS];

struct bench {
    struct committer *cm;
    int64_t rate, from_us, until_us;
    atomic_int_fast64_t next, ok, failed, handed;
    atomic_int_fast64_t took[STEPS];
    struct outbox_sink behind; /* where events go after they were looked at */
};

static void *
client(void *arg)
{
    struct bench *b = arg;
    struct arena *a = arena_new(1 << 16);

    for (;;) {
        int64_t at = b->from_us + b->next++ * 1000000 / b->rate, now = clock_mono_us();
        struct shopper who = guest_new(a);
        struct order_answer an;
        struct order_in in;
        struct fault flt;
        char key[48];

        if (at >= b->until_us)
            break;
        if (at > now)
            clock_sleep_ms((at - now) / 1000);
        snprintf(key, sizeof(key), "relay-%" PRId64, id_next());
        in = order_of(a, &who, &goods[rand_below(SKUS)], 1, key);
        fault_clear(&flt);
        if (committer_place(b->cm, a, NULL, &in, &an, &flt) == ERR_OK)
            b->ok++;
        else
            b->failed++;
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

static enum err
look(void *arg, struct db *db, struct arena *a, const struct event *ev, size_t n,
    size_t *taken)
{
    struct bench *b = arg;
    enum err e = b->behind.take(b->behind.arg, db, a, ev, n, taken);
    int64_t now = clock_ms();

    for (size_t i = 0; i < *taken; i++) {
        int64_t step = (now - ev[i].at_ms) / STEP_MS;

        b->took[step < 0 ? 0 : step < STEPS ? step : STEPS - 1]++;
    }
    b->handed += (int64_t)*taken;
    return e;
}

static enum err
readers(void *arg, struct db *db, struct arena *a, const struct event *ev, size_t n,
    size_t *taken)
{
    enum err e = notify_consume_many(db, a, ev, n, clock_ms());

    (void)arg;
    *taken = e == ERR_OK ? n : 0;
    return e;
}

static int64_t
percentile_ms(struct bench *b, double part)
{
    int64_t all = b->handed, seen = 0;
    int64_t i;

    for (i = 0; i < STEPS - 1; i++) {
        seen += b->took[i];
        if ((double)seen >= part * (double)all)
            break;
    }
    return (i + 1) * STEP_MS;
}

static void
clients_run(struct bench *b, int64_t seconds)
{
    b->from_us = clock_mono_us();
    b->until_us = b->from_us + seconds * 1000000;
    it_threads(CLIENTS, client, b);
}

/* Until nothing waits, and until all was acted on. */
static int64_t
until_none_ms(const char *sql, int64_t want)
{
    int64_t t0 = clock_mono_us();

    while (sql_int(sql, 0) != want && clock_mono_us() - t0 < PATIENCE_S * 1000000)
        clock_sleep_ms(5);
    return (clock_mono_us() - t0) / 1000;
}

static void
report(struct bench *b, const char *to, double took_s)
{
    int64_t left = sql_int("SELECT COUNT(*) FROM outbox", 0), drained, seen;

    drained = until_none_ms("SELECT COUNT(*) FROM outbox", 0);
    seen = until_none_ms("SELECT COUNT(*) FROM event_seen", b->ok);
    printf("to=%s orders=%" PRId64 " orders/s=%.0f failed=%" PRId64 " left=%" PRId64
           " drained=%" PRId64 " ms acted-on=%" PRId64 " ms handed=%" PRId64
           " event p50=%" PRId64 " ms p99=%" PRId64 " ms max=%" PRId64 " ms\n",
        to, (int64_t)b->ok, (double)b->ok / took_s, (int64_t)b->failed, left, drained,
        drained + seen, (int64_t)b->handed, percentile_ms(b, 0.5), percentile_ms(b, 0.99),
        percentile_ms(b, 1));
}

static bool
run(struct bench *b, const char *amqp, int64_t seconds)
{
    const struct broker_conf bc = {.amqp = amqp != NULL ? amqp : "",
        .amqp_password = "",
        .kafka = "",
        .kafka_topic = "",
        .pool = it_pool(CONNECTIONS)};
    struct relay_conf rc = {.pool = bc.pool};
    const struct db_conf c = it_conf(1);
    struct broker *broker = NULL;
    struct relay *relay;
    int64_t t0;

    b->behind = (struct outbox_sink){.take = readers};
    if (amqp != NULL) {
        if (broker_new(&broker, &bc) != ERR_OK || broker_listen(broker) != ERR_OK)
            return false;
        b->behind = broker_sink(broker);
    }
    rc.sink = (struct outbox_sink){.take = look, .arg = b, .outside = amqp != NULL};
    b->cm = committer_new(&c);
    relay = relay_start(&rc);
    t0 = clock_mono_us();
    clients_run(b, seconds);
    report(b, amqp != NULL ? "rabbitmq" : "shop", (double)(clock_mono_us() - t0) / 1e6);
    relay_stop(relay);
    broker_free(broker);
    committer_free(b->cm);
    db_pool_free(bc.pool);
    return true;
}

int
main(int argc, char **argv)
{
    struct bench *b = calloc(1, sizeof(*b));
    const char *amqp;
    int64_t seconds = 10;

    if (b == NULL || shop_up() != 0)
        return EXIT_FAILURE;
    b->rate = 1000;
    if ((argc > 1 && (!str_i64(str_c(argv[1]), &b->rate) || b->rate < 1)) ||
        (argc > 2 && (!str_i64(str_c(argv[2]), &seconds) || seconds < 1))) {
        fprintf(stderr, "usage: bench_relay [RATE [SECONDS]]\n");
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < SKUS; i++)
        goods[i] = goods_new(500, PLENTY);
    amqp = getenv("SOUK_AMQP"); /* NOLINT(concurrency-mt-unsafe): no thread yet */
    if (!run(b, amqp != NULL && amqp[0] != '\0' ? amqp : NULL, seconds))
        return EXIT_FAILURE;
    free(b);
    return shop_down() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
