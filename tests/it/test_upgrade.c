/* A shop of the first version, with orders in every state, is migrated to this one: its books
 * hold at once, and each order goes on as one that was made today. */
#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "it.h"
#include "it_db.h"
#include "it_pay.h"
#include "it_shop.h"

#define OLD_FILES "0003" /* the last one the first version had */
#define UNITS 3
#define PRICE 500
#define TOTAL (UNITS * PRICE)
#define BACK 200 /* given back of a partial refund */
#define MINUTE_MS INT64_C(60000)

/* Orders of the old shop: the ids say which. */
enum {
    PENDING = 1,
    DUE,
    PAID,
    TRIED, /* with an attempt that was declined */
    SHIPPED,
    COMPLETED,
    CANCELLED,
    EXPIRED,
    REFUNDED,
    CANCELLED_PAID,
    PART_REFUNDED,
    SHIPPED_PART_REFUNDED,
    OLD__MAX
};

static const struct old {
    const char *status, *payment, *fulfilment;
    const char *path; /* its events */
    const char *moves; /* of its line: s sale, c cancel, e expire */
    int64_t refunded;
    bool shipment;
} old[OLD__MAX] = {
    [PENDING] = {"pending", "unpaid", "unfulfilled", "pending", "s", 0, false},
    [DUE] = {"pending", "unpaid", "unfulfilled", "pending", "s", 0, false},
    [PAID] = {"paid", "paid", "unfulfilled", "pending paid", "s", 0, false},
    [TRIED] = {"paid", "paid", "unfulfilled", "pending paid", "s", 0, false},
    [SHIPPED] = {"shipped", "paid", "shipped", "pending paid shipped", "s", 0, true},
    [COMPLETED] = {"completed", "paid", "completed", "pending paid shipped completed", "s",
        0, true},
    [CANCELLED] = {"cancelled", "unpaid", "cancelled", "pending cancelled", "sc", 0, false},
    [EXPIRED] = {"expired", "unpaid", "cancelled", "pending expired", "se", 0, false},
    [REFUNDED] = {"refunded", "refunded", "shipped", "pending paid shipped refunded", "s",
        TOTAL, true},
    [CANCELLED_PAID] = {"cancelled", "refunded", "cancelled",
        "pending paid refunded cancelled", "sc", TOTAL, false},
    [PART_REFUNDED] = {"partially_refunded", "partially_refunded", "unfulfilled",
        "pending paid partially_refunded", "s", BACK, false},
    [SHIPPED_PART_REFUNDED] = {"partially_refunded", "partially_refunded", "shipped",
        "pending paid shipped partially_refunded", "s", BACK, true},
};

static void sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
sql(const char *fmt, ...)
{
    char text[2048];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    it_sql(shop_db, text);
}

/* Links to the migrations the first version had. */
static const char *
old_folder(char out[512])
{
    DIR *d = opendir(shop_sql_dir());
    char from[512], to[1024], base[256];
    struct dirent *f;

    snprintf(out, 512, "%s", it_path(base, "old-sql"));
    if (d == NULL || mkdir(out, 0700) != 0)
        abort();
    while ((f = readdir(d)) != NULL) {
        if (f->d_name[0] != '0' || strncmp(f->d_name, OLD_FILES, 4) > 0)
            continue;
        snprintf(from, sizeof(from), "%s/%.200s", shop_sql_dir(), f->d_name);
        snprintf(to, sizeof(to), "%s/%.200s", out, f->d_name);
        if (symlink(from, to) != 0)
            abort();
    }
    closedir(d);
    return out;
}

static void
events(int id, const char *path)
{
    const char *from = path, *was = "";
    int was_n = 0, n, seq = 1;

    for (; *from != '\0'; from += n + (from[n] == ' '), seq++) {
        n = (int)strcspn(from, " ");
        sql("INSERT INTO order_event (id, order_id, seq, status_from, status_to, actor,"
            " reason, created_at) VALUES (%d, %d, %d, '%.*s', '%.*s', 'shop', '', 1)",
            1000 * id + seq, id, seq, was_n, was, n, from);
        was = from;
        was_n = n;
    }
}

