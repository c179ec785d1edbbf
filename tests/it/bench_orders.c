/* Orders a second, in this process: the committer beside the naive way, one transaction an
 * order with the same rows, on one hot SKU and spread over many. Every run's rows are
 * counted afterwards and the books looked at. Not a test: it asserts no speed.
 *
 *   bench_orders [--seconds=N] [--clients=N]... [--skus=N]... [--engine]
 *     default: 3 seconds of 1, 16, 64, 128, 512 clients, on 1, 1,000, 10,000 SKUs;
 *     --engine leaves the naive way out
 */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "catalog/catalog.h"
#include "it_db.h"
#include "it_shop.h"
#include "order/order_committer.h"

#define SKUS_MAX 10000
#define CLIENTS_MAX 512
#define PLENTY INT64_C(100000000)
#define STEP_US 20
#define STEPS 50000 /* one second; slower ones count as the last */
#define STACK_N ((size_t)256 << 10)
#define NAIVE_TRIES 10

static struct goods goods[SKUS_MAX];

struct bench {
    struct committer *cm; /* NULL: the naive way */
    struct db_pool *pool;
    size_t skus;
    int64_t from_us, until_us;
    atomic_int_fast64_t ok, failed;
    atomic_int_fast64_t took[STEPS];
};

/* --- the naive way --- */

static const char sql_claim[] =
    "INSERT INTO idempotency_key (scope, idem_key, body_hash, order_id, http_status,"
    " answer, created_at) VALUES (?, ?, ?, ?, 0, '', ?)";
static const char sql_order[] =
    "INSERT INTO orders (id, number, account_id, guest_hash, email, status,"
    " payment_status, fulfilment_status, currency, subtotal, discount, shipping, tax,"
    " total, refunded, shipping_method, ship_name, ship_line1, ship_line2, ship_city,"
    " ship_region, ship_postal_code, ship_country, created_at, updated_at, expires_at,"
    " due_at, event_n) VALUES (?, ?, NULL, ?, ?, 'pending', 'unpaid', 'unfulfilled', ?,"
    " ?, 0, 0, 0, ?, 0, 'standard', ?, ?, '', ?, '', ?, 'MA', ?, ?, ?, ?, 1)";
static const char sql_line[] =
    "INSERT INTO order_line (id, order_id, line_no, product_id, sku_id, sku, name,"
    " unit_price, quantity, line_total) VALUES (?, ?, 1, ?, ?, ?, ?, ?, 1, ?)";
static const char sql_event[] =
    "INSERT INTO order_event (id, order_id, seq, status_from, status_to, actor, reason,"
    " created_at) VALUES (?, ?, 1, '', 'pending', 'guest', '', ?)";
static const char sql_answer[] = "UPDATE idempotency_key SET http_status = 201, answer = ?"
                                 " WHERE scope = ? AND idem_key = ?";
static const char sql_take[] =
    "UPDATE stock SET available = available - 1, version = version + 1"
    " WHERE sku_id = ? AND available >= 1";
static const char sql_move[] =
    "INSERT INTO stock_move (id, sku_id, kind, quantity, order_line_id, reason, actor,"
    " created_at) VALUES (?, ?, 'sale', -1, ?, '', 'order', ?)";

struct naive {
    struct arena *a;
    const struct order_in *in;
};

