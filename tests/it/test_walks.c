/* A walk over a long list costs the same on its first page and on its ten-thousandth: counted
 * in the rows that the database touches, which a busy machine does not change. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "account/people_http.h"
#include "admin/watch.h"
#include "catalog/catalog.h"
#include "it.h"
#include "it_shop.h"

#define PER_PAGE 1
#define PAGES 10000
#define FEW 8 /* rows: the page, what belongs to it, and looking for its beginning */
/* Ids from 1 on, half of which a filter lets through. */
#define ROWS (2 * PER_PAGE * PAGES)
#define DIGIT                                                                            \
    "(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL"     \
    " SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL"       \
    " SELECT 8 UNION ALL SELECT 9)"
#define NUMBERS                                                                          \
    " FROM (SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS i"       \
    " FROM " DIGIT " a, " DIGIT " b, " DIGIT " c, " DIGIT " e,"                             \
    " (SELECT 0 d UNION ALL SELECT 1) f) n"

static const char *const fill[] = {
    "INSERT INTO account (id, email, email_key, name, password_hash, role, created_at,"
    " updated_at) SELECT i, CONCAT('p', i, '@x.yz'), CONCAT('p', i, '@x.yz'), 'P', '',"
    " IF(i % 2 = 0, 'customer', 'staff'), i, i" NUMBERS,
    "INSERT INTO orders (id, number, account_id, email, status, payment_status,"
    " fulfilment_status, currency, subtotal, discount, shipping, tax, total, refunded,"
    " shipping_method, ship_name, ship_line1, ship_line2, ship_city, ship_region,"
    " ship_postal_code, ship_country, created_at, updated_at, expires_at, event_n)"
    " SELECT i, CONCAT('N', i), IF(i % 2 = 0, 1, i), 'p@x.yz',"
    " IF(i % 2 = 0, 'cancelled', 'expired'), 'unpaid', 'cancelled', 'USD', 0, 0, 0, 0, 0, 0,"
    " '', '', '', '', '', '', '', 'FR', i, i, i, 0" NUMBERS,
    "INSERT INTO product (id, slug, name, description, currency, price, status, version,"
    " search_text, created_at, updated_at) SELECT i, CONCAT('s', i), 'P', '', 'USD', 1,"
    " 'active', 1, '', i, i" NUMBERS,
    "INSERT INTO payment (id, order_id, provider, reference, status, amount, currency,"
    " refunded, created_at, updated_at) SELECT i, i, 'x', CONCAT('r', i),"
    " IF(i % 2 = 0, 'declined', 'late'), 0, 'USD', 0, i, i" NUMBERS,
    "INSERT INTO mail (id, event_id, kind, subject_id, event_at, status, give_up_at,"
    " created_at) SELECT i, i, 'order.placed', i, i, IF(i % 2 = 0, 'dead', 'skipped'), i, i" NUMBERS,
};

static int
up(void)
{
    static const char *const tables[] = {"account", "orders", "product", "payment", "mail"};
    char sql[64];

    shop_up();
    for (size_t i = 0; i < NELEM(fill); i++)
        sql_do(fill[i], 0);
    for (size_t i = 0; i < NELEM(tables); i++) {
        (void)snprintf(sql, sizeof(sql), "ANALYZE TABLE %s", tables[i]);
        if (db_script(shop_db, str_c(sql)) != ERR_OK)
            abort();
    }
    return 0;
}

/* What this connection has read up to now, what asking for it reads included. */
static int64_t
rows_read(void)
{
    struct db_rows r;
    int64_t sum = 0;

    if (db_query(shop_db, "SHOW SESSION STATUS LIKE 'Handler_read%'", NULL, 0, shop_ar, &r)
        != ERR_OK)
        abort();
    for (size_t i = 0; i < r.n; i++)
        sum += strtoll(db_str(&r, i, 1).p, NULL, 10);
    return sum;
}

/* A page of a list: what follows `after`, 0 for the first. */
typedef size_t page_fn(int64_t after, const char *filter);

static int64_t
cost(page_fn *page, int64_t after, const char *filter, int64_t asking)
{
    int64_t before = rows_read();

    CU_ASSERT_EQUAL(page(after, filter), PER_PAGE);
    return rows_read() - before - asking;
}

/* `deep`: the last id on page 9,999. */
static void
equal(const char *name, page_fn *page, int64_t deep, const char *filter)
{
    int64_t asking, first, last;

    /* The first time a table is opened more is read: of the table, and what is known of it. */
    (void)page(0, filter);
    (void)page(deep, filter);
    asking = rows_read();
    asking = rows_read() - asking;
    first = cost(page, 0, filter, asking);
    last = cost(page, deep, filter, asking);
    if (last > first + 1 || first > FEW)
        (void)printf("%s %s: %" PRId64 " rows on page 1, %" PRId64 " on page %d\n", name,
            filter != NULL ? filter : "", first, last, PAGES);
    /* One more is where a page that is not the first begins. */
    CU_ASSERT(last <= first + 1);
    CU_ASSERT(first <= FEW);
}

/* Newest first: page 10,000 is in the middle of all, and the last of every other row. */
#define DEEP_OF_ALL (ROWS - PER_PAGE * (PAGES - 1) + 1)
#define DEEP_OF_HALF (2 * PER_PAGE + 1)

