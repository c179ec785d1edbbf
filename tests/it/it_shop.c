/* Helpers of the integration tests of the shop; no tests here. */
#include "it_shop.h"

#include "cart/cart.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "db/migrate.h"
#include "it.h"
#include "it_db.h"
#include "stock/stock.h"
#include "verify/verify.h"

#define POOL_SIZE 16

#define FRESH_MS 20000

struct db *shop_db;
struct arena *shop_ar;
static struct db_pool *pool, *patient; /* shop_db is of the latter */

static void
must(enum err e, const char *what)
{
    if (e == ERR_OK)
        return;
    fprintf(stderr, "%s: error %d\n", what, (int)e);
    abort();
}

/* The books of many orders are read whole: that may take longer than a request may. */
static struct db_pool *
patient_pool(void)
{
    struct db_conf c = it_conf(POOL_SIZE);

    c.statement_timeout_ms = 60000;
    return db_pool_new(&c);
}

void
shop_migrate(const char *dir)
{
    char msg[512];
    int applied;

    if (migrate_run(shop_db, dir, &applied, NULL, msg, sizeof(msg)) == ERR_OK)
        return;
    fprintf(stderr, "migrations: %s\n", msg);
    abort();
}

const char *
shop_sql_dir(void)
{
    const char *dir = getenv("SOUK_SQL_DIR");

    return dir != NULL ? dir : "sql";
}

void
shop_anew(const char *dir)
{
    const char *name = it_env("SOUK_DB_NAME");
    struct str sql;

    sql = arena_printf(shop_ar,
        "DROP DATABASE `%s`; CREATE DATABASE `%s` DEFAULT CHARACTER SET utf8mb4; USE "
        "`%s`;",
        name, name, name);
    must(db_script(shop_db, sql), "database");
    db_release(shop_db);
    db_pool_free(pool);
    pool = it_pool(POOL_SIZE);
    db_pool_free(patient);
    patient = patient_pool();
    must(db_acquire(patient, &shop_db), "connect");
    shop_migrate(dir);
}

int
shop_up(void)
{
    shop_ar = arena_new(1 << 16);
    pool = it_pool(POOL_SIZE);
    patient = patient_pool();
    must(db_acquire(patient, &shop_db), "connect");
    shop_anew(shop_sql_dir());
    return 0;
}

int
shop_down(void)
{
    db_release(shop_db);
    db_pool_free(patient);
    db_pool_free(pool);
    arena_free(shop_ar);
    return 0;
}

struct db_pool *
shop_pool(void)
{
    return pool;
}

void
shop_test_up(void)
{
    arena_reset(shop_ar);
}

void
shop_test_down(void)
{
    /* Nobody relays here, and what waits for a minute is a broken rule. */
    sql_do("DELETE FROM outbox WHERE created_at < ?", clock_ms() - FRESH_MS);
    CU_ASSERT(books_ok(false));
}

int64_t
sql_int(const char *sql, int64_t arg)
{
    const struct db_val v[] = {DB_I64(arg)};
    struct db_rows r;

    must(db_row(shop_db, sql, v, strchr(sql, '?') != NULL, shop_ar, &r), sql);
    return db_i64(&r, 0, 0);
}

void
sql_do(const char *sql, int64_t arg)
{
    const struct db_val v[] = {DB_I64(arg)};

    must(db_exec(shop_db, sql, v, strchr(sql, '?') != NULL, NULL), sql);
}

struct goods
goods_new_in(int64_t price, int64_t stock, const char *currency)
{
    struct goods g = {.sku_id = id_next(), .product_id = id_next()};
    int64_t now = clock_ms();
    struct str code;

    snprintf(g.sku, sizeof(g.sku), "T-%" PRId64, g.sku_id);
    code = str_c(g.sku);
    const struct db_val p[] = {DB_I64(g.product_id), DB_STR(code), DB_STR(code),
        DB_STR(str_c(currency)), DB_I64(price), DB_I64(now), DB_I64(now)};
    const struct db_val s[] = {
        DB_I64(g.sku_id), DB_I64(g.product_id), DB_STR(code), DB_I64(price)};

    must(db_exec(shop_db,
             "INSERT INTO product (id, slug, name, description, currency, price, status,"
             " version, search_text, created_at, updated_at)"
             " VALUES (?, ?, ?, '', ?, ?, 'active', 1, '', ?, ?)",
             p, NELEM(p), NULL),
        "product");
    must(db_exec(shop_db,
             "INSERT INTO sku (id, product_id, sku, variant, options, price, position,"
             " status) VALUES (?, ?, ?, '', '{}', ?, 0, 'active')",
             s, NELEM(s), NULL),
        "sku");
    must(stock_create(shop_db, g.sku_id, stock, "test", STR("test")), "stock");
    return g;
}