/* What follows the id: as long as the engine's answers are. */
static const char answer_text[] =
    "\",\"number\":\"S-0000-0000\",\"status\":\"pending\","
    "\"payment_status\":\"unpaid\",\"fulfilment_status\":\"unfulfilled\",\"email\":"
    "\"buyer@example.com\",\"currency\":\"USD\",\"items\":[{\"sku\":"
    "\"T-38839127301869158\",\"product_id\":\"388391273018691585\",\"name\":\"T-388391273018691584\",\"quantity\""
    ":1,\"unit_price\":{\"amount\":100,\"currency\":\"USD\",\"formatted\":\"$1.00\"},"
    "\"line_total\":{\"amount\":100,\"currency\":\"USD\"}}],\"subtotal\":{\"amount\":100},"
    "\"discount\":{\"amount\":0},\"shipping\":{\"amount\":0},\"tax\":{\"amount\":0},"
    "\"total\":{\"amount\":100,\"currency\":\"USD\"},\"refunded\":{\"amount\":0},"
    "\"shipping_method\":\"standard\",\"shipping_address\":{\"name\":\"A Buyer\",\"line1\":"
    "\"1 Souk Lane\",\"line2\":null,\"city\":\"Fes\",\"region\":null,\"postal_code\":"
    "\"30000\",\"country\":\"MA\"},\"shipment\":null,\"created_at\":\"2026-11-22T20:30:00Z\"}";