static size_t
orders_page(int64_t after, const char *filter)
{
    const struct shopper who = {.account_id = 1};
    bool own = filter != NULL && filter[0] == '@';
    struct order_filter f = {.who = own ? &who : NULL,
        .status = filter != NULL && !own ? str_c(filter) : STR_NULL,
        .per_page = PER_PAGE,
        .after = after,
        .walk = true};
    struct order *o;
    int64_t total;
    size_t n = 0;

    CU_ASSERT_EQUAL(order_list(shop_db, shop_ar, &f, &o, &n, &total), ERR_OK);
    CU_ASSERT_EQUAL(total, -1);
    return n;
}

static size_t
people_page(int64_t after, const char *filter)
{
    const struct people_filter f = {.role = filter != NULL ? str_c(filter) : STR_NULL,
        .per_page = PER_PAGE,
        .after = after,
        .walk = true};
    struct account *acc;
    int64_t total;
    size_t n = 0;

    CU_ASSERT_EQUAL(people_list(shop_db, shop_ar, &f, &acc, &n, &total), ERR_OK);
    CU_ASSERT_EQUAL(total, -1);
    return n;
}

static size_t
products_page(int64_t after, const char *filter)
{
    const struct catalog_query q = {.min_price = -1,
        .max_price = -1,
        .with_archived = filter != NULL,
        .sort = SORT_NEWEST,
        .page = 1,
        .per_page = PER_PAGE,
        .after = after,
        .walk = true};
    struct product_card *c;
    int64_t total;
    size_t n = 0;

    CU_ASSERT_EQUAL(catalog_list(shop_db, shop_ar, &q, &c, &n, &total), ERR_OK);
    return n;
}

static size_t
watched_page(const struct watch_kind *k, int64_t after, const char *filter)
{
    const struct watch_ask ask = {.status = filter != NULL ? str_c(filter) : STR_NULL,
        .after = after,
        .limit = PER_PAGE};
    void *objs;
    size_t n = 0;

    CU_ASSERT_EQUAL(k->list(shop_db, shop_ar, &ask, &objs, &n), ERR_OK);
    return n;
}

static size_t
payments_page(int64_t after, const char *filter)
{
    return watched_page(&payment_watch, after, filter);
}

static size_t
mails_page(int64_t after, const char *filter)
{
    return watched_page(&mail_watch, after, filter);
}

static void
test_orders(void)
{
    equal("orders", orders_page, DEEP_OF_ALL, NULL);
    equal("orders", orders_page, DEEP_OF_HALF, "expired");
    equal("orders", orders_page, DEEP_OF_HALF, "@one's own");
}

static void
test_people(void)
{
    equal("people", people_page, DEEP_OF_ALL, NULL);
    equal("people", people_page, DEEP_OF_HALF, "staff");
    /* A role that few have is found without reading all others. */
    sql_do("UPDATE account SET role = 'admin' WHERE id IN (7, 8)", 0);
    equal("people", people_page, 8, "admin");
}

static void
test_products(void)
{
    equal("products", products_page, PER_PAGE * (PAGES - 1), NULL);
    equal("products", products_page, PER_PAGE * (PAGES - 1), "and archived");
}

static void
test_payments(void)
{
    equal("payments", payments_page, DEEP_OF_ALL, NULL);
    equal("payments", payments_page, DEEP_OF_HALF, "declined");
}

static void
test_mails(void)
{
    equal("mails", mails_page, DEEP_OF_ALL, NULL);
    equal("mails", mails_page, DEEP_OF_HALF, "skipped");
}

/* A word that every other product has: neither a page of its list nor one of its walk reads all
 * that have it. What the sample and a page of twenty read is far below the 10,000 matches. */
static void
test_common_word(void)
{
    static const enum catalog_sort sorts[] = {SORT_RELEVANCE, SORT_PRICE, SORT_NAME};
    struct catalog_query q = {
        .q = STR("qwark"), .min_price = -1, .max_price = -1, .page = 1, .per_page = 20};
    struct product_card *c;
    int64_t before, total;
    size_t i, k, n;

    sql_do("UPDATE product SET search_text = 'a qwark of it' WHERE id % 2 = 0", 0);
    sql_do("UPDATE product SET name = 'Qwark' WHERE id = 19990", 0);
    sql_do("INSERT INTO tally (name, n, counted_at) VALUES ('product:active', 60000, 1)", 0);
    for (i = 0; i < 2 * NELEM(sorts); i++) {
        q.sort = sorts[i / 2];
        q.walk = i % 2 == 1;
        before = rows_read();
        CU_ASSERT_EQUAL_FATAL(catalog_list(shop_db, shop_ar, &q, &c, &n, &total), ERR_OK);
        CU_ASSERT(rows_read() - before < 5000);
        CU_ASSERT_EQUAL(n, 20);
        for (k = 0; k < n; k++)
            CU_ASSERT(c[k].id % 2 == 0);
        /* Of the newest hundred the one that is named so comes first. */
        if (i == 0)
            CU_ASSERT(c[0].id == 19990 && c[1].id > c[2].id);
    }
}

static CU_TestInfo tests[] = {
    {"orders", test_orders},
    {"people", test_people},
    {"products", test_products},
    {"payments", test_payments},
    {"mails", test_mails},
    {"a common word", test_common_word},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"walks", up, shop_down, shop_test_up, NULL, tests};

    return it_main(&s);
}