static void
payments(int id, const struct old *o)
{
    if (id == TRIED)
        sql("INSERT INTO payment (id, order_id, provider, reference, status, amount,"
            " currency, refunded, created_at, updated_at) VALUES"
            " (%d, %d, 'simulated', 'no-%d', 'declined', %d, 'USD', 0, 1, 1)",
            5000 + id, id, id, TOTAL);
    if (strcmp(o->payment, "unpaid") == 0)
        return;
    sql("INSERT INTO payment (id, order_id, provider, reference, status, amount, currency,"
        " refunded, created_at, updated_at) VALUES"
        " (%d, %d, 'simulated', 'ref-%d', 'succeeded', %d, 'USD', %" PRId64 ", 1, 1)",
        6000 + id, id, id, TOTAL, o->refunded);
    if (o->refunded > 0)
        sql("INSERT INTO refund (id, payment_id, amount, reason, actor, created_at) VALUES"
            " (%d, %d, %" PRId64 ", '', 'shop', 1)",
            7000 + id, 6000 + id, o->refunded);
}

static void
stock_moves(int id, const char *moves)
{
    for (size_t i = 0; moves[i] != '\0'; i++) {
        const bool sale = moves[i] == 's';

        sql("INSERT INTO stock_move (id, sku_id, kind, quantity, order_line_id, reason, actor,"
            " created_at) VALUES (%d, 1, '%s', %d, %d, '', 'shop', 1)",
            10000 + 10 * id + (int)i, sale ? "sale" : moves[i] == 'c' ? "cancel" : "expire",
            sale ? -UNITS : UNITS, 100 + id);
        sql("UPDATE stock SET available = available + %d", sale ? -UNITS : UNITS);
    }
}

static void
old_order(int id, const struct old *o)
{
    const bool pending = strcmp(o->status, "pending") == 0;
    const int64_t until = clock_ms() + (id == DUE ? -MINUTE_MS : 60 * MINUTE_MS);
    int events_n = 1;

    for (const char *p = o->path; (p = strchr(p, ' ')) != NULL; p++)
        events_n++;
    sql("INSERT INTO orders VALUES (%d, 'S-OLD-%d', %s, %s, 'old@example.com', '%s', '%s',"
        " '%s', 'USD', %d, 0, 0, 0, %d, %" PRId64 ", 'standard', 'A', 'B', '', 'C', '',"
        " '1', 'DE', 1, 1, %" PRId64 ", IF(%d, %" PRId64 ", NULL), %d)",
        id, id, id % 2 == 0 ? "1" : "NULL", id % 2 == 0 ? "NULL" : "REPEAT('g', 32)",
        o->status, o->payment, o->fulfilment, TOTAL, TOTAL, o->refunded, until, pending,
        until, events_n);
    sql("INSERT INTO order_line VALUES (%d, %d, 1, 1, 1, 'OLD', 'Old', %d, %d, %d)",
        100 + id, id, PRICE, UNITS, TOTAL);
    sql("INSERT INTO idempotency_key VALUES ('g:x:orders', 'key-%d', REPEAT('h', 32), %d,"
        " 201, '{\"id\":\"%d\"}', %" PRId64 ")",
        id, id, id, clock_ms());
    if (o->shipment)
        sql("INSERT INTO shipment VALUES (%d, %d, 'Caravan', 'C-1', 1)", 8000 + id, id);
    events(id, o->path);
    payments(id, o);
    stock_moves(id, o->moves);
}