static enum err
run_one(struct db *db, const char *sql, const struct db_val *v, size_t n)
{
    uint64_t rows = 0;
    enum err e = db_exec(db, sql, v, n, &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_CONFLICT;
}

static enum err
naive_order(struct db *db, const struct naive *nv, const struct sku_info *s, int64_t id,
    int64_t line_id, int64_t now)
{
    const struct order_in *in = nv->in;
    const struct address *ad = &in->address;
    struct str number = arena_printf(nv->a, "S-%016" PRIx64, (uint64_t)id);
    const struct db_val o[] = {DB_I64(id), DB_STR(number), DB_STR(in->who.guest_hash),
        DB_STR(in->email), DB_STR(s->currency), DB_I64(s->unit_price),
        DB_I64(s->unit_price), DB_STR(ad->name), DB_STR(ad->line1), DB_STR(ad->city),
        DB_STR(ad->postal_code), DB_I64(now), DB_I64(now), DB_I64(now + in->hold_ms),
        DB_I64(now + in->hold_ms)};
    const struct db_val l[] = {DB_I64(line_id), DB_I64(id), DB_I64(s->product_id),
        DB_I64(s->sku_id), DB_STR(s->sku), DB_STR(s->name), DB_I64(s->unit_price),
        DB_I64(s->unit_price)};
    const struct db_val ev[] = {DB_I64(id_next()), DB_I64(id), DB_I64(now)};
    enum err e = run_one(db, sql_order, o, NELEM(o));

    if (e == ERR_OK)
        e = run_one(db, sql_line, l, NELEM(l));
    return e == ERR_OK ? run_one(db, sql_event, ev, NELEM(ev)) : e;
}

static enum err
naive_tx(struct db *db, void *arg)
{
    struct naive *nv = arg;
    const struct order_in *in = nv->in;
    int64_t id = id_next(), line_id = id_next(), now = clock_ms();
    const struct db_val claim[] = {DB_STR(in->idem_scope), DB_STR(in->idem_key),
        DB_STR(in->body_hash), DB_I64(id), DB_I64(now)};
    struct str answer = arena_printf(nv->a, "{\"id\":\"%" PRId64 "%s", id, answer_text);
    const struct db_val ans[] = {
        DB_STR(answer), DB_STR(in->idem_scope), DB_STR(in->idem_key)};
    struct sku_info s;
    enum err e = run_one(db, sql_claim, claim, NELEM(claim));

    if (e == ERR_OK)
        e = catalog_skus(db, nv->a, &in->want[0].sku, 1, &s);
    if (e == ERR_OK)
        e = naive_order(db, nv, &s, id, line_id, now);
    if (e == ERR_OK)
        e = run_one(db, sql_answer, ans, NELEM(ans));
    if (e == ERR_OK) {
        const struct db_val take[] = {DB_I64(s.sku_id)};
        const struct db_val move[] = {
            DB_I64(id_next()), DB_I64(s.sku_id), DB_I64(line_id), DB_I64(now)};

        e = run_one(db, sql_take, take, NELEM(take));
        if (e == ERR_OK)
            e = run_one(db, sql_move, move, NELEM(move));
    }
    return e;
}

static enum err
naive_place(struct bench *b, struct arena *a, const struct order_in *in)
{
    struct naive nv = {.a = a, .in = in};
    enum err e = ERR_BUSY;
    struct db *db;

    for (int i = 0; i < NAIVE_TRIES && e == ERR_BUSY; i++) {
        if ((e = db_acquire(b->pool, &db)) != ERR_OK)
            continue;
        e = db_tx(db, naive_tx, &nv);
        db_release(db);
    }
    return e;
}

/* --- clients --- */

static enum err
place(struct bench *b, struct arena *a, const struct order_in *in)
{
    struct order_answer an;
    struct fault flt;

    if (b->cm == NULL)
        return naive_place(b, a, in);
    fault_clear(&flt);
    return committer_place(b->cm, a, NULL, in, &an, &flt);
}

static void *
client(void *arg)
{
    struct bench *b = arg;
    struct arena *a = arena_new(1 << 16);
    int64_t t0, us;

    while ((t0 = clock_mono_us()) < b->until_us) {
        struct shopper who = guest_new(a);
        char key[48];
        struct order_in in;
        enum err e;

        snprintf(key, sizeof(key), "bench-%" PRId64, id_next());
        in = order_of(a, &who, &goods[b->skus > 1 ? rand_below(b->skus) : 0], 1, key);
        t0 = clock_mono_us();
        e = place(b, a, &in);
        us = (clock_mono_us() - t0) / STEP_US;
        atomic_fetch_add_explicit(
            e == ERR_OK ? &b->ok : &b->failed, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(
            &b->took[us < STEPS ? us : STEPS - 1], 1, memory_order_relaxed);
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

static double
percentile_ms(struct bench *b, double part)
{
    int64_t all = 0, seen = 0;
    int i;

    for (i = 0; i < STEPS; i++)
        all += b->took[i];
    for (i = 0; i < STEPS - 1; i++) {
        seen += b->took[i];
        if ((double)seen >= part * (double)all)
            break;
    }
    return (double)(i + 1) * STEP_US / 1000;
}

static void
threads_run(struct bench *b, int n)
{
    pthread_t t[CLIENTS_MAX];
    pthread_attr_t at;

    pthread_attr_init(&at);
    pthread_attr_setstacksize(&at, STACK_N);
    for (int i = 0; i < n; i++)
        if (pthread_create(&t[i], &at, client, b) != 0)
            abort();
    for (int i = 0; i < n; i++)
        pthread_join(t[i], NULL);
    pthread_attr_destroy(&at);
}

/* What the database holds must be what was answered. */
static void
rows_check(int64_t orders_before, int64_t sold_before, int64_t ok)
{
    int64_t orders = sql_int("SELECT COUNT(*) FROM orders", 0) - orders_before;
    int64_t sold = sql_int("SELECT COALESCE(-SUM(quantity), 0) FROM stock_move"
                           " WHERE kind = 'sale'", 0) - sold_before;
    int64_t keyless = sql_int("SELECT COUNT(*) FROM orders", 0) -
                      sql_int("SELECT COUNT(DISTINCT order_id) FROM idempotency_key", 0);

    if (orders == ok && sold == ok && keyless == 0)
        return;
    printf("WRONG: answered=%" PRId64 " orders=%" PRId64 " sold=%" PRId64
           " without key=%" PRId64 "\n", ok, orders, sold, keyless);
    exit(EXIT_FAILURE);
}

static void
measure(struct bench *b, const char *what, int clients, int connections, int64_t seconds)
{
    int64_t orders = sql_int("SELECT COUNT(*) FROM orders", 0);
    int64_t sold = sql_int("SELECT COALESCE(-SUM(quantity), 0) FROM stock_move"
                           " WHERE kind = 'sale'", 0);
    struct committer_figures before = {.batches = 0}, after = {.batches = 0};
    double took_s;

    if (b->cm != NULL)
        committer_figures(b->cm, &before);
    b->ok = b->failed = 0;
    for (int i = 0; i < STEPS; i++)
        b->took[i] = 0;
    b->from_us = clock_mono_us();
    b->until_us = b->from_us + seconds * 1000000;
    threads_run(b, clients);
    took_s = (double)(clock_mono_us() - b->from_us) / 1e6;
    if (b->cm != NULL)
        committer_figures(b->cm, &after);
    rows_check(orders, sold, b->ok);
    printf("%-9s skus=%-6zu clients=%-4d connections=%-3d orders/s=%-8.0f p50=%.2f ms"
           " p99=%.2f ms failed=%" PRId64, what, b->skus, clients, connections,
        (double)b->ok / took_s, percentile_ms(b, 0.5), percentile_ms(b, 0.99),
        (int64_t)b->failed);
    if (after.batches > before.batches)
        printf(" batch=%.1f", (double)(after.orders - before.orders) /
                                  (double)(after.batches - before.batches));
    printf("\n");
    fflush(stdout);
}

static void
measure_naive(struct bench *b, int clients, int connections, int64_t seconds)
{
    b->cm = NULL;
    b->pool = it_pool(connections);
    measure(b, "naive", clients, connections, seconds);
    db_pool_free(b->pool);
}

static void
measure_engine(struct bench *b, int clients, int64_t seconds)
{
    struct db_conf c = it_conf(1);

    b->cm = committer_new(&c);
    measure(b, "committer", clients, COMMITTER_THREADS, seconds);
    committer_free(b->cm);
}

static enum err
goods_tx(struct db *db, void *arg)
{
    (void)db;
    (void)arg;
    for (int i = 0; i < SKUS_MAX; i++)
        goods[i] = goods_new(100, PLENTY);
    return ERR_OK;
}

/* What the command line asks for. */
struct wish {
    int clients[16], n;
    size_t spreads[8], spreads_n;
    int64_t seconds;
    bool naive;
};

static void
wish_parse(struct wish *w, int argc, char **argv)
{
    int64_t v;

    for (int i = 1; i < argc; i++) {
        const char *of = strchr(argv[i], '=');

        if (strcmp(argv[i], "--engine") == 0)
            w->naive = false;
        if (of == NULL || !str_i64(str_c(of + 1), &v) || v < 1)
            continue;
        if (strncmp(argv[i], "--seconds=", 10) == 0 && v <= 600)
            w->seconds = v;
        if (strncmp(argv[i], "--clients=", 10) == 0 && v <= CLIENTS_MAX && w->n < 16)
            w->clients[w->n++] = (int)v;
        if (strncmp(argv[i], "--skus=", 7) == 0 && v <= SKUS_MAX && w->spreads_n < 8)
            w->spreads[w->spreads_n++] = (size_t)v;
    }
    if (w->n == 0)
        for (const int *c = (const int[]){1, 16, 64, 128, CLIENTS_MAX}; w->n < 5;)
            w->clients[w->n++] = *c++;
    if (w->spreads_n == 0)
        for (const size_t *c = (const size_t[]){1, 1000, SKUS_MAX}; w->spreads_n < 3;)
            w->spreads[w->spreads_n++] = *c++;
}

int
main(int argc, char **argv)
{
    static const int connections[] = {1, COMMITTER_THREADS, 4, 64};
    static struct bench b;
    struct wish w = {.seconds = 3, .naive = true};
    bool ok;

    signal(SIGPIPE, SIG_IGN);
    wish_parse(&w, argc, argv);
    (void)shop_up();
    if (db_tx(shop_db, goods_tx, NULL) != ERR_OK)
        return EXIT_FAILURE;
    for (size_t s = 0; s < w.spreads_n; s++) {
        b.skus = w.spreads[s];
        for (int i = 0; i < w.n; i++) {
            for (size_t c = 0; w.naive && w.clients[i] <= 64 && c < NELEM(connections); c++)
                if (connections[c] <= w.clients[i])
                    measure_naive(&b, w.clients[i], connections[c], w.seconds);
            measure_engine(&b, w.clients[i], w.seconds);
        }
    }
    ok = books_ok(false);
    (void)shop_down();
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