struct goods
goods_new(int64_t price, int64_t stock)
{
    return goods_new_in(price, stock, "USD");
}

int64_t
goods_left(const struct goods *g)
{
    return sql_int("SELECT available FROM stock WHERE sku_id = ?", g->sku_id);
}

enum err
goods_to_cart(struct db *db, struct arena *a, const struct shopper *who, struct str sku,
    int64_t quantity, int64_t *item, struct fault *flt)
{
    struct cart_change c = {.who = who, .sku = sku, .quantity = quantity, .flt = flt};
    struct cart_change *one = &c;

    cart_change(db, a, &one, 1);
    if (c.e == ERR_OK)
        *item = c.item.id;
    return c.e;
}

enum err
cart_line_set(struct db *db, struct arena *a, const struct shopper *who, int64_t item,
    int64_t quantity, struct fault *flt)
{
    struct cart_change c = {.who = who, .item_id = item, .quantity = quantity, .flt = flt};
    struct cart_change *one = &c;

    cart_change(db, a, &one, 1);
    return c.e;
}

struct shopper
guest_new(struct arena *a)
{
    unsigned char *h = arena_alloc(a, 32);

    rand_bytes(h, 32);
    return (struct shopper){
        .guest_hash = {(const char *)h, 32}, .guest_token = STR("token")};
}

struct shopper
account_new(void)
{
    struct shopper who = {.account_id = id_next()};
    struct str email = arena_printf(shop_ar, "u%" PRId64 "@example.com", who.account_id);
    const struct db_val v[] = {DB_I64(who.account_id), DB_STR(email), DB_STR(email)};

    must(db_exec(shop_db,
             "INSERT INTO account (id, email, email_key, name, password_hash, role,"
             " created_at, updated_at) VALUES (?, ?, ?, 'T', 'x', 'customer', 1, 1)",
             v, NELEM(v), NULL),
        "account");
    return who;
}

struct order_in
order_of(struct arena *a, const struct shopper *who, const struct goods *g,
    int64_t quantity, const char *key)
{
    struct order_want *w = arena_calloc(a, 1, sizeof(*w));
    struct order_in in = {.who = *who,
        .email = STR("buyer@example.com"),
        .address = {.name = STR("A Buyer"),
            .line1 = STR("1 Souk Lane"),
            .city = STR("Fes"),
            .postal_code = STR("30000"),
            .country = STR("ma")},
        .want = w,
        .n = 1,
        .expected_total = -1,
        .body_hash = STR("0123456789abcdef0123456789abcdef"),
        .hold_ms = 600000,
        .default_currency = STR("USD")};

    *w = (struct order_want){.sku = arena_str(a, str_c(g->sku)), .quantity = quantity};
    if (key != NULL) {
        in.idem_key = arena_str(a, str_c(key));
        in.idem_scope = STR("test:orders");
    }
    return in;
}

int64_t
order_new(const struct shopper *who, const struct goods *g, int64_t quantity)
{
    struct order_in in = order_of(shop_ar, who, g, quantity, NULL);
    struct order_answer an;
    struct fault flt;

    fault_clear(&flt);
    must(order_place(shop_db, shop_ar, NULL, &in, &an, &flt), "order_place");
    return an.order_id;
}

struct order
order_read(int64_t id)
{
    struct order o;

    must(order_get(shop_db, shop_ar, NULL, id, &o), "order_get");
    return o;
}

struct books {
    bool quiet, named;
    int broken;
    const char *name;
};

static void
books_line(void *arg, const struct verify_line *l)
{
    struct books *b = arg;

    if (l->broken == 0)
        return;
    b->broken++;
    if (b->name != NULL && strcmp(b->name, l->name) == 0)
        b->named = true;
    if (!b->quiet)
        fprintf(stderr, "broken: %s: %" PRId64 ", first: id %" PRId64 "\n", l->name,
            l->broken, l->first_id);
}

static bool
books_read(struct books *b)
{
    const struct verify_how how = {.line = books_line, .arg = b};
    struct verify_told told;

    /* No relay runs here: long tests must not find their own old events. */
    if (b->name == NULL)
        must(db_exec(shop_db,
                 "DELETE FROM outbox WHERE created_at < 1000 * (UNIX_TIMESTAMP() - 30)",
                 NULL, 0, NULL),
            "outbox");
    must(verify_run(shop_db, &how, &told), "verify");
    if (told.all_ok != (b->broken == 0))
        fprintf(stderr, "verify: all_ok=%d with %d broken\n", told.all_ok, b->broken);
    return told.all_ok && b->broken == 0;
}

bool
books_ok(bool quiet)
{
    struct books b = {.quiet = quiet};

    return books_read(&b);
}

int
books_broken(const char *name, bool *named)
{
    struct books b = {.quiet = true, .name = name};

    (void)books_read(&b);
    *named = b.named;
    return b.broken;
}