static void
old_shop(void)
{
    sql("INSERT INTO account VALUES (1, 'old@example.com', 'old@example.com', 'Old', 'x',"
        " 'customer', 1, 1)");
    sql("INSERT INTO product (id, slug, name, description, currency, price, status, version,"
        " search_text, created_at, updated_at) VALUES (1, 'old', 'Old', '', 'USD', %d,"
        " 'active', 1, '', 1, 1)",
        PRICE);
    sql("INSERT INTO sku VALUES (1, 1, 'OLD', '', '{}', %d, 0, 'active')", PRICE);
    sql("INSERT INTO stock (sku_id, available, version) VALUES (1, 100, 1)");
    sql("INSERT INTO stock_move (id, sku_id, kind, quantity, reason, actor, created_at)"
        " VALUES (1, 1, 'receive', 100, '', 'shop', 1)");
    for (int id = 1; id < OLD__MAX; id++)
        old_order(id, &old[id]);
}

static int
up(void)
{
    char dir[512];

    shop_up();
    shop_anew(old_folder(dir));
    old_shop();
    shop_migrate(shop_sql_dir());
    return 0;
}

static enum err
ship(int64_t id)
{
    struct fault f;

    return order_ship(shop_db, shop_ar, id, STR("Caravan"), STR("C-2"), "test", &f);
}

static enum err
refund(int64_t id)
{
    struct fault f;

    return order_refund(shop_db, shop_ar, id, -1, STR("test"), "test", &f);
}

static enum err
pay(int64_t id)
{
    struct fault f;

    return pay_now(shop_db, shop_ar, NULL, id, true, &f);
}

static enum err
cancel(int64_t id)
{
    struct fault f;

    return order_cancel(shop_db, shop_ar, NULL, id, "test", NULL, &f);
}

static void
test_the_books_hold(void)
{
    CU_ASSERT(books_ok(false));
    CU_ASSERT_EQUAL(sql_int("SELECT available FROM stock WHERE sku_id = 1", 0),
        100 - UNITS * (OLD__MAX - 1 - 3));
}

static void
test_orders_go_on(void)
{
    int64_t n;

    CU_ASSERT_EQUAL(
        order_expire_due(shop_db, shop_ar, NULL, clock_ms(), 100, &n), ERR_OK);
    CU_ASSERT_EQUAL(n, 1);
    CU_ASSERT_EQUAL(order_read(DUE).status, ORDER_EXPIRED);
    CU_ASSERT_EQUAL(pay(DUE), ERR_OK); /* late */
    CU_ASSERT_EQUAL(order_read(DUE).status, ORDER_PAID);
    CU_ASSERT_EQUAL(pay(PENDING), ERR_OK);
    CU_ASSERT_EQUAL(cancel(PENDING), ERR_OK);
    CU_ASSERT_EQUAL(ship(PAID), ERR_OK);
    CU_ASSERT_EQUAL(refund(PAID), ERR_OK);
    CU_ASSERT_EQUAL(cancel(TRIED), ERR_OK);
    CU_ASSERT_EQUAL(cancel(SHIPPED), ERR_CONFLICT);
    CU_ASSERT_EQUAL(refund(SHIPPED), ERR_OK);
    CU_ASSERT_EQUAL(refund(COMPLETED), ERR_OK);
    CU_ASSERT_EQUAL(pay(EXPIRED), ERR_OK);
    CU_ASSERT_EQUAL(refund(REFUNDED), ERR_CONFLICT);
    CU_ASSERT_EQUAL(ship(PART_REFUNDED), ERR_OK);
    CU_ASSERT_EQUAL(refund(PART_REFUNDED), ERR_OK);
    CU_ASSERT_EQUAL(refund(SHIPPED_PART_REFUNDED), ERR_OK);
    CU_ASSERT_EQUAL(order_read(SHIPPED_PART_REFUNDED).refunded, TOTAL);
    CU_ASSERT(books_ok(false));
}

static CU_TestInfo tests[] = {
    {"the books hold", test_the_books_hold},
    {"orders go on", test_orders_go_on},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"upgrade_it", up, shop_down, shop_test_up, shop_test_down, tests};

    return it_main(&s);
}
